/*
 * Pricing: the cohorts that would improve a plan most, given prices.
 *
 * A column is an opening and a set of newcomers. For a fixed opening the best set is
 * found by selection: the cohort_max newcomers of the greatest value minus price, of
 * positive worth but for the first cohort_min. Newcomers who avoid each other are
 * kept apart by branching on the first clash in the set taken. Where only so many of one
 * organization may sit together the selection is a basis of a truncated partition matroid:
 * who comes in where theirs are full puts out the least of them, so it stays the best. All arithmetic is in
 * integers of 1/PRICE_UNIT objective units, so that the bound it gives is exact.
 */
#ifndef SCHEDULER_PRICING_H
#define SCHEDULER_PRICING_H

#include "scheduler/forming.h"

enum {
	PRICE_UNIT = 1 << 20,
	PRICE_SLACK = 256, /* what rounded prices may seem to gain */
	PRICING_KEEP = 4,  /* columns kept per guide and call */
	/* openings x newcomers; below, threads cost more than they bring */
	PRICING_PARALLEL = 1000000,
};

struct column {
	uint32_t opening;
	uint16_t n;
	const uint32_t *newcomer; /* numbers, ascending */
	int64_t value;            /* objective units */
	int64_t gain;             /* when priced: value minus prices */
};

/* What the rows of the master cost, in PRICE_UNITs. */
struct prices {
	int64_t *newcomer; /* of taking the newcomer; never negative */
	int64_t *guide;    /* of one cohort of the guide */
	int64_t *moment;   /* guide x WEEK_SLOTS: of meeting in a quarter hour;
			      NULL when every guide has one cohort */
	int64_t *opening;  /* of using the opening; NULL: nothing */
};

/* What may be used. */
struct remainder {
	const uint64_t *newcomers; /* set */
	const uint64_t *openings;  /* set */
	const uint8_t *load;       /* per guide: cohorts at most */
};

struct pricer;

/* NULL: no memory. With `threads` guides are priced side by side; what comes out
 * does not depend on it. */
struct pricer *pricing_new(
    struct arena *a, const struct forming *f, unsigned threads);

/*
 * The columns of a gain above `least`, PRICING_KEEP per guide at most, best first per
 * guide; with their newcomers they hold until the next call. *ret_excess is a proven
 * bound on what all guides together could still gain.
 */
void pricing_run(struct pricer *p, const struct prices *prices,
    const struct remainder *r, int64_t least, const struct column **ret,
    uint32_t *ret_n, int64_t *ret_excess);

/* Of the last pricing_run: no column of the opening gains more; INT64_MIN / 2 for
 * one that may not be used. */
int64_t pricing_gain(const struct pricer *p, uint32_t opening);

/* Of the last pricing_run: what the guide's cohorts gain together at most. */
int64_t pricing_guide(const struct pricer *p, uint32_t guide);

/* Of the last pricing_run: of the openings that make this up, the least one's gain; 0
 * when the guide need not have them all. */
int64_t pricing_least(const struct pricer *p, uint32_t guide);

/* Openings priced so far, in all calls: a measure of time that is the same on every
 * machine. */
uint64_t pricing_work(const struct pricer *p);

/* What an opening costs but for its newcomers. */
int64_t pricing_opening_price(
    const struct forming *f, const struct prices *prices, uint32_t opening);

#endif
