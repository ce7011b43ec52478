/*
 * Use cases of matching rounds: begin one, watch it, stop it, read its files. What
 * happens in between is the worker's (worker.h, round_job.c).
 */
#ifndef API_SERVICE_ROUNDS_H
#define API_SERVICE_ROUNDS_H

#include "api/call.h"
#include "db/rounds.h"

struct round_order {
	struct id program_id;
	int64_t seed;           /* draws ties; 0 unless given */
	int64_t policy_version; /* 0: the newest */
};

/* Queued, with its job. ERR_CONFLICT with the note "running_id" while another one of
 * the program is queued or running. */
enum err_code service_rounds_start(struct call *c, const struct round_order *o,
    struct id *ret_id, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* A queued one ends at once; of a running one the worker kills the solver within a
 * second or so, and the state changes then. ERR_STATE when it has ended. */
enum err_code service_rounds_cancel(struct call *c, const struct id *round,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* ret_ended: neither queued nor running. */
enum err_code service_rounds_get(struct call *c, const struct id *round,
    struct db_doc *ret_doc, bool *ret_ended, struct err *e) ERR_CHECKED;

/* ERR_NOT_FOUND until the round is solved. */
enum err_code service_rounds_text(struct call *c, const struct id *round,
    enum db_round_file file, const char **ret_text, struct err *e) ERR_CHECKED;

#endif
