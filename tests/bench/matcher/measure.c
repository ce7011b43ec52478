/*
 * measure OUT SECONDS COMMAND [ARGUMENT...]: run a command and write what it took to
 * OUT, as JSON: wall and processor seconds, the peak memory of its greatest process
 * (one it forked and waited for counts), its exit status. After SECONDS it is killed
 * and "finished" is false.
 *
 * A small program of its own, because Linux lets a process begin its peak with that
 * of whoever forked it.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

enum {
	LONGEST = 86400,
	NOT_STARTED = 127
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static pid_t start(char **command, const sigset_t *before)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, before, NULL);
	execvp(command[0], command);
	perror(command[0]);
	_exit(NOT_STARTED);
}

/* False when the time is over first; the child is then still there. */
static bool await_end(const sigset_t *child_ends, int64_t limit)
{
	struct timespec wait = {.tv_sec = limit};

	while (sigtimedwait(child_ends, NULL, &wait) < 0)
		if (errno == EAGAIN)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	int64_t limit;
	sigset_t child_ends, before;
	struct rusage used;
	double begin = now(), wall;
	bool finished;
	int status;
	pid_t child;
	FILE *out;

	if (argc < 4 ||
	    !num_parse_i64(argv[2], strlen(argv[2]), 1, LONGEST, &limit) ||
	    (out = fopen(argv[1], "w")) == NULL) {
		fputs("usage: measure OUT SECONDS COMMAND [ARGUMENT...]\n",
		    stderr);
		return 2;
	}
	sigemptyset(&child_ends);
	sigaddset(&child_ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ends, &before);
	child = start(argv + 3, &before);
	if (child < 0)
		return 1;
	finished = await_end(&child_ends, limit);
	if (!finished)
		kill(child, SIGKILL);
	if (wait4(child, &status, 0, &used) != child)
		return 1;
	wall = now() - begin;
	fprintf(out,
	    "{\"finished\": %s, \"wall\": %.4f, \"cpu\": %.4f,"
	    " \"peak_kib\": %ld, \"status\": %d}\n",
	    finished ? "true" : "false", wall,
	    seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return fclose(out) == 0 ? 0 : 1;
}
