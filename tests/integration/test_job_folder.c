/* The folders of jobs: whose worker was killed, those are swept, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/job.h"

enum {
	ARENA_CAP = 1 << 16,
	SWEEPERS = 4,
	ROUNDS = 300,
};

static char base[] = "/tmp/cairn-test-sweep-XXXXXX";

static const char *at(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", base, name);
	return p;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void make(struct job_run *j)
{
	struct err e = {0};

	*j = (struct job_run){.call.arena = arena_new(ARENA_CAP)};
	assert_int_equal(job_folder_make(j, &e), ERR_OK);
	assert_int_equal(job_write(j, "input", "x", 1, &e), ERR_OK);
}

static void drop(struct job_run *j)
{
	job_folder_remove(j);
	arena_free(j->call.arena);
}

/* A worker that is killed with a folder; its path. */
static void leave_one(char path[static 128])
{
	int end[2], status = 0;
	pid_t child;

	assert_int_equal(pipe(end), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct job_run j;

		make(&j);
		(void)!write(end[1], j.folder, strlen(j.folder) + 1);
		raise(SIGKILL);
	}
	assert_true(read(end[0], path, 128) > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(end[0]);
	close(end[1]);
}

static void test_swept(void **state)
{
	char dead[128], outside[128];
	struct job_run living;

	(void)state;
	leave_one(dead);
	make(&living);
	snprintf(outside, sizeof(outside), "%s", at("outside"));
	assert_int_equal(mkdir(outside, 0700), 0);
	assert_int_equal(symlink(outside, at("cairn-job-aaaaaa")), 0);
	assert_int_equal(mkdir(at("cairn-job-bbbbbb"), 0755), 0);
	assert_int_equal(mkdir(at("cairn-job-long-cc"), 0700), 0);
	assert_int_equal(mkdir(at("cairn-job-dddddd"), 0700), 0);
	assert_int_equal(mkdir(at("cairn-job-dddddd/deep"), 0700), 0);
	assert_true(is_there(dead));
	job_folders_sweep();
	assert_false(is_there(dead));
	assert_true(is_there(living.folder));
	assert_true(is_there(outside));
	assert_true(is_there(at("cairn-job-aaaaaa")));
	assert_true(is_there(at("cairn-job-bbbbbb")));
	assert_true(is_there(at("cairn-job-long-cc")));
	assert_true(is_there(at("cairn-job-dddddd/deep")));
	drop(&living);
}

/* Sweepers beside makers: no folder is taken from a maker that has it. */
static void test_race(void **state)
{
	pid_t sweeper[SWEEPERS];
	struct err e = {0};
	const char *text;
	size_t n;

	(void)state;
	for (int i = 0; i < SWEEPERS; i++) {
		sweeper[i] = fork();
		assert_true(sweeper[i] >= 0);
		while (sweeper[i] == 0)
			job_folders_sweep();
	}
	for (int i = 0; i < ROUNDS; i++) {
		struct job_run j;

		make(&j);
		assert_int_equal(
		    job_read(&j, "input", 8, &text, &n, &e), ERR_OK);
		drop(&j);
	}
	for (int i = 0; i < SWEEPERS; i++) {
		kill(sweeper[i], SIGKILL);
		waitpid(sweeper[i], NULL, 0);
	}
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(base) ? setenv("TMPDIR", base, 1) : -1;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(at("cairn-job-aaaaaa"));
	rmdir(at("cairn-job-dddddd/deep"));
	for (const char *const *name =
		 (const char *const[]){"outside", "cairn-job-bbbbbb",
		     "cairn-job-long-cc", "cairn-job-dddddd", NULL};
	     *name; name++)
		rmdir(at(*name));
	return rmdir(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_swept),
	    cmocka_unit_test(test_race),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
