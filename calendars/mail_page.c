/* The page behind a mail's link: see mail_page.h. */
#include "calendars/mail_page.h"

static void put_button(struct str *out, const struct mail_page *p,
    const char *field, const char *value, enum mail_word word)
{
	str_puts(out, "<form method=\"post\" action=\"");
	mail_body_escape(out, p->path);
	str_printf(out, "\"><button name=\"%s\" value=\"%s\">", field, value);
	mail_body_escape(out, mail_words_text(p->look.language, word));
	str_puts(out, "</button></form>\n");
}

void mail_page_write(struct str *out, const struct mail_page *p)
{
	const struct mail_look *l = &p->look;
	const struct mail_value community[] = {
	    {"community", l->community}, {NULL, NULL}};

	mail_body_head(out, l->language, l->event->title);
	str_puts(out, "<h1><bdi>");
	mail_body_escape(out, l->event->title);
	str_puts(out, "</bdi></h1>\n");
	mail_body_when(out, l);
	str_puts(out, "<hr>\n");
	mail_body_say(out, l->language, p->is_stopped ? MAIL_STOPPED : MAIL_WHY,
	    community);
	if (p->is_stopped)
		put_button(out, p, "mail", "resume", MAIL_RESUME);
	else
		put_button(out, p, "mail", "stop", MAIL_STOP);
	str_puts(out, "</body>\n</html>\n");
}
