/* cairn schedule: a member file and an intake in, cohorts with dated sessions and
 * invitations out. As in cli_match.c, the parent checks what the child made
 * before anything is written. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/child.h"
#include "api/cli.h"
#include "api/cli_invite.h"
#include "api/cli_picture.h"
#include "api/cohorts_file.h"
#include "base/instant.h"
#include "base/utf8.h"
#include "scheduler/schedule.h"

enum {
	MEMORY_LIMIT_SHIFT = 32,
	SHOWN_UNPLACED = 20,
	NAME_WIDTH = 26,
};

static const char USAGE[] =
    "cairn schedule MEMBERS.csv --intake INTAKE.json --plan COHORTS.json\n"
    "       [--ics DIR] [--svg DIR] [--policy P.json] [--busy BUSY.json] [--from DATE]\n"
    "       [--seed N] [--time-limit SECONDS] [--threads N] "
    "[--progress-fd FD]";

struct schedule_job {
	struct cli_input in;
	struct intake intake;
	struct busy_time *busy;
	uint32_t n_busy;
	struct cohorts_origin origin;
};

static enum err_code solve(
    void *cookie, const struct match_options *o, struct str *out, struct err *e)
{
	const struct schedule_job *job = cookie;
	int64_t begin = monotonic_ms();
	struct cohort_plan *plan;
	enum err_code code = schedule_run(job->in.a, job->in.community,
	    &job->in.policy, &job->intake, job->busy, job->n_busy, o, &plan, e);

	if (code == ERR_OK)
		cohorts_file_write(job->in.community, &job->intake, plan,
		    &job->origin, monotonic_ms() - begin, &out[0]);
	return code;
}

static enum err_code read_back(const struct schedule_job *job,
    const struct str *out, struct cohort_plan **ret_plan, struct err *e)
{
	struct cohorts_origin origin;
	enum err_code code = cohorts_file_read(job->in.a, out->data, out->len,
	    job->in.community, &job->intake, ret_plan, &origin, e);

	if (code == ERR_OK)
		code = schedule_check(job->in.a, job->in.community,
		    &job->in.policy, &job->intake, job->busy, job->n_busy,
		    *ret_plan, e);
	return code;
}

static void print_name(FILE *f, const char *name)
{
	size_t n = strlen(name), length;

	while ((length = utf8_length(name, n)) > NAME_WIDTH)
		n = utf8_cut(name, n - 1);
	fprintf(f, "    %.*s%*s", (int)n, name, (int)(NAME_WIDTH - length), "");
}

/* Everybody's local times; a second line of a person is a clock change. */
static void print_clocks(
    FILE *f, const struct schedule_job *job, const struct cohort *k)
{
	struct clock_run *run;
	uint32_t n, last = UINT32_MAX;
	struct err e;

	err_clear(&e);
	if (schedule_clock_table(job->in.a, job->in.community,
		job->intake.anchor, k, &run, &n, &e) != ERR_OK)
		return;
	for (uint32_t i = 0; i < n; i++) {
		const struct person *p =
		    &job->in.community->person[run[i].person];
		bool again = run[i].person == last;

		print_name(f, again ? "" : p->name);
		fprintf(f, "  %s %02u:%02u", weekday_name(run[i].weekday),
		    run[i].local_minute / 60u, run[i].local_minute % 60u);
		if (run[i].n_sessions < k->n_sessions)
			fprintf(f, "  sessions %u–%u", run[i].from + 1u,
			    run[i].to + 1u);
		fprintf(f, "  %s\n", again ? "" : p->zone->name);
		last = run[i].person;
	}
}

static void print_cohort(
    FILE *f, const struct schedule_job *job, const struct cohort *k, uint32_t i)
{
	char first[INSTANT_TEXT_SIZE], last[INSTANT_TEXT_SIZE];

	fprintf(f, "\nCohort %" PRIu32 ", guide %s, %u newcomers, %s\n", i + 1,
	    job->in.community->person[k->guide].name, k->n_newcomers,
	    terms_text(job->in.community->terms, k->language));
	for (uint16_t p = 0; p < k->n_parts; p++) {
		day_format(k->part[p].from_day, first);
		fprintf(f, "    from %s: %s %02u:%02u %s\n", first,
		    weekday_name(k->part[p].weekday),
		    k->part[p].local_minute / 60u,
		    k->part[p].local_minute % 60u, job->intake.anchor->name);
	}
	if (k->n_sessions > 0) {
		instant_format(k->session[0], first);
		instant_format(k->session[k->n_sessions - 1], last);
		fprintf(f, "    %u sessions, %s to %s\n", k->n_sessions, first,
		    last);
	}
	print_clocks(f, job, k);
}

static void print_unplaced(
    FILE *f, const struct schedule_job *job, const struct cohort_plan *plan)
{
	uint32_t count[UNPLACED_REASONS] = {0};

	if (plan->n_unplaced == 0)
		return;
	for (uint32_t i = 0; i < plan->n_unplaced; i++)
		count[plan->unplaced[i].reason]++;
	fprintf(f, "\nWithout a cohort: %" PRIu32 "\n", plan->n_unplaced);
	for (int r = 0; r < UNPLACED_REASONS; r++)
		if (count[r] > 0)
			fprintf(f, "  %6" PRIu32 "  %s\n", count[r],
			    unplaced_reason_name((enum unplaced_reason)r));
	for (uint32_t i = 0; i < plan->n_unplaced && i < SHOWN_UNPLACED; i++) {
		const struct unplaced *u = &plan->unplaced[i];

		print_name(f, job->in.community->person[u->newcomer].name);
		fprintf(f, "  %s\n",
		    u->help ? u->help : unplaced_reason_name(u->reason));
	}
	if (plan->n_unplaced > SHOWN_UNPLACED)
		fprintf(f, "    … and %" PRIu32 " more in the plan file\n",
		    plan->n_unplaced - SHOWN_UNPLACED);
}

static void print_summary(
    FILE *f, const struct schedule_job *job, const struct cohort_plan *plan)
{
	fprintf(f, "%s: %" PRIu32 " newcomers in %" PRIu32 " cohorts; ",
	    job->intake.name, plan->n_placed, plan->n_cohorts);
	if (plan->optimal)
		fputs("no plan does better.\n", f);
	else
		fprintf(f,
		    "no plan places more than %" PRId64 " (value %" PRId64
		    ", bound %" PRId64 ").\n",
		    plan->bound / SCHEDULE_PLACED, plan->objective,
		    plan->bound);
	for (uint32_t i = 0; i < plan->n_cohorts; i++)
		print_cohort(f, job, &plan->cohort[i], i);
	print_unplaced(f, job, plan);
}

/* Invitations first: a plan file stands only beside a whole set of them. */
static int deliver(const struct cli_args *args, const struct schedule_job *job,
    const struct str *text, const struct cohort_plan *plan)
{
	FILE *f = strcmp(args->plan, "-") ? stdout : stderr;
	struct invite_count count = {0};

	if (args->ics != NULL && !cli_invite(args->ics, &job->in, &job->intake,
				     plan, job->origin.intake_digest, &count))
		return CLI_FAILED;
	if (args->svg != NULL && !cli_picture(args->svg, &job->in, &job->intake,
				     job->busy, job->n_busy, plan))
		return CLI_FAILED;
	if (!cli_write_file(args->plan, text->data, text->len))
		return CLI_FAILED;
	print_summary(f, job, plan);
	if (args->ics != NULL)
		fprintf(f, "\n%" PRIu32 " invitations in %s\n", count.files,
		    args->ics);
	if (args->svg != NULL)
		fprintf(f, "\n%" PRIu32 " pictures in %s\n",
		    plan->n_cohorts + 1, args->svg);
	if (count.without_mail > 0)
		fprintf(f,
		    "%" PRIu32 " invitations not written: no e-mail address\n",
		    count.without_mail);
	return CLI_OK;
}

static int run(const struct cli_args *args, struct schedule_job *job)
{
	struct cohort_plan *plan;
	struct str out;
	struct err e;
	enum err_code code;
	int status = CLI_FAILED;
	struct child_task task = {.work = solve,
	    .job = job,
	    .n_outputs = 1,
	    .seed = (uint64_t)args->seed,
	    .threads = cli_threads(args),
	    .time_limit = (unsigned)args->time_limit,
	    .finishes = true,
	    .memory = UINT64_C(1) << MEMORY_LIMIT_SHIFT,
	    .progress_fd = (int)args->progress_fd,
	    .terminal = cli_on_terminal()};

	err_clear(&e);
	job->origin.instance = job->in.origin;
	job->origin.tz_version = tz_version(job->in.tz);
	if (cohorts_intake_digest(
		&job->intake, job->origin.intake_digest, &e) != ERR_OK)
		return cli_fail(args->intake, &e);
	str_init(&out, CHILD_OUTPUT_CAP);
	code = child_run(&task, &out, &e);
	if (code != ERR_OK)
		status = cli_fail(args->intake, &e);
	else if (read_back(job, &out, &plan, &e) != ERR_OK)
		cli_fail("the plan did not pass its own check", &e);
	else
		status = deliver(args, job, &out, plan);
	str_free(&out);
	return status;
}

/* The intake's first date is where the shared hours of a fit are counted, unless
 * the policy or --from says otherwise. */
static bool adopt_first_day(struct schedule_job *job, int *status)
{
	struct err e;

	err_clear(&e);
	if (job->in.policy.first_day != 0)
		return true;
	job->in.policy.first_day = job->intake.first_day;
	if (plan_origin_make(job->in.community, &job->in.policy,
		job->in.origin.seed, &job->in.origin, &e) == ERR_OK)
		return true;
	*status = cli_fail("cairn", &e);
	return false;
}

int cli_schedule(int argc, char **argv)
{
	struct cli_args args;
	struct schedule_job job = {0};
	int status;

	if (!cli_parse(argc, argv,
		CLI_POLICY | CLI_INTAKE | CLI_PLAN | CLI_ICS | CLI_SVG |
		    CLI_BUSY | CLI_FROM | CLI_SEED | CLI_TIME_LIMIT |
		    CLI_THREADS | CLI_PROGRESS_FD,
		CLI_INTAKE | CLI_PLAN, USAGE, &args, &status))
		return status;
	if (cli_load(&args, 0, &job.in, &status) &&
	    cli_load_intake(
		&args, &job.in, &job.intake, &job.busy, &job.n_busy, &status) &&
	    adopt_first_day(&job, &status))
		status = run(&args, &job);
	cli_unload(&job.in);
	return status;
}
