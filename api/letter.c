/* The mail of one message: see letter.h. */
#include "api/letter.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "calendars/mail.h"
#include "calendars/tz.h"

enum mail_language letter_language(const char *spoken, const char *otherwise)
{
	int found = -1;

	while (found < 0 && *spoken != '\0') {
		size_t n = strcspn(spoken, " ");

		found = mail_words_find(spoken, n);
		spoken += n;
		spoken += *spoken == ' ';
	}
	if (found < 0)
		found = mail_words_find(otherwise, strlen(otherwise));
	return found < 0 ? MAIL_EN : (enum mail_language)found;
}

enum err_code letter_zone(struct tz *tz, const char *name,
    const struct zone **ret_zone, struct err *e)
{
	struct err ignored = {0};

	if (tz_zone(tz, name, ret_zone, &ignored) == ERR_OK)
		return ERR_OK;
	return tz_zone(tz, "UTC", ret_zone, e);
}

static const char *why_withheld(
    const struct db_letter *row, const struct mail_event *ev, int64_t now)
{
	if (row->is_gone)
		return "the member is erased";
	if (row->is_stopped)
		return "the member asked for no mail";
	return mail_event_end(ev) <= now ? "all of it is over" : NULL;
}

enum err_code letter_write(struct arena *a, const struct conf *conf,
    struct tz *tz, const struct db_claim *claim, const struct db_letter *row,
    int64_t now, struct letter *ret_letter, struct str *out, struct err *e)
{
	char id[ID_TEXT_SIZE];
	struct mail_event told;
	struct mail m = {
	    .ics = row->ics,
	    .date = row->told_at,
	    .to = {row->name, row->recipient_mail},
	    .sender = conf->mail_sender,
	    .organizer = row->organizer_name,
	    .community = row->community_name,
	    .language = letter_language(row->languages, conf->mail_language),
	    .is_first = row->is_first,
	};
	enum err_code code;

	if (row->ics == NULL) {
		ret_letter->withheld = "it names somebody who is erased";
		return ERR_OK;
	}
	id_format(&claim->id, id);
	mail_address_with_token(
	    mail_address_of_replies(conf), row->token, ret_letter->from);
	m.reply_to = ret_letter->from;
	m.message_id = arena_printf(a, "%s@%s", id, row->calendar_domain);
	m.page_url =
	    arena_printf(a, "%s/rsvp/%s", conf->public_url, row->token);
	if (m.message_id == NULL || m.page_url == NULL)
		return ERR_SET(e, NOMEM, "no memory for the mail");
	ret_letter->to = row->recipient_mail;
	code = letter_zone(tz, row->time_zone, &m.zone, e);
	if (code == ERR_OK)
		code = letter_zone(tz, row->event_zone, &m.anchor, e);
	if (code == ERR_OK)
		code = mail_write(a, &m, out, &told, e);
	if (code == ERR_OK)
		ret_letter->withheld = why_withheld(row, &told, now);
	return code;
}
