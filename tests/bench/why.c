/* bench/why MEMBERS.csv --from DATE: "why not that mentor?" a hundred times after one
 * solve, the median and the longest in milliseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/cli.h"
#include "matcher/why.h"

enum {
	QUESTIONS = 100
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Allowed pairs that are not in the plan, from all over the community. */
static enum err_code ask(
    struct why *w, const struct community *c, struct err *e)
{
	double took[QUESTIONS];
	struct why_answer answer;
	uint32_t asked = 0;

	for (uint64_t k = 1; asked < QUESTIONS; k++) {
		uint32_t i = (uint32_t)(k * 2654435761u % c->n);
		uint32_t j = (uint32_t)(k * 40503u % c->n);
		double begin = now_ms();
		enum err_code rc;

		if (!person_is_newcomer(&c->person[i]) ||
		    !person_is_mentor(&c->person[j]))
			continue;
		rc = why_pair(w, i, j, &answer, e);
		if (rc != ERR_OK)
			return rc;
		if (answer.is_allowed && !answer.is_in_plan)
			took[asked++] = now_ms() - begin;
	}
	qsort(took, QUESTIONS, sizeof(*took), by_size);
	printf("median %.1f longest %.1f ms\n", took[QUESTIONS / 2],
	    took[QUESTIONS - 1]);
	return ERR_OK;
}

int main(int argc, char **argv)
{
	struct match_options options = {0};
	struct cli_args args;
	struct cli_input in;
	struct why *w;
	struct err e = {0};
	enum err_code rc;
	int status;

	if (!cli_parse(argc, argv, CLI_FROM | CLI_POLICY | CLI_THREADS, 0,
		"why MEMBERS.csv --from DATE [--threads N]", &args, &status) ||
	    !cli_load(&args, cli_today(), &in, &status))
		return status;
	options.threads = cli_threads(&args);
	rc = why_open(in.a, in.community, &in.policy, &options, &w, &e);
	if (rc == ERR_OK)
		rc = ask(w, in.community, &e);
	cli_unload(&in);
	if (rc != ERR_OK)
		fprintf(stderr, "%s\n", e.detail);
	return rc == ERR_OK ? 0 : 1;
}
