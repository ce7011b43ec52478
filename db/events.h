/*
 * Calendar events, the invitations sent about them, and feeds.
 *
 * An event row is locked (db_event_lock) before a message about it is made, so that
 * SEQUENCE and DTSTAMP grow in one order. The text of a message is made by
 * calendars/; here it is only kept. Errors as in db.h. One thread per connection.
 */
#ifndef DB_EVENTS_H
#define DB_EVENTS_H

#include "db/db.h"
#include "db/feeds.h"

struct event_row {
	struct id id;
	const char *uid;
	const char *kind; /* "cohort", "office_hours", "slot", "meeting" */
	int64_t sequence;
	int64_t dtstamp; /* of the next message: newer than any before */
	int64_t created, updated;
	const char *summary, *description, *location, *organizer_name,
	    *time_zone;
	int64_t minutes;
};

struct event_session_row {
	struct id id;
	int64_t original_start, start, end;
	bool cancelled;
};

struct event_attendee_row {
	struct id member_id;
	const char *name, *email;
	bool leads;
	const char *token; /* of their attendance */
	int64_t ahead;     /* of the event, their SEQUENCE */
};

/* The UID is "<id>@<calendar domain of the community>", for life. */
struct new_event {
	struct id id;
	const char *kind, *summary, *description, *location, *organizer_name;
	const char *time_zone;
	int64_t first_local_start; /* seconds on the wall clock of time_zone */
	int64_t minutes;
};

enum err_code db_event_insert(struct db *db, const struct id *community,
    const struct new_event *ev, struct err *e) ERR_CHECKED;

/* Lock the row and take the stamp of the next message. raise: SEQUENCE + 1. */
enum err_code db_event_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *event, bool raise,
    struct event_row *ret_event, struct err *e) ERR_CHECKED;

/* By original start. */
enum err_code db_event_sessions(struct db *db, struct arena *a,
    const struct id *community, const struct id *event,
    struct event_session_row **ret_row, size_t *ret_n,
    struct err *e) ERR_CHECKED;

/* Those with an e-mail address, leaders first, then by name. */
enum err_code db_event_attendees(struct db *db, struct arena *a,
    const struct id *community, const struct id *event,
    struct event_attendee_row **ret_row, size_t *ret_n,
    struct err *e) ERR_CHECKED;

/* One member as an attendee, whether or not still in the event. */
enum err_code db_event_attendee(struct db *db, struct arena *a,
    const struct id *community, const struct id *event, const struct id *member,
    bool leads, struct event_attendee_row *ret_row, struct err *e) ERR_CHECKED;

/* The announced events of the feed of a secret, by its hash, that have a session ending
 * after `from`, in the order of ids, with all their sessions by original start. */
struct event_feed_row {
	struct event_row event;
	const struct event_session_row *session;
	size_t n_sessions;
};
enum err_code db_event_feed(struct db *db, struct arena *a,
    const uint8_t hash[DB_FEED_HASH_SIZE], int64_t from,
    struct event_feed_row **ret_row, size_t *ret_n, struct err *e) ERR_CHECKED;

/* The same of the acting member. */
enum err_code db_event_own(struct db *db, struct arena *a, int64_t from,
    struct event_feed_row **ret_row, size_t *ret_n, struct err *e) ERR_CHECKED;

struct new_invitation {
	struct id id;
	const struct event_row *event;
	int64_t sequence; /* the event's, or more */
	struct id recipient_id;
	const char *recipient_email;
	const char *method;
	const int64_t *recurrence_id; /* NULL: the whole event */
	const char *ics;
};

enum err_code db_invitation_add(struct db *db, const struct id *community,
    const struct new_invitation *inv, struct err *e) ERR_CHECKED;

/* Lists and documents. recipient NULL: of everybody; event NULL: of all events. */
enum err_code db_invitation_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *event,
    const struct id *recipient, const struct db_page *page,
    struct db_list *ret_list, struct err *e) ERR_CHECKED;
enum err_code db_invitation_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id *ret_recipient,
    struct db_doc *ret_doc, const char **ret_ics, const char **ret_method,
    struct err *e) ERR_CHECKED;

/* They were told something alone, under the SEQUENCE after theirs; the next is higher. */
enum err_code db_event_told_alone(struct db *db, const struct id *community,
    const struct id *event, const struct id *member, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_event_stmts[];

#endif
