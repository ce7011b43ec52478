/*
 * Reading an answer in a process of its own: mail and its calendars are anybody's, and
 * what reads them should be easy to lose. The child is this very binary without the
 * environment, the descriptors and the settings of the service; it has limits on processor
 * time, memory and output, and a deadline. What it says is checked like any other input.
 */
#ifndef API_ANSWER_CHILD_H
#define API_ANSWER_CHILD_H

#include "calendars/answer.h"

#define ANSWER_CHILD "read-answer"

/* As answer_read. ERR_VALIDATION, too, when the child did not survive it. Any thread. */
enum err_code answer_child_read(struct arena *a, const char *data, size_t n,
    const char *base, const char *to, struct answer *ret_answer,
    struct err *e) ERR_CHECKED;

/* The child: read-answer BASE [TO] < message > JSON. */
int answer_child_main(int argc, char **argv);

#endif
