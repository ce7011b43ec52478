/*
 * The trial "repair": the best plan that changes at most so many confirmed pairings:
 * `cairn repair` over the people of the moment, those who are paired among them.
 * Accepting it proposes the changes; a pairing ends when the one that replaces it is
 * confirmed. Invariant: what is stored passed repair_check in this process.
 */
#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "api/json.h"
#include "api/plan_file.h"
#include "api/plan_parts.h"
#include "api/repair_file.h"
#include "api/round_input.h"
#include "api/service_audit.h"
#include "api/service_proposals.h"
#include "api/trial_people.h"
#include "base/jwrite.h"
#include "matcher/repair_check.h"

static const char WAS[] = "was.json";

enum {
	ANSWER_CAP = 16 << 20
};

struct repair_trial {
	struct trial_people people;
	struct repair_file_pairs pairs;
	int64_t changes, frontier; /* 0: no frontier is asked for */
	struct json_object *without;
};

/* ---- before ---- */

static enum err_code read_question(
    struct trial_run *t, struct repair_trial *x, struct err *e)
{
	struct json_object *tree = NULL;
	enum err_code code =
	    trial_tree(t->job->call.arena, t->trial.question, &tree, e);

	if (code != ERR_OK)
		return code;
	x->changes = trial_int(tree, "changes");
	x->frontier = trial_int(tree, "frontier");
	x->without = json_member(tree, "without_mentor_ids", json_type_array);
	return x->without != NULL
		   ? ERR_OK
		   : ERR_SET(e, BUG, "a stored question cannot be read");
}

static bool is_without(const struct repair_trial *x, const struct id *mentor)
{
	char text[ID_TEXT_SIZE];

	id_format(mentor, text);
	for (size_t k = 0; k < json_object_array_length(x->without); k++)
		if (strcmp(json_object_get_string(
			       json_object_array_get_idx(x->without, k)),
			text) == 0)
			return true;
	return false;
}

/* As if these mentors had left. */
static void leave_out(struct repair_trial *x)
{
	struct db_snapshot_people *p = &x->people.people;
	size_t n = 0;

	for (size_t k = 0; k < p->n; k++) {
		struct db_snapshot_person person = p->item[k];

		if (person.mentor && is_without(x, &person.id)) {
			person.mentor = false;
			person.places = 0;
			person.recent_pairings = -1;
		}
		if (person.newcomer || person.mentor)
			p->item[n++] = person;
	}
	p->n = n;
}

static void write_id(struct jwrite *w, const char *key, const struct id *id)
{
	char text[ID_TEXT_SIZE];

	id_format(id, text);
	jwrite_key_text(w, key, text);
}

/* What people have, as the command line reads it and as it is checked here. */
static enum err_code write_pairs(
    struct trial_run *t, struct repair_trial *x, struct err *e)
{
	const struct db_snapshot_bans *pairs = &x->people.pairs;
	struct str text;
	struct jwrite w;
	enum err_code code;

	str_init(&text, PLAN_FILE_MAX_OCTETS);
	jwrite_init(&w, &text, false);
	jwrite_object(&w);
	jwrite_key_array(&w, "pairs");
	for (size_t k = 0; k < pairs->n; k++) {
		jwrite_object(&w);
		write_id(&w, "newcomer", &pairs->item[k].newcomer_id);
		write_id(&w, "mentor", &pairs->item[k].mentor_id);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	jwrite_object_end(&w);
	code = jwrite_done(&w)
		   ? job_write(t->job, WAS, text.data, text.len, e)
		   : ERR_SET(e, NOMEM, "no memory for the pairings");
	if (code == ERR_OK)
		code = repair_file_read_pairs(t->job->call.arena, text.data,
		    text.len, x->people.community, &x->pairs, e);
	str_free(&text);
	return code;
}

static void arguments(struct trial_run *t, const struct repair_trial *x)
{
	struct job_run *j = t->job;

	job_arg(j, "cairn");
	job_arg(j, "repair");
	job_arg(j, ROUND_INPUT_MEMBERS);
	job_arg(j, "--policy");
	job_arg(j, ROUND_INPUT_POLICY);
	job_arg(j, "--was");
	job_arg(j, WAS);
	job_arg(j, "--plan");
	job_arg(j, TRIAL_ANSWER);
	job_arg(j, x->frontier > 0 ? "--frontier" : "--changes");
	job_arg(j, arena_printf(j->call.arena, "%" PRId64,
		       x->frontier > 0 ? x->frontier : x->changes));
}

static enum err_code prepare(struct trial_run *t, struct err *e)
{
	struct repair_trial *x =
	    ARENA_NEW(t->job->call.arena, struct repair_trial);
	enum err_code code;

	if (x == NULL)
		return ERR_SET(e, NOMEM, "no memory for the trial");
	t->state = x;
	code = read_question(t, x, e);
	if (code == ERR_OK)
		code = trial_people_read(t, true, &x->people, e);
	if (code == ERR_OK) {
		leave_out(x);
		code = trial_people_write(t, &x->people, e);
	}
	if (code == ERR_OK)
		code = write_pairs(t, x, e);
	if (code == ERR_OK)
		arguments(t, x);
	return code;
}

/* ---- after ---- */

static void write_change(struct jwrite *w, const struct community *c,
    uint32_t newcomer, const char *was, const struct plan_pair *is)
{
	jwrite_object(w);
	jwrite_key_text(w, "newcomer", c->person[newcomer].id);
	jwrite_key_text(w, "was", was);
	jwrite_key_text(w, "is", is != NULL ? c->person[is->mentor].id : NULL);
	jwrite_key(w, "pair");
	if (is == NULL) {
		jwrite_null(w);
	} else {
		jwrite_object(w);
		plan_parts_write_score(
		    w, is->points, is->shared_minutes, is->part);
		jwrite_object_end(w);
	}
	jwrite_object_end(w);
}

/* Whom each newcomer has now, by id: mentors who are gone are of no community. */
static const char *was_of(struct trial_run *t, const char *newcomer)
{
	const struct repair_trial *x = t->state;
	const struct db_snapshot_bans *pairs = &x->people.pairs;
	size_t low = 0, high = pairs->n;
	struct id id;
	char *text = arena_alloc(t->job->call.arena, ID_TEXT_SIZE);

	if (text == NULL || !id_parse(newcomer, strlen(newcomer), &id))
		return NULL;
	while (low < high) {
		size_t at = low + (high - low) / 2;
		int order =
		    memcmp(&pairs->item[at].newcomer_id, &id, sizeof(id));

		if (order == 0) {
			id_format(&pairs->item[at].mentor_id, text);
			return text;
		}
		if (order < 0)
			low = at + 1;
		else
			high = at;
	}
	return NULL;
}

/* Everybody whose mentor is another than now, in the order of ids. */
static void write_changes(
    struct jwrite *w, struct trial_run *t, const struct repair *r)
{
	const struct repair_trial *x = t->state;
	const struct community *c = x->people.community;
	uint32_t k = 0;

	jwrite_key_array(w, "changes");
	for (uint32_t i = 0; i < c->n; i++) {
		const struct plan_pair *is = NULL;
		const char *was;

		if (!person_is_newcomer(&c->person[i]))
			continue;
		if (k < r->n_pairs && r->pair[k].newcomer == i)
			is = &r->pair[k++];
		was = was_of(t, c->person[i].id);
		if (is == NULL ? was != NULL
			       : was == NULL ||
				     strcmp(was, c->person[is->mentor].id) != 0)
			write_change(w, c, i, was, is);
	}
	jwrite_array_end(w);
}

static enum err_code make_answer(
    struct trial_run *t, const struct repair *r, struct err *e)
{
	const struct repair_trial *x = t->state;
	struct str out;
	struct jwrite w;

	str_init(&out, ANSWER_CAP);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	repair_file_write_counts(&w, &x->pairs, r);
	write_changes(&w, t, r);
	jwrite_object_end(&w);
	t->answer = jwrite_done(&w)
			? arena_strndup(t->job->call.arena, out.data, out.len)
			: NULL;
	str_free(&out);
	return t->answer != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "the repair needs too much memory");
}

static enum err_code check_frontier(
    struct trial_run *t, const char *text, size_t n, struct err *e)
{
	struct json_object *tree = NULL;
	enum err_code code =
	    json_read_file(t->job->call.arena, text, n, &tree, e);

	if (code == ERR_OK &&
	    json_member(tree, "frontier", json_type_array) == NULL)
		return ERR_SET(e, SOLVER, "the repair has no frontier");
	t->answer = text;
	return code;
}

static enum err_code check(struct trial_run *t, struct err *e)
{
	const struct repair_trial *x = t->state;
	struct arena *a = t->job->call.arena;
	const struct community *c = x->people.community;
	const char *text = NULL;
	struct repair *r = NULL;
	size_t n = 0;
	enum err_code code =
	    job_read(t->job, TRIAL_ANSWER, PLAN_FILE_MAX_OCTETS, &text, &n, e);

	if (code == ERR_OK && x->frontier > 0)
		return check_frontier(t, text, n, e);
	if (code == ERR_OK)
		code = repair_file_read(a, text, n, c, &x->pairs, &r, e);
	if (code == ERR_OK)
		code = repair_check(a, c, &x->people.policy, x->pairs.pair,
		    x->pairs.n, (uint32_t)x->changes, r, e);
	return code == ERR_OK ? make_answer(t, r, e) : code;
}

/* ---- accepted ---- */

static void put_change(struct jwrite *w, struct json_object *from)
{
	struct json_object *pair = json_member(from, "pair", json_type_object);
	struct json_object *was = json_member(from, "was", json_type_string);
	const struct id id = id_new();
	const char *why;

	jwrite_object(w);
	write_id(w, "id", &id);
	jwrite_key_text(w, "newcomer_id",
	    json_object_get_string(
		json_member(from, "newcomer", json_type_string)));
	jwrite_key_text(
	    w, "was_id", was != NULL ? json_object_get_string(was) : NULL);
	jwrite_key_text(w, "mentor_id",
	    json_object_get_string(json_member(from, "is", json_type_string)));
	jwrite_key_int(w, "points", trial_int(pair, "points"));
	jwrite_key_int(w, "shared_minutes", trial_int(pair, "shared_minutes"));
	why = json_object_to_json_string_ext(
	    json_member(pair, "explanation", json_type_object),
	    JSON_C_TO_STRING_PLAIN);
	jwrite_key(w, "explanation");
	jwrite_raw(w, why, strlen(why));
	jwrite_object_end(w);
}

/* The changes that give somebody a mentor, as db_trial_repair takes them. Who would
 * end with nobody keeps what they have until somebody ends it. */
static enum err_code read_changes(struct call *c, const struct db_trial *t,
    const char **ret_text, int64_t *ret_n, struct err *e)
{
	struct json_object *tree = NULL, *list;
	struct str out;
	struct jwrite w;
	enum err_code code = trial_tree(c->arena, t->answer, &tree, e);

	if (code != ERR_OK)
		return code;
	list = json_member(tree, "changes", json_type_array);
	if (list == NULL)
		return ERR_SET(e, STATE,
		    "a frontier has nothing to accept: ask for one "
		    "of its plans");
	str_init(&out, ANSWER_CAP);
	jwrite_init(&w, &out, false);
	jwrite_array(&w);
	for (size_t k = 0; k < json_object_array_length(list); k++) {
		struct json_object *x = json_object_array_get_idx(list, k);

		if (json_member(x, "pair", json_type_object) == NULL)
			continue;
		put_change(&w, x);
		*ret_n += 1;
	}
	jwrite_array_end(&w);
	*ret_text =
	    jwrite_done(&w) ? arena_strndup(c->arena, out.data, out.len) : NULL;
	str_free(&out);
	return *ret_text != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the changes");
}

static enum err_code accept(struct call *c, const struct db_trial *t,
    struct db_list *ret_list, struct err *e)
{
	const struct id round = id_new();
	struct db_proposal_filter of_round = {.matching_round_id = &round};
	const struct db_page page = {.limit = DB_LIST_MAX};
	const char *changes = NULL;
	int64_t n = 0;
	enum err_code code = read_changes(c, t, &changes, &n, e);

	if (code == ERR_OK)
		code = db_trial_repair(
		    c->db, &c->who.community_id, &t->id, &round, changes, n, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "matching_round.repair",
		    "matching_round", &round, NULL, "solved", e);
	if (code == ERR_OK)
		code = service_proposals_list(c, &of_round, &page, ret_list, e);
	if (code == ERR_OK)
		ret_list->more = false; /* the rest is at the round's list */
	return code;
}

const struct trial_kind TRIAL_REPAIR = {
    .name = "repair",
    .prepare = prepare,
    .check = check,
    .accept = accept,
};
