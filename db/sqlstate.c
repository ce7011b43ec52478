/*
 * From SQLSTATE and constraint to the error that a client sees. The words of the
 * server may hold other people's data; only these tables speak to the client.
 */
#include <stdio.h>

#include "base/log.h"
#include "db/pq.h"

struct meaning {
	const char *key; /* a constraint, or the beginning of a SQLSTATE */
	enum err_code code;
	const char *detail;
};

static const struct meaning CONSTRAINTS[] = {
    {"enrollment_used_check", ERR_CAPACITY,
	"every place of this mentor is taken, or capacity is below used"},
    {"member_mentor_used_check", ERR_CAPACITY,
	"the mentor has no place left over all programs, or mentor_capacity "
	"is below mentor_used"},
    {"office_hours_slot_used_check", ERR_CAPACITY,
	"every seat is taken, or more are taken than there would be"},
    {"booking_position_check", ERR_CAPACITY, "the waiting list is full"},
    {"commitment_during_excl", ERR_DOUBLE_BOOKED,
	"somebody concerned is already booked at that time"},
    {"member_external_id_key", ERR_CONFLICT,
	"external_id is taken by another member"},
    {"community_slug_key", ERR_CONFLICT, "slug is taken by another community"},
    {"enrollment_pkey", ERR_CONFLICT,
	"the member is already enrolled in this role"},
    {"mentor_request_one_live", ERR_CONFLICT,
	"the member already has a live mentor request in this program"},
    {"matching_round_one_live", ERR_CONFLICT,
	"a matching round of this program is queued or running"},
    {"pairing_one_active", ERR_CONFLICT,
	"the newcomer already has as many active pairings in this program as "
	"its policy gives"},
    {"pairing_active_pair", ERR_CONFLICT,
	"the two already have an active pairing in this program"},
    {"pairing_proposal_key", ERR_STATE, "the proposal was already confirmed"},
    {"cohort_member_pkey", ERR_CONFLICT, "the member is in the cohort already"},
    {"booking_one_live", ERR_CONFLICT,
	"the member already booked this slot, or waits for it"},
    {"meeting_one_live", ERR_CONFLICT, "the pairing has its first meeting"},
    {"office_hours_slot_start_key", ERR_CONFLICT,
	"these office hours already have a slot at that time"},
    {"identity_subject_key", ERR_CONFLICT,
	"the subject of this issuer is somebody already"},
    {"journey_one_active", ERR_CONFLICT,
	"a journey from this template is under way already"},
    {"job_one_live", ERR_CONFLICT, "a job for this is queued or running"},
    {"policy_pkey", ERR_DB_RETRY, "another policy was stored at the same time"},
};

static const struct meaning STATES[] = {
    {"40001", ERR_DB_RETRY, "the change met another one; try again"},
    {"40P01", ERR_DB_RETRY, "the change met another one; try again"},
    {"55P03", ERR_DB_RETRY, "another change of the same thing takes long"},
    {"57014", ERR_TIMEOUT, "the database did not answer in time"},
    {"23505", ERR_CONFLICT, "it already exists"},
    {"23P01", ERR_DOUBLE_BOOKED, "it overlaps with something that exists"},
    {"23514", ERR_VALIDATION, "a value is outside of its bounds"},
    {"23503", ERR_VALIDATION, "it refers to something that does not exist"},
    {"42501", ERR_FORBIDDEN, "this token may not do this"},
    {"23001", ERR_STATE, "what was written once stays as it is"},
    {"22", ERR_FIELD, "a value has a form that cannot be stored"},
    {"53", ERR_DB_DOWN, "the database is short of resources"},
};

/* After these nothing can be said over this connection any more: it is broken, on a
 * standby, or its prepared statements are not what we think. */
static const char *const LOST[] = {
    "08", "57P", "25006", "25P03", "26000", "42P05", "0A000"};

static const struct meaning *find(
    const struct meaning *table, size_t n, const char *key, bool whole)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(table[i].key);

		if (strncmp(table[i].key, key, len) == 0 &&
		    (!whole || key[len] == '\0'))
			return &table[i];
	}
	return NULL;
}

static bool is_lost(const struct db *db, const char *state)
{
	if (db->conn == NULL || PQstatus(db->conn) != CONNECTION_OK)
		return true;
	for (size_t i = 0; i < sizeof(LOST) / sizeof(LOST[0]); i++)
		if (strncmp(LOST[i], state, strlen(LOST[i])) == 0)
			return true;
	return false;
}

enum err_code pq_failed(struct db *db, const PGresult *res, struct err *e)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *constraint =
	    PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
	const struct meaning *m = NULL;

	if (state == NULL)
		state = ""; /* a broken connection has none */
	snprintf(db->message, sizeof(db->message), "%s %s", state,
	    res != NULL ? PQresultErrorMessage(res) : PQerrorMessage(db->conn));
	/* A write in a read-only transaction is our fault, not a standby's. */
	if (db->in_tx && db->mode == DB_READ && strcmp(state, "25006") == 0)
		return ERR_SET(e, BUG, "a change in a read-only request");
	if (is_lost(db, state)) {
		db->worth_again = !db->committing;
		pq_drop(db);
		return ERR_SET(e, DB_DOWN, "the database went away");
	}
	db->worth_again =
	    strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0;
	if (constraint != NULL)
		m = find(CONSTRAINTS,
		    sizeof(CONSTRAINTS) / sizeof(CONSTRAINTS[0]), constraint,
		    true);
	if (m == NULL)
		m = find(
		    STATES, sizeof(STATES) / sizeof(STATES[0]), state, false);
	/* A check is missing in front of the second wall: our fault, though the
	 * client hears of it as of any other refusal. */
	if (strcmp(state, "42501") == 0)
		LOG(LOG_ERROR, "refused by the second wall",
		    LOG_TEXT("what", res != NULL ? PQresultErrorField(res,
						       PG_DIAG_MESSAGE_PRIMARY)
						 : ""));
	if (m == NULL)
		return ERR_SET(e, BUG, "the database refused a statement");
	return err_set(e, m->code, __FILE__, __LINE__, "%s", m->detail);
}
