/* The reading child: see reader.h. Both texts go through memory files, so that neither
 * side ever waits for the other. */
#include "api/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/instant.h"

static bool write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		n -= (size_t)done;
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

static int spawn(const char *const *argv, int in, int out, pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	char *environment[] = {NULL};
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&files, in, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
					    POSIX_SPAWN_SETSIGMASK |
					    POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	error = posix_spawn(ret_pid, "/proc/self/exe", &files, &attr,
	    (char *const *)(uintptr_t)argv, environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return error;
}

static void set_limit(pid_t pid, __rlimit_resource_t what, rlim_t value)
{
	struct rlimit limit = {value, value};

	prlimit(pid, what, &limit, NULL);
}

static void set_limits(pid_t pid)
{
	set_limit(pid, RLIMIT_CORE, 0);
	set_limit(pid, RLIMIT_CPU, READER_CPU_SECONDS);
	set_limit(pid, RLIMIT_FSIZE, (rlim_t)READER_ANSWER_MB << 20);
/* The shadow of a sanitizer alone is terabytes. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	set_limit(pid, RLIMIT_AS, (rlim_t)READER_MEMORY_MB << 20);
#endif
}

/* Wait for its end, or make one. */
static int reap(pid_t pid)
{
	int64_t end = monotonic_ms() + READER_WALL_SECONDS * INT64_C(1000);
	struct pollfd p = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	int how = 0;

	while (p.fd >= 0 && p.revents == 0) {
		int64_t left = end - monotonic_ms();

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			break;
	}
	if (p.fd >= 0)
		close(p.fd);
	kill(-pid, SIGKILL);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		;
	return how;
}

static bool collect(int fd, struct str *out)
{
	char block[1 << 14];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) != 0)
		return false;
	while ((n = read(fd, block, sizeof(block))) > 0)
		str_put(out, block, (size_t)n);
	return n == 0 && !out->failed;
}

enum err_code reader_run(const char *const *argv, const char *text, size_t n,
    struct str *out, int *ret_status, struct err *e)
{
	int in = memfd_create("cairn-in", MFD_CLOEXEC);
	int answer = memfd_create("cairn-out", MFD_CLOEXEC);
	enum err_code code = ERR_OK;
	pid_t pid = -1;
	int how = 0;

	if (in < 0 || answer < 0 || !write_all(in, text, n) ||
	    spawn(argv, in, answer, &pid) != 0) {
		code = ERR_SET(e, IO, "cannot start a process to read it");
	} else {
		set_limits(pid);
		how = reap(pid);
		if (WIFSIGNALED(how))
			code = ERR_SET(e, VALIDATION,
			    "it takes too much time or memory to read");
		else if (!collect(answer, out))
			code = ERR_SET(e, NOMEM, "no memory for the answer");
	}
	if (in >= 0)
		close(in);
	if (answer >= 0)
		close(answer);
	*ret_status = WEXITSTATUS(how);
	return code;
}
