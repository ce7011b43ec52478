/*
 * What must always work: random series in random zones, moved, cancelled and cut
 * short, each of which the writers must write and the self-check must accept; and
 * texts that try to add a line. Fixed seed, printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/cal_feed.h"
#include "calendars/itip.h"
#include "tests/golden/sound.h"
#include "tests/golden/weekly.h"

enum {
	CAP = 1 << 20,
	SEED = 20261101,
	ROUNDS = 1500,
	HOSTILE_ROUNDS = 500,
	MAX_WEEKS = 60,
};

/* xorshift: the same rounds everywhere. */
static uint64_t draw(uint64_t *state, uint64_t n)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % n;
}

static void disturb(uint64_t *rng, struct cal_session *s)
{
	int64_t length = (int64_t)draw(rng, 180) + 1;

	switch (draw(rng, 6)) {
	case 0:
		s->cancelled = true;
		break;
	case 1:
		s->start +=
		    (int64_t)draw(rng, 14 * INSTANT_DAY) - 7 * INSTANT_DAY;
		s->end = s->start + length * 60;
		break;
	case 2:
		s->end = s->start + length * 60;
		break;
	default:
		break;
	}
}

enum {
	REQUEST,
	REQUEST_ONE,
	CANCEL,
	CANCEL_ONE,
	FEED,
	MESSAGES
};

static enum err_code write_message(int message, const struct cal_event *ev,
    size_t i, struct str *out, struct err *e)
{
	const struct cal_feed feed = {"Feed", 60, ev, 1};

	switch (message) {
	case REQUEST:
		return itip_request(ev, &ANN, out, e);
	case REQUEST_ONE:
		return itip_request_session(ev, i, &ANN, out, e);
	case CANCEL:
		return itip_cancel(ev, &ANN, out, e);
	case CANCEL_ONE:
		return itip_cancel_session(ev, i, &ANN, out, e);
	default:
		return cal_feed_write(&feed, out, e);
	}
}

static void random_series_are_always_right(void **state)
{
	struct tz *tz = *state;
	uint64_t rng = SEED;

	print_message("seed %d\n", SEED);
	for (int round = 0; round < ROUNDS; round++) {
		struct cal_session s[MAX_WEEKS];
		struct cal_event ev = plain_event();
		int64_t day = 19760 + (int64_t)draw(&rng, 4500);
		struct err e = {0};
		struct str out;
		size_t i;

		ev.zone = zones_get(tz, tz_name(tz, draw(&rng, tz_count(tz))));
		ev.minutes = 15 * (1 + (unsigned)draw(&rng, 12));
		ev.session = s;
		ev.n_sessions = weekly(ev.zone,
		    day * INSTANT_DAY + (int64_t)draw(&rng, 96) * 900,
		    ev.minutes, 1 + draw(&rng, MAX_WEEKS), s);
		for (i = 0; i < ev.n_sessions; i++)
			disturb(&rng, &s[i]);
		if (ev.n_sessions == 0)
			continue;
		i = draw(&rng, ev.n_sessions);
		for (int message = 0; message < MESSAGES; message++) {
			s[i].cancelled = message == CANCEL_ONE;
			str_init(&out, CAP);
			if (write_message(message, &ev, i, &out, &e) != ERR_OK)
				fail_msg("round %d, %s: %s %s %s", round,
				    ev.zone->name, e.detail, e.field[0].place,
				    e.field[0].detail);
			/* An examination takes as long as the writing. */
			if (round % 10 == 0)
				must_be_sound(tz, out.data, out.len);
			str_free(&out);
		}
	}
}

static void hostile_texts_add_no_line(void **state)
{
	static const char *const piece[] = {"\r\n", "\n", "\r", "\"", "^n", "^",
	    ";", ",", ":", "\\", "\\n", " ", "\t", "\x01", "\x7f",
	    "\xe2\x80\xa8", "\xe2\x80\xae", "\xf0\x9f\xa7\xad", "X-EVIL:1",
	    "END:VEVENT", "ATTENDEE:mailto:eve@x.org", "e\xcc\x81"};
	uint64_t rng = SEED;

	print_message("seed %d\n", SEED);
	for (int round = 0; round < HOSTILE_ROUNDS; round++) {
		struct cal_session s[WEEKS];
		struct cal_event ev = new_york(*state, s);
		struct cal_attendee to = ANN;
		char text[5][160];
		struct err e = {0};
		struct str out;

		for (int i = 0; i < 5; i++) {
			char *at = text[i];

			*at++ = 'x';
			for (int k = (int)draw(&rng, 5); k > 0; k--) {
				const char *p = piece[draw(
				    &rng, sizeof(piece) / sizeof(piece[0]))];

				memcpy(at, p, strlen(p));
				at += strlen(p);
			}
			*at = '\0';
		}
		ev.summary = text[0];
		ev.description = text[1];
		ev.location = text[2];
		ev.organizer.name = text[3];
		to.person.name = text[4];
		str_init(&out, CAP);
		if (itip_request(&ev, &to, &out, &e) != ERR_OK)
			fail_msg("round %d: %s", round, e.detail);
		must_be_sound(*state, out.data, out.len);
		if (strstr(out.data, "\r\nX-EVIL") != NULL ||
		    strstr(out.data, "\r\nATTENDEE:") != NULL ||
		    strstr(out.data, "END:VEVENT\r\nEND:VCALENDAR\r\n") !=
			strstr(out.data, "\r\nEND:VEVENT") + 2)
			fail_msg("%s", out.data);
		str_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_series_are_always_right),
	    cmocka_unit_test(hostile_texts_add_no_line),
	};

	return cmocka_run_group_tests(tests, zones_open, zones_close);
}
