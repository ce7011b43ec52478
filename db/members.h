/*
 * Members, their hours, and whole member files in and out.
 *
 * Values come as canonical JSON, checked and normalised by the caller; the fields
 * are those of the member document. Failures beside the database's own:
 * ERR_NOT_FOUND, ERR_STALE (another version), ERR_CONFLICT (external_id taken).
 * if_match 0 means any version. Call inside a transaction.
 */
#ifndef DB_MEMBERS_H
#define DB_MEMBERS_H

#include "db/db.h"

struct db_member_filter {
	const char *q; /* part of name, external id or e-mail; NULL: all */
	const int64_t *updated_after;
};

enum err_code db_member_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* The member is there and is not erased before the transaction ends; else
 * ERR_NOT_FOUND. */
enum err_code db_member_hold(struct db *db, const struct id *community,
    const struct id *id, struct err *e) ERR_CHECKED;

enum err_code db_member_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_member_filter *f,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

/* json: the writable fields of the document; absent ones take their defaults. */
enum err_code db_member_create(struct db *db, const struct id *community,
    const struct id *id, const char *json, struct err *e) ERR_CHECKED;

/* json: the fields to change; null empties a field that may be empty. */
enum err_code db_member_patch(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, const char *json,
    struct err *e) ERR_CHECKED;

/* Personal data goes, the row stays for the history of others; hours, places in
 * queues, tokens and feeds end. Active pairings and cohorts are the caller's. */
enum err_code db_member_erase(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, struct err *e) ERR_CHECKED;

/* Found by external id; ERR_NOT_FOUND. */
enum err_code db_member_find(struct db *db, struct arena *a,
    const struct id *community, const char *external_id, struct id *ret_id,
    struct err *e) ERR_CHECKED;

/* Every external id of the community: one text column. */
enum err_code db_member_external_ids(struct db *db, struct arena *a,
    const struct id *community, const struct db_rows **ret_rows,
    struct err *e) ERR_CHECKED;

/* {"member_id","windows","exceptions",…} */
enum err_code db_availability_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

struct db_hours {
	/* [{"weekday":0,"begin_minute":1080,"end_minute":1200}], sorted, disjoint */
	const char *windows, *preferred;
	const char *exceptions; /* [{"from":"2026-12-24","to":"2026-12-31"}] */
	int32_t volunteer;
};

/* Replace; the member's version is raised when anything changed. */
enum err_code db_availability_put(struct db *db, const struct id *community,
    const struct id *member, int64_t if_match, const struct db_hours *hours,
    struct err *e) ERR_CHECKED;

struct db_import_counts {
	int64_t created, updated; /* members */
	int64_t enrolled;         /* enrollments made or changed */
};

/*
 * Create or update members by external_id, all or none. json: an array of member
 * objects, each with "id" (used when it is new), every writable field, "windows" as
 * above, and "participation" (newcomer, mentor, both or null) with "capacity". With
 * a program they are enrolled by participation; a capacity below what is in use is
 * ERR_CAPACITY.
 */
enum err_code db_member_import(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, const char *json,
    struct db_import_counts *ret_counts, struct err *e) ERR_CHECKED;

/*
 * The members as cells of the member file, one text column per file column in its
 * order up to `volunteer`, by external_id; then waiting_days and the id. With a program:
 * those with an active enrollment there, participation and capacity from it; without:
 * all who are not erased. Absent is "".
 */
enum err_code db_member_cells(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct db_rows **ret_rows, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_member_stmts[];
extern const struct db_stmt *const db_member_bulk_stmts[];

#endif
