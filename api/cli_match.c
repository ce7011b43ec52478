/* cairn match: a member file in, a proved plan out. The solve runs in a child; the
 * parent reads the plan back from its text, checks it with match_verify and only
 * then writes anything. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/child.h"
#include "api/cli.h"
#include "api/plan_lists.h"
#include "api/text.h"
#include "base/instant.h"
#include "base/utf8.h"
#include "matcher/match.h"

enum {
	MEMORY_LIMIT_SHIFT = 32, /* 4 GiB of address space */
	SHOWN_UNMATCHED = 20,
	SHOWN_MENTORS = 5,
	SHOWN_SHORTAGES = 5,
	SHOWN_NAMES = 5,
	NAME_WIDTH = 28,
};

static const char USAGE[] =
    "cairn match MEMBERS.csv [--policy P.json] --plan PLAN.json\n"
    "       [--certificate CERT.json] [--from DATE] [--seed N]\n"
    "       [--time-limit SECONDS] [--threads N] [--progress-fd FD]";

static enum err_code solve(
    void *job, const struct match_options *o, struct str *out, struct err *e)
{
	const struct cli_input *in = job;
	int64_t begin = monotonic_ms();
	char digest[PLAN_DIGEST_SIZE];
	struct plan *plan;
	enum err_code code =
	    match_run(in->a, in->community, &in->policy, o, &plan, e);

	if (code != ERR_OK)
		return code;
	plan_file_write(in->community, &in->policy, plan, &in->origin,
	    monotonic_ms() - begin, &out[0]);
	if (out[0].failed || !plan_digest(out[0].data, out[0].len, digest))
		return ERR_SET(e, NOMEM, "the plan needs too much memory");
	plan_certificate_write(
	    in->community, &in->policy, plan, &in->origin, digest, &out[1]);
	return ERR_OK;
}

/* The plan as its texts say it, checked over all pairs. */
static enum err_code read_back(const struct cli_input *in,
    const struct str *out, unsigned threads, struct plan **ret_plan,
    struct err *e)
{
	struct plan_origin origin;
	struct plan_certificate cert;
	struct plan *plan;
	enum err_code code = plan_file_read(
	    in->a, out[0].data, out[0].len, in->community, &plan, &origin, e);

	if (code == ERR_OK)
		code = plan_certificate_read(in->a, out[1].data, out[1].len,
		    in->community, plan, &cert, e);
	if (code != ERR_OK)
		return code;
	plan->certificate = cert.duals;
	code =
	    match_verify(in->a, in->community, &in->policy, plan, threads, e);
	if (code == ERR_OK)
		*ret_plan = plan;
	return code;
}

static void print_name(FILE *f, const struct person *p)
{
	size_t n = strlen(p->name), length;

	while ((length = utf8_length(p->name, n)) > NAME_WIDTH)
		n = utf8_cut(p->name, n - 1);
	fprintf(
	    f, "  %.*s%*s", (int)n, p->name, (int)(NAME_WIDTH - length), "");
}

static void print_unmatched(
    FILE *f, const struct community *c, const struct plan *plan)
{
	uint32_t count[UNMATCHED_REASONS] = {0};

	if (plan->n_unmatched == 0)
		return;
	for (uint32_t i = 0; i < plan->n_unmatched; i++)
		count[plan->unmatched[i].reason]++;
	fprintf(f, "\nNot served: %" PRIu32 "\n", plan->n_unmatched);
	for (int r = 0; r < UNMATCHED_REASONS; r++)
		if (count[r] > 0)
			fprintf(f, "  %6" PRIu32 "  %s\n", count[r],
			    unmatched_reason_name((enum unmatched_reason)r));
	fputc('\n', f);
	for (uint32_t i = 0; i < plan->n_unmatched && i < SHOWN_UNMATCHED;
	     i++) {
		const struct plan_unmatched *u = &plan->unmatched[i];

		print_name(f, &c->person[u->newcomer]);
		fprintf(f, "  %s\n",
		    u->help ? u->help : unmatched_reason_name(u->reason));
	}
	if (plan->n_unmatched > SHOWN_UNMATCHED)
		fprintf(f, "  … and %" PRIu32 " more in the plan file\n",
		    plan->n_unmatched - SHOWN_UNMATCHED);
}

/* "1 newcomer", "2 newcomers" */
static void print_count(FILE *f, uint32_t n, const char *what)
{
	fprintf(f, "%" PRIu32 " %s%s", n, what, n == 1 ? "" : "s");
}

/* Who is too many for which places, and which mentor would help most. */
static void print_shortages(
    FILE *f, const struct community *c, const struct plan *plan)
{
	const struct plan_shortages *all = &plan->shortages;
	char hour[PLAN_HOUR_SIZE];

	if (all->n > 0)
		fputs("\nToo few places\n", f);
	for (uint32_t k = 0; k < all->n && k < SHOWN_SHORTAGES; k++) {
		const struct plan_shortage *s = &all->item[k];

		fputs("  these ", f);
		print_count(f, s->n_unmatched + s->n_others, "newcomer");
		fputs(" share ", f);
		print_count(f, s->places, "place");
		fputs(" of ", f);
		print_count(f, s->n_mentors, "mentor");
		fputs("; not served: ", f);
		for (uint32_t i = 0; i < s->n_unmatched && i < SHOWN_NAMES; i++)
			fprintf(f, "%s%s", i > 0 ? ", " : "",
			    c->person[s->unmatched[i]].id);
		fputs(s->n_unmatched > SHOWN_NAMES ? ", …\n" : "\n", f);
	}
	if (all->n > SHOWN_SHORTAGES)
		fprintf(f, "  … and %" PRIu32 " more in the plan file\n",
		    all->n - SHOWN_SHORTAGES);
	for (uint32_t k = 0; k < plan->n_wanted; k++) {
		const struct plan_wanted *w = &plan->wanted[k];

		bool one = w->n_newcomers == 1;

		fputs(k == 0 ? "\nWhat would help\n  " : "  ", f);
		print_count(f, w->n_newcomers, "more place");
		fprintf(f,
		    " of %s %s at %s or better and %s free %s UTC for %d "
		    "minutes: %" PRIu32 " more served\n",
		    one ? "a mentor who speaks" : "mentors who speak",
		    terms_text(c->terms, w->language),
		    text_language_level_name(w->level), one ? "is" : "are",
		    plan_lists_hour(w->window.begin, hour),
		    w->window.end - w->window.begin, w->n_newcomers);
	}
}

/* The mentors with most newcomers, ties in the order of external_id. */
static void print_busiest(
    FILE *f, struct arena *a, const struct community *c, const struct plan *p)
{
	uint32_t *load = ARENA_ARRAY(a, c->n, uint32_t);

	if (load == NULL || p->n_pairs == 0)
		return;
	for (uint32_t i = 0; i < p->n_pairs; i++)
		load[p->pair[i].mentor]++;
	fputs("\nBusiest mentors\n", f);
	for (int shown = 0; shown < SHOWN_MENTORS; shown++) {
		uint32_t best = 0;

		for (uint32_t i = 1; i < c->n; i++)
			if (load[i] > load[best])
				best = i;
		if (load[best] == 0)
			break;
		print_name(f, &c->person[best]);
		fprintf(f, "  %" PRIu32 " of %u places\n", load[best],
		    c->person[best].capacity);
		load[best] = 0;
	}
}

/* What the plan is, and how it stands to the other thing that it could be. */
static void print_proof(FILE *f, const struct plan *plan)
{
	const struct plan_goals *best = &plan->bound;
	uint64_t n = plan->stability.blocking_pairs;

	if (plan->status == PLAN_STABLE) {
		fprintf(f,
		    "The plan is stable, proved over all pairs: no two prefer "
		    "each other to what they have.\n"
		    "The best for all would serve %" PRIu32
		    ", worst pair %" PRId32 " points, total %" PRId64 ".\n",
		    best->n_served, best->worst_points, best->total_points);
		return;
	}
	if (plan->status == PLAN_OPTIMAL)
		fputs("The plan is optimal, proved over all pairs.\n", f);
	else
		fprintf(f,
		    "No plan surpasses it by more than %.2f %%, proved over "
		    "all pairs.\n",
		    (double)plan_gap(plan) / 100);
	if (n == 0)
		fputs("It is stable too: no two prefer each other to what they "
		      "have.\n",
		    f);
	else
		fprintf(f,
		    "Blocking pairs, who prefer each other to what they have: "
		    "%" PRIu64 ".\n",
		    n);
}

static double percent(int64_t less, int64_t than)
{
	return than == 0 ? 0 : 100.0 * (double)(less - than) / (double)than;
}

/* What each goal costs the next: "+2 served, worst pair 12 -> 31, total -1.4 %". */
static void print_steps(FILE *f, const struct plan *plan)
{
	static const char *const WHAT[PLAN_MAX_STEPS] = {
	    "The best total alone", "Newcomers first", "Then the worst pair"};

	for (uint32_t k = 0; k < plan->n_steps && k < PLAN_MAX_STEPS; k++) {
		const struct plan_goals *now = &plan->step[k], *was = now - 1;

		if (k == 0)
			fprintf(f,
			    "%s: %" PRIu32 " served, worst pair %" PRId32
			    ", total %" PRId64 ".\n",
			    WHAT[k], now->n_served, now->worst_points,
			    now->total_points);
		else
			fprintf(f,
			    "%s: %+" PRId64 " served, worst pair %" PRId32
			    " -> %" PRId32 ", total %+.2f %%.\n",
			    WHAT[k], (int64_t)now->n_served - was->n_served,
			    was->worst_points, now->worst_points,
			    percent(now->total_points, was->total_points));
	}
}

/* What the constraints cost, and how far the plan goes into each limit. */
static void print_constraints(
    FILE *f, const struct policy *p, const struct plan *plan)
{
	static const char *const COUNTED[MEASURES] = {
	    [MEASURE_LEAST] = "pairs, at least",
	    [MEASURE_MOST] = "pairs, at most",
	    [MEASURE_LEAST_PERCENT] = "pairs, of all in percent at least",
	    [MEASURE_MOST_PERCENT] = "pairs, of all in percent at most",
	    [MEASURE_LEAST_MENTORS] = "mentors, at least",
	    [MEASURE_MOST_OF_ONE] =
		"of one organization with one mentor, at most",
	};

	const struct plan_use *use = plan->use; /* in the policy's order */

	if (plan->n_uses == 0)
		return;
	if (plan->n_steps > 0) {
		const struct plan_goals *was = &plan->step[plan->n_steps - 1];

		fprintf(f,
		    "With the constraints: %+" PRId64
		    " served, worst pair %" PRId32 " -> %" PRId32
		    ", total %+.2f %%.\n",
		    (int64_t)plan->n_served - was->n_served, was->worst_points,
		    plan->worst_points,
		    percent(plan->total_points, was->total_points));
	}
	for (uint32_t k = 0; k < p->n_constraints; k++) {
		const struct constraint *c = &p->constraint[k];

		for (int m = 0; m < MEASURES; m++)
			if (c->limit[m] != CONSTRAINT_NONE)
				fprintf(f, "  %s: %" PRId64 " %s %" PRId32 "\n",
				    c->name, use++->used, COUNTED[m],
				    c->limit[m]);
	}
}

static void print_summary(
    FILE *f, const struct cli_input *in, const struct plan *plan)
{
	fprintf(f,
	    "%" PRIu32 " of %" PRIu32 " newcomers have a mentor (%" PRIu32
	    " mentors, %" PRIu64 " allowed pairs).\n",
	    plan->n_served, plan->n_newcomers, plan->n_mentors,
	    plan->solver.allowed_pairs);
	if (plan->n_pairs > 0)
		fprintf(f,
		    "Worst pair %" PRId32 " points, average %" PRId64
		    ", total %" PRId64 ".\n",
		    plan->worst_points, plan->total_points / plan->n_pairs,
		    plan->total_points);
	print_proof(f, plan);
	print_steps(f, plan);
	print_constraints(f, &in->policy, plan);
	print_unmatched(f, in->community, plan);
	print_shortages(f, in->community, plan);
	print_busiest(f, in->a, in->community, plan);
}

static int run(const struct cli_args *args, struct cli_input *in)
{
	struct str out[2];
	struct plan *plan;
	struct err e;
	enum err_code code;
	int status = CLI_FAILED;
	struct child_task task = {.work = solve,
	    .job = in,
	    .n_outputs = 2,
	    .seed = (uint64_t)args->seed,
	    .threads = cli_threads(args),
	    .time_limit = (unsigned)args->time_limit,
	    .memory = UINT64_C(1) << MEMORY_LIMIT_SHIFT,
	    .progress_fd = (int)args->progress_fd,
	    .terminal = cli_on_terminal()};

	err_clear(&e);
	str_init(&out[0], CHILD_OUTPUT_CAP);
	str_init(&out[1], CHILD_OUTPUT_CAP);
	code = child_run(&task, out, &e);
	if (code != ERR_OK) {
		status = cli_fail(args->members, &e);
	} else if (read_back(in, out, task.threads, &plan, &e) != ERR_OK) {
		cli_fail("the plan did not pass its own check", &e);
	} else if (cli_write_file(args->plan, out[0].data, out[0].len) &&
		   (args->certificate == NULL ||
		       cli_write_file(
			   args->certificate, out[1].data, out[1].len))) {
		print_summary(
		    strcmp(args->plan, "-") ? stdout : stderr, in, plan);
		status = CLI_OK;
	}
	str_free(&out[0]);
	str_free(&out[1]);
	return status;
}

int cli_match(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	int status;

	if (!cli_parse(argc, argv,
		CLI_POLICY | CLI_PLAN | CLI_CERTIFICATE | CLI_FROM | CLI_SEED |
		    CLI_TIME_LIMIT | CLI_THREADS | CLI_PROGRESS_FD,
		CLI_PLAN, USAGE, &args, &status))
		return status;
	if (cli_load(&args, cli_today(), &in, &status))
		status = run(&args, &in);
	cli_unload(&in);
	return status;
}
