/*
 * Cohorts file (JSON) <-> struct cohort_plan, and the busy file. docs/files.md has
 * the forms. A plan that was read is untrusted until schedule_check has passed.
 * Everything read lives in the arena.
 */
#ifndef API_COHORTS_FILE_H
#define API_COHORTS_FILE_H

#include "api/plan_file.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "scheduler/intake.h"

struct cohorts_origin {
	struct plan_origin instance;
	char intake_digest[PLAN_DIGEST_SIZE];
	const char *tz_version;
};

/* Of the canonical text of an intake. */
enum err_code cohorts_intake_digest(const struct intake *in,
    char ret_digest[PLAN_DIGEST_SIZE], struct err *e) ERR_CHECKED;

/* Pretty JSON. Check out->failed. */
void cohorts_file_write(const struct community *c, const struct intake *in,
    const struct cohort_plan *plan, const struct cohorts_origin *o,
    int64_t wall_ms, struct str *out);

enum err_code cohorts_file_read(struct arena *a, const char *text, size_t n,
    const struct community *c, const struct intake *in,
    struct cohort_plan **ret_plan, struct cohorts_origin *ret_origin,
    struct err *e) ERR_CHECKED;

enum {
	COHORTS_MAX_BUSY = 200000
};

/* {"busy": [{"member": external_id, "from": instant, "to": instant}]}; times of
 * people who are not in the community are left out. */
enum err_code cohorts_busy_read(struct arena *a, const char *text, size_t n,
    const struct community *c, struct busy_time **ret_busy, uint32_t *ret_n,
    struct err *e) ERR_CHECKED;

#endif
