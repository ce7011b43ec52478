/*
 * Recurrence rules: what the guard refuses, and that no rule costs more than its budget.
 *
 * With --print N, lines "START RULE" on standard input (a local time) are answered with
 * one line each: its first N instances, in seconds. tests/interop/test_rrule.py judges
 * them by python3-dateutil.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/rrule.h"
#include "tests/golden/zones.h"

enum {
	BUDGET = 500000,
	LINE_SIZE = 4096,
};

#define FAR INT64_C(4102444800) /* 2100-01-01 */

struct out {
	long left;
	int64_t last;
	bool print;
};

static bool take(void *cookie, int64_t local)
{
	struct out *o = cookie;

	if (o->left-- <= 0)
		return false;
	if (o->print)
		printf("%lld ", (long long)local);
	else if (local <= o->last)
		fail_msg("an instance is not later than the one before");
	o->last = local;
	return true;
}

static void the_guard_refuses(void **state)
{
	static const char *const bad[] = {"", "FREQ", "FREQ=", "FREQ=HOURLYX",
	    "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=-1",
	    "FREQ=DAILY;COUNT=1x", "FREQ=DAILY;BYHOUR=24",
	    "FREQ=DAILY;BYMINUTE=60", "FREQ=DAILY;BYSECOND=61",
	    "FREQ=YEARLY;BYMONTH=13", "FREQ=YEARLY;BYMONTH=0",
	    "FREQ=YEARLY;BYMONTH=-1", "FREQ=MONTHLY;BYMONTHDAY=32",
	    "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=YEARLY;BYYEARDAY=367",
	    "FREQ=YEARLY;BYWEEKNO=54", "FREQ=YEARLY;BYSETPOS=0",
	    "FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYDAY=0MO",
	    "FREQ=MONTHLY;BYDAY=54MO", "FREQ=DAILY;UNTIL=20261301",
	    "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;BYDAY=MO;BYDAY=TU",
	    "FREQ=DAILY;WKST=ZZ", "FREQ=DAILY;SOMETHING=1",
	    "FREQ=DAILY;COUNT=9999999999"};
	struct rrule r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (rrule_parse(bad[i], &r) == NULL)
			fail_msg("%s", bad[i]);
	assert_null(rrule_parse("FREQ=DAILY;X-MINE=1;", &r));
	assert_null(rrule_parse("freq=weekly;byday=mo", &r));
}

static void no_rule_costs_more(void **state)
{
	static const char *const costly[] = {
	    "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
	    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY",
	    "FREQ=HOURLY;BYYEARDAY=366;BYWEEKNO=1",
	    "FREQ=SECONDLY;INTERVAL=999999999",
	    "FREQ=YEARLY;INTERVAL=999999999;BYMONTH=2;BYMONTHDAY=29",
	    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
	    "FREQ=DAILY;BYSETPOS=366;BYHOUR=1,2,3", "FREQ=MONTHLY;BYDAY=53MO",
	    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=-366",
	    "FREQ=SECONDLY;BYSECOND=59;BYMINUTE=59;BYHOUR=23;BYSETPOS=2"};

	(void)state;
	for (size_t i = 0; i < sizeof(costly) / sizeof(costly[0]); i++) {
		struct out o = {.left = LINE_SIZE, .last = INT64_MIN};
		uint64_t budget = BUDGET;
		struct rrule r;

		assert_null(rrule_parse(costly[i], &r));
		(void)rrule_expand(&r,
		    &(struct rrule_span){.start = 0,
			.from = 0,
			.to = FAR * 50,
			.budget = &budget},
		    take, &o);
		assert_true(budget <= BUDGET);
	}
}

/* What is far away is reached without counting up to it, unless COUNT asks for it. */
static void far_away(void **state)
{
	static const char *const rule[] = {"FREQ=SECONDLY;INTERVAL=7",
	    "FREQ=MINUTELY;INTERVAL=11", "FREQ=HOURLY;INTERVAL=5",
	    "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,SA",
	    "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=-1",
	    "FREQ=YEARLY;INTERVAL=3;BYDAY=20MO"};

	enum {
		N = sizeof(rule) / sizeof(rule[0])
	};

	/* Of each: a day, and sixty years later. */
	const int64_t from = INT64_C(1890000000), to = from + 7 * INSTANT_DAY;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		struct out near = {.left = INT32_MAX, .last = INT64_MIN};
		uint64_t budget = 200000;
		struct rrule r;

		assert_null(rrule_parse(rule[i], &r));
		assert_int_equal(rrule_expand(&r,
				     &(struct rrule_span){.start = 0,
					 .from = from,
					 .to = to,
					 .budget = &budget},
				     take, &near),
		    RRULE_ALL);
	}
}

static int print(long n)
{
	char line[LINE_SIZE];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *rule = line, *start = strsep(&rule, " ");
		uint64_t budget = UINT64_C(200000000);
		struct out o = {.left = n, .print = true};
		struct ics_time t;
		struct rrule r;

		line[sizeof(line) - 1] = '\0';
		if (rule == NULL || !ics_value_time(start, strlen(start), &t))
			return 1;
		rule[strcspn(rule, "\n")] = '\0';
		if (rrule_parse(rule, &r) != NULL) {
			puts("bad");
			continue;
		}
		(void)rrule_expand(&r,
		    &(struct rrule_span){.start = t.local,
			.from = t.local,
			.to = FAR,
			.budget = &budget},
		    take, &o);
		putchar('\n');
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_guard_refuses),
	    cmocka_unit_test(no_rule_costs_more),
	    cmocka_unit_test(far_away),
	};

	if (argc == 3 && strcmp(argv[1], "--print") == 0)
		return print(strtol(argv[2], NULL, 10));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
