/* What the kinds of trials share: see trial.h. */
#include "api/trial.h"

#include <string.h>

#include <json-c/json.h>

#include "api/json.h"

const struct trial_kind *trial_kind(const char *name)
{
	static const struct trial_kind *const KINDS[] = {
	    &TRIAL_EXPLANATION, &TRIAL_COMPARISON, &TRIAL_REPAIR};

	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (strcmp(KINDS[i]->name, name) == 0)
			return KINDS[i];
	return NULL;
}

enum err_code trial_tree(struct arena *a, const char *text,
    struct json_object **ret_tree, struct err *e)
{
	return json_read_file(a, text, strlen(text), ret_tree, e);
}

bool trial_id(struct json_object *tree, const char *key, struct id *ret_id)
{
	struct json_object *text = json_member(tree, key, json_type_string);

	return text != NULL &&
	       id_parse(json_object_get_string(text),
		   (size_t)json_object_get_string_len(text), ret_id);
}

int64_t trial_int(struct json_object *tree, const char *key)
{
	struct json_object *number = json_member(tree, key, json_type_int);

	return number != NULL ? json_object_get_int64(number) : 0;
}

bool trial_bool(struct json_object *tree, const char *key)
{
	struct json_object *value = json_member(tree, key, json_type_boolean);

	return value != NULL && json_object_get_boolean(value);
}
