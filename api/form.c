/* A form's field: see form.h. */
#include "api/form.h"

#include <string.h>
#include <strings.h>

#include "api/router.h"

static enum err_code not_one(struct request *r)
{
	return ERR_SET(&r->err, FIELD, "expected a form with one field");
}

static const char *decode(struct arena *a, const char *s, size_t n)
{
	char *plain = arena_strndup(a, s, n);

	for (size_t i = 0; plain != NULL && i < n; i++)
		if (plain[i] == '+')
			plain[i] = ' ';
	return plain == NULL ? NULL : router_decode(a, plain, n);
}

static enum err_code read_encoded(
    struct request *r, struct form_field *ret_field)
{
	size_t name = strcspn(r->body, "=");

	if (strlen(r->body) != r->body_len || r->body[name] != '=' ||
	    strchr(r->body, '&') != NULL)
		return not_one(r);
	ret_field->name = decode(r->call.arena, r->body, name);
	ret_field->value =
	    decode(r->call.arena, r->body + name + 1, r->body_len - name - 1);
	return ret_field->name != NULL && ret_field->value != NULL ? ERR_OK
								   : not_one(r);
}

/* One part: its name stands in quotes, its value is the line after the empty one. */
static enum err_code read_multipart(
    struct request *r, struct form_field *ret_field)
{
	static const char NAME[] = "name=\"", EMPTY[] = "\r\n\r\n";
	const char *name = strstr(r->body, NAME), *end, *value;

	if (strlen(r->body) != r->body_len || name == NULL)
		return not_one(r);
	name += strlen(NAME);
	end = strchr(name, '"');
	value = end == NULL ? NULL : strstr(end, EMPTY);
	if (value == NULL || strstr(value, NAME) != NULL)
		return not_one(r);
	value += strlen(EMPTY);
	ret_field->name =
	    arena_strndup(r->call.arena, name, (size_t)(end - name));
	ret_field->value =
	    arena_strndup(r->call.arena, value, strcspn(value, "\r\n"));
	return ret_field->name != NULL && ret_field->value != NULL ? ERR_OK
								   : not_one(r);
}

enum err_code form_read(struct request *r, struct form_field *ret_field)
{
	static const char MULTIPART[] = "multipart/";
	const char *type = r->header.content_type;

	if (r->body_len == 0 || type == NULL)
		return not_one(r);
	return strncasecmp(type, MULTIPART, strlen(MULTIPART)) == 0
		   ? read_multipart(r, ret_field)
		   : read_encoded(r, ret_field);
}
