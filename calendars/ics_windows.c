/* Asking ICU: see ics_windows.h. */
#include "calendars/ics_windows.h"

#include <string.h>
#include <unicode/ucal.h>

enum {
	NAME_MAX_LENGTH = 64,
};

bool ics_windows_zone(const char *name, char ret_iana[TZ_NAME_SIZE])
{
	size_t n = strlen(name);
	UChar wide[NAME_MAX_LENGTH], found[TZ_NAME_SIZE];
	UErrorCode status = U_ZERO_ERROR;
	int32_t length;

	if (n == 0 || n >= NAME_MAX_LENGTH)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (name[i] < ' ' || name[i] > '~')
			return false;
		wide[i] = (UChar)name[i];
	}
	length = ucal_getTimeZoneIDForWindowsID(
	    wide, (int32_t)n, NULL, found, TZ_NAME_SIZE - 1, &status);
	if (U_FAILURE(status) || length <= 0 || length >= TZ_NAME_SIZE)
		return false;
	for (int32_t i = 0; i < length; i++)
		ret_iana[i] = (char)found[i];
	ret_iana[length] = '\0';
	return true;
}
