/*
 * Cleaning of texts and the grammar of addresses: see cal_text.h. Callers have
 * checked that texts are well-formed UTF-8 and within their caps.
 */
#include "calendars/cal_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "calendars/cal_event.h"

enum {
	MAX_LOCAL_PART = 64,
	MAX_LABEL = 63,
};

/* One line; characters of `drop` go without a trace. */
static void put_line(struct str *out, const char *text, const char *drop)
{
	size_t n = strlen(text), i = 0;
	bool space = false, begun = false;

	while (i < n) {
		uint32_t cp;
		size_t len = utf8_decode(text + i, n - i, &cp);

		if (len == 0)
			break;
		if (cp == ' ' || utf8_is_unsafe(cp)) {
			space = begun;
		} else if (cp >= 0x80 || strchr(drop, (int)cp) == NULL) {
			if (space)
				str_putc(out, ' ');
			str_put(out, text + i, len);
			space = false;
			begun = true;
		}
		i += len;
	}
}

void cal_text_line(struct str *out, const char *text)
{
	put_line(out, text, "");
}

void cal_text_parameter(struct str *out, const char *text)
{
	put_line(out, text, "\"^");
}

void cal_text_block(struct str *out, const char *text)
{
	size_t n = strlen(text), i = 0;

	/* Readers drop a value of white space alone. */
	if (text[strspn(text, " \t")] == '\0')
		return;
	while (i < n) {
		uint32_t cp;
		size_t len = utf8_decode(text + i, n - i, &cp);

		if (len == 0)
			break;
		if (cp == '\r') {
			if (text[i + 1] != '\n')
				str_putc(out, '\n');
		} else if (cp == '\n' || cp == '\t' || !utf8_is_unsafe(cp)) {
			str_put(out, text + i, len);
		}
		i += len;
	}
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* RFC 5322 atext. */
static bool is_atom(char c)
{
	return is_alnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

void cal_text_mailto(struct str *out, const char *mail)
{
	str_puts(out, "mailto:");
	for (const char *c = mail; *c != '\0'; c++) {
		if (strchr("%/?#^`{|}&", *c) != NULL)
			str_printf(out, "%%%02X", (unsigned char)*c);
		else
			str_putc(out, *c);
	}
}

static bool is_dot_atom(const char *s, size_t n)
{
	if (n == 0 || n > MAX_LOCAL_PART || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_atom(s[i]) && (s[i] != '.' || s[i - 1] == '.'))
			return false;
	return true;
}

static bool is_domain(const char *s)
{
	size_t label = 0;

	for (; *s != '\0'; s++) {
		if (*s == '.') {
			if (label == 0 || s[-1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!is_alnum(*s) && (*s != '-' || label == 0))
			return false;
		if (++label > MAX_LABEL)
			return false;
	}
	return label > 0 && s[-1] != '-';
}

const char *cal_text_mail_fault(const char *mail)
{
	const char *at = mail == NULL ? NULL : strchr(mail, '@');

	if (at == NULL || strlen(mail) > CAL_MAX_MAIL ||
	    !is_dot_atom(mail, (size_t)(at - mail)) || !is_domain(at + 1))
		return "expected a mail address such as ann@example.org, "
		       "without a display name or quotes";
	return NULL;
}

const char *cal_text_url_fault(const char *url)
{
	static const char *const fault =
	    "expected an http or https URL of at most 1000 characters, without "
	    "spaces and with other characters percent-encoded";
	size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
			: strncasecmp(url, "http://", 7) == 0 ? 7
							      : 0;

	if (scheme == 0 || strlen(url) > CAL_MAX_URL || !is_alnum(url[scheme]))
		return fault;
	for (const char *c = url; *c != '\0'; c++)
		if (*c <= ' ' || *c >= 0x7f ||
		    strchr("\"<>\\^`{|}", *c) != NULL)
			return fault;
	return NULL;
}

const char *cal_text_uid_fault(const char *uid)
{
	size_t n = uid == NULL ? 0 : strlen(uid);

	for (size_t i = 0; i < n; i++)
		if (!is_alnum(uid[i]) && strchr("@._+-", uid[i]) == NULL)
			n = 0;
	return n > 0 && n <= CAL_MAX_UID
		   ? NULL
		   : "expected 1 to 199 letters, digits and @ . _ + -";
}
