/*
 * The people whom a trial of a program is about, as of one moment: those of a round
 * that would begin now, and on request those who are paired. Private to the kinds of
 * trials.
 */
#ifndef API_TRIAL_PEOPLE_H
#define API_TRIAL_PEOPLE_H

#include "api/trial.h"
#include "db/busy_times.h"
#include "db/snapshots.h"
#include "matcher/community.h"
#include "matcher/policy.h"

struct trial_people {
	struct policy policy; /* of the trial's version, with its dates */
	struct db_snapshot_people people;
	struct db_snapshot_bans bans;
	struct db_snapshot_bans pairs; /* the active ones, of those paired */
	struct db_busy_times busy;
	const char *members; /* the member file; set by trial_people_write */
	struct community *community; /* of that very text; likewise */
};

/* In a DB_READ transaction of its own. */
enum err_code trial_people_read(struct trial_run *t, bool with_paired,
    struct trial_people *ret_people, struct err *e) ERR_CHECKED;

/* The member file and the policy's into the job's folder. */
enum err_code trial_people_write(
    struct trial_run *t, struct trial_people *p, struct err *e) ERR_CHECKED;

#endif
