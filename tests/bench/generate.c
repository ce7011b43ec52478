/*
 * bench/generate --newcomers N --mentors M --seed S [--popular]: a member file on
 * standard output, for measuring at any size. The same numbers, the same octets.
 *
 * People live where developers live, most speak English, and are free on evenings
 * and weekends; about half of all pairs are allowed under the default policy. With
 * --popular one mentor in a hundred suits nearly everybody: at home in every
 * language and the whole stack, free around the clock, and whom newcomers name.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

enum {
	MAX_PEOPLE = 100000, /* of a side */
	POPULAR_EVERY = 100,
	ORGANISATIONS = 400,
};

struct order {
	int64_t newcomers, mentors, seed;
	bool popular;
};

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint32_t draw(uint64_t *state, uint32_t below)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 32) % below;
}

/* The lower the likelier. */
static uint32_t skewed(uint64_t *s, uint32_t below)
{
	uint32_t a = draw(s, below), b = draw(s, below);

	return a < b ? a : b;
}

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof((list)[0])))

static const char *const ROLES[] = {"full-stack", "back-end", "front-end",
    "data-scientist", "mobile", "devops", "data-engineer", "embedded",
    "qa-tester", "designer", "product-manager", "security"};
static const char *const STACK[] = {"javascript", "python", "sql", "typescript",
    "html-css", "java", "bash", "c#", "c++", "c", "go", "php", "rust", "kotlin",
    "swift", "r", "ruby", "dart", "scala", "elixir", "lua", "haskell", "matlab",
    "perl", "julia", "clojure", "erlang", "f#", "zig", "cobol"};
static const char *const TAGS[] = {"first-generation", "parent", "returner",
    "career-changer", "remote", "night-owl", "veteran", "student"};
static const char *const INDUSTRIES[] = {"software-development", "banking",
    "healthcare", "retail", "education", "energy", "government", "games",
    "insurance", "manufacturing", "media", "transport"};
static const char *const STYLES[] = {"chat", "call", "pairing", "async"};
static const char *const LEVELS[] = {"C1", "B2", "native", "C2", "B1", "A2"};

/* Where people live, and what they speak at home. */
static const struct {
	const char *zone, *language;
	uint32_t weight;
} PLACES[] = {
    {"America/New_York", "en", 14},
    {"Europe/Berlin", "de", 12},
    {"Asia/Kolkata", "hi", 10},
    {"Europe/London", "en", 10},
    {"America/Chicago", "en", 8},
    {"America/Los_Angeles", "en", 8},
    {"Europe/Paris", "fr", 7},
    {"America/Sao_Paulo", "pt", 7},
    {"Europe/Warsaw", "pl", 6},
    {"Europe/Madrid", "es", 6},
    {"Europe/Amsterdam", "nl", 5},
    {"America/Toronto", "en", 5},
    {"Europe/Rome", "it", 5},
    {"Europe/Kyiv", "uk", 4},
    {"America/Argentina/Buenos_Aires", "es", 3},
    {"Europe/Istanbul", "tr", 3},
    {"Africa/Lagos", "en", 3},
    {"America/Mexico_City", "es", 3},
    {"Asia/Tehran", "fa", 2},
    {"Africa/Cairo", "ar", 2},
    {"Africa/Nairobi", "sw", 2},
    {"America/Bogota", "es", 2},
    {"Asia/Karachi", "ur", 2},
    {"Asia/Dhaka", "bn", 2},
    {"Asia/Kathmandu", "ne", 1},
    {"Asia/Tokyo", "ja", 2},
    {"Asia/Shanghai", "zh", 2},
    {"Australia/Sydney", "en", 3},
    {"Pacific/Auckland", "en", 1},
    {"Asia/Jakarta", "id", 2},
};

static uint32_t draw_place(uint64_t *s)
{
	uint32_t sum = 0, at;

	for (uint32_t k = 0; k < COUNT(PLACES); k++)
		sum += PLACES[k].weight;
	at = draw(s, sum);
	for (uint32_t k = 0;; k++) {
		if (at < PLACES[k].weight)
			return k;
		at -= PLACES[k].weight;
	}
}

/* n different words of a list, the front ones likelier, some with a level. */
static void put_words(uint64_t *s, const char *const *word, uint32_t count,
    uint32_t n, uint32_t least_level)
{
	uint64_t taken = 0;

	for (uint32_t k = 0; k < n;) {
		uint32_t at = skewed(s, count);

		if (taken >> at & 1)
			continue;
		taken |= UINT64_C(1) << at;
		printf("%s%s", k++ > 0 ? ";" : "", word[at]);
		if (least_level > 0)
			printf(":%u", least_level + draw(s, 6 - least_level));
	}
	putchar(',');
}

static void put_languages(uint64_t *s, const char *own)
{
	bool is_english = strcmp(own, "en") == 0;

	printf("%s:native", own);
	if (!is_english && draw(s, 100) < 88)
		printf(";en:%s", LEVELS[draw(s, COUNT(LEVELS))]);
	if (is_english && draw(s, 100) < 20)
		printf(";es:%s", LEVELS[skewed(s, COUNT(LEVELS))]);
	putchar(',');
}

/* Some evenings, often a day at the weekend, now and then an early morning. */
static void put_hours(uint64_t *s)
{
	static const char *const DAYS[] = {"Mon", "Tue", "Wed", "Thu", "Fri"};
	uint32_t evenings = 0;

	for (uint32_t d = 0; d < COUNT(DAYS); d++) {
		uint32_t begin = 17 + draw(s, 3);

		if (draw(s, 100) < 15)
			printf("%s%s 07:00-08:%s", evenings++ > 0 ? ";" : "",
			    DAYS[d], draw(s, 2) ? "00" : "30");
		if (draw(s, 100) < 60)
			printf("%s%s %02u:%s-%02u:00",
			    evenings++ > 0 ? ";" : "", DAYS[d], begin,
			    draw(s, 2) ? "00" : "30", begin + 2 + draw(s, 3));
	}
	if (evenings == 0 || draw(s, 100) < 70)
		printf("%sSat %02u:00-%02u:00", evenings > 0 ? ";" : "",
		    8 + draw(s, 4), 14 + draw(s, 8));
	if (draw(s, 100) < 40)
		printf(";Sun %02u:00-%02u:30", 9 + draw(s, 4), 15 + draw(s, 6));
	putchar(',');
}

static void put_all(const char *const *word, uint32_t n, const char *level)
{
	for (uint32_t k = 0; k < n; k++)
		printf("%s%s%s", k > 0 ? ";" : "", word[k], level);
	putchar(',');
}

/* The columns from roles to tags. */
static void put_profile(uint64_t *s, bool is_mentor)
{
	uint32_t place = draw_place(s);

	put_words(s, ROLES, COUNT(ROLES), 1 + draw(s, is_mentor ? 3 : 2), 0);
	put_words(s, STACK, COUNT(STACK), 3 + draw(s, is_mentor ? 8 : 5),
	    is_mentor ? 2 : 1);
	put_words(s, STACK, COUNT(STACK), is_mentor ? 0 : 2 + draw(s, 4), 0);
	put_languages(s, PLACES[place].language);
	printf("%s,", PLACES[place].zone);
	put_hours(s);
	printf("%s,%s,", INDUSTRIES[skewed(s, COUNT(INDUSTRIES))],
	    STYLES[draw(s, COUNT(STYLES))]);
	put_words(s, TAGS, COUNT(TAGS), draw(s, 3), 0);
}

static void put_popular_profile(uint64_t *s)
{
	uint32_t place = draw_place(s);

	put_all(ROLES, COUNT(ROLES), "");
	put_all(STACK, COUNT(STACK), ":5");
	printf(",en:native;de:native;hi:native;fr:native;pt:native;pl:native;"
	       "es:native;nl:native;it:native;uk:native,%s,",
	    PLACES[place].zone);
	printf("Mon 00:00-24:00;Tue 00:00-24:00;Wed 00:00-24:00;"
	       "Thu 00:00-24:00;Fri 00:00-24:00;Sat 00:00-24:00;"
	       "Sun 00:00-24:00,%s,%s,",
	    INDUSTRIES[0], STYLES[draw(s, COUNT(STYLES))]);
	put_all(TAGS, COUNT(TAGS), "");
}

/* A few people of the other side, of those whose number is a multiple of `every`. */
static void put_people(
    uint64_t *s, char side, uint32_t people, uint32_t every, uint32_t percent)
{
	uint32_t n = draw(s, 100) < percent ? 1 + draw(s, 3) : 0;
	uint32_t count = (people + every - 1) / every;
	uint32_t first = draw(s, count);

	for (uint32_t k = 0; k < n && k < count; k++)
		printf("%s%c%06u", k > 0 ? ";" : "", side,
		    (first + k) % count * every);
}

static void put_person(
    uint64_t *s, const struct order *o, bool is_mentor, uint32_t number)
{
	bool is_popular =
	    o->popular && is_mentor && number % POPULAR_EVERY == 0;
	char side = is_mentor ? 'm' : 'n', other = is_mentor ? 'n' : 'm';
	uint32_t others = (uint32_t)(is_mentor ? o->newcomers : o->mentors);

	printf("%c%06u,%s %u,%c%06u@example.org,%s,", side, number,
	    is_mentor ? "Mentor" : "Newcomer", number, side, number,
	    is_mentor ? "mentor" : "newcomer");
	if (is_popular)
		put_popular_profile(s);
	else
		put_profile(s, is_mentor);
	printf("org-%u,%u,", draw(s, ORGANISATIONS),
	    is_mentor ? 4 + skewed(s, 25) : skewed(s, 6));
	if (is_mentor)
		printf("%u", 1 + draw(s, 5));
	putchar(',');
	put_people(s, other, others,
	    o->popular && !is_mentor ? POPULAR_EVERY : 1, is_mentor ? 5 : 25);
	putchar(',');
	put_people(s, other, others, 1, 3);
	putchar('\n');
}

static bool read_order(int argc, char **argv, struct order *o)
{
	struct {
		const char *name;
		int64_t *value, least, most;
	} option[] = {{"--newcomers", &o->newcomers, 1, MAX_PEOPLE},
	    {"--mentors", &o->mentors, 1, MAX_PEOPLE},
	    {"--seed", &o->seed, 0, INT64_C(1) << 53}};

	for (int k = 1; k < argc; k++) {
		uint32_t at = 0;

		if (strcmp(argv[k], "--popular") == 0) {
			o->popular = true;
			continue;
		}
		while (
		    at < COUNT(option) && strcmp(argv[k], option[at].name) != 0)
			at++;
		if (at == COUNT(option) || ++k == argc ||
		    !num_parse_i64(argv[k], strlen(argv[k]), option[at].least,
			option[at].most, option[at].value))
			return false;
	}
	return o->newcomers > 0 && o->mentors > 0;
}

int main(int argc, char **argv)
{
	struct order o = {0};
	uint64_t state;

	if (!read_order(argc, argv, &o)) {
		fputs("usage: generate --newcomers N --mentors M --seed S "
		      "[--popular]\n",
		    stderr);
		return 2;
	}
	state = (uint64_t)o.seed;
	puts("external_id,display_name,email,participation,roles,stack,wants,"
	     "languages,time_zone,availability,industry,style,tags,"
	     "organization,years,capacity,preferences,avoid");
	for (uint32_t i = 0; i < o.newcomers; i++)
		put_person(&state, &o, false, i);
	for (uint32_t j = 0; j < o.mentors; j++)
		put_person(&state, &o, true, j);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
