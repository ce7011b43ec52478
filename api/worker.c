/*
 * The job worker: see worker.h. Invariants: results are written only in a
 * transaction whose last statement is db_job_finish with our epoch; a job whose
 * lease was lost is left alone; a database that is away loses us the lease, never
 * the job.
 */
#include "api/worker.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "api/intake_job.h"
#include "api/pause.h"
#include "api/round_job.h"
#include "api/solver.h"
#include "api/trial_job.h"
#include "api/upkeep.h"
#include "base/instant.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/wall.h"

enum {
	IDLE_MIN_MS = 100,
	IDLE_MAX_MS = 1000,
	STDERR_CAP = 4096,
	ERROR_SIZE = 512,
	STATEMENT_TIMEOUT_MS = 20000, /* below the lease */
	CLAIM_ARENA_CAP = 1 << 20,
};

static const struct job_kind *const JOB_KINDS[] = {
    &ROUND_JOB, &INTAKE_JOB, &TRIAL_JOB};

struct worker {
	struct worker_options o;
	struct db *db;
	int stop_fd;
	pthread_t thread;
};

/* ---- the steps of one job ---- */

/* A transaction of the kind, and the job's own row with it. */
struct step {
	struct job_run *j;
	enum err_code (*work)(struct job_run *j, struct err *e);
	const struct job_kind *kind;
	const char *state, *error; /* of the job afterwards; NULL: goes on */
};

static enum err_code run_step(struct db *db, void *cookie, struct err *e)
{
	struct step *s = cookie;
	enum err_code code;

	if (s->work != NULL)
		code = s->work(s->j, e);
	else
		code = s->kind->stop(s->j, s->state, s->error, e);
	if (code == ERR_OK && s->state != NULL)
		code = db_job_finish(db, &s->j->job, s->state, s->error, e);
	return code;
}

struct beat {
	struct job_run *j;
	struct arena *arena;
	bool cancelled, lost;
};

/* A database that does not answer costs a beat, not the job: the lease tells. */
static enum solver_verdict on_beat(void *cookie, const char *progress)
{
	struct beat *b = cookie;
	struct err e;
	enum err_code code;

	err_clear(&e);
	code = db_job_beat(b->j->call.db, b->arena, &b->j->job,
	    b->j->conf->job_lease_seconds, progress, &b->cancelled, &e);
	arena_reset(b->arena);
	b->lost = code == ERR_STALE;
	return b->lost || b->cancelled ? SOLVER_KILL : SOLVER_GO_ON;
}

/* What the child said last, in one line for the coordinator. */
static void explain_exit(struct job_run *j, int status, char *out, size_t size)
{
	const char *text = "";
	size_t n = 0;
	struct err ignored;
	const char *line;

	err_clear(&ignored);
	if (job_read(j, SOLVER_STDERR, STDERR_CAP, &text, &n, &ignored) !=
	    ERR_OK)
		n = 0;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	line = n > 0 ? memrchr(text, '\n', n) : NULL;
	line = line != NULL ? line + 1 : text;
	if (n == 0)
		snprintf(out, size, "the solver ended with status %d", status);
	else
		snprintf(out, size, "the solver ended with status %d: %.*s",
		    status, (int)(text + n - line), line);
}

enum outcome {
	SOLVED,
	CANCELLED,
	FAILED,
	LEFT /* lost, or the worker stops: not ours to end */
};

static enum outcome solve(struct worker *w, struct job_run *j, char *error)
{
	const struct conf *conf = j->conf;
	struct beat beat = {.j = j, .arena = arena_new(CLAIM_ARENA_CAP)};
	struct solver_task task = {
	    .program = w->o.program != NULL ? w->o.program : "/proc/self/exe",
	    .folder = j->folder,
	    .argv = j->arg,
	    .limits = {conf->solver_memory_mb, conf->solver_cpu_seconds,
		conf->solver_time_limit_seconds},
	    .stop_fd = w->stop_fd,
	    .beat = on_beat,
	    .cookie = &beat};
	enum solver_end end = SOLVER_EXITED;
	struct err e;
	int status = 0;
	enum outcome outcome = FAILED;

	err_clear(&e);
	if (beat.arena == NULL ||
	    solver_run(&task, &end, &status, &e) != ERR_OK) {
		snprintf(error, ERROR_SIZE, "%s", e.detail);
		arena_free(beat.arena);
		return FAILED;
	}
	arena_free(beat.arena);
	switch (end) {
	case SOLVER_EXITED:
		if (status == 0)
			outcome = SOLVED;
		else
			explain_exit(j, status, error, ERROR_SIZE);
		break;
	case SOLVER_SIGNALED:
		snprintf(error, ERROR_SIZE,
		    "the solver's process was ended by signal %d", status);
		break;
	case SOLVER_LATE:
		snprintf(error, ERROR_SIZE,
		    "the solver found no plan in %" PRId64 " seconds",
		    conf->solver_time_limit_seconds);
		break;
	case SOLVER_KILLED:
		outcome = beat.lost ? LEFT : CANCELLED;
		break;
	case SOLVER_STOPPED:
		outcome = LEFT;
		break;
	}
	return outcome;
}

/* A failure that another try may well not meet: the job is let go and a worker,
 * perhaps this one, takes it up again. */
static bool is_passing(enum err_code code)
{
	return code == ERR_DB_DOWN || code == ERR_DB_RETRY ||
	       code == ERR_OUTCOME_UNKNOWN || code == ERR_STALE;
}

/* From the claimed job to what becomes of it; `error` says why it failed. */
static enum outcome go(struct worker *w, const struct job_kind *kind,
    struct job_run *j, char *error)
{
	struct step start = {.j = j, .work = kind->start, .kind = kind};
	struct step store = {
	    .j = j, .work = kind->store, .kind = kind, .state = "done"};
	struct beat beat = {.j = j, .arena = j->call.arena};
	enum outcome outcome;
	struct err e;
	enum err_code code;

	err_clear(&e);
	if (j->job.epoch > DB_JOB_MAX_ATTEMPTS) {
		snprintf(error, ERROR_SIZE, "given up after %d attempts",
		    DB_JOB_MAX_ATTEMPTS);
		return FAILED;
	}
	code = db_job_beat(w->db, beat.arena, &j->job,
	    j->conf->job_lease_seconds, NULL, &beat.cancelled, &e);
	if (code == ERR_OK && beat.cancelled)
		return CANCELLED;
	if (code == ERR_OK)
		code = db_tx_run(w->db, DB_WRITE, run_step, &start, &e);
	if (code == ERR_OK)
		code = job_folder_make(j, &e);
	if (code == ERR_OK)
		code = kind->prepare(j, &e);
	if (code == ERR_OK) {
		outcome = solve(w, j, error);
		if (outcome != SOLVED)
			return outcome;
		code = kind->check(j, &e);
	}
	if (code == ERR_OK)
		code = db_tx_run(w->db, DB_WRITE, run_step, &store, &e);
	if (code == ERR_OK)
		return SOLVED;
	snprintf(error, ERROR_SIZE, "%s",
	    e.detail[0] != '\0' || e.n_fields == 0 ? e.detail
						   : e.field[0].detail);
	return is_passing(code) ? LEFT : FAILED;
}

static const struct job_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(JOB_KINDS) / sizeof(JOB_KINDS[0]); i++)
		if (strcmp(JOB_KINDS[i]->name, name) == 0)
			return JOB_KINDS[i];
	return NULL;
}

static void end_job(const struct job_kind *kind, struct job_run *j,
    enum outcome outcome, const char *error)
{
	static const char *const NAME[] = {
	    [SOLVED] = "done",
	    [CANCELLED] = "cancelled",
	    [FAILED] = "failed",
	    [LEFT] = "left",
	};
	struct step stop = {.j = j,
	    .kind = kind,
	    .state = NAME[outcome],
	    .error = outcome == FAILED ? error : NULL};
	char id[ID_TEXT_SIZE];
	struct err e;

	err_clear(&e);
	id_format(&j->job.subject_id, id);
	if ((outcome == CANCELLED || outcome == FAILED) &&
	    db_tx_run(j->call.db, DB_WRITE, run_step, &stop, &e) != ERR_OK)
		LOG(LOG_ERROR, "job not ended", LOG_TEXT("subject", id),
		    LOG_TEXT("why", e.detail));
	metric_add(METRIC_jobs_total, kind->name, NAME[outcome], 1);
	LOG(outcome == FAILED ? LOG_WARN : LOG_INFO, "job",
	    LOG_TEXT("kind", kind->name), LOG_TEXT("subject", id),
	    LOG_TEXT("end", NAME[outcome]), LOG_INT("epoch", j->job.epoch),
	    LOG_TEXT("why", outcome == SOLVED ? "" : error));
}

static void run_job(struct worker *w, const struct db_job *job)
{
	const struct job_kind *kind = find_kind(job->kind);
	int64_t begin = monotonic_ms();
	char error[ERROR_SIZE] = "";
	enum outcome outcome = FAILED;
	struct job_run j = {.job = *job, .conf = w->o.conf};
	struct err e;

	if (kind == NULL) { /* of a newer release: its worker will take it */
		LOG(LOG_WARN, "unknown kind of job",
		    LOG_TEXT("kind", job->kind));
		return;
	}
	j.call = (struct call){.db = w->db,
	    .arena = arena_new(JOB_ARENA_CAP),
	    .tz = w->o.tz,
	    .who = {.community_id = job->community_id, .role = ROLE_ADMIN}};
	if (j.call.arena == NULL)
		return;
	metric_add(METRIC_jobs_running, NULL, NULL, 1);
	outcome = go(w, kind, &j, error);
	job_folder_remove(&j);
	end_job(kind, &j, outcome, error);
	err_clear(&e);
	if (db_job_release(w->db, &e) != ERR_OK) /* gone with the connection */
		LOG(LOG_DEBUG, "job not released", LOG_TEXT("why", e.detail));
	arena_free(j.call.arena);
	metric_add(METRIC_jobs_running, NULL, NULL, -1);
	metric_observe(METRIC_job_seconds, kind->name, NULL,
	    (monotonic_ms() - begin) * 1000);
}

/* ---- the thread ---- */

static void *work(void *arg)
{
	struct worker *w = arg;
	struct arena *a = arena_new(CLAIM_ARENA_CAP);
	int64_t next_upkeep_ms = 0;
	int idle = IDLE_MIN_MS;

	while (a != NULL && !pause_or_stop(w->stop_fd, idle)) {
		struct db_job job;
		bool found = false;
		struct err e;

		if (monotonic_ms() >= next_upkeep_ms) {
			next_upkeep_ms = monotonic_ms() + UPKEEP_EVERY_MS;
			upkeep_run(w->db, a, w->o.tz);
			job_folders_sweep();
		}
		err_clear(&e);
		if (db_job_claim(w->db, a, w->o.conf->job_lease_seconds, &job,
			&found, &e) != ERR_OK)
			LOG(LOG_WARN, "no jobs to be had",
			    LOG_TEXT("why", e.detail));
		else if (found)
			run_job(w, &job);
		arena_reset(a);
		idle = found ? 0 : idle * 2;
		if (idle > IDLE_MAX_MS)
			idle = IDLE_MAX_MS;
		else if (!found && idle < IDLE_MIN_MS)
			idle = IDLE_MIN_MS;
	}
	arena_free(a);
	return NULL;
}

enum err_code worker_start(
    const struct worker_options *o, struct worker **ret_worker, struct err *e)
{
	struct db_options db = {.conninfo = o->conninfo,
	    .application_name = "cairn worker",
	    .role = DB_ROLE_WORKER,
	    .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
	    .allow_unsafe = o->allow_unsafe};
	struct worker *w = calloc(1, sizeof(*w));
	enum err_code code;

	if (w == NULL)
		return ERR_SET(e, NOMEM, "no memory for the worker");
	w->o = *o;
	w->stop_fd = eventfd(0, EFD_CLOEXEC);
	code = w->stop_fd < 0 ? ERR_SET(e, IO, "no descriptor for the worker")
			      : db_open(&db, &w->db, e);
	if (code == ERR_OK && pthread_create(&w->thread, NULL, work, w) != 0)
		code = ERR_SET(e, IO, "no thread for the worker");
	if (code == ERR_OK) {
		*ret_worker = w;
		return ERR_OK;
	}
	db_close(w->db);
	if (w->stop_fd >= 0)
		close(w->stop_fd);
	free(w);
	return code;
}

void worker_stop(struct worker *w)
{
	if (w == NULL)
		return;
	eventfd_write(w->stop_fd, 1);
	pthread_join(w->thread, NULL);
	db_close(w->db);
	close(w->stop_fd);
	free(w);
}
