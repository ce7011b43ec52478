/* cairn repair: the best plan that changes at most so many of the pairs that people
 * have. Those come from a plan file; who left the member file has none any more. */
#include <inttypes.h>
#include <stdio.h>

#include "api/cli.h"
#include "api/repair_file.h"

enum {
	SHOWN_CHANGES = 20,
	OUTPUT_CAP = 512 << 20,
};

static const char USAGE[] =
    "cairn repair MEMBERS.csv --was PLAN.json [--changes K] [--frontier N]\n"
    "       [--plan REPAIRED.json] [--policy P.json] [--from DATE]\n"
    "       [--threads N]";

static enum err_code read_pairs(const struct cli_args *args,
    const struct cli_input *in, struct repair_file_pairs *p, struct err *e)
{
	size_t size;
	char *text =
	    cli_read_file(in->a, args->was, PLAN_FILE_MAX_OCTETS, &size);

	return text == NULL ? ERR_SET(e, VALIDATION, "it cannot be read")
			    : repair_file_read_pairs(
				  in->a, text, size, in->community, p, e);
}

static const char *id_of(const struct community *c, uint32_t person)
{
	return person < c->n ? c->person[person].id : NULL;
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
	    r->n_kept, r->n_changed, r->goals.n_served, r->goals.total_points,
	    r->is_optimal ? "the best there is" : "the best found");
	if (!r->is_optimal)
		printf("No plan has a weight above %" PRId64
		       " with more than %" PRId64 " points.\n",
		    r->bound.people_weight, r->bound.total_points);
}

/* To --plan, where it is given. */
static bool write_text(const struct cli_args *args, struct str *text)
{
	bool good = args->plan == NULL ||
		    (!text->failed &&
			cli_write_file(args->plan, text->data, text->len));

	str_free(text);
	return good;
}

static int one(const struct cli_args *args, struct cli_input *in,
    const struct match_options *o, const struct repair_file_pairs *p)
{
	struct err e = {0};
	uint32_t *was = repair_file_mentors(in->a, in->community, p);
	struct repair *r;
	struct str out;

	if (was == NULL)
		return CLI_FAILED;
	if (repair_run(in->a, in->community, &in->policy, o, p->pair, p->n,
		(uint32_t)args->changes, &r, &e) != ERR_OK)
		return cli_fail(args->was, &e);
	str_init(&out, OUTPUT_CAP);
	repair_file_write(in->a, in->community, p, r, &out);
	if (!write_text(args, &out))
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
    const struct match_options *o, const struct repair_file_pairs *p)
{
	struct err e = {0};
	struct repair **plan;
	struct str out;
	uint32_t n;

	if (repair_frontier(in->a, in->community, &in->policy, o, p->pair, p->n,
		(uint32_t)args->frontier, &plan, &n, &e) != ERR_OK)
		return cli_fail(args->was, &e);
	str_init(&out, OUTPUT_CAP);
	repair_file_write_frontier(p, plan, n, &out);
	if (!write_text(args, &out))
		return CLI_FAILED;
	for (uint32_t k = 0; k < n; k++)
		print_goals(plan[k]);
	return CLI_OK;
}

int cli_repair(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	struct match_options o;
	struct repair_file_pairs pairs = {0};
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
