/*
 * JSON in: text that base/jscan accepted becomes a json-c tree. base/jscan gives
 * the verdict (json-c accepts duplicate keys, NaN, bad UTF-8 …), json-c only
 * builds the tree. JSON out is written with base/jwrite.
 *
 * A tree belongs to one arena, hence to one thread, and ends with it. Read trees
 * through api/bind: json-c's getters coerce or abort on a wrong type.
 */
#ifndef API_JSON_H
#define API_JSON_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct json_object;

enum {
	JSON_FILE_NODES = 8000000, /* of a plan or a certificate */
};

/* ERR_JSON with line and column when the text is not JSON within the scanner's
 * limits, ERR_NOMEM. */
enum err_code json_read(struct arena *a, const char *text, size_t n,
    struct json_object **ret_tree, struct err *e) ERR_CHECKED;

/* The same for our own large files, with JSON_FILE_NODES nodes. */
enum err_code json_read_file(struct arena *a, const char *text, size_t n,
    struct json_object **ret_tree, struct err *e) ERR_CHECKED;

/* For what one of our own programs wrote: a member of an object when it is there and
 * of this type (json-c's enum json_type), else NULL. */
struct json_object *json_member(
    struct json_object *tree, const char *key, int type);

#endif
