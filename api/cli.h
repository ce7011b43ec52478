/*
 * What the subcommands share: options, files in and out, the inputs of a solve.
 *
 * A subcommand is `int cli_x(int argc, char **argv)`: argv[0] is its name, the
 * result is the exit status. One thread; everything lives until the process ends.
 */
#ifndef API_CLI_H
#define API_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "api/member_file.h"
#include "api/plan_file.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "calendars/tz.h"
#include "matcher/community.h"
#include "matcher/policy.h"
#include "scheduler/intake.h"

enum cli_exit {
	CLI_OK = 0,
	CLI_BAD_PLAN = 1,
	CLI_BAD_INPUT = 2,
	CLI_FAILED = 3,
};

enum {
	CLI_ARENA_CAP = 0x7fffffff,
	CLI_DEFAULT_TIME_LIMIT = 600,
	CLI_MAX_TIME_LIMIT = 86400,
	CLI_MAX_THREADS = 256,
	CLI_MAX_FRONTIER = 1000,
};

/* Options of a subcommand; which it takes is a set of these bits. */
enum cli_option {
	CLI_POLICY = 1,
	CLI_INTAKE = 2,
	CLI_PLAN = 4,
	CLI_CERTIFICATE = 8,
	CLI_ICS = 16,
	CLI_BUSY = 32,
	CLI_FROM = 64,
	CLI_SEED = 128,
	CLI_TIME_LIMIT = 256,
	CLI_THREADS = 512,
	CLI_PROGRESS_FD = 1024,
	CLI_WAS = 2048,
	CLI_CHANGES = 4096,
	CLI_FRONTIER = 8192,
	CLI_NEWCOMER = 16384,
	CLI_MENTOR = 32768,
	CLI_ANSWER = 65536,
	CLI_AGAINST = 131072,
	CLI_SVG = 1048576,
	CLI_HOSTS = 2097152,
};

struct cli_args {
	const char *members; /* the one argument that is no option */
	const char *policy, *intake, *plan, *certificate, *ics, *svg, *busy,
	    *was, *newcomer, *mentor, *answer, *against, *hosts;
	int32_t first_day; /* of --from; 0: not given */
	int64_t seed, time_limit, threads, progress_fd, changes, frontier;
};

/* False after a message on stderr (usage, CLI_BAD_INPUT) or after --help. */
bool cli_parse(int argc, char **argv, unsigned allowed, unsigned required,
    const char *usage, struct cli_args *args, int *exit_status);

/* The inputs every solve has. */
struct cli_input {
	struct arena *a;
	struct tz *tz;
	struct member_table table;
	struct community *community;
	struct policy policy;
	struct plan_origin origin;
};

/* Read members and policy, print every fault as "FILE:ROW: column: what is
 * wrong" or "FILE: /pointer: what is wrong". The first date of the horizon:
 * --from, else the policy's, else `otherwise`. False: *exit_status is set. */
bool cli_load(const struct cli_args *args, int32_t otherwise,
    struct cli_input *in, int *exit_status);

/* The further inputs of a schedule: --intake and, when given, --busy. */
bool cli_load_intake(const struct cli_args *args, struct cli_input *in,
    struct intake *ret_intake, struct busy_time **ret_busy, uint32_t *ret_n,
    int *exit_status);
/* --busy alone; none when it is not given. */
bool cli_load_busy(const struct cli_args *args, struct cli_input *in,
    struct busy_time **ret_busy, uint32_t *ret_n, int *exit_status);
void cli_unload(struct cli_input *in);

/* Whole file into the arena; NULL after a message. */
char *cli_read_file(struct arena *a, const char *path, size_t cap, size_t *n);

/* Write beside the target and rename, so that a broken run leaves no half file.
 * "-" is standard output. False after a message. */
bool cli_write_file(const char *path, const char *data, size_t n);

/* Make a folder, or find it there. False after a message. */
bool cli_make_folder(const char *path);

/* Print an error and its fields; the exit status that belongs to it. */
int cli_fail(const char *file, const struct err *e);

/* Of --threads, else as many as there are processors. */
unsigned cli_threads(const struct cli_args *args);

int32_t cli_today(void);
bool cli_on_terminal(void);

/* The subcommands without a database. */
int cli_match(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_repair(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_schedule(int argc, char **argv);
int cli_verify_schedule(int argc, char **argv);
int cli_hours(int argc, char **argv);

#endif
