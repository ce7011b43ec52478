/* cairn verify and cairn verify-schedule: is this plan what it says, for this
 * input? Says OPTIMAL (STABLE where the policy asks for that, FEASIBLE for cohorts
 * without a proof) or names the first condition that does not hold. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/cohorts_file.h"
#include "api/intake_file.h"
#include "matcher/match.h"
#include "scheduler/schedule.h"

static const char USAGE[] =
    "cairn verify MEMBERS.csv [--policy P.json] --plan PLAN.json\n"
    "       --certificate CERT.json [--from DATE] [--threads N]";

static const char SCHEDULE_USAGE[] =
    "cairn verify-schedule MEMBERS.csv --intake INTAKE.json --plan "
    "COHORTS.json\n"
    "       [--policy P.json] [--busy BUSY.json] [--from DATE]";

/* A condition of the plan that does not hold. */
static int refuse(const char *file, const struct err *e)
{
	if (err_status(e->code) >= 500)
		return cli_fail(file, e);
	printf("NOT PROVED\n");
	if (e->n_fields == 0)
		printf("%s: %s\n", file, e->detail);
	for (unsigned i = 0; i < e->n_fields; i++)
		printf("%s: %s: %s\n", file, e->field[i].place,
		    e->field[i].detail);
	return CLI_BAD_PLAN;
}

/* Does the file come from this input, policy, date and seed? */
static enum err_code same_origin(const struct plan_origin *want,
    const struct plan_origin *got, struct err *e)
{
	if (strcmp(want->input_digest, got->input_digest) != 0)
		err_add_field(e, ERR_VALIDATION, "/input_digest",
		    "the file was made from another member file, expected %s",
		    want->input_digest);
	if (want->first_day != got->first_day)
		err_add_field(e, ERR_VALIDATION, "/first_date",
		    "the file was made for another first date");
	else if (strcmp(want->policy_digest, got->policy_digest) != 0)
		err_add_field(e, ERR_VALIDATION, "/policy_digest",
		    "the file was made under another policy, expected %s",
		    want->policy_digest);
	if (want->seed != got->seed)
		err_add_field(e, ERR_VALIDATION, "/seed",
		    "expected the plan's seed, %" PRIu64, want->seed);
	return e->code;
}

/* The instance as the plan's own date and seed make it. */
static enum err_code adopt_origin(
    struct cli_input *in, const struct plan_origin *of_plan, struct err *e)
{
	if (in->policy.first_day == 0)
		in->policy.first_day = of_plan->first_day;
	return plan_origin_make(
	    in->community, &in->policy, of_plan->seed, &in->origin, e);
}

/* The policy that stands in the certificate is the one it names. */
static enum err_code check_certificate_policy(const struct cli_input *in,
    const struct plan_certificate *cert, struct err *e)
{
	struct policy policy = cert->policy;
	struct plan_origin origin;
	enum err_code code = plan_origin_make(
	    in->community, &policy, cert->origin.seed, &origin, e);

	if (code == ERR_OK &&
	    strcmp(origin.policy_digest, cert->origin.policy_digest) != 0) {
		err_add_field(e, ERR_VALIDATION, "/policy",
		    "it is not the policy of policy_digest");
		code = e->code;
	}
	return code;
}

static int verify_certificate(const struct cli_args *args, struct cli_input *in,
    struct plan *plan, const char *digest)
{
	struct plan_certificate cert;
	struct err e;
	size_t n;
	char *text =
	    cli_read_file(in->a, args->certificate, PLAN_FILE_MAX_OCTETS, &n);

	err_clear(&e);
	if (text == NULL)
		return CLI_BAD_INPUT;
	if (plan_certificate_read(
		in->a, text, n, in->community, plan, &cert, &e) != ERR_OK ||
	    same_origin(&in->origin, &cert.origin, &e) != ERR_OK ||
	    check_certificate_policy(in, &cert, &e) != ERR_OK)
		return refuse(args->certificate, &e);
	plan->certificate = cert.duals;
	if (match_verify(in->a, in->community, &in->policy, plan,
		cli_threads(args), &e) != ERR_OK)
		return refuse(args->plan, &e);
	if (strcmp(digest, cert.plan_digest) == 0)
		return CLI_OK;
	err_add_field(&e, ERR_VALIDATION, "/plan_digest",
	    "it is not the digest of the plan file, %s", digest);
	return refuse(args->certificate, &e);
}

static int verify(const struct cli_args *args, struct cli_input *in)
{
	struct plan_origin origin;
	struct plan *plan;
	char digest[PLAN_DIGEST_SIZE];
	struct err e;
	size_t n;
	int status;
	char *text = cli_read_file(in->a, args->plan, PLAN_FILE_MAX_OCTETS, &n);

	err_clear(&e);
	if (text == NULL || !plan_digest(text, n, digest))
		return CLI_BAD_INPUT;
	if (plan_file_read(in->a, text, n, in->community, &plan, &origin, &e) !=
		ERR_OK ||
	    adopt_origin(in, &origin, &e) != ERR_OK ||
	    same_origin(&in->origin, &origin, &e) != ERR_OK)
		return refuse(args->plan, &e);
	status = verify_certificate(args, in, plan, digest);
	if (status == CLI_OK && plan->status == PLAN_FEASIBLE)
		printf("FEASIBLE: at most %.2f %% below what no plan "
		       "surpasses\n",
		    (double)plan_gap(plan) / 100);
	else if (status == CLI_OK)
		puts(plan->status == PLAN_STABLE ? "STABLE" : "OPTIMAL");
	if (status == CLI_OK)
		printf("%" PRIu32 " of %" PRIu32
		       " newcomers served, worst pair %" PRId32
		       " points, total %" PRId64 ", over %" PRIu64
		       " allowed pairs\n",
		    plan->n_served, plan->n_newcomers, plan->worst_points,
		    plan->total_points, plan->solver.allowed_pairs);
	return status;
}

int cli_verify(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	int status;

	if (!cli_parse(argc, argv,
		CLI_POLICY | CLI_PLAN | CLI_CERTIFICATE | CLI_FROM |
		    CLI_THREADS,
		CLI_PLAN | CLI_CERTIFICATE, USAGE, &args, &status))
		return status;
	if (cli_load(&args, 0, &in, &status))
		status = verify(&args, &in);
	cli_unload(&in);
	return status;
}

static int verify_cohorts(const struct cli_args *args, struct cli_input *in,
    const struct intake *intake, const struct busy_time *busy, uint32_t n_busy)
{
	struct cohorts_origin origin;
	struct cohort_plan *plan;
	char digest[PLAN_DIGEST_SIZE];
	struct err e;
	size_t n;
	char *text = cli_read_file(in->a, args->plan, PLAN_FILE_MAX_OCTETS, &n);

	err_clear(&e);
	if (text == NULL)
		return CLI_BAD_INPUT;
	if (cohorts_file_read(in->a, text, n, in->community, intake, &plan,
		&origin, &e) != ERR_OK ||
	    adopt_origin(in, &origin.instance, &e) != ERR_OK ||
	    same_origin(&in->origin, &origin.instance, &e) != ERR_OK ||
	    cohorts_intake_digest(intake, digest, &e) != ERR_OK)
		return refuse(args->plan, &e);
	if (strcmp(digest, origin.intake_digest) != 0)
		err_add_field(&e, ERR_VALIDATION, "/intake_digest",
		    "the file was made for another intake, expected %s",
		    digest);
	if (e.code != ERR_OK ||
	    schedule_check(in->a, in->community, &in->policy, intake, busy,
		n_busy, plan, &e) != ERR_OK)
		return refuse(args->plan, &e);
	printf("%s\n%" PRIu32 " newcomers in %" PRIu32 " cohorts, %" PRIu32
	       " without one\n",
	    plan->optimal ? "OPTIMAL" : "FEASIBLE", plan->n_placed,
	    plan->n_cohorts, plan->n_unplaced);
	return CLI_OK;
}

int cli_verify_schedule(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	struct intake intake;
	struct busy_time *busy;
	uint32_t n_busy;
	int status;

	if (!cli_parse(argc, argv,
		CLI_POLICY | CLI_PLAN | CLI_INTAKE | CLI_BUSY | CLI_FROM,
		CLI_PLAN | CLI_INTAKE, SCHEDULE_USAGE, &args, &status))
		return status;
	if (cli_load(&args, 0, &in, &status) &&
	    cli_load_intake(&args, &in, &intake, &busy, &n_busy, &status))
		status = verify_cohorts(&args, &in, &intake, busy, n_busy);
	cli_unload(&in);
	return status;
}
