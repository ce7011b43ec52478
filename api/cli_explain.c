/* cairn explain: why this mentor, why not that one and what it would cost, why nobody;
 * and what another policy would change. Plans are solved anew: the same people, policy,
 * date and seed give the same. */
#include <inttypes.h>
#include <stdio.h>

#include "api/cli.h"
#include "api/compare_file.h"
#include "api/explain_file.h"
#include "api/plan_parts.h"

enum {
	SHOWN_TOUCHED = 20
};

static const char USAGE[] =
    "cairn explain MEMBERS.csv --newcomer ID [--mentor ID] [--policy P.json]\n"
    "       [--answer ANSWER.json] [--from DATE] [--seed N] [--threads N]\n"
    "       cairn explain MEMBERS.csv --against Q.json [--policy P.json] …";

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
	for (uint32_t k = 0; k < x->n_pairs; k++) {
		const struct plan_pair *pair = &x->pair[k];

		printf("%s has %s.\n", id_of(c, x->newcomer),
		    id_of(c, pair->mentor));
		print_points(pair->part, pair->points, pair->shared_minutes);
	}
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
	    (int64_t)is->n_served - was->n_served, was->worst_points,
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

/* To --answer, where it is given. */
static bool write_answer(const char *path, const struct str *text)
{
	return path == NULL ||
	       (!text->failed && cli_write_file(path, text->data, text->len));
}

static int answer(const struct cli_args *args, struct cli_input *in)
{
	static struct why_answer pair; /* too large for a stack */
	const struct community *c = in->community;
	struct match_options o = {
	    .seed = (uint64_t)args->seed, .threads = cli_threads(args)};
	struct err e = {0};
	struct plan_unmatched nobody;
	struct str text;
	bool good;
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
	if (why_newcomer(w, x.newcomer, &x.pair, &x.n_pairs, &nobody, &e) !=
	    ERR_OK)
		return cli_fail("--newcomer", &e);
	if (args->mentor != NULL) {
		if (why_pair(w, x.newcomer, x.mentor, &pair, &e) != ERR_OK)
			return cli_fail("--mentor", &e);
		x.answer = &pair;
	}
	str_init(&text, EXPLAIN_FILE_MAX_OCTETS);
	explain_file_write(&x, &text);
	good = write_answer(args->answer, &text);
	str_free(&text);
	if (!good)
		return CLI_FAILED;
	print_newcomer(&x);
	print_pair(&x);
	return CLI_OK;
}

/* ---- what if ---- */

static void print_side(const char *what, struct plan_goals g)
{
	printf("  %-26s %" PRIu32 " served, worst pair %" PRId32
	       ", total %" PRId64 "\n",
	    what, g.n_served, g.worst_points, g.total_points);
}

static void print_comparison(const struct community *c, const struct compare *r)
{
	printf("The policy beside the other one:\n");
	print_side("the policy", plan_parts_goals(r->was));
	print_side("the other, by its own", plan_parts_goals(r->is));
	print_side("the other, by this policy", r->by_was);
	if (r->n_forbidden > 0)
		printf("  %" PRIu32
		       " of its pairs are not allowed by this policy.\n",
		    r->n_forbidden);
	printf("With the other %" PRIu32 " more have a mentor and %" PRIu32
	       " have none any more; %" PRIu32
	       " have a mentor with more points, "
	       "%" PRIu32 " with fewer, %" PRIu32 " with as many.\n",
	    r->n_gained, r->n_lost, r->n_better, r->n_worse, r->n_even);
	for (uint32_t k = 0; k < r->n_changes && k < SHOWN_TOUCHED; k++) {
		const struct compare_change *x = &r->change[k];

		printf("  %s: %s -> %s (%" PRId32 " -> %" PRId32 " points)\n",
		    id_of(c, x->newcomer), id_of(c, x->was), id_of(c, x->is),
		    x->points_was, x->points_is);
	}
	if (r->n_changes > SHOWN_TOUCHED)
		printf("  ... and more\n");
}

static int compare(const struct cli_args *args, struct cli_input *in)
{
	struct match_options o = {
	    .seed = (uint64_t)args->seed, .threads = cli_threads(args)};
	struct cli_args against = *args;
	struct cli_input other;
	struct compare *r;
	struct err e = {0};
	struct str text;
	int status = CLI_FAILED;

	against.policy = args->against;
	if (!cli_load(&against, in->policy.first_day, &other, &status)) {
		cli_unload(&other);
		return status;
	}
	if (compare_run(in->a, in->community, &in->policy, &other.policy, &o,
		&r, &e) != ERR_OK) {
		cli_unload(&other);
		return cli_fail(args->members, &e);
	}
	str_init(&text, COMPARE_FILE_MAX_OCTETS);
	compare_file_write(in->community, r, &text);
	if (write_answer(args->answer, &text)) {
		print_comparison(in->community, r);
		status = CLI_OK;
	}
	str_free(&text);
	cli_unload(&other);
	return status;
}

int cli_explain(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	int status;

	if (!cli_parse(argc, argv,
		CLI_POLICY | CLI_FROM | CLI_SEED | CLI_THREADS | CLI_NEWCOMER |
		    CLI_MENTOR | CLI_ANSWER | CLI_AGAINST,
		0, USAGE, &args, &status))
		return status;
	if ((args.newcomer != NULL) == (args.against != NULL) ||
	    (args.mentor != NULL && args.newcomer == NULL)) {
		fprintf(stderr,
		    "cairn explain: expected --newcomer, with or without "
		    "--mentor, or --against\nusage: %s\n",
		    USAGE);
		return CLI_BAD_INPUT;
	}
	if (cli_load(&args, cli_today(), &in, &status))
		status = args.against != NULL ? compare(&args, &in)
					      : answer(&args, &in);
	cli_unload(&in);
	return status;
}
