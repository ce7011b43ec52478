/* cairn repair: the best plan that changes at most so many of the pairs that people
 * have. Those come from a plan file; who left the member file has none any more. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "api/cli.h"
#include "api/json.h"
#include "api/member_file.h"
#include "base/jwrite.h"
#include "matcher/repair.h"

enum {
	SHOWN_CHANGES = 20,
	OUTPUT_CAP = 512 << 20,
};

static const char USAGE[] =
    "cairn repair MEMBERS.csv --was PLAN.json [--changes K] [--frontier N]\n"
    "       [--plan REPAIRED.json] [--policy P.json] [--from DATE]\n"
    "       [--threads N]";

struct pairs {
	struct repair_pair *pair;
	uint32_t n, n_gone; /* of which the mentor is gone */
};

/* ---- what people have ---- */

static const char *id_in(struct json_object *pair, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(pair, key, &value) &&
		       json_object_is_type(value, json_type_string)
		   ? json_object_get_string(value)
		   : NULL;
}

static void take_pair(const struct cli_input *in, struct json_object *pair,
    size_t at, struct pairs *p, struct err *e)
{
	const char *newcomer = id_in(pair, "newcomer");
	const char *mentor = id_in(pair, "mentor");
	uint32_t n = in->community->n, i, j;
	char place[ERR_PLACE_SIZE];

	if (newcomer == NULL || mentor == NULL) {
		snprintf(place, sizeof(place), "/pairs/%zu", at);
		err_add_field(e, ERR_VALIDATION, place,
		    "expected the external ids of a newcomer and a mentor");
		return;
	}
	i = member_find(in->community, newcomer);
	j = member_find(in->community, mentor);
	if (i == n)
		return;
	if (j == n)
		p->n_gone++;
	else
		p->pair[p->n++] = (struct repair_pair){i, j};
}

static enum err_code read_pairs(const struct cli_args *args,
    const struct cli_input *in, struct pairs *p, struct err *e)
{
	struct json_object *tree, *list = NULL;
	size_t size, n;
	char *text =
	    cli_read_file(in->a, args->was, PLAN_FILE_MAX_OCTETS, &size);
	enum err_code rc;

	if (text == NULL)
		return ERR_SET(e, VALIDATION, "it cannot be read");
	rc = json_read_file(in->a, text, size, &tree, e);
	if (rc != ERR_OK)
		return rc;
	if (!json_object_is_type(tree, json_type_object) ||
	    !json_object_object_get_ex(tree, "pairs", &list) ||
	    !json_object_is_type(list, json_type_array)) {
		err_add_field(e, ERR_VALIDATION, "/pairs",
		    "expected the pairs of a plan file");
		return e->code;
	}
	n = json_object_array_length(list);
	p->pair = ARENA_ARRAY(in->a, n, struct repair_pair);
	if (p->pair == NULL)
		return ERR_SET(e, NOMEM, "no memory for the pairs");
	for (size_t k = 0; k < n; k++)
		take_pair(in, json_object_array_get_idx(list, k), k, p, e);
	return e->code;
}

/* ---- the answer ---- */

/* Whom each person has now, COMMUNITY.n where nobody. */
static uint32_t *mentors_of(const struct cli_input *in, const struct pairs *p)
{
	uint32_t n = in->community->n, *of = ARENA_ARRAY(in->a, n, uint32_t);

	for (uint32_t k = 0; of != NULL && k < n; k++)
		of[k] = n;
	for (uint32_t k = 0; of != NULL && k < p->n; k++)
		of[p->pair[k].newcomer] = p->pair[k].mentor;
	return of;
}

static const char *id_of(const struct community *c, uint32_t person)
{
	return person < c->n ? c->person[person].id : NULL;
}

static void write_repair(const struct cli_input *in, const struct pairs *p,
    const struct repair *r, const uint32_t *was, struct str *out)
{
	const struct community *c = in->community;
	struct jwrite w;

	jwrite_init(&w, out, true);
	jwrite_object(&w);
	jwrite_key_text(&w, "status", r->is_optimal ? "optimal" : "feasible");
	jwrite_key_int(&w, "kept", r->n_kept);
	jwrite_key_int(&w, "changed", r->n_changed);
	jwrite_key_int(&w, "ended", (int64_t)r->n_ended + p->n_gone);
	jwrite_key_object(&w, "objective");
	jwrite_key_int(&w, "newcomers_matched", r->goals.n_pairs);
	jwrite_key_int(&w, "people_weight", r->goals.people_weight);
	jwrite_key_int(&w, "worst_points", r->goals.worst_points);
	jwrite_key_int(&w, "total_points", r->goals.total_points);
	jwrite_object_end(&w);
	jwrite_key_object(&w, "bound");
	jwrite_key_int(&w, "people_weight", r->bound.people_weight);
	jwrite_key_int(&w, "total_points", r->bound.total_points);
	jwrite_object_end(&w);
	jwrite_key_array(&w, "pairs");
	for (uint32_t k = 0; k < r->n_pairs; k++) {
		const struct plan_pair *pair = &r->pair[k];

		jwrite_object(&w);
		jwrite_key_text(&w, "newcomer", id_of(c, pair->newcomer));
		jwrite_key_text(&w, "mentor", id_of(c, pair->mentor));
		jwrite_key_int(&w, "points", pair->points);
		jwrite_key_text(&w, "was", id_of(c, was[pair->newcomer]));
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	plan_file_write_stability(&w, c, &r->stability);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed;
}

static void print_change(
    const struct community *c, uint32_t newcomer, uint32_t was, uint32_t is)
{
	const char *before = id_of(c, was), *now = id_of(c, is);

	printf("  %s: %s -> %s\n", id_of(c, newcomer),
	    before != NULL ? before : "nobody", now != NULL ? now : "nobody");
}

/* Who has another mentor than before, in the order of external_id. */
static void print_changes(
    const struct community *c, const struct repair *r, const uint32_t *was)
{
	uint32_t n = 0, k = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t is = c->n;

		if (k < r->n_pairs && r->pair[k].newcomer == i)
			is = r->pair[k++].mentor;
		if (is == was[i])
			continue;
		if (n++ < SHOWN_CHANGES)
			print_change(c, i, was[i], is);
	}
	if (n > SHOWN_CHANGES)
		printf("  ... and %" PRIu32 " more\n", n - SHOWN_CHANGES);
}

static void print_goals(const struct repair *r)
{
	printf("%" PRIu32 " kept, %" PRIu32 " changed: %" PRIu32
	       " newcomers have a mentor, total %" PRId64 " points; %s.\n",
	    r->n_kept, r->n_changed, r->goals.n_pairs, r->goals.total_points,
	    r->is_optimal ? "the best there is" : "the best found");
	if (!r->is_optimal)
		printf("No plan has a weight above %" PRId64
		       " with more than %" PRId64 " points.\n",
		    r->bound.people_weight, r->bound.total_points);
}

static int one(const struct cli_args *args, struct cli_input *in,
    const struct match_options *o, const struct pairs *p)
{
	struct err e = {0};
	uint32_t *was = mentors_of(in, p);
	struct repair *r;
	struct str out;
	bool good = true;

	if (was == NULL)
		return CLI_FAILED;
	if (repair_run(in->a, in->community, &in->policy, o, p->pair, p->n,
		(uint32_t)args->changes, &r, &e) != ERR_OK)
		return cli_fail(args->was, &e);
	str_init(&out, OUTPUT_CAP);
	if (args->plan != NULL) {
		write_repair(in, p, r, was, &out);
		good = !out.failed &&
		       cli_write_file(args->plan, out.data, out.len);
	}
	str_free(&out);
	if (!good)
		return CLI_FAILED;
	printf(
	    "%" PRIu32 " pairs ended by themselves.\n", r->n_ended + p->n_gone);
	print_goals(r);
	printf("Blocking pairs, who prefer each other to what they have: "
	       "%" PRIu64 ".\n",
	    r->stability.blocking_pairs);
	print_changes(in->community, r, was);
	return CLI_OK;
}

static int frontier(const struct cli_args *args, struct cli_input *in,
    const struct match_options *o, const struct pairs *p)
{
	struct err e = {0};
	struct repair **plan;
	uint32_t n;

	if (repair_frontier(in->a, in->community, &in->policy, o, p->pair, p->n,
		(uint32_t)args->frontier, &plan, &n, &e) != ERR_OK)
		return cli_fail(args->was, &e);
	for (uint32_t k = 0; k < n; k++)
		print_goals(plan[k]);
	return CLI_OK;
}

int cli_repair(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	struct match_options o;
	struct pairs pairs = {0};
	struct err e = {0};
	int status;

	if (!cli_parse(argc, argv,
		CLI_POLICY | CLI_PLAN | CLI_FROM | CLI_SEED | CLI_THREADS |
		    CLI_WAS | CLI_CHANGES | CLI_FRONTIER,
		CLI_WAS, USAGE, &args, &status))
		return status;
	if (cli_load(&args, cli_today(), &in, &status)) {
		o = (struct match_options){
		    .seed = (uint64_t)args.seed, .threads = cli_threads(&args)};
		if (read_pairs(&args, &in, &pairs, &e) != ERR_OK)
			status = cli_fail(args.was, &e);
		else
			status = args.frontier > 0
				     ? frontier(&args, &in, &o, &pairs)
				     : one(&args, &in, &o, &pairs);
	}
	cli_unload(&in);
	return status;
}
