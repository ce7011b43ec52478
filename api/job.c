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
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

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

enum err_code job_folder_make(struct job_run *j, struct err *e)
{
	const char *base = getenv("TMPDIR");
	char *path = arena_printf(j->call.arena, "%s/cairn-job-XXXXXX",
	    base != NULL && base[0] == '/' ? base : "/tmp");

	if (path == NULL || mkdtemp(path) == NULL)
		return ERR_SET(e, IO, "cannot make a folder for the solver");
	j->folder = path;
	return ERR_OK;
}

/* It is flat: the child is given file names only. */
void job_folder_remove(struct job_run *j)
{
	DIR *dir = j->folder != NULL ? opendir(j->folder) : NULL;
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	if (j->folder != NULL && rmdir(j->folder) != 0)
		LOG(LOG_WARN, "job folder left behind",
		    LOG_TEXT("path", j->folder));
	j->folder = NULL;
}
