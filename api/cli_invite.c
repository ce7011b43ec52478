/* Invitations as files: see cli_invite.h. The organizer is the guide, to whom
 * replies then go; a cohort with several sessions a week has one series, with its
 * own UID, per weekday. */
#include "api/cli_invite.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/itip.h"
#include "scheduler/schedule.h"

enum {
	ICS_CAP = 1 << 20,
	UID_HEX = 32,
	UID_SIZE = 64,
	TITLE_SIZE = 300,
	FILE_ID_MAX = 60,
};

struct series {
	const struct cli_input *in;
	const struct intake *intake;
	const struct cohort *cohort;
	uint32_t cohort_number, part; /* from 1 */
	struct cal_event event;
	char uid[UID_SIZE], title[TITLE_SIZE];
};

/* The sessions that keep this part's weekday and time. */
static bool take_sessions(struct series *s, const struct pattern_part *part)
{
	const struct cohort *k = s->cohort;
	struct cal_session *out =
	    ARENA_ARRAY(s->in->a, k->n_sessions, struct cal_session);
	size_t n = 0;

	if (out == NULL)
		return false;
	for (uint16_t i = 0; i < k->n_sessions; i++) {
		int64_t start = k->session[i];
		int64_t local =
		    start + zone_offset_at(s->intake->anchor, start);
		int64_t minute = local % INSTANT_DAY / INSTANT_MINUTE;

		if (day_weekday(day_of(local)) != part->weekday ||
		    minute != part->local_minute)
			continue;
		out[n++] = (struct cal_session){.original_start = start,
		    .start = start,
		    .end = start + s->intake->session_minutes * 60};
	}
	s->event.session = out;
	s->event.n_sessions = n;
	return true;
}

static bool make_uid(struct series *s, const struct pattern_part *part,
    const char *intake_digest)
{
	struct str text;
	char digest[PLAN_DIGEST_SIZE];
	bool good;

	str_init(&text, ICS_CAP);
	str_printf(&text, "%s\n%s\n%s\n%u %u\n", s->in->origin.input_digest,
	    intake_digest, s->in->community->person[s->cohort->guide].id,
	    part->weekday, part->local_minute);
	for (uint16_t i = 0; i < s->cohort->n_newcomers; i++)
		str_printf(&text, "%s\n",
		    s->in->community->person[s->cohort->newcomers[i]].id);
	good = !text.failed && plan_digest(text.data, text.len, digest);
	str_free(&text);
	snprintf(s->uid, sizeof(s->uid), "%.*s@cairn.invalid", UID_HEX,
	    digest + strlen("sha256:"));
	return good;
}

static void fill_event(struct series *s)
{
	const struct person *guide =
	    &s->in->community->person[s->cohort->guide];
	struct cal_event *ev = &s->event;

	snprintf(s->title, sizeof(s->title), "%s: cohort %u", s->intake->name,
	    s->cohort_number);
	ev->uid = s->uid;
	ev->dtstamp = ev->created = ev->last_modified = instant_now();
	ev->summary = s->title;
	ev->organizer.name = guide->name;
	ev->organizer.mail =
	    guide->email[0] ? guide->email : "cairn@cairn.invalid";
	ev->zone = s->intake->anchor;
	ev->minutes = s->intake->session_minutes;
}

/* "cohort-03-1-n-ada.ics": the id with what file names may not have replaced,
 * and the person's number, so that two ids never share a name. */
static void file_name(struct str *path, const struct series *s,
    const char *folder, uint32_t person)
{
	const char *id = s->in->community->person[person].id;

	str_printf(path, "%s/cohort-%03u-%u-%u-", folder, s->cohort_number,
	    s->part, person);
	for (size_t i = 0; id[i] != '\0' && i < FILE_ID_MAX; i++) {
		char c = id[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '-' || c == '_';

		str_putc(path, (char)(plain ? c : '_'));
	}
	str_puts(path, ".ics");
}

static bool invite_one(const struct series *s, const char *folder,
    uint32_t person, enum cal_role role, struct invite_count *count)
{
	const struct person *p = &s->in->community->person[person];
	struct cal_attendee to = {{p->name, p->email}, role};
	struct str text, path;
	struct err e;
	bool good = false;

	if (p->email[0] == '\0') {
		count->without_mail++;
		return true;
	}
	err_clear(&e);
	str_init(&text, ICS_CAP);
	str_init(&path, 1 << 16);
	file_name(&path, s, folder, person);
	if (itip_request(&s->event, &to, &text, &e) != ERR_OK)
		cli_fail(path.data, &e);
	else if (!text.failed && !path.failed)
		good = cli_write_file(path.data, text.data, text.len);
	count->files += good;
	str_free(&text);
	str_free(&path);
	return good;
}

static bool invite_cohort(struct series *s, const char *folder,
    const char *intake_digest, struct invite_count *count)
{
	const struct cohort *k = s->cohort;

	s->part = 0;
	for (uint16_t i = 0; i < k->n_parts; i++) {
		if (!schedule_begins_series(k, i))
			continue;
		s->part++;
		fill_event(s);
		if (!make_uid(s, &k->part[i], intake_digest) ||
		    !take_sessions(s, &k->part[i]))
			return false;
		if (s->event.n_sessions == 0)
			continue;
		if (!invite_one(s, folder, k->guide, CAL_CHAIR, count))
			return false;
		for (uint16_t j = 0; j < k->n_newcomers; j++)
			if (!invite_one(s, folder, k->newcomers[j],
				CAL_REQUIRED, count))
				return false;
	}
	return true;
}

bool cli_invite(const char *folder, const struct cli_input *in,
    const struct intake *intake, const struct cohort_plan *plan,
    const char *intake_digest, struct invite_count *ret_count)
{
	*ret_count = (struct invite_count){0};
	if (!cli_make_folder(folder))
		return false;
	for (uint32_t i = 0; i < plan->n_cohorts; i++) {
		struct series s = {.in = in,
		    .intake = intake,
		    .cohort = &plan->cohort[i],
		    .cohort_number = i + 1};

		if (!invite_cohort(&s, folder, intake_digest, ret_count))
			return false;
	}
	return true;
}
