/* Whom a trial is about: see trial_people.h. */
#include "api/trial_people.h"

#include "api/round_busy.h"
#include "api/round_input.h"
#include "api/round_rows.h"

struct look {
	struct trial_run *run;
	struct trial_people *people;
	bool with_paired;
};

static enum err_code read_all(struct db *db, void *cookie, struct err *e)
{
	struct look *l = cookie;
	struct trial_people *p = l->people;
	struct arena *a = l->run->job->call.arena;
	const struct id *community = &l->run->job->call.who.community_id;
	const struct id *trial = &l->run->trial.id;
	int64_t from, to;
	enum err_code code =
	    db_snapshot_trial_people(db, a, community, trial, l->with_paired,
		&(struct db_snapshot_rest){p->policy.rest_days,
		    p->policy.load_window_days, p->policy.mentors_per_newcomer},
		&p->people, e);

	if (code == ERR_OK)
		code = db_snapshot_trial_bans(db, a, community, trial,
		    &(struct db_snapshot_again){p->policy.repeat_window_days,
			p->policy.mentors_per_newcomer},
		    &p->bans, e);
	if (code == ERR_OK && l->with_paired)
		code = db_snapshot_pairs(db, a, community, trial, &p->pairs, e);
	round_busy_span(p->policy.first_day, p->policy.weeks, &from, &to);
	if (code == ERR_OK)
		code = db_busy_times_of_program(db, a, community,
		    &l->run->trial.program_id, from, to, &p->busy, e);
	return code;
}

enum err_code trial_people_read(struct trial_run *t, bool with_paired,
    struct trial_people *ret_people, struct err *e)
{
	struct look l = {t, ret_people, with_paired};
	struct call *c = &t->job->call;
	enum err_code code;

	*ret_people = (struct trial_people){0};
	code = round_input_policy(c->arena, t->trial.policy,
	    t->trial.created_at, &ret_people->policy, e);
	return code == ERR_OK ? db_tx_run(c->db, DB_READ, read_all, &l, e)
			      : code;
}

enum err_code trial_people_write(
    struct trial_run *t, struct trial_people *p, struct err *e)
{
	struct call *c = &t->job->call;
	struct member_table table;
	enum err_code code =
	    round_rows_make(c->arena, &p->people, &p->bans, &table, e);

	if (code == ERR_OK)
		code = round_busy_apply(c->tz, &p->people, &p->busy,
		    p->policy.first_day, p->policy.weeks, &table, e);
	if (code != ERR_OK)
		return code;
	p->members = round_rows_text(c->arena, &table);
	code = round_input_write(t->job, p->members, &p->policy, e);
	return code == ERR_OK ? round_rows_community(c->arena, c->tz,
				    p->members, &p->community, e)
			      : code;
}
