/*
 * What cairn explain answers, as JSON. docs/files.md has the form; the service keeps
 * the same text as the answer of a trial. Pure; any thread.
 */
#ifndef API_EXPLAIN_FILE_H
#define API_EXPLAIN_FILE_H

#include "base/str.h"
#include "matcher/why.h"

enum {
	EXPLAIN_FILE_MAX_OCTETS = 256 << 10
};

/* All borrowed. */
struct explain_file {
	const struct community *community;
	const struct plan *plan;
	uint32_t newcomer;
	/* The newcomer's pairs in the plan, or why nobody. */
	const struct plan_pair *pair; /* NULL: nobody */
	uint32_t n_pairs;
	const struct plan_unmatched *nobody;
	/* The other mentor; answer NULL: nobody asked for one. */
	uint32_t mentor;
	const struct why_answer *answer;
};

/* Pretty JSON. Check out->failed. */
void explain_file_write(const struct explain_file *x, struct str *out);

/* The word for a hard rule that a pair breaks. Whom somebody avoids is nobody's to
 * know: it is told like any other exclusion. NULL: SCORE_ALLOWED. */
const char *explain_file_rule(enum score_rule rule);

#endif
