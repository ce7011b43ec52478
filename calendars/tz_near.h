/* How far apart two zone names are, the way people mistype them. Pure; any thread. */
#ifndef CALENDARS_TZ_NEAR_H
#define CALENDARS_TZ_NEAR_H

/*
 * Insert, delete, replace, swap neighbours: one point each (optimal string
 * alignment). Case does not count; spaces and hyphens are underscores. Both texts
 * are shorter than TZ_NAME_SIZE. O(length^2).
 */
unsigned tz_near_distance(const char *a, const char *b);

#endif
