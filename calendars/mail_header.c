/* Header fields and base64: see mail_header.h. */
#include "calendars/mail_header.h"

#include <string.h>

#include "base/instant.h"
#include "base/utf8.h"
#include "calendars/cal_text.h"

enum {
	WORD_OCTETS =
	    42, /* of text in an encoded word: 68 characters with its marks */
	PLAIN_OCTETS = 60, /* longer texts are folded, as encoded words */
	LINE_OCTETS = 57,  /* 76 characters of base64 */
	TEXT_CAP = 4 * CAL_MAX_LINE,
};

static void put_base64(struct str *out, const char *data, size_t n)
{
	static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned long v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 |
			    (i + k < n ? (unsigned char)data[i + k] : 0);
		str_putc(out, DIGITS[v >> 18 & 63]);
		str_putc(out, DIGITS[v >> 12 & 63]);
		str_putc(out, i + 1 < n ? DIGITS[v >> 6 & 63] : '=');
		str_putc(out, i + 2 < n ? DIGITS[v & 63] : '=');
	}
}

void mail_header_base64(struct str *out, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i += LINE_OCTETS) {
		put_base64(
		    out, data + i, n - i < LINE_OCTETS ? n - i : LINE_OCTETS);
		str_puts(out, "\r\n");
	}
}

/* Can it stand as it is: as a text, or as a phrase before an address? */
static bool is_plain(const char *text, bool is_phrase)
{
	if (strlen(text) > PLAIN_OCTETS || strstr(text, "=?") != NULL)
		return false;
	for (; *text != '\0'; text++) {
		char c = *text;
		bool is_alnum = (c >= '0' && c <= '9') ||
				((c | 32) >= 'a' && (c | 32) <= 'z');

		if (c < ' ' || c > '~')
			return false;
		if (is_phrase && !is_alnum && c != ' ' && c != '-')
			return false;
	}
	return true;
}

static void put_text(struct str *out, const char *text, bool is_phrase)
{
	size_t n = strlen(text);

	if (is_plain(text, is_phrase)) {
		str_puts(out, text);
		return;
	}
	for (size_t i = 0; i < n;) {
		size_t len = n - i <= WORD_OCTETS
				 ? n - i
				 : utf8_cut(text + i, WORD_OCTETS);

		str_puts(out, i > 0 ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		put_base64(out, text + i, len);
		str_puts(out, "?=");
		i += len;
	}
}

void mail_header_text(struct str *out, const char *field, const char *text)
{
	struct str line;

	str_init(&line, TEXT_CAP);
	cal_text_line(&line, text);
	str_printf(out, "%s: ", field);
	put_text(out, line.data, false);
	str_puts(out, "\r\n");
	out->failed = out->failed || line.failed;
	str_free(&line);
}

void mail_header_person(
    struct str *out, const char *field, const struct cal_person *who)
{
	struct str name;

	str_init(&name, TEXT_CAP);
	if (who->name != NULL)
		cal_text_line(&name, who->name);
	str_printf(out, "%s: ", field);
	put_text(out, name.data, true);
	str_printf(out, name.len > 0 ? "\r\n <%s>\r\n" : "%s\r\n", who->mail);
	out->failed = out->failed || name.failed;
	str_free(&name);
}

void mail_header_date(struct str *out, const char *field, int64_t instant)
{
	static const char *const MONTH[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil t = civil_from_seconds(instant);

	str_printf(out, "%s: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", field,
	    weekday_name(day_weekday(day_of(instant))), t.day,
	    MONTH[t.month - 1], t.year, t.hour, t.minute, t.second);
}
