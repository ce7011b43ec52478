/*
 * The guard of recurrence rules and its expansion: any text is refused or unfolds within
 * its budget, ascending, no more often than COUNT and no later than UNTIL; from the
 * second instance on each is in the rule's months and hours.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/rrule.h"
#include "calendars/rrule_set.h"

enum {
	BUDGET = 200000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	const struct rrule *rule;
	int64_t last, until;
	uint32_t n;
};

static bool look(void *cookie, int64_t local)
{
	struct seen *s = cookie;
	struct civil c = civil_from_seconds(local);
	const struct rrule *r = s->rule;

	if ((s->n > 0 && local <= s->last) || local > s->until ||
	    (r->count > 0 && s->n >= r->count))
		abort();
	if (s->n > 0 && r->given & 1u << RRULE_MONTH &&
	    !rrule_set_has(r->by[RRULE_MONTH].plus, c.month))
		abort();
	if (s->n > 0 && r->given & 1u << RRULE_HOUR &&
	    !rrule_set_has(r->by[RRULE_HOUR].plus, c.hour))
		abort();
	s->last = local;
	return ++s->n < BUDGET;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint64_t budget = BUDGET;
	struct rrule rule;
	struct seen seen = {.rule = &rule, .until = INT64_MAX};

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (rrule_parse(text, &rule) == NULL) {
		/* A Saturday evening in a leap year. */
		struct rrule_span span = {.start = INT64_C(1835467200),
		    .from = INT64_C(1835467200) +
			    (int64_t)(size % 3) * INT64_C(40000000),
		    .to = INT64_C(2145916800),
		    .budget = &budget};

		if (rule.has_until)
			seen.until = rule.until.local +
				     (rule.until.is_date ? INSTANT_DAY - 1 : 0);
		if (rrule_expand(&rule, &span, look, &seen) == RRULE_COSTLY &&
		    budget != 0)
			abort();
		if (budget > BUDGET)
			abort();
	}
	free(text);
	return 0;
}
