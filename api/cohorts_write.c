/* Writing cohorts files: see cohorts_file.h. */
#include <stdio.h>

#include "api/cohorts_file.h"
#include "api/intake_file.h"
#include "base/instant.h"
#include "base/jwrite.h"

enum err_code cohorts_intake_digest(
    const struct intake *in, char ret_digest[PLAN_DIGEST_SIZE], struct err *e)
{
	struct str text;
	bool good;

	str_init(&text, INTAKE_FILE_MAX_OCTETS);
	intake_file_write(in, &text);
	good = !text.failed && plan_digest(text.data, text.len, ret_digest);
	str_free(&text);
	return good ? ERR_OK
		    : ERR_SET(e, NOMEM, "the digests need too much memory");
}

static void put_clock(struct jwrite *w, uint16_t minute)
{
	char time[16];

	snprintf(time, sizeof(time), "%02u:%02u", minute / 60u, minute % 60u);
	jwrite_key_text(w, "local_time", time);
}

static void put_part(
    struct jwrite *w, const struct intake *in, const struct pattern_part *part)
{
	jwrite_object(w);
	jwrite_key(w, "from");
	jwrite_day(w, part->from_day);
	jwrite_key_text(w, "weekday", weekday_name(part->weekday));
	put_clock(w, part->local_minute);
	jwrite_key_text(w, "time_zone", in->anchor->name);
	jwrite_object_end(w);
}

static void put_kinder(
    struct jwrite *w, const struct community *c, const struct kinder *k)
{
	jwrite_object(w);
	jwrite_key_array(w, "weekdays");
	for (int day = 0; day < 7; day++)
		if ((k->weekdays >> day & 1) != 0)
			jwrite_text(w, weekday_name(day));
	jwrite_array_end(w);
	put_clock(w, k->local_minute);
	jwrite_key_text(w, "reason", fairness_reason_name(k->reason));
	jwrite_key_text(w, "who", c->person[k->who].id);
	jwrite_object_end(w);
}

static void put_bearings(
    struct jwrite *w, const struct community *c, const struct cohort *k)
{
	jwrite_key_array(w, "members");
	for (uint32_t i = 0; i <= k->n_newcomers; i++) {
		const struct bearing *b = &k->bearing[i];

		jwrite_object(w);
		jwrite_key_text(w, "member", c->person[b->person].id);
		jwrite_key_int(w, "points", b->points);
		jwrite_key_int(w, "dearest", b->dearest);
		jwrite_key_int(w, "carried", b->carried);
		jwrite_key_int(w, "share", b->share);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
	jwrite_key_array(w, "over_share");
	for (uint16_t i = 0; i < k->n_over; i++) {
		jwrite_object(w);
		jwrite_key_text(w, "member", c->person[k->over[i].person].id);
		jwrite_key_array(w, "kinder");
		for (uint8_t j = 0; j < k->over[i].n_kinder; j++)
			put_kinder(w, c, &k->over[i].kinder[j]);
		jwrite_array_end(w);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

static void put_cohort(struct jwrite *w, const struct community *c,
    const struct intake *in, const struct cohort *k)
{
	jwrite_object(w);
	jwrite_key_text(w, "guide", c->person[k->guide].id);
	jwrite_key_array(w, "newcomers");
	for (uint16_t i = 0; i < k->n_newcomers; i++)
		jwrite_text(w, c->person[k->newcomers[i]].id);
	jwrite_array_end(w);
	jwrite_key_text(w, "language", terms_text(c->terms, k->language));
	jwrite_key_array(w, "pattern");
	for (uint16_t i = 0; i < k->n_parts; i++)
		put_part(w, in, &k->part[i]);
	jwrite_array_end(w);
	jwrite_key_array(w, "sessions");
	for (uint16_t i = 0; i < k->n_sessions; i++)
		jwrite_instant(w, k->session[i]);
	jwrite_array_end(w);
	jwrite_key_object(w, "discomfort");
	jwrite_key_int(w, "worst", k->worst_discomfort);
	jwrite_key_int(w, "total", k->total_discomfort);
	jwrite_key_bool(w, "proven", k->kindest);
	put_bearings(w, c, k);
	jwrite_object_end(w);
	jwrite_object_end(w);
}

/* Distance to the bound in tenths of a percent, rounded up. */
static int64_t gap_of(const struct cohort_plan *plan)
{
	int64_t missing = plan->bound - plan->objective;

	if (missing <= 0 || plan->bound <= 0)
		return 0;
	return (missing * 1000 + plan->bound - 1) / plan->bound;
}

void cohorts_file_write(const struct community *c, const struct intake *in,
    const struct cohort_plan *plan, const struct cohorts_origin *o,
    int64_t wall_ms, struct str *out)
{
	struct jwrite w;

	jwrite_init(&w, out, true);
	jwrite_object(&w);
	jwrite_key_text(&w, "status", plan->optimal ? "optimal" : "feasible");
	jwrite_key_int(&w, "objective", plan->objective);
	jwrite_key_int(&w, "bound", plan->bound);
	jwrite_key(&w, "gap");
	jwrite_tenths(&w, gap_of(plan));
	jwrite_key_int(&w, "placed", plan->n_placed);
	jwrite_key_int(&w, "fit_points", plan->fit_points);
	jwrite_key_array(&w, "cohorts");
	for (uint32_t i = 0; i < plan->n_cohorts; i++)
		put_cohort(&w, c, in, &plan->cohort[i]);
	jwrite_array_end(&w);
	jwrite_key_array(&w, "unplaced");
	for (uint32_t i = 0; i < plan->n_unplaced; i++) {
		const struct unplaced *u = &plan->unplaced[i];

		jwrite_object(&w);
		jwrite_key_text(&w, "newcomer", c->person[u->newcomer].id);
		jwrite_key_text(&w, "reason", unplaced_reason_name(u->reason));
		jwrite_key_text(&w, "help", u->help);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	jwrite_key_text(&w, "input_digest", o->instance.input_digest);
	jwrite_key_text(&w, "policy_digest", o->instance.policy_digest);
	jwrite_key_text(&w, "intake_digest", o->intake_digest);
	jwrite_key(&w, "first_date");
	jwrite_day(&w, o->instance.first_day);
	jwrite_key_int(&w, "seed", (int64_t)o->instance.seed);
	jwrite_key_text(&w, "tzdata_version", o->tz_version);
	jwrite_key_object(&w, "solver");
	jwrite_key_int(&w, "columns", plan->columns);
	jwrite_key_int(&w, "lp_solves", plan->lp_solves);
	jwrite_key(&w, "wall_seconds");
	jwrite_tenths(&w, (wall_ms + 99) / 100);
	jwrite_object_end(&w);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed;
}
