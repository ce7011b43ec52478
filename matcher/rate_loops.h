/*
 * The loops of rate.c over mentors, n of them side by side. Private to the rater.
 */
#ifndef MATCHER_RATE_LOOPS_H
#define MATCHER_RATE_LOOPS_H

#include <stdbool.h>
#include <stdint.h>

struct rate_loops {
	/* points[j] = related, where the families meet, else 0 */
	void (*families)(int16_t *restrict points,
	    const uint32_t *restrict families, uint32_t own, int16_t related,
	    uint32_t n);
	/* points[j] += more, where term[j] is `own` */
	void (*same)(int16_t *restrict points, const uint32_t *restrict term,
	    uint32_t own, int16_t more, uint32_t n);
	/* points[j] += share_of(most, sum[j], whole) */
	void (*share)(int16_t *restrict points, const uint16_t *restrict sum,
	    int most, int whole, uint32_t n);
	/* the same of language levels, of shared quarter hours, of years */
	void (*language)(int16_t *restrict points,
	    const uint8_t *restrict level, int most, uint32_t n);
	void (*overlap)(int16_t *restrict points,
	    const uint16_t *restrict slots, int most, int full, uint32_t n);
	void (*experience)(int16_t *restrict points,
	    const int16_t *restrict years, int own, int low, int high, int most,
	    uint32_t n);
	/* points[j] += more[j] */
	void (*add)(
	    int16_t *restrict points, const int16_t *restrict more, uint32_t n);
	/* sum[j] += level[j] */
	void (*sum)(
	    uint16_t *restrict sum, const uint8_t *restrict level, uint32_t n);
	/* best[j] = max(best[j], min(own, level[j])) */
	void (*level)(uint8_t *restrict best, const uint8_t *restrict level,
	    uint8_t own, uint32_t n);
	/* count[j] += bit of word[j] */
	void (*count)(uint8_t *restrict count, const uint64_t *restrict word,
	    unsigned bit, uint32_t n);
	/* slots[j] += end[j] - begin[j], modulo 256 */
	void (*run)(uint16_t *restrict slots, const uint8_t *restrict begin,
	    const uint8_t *restrict end, uint32_t n);
	/* slots[j] = min(slots[j], other[j]) */
	void (*least)(uint16_t *restrict slots, const uint16_t *restrict other,
	    uint32_t n);
	/* broken[j] = the rules that language, hours and organisation break,
	 * and `always[j]` */
	void (*rules)(uint8_t *restrict broken, const uint8_t *restrict always,
	    const uint8_t *restrict language, uint8_t least_language,
	    const uint16_t *restrict slots, uint16_t least_slots,
	    const uint32_t *restrict organization, uint32_t own, uint32_t n);
	/* how many points are not -1 */
	uint32_t (*allowed)(const int16_t *points, uint32_t n);
	/* points[j] >= floor and points[j] - price[j] >= least for any j? */
	bool (*any)(const int16_t *restrict points,
	    const int32_t *restrict price, int16_t floor, int32_t least,
	    uint32_t n);
	/* points[j] = -1 where a rule is broken */
	void (*finish)(int16_t *restrict points, const uint8_t *restrict broken,
	    uint32_t n);
};

/* `portable`: without the processor's extensions. */
const struct rate_loops *rate_loops(bool portable);

#endif
