/* Repaired plans as JSON: see repair_file.h. */
#include "api/repair_file.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "api/json.h"
#include "api/member_file.h"
#include "api/plan_file.h"
#include "api/plan_parts.h"

/* ---- the pairs that people have ---- */

static const char *id_in(struct json_object *pair, const char *key)
{
	struct json_object *value = json_member(pair, key, json_type_string);

	return value != NULL ? json_object_get_string(value) : NULL;
}

static void take_pair(const struct community *c, struct json_object *pair,
    size_t at, struct repair_file_pairs *p, struct err *e)
{
	const char *newcomer = id_in(pair, "newcomer");
	const char *mentor = id_in(pair, "mentor");
	char place[ERR_PLACE_SIZE];
	uint32_t i, j;

	if (newcomer == NULL || mentor == NULL) {
		snprintf(place, sizeof(place), "/pairs/%zu", at);
		err_add_field(e, ERR_VALIDATION, place,
		    "expected the external ids of a newcomer and a mentor");
		return;
	}
	i = member_find(c, newcomer);
	j = member_find(c, mentor);
	if (i == c->n)
		return;
	if (j == c->n)
		p->n_gone++;
	else
		p->pair[p->n++] = (struct repair_pair){i, j};
}

static enum err_code read_list(struct arena *a, const char *text, size_t n,
    struct json_object **ret_tree, struct json_object **ret_list, struct err *e)
{
	enum err_code rc = json_read_file(a, text, n, ret_tree, e);

	if (rc != ERR_OK)
		return rc;
	*ret_list = json_member(*ret_tree, "pairs", json_type_array);
	if (*ret_list == NULL)
		err_add_field(e, ERR_VALIDATION, "/pairs",
		    "expected the pairs of a plan file");
	return e->code;
}

enum err_code repair_file_read_pairs(struct arena *a, const char *text,
    size_t n, const struct community *c, struct repair_file_pairs *ret_pairs,
    struct err *e)
{
	struct repair_file_pairs p = {0};
	struct json_object *tree, *list = NULL;
	enum err_code rc = read_list(a, text, n, &tree, &list, e);
	size_t count;

	if (rc != ERR_OK)
		return rc;
	count = json_object_array_length(list);
	p.pair = ARENA_ARRAY(a, count, struct repair_pair);
	if (p.pair == NULL)
		return ERR_SET(e, NOMEM, "no memory for the pairs");
	for (size_t k = 0; k < count; k++)
		take_pair(c, json_object_array_get_idx(list, k), k, &p, e);
	if (e->code == ERR_OK)
		*ret_pairs = p;
	return e->code;
}

uint32_t *repair_file_mentors(struct arena *a, const struct community *c,
    const struct repair_file_pairs *p)
{
	uint32_t *of = ARENA_ARRAY(a, c->n, uint32_t);

	for (uint32_t k = 0; of != NULL && k < c->n; k++)
		of[k] = c->n;
	for (uint32_t k = 0; of != NULL && k < p->n; k++)
		of[p->pair[k].newcomer] = p->pair[k].mentor;
	return of;
}

/* ---- written ---- */

void repair_file_write_counts(
    struct jwrite *w, const struct repair_file_pairs *p, const struct repair *r)
{
	jwrite_key_text(w, "status",
	    PLAN_PARTS_STATUS[r->is_optimal ? PLAN_OPTIMAL : PLAN_FEASIBLE]);
	jwrite_key_int(w, "kept", r->n_kept);
	jwrite_key_int(w, "changed", r->n_changed);
	jwrite_key_int(w, "ended", (int64_t)r->n_ended + p->n_gone);
	plan_parts_write_goals(w, "objective", r->goals);
	jwrite_key_object(w, "bound");
	jwrite_key_int(w, "people_weight", r->bound.people_weight);
	jwrite_key_int(w, "total_points", r->bound.total_points);
	jwrite_object_end(w);
}

void repair_file_write(struct arena *a, const struct community *c,
    const struct repair_file_pairs *p, const struct repair *r, struct str *out)
{
	const uint32_t *was = repair_file_mentors(a, c, p);
	struct jwrite w;

	if (was == NULL) {
		out->failed = true;
		return;
	}
	jwrite_init(&w, out, true);
	jwrite_object(&w);
	repair_file_write_counts(&w, p, r);
	jwrite_key_array(&w, "pairs");
	for (uint32_t k = 0; k < r->n_pairs; k++) {
		const struct plan_pair *pair = &r->pair[k];
		uint32_t before = was[pair->newcomer];

		jwrite_object(&w);
		jwrite_key_text(&w, "newcomer", c->person[pair->newcomer].id);
		jwrite_key_text(&w, "mentor", c->person[pair->mentor].id);
		plan_parts_write_score(
		    &w, pair->points, pair->shared_minutes, pair->part);
		jwrite_key_text(
		    &w, "was", before < c->n ? c->person[before].id : NULL);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	plan_file_write_stability(&w, c, &r->stability);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed;
}

void repair_file_write_frontier(const struct repair_file_pairs *p,
    struct repair *const *plan, uint32_t n, struct str *out)
{
	struct jwrite w;

	jwrite_init(&w, out, true);
	jwrite_object(&w);
	jwrite_key_array(&w, "frontier");
	for (uint32_t k = 0; k < n; k++) {
		jwrite_object(&w);
		repair_file_write_counts(&w, p, plan[k]);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed;
}

/* ---- read back ---- */

static int64_t number(struct json_object *tree, const char *key)
{
	struct json_object *value = json_member(tree, key, json_type_int);

	return value != NULL ? json_object_get_int64(value) : -1;
}

static uint32_t person_in(
    const struct community *c, struct json_object *pair, const char *key)
{
	const char *id = id_in(pair, key);

	return id != NULL ? member_find(c, id) : c->n;
}

/* What is missing is -1, which is nobody's points. */
static void read_pair(
    const struct community *c, struct json_object *from, struct plan_pair *to)
{
	struct json_object *parts =
	    json_member(from, "explanation", json_type_object);

	*to = (struct plan_pair){.newcomer = person_in(c, from, "newcomer"),
	    .mentor = person_in(c, from, "mentor"),
	    .points = (int32_t)number(from, "points"),
	    .shared_minutes = (uint16_t)number(from, "shared_minutes")};
	for (int i = 0; i < CRITERION_COUNT; i++)
		to->part[i] =
		    (int16_t)number(parts, criterion_name((enum criterion)i));
}

static struct plan_goals read_goals(struct json_object *tree, const char *key)
{
	struct json_object *g = json_member(tree, key, json_type_object);

	return (struct plan_goals){(uint32_t)number(g, "newcomers_matched"),
	    number(g, "people_weight"), (int32_t)number(g, "worst_points"),
	    number(g, "total_points")};
}

enum err_code repair_file_read(struct arena *a, const char *text, size_t n,
    const struct community *c, const struct repair_file_pairs *p,
    struct repair **ret_repair, struct err *e)
{
	struct repair *r = ARENA_NEW(a, struct repair);
	struct json_object *tree, *list = NULL;
	enum err_code rc = read_list(a, text, n, &tree, &list, e);
	const char *status;

	if (rc != ERR_OK)
		return rc;
	if (r == NULL)
		return ERR_SET(e, NOMEM, "no memory for the repair");
	status = id_in(tree, "status");
	*r = (struct repair){.n_kept = (uint32_t)number(tree, "kept"),
	    .n_changed = (uint32_t)number(tree, "changed"),
	    .n_ended = (uint32_t)number(tree, "ended") - p->n_gone,
	    .goals = read_goals(tree, "objective"),
	    .bound = read_goals(tree, "bound"),
	    .is_optimal = status != NULL &&
			  strcmp(status, PLAN_PARTS_STATUS[PLAN_OPTIMAL]) == 0,
	    .n_pairs = (uint32_t)json_object_array_length(list)};
	r->pair = ARENA_ARRAY(a, r->n_pairs, struct plan_pair);
	if (r->pair == NULL)
		return ERR_SET(e, NOMEM, "no memory for the repair");
	for (uint32_t k = 0; k < r->n_pairs; k++)
		read_pair(c, json_object_array_get_idx(list, k), &r->pair[k]);
	*ret_repair = r;
	return ERR_OK;
}
