/*
 * Policy document (JSON) <-> struct policy. docs/files.md describes the form; the
 * HTTP service stores the same document. Absent fields take their defaults.
 * Pure; any thread.
 */
#ifndef API_POLICY_FILE_H
#define API_POLICY_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "matcher/policy.h"

struct json_object;

enum {
	POLICY_FILE_MAX_OCTETS = 64 * 1024
};

/* All faults at once, with JSON pointers. Without "horizon/first_date" the
 * policy's first_day is 0: the caller chooses the date. */
enum err_code policy_file_bind(struct arena *a, struct json_object *tree,
    struct policy *ret_policy, struct err *e) ERR_CHECKED;
enum err_code policy_file_read(struct arena *a, const char *text, size_t n,
    struct policy *ret_policy, struct err *e) ERR_CHECKED;

/* The whole document in canonical order, one line. Check out->failed. */
void policy_file_write(const struct policy *p, struct str *out);

#endif
