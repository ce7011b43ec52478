/* The page behind a mail's link: see mail_page.h. */
#include "calendars/mail_page.h"

#include <string.h>

static void put_button(struct str *out, const struct mail_page *p,
    const char *field, const char *value, enum mail_word word)
{
	str_puts(out, "<form method=\"post\" action=\"");
	str_put_markup(out, p->path);
	str_printf(out, "\"><button name=\"%s\" value=\"%s\">", field, value);
	str_put_markup(out, mail_words_text(p->look.language, word));
	str_puts(out, "</button></form>\n");
}

static const struct {
	const char *answer;
	enum mail_word said, button;
} ANSWERS[] = {
    {"accepted", MAIL_SAID_YES, MAIL_YES},
    {"tentative", MAIL_SAID_PERHAPS, MAIL_PERHAPS},
    {"declined", MAIL_SAID_NO, MAIL_NO},
};

/* What was said, and a button for each thing to say. */
static void put_answers(struct str *out, const struct mail_page *p)
{
	const size_t n = sizeof(ANSWERS) / sizeof(ANSWERS[0]);

	for (size_t i = 0; i < n; i++)
		if (p->answer != NULL &&
		    strcmp(ANSWERS[i].answer, p->answer) == 0)
			mail_body_say(out, p->look.language, ANSWERS[i].said,
			    (const struct mail_value[]){{NULL, NULL}});
	for (size_t i = 0; p->is_open && i < n; i++)
		put_button(
		    out, p, "answer", ANSWERS[i].answer, ANSWERS[i].button);
}

void mail_page_write(struct str *out, const struct mail_page *p)
{
	const struct mail_look *l = &p->look;
	const struct mail_value community[] = {
	    {"community", l->community}, {NULL, NULL}};

	mail_body_head(out, l->language, l->event->title);
	str_puts(out, "<h1><bdi>");
	str_put_markup(out, l->event->title);
	str_puts(out, "</bdi></h1>\n");
	mail_body_when(out, l);
	put_answers(out, p);
	str_puts(out, "<hr>\n");
	mail_body_say(out, l->language, p->is_stopped ? MAIL_STOPPED : MAIL_WHY,
	    community);
	if (p->is_stopped)
		put_button(out, p, "mail", "resume", MAIL_RESUME);
	else
		put_button(out, p, "mail", "stop", MAIL_STOP);
	str_puts(out, "</body>\n</html>\n");
}
