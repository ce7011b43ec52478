/* The strict gate: see gate.h. */
#include "api/gate.h"

#include <microhttpd.h>
#include <string.h>

#include "api/head.h"

static bool is_request_id(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(s[i] >= '0' && s[i] <= '9') &&
		    !((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z') &&
		    !strchr("._-", s[i]))
			return false;
	return n >= 8 && n < REQUEST_ID_SIZE;
}

static enum MHD_Result add_field(void *cls, enum MHD_ValueKind kind,
    const char *name, size_t name_len, const char *value, size_t value_len)
{
	(void)kind;
	head_add(cls, name, name_len, value ? value : "", value_len);
	return MHD_YES;
}

/* Copy what the service reads; false when one of these came twice. */
static bool keep(struct request *r, const struct head *head)
{
	struct request_headers *h = &r->header;

	const struct {
		const char *name;
		const char **to;
		bool list; /* several lines are one list, RFC 9110, 5.3 */
	} READ[] = {
	    {"Accept", &h->accept, true},
	    {"Authorization", &h->authorization, false},
	    {"Content-Type", &h->content_type, false},
	    {"Depth", &h->depth, false},
	    {"Idempotency-Key", &h->idempotency_key, false},
	    {"If-Match", &h->if_match, false},
	    {"If-None-Match", &h->if_none_match, true},
	    {"Prefer", &h->prefer, true},
	};

	bool once = true;

	for (size_t i = 0; i < head->n_fields && i < HEAD_MAX_FIELDS; i++) {
		const struct head_field *f = &head->field[i];

		for (size_t k = 0; k < sizeof(READ) / sizeof(READ[0]); k++)
			if (head_is_named(f, READ[k].name)) {
				const char *before = *READ[k].to;

				once &= before == NULL || READ[k].list;
				*READ[k].to = arena_printf(r->call.arena,
				    "%s%s%.*s", before ? before : "",
				    before ? ", " : "", (int)f->value_len,
				    f->value);
			}
		/* The last one: a proxy adds its line below the client's. */
		if (head_is_named(f, "X-Forwarded-For"))
			h->forwarded_for = arena_strndup(
			    r->call.arena, f->value, f->value_len);
		if (head_is_named(f, "X-Request-Id") &&
		    is_request_id(f->value, f->value_len)) {
			memcpy(r->id, f->value, f->value_len);
			r->id[f->value_len] = '\0';
		}
	}
	return once;
}

enum err_code gate_check(struct request *r, struct MHD_Connection *c,
    const struct gate_line *line, int64_t *ret_length, struct err *e)
{
	struct head head = {.method = line->method,
	    .uri = line->uri,
	    .uri_at = line->uri_at,
	    .version = line->version};
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	bool once;

	head.size = info ? info->header_size : 0;
	MHD_get_connection_values_n(c, MHD_HEADER_KIND, add_field, &head);
	once = keep(r, &head);
	if (head_judge(&head, ret_length, e) == ERR_OK && !once)
		return ERR_SET(
		    e, SYNTAX, "a header that may come once came twice");
	return e->code;
}
