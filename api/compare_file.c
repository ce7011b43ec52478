/* The answer of cairn explain --against: see compare_file.h. */
#include "api/compare_file.h"

#include "api/plan_parts.h"

static void write_side(
    struct jwrite *w, const char *key, const struct plan *plan)
{
	jwrite_key_object(w, key);
	jwrite_key_text(w, "plan_status", PLAN_PARTS_STATUS[plan->status]);
	plan_parts_write_goals(w, "objective", plan_parts_goals(plan));
	jwrite_key_int(w, "unmatched", plan->n_unmatched);
	jwrite_object_end(w);
}

static void write_points(
    struct jwrite *w, const char *key, bool has, int32_t points)
{
	jwrite_key(w, key);
	if (has)
		jwrite_int(w, points);
	else
		jwrite_null(w);
}

static void write_changes(
    struct jwrite *w, const struct community *c, const struct compare *r)
{
	jwrite_key_array(w, "changes");
	for (uint32_t k = 0; k < r->n_changes; k++) {
		const struct compare_change *x = &r->change[k];
		bool had = x->was < c->n, has = x->is < c->n;

		jwrite_object(w);
		jwrite_key_text(w, "newcomer", c->person[x->newcomer].id);
		jwrite_key_text(w, "was", had ? c->person[x->was].id : NULL);
		jwrite_key_text(w, "is", has ? c->person[x->is].id : NULL);
		write_points(w, "points_was", had, x->points_was);
		write_points(w, "points_is", has, x->points_is);
		jwrite_key_bool(w, "is_allowed", x->is_allowed);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

void compare_file_write(
    const struct community *c, const struct compare *r, struct str *out)
{
	struct jwrite w;

	jwrite_init(&w, out, true);
	jwrite_object(&w);
	write_side(&w, "was", r->was);
	write_side(&w, "is", r->is);
	plan_parts_write_goals(&w, "is_by_was", r->by_was);
	jwrite_key_int(&w, "forbidden", r->n_forbidden);
	jwrite_key_int(&w, "gained", r->n_gained);
	jwrite_key_int(&w, "lost", r->n_lost);
	jwrite_key_int(&w, "better", r->n_better);
	jwrite_key_int(&w, "worse", r->n_worse);
	jwrite_key_int(&w, "even", r->n_even);
	write_changes(&w, c, r);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed;
}
