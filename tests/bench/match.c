/* bench/match MEMBERS.csv --from DATE [--threads N] [--policy P.json] [--seed N]: a
 * member file read, matched and verified in this process, with the seconds of each,
 * of GLPK's confirmation within the match, and the peak of memory. bench/generate makes such files. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "api/cli.h"
#include "base/instant.h"
#include "matcher/match.h"

static long peak_kb(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : -1;
}

/* From the phase "confirm" to the next. */
struct confirmation {
	int64_t begin, end;
};

static bool watch(void *cookie, const struct match_progress *p)
{
	struct confirmation *c = cookie;

	if (strcmp(p->phase, "confirm") == 0)
		c->begin = monotonic_ms();
	else if (c->begin > 0 && c->end == 0)
		c->end = monotonic_ms();
	return false;
}

static void tell(const struct plan *plan, int64_t read, int64_t match,
    int64_t confirm, int64_t verify, long peak)
{
	printf("newcomers %u mentors %u served %u worst %d total %lld\n"
	       "allowed %llu columns %llu passes %u lp %s in %d iterations\n",
	    plan->n_newcomers, plan->n_mentors, plan->n_served,
	    plan->worst_points, (long long)plan->total_points,
	    (unsigned long long)plan->solver.allowed_pairs,
	    (unsigned long long)plan->solver.columns,
	    plan->solver.pricing_passes,
	    plan->solver.lp_confirmed ? "confirmed" : "left out",
	    plan->solver.lp_iterations);
	printf("read %.3f match %.3f confirm %.3f verify %.3f seconds, match "
	       "%ld MB\n",
	    (double)read / 1000, (double)match / 1000, (double)confirm / 1000,
	    (double)verify / 1000, peak / 1024);
}

static enum err_code run(const struct cli_args *args, struct cli_input *in,
    int64_t begin, struct err *e)
{
	struct confirmation confirm = {0};
	struct match_options options = {.seed = (uint64_t)args->seed,
	    .threads = cli_threads(args),
	    .progress = watch,
	    .cookie = &confirm};
	int64_t read = monotonic_ms(), matched;
	struct plan *plan;
	long peak;
	enum err_code rc =
	    match_run(in->a, in->community, &in->policy, &options, &plan, e);

	matched = monotonic_ms();
	peak = peak_kb();
	if (rc == ERR_OK)
		rc = match_verify(in->a, in->community, &in->policy, plan,
		    options.threads, e);
	if (rc == ERR_OK)
		tell(plan, read - begin, matched - read,
		    confirm.end - confirm.begin, monotonic_ms() - matched,
		    peak);
	return rc;
}

int main(int argc, char **argv)
{
	int64_t begin = monotonic_ms();
	struct cli_args args;
	struct cli_input in;
	struct err e = {0};
	enum err_code rc;
	int status;

	if (!cli_parse(argc, argv,
		CLI_FROM | CLI_POLICY | CLI_SEED | CLI_THREADS, 0,
		"match MEMBERS.csv --from DATE [--threads N] [--policy P.json] "
		"[--seed N]",
		&args, &status) ||
	    !cli_load(&args, cli_today(), &in, &status))
		return status;
	rc = run(&args, &in, begin, &e);
	cli_unload(&in);
	if (rc != ERR_OK)
		fprintf(stderr, "%s\n", e.detail);
	return rc == ERR_OK ? 0 : 1;
}
