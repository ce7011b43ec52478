/*
 * Repaired plans and frontiers as JSON: docs/files.md has the form. Pure; any thread.
 */
#ifndef API_REPAIR_FILE_H
#define API_REPAIR_FILE_H

#include "base/jwrite.h"
#include "matcher/repair.h"

/* The pairs that people have, as far as both are in the community. */
struct repair_file_pairs {
	struct repair_pair *pair;
	uint32_t n, n_gone; /* besides, of newcomers whose mentor is gone */
};

/* Read them from a file with "pairs", such as a plan. ERR_JSON, ERR_VALIDATION with
 * fields, ERR_NOMEM. Whoever is not of the community has no pair. */
enum err_code repair_file_read_pairs(struct arena *a, const char *text,
    size_t n, const struct community *c, struct repair_file_pairs *ret_pairs,
    struct err *e) ERR_CHECKED;

/* Status, counts, objective and bound, as members of an object. */
void repair_file_write_counts(struct jwrite *w,
    const struct repair_file_pairs *p, const struct repair *r);

/* Pretty JSON, both. Check out->failed; without memory it is. */
void repair_file_write(struct arena *a, const struct community *c,
    const struct repair_file_pairs *p, const struct repair *r, struct str *out);
void repair_file_write_frontier(const struct repair_file_pairs *p,
    struct repair *const *plan, uint32_t n, struct str *out);

/* A repaired plan of that form: pairs, counts, goals; the bound as it says, and
 * stability left empty. n_ended is without those who are gone. */
enum err_code repair_file_read(struct arena *a, const char *text, size_t n,
    const struct community *c, const struct repair_file_pairs *p,
    struct repair **ret_repair, struct err *e) ERR_CHECKED;

/* Whom each person has by these pairs, COMMUNITY.n where nobody; NULL: no memory. */
uint32_t *repair_file_mentors(struct arena *a, const struct community *c,
    const struct repair_file_pairs *p);

#endif
