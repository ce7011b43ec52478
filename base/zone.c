/* Offsets by binary search; local times by trying the offsets around them. */
#include "base/zone.h"

#include "base/instant.h"

/* Number of changes at or before `instant`. */
static uint32_t changes_until(const struct zone *z, int64_t instant)
{
	uint32_t low = 0, high = z->n_changes;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (z->change[mid].at <= instant)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int32_t offset_after(const struct zone *z, uint32_t n_changes)
{
	return n_changes == 0 ? z->first_offset
			      : z->change[n_changes - 1].offset;
}

int32_t zone_offset_at(const struct zone *z, int64_t instant)
{
	return offset_after(z, changes_until(z, instant));
}

int64_t zone_next_change(const struct zone *z, int64_t instant)
{
	uint32_t n = changes_until(z, instant);

	return n < z->n_changes ? z->change[n].at : z->to;
}

enum zone_fit zone_resolve(
    const struct zone *z, int64_t local, int64_t *instant)
{
	/* Offsets lie within a day, so only changes this near can matter. */
	uint32_t first = changes_until(z, local - INSTANT_DAY);
	uint32_t last = changes_until(z, local + INSTANT_DAY);
	int64_t hit = 0;
	unsigned hits = 0;

	for (uint32_t n = first; n <= last; n++) {
		int64_t u = local - offset_after(z, n);

		if (changes_until(z, u) != n)
			continue;
		if (hits == 0)
			hit = u;
		hits++;
	}
	if (hits == 0) {
		*instant = local - offset_after(z, first);
		return ZONE_GAP;
	}
	*instant = hit;
	return hits == 1 ? ZONE_UNIQUE : ZONE_OVERLAP;
}
