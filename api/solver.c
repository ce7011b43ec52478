/*
 * The solver's process: see solver.h. posix_spawn, because the service has threads,
 * and between fork and exec such a process may do next to nothing. Invariant: after
 * solver_run no process of the child's group is left.
 */
#include "api/solver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/instant.h"
#include "base/jscan.h"

enum {
	BEAT_MS = 1000,
	SCRATCH_CAP = 1 << 20,
};

extern char **environ;

struct watch {
	const struct solver_task *t;
	pid_t pid;
	int pid_fd, pipe_fd;
	int64_t next_beat_ms, deadline_ms;
	char line[SOLVER_LINE_CAP], latest[SOLVER_LINE_CAP];
	size_t len;
	bool overlong, fresh;
	struct arena *scratch;
};

static void set_limit(pid_t pid, __rlimit_resource_t what, int64_t value)
{
	struct rlimit limit = {(rlim_t)value, (rlim_t)value};

	prlimit(pid, what, &limit, NULL);
}

/* Set from outside, right after the start: what the child starts inherits them. */
static void set_limits(pid_t pid, const struct solver_limits *l)
{
	set_limit(pid, RLIMIT_CORE, 0);
	set_limit(pid, RLIMIT_CPU, l->cpu_seconds);
/* The shadow of a sanitizer alone is terabytes. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	set_limit(pid, RLIMIT_AS, l->memory_mb << 20);
#endif
}

/* Nothing of the service is inherited: no descriptor, no blocked signal. */
static int spawn(const struct solver_task *t, int pipe_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_addchdir_np(&files, t->folder);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(
	    &files, 2, SOLVER_STDERR, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&files, pipe_fd, SOLVER_PROGRESS_FD);
	posix_spawn_file_actions_addclosefrom_np(
	    &files, SOLVER_PROGRESS_FD + 1);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
					    POSIX_SPAWN_SETSIGMASK |
					    POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	error = posix_spawn(ret_pid, t->program, &files, &attr,
	    (char *const *)(uintptr_t)t->argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return error;
}

/* A line counts when it is JSON: it goes into the database as it is. */
static void end_line(struct watch *w)
{
	struct jscan_fault fault;

	if (!w->overlong &&
	    jscan(w->line, w->len, NULL, w->scratch, &fault) == JSCAN_OK) {
		memcpy(w->latest, w->line, w->len);
		w->latest[w->len] = '\0';
		w->fresh = true;
	}
	arena_reset(w->scratch);
	w->len = 0;
	w->overlong = false;
}

static void read_progress(struct watch *w)
{
	char block[4096];
	ssize_t n = read(w->pipe_fd, block, sizeof(block));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		close(w->pipe_fd);
		w->pipe_fd = -1; /* poll passes over it */
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		if (block[i] == '\n')
			end_line(w);
		else if (w->len + 1 < sizeof(w->line))
			w->line[w->len++] = block[i];
		else
			w->overlong = true;
}

/* True when the child has to go; *end says why. */
static bool is_over(struct watch *w, enum solver_end *end)
{
	int64_t now = monotonic_ms();

	if (now >= w->deadline_ms) {
		*end = SOLVER_LATE;
		return true;
	}
	if (now < w->next_beat_ms)
		return false;
	w->next_beat_ms = now + BEAT_MS;
	*end = SOLVER_KILLED;
	if (w->t->beat(w->t->cookie, w->fresh ? w->latest : NULL) ==
	    SOLVER_KILL)
		return true;
	w->fresh = false;
	return false;
}

/* Until the child ends by itself (false) or has to go (true). */
static bool watch_child(struct watch *w, enum solver_end *end)
{
	struct pollfd fd[] = {
	    {.fd = w->pid_fd, .events = POLLIN},
	    {.fd = w->t->stop_fd, .events = POLLIN},
	    {.fd = w->pipe_fd, .events = POLLIN},
	};

	for (;;) {
		int64_t wait = w->next_beat_ms - monotonic_ms();

		fd[2].fd = w->pipe_fd;
		fd[0].revents = fd[1].revents = fd[2].revents = 0;
		poll(fd, 3, wait < 0 ? 0 : (int)wait);
		if (fd[2].revents != 0)
			read_progress(w);
		if (fd[0].revents != 0)
			return false;
		if (fd[1].revents != 0) {
			*end = SOLVER_STOPPED;
			return true;
		}
		if (is_over(w, end))
			return true;
	}
}

static void reap(
    struct watch *w, bool killed, enum solver_end *end, int *status)
{
	int how = 0;

	/* The leader may be gone while one of its own children is not. */
	kill(-w->pid, SIGKILL);
	while (waitpid(w->pid, &how, 0) < 0 && errno == EINTR)
		;
	*status = WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how);
	if (!killed)
		*end = WIFSIGNALED(how) ? SOLVER_SIGNALED : SOLVER_EXITED;
}

enum err_code solver_run(const struct solver_task *t, enum solver_end *ret_end,
    int *ret_status, struct err *e)
{
	struct watch w = {.t = t, .pid = -1, .pid_fd = -1};
	enum solver_end end = SOLVER_EXITED;
	int pipe_fd[2], status = 0, error;
	bool killed = false;

	w.scratch = arena_new(SCRATCH_CAP);
	if (w.scratch == NULL)
		return ERR_SET(e, NOMEM, "no memory to watch the solver");
	if (pipe2(pipe_fd, O_CLOEXEC) != 0) {
		arena_free(w.scratch);
		return ERR_SET(e, IO, "cannot make a pipe for the solver");
	}
	error = spawn(t, pipe_fd[1], &w.pid);
	close(pipe_fd[1]);
	w.pipe_fd = pipe_fd[0];
	if (error == 0) {
		set_limits(w.pid, &t->limits);
		w.pid_fd = pidfd_open(w.pid, 0);
		w.next_beat_ms = monotonic_ms() + BEAT_MS;
		w.deadline_ms =
		    monotonic_ms() +
		    (t->limits.wall_seconds + SOLVER_GRACE_S) * INT64_C(1000);
		/* Without a descriptor its end cannot be watched for. */
		killed = w.pid_fd < 0 || watch_child(&w, &end);
		reap(&w, killed, &end, &status);
	}
	if (w.pid_fd >= 0)
		close(w.pid_fd);
	if (w.pipe_fd >= 0)
		close(w.pipe_fd);
	arena_free(w.scratch);
	if (error != 0)
		return ERR_SET(e, IO, "cannot start the solver's process");
	if (end == SOLVER_EXITED && killed)
		return ERR_SET(e, IO, "cannot watch the solver's process");
	*ret_end = end;
	*ret_status = status;
	return ERR_OK;
}
