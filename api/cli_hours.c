/* cairn hours: at which weekly times office hours reach most newcomers. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/office_file.h"
#include "base/instant.h"

enum {
	OUTPUT_CAP = 64 << 20,
};

static const char USAGE[] =
    "cairn hours MEMBERS.csv --hosts HOURS.json --plan PLAN.json\n"
    "       [--busy BUSY.json] [--seed N]";

static bool read_wish(const struct cli_args *args, const struct cli_input *in,
    struct office_wish *w, int *status)
{
	struct err e;
	size_t n;
	char *text =
	    cli_read_file(in->a, args->hosts, OFFICE_FILE_MAX_OCTETS, &n);

	err_clear(&e);
	*status = CLI_BAD_INPUT;
	if (text == NULL)
		return false;
	if (office_file_read(in->a, text, n, in->community, w, &e) == ERR_OK)
		return true;
	*status = cli_fail(args->hosts, &e);
	return false;
}

static void print_summary(FILE *f, const struct community *c,
    const struct office_wish *w, const struct office_plan *plan)
{
	fprintf(f,
	    "%" PRIu32 " of %" PRIu32 " newcomers can have a seat in %" PRIu32
	    " slots a week; ",
	    plan->n_seated, w->n_newcomers, plan->n_slots);
	if (plan->objective == plan->bound)
		fputs("no plan is worth more.\n", f);
	else
		fprintf(f,
		    "no plan is worth more than %" PRId64
		    ", this one is %" PRId64 ".\n",
		    plan->bound, plan->objective);
	for (uint32_t i = 0; i < plan->n_slots; i++) {
		const struct office_slot *s = &plan->slot[i];
		const struct person *p = &c->person[w->host[s->host].person];

		fprintf(f, "  %s %02u:%02u  %s, %s: %u of %u seats\n",
		    weekday_name(s->weekday), s->local_minute / 60u,
		    s->local_minute % 60u, p->name, p->zone->name, s->n_seated,
		    w->host[s->host].seats);
	}
}

static int run(const struct cli_args *args, struct cli_input *in,
    const struct office_wish *w, const struct busy_time *busy, uint32_t n_busy)
{
	struct office_plan *plan;
	struct err e;
	struct str out;
	int status = CLI_FAILED;

	err_clear(&e);
	if (office_run(in->a, in->community, w, busy, n_busy,
		(uint64_t)args->seed, &plan, &e) != ERR_OK)
		return cli_fail(args->hosts, &e);
	str_init(&out, OUTPUT_CAP);
	office_file_write(in->community, w, plan, &out);
	if (!out.failed && cli_write_file(args->plan, out.data, out.len)) {
		print_summary(strcmp(args->plan, "-") ? stdout : stderr,
		    in->community, w, plan);
		status = CLI_OK;
	}
	str_free(&out);
	return status;
}

int cli_hours(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	struct office_wish wish;
	struct busy_time *busy;
	uint32_t n_busy;
	int status;

	if (!cli_parse(argc, argv, CLI_HOSTS | CLI_PLAN | CLI_BUSY | CLI_SEED,
		CLI_HOSTS | CLI_PLAN, USAGE, &args, &status))
		return status;
	if (cli_load(&args, cli_today(), &in, &status) &&
	    read_wish(&args, &in, &wish, &status) &&
	    cli_load_busy(&args, &in, &busy, &n_busy, &status))
		status = run(&args, &in, &wish, busy, n_busy);
	cli_unload(&in);
	return status;
}
