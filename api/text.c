/* Text that people type: see text.h. libunistring allocates with malloc; its
 * results are copied into the arena and freed here. */
#include "api/text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <unicase.h>
#include <uninorm.h>

#include "base/utf8.h"
#include "matcher/terms.h"

enum {
	DISTANCE_MAX = 64,
	LABEL_MAX = 63,
	LOCAL_PART_MAX = 64,
	LANGUAGE_TAG_MAX = 35,
};

static char *adopt(struct arena *a, uint8_t *made, size_t n)
{
	char *copy = NULL;

	if (made != NULL)
		copy = arena_strndup(a, (const char *)made, n);
	free(made);
	return copy;
}

/* Most texts are: they are their own normal form, and fold as letters do. */
static bool is_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

char *text_nfc(struct arena *a, const char *s, size_t n)
{
	size_t len = 0;
	uint8_t *made;

	if (!utf8_is_valid(s, n))
		return NULL;
	while (n > 0 && (s[0] == ' ' || s[0] == '\t')) {
		s++;
		n--;
	}
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (n == 0)
		return arena_strdup(a, "");
	if (is_ascii(s, n))
		return arena_strndup(a, s, n);
	made = u8_normalize(UNINORM_NFC, (const uint8_t *)s, n, NULL, &len);
	return adopt(a, made, len);
}

const char *text_term(struct arena *a, const char *s, size_t n)
{
	char canonical[TERM_MAX_OCTETS + 1];
	size_t len = 0;
	uint8_t *folded;

	if (n == 0 || n > 4 * (size_t)TERM_MAX_OCTETS || !utf8_is_valid(s, n))
		return NULL;
	if (is_ascii(s, n)) {
		len = terms_canonical(s, n, canonical);
	} else {
		folded = u8_casefold(
		    (const uint8_t *)s, n, NULL, UNINORM_NFC, NULL, &len);
		if (folded == NULL)
			return NULL;
		len = terms_canonical((const char *)folded, len, canonical);
		free(folded);
	}
	return len == 0 ? NULL : arena_strndup(a, canonical, len);
}

static bool is_clean(const char *s, size_t n, bool lines)
{
	uint32_t cp;

	for (size_t i = 0, step; i < n; i += step) {
		step = utf8_decode(s + i, n - i, &cp);
		if (step == 0)
			return false;
		if (lines && (cp == '\n' || cp == '\r' || cp == '\t'))
			continue;
		if (utf8_is_unsafe(cp))
			return false;
	}
	return true;
}

const char *text_check_clean(const char *s, size_t n)
{
	return is_clean(s, n, false)
		   ? NULL
		   : "expected text without control, invisible or "
		     "direction-changing characters";
}

const char *text_check_lines(const char *s, size_t n)
{
	return is_clean(s, n, true)
		   ? NULL
		   : "expected text without control, invisible or "
		     "direction-changing characters but line breaks and tabs";
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* Labels of letters, digits and inner hyphens, joined by dots. */
static bool is_domain(const char *s, size_t n, size_t min_labels)
{
	size_t labels = 1, length = 0;

	if (n == 0 || n > 253)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.') {
			if (length == 0 || s[i - 1] == '-')
				return false;
			labels++;
			length = 0;
			continue;
		}
		if (!is_alnum(s[i]) && (s[i] != '-' || length == 0))
			return false;
		if (++length > LABEL_MAX)
			return false;
	}
	return length > 0 && s[n - 1] != '-' && labels >= min_labels;
}

static bool is_local_part(const char *s, size_t n)
{
	if (n == 0 || n > LOCAL_PART_MAX || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' && s[i - 1] == '.')
			return false;
		if (!is_alnum(s[i]) &&
		    (s[i] == '\0' || !strchr(".!#$%&'*+-/=?^_`{|}~", s[i])))
			return false;
	}
	return true;
}

const char *text_check_email(const char *s, size_t n)
{
	const char *at = memchr(s, '@', n);
	size_t local = at == NULL ? 0 : (size_t)(at - s);

	if (at != NULL && n <= TEXT_MAX_EMAIL && is_local_part(s, local) &&
	    is_domain(at + 1, n - local - 1, 2))
		return NULL;
	return "expected an e-mail address such as \"ada@example.org\"";
}

const char *text_check_url(const char *s, size_t n)
{
	static const char complaint[] =
	    "expected an address such as \"https://meet.example.org/room\"";
	size_t i, host;

	if (n > TEXT_MAX_URL)
		return complaint;
	if (n > 8 && strncasecmp(s, "https://", 8) == 0)
		host = 8;
	else if (n > 7 && strncasecmp(s, "http://", 7) == 0)
		host = 7;
	else
		return complaint;
	for (i = host; i < n && !strchr("/?#:", s[i]); i++)
		;
	if (!is_domain(s + host, i - host, 1))
		return complaint;
	if (i < n && s[i] == ':') {
		size_t port = ++i;

		for (; i < n && s[i] >= '0' && s[i] <= '9'; i++)
			;
		if (i == port || i - port > 5 ||
		    (i < n && !strchr("/?#", s[i])))
			return complaint;
	}
	for (; i < n; i++)
		if (s[i] <= ' ' || s[i] == 0x7f || strchr("<>\"\\^`{|}", s[i]))
			return complaint;
	return NULL;
}

const char *text_language(const char *s, size_t n, char out[9])
{
	size_t primary = 0, length = 0;

	if (n == 0 || n > LANGUAGE_TAG_MAX)
		return NULL;
	while (primary < n && s[primary] != '-' && s[primary] != '_')
		primary++;
	if (primary < 2 || primary > 8)
		return NULL;
	for (size_t i = 0; i < primary; i++) {
		char c = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];

		if (c < 'a' || c > 'z')
			return NULL;
		out[i] = c;
	}
	out[primary] = '\0';
	for (size_t i = primary; i < n; i++) {
		if (s[i] == '-' || s[i] == '_') {
			if (i > primary && length == 0)
				return NULL;
			length = 0;
		} else if (!is_alnum(s[i]) || ++length > 8) {
			return NULL;
		}
	}
	return primary == n || length > 0 ? out : NULL;
}

static const char *const LANGUAGE_LEVEL[] = {
    "", "A1", "A2", "B1", "B2", "C1", "C2", "native"};

int text_language_level(const char *s, size_t n)
{
	for (int level = 1; level <= 7; level++)
		if (strlen(LANGUAGE_LEVEL[level]) == n &&
		    strncasecmp(LANGUAGE_LEVEL[level], s, n) == 0)
			return level;
	return 0;
}

const char *text_language_level_name(int level)
{
	return level >= 1 && level <= 7 ? LANGUAGE_LEVEL[level] : "";
}

size_t text_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t row[DISTANCE_MAX + 1], diagonal, above, best;

	if (n_a > DISTANCE_MAX || n_b > DISTANCE_MAX)
		return DISTANCE_MAX + 1;
	for (size_t j = 0; j <= n_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n_b; j++) {
			above = row[j];
			best = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[n_b];
}

bool text_is_near(const char *a, const char *b)
{
	size_t n_a = strlen(a), n_b = strlen(b);

	return text_distance(a, n_a, b, n_b) <= 1 + n_b / 4;
}
