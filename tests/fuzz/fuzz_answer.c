/* Mail that comes to the reply address: whatever it is, an answer within its caps, whose
 * texts are valid UTF-8 and whose addresses are addresses. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "calendars/answer.h"
#include "calendars/cal_text.h"
#include "calendars/tz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_text(const char *text, size_t max)
{
	if (strlen(text) > max || !utf8_is_valid(text, strlen(text)))
		abort();
}

static void check(const struct answer *x)
{
	check_text(x->text, ANSWER_MAX_TEXT);
	check_text(x->uid, ANSWER_MAX_TEXT);
	check_text(x->message_id, ANSWER_MAX_TEXT);
	check_text(x->bounced_id, ANSWER_MAX_TEXT);
	if (strspn(x->token, "0123456789abcdef") != strlen(x->token) ||
	    x->sequence < -1 || (x->has_time && x->start >= x->end))
		abort();
	for (size_t i = 0; i < x->n_attendees; i++)
		if (cal_text_mail_fault(x->attendee[i].mail) != NULL ||
		    (x->attendee[i].delegated_to != NULL &&
			cal_text_mail_fault(x->attendee[i].delegated_to) !=
			    NULL))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct tz *tz; /* as long as the process */
	struct arena *a = arena_new(64 << 20);
	struct answer x;
	struct err e = {0};

	if (tz == NULL &&
	    tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) != ERR_OK)
		abort();
	if (a != NULL && answer_read(a, tz, (const char *)data, n,
			     "rsvp@cairn.example", NULL, &x, &e) == ERR_OK)
		check(&x);
	arena_free(a);
	return 0;
}
