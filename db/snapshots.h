/*
 * What a matching round, a trial or a generation of cohorts reads, in the caller's DB_READ
 * transaction, so that all of it is one moment. Results live in the arena given.
 */
#ifndef DB_SNAPSHOTS_H
#define DB_SNAPSHOTS_H

#include "db/db.h"

struct db_snapshot_round {
	struct id program_id;
	int64_t seed;
	int64_t created_at;
	const char *policy; /* the document of the round's version */
};

enum err_code db_snapshot_round(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    struct db_snapshot_round *ret_round, struct err *e) ERR_CHECKED;

/* Lists are one text with ';' between the elements, levels as `term:level`. A text
 * that is absent is "". */
struct db_snapshot_person {
	struct id id;
	const char *display_name;
	bool newcomer, mentor;
	const char *roles, *wants, *tags, *stack, *languages;
	const char *time_zone, *industry, *style, *organization;
	int64_t years_tenths; /* -1: absent */
	int64_t places;       /* capacity - used - locked proposals, in this
			       * program and in all together */
	int64_t waiting_days; /* from the request to the round */
	const char *windows, *preferred; /* `weekday begin end`, minutes */
	int64_t volunteer;
	const char *preferences, *avoid; /* ids of members */
	int64_t recent_pairings;         /* a mentor's; -1: nobody asked */
	int64_t
	    mentors_wanted; /* besides those they have; 0: only one may be */
};

struct db_snapshot_people {
	struct db_snapshot_person *item; /* by id */
	size_t n;
};

/* What a policy says of a mentor's rest and load, and how many a newcomer gets. */
struct db_snapshot_rest {
	int64_t
	    rest_days; /* after a pairing; an enrollment may say otherwise */
	int64_t load_window_days; /* pairings so far back are recent */
	int64_t mentors_per_newcomer;
};

/* Who asks, unless paired or locked as often as may be, or pausing; who mentors now, has a place and needs no
 * rest: no pairing of theirs, whatever the program, ended within the rest days before
 * the round was made. */
enum err_code db_snapshot_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    const struct db_snapshot_rest *rest, struct db_snapshot_people *ret_people,
    struct err *e) ERR_CHECKED;

/* The same for a trial, as if a round had begun when it was made. with_paired: who has
 * an active pairing takes part too, unless locked or pausing, and the mentors of these
 * have so many places besides, at rest or not; but one who pauses has none. */
enum err_code db_snapshot_trial_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial, bool with_paired,
    const struct db_snapshot_rest *rest, struct db_snapshot_people *ret_people,
    struct err *e) ERR_CHECKED;

/* Of an intake: active newcomers of its program who are in no published cohort that
 * meets between its dates, and active guides, each as a mentor with one place, who have
 * rested rest_days (or what their enrollment says) since the last session they led. */
enum err_code db_snapshot_intake_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *intake, int64_t rest_days,
    struct db_snapshot_people *ret_people, struct err *e) ERR_CHECKED;

struct db_snapshot_ban {
	struct id newcomer_id, mentor_id;
};

struct db_snapshot_bans {
	struct db_snapshot_ban *item; /* by newcomer, mentor */
	size_t n;
};

/* What a policy says of pairs that come back. */
struct db_snapshot_again {
	int64_t repeat_days, mentors_per_newcomer;
};

/* Pairs of this program that must not come back: declined, or ended less than
 * repeat_days before the round or trial was made; but for those that are active. Where
 * a newcomer may have several mentors, those they have or are offered. */
enum err_code db_snapshot_bans(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    const struct db_snapshot_again *again, struct db_snapshot_bans *ret_bans,
    struct err *e) ERR_CHECKED;
enum err_code db_snapshot_trial_bans(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial,
    const struct db_snapshot_again *again, struct db_snapshot_bans *ret_bans,
    struct err *e) ERR_CHECKED;

/* In the same form the active pairings of the newcomers who take part with one. */
enum err_code db_snapshot_pairs(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial,
    struct db_snapshot_bans *ret_pairs, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_snapshot_stmts[];

#endif
