/* The dynamic programme of optimal string alignment in three rows. */
#include "calendars/tz_near.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "calendars/tz.h"

/* What people type: any case, spaces for underscores. */
static char fold(char c)
{
	return (char)(c == ' ' || c == '-' ? '_' : tolower((unsigned char)c));
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned tz_near_distance(const char *a, const char *b)
{
	unsigned row[3][TZ_NAME_SIZE + 1];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		unsigned *now = row[i % 3], *last = row[(i + 2) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			bool same = fold(a[i - 1]) == fold(b[j - 1]);

			now[j] = min3(last[j] + 1, now[j - 1] + 1,
			    last[j - 1] + (same ? 0 : 1));
			if (i > 1 && j > 1 &&
			    fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]) &&
			    row[(i + 1) % 3][j - 2] + 1 < now[j])
				now[j] = row[(i + 1) % 3][j - 2] + 1;
		}
	}
	return row[strlen(a) % 3][n];
}
