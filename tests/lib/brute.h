/*
 * Who can come when, the slow and obvious way: every date, every minute, straight
 * from windows, zone tables and busy times. Shares nothing with the scheduler.
 */
#ifndef TESTS_LIB_BRUTE_H
#define TESTS_LIB_BRUTE_H

#include "scheduler/intake.h"

enum {
	BRUTE_UNUSABLE = -1, /* no date, or one that meets a clock change */
	BRUTE_NEVER = 1000,  /* busy or an ambiguous clock on some date */
};

/* Dates of a weekly slot that a person misses, or one of the above. */
int brute_misses(const struct intake *in, const struct community *c,
    uint32_t person, const struct busy_time *busy, uint32_t n_busy,
    unsigned weekday, unsigned minute);

#endif
