/* A solve in a child process: see child.h. Texts come back through memory files,
 * the error through a shared page, progress through a pipe of fixed records, each
 * smaller than PIPE_BUF and so written whole. */
#include "api/child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/jwrite.h"

enum {
	PROGRESS_EVERY_MS = 100,
	PHASE_SIZE = 16,
	LINE_CAP = 1024,
};

struct record {
	char phase[PHASE_SIZE];
	uint64_t done, total;
	int64_t best_objective, bound;
};

struct channel {
	int read_end, write_end;
	int output[CHILD_MAX_OUTPUTS];
	struct err *err; /* shared with the child */
};

/* The child's side of progress. */
struct sender {
	int fd;
	int64_t last_ms;
	int64_t finish_ms; /* progress answers true from here on */
	const char *last_phase;
};

static bool send_progress(void *cookie, const struct match_progress *p)
{
	struct sender *s = cookie;
	struct record r = {.done = p->done,
	    .total = p->total,
	    .best_objective = p->best_objective,
	    .bound = p->bound};
	int64_t now = monotonic_ms();

	if (now >= s->finish_ms)
		return true;
	if (s->last_phase == p->phase && now - s->last_ms < PROGRESS_EVERY_MS)
		return false;
	s->last_phase = p->phase;
	s->last_ms = now;
	snprintf(r.phase, sizeof(r.phase), "%s", p->phase);
	return write(s->fd, &r, sizeof(r)) != (ssize_t)sizeof(r);
}

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
	return true;
}

static void limit(const struct child_task *t)
{
	rlim_t seconds = (rlim_t)t->time_limit * t->threads;
	struct rlimit cpu = {seconds + 1, seconds + 2};
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &none);
/* The shadow of a sanitizer alone is terabytes. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	struct rlimit memory = {t->memory, t->memory};

	setrlimit(RLIMIT_AS, &memory);
#endif
}

/* When work that finishes is told to: early enough to write down what it has. */
static int64_t finish_time(const struct child_task *t)
{
	int64_t limit = t->time_limit * INT64_C(1000);

	return t->finishes ? monotonic_ms() + limit - limit / 20 - 300
			   : INT64_MAX;
}

static _Noreturn void be_child(
    const struct child_task *t, struct channel *ch, pid_t parent)
{
	struct sender sender = {
	    .fd = ch->write_end, .finish_ms = finish_time(t)};
	struct match_options options = {.seed = t->seed,
	    .threads = t->threads,
	    .progress = send_progress,
	    .cookie = &sender};
	struct str out[CHILD_MAX_OUTPUTS];
	enum err_code code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	close(ch->read_end);
	limit(t);
	for (unsigned i = 0; i < t->n_outputs; i++)
		str_init(&out[i], CHILD_OUTPUT_CAP);
	code = t->work(t->job, &options, out, ch->err);
	for (unsigned i = 0; i < t->n_outputs && code == ERR_OK; i++) {
		if (out[i].failed)
			code = ERR_SET(
			    ch->err, NOMEM, "the plan needs too much memory");
		else if (!write_all(ch->output[i], out[i].data, out[i].len))
			code = ERR_SET(ch->err, IO, "cannot keep the plan");
	}
	_exit(code == ERR_OK ? 0 : 1);
}

static void tell_machine(int fd, const struct record *r)
{
	struct str line;
	struct jwrite w;

	str_init(&line, LINE_CAP);
	jwrite_init(&w, &line, false);
	jwrite_object(&w);
	jwrite_key_text(&w, "phase", r->phase);
	jwrite_key_int(&w, "done", (int64_t)r->done);
	jwrite_key_int(&w, "total", (int64_t)r->total);
	jwrite_key_int(&w, "best_objective", r->best_objective);
	jwrite_key_int(&w, "bound", r->bound);
	jwrite_object_end(&w);
	str_putc(&line, '\n');
	if (!line.failed)
		(void)write_all(fd, line.data, line.len);
	str_free(&line);
}

static void tell_people(const struct record *r)
{
	fprintf(stderr, "\r\033[K%s", r->phase);
	if (r->total > 0)
		fprintf(stderr, " %" PRIu64 " of %" PRIu64, r->done, r->total);
	(void)fflush(stderr);
}

/* Relay progress until the child closes its end or the time is over. */
static bool relay(const struct child_task *t, int fd)
{
	int64_t end = monotonic_ms() + (int64_t)t->time_limit * 1000;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct record r;

	for (;;) {
		int64_t left = end - monotonic_ms();
		int ready;

		if (left <= 0)
			return false;
		ready = poll(&p, 1, left > 1000 ? 1000 : (int)left);
		if (ready <= 0)
			continue;
		if (read(fd, &r, sizeof(r)) != (ssize_t)sizeof(r))
			return true;
		r.phase[PHASE_SIZE - 1] = '\0';
		if (t->progress_fd >= 0)
			tell_machine(t->progress_fd, &r);
		if (t->terminal)
			tell_people(&r);
	}
}

static bool collect(int fd, struct str *out)
{
	char block[1 << 16];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) != 0)
		return false;
	while ((n = read(fd, block, sizeof(block))) > 0)
		str_put(out, block, (size_t)n);
	return n == 0 && !out->failed;
}

static enum err_code judge(const struct child_task *t, const struct channel *ch,
    bool in_time, int status, struct str *out, struct err *e)
{
	if (!in_time || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
		return ERR_SET(
		    e, TIMEOUT, "no plan within %u seconds", t->time_limit);
	if (WIFSIGNALED(status))
		return ERR_SET(e, SOLVER,
		    "the solver's process ended with signal %d",
		    WTERMSIG(status));
	if (ch->err->code != ERR_OK) {
		*e = *ch->err;
		return e->code;
	}
	if (WEXITSTATUS(status) != 0)
		return ERR_SET(e, SOLVER,
		    "the solver's process ended with status %d",
		    WEXITSTATUS(status));
	for (unsigned i = 0; i < t->n_outputs; i++)
		if (!collect(ch->output[i], &out[i]))
			return ERR_SET(e, IO, "cannot read the plan back");
	return ERR_OK;
}

static bool channel_open(struct channel *ch, unsigned n_outputs)
{
	int end[2];
	void *page = mmap(NULL, sizeof(struct err), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*ch = (struct channel){-1, -1, {-1, -1}, NULL};
	if (page == MAP_FAILED)
		return false;
	ch->err = page;
	if (pipe2(end, O_CLOEXEC) != 0)
		return false;
	ch->read_end = end[0];
	ch->write_end = end[1];
	for (unsigned i = 0; i < n_outputs; i++) {
		ch->output[i] = memfd_create("cairn-plan", MFD_CLOEXEC);
		if (ch->output[i] < 0)
			return false;
	}
	return true;
}

static void channel_close(struct channel *ch)
{
	int fd[] = {ch->read_end, ch->write_end, ch->output[0], ch->output[1]};

	for (size_t i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		if (fd[i] >= 0)
			close(fd[i]);
	if (ch->err != NULL)
		munmap(ch->err, sizeof(*ch->err));
}

enum err_code child_run(
    const struct child_task *t, struct str *out, struct err *e)
{
	struct channel ch;
	pid_t parent = getpid(), child = -1;
	enum err_code code;
	bool in_time;
	int status = 0;

	(void)fflush(NULL);
	if (channel_open(&ch, t->n_outputs))
		child = fork();
	if (child == 0)
		be_child(t, &ch, parent);
	if (child < 0) {
		code = ERR_SET(e, IO, "cannot start the solver's process");
	} else {
		close(ch.write_end);
		ch.write_end = -1;
		in_time = relay(t, ch.read_end);
		if (!in_time)
			kill(child, SIGKILL);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		if (t->terminal)
			fputs("\r\033[K", stderr);
		code = judge(t, &ch, in_time, status, out, e);
	}
	channel_close(&ch);
	return code;
}
