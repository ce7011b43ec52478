/*
 * Trials: questions to the matcher beside the rounds. A kind of trial is a row of
 * trial_kind's table (trial.c): what its solver reads, how its answer is checked,
 * and what it means to accept it. The worker's side is trial_job.h, the use cases are
 * service_trials.h.
 */
#ifndef API_TRIAL_H
#define API_TRIAL_H

#include "api/job.h"
#include "db/trials.h"

struct json_object;

/* The answer's file in the job's folder. */
#define TRIAL_ANSWER "answer.json"

struct trial_run {
	struct job_run *job;
	struct db_trial trial;
	void *state;        /* the kind's own, from prepare to check */
	const char *answer; /* JSON, made by check */
};

struct trial_kind {
	const char *name;
	/* Files and arguments of the solver; opens its own DB_READ transaction. */
	enum err_code (*prepare)(struct trial_run *t, struct err *e);
	/* Prove what the solver left and make the answer of it. */
	enum err_code (*check)(struct trial_run *t, struct err *e);
	/* Of a solved trial the proposals, in the request's transaction; NULL where
	 * there is nothing to accept. */
	enum err_code (*accept)(struct call *c, const struct db_trial *t,
	    struct db_list *ret_list, struct err *e);
};

/* By name; NULL: of a newer release. */
const struct trial_kind *trial_kind(const char *name);

/* A stored question or answer as a tree. */
enum err_code trial_tree(struct arena *a, const char *text,
    struct json_object **ret_tree, struct err *e) ERR_CHECKED;

/* A member of an object of ours as an id; false: not there, or null. */
bool trial_id(struct json_object *tree, const char *key, struct id *ret_id);
int64_t trial_int(struct json_object *tree, const char *key); /* 0: none */
bool trial_bool(struct json_object *tree, const char *key);   /* false: none */

extern const struct trial_kind TRIAL_EXPLANATION, TRIAL_COMPARISON,
    TRIAL_REPAIR;

#endif
