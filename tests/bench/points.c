/*
 * bench/points MEMBERS.csv --from DATE > POINTS: what Cairn's scorer says of every
 * pair, for the other contenders. Native 32-bit numbers: newcomers n, mentors m,
 * what a person is worth in points (M of score.h); n weights, m places; then n rows
 * of m 16-bit points, -1 where a pair is not allowed.
 */
#include <stdio.h>

#include "api/cli.h"
#include "matcher/rate.h"

static bool put(const void *data, size_t size, size_t n)
{
	return fwrite(data, size, n, stdout) == n;
}

static bool put_head(const struct scorer *s, struct score_scale scale)
{
	uint32_t n = score_newcomers(s), m = score_mentors(s);
	uint32_t head[] = {n, m, (uint32_t)(scale.people / scale.points)};
	bool ok = put(head, sizeof(*head), 3);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t weight = (uint32_t)score_weight(s, i);

		ok = ok && put(&weight, sizeof(weight), 1);
	}
	for (uint32_t j = 0; j < m; j++) {
		uint32_t places = score_capacity(s, j);

		ok = ok && put(&places, sizeof(places), 1);
	}
	return ok;
}

static bool put_points(struct arena *a, const struct scorer *s)
{
	struct rate *r = rate_new(a, s, NULL, 0, false);
	struct rate_work *w = r == NULL ? NULL : rate_work_new(a, r);
	bool ok = w != NULL;

	for (uint32_t i = 0; ok && i < score_newcomers(s); i++)
		ok = put(rate_row(r, w, i), sizeof(int16_t), score_mentors(s));
	return ok;
}

int main(int argc, char **argv)
{
	struct cli_args args;
	struct cli_input in;
	struct scorer *s;
	struct err e = {0};
	bool ok;
	int status;

	if (!cli_parse(argc, argv, CLI_FROM | CLI_POLICY, 0,
		"points MEMBERS.csv --from DATE [--policy P.json] > POINTS",
		&args, &status) ||
	    !cli_load(&args, cli_today(), &in, &status))
		return status;
	ok = score_new(in.a, in.community, &in.policy, &s, &e) == ERR_OK &&
	     put_head(s, score_scale(s)) && put_points(in.a, s) &&
	     fflush(stdout) == 0;
	cli_unload(&in);
	if (!ok)
		fprintf(stderr, "points: %s\n", e.detail);
	return ok ? 0 : 1;
}
