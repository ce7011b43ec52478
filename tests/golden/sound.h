/* What Cairn writes has nothing that its own invitation doctor would find. */
#ifndef TESTS_GOLDEN_SOUND_H
#define TESTS_GOLDEN_SOUND_H

#include "calendars/doctor.h"
#include "tests/golden/zones.h"

static inline void must_be_sound(struct tz *tz, const char *text, size_t n)
{
	struct arena *a = arena_new(64 << 20);
	struct doctor_report report;
	struct err e = {0};
	char slug[DOCTOR_SLUG_SIZE];

	if (doctor_examine(a, tz, &(struct doctor_text){text, n}, NULL, &report,
		&e) != ERR_OK)
		fail_msg("%s", e.detail);
	for (int i = 0; i < DOCTOR_RULES; i++) {
		const struct doctor_finding *f = &report.found[i];

		if (f->count == 0)
			continue;
		doctor_slug((enum doctor_rule)i, slug);
		fail_msg("line %u: %s: %s\n%.*s", f->line, slug,
		    f->detail == NULL ? "" : f->detail, (int)n, text);
	}
	arena_free(a);
}

#endif
