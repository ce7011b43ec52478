/*
 * The folder of a job: see job.h. Invariant: nothing outside of it is read or written
 * through these functions; names are ours, and links are not followed.
 */
#include "api/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define PREFIX "cairn-job-"

enum {
	MAKE_TRIES = 8
};

void job_arg(struct job_run *j, const char *text)
{
	if (j->n_args + 1 < JOB_MAX_ARGS)
		j->arg[j->n_args++] = text;
}

static int open_in(const struct job_run *j, const char *name, int flags)
{
	int dir = open(j->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	if (dir < 0)
		return -1;
	fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	close(dir);
	return fd;
}

enum err_code job_write(struct job_run *j, const char *name, const char *data,
    size_t n, struct err *e)
{
	int fd = open_in(j, name, O_WRONLY | O_CREAT | O_EXCL);
	ssize_t done = 0;

	for (; fd >= 0 && n > 0; data += done, n -= (size_t)done) {
		done = write(fd, data, n);
		if (done < 0 && errno == EINTR)
			done = 0;
		if (done < 0)
			break;
	}
	if (fd < 0 || close(fd) != 0 || n > 0)
		return ERR_SET(e, IO, "cannot write the solver's input");
	return ERR_OK;
}

enum err_code job_read(struct job_run *j, const char *name, size_t cap,
    const char **ret_text, size_t *ret_n, struct err *e)
{
	int fd = open_in(j, name, O_RDONLY);
	struct stat st;
	char *text = NULL;
	size_t n = 0;
	ssize_t got = 1;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size >= 0 &&
	    (size_t)st.st_size <= cap)
		text = arena_alloc(j->call.arena, (size_t)st.st_size + 1);
	while (text != NULL && got > 0 && n < (size_t)st.st_size) {
		got = read(fd, text + n, (size_t)st.st_size - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		close(fd);
	if (text == NULL || n != (size_t)st.st_size)
		return ERR_SET(e, IO, "the solver left no usable %s", name);
	*ret_text = text;
	*ret_n = n;
	return ERR_OK;
}

static const char *temporary(void)
{
	const char *base = secure_getenv("TMPDIR");

	return base != NULL && base[0] == '/' ? base : "/tmp";
}

/* Lock the folder that is open: whoever has the lock may remove it. It goes with its
 * process. False when somebody else has it, or had it and removed the folder. */
static bool lock_folder(int fd)
{
	struct stat st;

	return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
	       st.st_nlink > 0;
}

static int open_folder(int base, const char *name)
{
	return openat(
	    base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

enum err_code job_folder_make(struct job_run *j, struct err *e)
{
	/* Between the making and the lock a sweeper may take it: another one then. */
	for (int i = 0; i < MAKE_TRIES; i++) {
		char *path = arena_printf(
		    j->call.arena, "%s/" PREFIX "XXXXXX", temporary());
		int fd;

		if (path == NULL || mkdtemp(path) == NULL)
			break;
		fd = open_folder(AT_FDCWD, path);
		if (fd >= 0 && lock_folder(fd)) {
			j->folder = path;
			j->folder_lock = fd;
			return ERR_OK;
		}
		if (fd >= 0)
			close(fd);
	}
	return ERR_SET(e, IO, "cannot make a folder for the solver");
}

/* NULL at the end, and without a folder. */
static const char *next_name(DIR *dir)
{
	/* The stream is the caller's alone. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	struct dirent *entry = dir != NULL ? readdir(dir) : NULL;

	return entry != NULL ? entry->d_name : NULL;
}

/* It is flat: the child is given file names only. Takes the descriptor. */
static void empty_folder(int fd)
{
	DIR *dir = fdopendir(fd);
	const char *name;

	while ((name = next_name(dir)) != NULL)
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			unlinkat(dirfd(dir), name, 0);
	if (dir != NULL)
		closedir(dir);
	else
		close(fd);
}

void job_folder_remove(struct job_run *j)
{
	int fd = j->folder != NULL ? open_folder(AT_FDCWD, j->folder) : -1;

	if (fd >= 0)
		empty_folder(fd);
	if (j->folder != NULL && rmdir(j->folder) != 0)
		LOG(LOG_WARN, "job folder left behind",
		    LOG_TEXT("path", j->folder));
	if (j->folder != NULL)
		close(j->folder_lock);
	j->folder = NULL;
}

/* Ours by its name, its owner and its mode. */
static bool is_ours(const char *name, int fd)
{
	static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *rest = name + sizeof(PREFIX) - 1;
	struct stat st;

	return strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0 &&
	       strlen(rest) == 6 && strspn(rest, LETTERS) == 6 &&
	       fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	       (st.st_mode & 07777) == 0700;
}

static void sweep(int base, const char *name)
{
	int fd = open_folder(base, name), again;

	if (fd >= 0 && is_ours(name, fd) && lock_folder(fd)) {
		again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (again >= 0)
			empty_folder(again);
		if (unlinkat(base, name, AT_REMOVEDIR) == 0)
			LOG(LOG_INFO, "job folder of a dead worker removed",
			    LOG_TEXT("name", name));
	}
	if (fd >= 0)
		close(fd); /* with the lock */
}

void job_folders_sweep(void)
{
	DIR *base = opendir(temporary());
	const char *name;

	while ((name = next_name(base)) != NULL)
		if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0)
			sweep(dirfd(base), name);
	if (base != NULL)
		closedir(base);
}
