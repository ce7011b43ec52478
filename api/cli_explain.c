/* cairn explain: why this mentor, why not that one and what it would cost, why nobody.
 * The plan is solved anew: the same people, policy, date and seed give the same. */
#include <inttypes.h>
#include <stdio.h>

#include "api/cli.h"
#include "matcher/why.h"

enum {
	SHOWN_TOUCHED = 20
};

static const char USAGE[] =
    "cairn explain MEMBERS.csv --newcomer ID [--mentor ID] [--policy P.json]\n"
    "       [--from DATE] [--seed N] [--threads N]";

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

static int print_newcomer(
    struct why *w, const struct community *c, uint32_t newcomer)
{
	const struct plan_pair *pair;
	struct plan_unmatched nobody;
	struct err e = {0};

	if (why_newcomer(w, newcomer, &pair, &nobody, &e) != ERR_OK)
		return cli_fail("--newcomer", &e);
	if (pair == NULL) {
		printf("%s has no mentor: %s; %s.\n", id_of(c, newcomer),
		    unmatched_reason_name(nobody.reason), nobody.help);
		return CLI_OK;
	}
	printf("%s has %s.\n", id_of(c, newcomer), id_of(c, pair->mentor));
	print_points(pair->part, pair->points, pair->shared_minutes);
	return CLI_OK;
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
static void print_stays(const struct community *c,
    const struct why_answer *answer, uint32_t newcomer, uint32_t mentor)
{
	if (answer->newcomer_stays)
		printf(
		    "  %s prefers the mentor they have.\n", id_of(c, newcomer));
	if (answer->mentor_stays)
		printf("  %s has no free place, and prefers all they have.\n",
		    id_of(c, mentor));
}

static int print_pair(struct why *w, const struct community *c,
    uint32_t newcomer, uint32_t mentor)
{
	static struct why_answer answer; /* too large for a stack */
	struct err e = {0};

	if (why_pair(w, newcomer, mentor, &answer, &e) != ERR_OK)
		return cli_fail("--mentor", &e);
	if (answer.is_in_plan)
		return CLI_OK;
	printf("With %s instead:\n", id_of(c, mentor));
	if (!answer.is_allowed) {
		print_broken(&answer.score);
		return CLI_OK;
	}
	print_points(answer.score.part, answer.score.points,
	    answer.score.shared_minutes);
	if (why_plan(w)->status == PLAN_STABLE)
		print_stays(c, &answer, newcomer, mentor);
	else
		print_price(c, &answer);
	return CLI_OK;
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

static int answer(const struct cli_args *args, struct cli_input *in)
{
	const struct community *c = in->community;
	struct match_options o = {
	    .seed = (uint64_t)args->seed, .threads = cli_threads(args)};
	struct err e = {0};
	uint32_t newcomer = find(c, args->newcomer, "--newcomer", &e);
	uint32_t mentor = c->n;
	struct why *w;
	int status;

	if (args->mentor != NULL)
		mentor = find(c, args->mentor, "--mentor", &e);
	if (e.code != ERR_OK)
		return cli_fail(args->members, &e);
	if (why_open(in->a, c, &in->policy, &o, &w, &e) != ERR_OK)
		return cli_fail(args->members, &e);
	status = print_newcomer(w, c, newcomer);
	if (status == CLI_OK && args->mentor != NULL)
		status = print_pair(w, c, newcomer, mentor);
	return status;
}

int cli_explain(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	int status;

	if (!cli_parse(argc, argv,
		CLI_POLICY | CLI_FROM | CLI_SEED | CLI_THREADS | CLI_NEWCOMER |
		    CLI_MENTOR,
		CLI_NEWCOMER, USAGE, &args, &status))
		return status;
	if (cli_load(&args, cli_today(), &in, &status))
		status = answer(&args, &in);
	cli_unload(&in);
	return status;
}
