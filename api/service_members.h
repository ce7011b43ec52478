/*
 * Members: the use cases. Staff may do everything, a member sees and changes what is
 * theirs; for others the member does not exist (ERR_NOT_FOUND). Every change is
 * audited. json and the lists of hours are those of member_input. if_match 0: any.
 */
#ifndef API_SERVICE_MEMBERS_H
#define API_SERVICE_MEMBERS_H

#include "api/call.h"
#include "api/member_file.h"
#include "db/members.h"

enum err_code service_members_get(struct call *c, const struct id *id,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
enum err_code service_members_create(struct call *c, const char *json,
    struct id *ret_id, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
enum err_code service_members_patch(struct call *c, const struct id *id,
    int64_t if_match, const char *json, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* ERR_STATE while the member has an active pairing: others must hear of its end. */
enum err_code service_members_erase(struct call *c, const struct id *id,
    int64_t if_match, struct err *e) ERR_CHECKED;

/* Everything that is kept about them, as JSON (db/personal_data.h). */
enum err_code service_members_personal_data(struct call *c, const struct id *id,
    const char **ret_json, struct err *e) ERR_CHECKED;

enum err_code service_members_hours(struct call *c, const struct id *id,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
/* What sessions cost the member (db/discomfort.h), as JSON. */
enum err_code service_members_discomfort(struct call *c, const struct id *id,
    const char **ret_json, struct err *e) ERR_CHECKED;

enum err_code service_members_set_hours(struct call *c, const struct id *id,
    int64_t if_match, const struct db_hours *hours, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* ---- member files (service_members_file.c) ---- */

struct member_import {
	const char *text;
	size_t n;
	const struct id *program_id; /* NULL: nobody is enrolled */
	bool validate_only;
	struct member_faults *faults; /* all of them; NULL: only what e holds */
};

struct member_import_result {
	struct db_import_counts counts;
	uint32_t rows;
};

/* All rows or none. ERR_VALIDATION carries the faults, place "row:12:time_zone". */
enum err_code service_members_import(struct call *c,
    const struct member_import *in, struct member_import_result *ret_result,
    struct err *e) ERR_CHECKED;

/* The member file of a program, or of everybody; formulas are guarded. */
enum err_code service_members_export(struct call *c,
    const struct id *program_id, const char **ret_text, size_t *ret_n,
    struct err *e) ERR_CHECKED;

#endif
