/* Office hours, slots and bookings: see office_hours.h. */
#include "db/office_hours.h"

static const struct db_stmt MENTOR = {"office_hours_mentor",
    "SELECT DISTINCT m.time_zone, m.display_name FROM enrollment n "
    "JOIN member m ON m.community_id = n.community_id AND m.id = n.member_id "
    "WHERE n.community_id = $1 AND n.program_id = $2 AND n.member_id = $3 "
    "AND n.state = 'active' AND n.role IN ('mentor', 'guide')"};

static const struct db_stmt INSERT = {"office_hours_insert",
    "INSERT INTO office_hours (community_id, id, program_id, mentor_id, "
    "title, weekday, local_time, time_zone, minutes, seats, first_date, "
    "last_date, event_id) VALUES ($1, $2, $3, $4, $5, $6, "
    "time '00:00' + make_interval(mins => $7::int), $8, $9, $10, $11, $12, "
    "$13)"};

static const struct db_stmt ADD_SLOT = {"office_hours_add_slot",
    "INSERT INTO office_hours_slot (community_id, id, office_hours_id, "
    "starts_at, ends_at, capacity) VALUES ($1, $2, $3, $4, $5, $6)"};

static const struct db_stmt COMMIT_ONE = {"office_hours_commit",
    "INSERT INTO commitment (community_id, member_id, during, slot_id) "
    "SELECT s.community_id, $3::uuid, tstzrange(s.starts_at, s.ends_at), s.id "
    "FROM office_hours_slot s WHERE s.community_id = $1 AND s.id = $2"};

static const struct db_stmt LOCK = {"office_hours_lock",
    "SELECT mentor_id, event_id, row_version, state FROM office_hours "
    "WHERE community_id = $1 AND id = $2 FOR UPDATE"};

static const struct db_stmt CLOSE = {"office_hours_close",
    "UPDATE office_hours SET state = 'closed' "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt CLOSE_SLOTS = {"office_hours_close_slots",
    "WITH closed AS (UPDATE office_hours_slot SET state = 'cancelled' "
    "WHERE community_id = $1 AND office_hours_id = $2 AND state = 'open' "
    "AND starts_at > now() RETURNING community_id, id, event_id), "
    "freed AS (DELETE FROM commitment k USING closed "
    "WHERE k.community_id = closed.community_id AND k.slot_id = closed.id) "
    "SELECT event_id FROM closed WHERE event_id IS NOT NULL"};

static const struct db_stmt DROP_BOOKINGS = {"office_hours_drop_bookings",
    "UPDATE booking b SET state = 'cancelled', position = NULL "
    "FROM office_hours_slot s "
    "WHERE s.community_id = $1 AND s.office_hours_id = $2 "
    "AND s.state = 'cancelled' AND b.community_id = s.community_id "
    "AND b.slot_id = s.id AND b.state IN ('booked', 'waiting')"};

static const struct db_stmt SET_SEATS = {"office_hours_set_seats",
    "UPDATE office_hours SET seats = $3 WHERE community_id = $1 AND id = $2"};
static const struct db_stmt SET_CAPACITY = {"office_hours_set_capacity",
    "UPDATE office_hours_slot SET capacity = $3 "
    "WHERE community_id = $1 AND office_hours_id = $2 AND state = 'open' "
    "AND starts_at > now() AND capacity <> $3"};

static const struct db_stmt LIST = {"office_hours_list",
    "SELECT id, doc FROM office_hours_doc WHERE community_id = $1 "
    "AND ($2::uuid IS NULL OR program_id = $2) "
    "AND ($3::uuid IS NULL OR mentor_id = $3) "
    "AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5"};

static const struct db_stmt GET = {"office_hours_get",
    "SELECT etag, doc FROM office_hours_doc "
    "WHERE community_id = $1 AND id = $2"};

/* Slots of one office hours are made in order of time, and so are their ids. */
static const struct db_stmt SLOTS = {"office_hours_slots",
    "SELECT id, doc FROM office_hours_slot_doc WHERE community_id = $1 "
    "AND office_hours_id = $2 "
    "AND ($3::timestamptz IS NULL OR starts_at >= $3) "
    "AND ($4::timestamptz IS NULL OR starts_at < $4) "
    "AND ($5::uuid IS NULL OR id > $5) ORDER BY id LIMIT $6"};

static const struct db_stmt SLOT_LOCK = {"slot_lock",
    "SELECT s.event_id, o.mentor_id, o.title, m.display_name, s.state, "
    "s.starts_at, s.ends_at, o.time_zone, date_trunc('second', now()), "
    "s.capacity - s.used "
    "FROM office_hours_slot s JOIN office_hours o "
    "ON o.community_id = s.community_id AND o.id = s.office_hours_id "
    "JOIN member m ON m.community_id = o.community_id AND m.id = o.mentor_id "
    "WHERE s.community_id = $1 AND s.id = $2 FOR UPDATE OF s"};

static const struct db_stmt SLOT_SET_EVENT = {"slot_set_event",
    "UPDATE office_hours_slot SET event_id = $3 "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt TAKE_SEAT = {"booking_take_seat",
    "UPDATE office_hours_slot SET used = used + 1 "
    "WHERE community_id = $1 AND id = $2 AND used < capacity "
    "AND state = 'open'"};

static const struct db_stmt BOOK = {"booking_insert",
    "INSERT INTO booking (community_id, id, slot_id, member_id, note) "
    "SELECT community_id, $2::uuid, $3::uuid, id, $5::text FROM member "
    "WHERE community_id = $1 AND id = $4 AND erased_at IS NULL "
    "FOR KEY SHARE"};

#define BOOKING                                                            \
	"SELECT b.slot_id, b.member_id, o.mentor_id, s.event_id, "         \
	"b.row_version, s.starts_at, b.state FROM booking b "              \
	"JOIN office_hours_slot s "                                        \
	"ON s.community_id = b.community_id AND s.id = b.slot_id "         \
	"JOIN office_hours o "                                             \
	"ON o.community_id = s.community_id AND o.id = s.office_hours_id " \
	"WHERE b.community_id = $1 AND b.id = $2"
static const struct db_stmt BOOKING_LOOK = {"booking_look", BOOKING};
static const struct db_stmt BOOKING_LOCK = {
    "booking_lock", BOOKING " FOR UPDATE OF b"};

static const struct db_stmt BOOKING_CANCEL = {"booking_cancel",
    "UPDATE booking SET state = 'cancelled' "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt GIVE_SEAT = {"booking_give_seat",
    "UPDATE office_hours_slot SET used = used - 1 "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt FREE_ONE = {"booking_free",
    "DELETE FROM commitment "
    "WHERE community_id = $1 AND slot_id = $2 AND member_id = $3"};

#define IS_SEEN_BY(viewer)                                 \
	"(" viewer "::uuid IS NULL OR member_id = " viewer \
	" OR mentor_id = " viewer ")"

static const struct db_stmt BOOKING_LIST = {"booking_list",
    "SELECT id, doc FROM booking_doc WHERE community_id = $1 "
    "AND ($2::uuid IS NULL OR slot_id = $2) "
    "AND ($3::uuid IS NULL OR member_id = $3) AND " IS_SEEN_BY(
	"$4") " AND ($5::uuid IS NULL OR id > $5) ORDER BY id LIMIT $6"};

static const struct db_stmt BOOKING_GET = {"booking_get",
    "SELECT etag, doc FROM booking_doc "
    "WHERE community_id = $1 AND id = $2 AND " IS_SEEN_BY("$3")};

const struct db_stmt *const db_office_hours_stmts[] = {&MENTOR, &INSERT,
    &ADD_SLOT, &COMMIT_ONE, &LOCK, &CLOSE, &CLOSE_SLOTS, &DROP_BOOKINGS,
    &SET_SEATS, &SET_CAPACITY, &LIST, &GET, &SLOTS, &SLOT_LOCK, &SLOT_SET_EVENT,
    &TAKE_SEAT, &BOOK, &BOOKING_LOOK, &BOOKING_LOCK, &BOOKING_CANCEL,
    &GIVE_SEAT, &FREE_ONE, &BOOKING_LIST, &BOOKING_GET, NULL};

enum err_code db_office_hours_mentor(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *mentor, struct db_office_hours_mentor *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &MENTOR,
	    DB_ARGS(db_id(community), db_id(program), db_id(mentor)), &r, e);

	if (rc != ERR_OK)
		return rc;
	if (db_count(r) == 0) {
		err_add_field(e, ERR_VALIDATION, "/mentor_id",
		    "expected an active mentor or guide of the program");
		return ERR_VALIDATION;
	}
	ret->time_zone = db_get_text(r, 0, 0);
	ret->name = db_get_text(r, 0, 1);
	return ERR_OK;
}

enum err_code db_office_hours_insert(struct db *db, const struct id *community,
    const struct db_office_hours *o, struct err *e)
{
	return db_exec(db, &INSERT,
	    DB_ARGS(db_id(community), db_id(&o->id), db_id(&o->program_id),
		db_id(&o->mentor_id), db_text(o->title), db_int(o->weekday),
		db_int(o->local_minute), db_text(o->time_zone),
		db_int(o->minutes), db_int(o->seats), db_date(o->first_date),
		db_date(o->last_date), db_id(&o->event_id)),
	    NULL, e);
}

enum err_code db_office_hours_add_slot(struct db *db,
    const struct id *community, const struct db_office_hours *o,
    const struct id *slot, int64_t start, int64_t end, struct err *e)
{
	enum err_code rc = db_exec(db, &ADD_SLOT,
	    DB_ARGS(db_id(community), db_id(slot), db_id(&o->id),
		db_instant(start), db_instant(end), db_int(o->seats)),
	    NULL, e);

	if (rc != ERR_OK)
		return rc;
	return db_exec(db, &COMMIT_ONE,
	    DB_ARGS(db_id(community), db_id(slot), db_id(&o->mentor_id)), NULL,
	    e);
}

enum err_code db_office_hours_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id,
    struct db_office_hours_state *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &LOCK,
	    DB_ARGS(db_id(community), db_id(id)), "office hours", &r, e);

	if (rc == ERR_OK)
		*ret = (struct db_office_hours_state){
		    .mentor_id = db_get_id(r, 0, 0),
		    .event_id = db_get_id(r, 0, 1),
		    .row_version = db_get_int(r, 0, 2),
		    .state = db_get_text(r, 0, 3),
		};
	return rc;
}

enum err_code db_office_hours_close(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id **ret_event,
    size_t *ret_n, struct err *e)
{
	struct db_args args = DB_ARGS(db_id(community), db_id(id));
	const struct db_rows *r;
	struct id *event;
	enum err_code rc = db_rows(db, a, &CLOSE_SLOTS, args, &r, e);

	if (rc == ERR_OK)
		rc = db_exec(db, &CLOSE, args, NULL, e);
	if (rc != ERR_OK)
		return rc;
	event = ARENA_ARRAY(a, db_count(r), struct id);
	if (event == NULL)
		return ERR_SET(e, NOMEM, "too many slots");
	for (size_t i = 0; i < db_count(r); i++)
		event[i] = db_get_id(r, i, 0);
	*ret_event = event;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_office_hours_drop_bookings(struct db *db,
    const struct id *community, const struct id *id, struct err *e)
{
	return db_exec(
	    db, &DROP_BOOKINGS, DB_ARGS(db_id(community), db_id(id)), NULL, e);
}

enum err_code db_office_hours_set_seats(struct db *db,
    const struct id *community, const struct id *id, int64_t seats,
    struct err *e)
{
	const struct db_args args =
	    DB_ARGS(db_id(community), db_id(id), db_int(seats));
	enum err_code rc = db_exec(db, &SET_SEATS, args, NULL, e);

	return rc == ERR_OK ? db_exec(db, &SET_CAPACITY, args, NULL, e) : rc;
}

enum err_code db_office_hours_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *mentor, const struct db_page *page,
    struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(program), db_id(mentor),
		db_text(page->after), db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_office_hours_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(id)),
	    "office hours", ret_doc, e);
}

enum err_code db_office_hours_slots(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const int64_t *from,
    const int64_t *to, const struct db_page *page, struct db_list *ret_list,
    struct err *e)
{
	return db_list(db, a, &SLOTS,
	    DB_ARGS(db_id(community), db_id(id), db_instant_or_null(from),
		db_instant_or_null(to), db_text(page->after),
		db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_slot_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_slot *ret_slot,
    struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &SLOT_LOCK,
	    DB_ARGS(db_id(community), db_id(id)), "slot", &r, e);

	if (rc == ERR_OK)
		*ret_slot = (struct db_slot){
		    .id = *id,
		    .has_event = !db_is_null(r, 0, 0),
		    .event_id = db_get_id(r, 0, 0),
		    .mentor_id = db_get_id(r, 0, 1),
		    .title = db_get_text(r, 0, 2),
		    .mentor_name = db_get_text(r, 0, 3),
		    .state = db_get_text(r, 0, 4),
		    .start = db_get_instant(r, 0, 5),
		    .end = db_get_instant(r, 0, 6),
		    .time_zone = db_get_text(r, 0, 7),
		    .now = db_get_instant(r, 0, 8),
		    .free = db_get_int(r, 0, 9),
		};
	return rc;
}

enum err_code db_slot_set_event(struct db *db, const struct id *community,
    const struct id *slot, const struct id *event, struct err *e)
{
	return db_exec(db, &SLOT_SET_EVENT,
	    DB_ARGS(db_id(community), db_id(slot), db_id(event)), NULL, e);
}

enum err_code db_booking_insert(struct db *db, const struct id *community,
    const struct id *id, const struct id *slot, const struct id *member,
    const char *note, struct err *e)
{
	int64_t n;
	enum err_code rc = db_exec(
	    db, &TAKE_SEAT, DB_ARGS(db_id(community), db_id(slot)), &n, e);

	if (rc == ERR_OK && n == 0)
		return ERR_SET(e, CAPACITY, "all seats of the slot are taken");
	if (rc == ERR_OK)
		rc = db_exec(db, &BOOK,
		    DB_ARGS(db_id(community), db_id(id), db_id(slot),
			db_id(member), db_text(note)),
		    &n, e);
	if (rc == ERR_OK && n == 0) {
		err_add_field(e, ERR_VALIDATION, "/member_id",
		    "expected a member of this community");
		return ERR_VALIDATION;
	}
	if (rc == ERR_OK)
		rc = db_exec(db, &COMMIT_ONE,
		    DB_ARGS(db_id(community), db_id(slot), db_id(member)), NULL,
		    e);
	return rc;
}

enum err_code db_booking_look(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, bool locks,
    struct db_booking *ret_booking, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, locks ? &BOOKING_LOCK : &BOOKING_LOOK,
	    DB_ARGS(db_id(community), db_id(id)), "booking", &r, e);

	if (rc == ERR_OK)
		*ret_booking = (struct db_booking){
		    .slot_id = db_get_id(r, 0, 0),
		    .member_id = db_get_id(r, 0, 1),
		    .mentor_id = db_get_id(r, 0, 2),
		    .event_id = db_get_id(r, 0, 3),
		    .row_version = db_get_int(r, 0, 4),
		    .start = db_get_instant(r, 0, 5),
		    .state = db_get_text(r, 0, 6),
		};
	return rc;
}

enum err_code db_booking_cancel(struct db *db, const struct id *community,
    const struct id *id, const struct db_booking *b, struct err *e)
{
	enum err_code rc = db_exec(
	    db, &BOOKING_CANCEL, DB_ARGS(db_id(community), db_id(id)), NULL, e);

	if (rc == ERR_OK)
		rc = db_exec(db, &GIVE_SEAT,
		    DB_ARGS(db_id(community), db_id(&b->slot_id)), NULL, e);
	if (rc == ERR_OK)
		rc = db_exec(db, &FREE_ONE,
		    DB_ARGS(db_id(community), db_id(&b->slot_id),
			db_id(&b->member_id)),
		    NULL, e);
	return rc;
}

enum err_code db_booking_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *slot, const struct id *member,
    const struct id *viewer, const struct db_page *page,
    struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &BOOKING_LIST,
	    DB_ARGS(db_id(community), db_id(slot), db_id(member), db_id(viewer),
		db_text(page->after), db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_booking_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &BOOKING_GET,
	    DB_ARGS(db_id(community), db_id(id), db_id(viewer)), "booking",
	    ret_doc, e);
}
