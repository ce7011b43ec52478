/*
 * Use cases of trials: ask, look, cancel, accept. What a kind of trial does is in
 * trial.h; the solver runs in the worker (trial_job.h). A trial changes nothing; to
 * accept it makes proposals, which people confirm like any others. Staff only.
 */
#ifndef API_SERVICE_TRIALS_H
#define API_SERVICE_TRIALS_H

#include "api/call.h"
#include "db/trials.h"

struct json_object;

struct trial_explain {
	struct id round_id, newcomer_id;
	const struct id *mentor_id; /* NULL: only why things are as they are */
};

/* Queued, with its job. ERR_STATE when the round is not solved; ERR_VALIDATION with
 * fields for people who took no part in it; ERR_CONFLICT when too many wait. */
enum err_code service_trials_explain(struct call *c,
    const struct trial_explain *x, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

struct trial_compare {
	struct id program_id;
	struct json_object *draft; /* a policy document */
	int64_t policy_version;    /* to compare it with; 0: the newest */
	int64_t seed;
};

/* Queued. Faults of the draft as of a policy; ERR_VALIDATION where it would change who
 * takes part, for both are compared on the same people. */
enum err_code service_trials_compare(struct call *c,
    const struct trial_compare *x, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

enum {
	TRIALS_MAX_WITHOUT = 100,
	TRIALS_MAX_FRONTIER = 100,
};

struct trial_repair {
	struct id program_id;
	int64_t changes; /* at most so many pairings of those that may stay */
	int64_t frontier; /* instead: 0 … this less one changes; 0: not asked */
	const struct id *without; /* mentors as if they had left */
	size_t n_without;
};

/* Queued. ERR_VALIDATION with fields for who is no mentor of the program. */
enum err_code service_trials_repair(struct call *c,
    const struct trial_repair *x, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* ret_ended: neither queued nor running. */
enum err_code service_trials_get(struct call *c, const struct id *trial,
    struct db_doc *ret_doc, bool *ret_ended, struct err *e) ERR_CHECKED;

/* As of rounds: a queued one ends at once, a running one within a second or so. */
enum err_code service_trials_cancel(struct call *c, const struct id *trial,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* What the trial shows, as proposals: ret_list has them. ERR_STATE unless it is
 * solved, of a kind that can be accepted, and was not accepted before; if_match 0:
 * any version. */
enum err_code service_trials_accept(struct call *c, const struct id *trial,
    int64_t if_match, struct db_list *ret_list, struct err *e) ERR_CHECKED;

#endif
