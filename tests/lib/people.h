/*
 * Communities for tests, in few words.
 *
 *	struct people *f = people_new();
 *	people_add(f, "ana", "mentor; roles backend; stack go:5 c:4; langs en:C1;"
 *	    " zone Europe/Berlin; hours Mon 18:00-20:00, Tue 18:00-20:00; cap 2");
 *	people_add(f, "ben", "newcomer; wants go; prefers ana");
 *	const struct community *c = people_community(f);
 *
 * Fields, separated by ';': newcomer | mentor | both; roles, wants, tags, stack
 * (term[:level]), langs (tag:level with A1…C2 or native), prefers, avoids: words
 * separated by spaces; zone, industry, style, org: one word; hours: windows
 * separated by ',', likes: those preferred; volunteer, carried; years (2.5), cap,
 * waits (days), recent (pairings), mentors (wanted). Left out: newcomer, language
 * en:native, zone UTC, hours Mon 18:00-20:00, capacity 1 for mentors. Names
 * may be used before the person is added. A mistake fails the test at once.
 */
#ifndef TESTS_LIB_PEOPLE_H
#define TESTS_LIB_PEOPLE_H

#include <stdint.h>

#include "base/zone.h"
#include "matcher/community.h"
#include "matcher/policy.h"

struct people;

/* The Monday on which the clocks of these zones are tabulated: 2026-10-05. */
enum {
	PEOPLE_FIRST_DAY = 20731
};

struct people *people_new(void);
void people_free(struct people *f);
void people_add(struct people *f, const char *id, const char *fields);

/* Sorted, complete; owned by f. Call once, after the last people_add. */
const struct community *people_community(struct people *f);

/* Index of a person, failing the test when there is none. */
uint32_t people_find(const struct people *f, const char *id);

/* The default policy with first_day = PEOPLE_FIRST_DAY. */
struct policy people_policy(void);

/* Hand-made tables with the real clock changes from 2026-01 to 2027-12 of UTC,
 * Europe/Berlin, Europe/London, America/New_York, Asia/Kathmandu, Asia/Tokyo,
 * America/Sao_Paulo, Australia/Sydney. NULL when unknown. */
const struct zone *people_zone(const char *name);

/*
 * A synthetic community: n newcomers "n00000…", m mentors "m00000…" with skewed
 * skills, hours and languages, two mentors wanted by many (m >= 2). Same seed, same
 * community.
 */
const struct community *people_random(
    struct people *f, uint32_t n, uint32_t m, uint64_t seed);

#endif
