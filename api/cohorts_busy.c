/* The busy file: see cohorts_file.h. */
#include <stdio.h>

#include "api/bind.h"
#include "api/cohorts_file.h"
#include "api/json.h"
#include "api/member_file.h"

enum {
	MAX_ID = 400, /* characters; the member file's cap is lower */
};

struct busy_text {
	const char *member;
	int64_t begin, end;
};

static const struct bind BUSY_ITEM[] = {
    {"member", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct busy_text, member),
	.min = 1, .max = MAX_ID},
    {"from", BIND_INSTANT, BIND_REQUIRED, BIND_INTO(struct busy_text, begin)},
    {"to", BIND_INSTANT, BIND_REQUIRED, BIND_INTO(struct busy_text, end)},
    {0},
};
static const struct bind BUSY_ROW = {
    .key = "", .type = BIND_OBJECT, .item = BUSY_ITEM};
static const struct bind BUSY[] = {
    {"busy", BIND_LIST, BIND_REQUIRED, .offset = 0,
	.size = sizeof(struct bind_list), .max = COHORTS_MAX_BUSY,
	.item = &BUSY_ROW, .item_size = sizeof(struct busy_text)},
    {0},
};

enum err_code cohorts_busy_read(struct arena *a, const char *text, size_t n,
    const struct community *c, struct busy_time **ret_busy, uint32_t *ret_n,
    struct err *e)
{
	struct bind_list list = {0};
	struct json_object *tree;
	struct busy_time *busy;
	const struct busy_text *item;
	char place[ERR_PLACE_SIZE];
	uint32_t kept = 0;
	enum err_code code = json_read_file(a, text, n, &tree, e);

	if (code == ERR_OK)
		code = bind_object(a, tree, BUSY, &list, e);
	if (code != ERR_OK)
		return code;
	busy = ARENA_ARRAY(a, list.n, struct busy_time);
	if (busy == NULL)
		return ERR_SET(e, NOMEM, "busy times need too much memory");
	item = list.item;
	for (size_t i = 0; i < list.n; i++) {
		uint32_t person = member_find(c, item[i].member);

		if (item[i].end <= item[i].begin) {
			snprintf(place, sizeof(place), "/busy/%zu/to", i);
			err_add_field(e, ERR_VALIDATION, place,
			    "expected an instant after \"from\"");
		}
		if (person < c->n)
			busy[kept++] = (struct busy_time){
			    person, item[i].begin, item[i].end};
	}
	if (e->code != ERR_OK)
		return e->code;
	*ret_busy = busy;
	*ret_n = kept;
	return ERR_OK;
}
