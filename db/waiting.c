/* Waiting lists: see waiting.h. */
#include "db/waiting.h"

static const struct db_stmt ADD = {"waiting_add",
    "INSERT INTO booking (community_id, id, slot_id, member_id, note, state, "
    "position) SELECT m.community_id, $2::uuid, $3::uuid, m.id, $5::text, "
    "'waiting', 1 + (SELECT count(*) FROM booking w "
    "WHERE w.community_id = $1 AND w.slot_id = $3 AND w.state = 'waiting') "
    "FROM member m WHERE m.community_id = $1 AND m.id = $4 "
    "AND m.erased_at IS NULL FOR KEY SHARE OF m"};

static const struct db_stmt LIST = {"waiting_list",
    "SELECT b.id, b.member_id, m.erased_at IS NOT NULL, s.capacity - s.used "
    "FROM booking b JOIN office_hours_slot s "
    "ON s.community_id = b.community_id AND s.id = b.slot_id "
    "JOIN member m ON m.community_id = b.community_id AND m.id = b.member_id "
    "WHERE b.community_id = $1 AND b.slot_id = $2 AND b.state = 'waiting' "
    "ORDER BY b.position"};

/* A commitment that overlaps, also one that is just being made, wins. */
static const struct db_stmt COMMIT = {"waiting_commit",
    "INSERT INTO commitment (community_id, member_id, during, slot_id) "
    "SELECT s.community_id, $3::uuid, tstzrange(s.starts_at, s.ends_at), s.id "
    "FROM office_hours_slot s WHERE s.community_id = $1 AND s.id = $2 "
    "ON CONFLICT DO NOTHING"};

static const struct db_stmt TAKE_SEAT = {"waiting_take_seat",
    "UPDATE office_hours_slot SET used = used + 1 "
    "WHERE community_id = $1 AND id = $2 AND used < capacity "
    "AND state = 'open'"};

static const struct db_stmt PROMOTE = {"waiting_promote",
    "UPDATE booking SET state = 'booked', position = NULL, "
    "passed_over_at = NULL WHERE community_id = $1 AND id = $2"};

static const struct db_stmt PASS_OVER = {"waiting_pass_over",
    "UPDATE booking SET passed_over_at = now() "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt LEAVE = {"waiting_leave",
    "UPDATE booking SET state = 'cancelled', position = NULL "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt CLOSE_UP = {"waiting_close_up",
    "UPDATE booking b SET position = n.rank FROM (SELECT w.id, row_number() "
    "OVER (ORDER BY w.position) AS rank FROM booking w "
    "WHERE w.community_id = $1 AND w.slot_id = $2 AND w.state = 'waiting') n "
    "WHERE b.community_id = $1 AND b.id = n.id AND b.position <> n.rank"};

static const struct db_stmt SLOTS = {"waiting_slots",
    "SELECT s.id FROM office_hours_slot s WHERE s.community_id = $1 "
    "AND s.office_hours_id = $2 AND s.state = 'open' AND EXISTS ("
    "SELECT FROM booking b WHERE b.community_id = s.community_id "
    "AND b.slot_id = s.id AND b.state = 'waiting') ORDER BY s.id"};

const struct db_stmt *const db_waiting_stmts[] = {&ADD, &LIST, &COMMIT,
    &TAKE_SEAT, &PROMOTE, &PASS_OVER, &LEAVE, &CLOSE_UP, &SLOTS, NULL};

enum err_code db_waiting_add(struct db *db, const struct id *community,
    const struct id *id, const struct id *slot, const struct id *member,
    const char *note, struct err *e)
{
	int64_t n;
	enum err_code rc = db_exec(db, &ADD,
	    DB_ARGS(db_id(community), db_id(id), db_id(slot), db_id(member),
		db_text(note)),
	    &n, e);

	if (rc == ERR_OK && n == 0) {
		err_add_field(e, ERR_VALIDATION, "/member_id",
		    "expected a member of this community");
		return ERR_VALIDATION;
	}
	return rc;
}

enum err_code db_waiting_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *slot,
    struct db_waiting **ret_item, size_t *ret_n, int64_t *ret_free,
    struct err *e)
{
	const struct db_rows *r;
	struct db_waiting *item;
	enum err_code rc = db_rows(
	    db, a, &LIST, DB_ARGS(db_id(community), db_id(slot)), &r, e);

	if (rc != ERR_OK)
		return rc;
	item = ARENA_ARRAY(a, db_count(r), struct db_waiting);
	if (item == NULL)
		return ERR_SET(e, NOMEM, "no memory for the waiting list");
	for (size_t i = 0; i < db_count(r); i++)
		item[i] = (struct db_waiting){db_get_id(r, i, 0),
		    db_get_id(r, i, 1), db_get_bool(r, i, 2)};
	*ret_free = db_count(r) > 0 ? db_get_int(r, 0, 3) : 0;
	*ret_item = item;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_waiting_promote(struct db *db, const struct id *community,
    const struct id *slot, const struct db_waiting *w, bool *ret_taken,
    struct err *e)
{
	const struct db_args booking = DB_ARGS(db_id(community), db_id(&w->id));
	int64_t n;
	enum err_code rc = db_exec(db, &COMMIT,
	    DB_ARGS(db_id(community), db_id(slot), db_id(&w->member_id)), &n,
	    e);

	if (rc != ERR_OK)
		return rc;
	*ret_taken = n > 0;
	if (n == 0)
		return db_exec(db, &PASS_OVER, booking, NULL, e);
	rc = db_exec(
	    db, &TAKE_SEAT, DB_ARGS(db_id(community), db_id(slot)), &n, e);
	if (rc == ERR_OK && n == 0)
		return ERR_SET(e, CAPACITY, "all seats of the slot are taken");
	return rc == ERR_OK ? db_exec(db, &PROMOTE, booking, NULL, e) : rc;
}

enum err_code db_waiting_leave(struct db *db, const struct id *community,
    const struct id *id, struct err *e)
{
	return db_exec(
	    db, &LEAVE, DB_ARGS(db_id(community), db_id(id)), NULL, e);
}

enum err_code db_waiting_close_up(struct db *db, const struct id *community,
    const struct id *slot, struct err *e)
{
	return db_exec(
	    db, &CLOSE_UP, DB_ARGS(db_id(community), db_id(slot)), NULL, e);
}

enum err_code db_waiting_slots(struct db *db, struct arena *a,
    const struct id *community, const struct id *office_hours,
    struct id **ret_slot, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct id *slot;
	enum err_code rc = db_rows(db, a, &SLOTS,
	    DB_ARGS(db_id(community), db_id(office_hours)), &r, e);

	if (rc != ERR_OK)
		return rc;
	slot = ARENA_ARRAY(a, db_count(r), struct id);
	if (slot == NULL)
		return ERR_SET(e, NOMEM, "too many slots");
	for (size_t i = 0; i < db_count(r); i++)
		slot[i] = db_get_id(r, i, 0);
	*ret_slot = slot;
	*ret_n = db_count(r);
	return ERR_OK;
}
