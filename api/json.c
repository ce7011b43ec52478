/* JSON in: see json.h. */
#include "api/json.h"

#include <limits.h>

#include <json-c/json.h>

#include "base/jscan.h"

static void put_tree(void *tree)
{
	json_object_put(tree);
}

static enum err_code read_within(struct arena *a, const char *text, size_t n,
    const struct jscan_limits *limits, struct json_object **ret_tree,
    struct err *e)
{
	enum err_code code = jscan_check(text, n, limits, a, e);
	struct json_tokener *tok;
	struct json_object *tree;

	if (code != ERR_OK)
		return code;
	if (n > INT_MAX)
		return ERR_SET(e, TOO_LARGE, "the document is too large");
	tok = json_tokener_new_ex(JSCAN_MAX_DEPTH + 1);
	if (tok == NULL)
		return ERR_SET(e, NOMEM, "the document needs too much memory");
	json_tokener_set_flags(
	    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	tree = json_tokener_parse_ex(tok, text, (int)n);
	if (tree == NULL)
		code = ERR_SET(e, BUG, "json-c refused what was scanned: %s",
		    json_tokener_error_desc(json_tokener_get_error(tok)));
	json_tokener_free(tok);
	if (code != ERR_OK)
		return code;
	if (!arena_defer(a, put_tree, tree))
		return ERR_SET(e, NOMEM, "the document needs too much memory");
	*ret_tree = tree;
	return ERR_OK;
}

enum err_code json_read(struct arena *a, const char *text, size_t n,
    struct json_object **ret_tree, struct err *e)
{
	return read_within(a, text, n, NULL, ret_tree, e);
}

enum err_code json_read_file(struct arena *a, const char *text, size_t n,
    struct json_object **ret_tree, struct err *e)
{
	static const struct jscan_limits LIMITS = {
	    .max_nodes = JSON_FILE_NODES};

	return read_within(a, text, n, &LIMITS, ret_tree, e);
}

struct json_object *json_member(
    struct json_object *tree, const char *key, int type)
{
	struct json_object *member;

	return json_object_is_type(tree, json_type_object) &&
		       json_object_object_get_ex(tree, key, &member) &&
		       json_object_is_type(member, (enum json_type)type)
		   ? member
		   : NULL;
}
