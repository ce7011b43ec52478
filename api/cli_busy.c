/* cairn busy FILE --zone ZONE --from DATE --to DATE: when a calendar keeps its owner
 * busy; see calendars/busy.h. With --member it is a busy file for cairn schedule. */
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/cli_calendar.h"
#include "base/instant.h"
#include "base/jwrite.h"
#include "calendars/busy.h"
#include "calendars/ics.h"

enum {
	ANSWER_CAP = 64 << 20,
};

static const char USAGE[] =
    "cairn busy FILE.ics --zone ZONE --from DATE --to DATE\n"
    "       [--member ID] [--owner MAIL] [--json]\n"
    "ZONE is that of whoever owns the calendar. DATE is a day in it (2026-10-25; --to "
    "is the last\n"
    "day) or an instant. --member: a busy file for cairn schedule. exit status: 0, 2 "
    "bad input\n";

struct busy_args {
	const char *file, *zone, *from, *to, *member, *owner;
	bool json;
};

static bool read_args(int argc, char **argv, struct busy_args *args)
{
	const struct {
		const char *name;
		const char **value;
	} option[] = {{"--zone", &args->zone}, {"--from", &args->from},
	    {"--to", &args->to}, {"--member", &args->member},
	    {"--owner", &args->owner}};

	enum {
		N = sizeof(option) / sizeof(option[0])
	};

	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		while (k < N && strcmp(argv[i], option[k].name) != 0)
			k++;
		if (k < N && i + 1 < argc)
			*option[k].value = argv[++i];
		else if (strcmp(argv[i], "--json") == 0)
			args->json = true;
		else if (k == N && argv[i][0] != '-' && args->file == NULL)
			args->file = argv[i];
		else
			return false;
	}
	return args->file != NULL && args->zone != NULL && args->from != NULL &&
	       args->to != NULL;
}

/* A day in the zone, from its begin or to its end; or an instant. */
static bool read_time(
    const struct zone *z, const char *text, bool is_end, int64_t *ret)
{
	int32_t day;

	if (instant_parse(text, strlen(text), ret))
		return true;
	if (!day_parse(text, strlen(text), &day))
		return false;
	(void)zone_resolve(z, ((int64_t)day + is_end) * INSTANT_DAY, ret);
	return true;
}

static int bad(const char *what)
{
	fprintf(stderr, "cairn busy: %s\n", what);
	return CLI_BAD_INPUT;
}

static void write_answer(
    const struct busy_args *args, const struct busy_report *r, struct jwrite *w)
{
	jwrite_object(w);
	jwrite_key_array(w, "busy");
	for (size_t i = 0; i < r->n; i++) {
		jwrite_object(w);
		if (args->member != NULL)
			jwrite_key_text(w, "member", args->member);
		jwrite_key(w, "from");
		jwrite_instant(w, r->span[i].begin);
		jwrite_key(w, "to");
		jwrite_instant(w, r->span[i].end);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
	if (args->member == NULL) {
		jwrite_key_int(w, "busy_components", r->busy);
		jwrite_key_int(w, "free_components", r->free);
		jwrite_key_int(w, "left_out_times", r->n_left);
		jwrite_key_array(w, "left_out");
		for (uint32_t i = 0; i < r->n_left && i < BUSY_MAX_LEFT; i++) {
			jwrite_object(w);
			jwrite_key_int(w, "line", r->left[i].line);
			jwrite_key_text(w, "reason", r->left[i].reason);
			jwrite_object_end(w);
		}
		jwrite_array_end(w);
	}
	jwrite_object_end(w);
}

static int print_json(const struct busy_args *args, const struct busy_report *r)
{
	struct str out;
	struct jwrite w;
	int status = CLI_FAILED;

	str_init(&out, ANSWER_CAP);
	jwrite_init(&w, &out, true);
	write_answer(args, r, &w);
	if (jwrite_done(&w) && fwrite(out.data, 1, out.len, stdout) == out.len)
		status = CLI_OK;
	str_free(&out);
	return status;
}

static int print(const struct busy_args *args, const struct busy_report *r)
{
	char from[INSTANT_TEXT_SIZE], to[INSTANT_TEXT_SIZE];

	for (uint32_t i = 0; i < r->n_left && i < BUSY_MAX_LEFT; i++)
		fprintf(stderr, "%s:%u: %s\n", args->file, r->left[i].line,
		    r->left[i].reason);
	if (r->n_left > BUSY_MAX_LEFT)
		fprintf(stderr, "%s: and %u more\n", args->file,
		    r->n_left - BUSY_MAX_LEFT);
	if (args->json || args->member != NULL)
		return print_json(args, r);
	for (size_t i = 0; i < r->n; i++) {
		instant_format(r->span[i].begin, from);
		instant_format(r->span[i].end, to);
		printf("%s %s\n", from, to);
	}
	return CLI_OK;
}

static int run(const struct busy_args *args, struct arena *a, struct tz *tz)
{
	struct busy_request q = {.owner = args->owner};
	struct busy_report report;
	const char *text;
	size_t n;
	struct err e;

	err_clear(&e);
	if (tz_zone(tz, args->zone, &q.zone, &e) != ERR_OK)
		return cli_fail("--zone", &e);
	if (!read_time(q.zone, args->from, false, &q.from) ||
	    !read_time(q.zone, args->to, true, &q.to))
		return bad("--from and --to must be days (2026-10-25) or "
			   "instants (2026-10-25T09:00:00Z)");
	if (q.from >= q.to || q.from < q.zone->from || q.to > q.zone->to)
		return bad("--from must lie before --to, both between 1990 and "
			   "2037");
	text = cli_read_file(a, args->file, ICS_MAX_OCTETS, &n);
	if (text == NULL)
		return CLI_BAD_INPUT;
	if (busy_read(a, tz, text, n, &q, &report, &e) != ERR_OK)
		return cli_fail(args->file, &e);
	return print(args, &report);
}

int cli_busy(int argc, char **argv)
{
	struct busy_args args = {0};
	bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
	struct arena *a;
	struct tz *tz;
	struct err e;
	int status = CLI_FAILED;

	err_clear(&e);
	if (help || !read_args(argc, argv, &args)) {
		fputs(USAGE, help ? stdout : stderr);
		return help ? CLI_OK : CLI_BAD_INPUT;
	}
	a = arena_new(ICS_ARENA_CAP);
	if (a == NULL)
		return CLI_FAILED;
	if (tz_open(TZ_ALL_FROM, TZ_ALL_TO, &tz, &e) != ERR_OK) {
		status = cli_fail("cairn", &e);
	} else {
		status = run(&args, a, tz);
		tz_close(tz);
	}
	arena_free(a);
	return status;
}
