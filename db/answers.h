/*
 * Answers to invitations. Errors as in db.h; one thread per connection.
 */
#ifndef DB_ANSWERS_H
#define DB_ANSWERS_H

#include "db/db.h"

/* Whose answer it is: an attendance, its row locked. */
struct db_answerer {
	struct id id, community_id, event_id, member_id;
	const char *mail;         /* the member's; NULL: none any more */
	const char *invited_mail; /* that the newest invitation went to */
	bool is_cancelled;        /* they were told last that it is over */
	int64_t whole_sequence;   /* of the newest about the event as a whole */
	int64_t one_sequence; /* … or about the session planned for `planned` */
	bool has_booking;     /* a seat in office hours that they hold */
	struct id booking_id;
};

/* By token, or with "" by UID and mail address. planned NULL: the event as a whole. */
enum err_code db_answer_find(struct db *db, struct arena *a, const char *token,
    const char *uid, const char *mail, const int64_t *planned,
    struct db_answerer *ret, struct err *e) ERR_CHECKED;

struct new_answer {
	struct id id;
	const char *via, *message_id; /* message_id NULL: none */
	const char *kind, *answer, *comment, *delegated_to, *verdict;
	const int64_t *planned, *sequence, *dtstamp, *start, *end;
};

/* *ret_new false: the message was taken before. */
enum err_code db_answer_add(struct db *db, const struct db_answerer *who,
    const struct new_answer *x, bool *ret_new, struct err *e) ERR_CHECKED;

/* Is there one by them about the same that is as new? */
enum err_code db_answer_is_outdated(struct db *db, struct arena *a,
    const struct db_answerer *who, const int64_t *planned, int64_t sequence,
    int64_t dtstamp, bool *ret, struct err *e) ERR_CHECKED;

/* The answer to the event as a whole, as attendance shows it. */
enum err_code db_answer_note(struct db *db, const struct db_answerer *who,
    const char *answer, bool is_old, struct err *e) ERR_CHECKED;

/* Their mail bounced. message: the invitation's id, or NULL: the newest. */
enum err_code db_answer_note_bounce(struct db *db,
    const struct db_answerer *who, const struct id *message, const char *why,
    struct err *e) ERR_CHECKED;

enum err_code db_answer_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *event, const struct id *member,
    const char *kind, const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
enum err_code db_answer_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id *ret_member,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_answer_stmts[];

#endif
