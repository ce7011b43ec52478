/* cairn doctor [--json] [--before EARLIER] FILE…: what is wrong with invitations, in
 * words or as JSON; see calendars/doctor.h. */
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/cli_calendar.h"
#include "calendars/doctor.h"
#include "calendars/eml.h"
#include "calendars/ics.h"

enum {
	REPORT_CAP = 256 << 20,
};

static const char USAGE[] =
    "cairn doctor [--json] [--before EARLIER] FILE…\n"
    "FILE is a calendar (.ics) or a mail (.eml). EARLIER is what was sent before "
    "it.\n"
    "exit status: 0 no error, 1 errors, 2 a file that cannot be read\n";

struct examination {
	struct tz *tz;
	const char *before; /* path; NULL: none */
	bool json;
	struct str out; /* of --json */
	struct jwrite w;
	int status;
};

static void print_finding(
    const char *path, enum doctor_rule rule, const struct doctor_finding *f)
{
	const struct doctor_row *row = doctor_row(rule);
	char slug[DOCTOR_SLUG_SIZE];

	doctor_slug(rule, slug);
	printf("%s:%u: %s: %s [%s]", path, f->line,
	    doctor_severity_name(row->severity), row->wrong, slug);
	if (f->count > 1)
		printf(" (%u times)", f->count);
	putchar('\n');
	if (f->detail != NULL)
		printf("    found:  %s\n", f->detail);
	printf("    breaks: %s\n    cure:   %s", row->breaks, row->cure);
	if (row->clause[0] != '\0')
		printf(" (%s)", row->clause);
	putchar('\n');
}

static void print_report(const char *path, const struct doctor_report *r)
{
	for (int s = DOCTOR_ERROR; s <= DOCTOR_ADVICE; s++)
		for (int i = 0; i < DOCTOR_RULES; i++)
			if ((int)doctor_row((enum doctor_rule)i)->severity ==
				s &&
			    r->found[i].count > 0)
				print_finding(
				    path, (enum doctor_rule)i, &r->found[i]);
	printf("%s: %s: %s%s%s, errors %u, warnings %u, advice %u\n", path,
	    doctor_verdict_name(r->verdict), r->is_mail ? "mail" : "calendar",
	    r->method != NULL ? " " : "", r->method != NULL ? r->method : "",
	    r->count[DOCTOR_ERROR], r->count[DOCTOR_WARNING],
	    r->count[DOCTOR_ADVICE]);
}

static void report(
    struct examination *x, const char *path, const struct doctor_report *r)
{
	if (r->verdict == DOCTOR_BROKEN && x->status == CLI_OK)
		x->status = CLI_BAD_PLAN;
	if (x->json)
		doctor_write(&x->w, path, r);
	else
		print_report(path, r);
}

/* One file, in an arena of its own. */
static void examine(struct examination *x, const char *path)
{
	struct arena *a = arena_new(ICS_ARENA_CAP);
	struct doctor_text text = {0}, before = {0};
	struct doctor_report r;
	struct err e;

	err_clear(&e);
	if (a != NULL)
		text.text = cli_read_file(a, path, EML_MAX_OCTETS, &text.n);
	if (text.text != NULL && x->before != NULL)
		before.text =
		    cli_read_file(a, x->before, EML_MAX_OCTETS, &before.n);
	if (text.text == NULL || (x->before != NULL && before.text == NULL))
		x->status = CLI_BAD_INPUT;
	else if (doctor_examine(a, x->tz, &text, x->before ? &before : NULL, &r,
		     &e) != ERR_OK)
		x->status = cli_fail(path, &e);
	else
		report(x, path, &r);
	arena_free(a);
}

static int run(struct examination *x, char **path)
{
	struct err e;

	err_clear(&e);
	if (tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &x->tz, &e) != ERR_OK)
		return cli_fail("cairn", &e);
	str_init(&x->out, REPORT_CAP);
	jwrite_init(&x->w, &x->out, true);
	jwrite_array(&x->w);
	for (; *path != NULL; path++)
		examine(x, *path);
	jwrite_array_end(&x->w);
	if (x->json &&
	    (!jwrite_done(&x->w) ||
		fwrite(x->out.data, 1, x->out.len, stdout) != x->out.len))
		x->status = CLI_FAILED;
	str_free(&x->out);
	tz_close(x->tz);
	return x->status;
}

int cli_doctor(int argc, char **argv)
{
	struct examination x = {.status = CLI_OK};
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			x.json = true;
		} else if (strcmp(argv[i], "--before") == 0 && i + 1 < argc) {
			x.before = argv[++i];
		} else {
			bool help = strcmp(argv[i], "--help") == 0;

			fputs(USAGE, help ? stdout : stderr);
			return help ? CLI_OK : CLI_BAD_INPUT;
		}
	}
	if (i == argc) {
		fputs(USAGE, stderr);
		return CLI_BAD_INPUT;
	}
	return run(&x, argv + i);
}
