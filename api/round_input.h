/*
 * What a solve reads of a program, as the files of the command line in a job's folder:
 * the same for matching rounds and for the trials beside them, so that their numbers
 * agree.
 */
#ifndef API_ROUND_INPUT_H
#define API_ROUND_INPUT_H

#include "api/job.h"
#include "matcher/policy.h"

#define ROUND_INPUT_MEMBERS "members.csv"
#define ROUND_INPUT_POLICY  "policy.json"

/* A stored policy. One without dates speaks of the weeks from `since` on. */
enum err_code round_input_policy(struct arena *a, const char *document,
    int64_t since, struct policy *ret_policy, struct err *e) ERR_CHECKED;

/* A policy as a file of the folder. */
enum err_code round_input_write_policy(struct job_run *j, const char *name,
    const struct policy *p, struct err *e) ERR_CHECKED;

/* Both files; members NULL: there was no memory for it. */
enum err_code round_input_write(struct job_run *j, const char *members,
    const struct policy *p, struct err *e) ERR_CHECKED;

#endif
