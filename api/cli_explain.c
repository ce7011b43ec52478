/* cairn explain: why this mentor, why not that one and what it would cost, why nobody.
 * The plan is solved anew: the same people, policy, date and seed give the same. */
#include <inttypes.h>
#include <stdio.h>

#include "api/cli.h"
#include "api/explain_file.h"

enum {
	SHOWN_TOUCHED = 20
};

static const char USAGE[] =
    "cairn explain MEMBERS.csv --newcomer ID [--mentor ID] [--policy P.json]\n"
    "       [--answer ANSWER.json] [--from DATE] [--seed N] [--threads N]";

/* Nobody's avoid list is given away: it is told like any other exclusion. */
static const char *const RULE[SCORE_RULES] = {
    [SCORE_SELF] = "nobody is their own mentor",
    [SCORE_NO_PLACE] = "the mentor has no place",
    [SCORE_NO_LANGUAGE] = "no common language at the policy's level",
    [SCORE_NO_HOURS] = "too few shared minutes in the worst week",
    [SCORE_ORGANISATION] = "excluded",
    [SCORE_AVOIDED] = "excluded",
};

static const char *id_of(const struct community *c, uint32_t person)
{
	return person < c->n ? c->person[person].id : "nobody";
}

static void print_points(const int16_t *part, int32_t points, unsigned minutes)
{
	printf("  %" PRId32 " points:", points);
	for (int c = 0; c < CRITERION_COUNT; c++)
		if (part[c] > 0)
			printf(" %s %d", criterion_name((enum criterion)c),
			    part[c]);
	printf("; %u shared minutes a week\n", minutes);
}

static void print_newcomer(const struct explain_file *x)
{
	const struct community *c = x->community;

	if (x->pair == NULL) {
		printf("%s has no mentor: %s; %s.\n", id_of(c, x->newcomer),
		    unmatched_reason_name(x->nobody->reason), x->nobody->help);
		return;
	}
	printf(
	    "%s has %s.\n", id_of(c, x->newcomer), id_of(c, x->pair->mentor));
	print_points(x->pair->part, x->pair->points, x->pair->shared_minutes);
}

static void print_broken(const struct score *score)
{
	const char *said = "";

	printf("  It is not allowed:");
	for (int rule = SCORE_SELF; rule < SCORE_RULES; rule++)
		if ((score->broken >> rule & 1) != 0 && RULE[rule] != said) {
			printf("%s %s", said[0] == '\0' ? "" : ";", RULE[rule]);
			said = RULE[rule];
		}
	printf(".\n");
}

static void print_price(
    const struct community *c, const struct why_answer *answer)
{
	const struct plan_goals *was = &answer->was, *is = &answer->is;

	printf("  It would cost: %+" PRId64 " served, worst pair %" PRId32
	       " -> %" PRId32 ", total %+" PRId64 " points.\n",
	    (int64_t)is->n_pairs - was->n_pairs, was->worst_points,
	    is->worst_points, is->total_points - was->total_points);
	for (uint32_t k = 0; k < answer->n_named && k < SHOWN_TOUCHED; k++) {
		const struct why_touched *t = &answer->touched[k];

		printf("  %s: %s -> %s\n", id_of(c, t->newcomer),
		    id_of(c, t->was), id_of(c, t->is));
	}
	if (answer->n_touched > SHOWN_TOUCHED)
		printf("  ... and %" PRIu32 " more\n",
		    answer->n_touched - SHOWN_TOUCHED);
}

/* Why two of a stable plan are not together. */
static void print_stays(const struct explain_file *x)
{
	const struct community *c = x->community;

	if (x->answer->newcomer_stays)
		printf("  %s prefers the mentor they have.\n",
		    id_of(c, x->newcomer));
	if (x->answer->mentor_stays)
		printf("  %s has no free place, and prefers all they have.\n",
		    id_of(c, x->mentor));
}

static void print_pair(const struct explain_file *x)
{
	const struct why_answer *answer = x->answer;

	if (answer == NULL || answer->is_in_plan)
		return;
	printf("With %s instead:\n", id_of(x->community, x->mentor));
	if (!answer->is_allowed) {
		print_broken(&answer->score);
		return;
	}
	print_points(answer->score.part, answer->score.points,
	    answer->score.shared_minutes);
	if (x->plan->status == PLAN_STABLE)
		print_stays(x);
	else
		print_price(x->community, answer);
}

static uint32_t find(const struct community *c, const char *id,
    const char *option, struct err *e)
{
	uint32_t person = member_find(c, id);

	if (person == c->n)
		err_add_field(e, ERR_VALIDATION, option,
		    "\"%s\" is not the external_id of a member", id);
	return person;
}

static bool write_answer(const char *path, const struct explain_file *x)
{
	struct str out;
	bool good;

	if (path == NULL)
		return true;
	str_init(&out, EXPLAIN_FILE_MAX_OCTETS);
	explain_file_write(x, &out);
	good = !out.failed && cli_write_file(path, out.data, out.len);
	str_free(&out);
	return good;
}

static int answer(const struct cli_args *args, struct cli_input *in)
{
	static struct why_answer pair; /* too large for a stack */
	const struct community *c = in->community;
	struct match_options o = {
	    .seed = (uint64_t)args->seed, .threads = cli_threads(args)};
	struct err e = {0};
	struct plan_unmatched nobody;
	struct explain_file x = {.community = c,
	    .newcomer = find(c, args->newcomer, "--newcomer", &e),
	    .mentor = c->n,
	    .nobody = &nobody};
	struct why *w;

	if (args->mentor != NULL)
		x.mentor = find(c, args->mentor, "--mentor", &e);
	if (e.code != ERR_OK)
		return cli_fail(args->members, &e);
	if (why_open(in->a, c, &in->policy, &o, &w, &e) != ERR_OK)
		return cli_fail(args->members, &e);
	x.plan = why_plan(w);
	if (why_newcomer(w, x.newcomer, &x.pair, &nobody, &e) != ERR_OK)
		return cli_fail("--newcomer", &e);
	if (args->mentor != NULL) {
		if (why_pair(w, x.newcomer, x.mentor, &pair, &e) != ERR_OK)
			return cli_fail("--mentor", &e);
		x.answer = &pair;
	}
	if (!write_answer(args->answer, &x))
		return CLI_FAILED;
	print_newcomer(&x);
	print_pair(&x);
	return CLI_OK;
}

int cli_explain(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	int status;

	if (!cli_parse(argc, argv,
		CLI_POLICY | CLI_FROM | CLI_SEED | CLI_THREADS | CLI_NEWCOMER |
		    CLI_MENTOR | CLI_ANSWER,
		CLI_NEWCOMER, USAGE, &args, &status))
		return status;
	if (cli_load(&args, cli_today(), &in, &status))
		status = answer(&args, &in);
	cli_unload(&in);
	return status;
}
