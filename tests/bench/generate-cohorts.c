/*
 * bench/generate-cohorts --newcomers N --guides G --slots S --seed K [--wide]: a member file on
 * standard output for measuring how cohorts are formed. The same numbers, the same
 * octets.
 *
 * There are S hours of the week, in UTC and 90 minutes apart, so that no session fits
 * between two; everybody is free in 25 to 30 % of them, written in their own zone's
 * winter time: from November 2026 until March 2027 no zone of the list changes its
 * clocks. Three languages; two in five people speak two of them.
 * With --wide everybody speaks English and is free from early to late on all days, so
 * that a single cohort has many times to choose from.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/num.h"
#include "base/week.h"

enum {
	MAX_PEOPLE = 10000, /* of a side */
	MAX_SLOTS = 63,
	FIRST_MINUTE = 6 * 60,
	APART = 90,
	SESSION = 60,
};

struct order {
	int64_t newcomers, guides, slots, seed;
	bool wide;
};

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint32_t draw(uint64_t *state, uint32_t below)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 32) % below;
}

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof((list)[0])))

static const struct {
	const char *zone;
	int offset; /* minutes, in the northern winter */
} ZONES[] = {{"Europe/Berlin", 60}, {"Europe/London", 0},
    {"America/New_York", -300}, {"Asia/Kolkata", 330}, {"Africa/Lagos", 60},
    {"Asia/Kathmandu", 345}, {"America/Bogota", -300}, {"Europe/Athens", 120}};

static const char *const LANGUAGES[] = {"en", "de", "es"};
static const char *const LEVELS[] = {"native", "C2", "C1", "B2", "B1"};
static const char *const STACK[] = {"python", "sql", "go", "rust", "java", "c",
    "typescript", "kotlin", "ruby", "swift"};
static const char *const ROLES[] = {
    "back-end", "front-end", "data-engineer", "mobile", "devops"};

static void put_window(
    unsigned day, unsigned begin, unsigned end, bool is_first)
{
	printf("%s%s %02u:%02u-%02u:%02u", is_first ? "" : ";",
	    weekday_name((uint8_t)day), begin / 60, begin % 60, end / 60,
	    end % 60);
}

/* One slot in a local clock, cut at midnight. */
static void put_slot(uint32_t slot, int offset, bool is_first)
{
	int utc = (int)(slot % 7 * 1440 + FIRST_MINUTE + slot / 7 * APART);
	unsigned begin = (unsigned)(utc + offset + WEEK_MINUTES) % WEEK_MINUTES;
	unsigned day = begin / 1440, minute = begin % 1440,
		 end = minute + SESSION;

	put_window(day, minute, end < 1440 ? end : 1440, is_first);
	if (end > 1440)
		put_window((day + 1) % 7, 0, end - 1440, false);
}

static void put_hours(uint64_t *s, uint32_t slots, int offset)
{
	uint32_t n = (slots * (25 + draw(s, 6)) + 50) / 100;
	uint64_t taken = 0;

	for (uint32_t k = 0; k < n || k == 0;) {
		uint32_t slot = draw(s, slots);

		if ((taken >> slot & 1) == 0)
			put_slot(slot, offset, k++ == 0);
		taken |= UINT64_C(1) << slot;
	}
	putchar(',');
}

/* From early to late, another span each day. */
static void put_wide_hours(uint64_t *s)
{
	for (unsigned day = 0; day < 7; day++) {
		unsigned begin = 60 * (5 + draw(s, 3));
		unsigned end = 60 * (21 + draw(s, 3));

		put_window(day, begin, end, day == 0);
	}
	putchar(',');
}

static void put_languages(uint64_t *s)
{
	uint32_t first = draw(s, COUNT(LANGUAGES));

	printf("%s:%s", LANGUAGES[first], LEVELS[draw(s, COUNT(LEVELS))]);
	if (draw(s, 5) < 2)
		printf(";%s:%s", LANGUAGES[(first + 1 + draw(s, 2)) % 3],
		    LEVELS[draw(s, COUNT(LEVELS))]);
	putchar(',');
}

/* Neighbours in the list, so that none is named twice. */
static void put_stack(uint64_t *s, uint32_t n, bool with_level)
{
	uint32_t first = draw(s, COUNT(STACK));

	for (uint32_t k = 0; k < n; k++) {
		printf("%s%s", k > 0 ? ";" : "",
		    STACK[(first + k) % COUNT(STACK)]);
		if (with_level)
			printf(":%u", 1 + draw(s, 5));
	}
	putchar(',');
}

static void put_person(
    uint64_t *s, const struct order *o, bool is_guide, uint32_t number)
{
	char side = is_guide ? 'g' : 'n';
	uint32_t zone = draw(s, COUNT(ZONES));

	printf("%c%05u,%s %u,%c%05u@example.org,%s,%s,", side, number,
	    is_guide ? "Guide" : "Newcomer", number, side, number,
	    is_guide ? "mentor" : "newcomer", ROLES[draw(s, COUNT(ROLES))]);
	put_stack(s, 2 + draw(s, 3), true);
	put_stack(s, is_guide ? 0 : 1 + draw(s, 3), false);
	if (o->wide)
		printf("en:native,");
	else
		put_languages(s);
	printf("%s,", ZONES[zone].zone);
	if (o->wide)
		put_wide_hours(s);
	else
		put_hours(s, (uint32_t)o->slots, ZONES[zone].offset);
	printf("%u,%s\n", is_guide ? 4 + draw(s, 20) : draw(s, 4),
	    is_guide ? "1" : "");
}

static bool read_order(int argc, char **argv, struct order *o)
{
	struct {
		const char *name;
		int64_t *value, least, most;
	} option[] = {{"--newcomers", &o->newcomers, 1, MAX_PEOPLE},
	    {"--guides", &o->guides, 1, MAX_PEOPLE},
	    {"--slots", &o->slots, 1, MAX_SLOTS},
	    {"--seed", &o->seed, 0, INT64_C(1) << 53}};

	for (int k = 1; k < argc; k += 2) {
		uint32_t at = 0;

		if (strcmp(argv[k], "--wide") == 0) {
			o->wide = true;
			k--;
			continue;
		}
		while (
		    at < COUNT(option) && strcmp(argv[k], option[at].name) != 0)
			at++;
		if (at == COUNT(option) || k + 1 == argc ||
		    !num_parse_i64(argv[k + 1], strlen(argv[k + 1]),
			option[at].least, option[at].most, option[at].value))
			return false;
	}
	return o->newcomers > 0 && o->guides > 0 && o->slots > 0;
}

int main(int argc, char **argv)
{
	struct order o = {0};
	uint64_t state;

	if (!read_order(argc, argv, &o)) {
		fputs("usage: generate-cohorts --newcomers N --guides G "
		      "--slots S --seed K [--wide]\n",
		    stderr);
		return 2;
	}
	state = (uint64_t)o.seed;
	puts("external_id,display_name,email,participation,roles,stack,wants,"
	     "languages,time_zone,availability,years,capacity");
	for (uint32_t i = 0; i < o.newcomers; i++)
		put_person(&state, &o, false, i);
	for (uint32_t j = 0; j < o.guides; j++)
		put_person(&state, &o, true, j);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
