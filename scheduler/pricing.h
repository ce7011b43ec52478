/*
 * Pricing: the cohorts that would improve a plan most, given prices.
 *
 * A column is a guide with a language, a pattern and a set of newcomers. For a
 * fixed option and pattern the best set is found by sorting newcomers by value
 * minus price: take the best cohort_max of positive worth, at least cohort_min.
 * Newcomers who avoid each other are kept apart by branching on the first clash
 * in the set taken. All arithmetic is in integers of 1/PRICE_UNIT objective
 * units, so that the bound it gives is exact.
 */
#ifndef SCHEDULER_PRICING_H
#define SCHEDULER_PRICING_H

#include "scheduler/forming.h"

enum {
	PRICE_UNIT = 1 << 20,
	PRICE_SLACK = 256, /* what rounded prices may seem to gain */
	PRICING_KEEP = 4,  /* columns kept per guide and call */
};

struct column {
	uint32_t option, pattern;
	uint16_t n;
	const uint32_t *newcomer; /* numbers, ascending */
	int64_t value;            /* objective units */
	int64_t gain;             /* when priced: value minus prices */
};

/* What the rows of the master cost, in PRICE_UNITs; never negative. */
struct prices {
	int64_t *newcomer; /* of taking the newcomer */
	int64_t *guide;    /* of one cohort of the guide */
	int64_t *moment;   /* guide x WEEK_SLOTS: of meeting in a quarter hour;
			      NULL when every guide has one cohort */
};

/* What is left to decide. */
struct remainder {
	const uint64_t *newcomers;  /* set: not yet placed */
	const uint8_t *load;        /* per guide: cohorts still possible */
	const struct column *fixed; /* cohorts taken already */
	uint32_t n_fixed;
};

struct pricer;

/* NULL: no memory. */
struct pricer *pricing_new(struct arena *a, const struct forming *f);

/*
 * The best columns of positive gain, PRICING_KEEP per guide at most, best first
 * per guide, with their newcomers in `a`; the list holds until the next call. *ret_excess is a proven bound on what all
 * guides together could still gain. False: no memory.
 */
bool pricing_run(struct arena *a, struct pricer *p, const struct prices *prices,
    const struct remainder *r, const struct column **ret, uint32_t *ret_n,
    int64_t *ret_excess);

#endif
