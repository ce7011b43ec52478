/* Upkeep: see upkeep.h. */
#include "db/upkeep.h"

static const struct db_stmt FORGET = {"upkeep_forget",
    "DELETE FROM idempotency WHERE ctid = ANY (ARRAY(SELECT ctid"
    " FROM idempotency WHERE created_at < now() - make_interval(hours => $1::int)"
    " ORDER BY created_at LIMIT 1000))"};

static const struct db_stmt FORGET_MEMBERS = {"upkeep_forget_members",
    "SELECT forget_member(community_id, id) FROM member"
    " WHERE erased_at > now() - interval '3 days'"};

/* What is counted: rows that look wrong, one of them locked, and put right by a
 * statement of its own, which sees what was committed before the lock was had. */
static const struct counter {
	struct db_stmt find, lock, fix;
} COUNTERS[] = {

#define PAIRINGS                                                           \
	"(SELECT count(*) FROM pairing p WHERE"                            \
	" p.community_id = e.community_id AND p.program_id = e.program_id" \
	" AND p.mentor_id = e.member_id AND p.state = 'active')"
#define MENTOR                                             \
	" WHERE e.community_id = $1 AND e.program_id = $2" \
	" AND e.member_id = $3 AND e.role = 'mentor'"
    {{"upkeep_mentors",
	 "SELECT e.community_id, e.program_id, e.member_id FROM enrollment e"
	 " WHERE e.role = 'mentor' AND e.used <> " PAIRINGS " LIMIT 100"},
	{"upkeep_mentor_lock",
	    "SELECT e.used FROM enrollment e" MENTOR " FOR UPDATE"},
	{"upkeep_mentor_fix", "UPDATE enrollment e SET used = " PAIRINGS MENTOR
			      " AND e.used <> " PAIRINGS}},
#define PLACES                                                     \
	"(SELECT coalesce(sum(e.used), 0) FROM enrollment e WHERE" \
	" e.community_id = m.community_id AND e.member_id = m.id"  \
	" AND e.role = 'mentor')"
#define MEMBER " WHERE m.community_id = $1 AND m.id = $2 AND m.id = $3"
    {{"upkeep_members", "SELECT m.community_id, m.id, m.id FROM member m"
			" WHERE m.mentor_used <> " PLACES " LIMIT 100"},
	{"upkeep_member_lock",
	    "SELECT m.mentor_used FROM member m" MEMBER " FOR NO KEY UPDATE"},
	{"upkeep_member_fix", "UPDATE member m SET mentor_used = " PLACES MEMBER
			      " AND m.mentor_used <> " PLACES}},
#define BOOKINGS                                                \
	"(SELECT count(*) FROM booking b WHERE"                 \
	" b.community_id = s.community_id AND b.slot_id = s.id" \
	" AND b.state = 'booked')"
#define SLOT " WHERE s.community_id = $1 AND s.id = $2 AND s.id = $3"
    {{"upkeep_slots",
	 "SELECT s.community_id, s.id, s.id FROM office_hours_slot s"
	 " WHERE s.used <> " BOOKINGS " LIMIT 100"},
	{"upkeep_slot_lock",
	    "SELECT s.used FROM office_hours_slot s" SLOT " FOR UPDATE"},
	{"upkeep_slot_fix",
	    "UPDATE office_hours_slot s SET used = " BOOKINGS SLOT
	    " AND s.used <> " BOOKINGS}},
};

enum {
	N_COUNTERS = sizeof(COUNTERS) / sizeof(COUNTERS[0])
};

const struct db_stmt *const db_upkeep_stmts[] = {&FORGET, &FORGET_MEMBERS,
    &COUNTERS[0].find, &COUNTERS[0].lock, &COUNTERS[0].fix, &COUNTERS[1].find,
    &COUNTERS[1].lock, &COUNTERS[1].fix, &COUNTERS[2].find, &COUNTERS[2].lock,
    &COUNTERS[2].fix, NULL};

enum err_code db_upkeep_forget(struct db *db, int64_t *ret_n, struct err *e)
{
	return db_exec(
	    db, &FORGET, DB_ARGS(db_int(DB_UPKEEP_KEY_HOURS)), ret_n, e);
}

enum err_code db_upkeep_forget_members(struct db *db, struct err *e)
{
	return db_exec(db, &FORGET_MEMBERS, DB_NO_ARGS, NULL, e);
}

struct suspect {
	const struct counter *counter;
	struct id key[3];
	int64_t n;
};

static enum err_code correct(struct db *db, void *cookie, struct err *e)
{
	struct suspect *s = cookie;
	struct db_args args =
	    DB_ARGS(db_id(&s->key[0]), db_id(&s->key[1]), db_id(&s->key[2]));
	enum err_code code = db_exec(db, &s->counter->lock, args, NULL, e);

	return code == ERR_OK ? db_exec(db, &s->counter->fix, args, &s->n, e)
			      : code;
}

enum err_code db_upkeep_recount(
    struct db *db, struct arena *a, int64_t *ret_n, struct err *e)
{
	enum err_code code = ERR_OK;
	int64_t n = 0;

	for (size_t c = 0; code == ERR_OK && c < N_COUNTERS; c++) {
		const struct db_rows *r;

		code = db_rows(db, a, &COUNTERS[c].find, DB_NO_ARGS, &r, e);
		for (size_t i = 0; code == ERR_OK && i < db_count(r); i++) {
			struct suspect s = {.counter = &COUNTERS[c]};

			for (int k = 0; k < 3; k++)
				s.key[k] = db_get_id(r, i, k);
			code = db_tx_run(db, DB_WRITE, correct, &s, e);
			n += s.n;
		}
	}
	if (code == ERR_OK)
		*ret_n = n;
	return code;
}
