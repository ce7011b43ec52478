/* The page of a feed: see feed_page.h. */
#include "calendars/feed_page.h"

#include "calendars/mail_body.h"

static const struct mail_value NOTHING[] = {{NULL, NULL}};

void feed_page_write(struct str *out, const struct feed_page *p)
{
	mail_body_head(out, p->language, p->name);
	str_puts(out, "<h1><bdi>");
	str_put_markup(out, p->name);
	str_puts(out, "</bdi></h1>\n<p><a href=\"");
	str_put_markup(out, p->webcal);
	str_puts(out, "\">");
	str_put_markup(out, mail_words_text(p->language, MAIL_SUBSCRIBE));
	str_puts(out, "</a></p>\n");
	mail_body_say(out, p->language, MAIL_SCAN, NOTHING);
	str_puts(out, p->picture);
	mail_body_say(out, p->language, MAIL_COPY, NOTHING);
	str_puts(out, "<p><input readonly dir=\"ltr\" size=\"40\" value=\"");
	str_put_markup(out, p->address);
	str_puts(out, "\" aria-label=\"");
	str_put_markup(out, mail_words_text(p->language, MAIL_COPY));
	str_puts(out, "\"></p>\n");
	mail_body_say(out, p->language, MAIL_SECRET, NOTHING);
	str_puts(out, "</body>\n</html>\n");
}
