/*
 * Plan file and certificate (JSON) <-> struct plan. docs/files.md has the form.
 *
 * The plan names people by external id and carries what proves whose it is: the
 * digests of the input and of the policy, the first date of the horizon, the seed.
 * The certificate repeats them, adds the duals and the digest of the plan file's
 * octets. Integers of a certificate are decimal strings: they pass 2^53.
 *
 * Read plans and certificates live in the arena and are untrusted until
 * match_verify has passed. One thread per arena.
 */
#ifndef API_PLAN_FILE_H
#define API_PLAN_FILE_H

#include "api/digest.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/jwrite.h"
#include "base/str.h"
#include "matcher/community.h"
#include "matcher/plan.h"
#include "matcher/policy.h"

enum {
	PLAN_FILE_MAX_OCTETS = 256 << 20,
	PLAN_DIGEST_SIZE = 7 + DIGEST_TEXT_SIZE, /* "sha256:…" */
};

/* What a plan was made from; two equal origins mean the same instance. */
struct plan_origin {
	char input_digest[PLAN_DIGEST_SIZE], policy_digest[PLAN_DIGEST_SIZE];
	int32_t first_day;
	uint64_t seed;
};

/* Seeds are JSON integers. */
#define PLAN_MAX_SEED INT64_C(9007199254740991)

/* "sha256:" and the digest of octets. False: no memory. */
bool plan_digest(
    const void *data, size_t n, char out[PLAN_DIGEST_SIZE]) ERR_CHECKED;

enum err_code plan_origin_make(const struct community *c,
    const struct policy *p, uint64_t seed, struct plan_origin *ret_origin,
    struct err *e) ERR_CHECKED;

/* What each of a plan's steps adds to the one before, as the policy says it. */
extern const char *const PLAN_STEP_GOAL[PLAN_MAX_STEPS];

/* How far below its bound a plan is, in hundredths of a percent of the first goal
 * that is not reached, rounded up; 0 for an optimal plan. */
int64_t plan_gap(const struct plan *plan);

/* The member "stability" of an object. */
void plan_file_write_stability(struct jwrite *w, const struct community *c,
    const struct plan_stability *s);

/* Pretty JSON. Check out->failed. */
void plan_file_write(const struct community *c, const struct policy *p,
    const struct plan *plan, const struct plan_origin *o, int64_t wall_ms,
    struct str *out);
void plan_certificate_write(const struct community *c, const struct policy *p,
    const struct plan *plan, const struct plan_origin *o,
    const char *plan_file_digest, struct str *out);

/* The plan without its certificate. ERR_JSON, ERR_FIELD …: fields with
 * pointers; an unknown person is a fault too. */
enum err_code plan_file_read(struct arena *a, const char *text, size_t n,
    const struct community *c, struct plan **ret_plan,
    struct plan_origin *ret_origin, struct err *e) ERR_CHECKED;

struct plan_certificate {
	struct plan_origin origin;
	struct policy policy;
	char plan_digest[PLAN_DIGEST_SIZE];
	struct certificate duals;
};

/* n_newcomers and n_mentors are those of the plan: the duals must be as many. */
enum err_code plan_certificate_read(struct arena *a, const char *text, size_t n,
    const struct community *c, const struct plan *plan,
    struct plan_certificate *ret, struct err *e) ERR_CHECKED;

#endif
