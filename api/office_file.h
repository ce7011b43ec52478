/* Files of office hours: the wish of a coordinator in, a plan out. docs/files.md has the
 * forms. Pure but for the JSON library; any thread. */
#ifndef API_OFFICE_FILE_H
#define API_OFFICE_FILE_H

#include "base/str.h"
#include "scheduler/office.h"

enum {
	OFFICE_FILE_MAX_OCTETS = 4 << 20
};

/* Newcomers are those of the community who are no hosts. All faults at once; ERR_NOMEM. */
enum err_code office_file_read(struct arena *a, const char *text, size_t n,
    const struct community *c, struct office_wish *ret_wish,
    struct err *e) ERR_CHECKED;

/* Failure is out->failed. */
void office_file_write(const struct community *c, const struct office_wish *w,
    const struct office_plan *plan, struct str *out);

#endif
