/*
 * What base/jscan accepts, json-c must accept, and hold the same number of values.
 * Ended by abort() when it does not.
 */
#include <json-c/json.h>
#include <stdint.h>

#include "base/jscan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned nodes(struct json_object *o)
{
	unsigned n = 1;

	if (json_object_is_type(o, json_type_array))
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += nodes(json_object_array_get_idx(o, i));
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value) {
			(void)key;
			n += nodes(value);
		}
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct arena *a = arena_new(8 << 20);
	struct jscan_fault fault = {0};
	enum jscan_verdict v = jscan(text, size, NULL, a, &fault);

	if (v == JSCAN_OK) {
		struct json_tokener *t =
		    json_tokener_new_ex(JSCAN_MAX_DEPTH + 1);
		struct json_object *o;

		json_tokener_set_flags(
		    t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		o = json_tokener_parse_ex(t, text, (int)size);
		if (json_tokener_get_error(t) != json_tokener_success ||
		    nodes(o) > JSCAN_MAX_NODES)
			abort();
		json_object_put(o);
		json_tokener_free(t);
	} else if (fault.offset > size || fault.line == 0 ||
		   fault.column == 0) {
		abort();
	}
	arena_free(a);
	return 0;
}
