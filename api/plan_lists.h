/*
 * The lists of a plan file that name groups of people, "shortages" and
 * "mentors_wanted": written as members of the plan's object, and read by rows of
 * plan_file_read.c's table. Pure; any thread.
 */
#ifndef API_PLAN_LISTS_H
#define API_PLAN_LISTS_H

#include "api/bind.h"
#include "api/plan_file.h"

enum {
	PLAN_HOUR_SIZE = 16
};

/* A minute of the week as "Tue 18:00"; gives out. */
const char *plan_lists_hour(unsigned minute, char out[PLAN_HOUR_SIZE]);

/* Both members. */
void plan_lists_write(
    struct jwrite *w, const struct community *c, const struct plan *plan);

/* Elements as the file says them, and the rows that read one. */
struct plan_lists_shortage {
	struct bind_list unmatched, others, mentors; /* of const char * */
	int64_t places;
};

struct plan_lists_wanted {
	const char *language;
	int64_t level, minutes;
	struct window from; /* its begin alone */
	struct bind_list newcomers;
};

extern const struct bind PLAN_LISTS_SHORTAGE, PLAN_LISTS_WANTED;

/* External ids become indexes; faults, and no memory, are in e. */
void plan_lists_take(struct arena *a, const struct community *c,
    const struct bind_list *shortages, const struct bind_list *wanted,
    struct plan *plan, struct err *e);

#endif
