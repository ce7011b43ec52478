/*
 * What became of a COMMIT that got no clear answer: the connection broke, nothing was
 * heard in time, or the server warned that it stopped to wait for its standby. The
 * server knows: pg_xact_status says of a transaction id whether it was made, was not,
 * or is still under way (an old backend may finish it long after we lost it).
 *
 * Two traps. "Made" here may not be safe yet, when the wait for the standby was cut
 * short: a change of our own that commits without a warning proves that the standby
 * has both. And ids mean something on one timeline only: after a standby took over,
 * the same id may be somebody else's. Then only an idempotency key can tell, by
 * running the transaction again.
 */
#include <poll.h>
#include <time.h>

#include "base/instant.h"
#include "db/pq.h"

enum {
	AGAIN_MS = 50
};

static const char STATUS[] = "SELECT coalesce(pg_catalog.pg_xact_status("
			     "$1::pg_catalog.xid8), ''), " PQ_TIMELINE;
static const char FENCE[] =
    "SELECT pg_catalog.pg_logical_emit_message(true, 'cairn', $1)";

/* Until something can be read; false when the time is over. */
static bool wait_input(PGconn *conn, int64_t deadline_ms)
{
	struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};

	while (PQisBusy(conn)) {
		int64_t left = deadline_ms - monotonic_ms();

		if (left <= 0)
			return false;
		if (poll(&fd, 1, (int)left) > 0 && PQconsumeInput(conn) != 1)
			return true; /* broken: PQgetResult says so */
	}
	return true;
}

PGresult *pq_wait(struct db *db, int64_t deadline_ms)
{
	PGresult *res = NULL, *more;

	do {
		if (!wait_input(db->conn, deadline_ms)) {
			PQclear(res);
			pq_drop(db);
			return NULL;
		}
		more = PQgetResult(db->conn);
		if (more != NULL) {
			PQclear(res);
			res = more;
		}
	} while (more != NULL);
	return res;
}

/* One row of a statement with one parameter, or NULL. */
static PGresult *ask(
    struct db *db, const char *sql, const char *value, int64_t deadline_ms)
{
	PGresult *res = NULL;
	struct err e = {0};

	if (pq_ready(db, &e) == ERR_OK && PQsendQueryParams(db->conn, sql, 1,
					      NULL, &value, NULL, NULL, 0) == 1)
		res = pq_wait(db, deadline_ms);
	if (PQresultStatus(res) == PGRES_TUPLES_OK)
		return res;
	PQclear(res);
	pq_drop(db);
	return NULL;
}

enum answer {
	NONE, /* ask again */
	PENDING,
	MADE,
	NOT_MADE,
	ELSEWHERE /* another timeline: its ids are not ours */
};

static enum answer status(
    struct db *db, const char *timeline, int64_t deadline_ms)
{
	PGresult *res = ask(db, STATUS, db->xid, deadline_ms);
	const char *says = res != NULL ? PQgetvalue(res, 0, 0) : "";
	const char *where = res != NULL ? PQgetvalue(res, 0, 1) : "";
	enum answer answer = NONE;

	if (where[0] != '\0' && strcmp(where, timeline) != 0)
		answer = ELSEWHERE;
	else if (strcmp(says, "committed") == 0)
		answer = MADE;
	else if (strcmp(says, "aborted") == 0)
		answer = NOT_MADE;
	else if (strcmp(says, "in progress") == 0)
		answer = PENDING;
	if (where[0] == '\0') /* a standby: look for the primary */
		pq_drop(db);
	PQclear(res);
	return answer;
}

/* True once the standby surely has what was made before. */
static bool is_safe(struct db *db, int64_t deadline_ms)
{
	PGresult *res;

	db->warned = false;
	res = ask(db, FENCE, "", deadline_ms);
	PQclear(res);
	return res != NULL && !db->warned;
}

static void pause_ms(long ms)
{
	struct timespec t = {.tv_nsec = ms * 1000000L};

	nanosleep(&t, NULL);
}

enum err_code pq_settle(struct db *db, struct err *e)
{
	int64_t deadline_ms = monotonic_ms() + db->settle_ms;
	char timeline[PQ_TIMELINE_SIZE];
	bool again = db->xid[0] == '\0'; /* nothing was changed */

	memcpy(timeline, db->timeline, sizeof(timeline));
	while (!again && monotonic_ms() < deadline_ms) {
		enum answer answer = status(db, timeline, deadline_ms);

		if (answer == MADE && is_safe(db, deadline_ms)) {
			err_clear(e);
			return ERR_OK;
		}
		again =
		    answer == NOT_MADE || (answer == ELSEWHERE && db->keyed);
		if (answer == ELSEWHERE)
			break;
		if (!again)
			pause_ms(AGAIN_MS);
	}
	db->worth_again = again;
	if (again)
		return ERR_SET(e, DB_DOWN,
		    "the database went away before the change was made");
	return ERR_SET(e, OUTCOME_UNKNOWN,
	    "the database went away during the commit; the same request with "
	    "the same key tells what happened");
}
