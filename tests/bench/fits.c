/*
 * bench/fits MEMBERS.csv --intake INTAKE.json [--policy P.json]: the points of every
 * guide and newcomer over the intake's weeks, a line "guide newcomer points" each, as
 * the scorer says them: what a check of cohorts, or another way to form them, takes
 * from Cairn.
 */
#include <stdio.h>

#include "api/cli.h"
#include "matcher/score.h"
#include "scheduler/schedule.h"

static void put_fits(const struct community *c, const struct scorer *s)
{
	struct score score;

	for (uint32_t j = 0; j < score_mentors(s); j++)
		for (uint32_t i = 0; i < score_newcomers(s); i++) {
			score_pair(s, i, j, &score);
			printf("%s %s %d\n", c->person[score_mentor(s, j)].id,
			    c->person[score_newcomer(s, i)].id, score.points);
		}
}

int main(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	struct intake intake;
	struct busy_time *busy;
	struct policy dated;
	struct scorer *s;
	struct err e = {0};
	uint32_t n_busy;
	int status;

	if (!cli_parse(argc, argv, CLI_INTAKE | CLI_POLICY, CLI_INTAKE,
		"fits MEMBERS.csv --intake INTAKE.json [--policy P.json]",
		&args, &status))
		return status;
	if (!cli_load(&args, 0, &in, &status) ||
	    !cli_load_intake(&args, &in, &intake, &busy, &n_busy, &status)) {
		cli_unload(&in);
		return status;
	}
	dated = schedule_policy(&in.policy, &intake);
	if (score_new(in.a, in.community, &dated, &s, &e) == ERR_OK)
		put_fits(in.community, s);
	else
		fprintf(stderr, "fits: %s\n", e.detail);
	cli_unload(&in);
	return e.code == ERR_OK && fflush(stdout) == 0 ? 0 : 1;
}
