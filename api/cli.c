/* What the subcommands share: see cli.h. */
#include "api/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/cohorts_file.h"
#include "api/intake_file.h"
#include "api/policy_file.h"
#include "base/instant.h"
#include "base/num.h"

static const struct option_row {
	const char *name;
	unsigned bit;
	size_t text;   /* offset of a const char *, or … */
	size_t number; /* … of an int64_t, within min … max */
	int64_t min, max;
} OPTIONS[] = {
    {"--policy", CLI_POLICY, offsetof(struct cli_args, policy), 0, 0, 0},
    {"--intake", CLI_INTAKE, offsetof(struct cli_args, intake), 0, 0, 0},
    {"--plan", CLI_PLAN, offsetof(struct cli_args, plan), 0, 0, 0},
    {"--certificate", CLI_CERTIFICATE, offsetof(struct cli_args, certificate),
	0, 0, 0},
    {"--ics", CLI_ICS, offsetof(struct cli_args, ics), 0, 0, 0},
    {"--svg", CLI_SVG, offsetof(struct cli_args, svg), 0, 0, 0},
    {"--hosts", CLI_HOSTS, offsetof(struct cli_args, hosts), 0, 0, 0},
    {"--busy", CLI_BUSY, offsetof(struct cli_args, busy), 0, 0, 0},
    {"--newcomer", CLI_NEWCOMER, offsetof(struct cli_args, newcomer), 0, 0, 0},
    {"--mentor", CLI_MENTOR, offsetof(struct cli_args, mentor), 0, 0, 0},
    {"--against", CLI_AGAINST, offsetof(struct cli_args, against), 0, 0, 0},
    {"--answer", CLI_ANSWER, offsetof(struct cli_args, answer), 0, 0, 0},
    {"--was", CLI_WAS, offsetof(struct cli_args, was), 0, 0, 0},
    {"--changes", CLI_CHANGES, 0, offsetof(struct cli_args, changes), 0,
	COMMUNITY_MAX_PEOPLE},
    {"--frontier", CLI_FRONTIER, 0, offsetof(struct cli_args, frontier), 1,
	CLI_MAX_FRONTIER},
    {"--seed", CLI_SEED, 0, offsetof(struct cli_args, seed), 0, PLAN_MAX_SEED},
    {"--time-limit", CLI_TIME_LIMIT, 0, offsetof(struct cli_args, time_limit),
	1, CLI_MAX_TIME_LIMIT},
    {"--threads", CLI_THREADS, 0, offsetof(struct cli_args, threads), 1,
	CLI_MAX_THREADS},
    {"--progress-fd", CLI_PROGRESS_FD, 0,
	offsetof(struct cli_args, progress_fd), 0, 1023},
    {"--from", CLI_FROM, 0, 0, 0, 0},
};

enum {
	N_OPTIONS = sizeof(OPTIONS) / sizeof(OPTIONS[0])
};

/* Store one option's value; NULL, or what was expected. */
static const char *take_value(
    const struct option_row *row, const char *value, struct cli_args *args)
{
	int64_t number;

	if (row->bit == CLI_FROM)
		return day_parse(value, strlen(value), &args->first_day)
			   ? NULL
			   : "expected a date such as 2026-10-01";
	if (row->number == 0) {
		memcpy((char *)args + row->text, &value, sizeof(value));
		return NULL;
	}
	if (!num_parse_i64(value, strlen(value), row->min, row->max, &number))
		return "expected a whole number in its range";
	memcpy((char *)args + row->number, &number, sizeof(number));
	return NULL;
}

/* The row whose name begins `arg`, and the value behind '=' or NULL. */
static const struct option_row *find_option(
    const char *arg, unsigned allowed, const char **value)
{
	const char *equals = strchr(arg, '=');
	size_t n = equals ? (size_t)(equals - arg) : strlen(arg);

	*value = equals ? equals + 1 : NULL;
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (OPTIONS[i].bit & allowed && strlen(OPTIONS[i].name) == n &&
		    memcmp(OPTIONS[i].name, arg, n) == 0)
			return &OPTIONS[i];
	return NULL;
}

static bool complain(const char *name, const char *what, const char *detail,
    const char *usage, int *exit_status)
{
	fprintf(
	    stderr, "cairn %s: %s: %s\nusage: %s\n", name, what, detail, usage);
	*exit_status = CLI_BAD_INPUT;
	return false;
}

bool cli_parse(int argc, char **argv, unsigned allowed, unsigned required,
    const char *usage, struct cli_args *args, int *exit_status)
{
	unsigned seen = 0;
	const char *value, *wrong;

	*args = (struct cli_args){
	    .time_limit = CLI_DEFAULT_TIME_LIMIT, .progress_fd = -1};
	for (int i = 1; i < argc; i++) {
		const struct option_row *row;

		if (strcmp(argv[i], "--help") == 0) {
			printf("usage: %s\n", usage);
			*exit_status = CLI_OK;
			return false;
		}
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			if (args->members != NULL)
				return complain(argv[0], argv[i],
				    "one member file is expected", usage,
				    exit_status);
			args->members = argv[i];
			continue;
		}
		row = find_option(argv[i], allowed, &value);
		if (row == NULL)
			return complain(argv[0], argv[i], "not an option here",
			    usage, exit_status);
		if (value == NULL && i + 1 < argc)
			value = argv[++i];
		wrong = value ? take_value(row, value, args)
			      : "a value is expected";
		if (wrong != NULL)
			return complain(
			    argv[0], row->name, wrong, usage, exit_status);
		seen |= row->bit;
	}
	if (args->members == NULL)
		return complain(argv[0], "MEMBERS.csv",
		    "a member file is expected", usage, exit_status);
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (OPTIONS[i].bit & required & ~seen)
			return complain(argv[0], OPTIONS[i].name,
			    "this option is required", usage, exit_status);
	/* Who started us to read our progress is who wants the result: a worker
	 * that was killed must not leave us computing. */
	if (seen & CLI_PROGRESS_FD)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return true;
}

char *cli_read_file(struct arena *a, const char *path, size_t cap, size_t *n)
{
	FILE *f = fopen(path, "rb");
	struct str text;
	char block[1 << 16];
	char *copy = NULL;
	size_t got;

	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerrordesc_np(errno));
		return NULL;
	}
	str_init(&text, cap);
	while ((got = fread(block, 1, sizeof(block), f)) > 0)
		str_put(&text, block, got);
	if (ferror(f))
		fprintf(stderr, "%s: cannot be read\n", path);
	else if (text.failed)
		fprintf(stderr, "%s: larger than %zu octets\n", path, cap);
	else if ((copy = arena_strndup(a, text.data, text.len)) == NULL)
		fprintf(stderr, "%s: needs too much memory\n", path);
	*n = text.len;
	fclose(f);
	str_free(&text);
	return copy;
}

static bool write_whole(FILE *f, const char *data, size_t n)
{
	bool good = fwrite(data, 1, n, f) == n && fflush(f) == 0;

	return good;
}

/* Write, sync, rename; the signals that end a run wait so long. */
static bool replace_file(
    const char *path, const char *temporary, const char *data, size_t n)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
	bool good;

	if (f == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	good = write_whole(f, data, n) && fsync(fd) == 0;
	good = fclose(f) == 0 && good;
	if (good && rename(temporary, path) == 0)
		return true;
	unlink(temporary);
	return false;
}

bool cli_write_file(const char *path, const char *data, size_t n)
{
	struct str temporary;
	sigset_t ending, before;
	bool good;

	if (strcmp(path, "-") == 0)
		return write_whole(stdout, data, n);
	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	str_init(&temporary, 1 << 16);
	str_printf(&temporary, "%s.%ld.part", path, (long)getpid());
	pthread_sigmask(SIG_BLOCK, &ending, &before);
	good = !temporary.failed && replace_file(path, temporary.data, data, n);
	if (!good)
		fprintf(stderr, "%s: %s\n", path, strerrordesc_np(errno));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	str_free(&temporary);
	return good;
}

bool cli_make_folder(const char *path)
{
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return true;
	fprintf(stderr, "%s: %s\n", path, strerrordesc_np(errno));
	return false;
}

int cli_fail(const char *file, const struct err *e)
{
	int status = err_status(e->code);

	if (e->detail[0] != '\0')
		fprintf(stderr, "%s: %s\n", file, e->detail);
	for (unsigned i = 0; i < e->n_fields; i++)
		fprintf(stderr, "%s: %s: %s\n", file,
		    e->field[i].place[0] ? e->field[i].place : "/",
		    e->field[i].detail);
	if (e->n_dropped > 0)
		fprintf(stderr, "%s: and %u more\n", file, e->n_dropped);
	return status >= 500 ? CLI_FAILED : CLI_BAD_INPUT;
}

unsigned cli_threads(const struct cli_args *args)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (args->threads > 0)
		return (unsigned)args->threads;
	return processors > 0 ? (unsigned)processors : 1;
}

int32_t cli_today(void)
{
	return day_of(instant_now());
}

bool cli_on_terminal(void)
{
	return isatty(STDERR_FILENO) == 1;
}

static bool load_members(
    const char *path, struct cli_input *in, int *exit_status)
{
	struct member_faults faults;
	struct err e;
	size_t n;
	char *text = cli_read_file(in->a, path, MEMBER_FILE_MAX_OCTETS, &n);
	enum err_code code;

	err_clear(&e);
	*exit_status = CLI_BAD_INPUT;
	if (text == NULL)
		return false;
	code = member_file_read(
	    in->a, text, n, in->tz, NULL, &in->table, &faults, &e);
	for (uint32_t i = 0; i < faults.n; i++)
		fprintf(stderr, "%s:%u: %s%s%s\n", path, faults.item[i].row,
		    faults.item[i].column, faults.item[i].column[0] ? ": " : "",
		    faults.item[i].detail);
	if (faults.n_dropped > 0)
		fprintf(stderr, "%s: and %u more\n", path, faults.n_dropped);
	if (code == ERR_OK)
		code = member_community(
		    in->a, &in->table, in->tz, &in->community, &e);
	if (code != ERR_OK)
		*exit_status = cli_fail(path, &e);
	return code == ERR_OK;
}

static bool load_policy(
    const char *path, struct cli_input *in, int *exit_status)
{
	struct err e;
	size_t n;
	char *text;

	if (path == NULL) {
		policy_default(&in->policy);
		return true;
	}
	*exit_status = CLI_BAD_INPUT;
	err_clear(&e);
	text = cli_read_file(in->a, path, POLICY_FILE_MAX_OCTETS, &n);
	if (text == NULL)
		return false;
	if (policy_file_read(in->a, text, n, &in->policy, &e) == ERR_OK)
		return true;
	*exit_status = cli_fail(path, &e);
	return false;
}

bool cli_load(const struct cli_args *args, int32_t otherwise,
    struct cli_input *in, int *exit_status)
{
	struct err e;

	err_clear(&e);
	*in = (struct cli_input){.a = arena_new(CLI_ARENA_CAP)};
	if (in->a == NULL) {
		fputs("cairn: out of memory\n", stderr);
		*exit_status = CLI_FAILED;
		return false;
	}
	if (tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &in->tz, &e) != ERR_OK) {
		*exit_status = cli_fail("cairn", &e);
		return false;
	}
	if (!load_members(args->members, in, exit_status) ||
	    !load_policy(args->policy, in, exit_status))
		return false;
	if (args->first_day != 0)
		in->policy.first_day = args->first_day;
	else if (in->policy.first_day == 0)
		in->policy.first_day = otherwise;
	if (plan_origin_make(in->community, &in->policy, (uint64_t)args->seed,
		&in->origin, &e) != ERR_OK) {
		*exit_status = cli_fail("cairn", &e);
		return false;
	}
	return true;
}

bool cli_load_busy(const struct cli_args *args, struct cli_input *in,
    struct busy_time **ret_busy, uint32_t *ret_n, int *exit_status)
{
	struct err e;
	size_t n;
	char *text;

	err_clear(&e);
	*ret_busy = NULL;
	*ret_n = 0;
	if (args->busy == NULL)
		return true;
	*exit_status = CLI_BAD_INPUT;
	text = cli_read_file(in->a, args->busy, PLAN_FILE_MAX_OCTETS, &n);
	if (text == NULL)
		return false;
	if (cohorts_busy_read(
		in->a, text, n, in->community, ret_busy, ret_n, &e) == ERR_OK)
		return true;
	*exit_status = cli_fail(args->busy, &e);
	return false;
}

bool cli_load_intake(const struct cli_args *args, struct cli_input *in,
    struct intake *ret_intake, struct busy_time **ret_busy, uint32_t *ret_n,
    int *exit_status)
{
	struct err e;
	size_t n;
	char *text;

	err_clear(&e);
	*exit_status = CLI_BAD_INPUT;
	text = cli_read_file(in->a, args->intake, INTAKE_FILE_MAX_OCTETS, &n);
	if (text == NULL)
		return false;
	if (intake_file_read(in->a, text, n, in->tz, ret_intake, &e) == ERR_OK)
		return cli_load_busy(args, in, ret_busy, ret_n, exit_status);
	*exit_status = cli_fail(args->intake, &e);
	return false;
}

void cli_unload(struct cli_input *in)
{
	arena_free(in->a);
	tz_close(in->tz);
}
