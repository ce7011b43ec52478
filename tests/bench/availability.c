/*
 * bench/availability spans|bitsets MEMBERS.csv --from DATE: everybody's hours on the real
 * dates.
 *
 * spans: the free time of each member over two years from the date on, a line
 * "external_id begin end" (seconds) each: what a check against other zone data compares.
 * bitsets: the quarter hours of 26 weeks, each week of each member a bit set; one line
 * "members weeks quarters milliseconds", reading the file not counted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/child.h"
#include "api/cli.h"
#include "base/instant.h"
#include "scheduler/spans.h"

enum {
	SPAN_DAYS = 731,
	BIT_WEEKS = 26,
	MAX_ZONES = 700,
};

static bool put_spans(const struct cli_input *in, int32_t first)
{
	const struct span within = {(int64_t)first * INSTANT_DAY,
	    ((int64_t)first + SPAN_DAYS) * INSTANT_DAY};
	struct err e = {0};

	for (uint32_t i = 0; i < in->community->n; i++) {
		const struct person *p = &in->community->person[i];
		struct spans s;

		if (spans_of_person(in->a, p->windows, p->n_windows, p->zone,
			NULL, 0, within, &s, &e) != ERR_OK) {
			fprintf(stderr, "availability: %s\n", e.detail);
			return false;
		}
		for (uint32_t k = 0; k < s.n; k++)
			printf("%s %" PRId64 " %" PRId64 "\n", p->id,
			    s.span[k].begin, s.span[k].end);
	}
	return true;
}

/* The map of each zone and week once, as the scorer has it. */
static const struct week_map *map_of(
    struct arena *a, const struct zone *z, int32_t monday)
{
	static struct {
		const struct zone *zone;
		struct week_map *map;
	} known[MAX_ZONES];

	uint32_t k = 0;

	while (k < MAX_ZONES && known[k].zone != NULL && known[k].zone != z)
		k++;
	if (k == MAX_ZONES)
		return NULL;
	if (known[k].zone == z)
		return known[k].map;
	known[k].map = ARENA_ARRAY(a, BIT_WEEKS, struct week_map);
	for (int32_t w = 0; known[k].map != NULL && w < BIT_WEEKS; w++)
		week_map_utc(z, monday + 7 * w, &known[k].map[w]);
	known[k].zone = z;
	return known[k].map;
}

static bool put_bitsets(const struct cli_input *in, int32_t first)
{
	int32_t monday = first - day_weekday(first);
	int64_t begin = monotonic_ms();
	uint64_t quarters = 0;

	for (uint32_t i = 0; i < in->community->n; i++) {
		const struct person *p = &in->community->person[i];
		const struct week_map *map = map_of(in->a, p->zone, monday);
		struct week_grid local, grid;

		if (map == NULL)
			return false;
		week_grid_local(p->windows, p->n_windows, &local);
		for (int32_t w = 0; w < BIT_WEEKS; w++) {
			week_grid_mapped(&local, &map[w], &grid);
			quarters += week_grid_count(&grid);
		}
	}
	printf("%" PRIu32 " %d %" PRIu64 " %" PRId64 "\n", in->community->n,
	    BIT_WEEKS, quarters, monotonic_ms() - begin);
	return true;
}

int main(int argc, char **argv)
{
	static const char usage[] =
	    "availability spans|bitsets MEMBERS.csv --from DATE";
	bool bits = argc > 1 && strcmp(argv[1], "bitsets") == 0;
	struct cli_args args;
	struct cli_input in;
	bool good;
	int status;

	if (!bits && (argc < 2 || strcmp(argv[1], "spans") != 0)) {
		fprintf(stderr, "usage: %s\n", usage);
		return CLI_BAD_INPUT;
	}
	if (!cli_parse(
		argc - 1, argv + 1, CLI_FROM, CLI_FROM, usage, &args, &status))
		return status;
	if (!cli_load(&args, 0, &in, &status))
		return status;
	good = bits ? put_bitsets(&in, args.first_day)
		    : put_spans(&in, args.first_day);
	cli_unload(&in);
	return good && fflush(stdout) == 0 ? CLI_OK : CLI_FAILED;
}
