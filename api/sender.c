/* The sender of mail: see sender.h. Invariant: a message is handed over only while this
 * sender's lease on it lasts, by a clock that no adjustment moves. */
#include "api/sender.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "api/letter.h"
#include "api/pause.h"
#include "api/smtp.h"
#include "base/instant.h"
#include "base/log.h"
#include "base/metric.h"
#include "calendars/mail.h"
#include "db/wall.h"

enum {
	IDLE_MIN_MS = 100,
	IDLE_MAX_MS = 1000,
	DOWN_MIN_MS = 1000, /* the mail server cannot be used */
	DOWN_MAX_MS = 60000,
	LEASE_SPARE_S = 10, /* beyond the time that handing over may take */
	FIRST_PAUSE_S = 60,
	MAX_PAUSE_S = 4 * 3600,
	ARENA_CAP = 32 << 20,
	STATEMENT_TIMEOUT_MS = 5000,
};

struct sender {
	struct sender_options o;
	struct db *db;
	struct smtp *smtp;
	struct arena *arena;
	int stop_fd;
	pthread_t thread;
};

/* What became of it, for the log; nothing in it names a person. */
static void tell(const struct db_claim *claim, const char *end, const char *why)
{
	char id[ID_TEXT_SIZE];

	id_format(&claim->id, id);
	metric_add(METRIC_mail_total, end, NULL, 1);
	LOG(strcmp(end, "sent") == 0 ? LOG_INFO : LOG_WARN, "mail",
	    LOG_TEXT("message", id), LOG_TEXT("end", end),
	    LOG_INT("attempt", claim->attempts), LOG_TEXT("why", why));
}

static enum err_code settle(struct sender *s, const struct db_claim *claim,
    const struct smtp_result *r, struct err *e)
{
	bool last = claim->attempts >= s->o.conf->mail_attempts;

	switch (r->end) {
	case SMTP_SENT:
		tell(claim, "sent", "");
		return db_delivery_sent(s->db, claim, e);
	case SMTP_REFUSED:
		tell(claim, "refused", "");
		return db_delivery_end(s->db, claim, "dead", r->why, e);
	case SMTP_LATER:
		tell(claim, last ? "given up" : "later", "");
		return last ? db_delivery_end(s->db, claim, "dead", r->why, e)
			    : db_delivery_later(s->db, claim,
				  pause_after(claim->attempts, FIRST_PAUSE_S,
				      MAX_PAUSE_S),
				  false, r->why, e);
	case SMTP_DOWN:
		break;
	}
	tell(claim, "server down", r->why);
	return db_delivery_later(s->db, claim, 0, true, r->why, e);
}

static enum err_code hand_over(struct sender *s, const struct db_claim *claim,
    const struct letter *letter, const struct str *text, int64_t give_up_ms,
    bool *ret_down, struct err *e)
{
	struct smtp_message m = {
	    .from = letter->from,
	    .to = letter->to,
	    .data = text->data,
	    .n = text->len,
	    .give_up_ms = give_up_ms,
	    .stop_fd = s->stop_fd,
	};
	int64_t begin = monotonic_ms();
	struct smtp_result r;

	smtp_send(s->smtp, &m, &r);
	*ret_down = r.end == SMTP_DOWN;
	metric_observe(METRIC_mail_seconds,
	    r.end == SMTP_SENT ? "sent" : "not sent", NULL,
	    (monotonic_ms() - begin) * 1000);
	return settle(s, claim, &r, e);
}

/* One claimed message, from its row to what became of it. */
static enum err_code deliver(struct sender *s, const struct db_claim *claim,
    int64_t give_up_ms, bool *ret_down, struct err *e)
{
	struct letter letter = {.withheld = NULL};
	struct db_letter row;
	struct err fault = {0};
	struct str text;
	enum err_code code =
	    db_delivery_letter(s->db, s->arena, claim, &row, e);

	if (code != ERR_OK)
		return code;
	str_init(&text, MAIL_CAP);
	if (letter_write(s->arena, s->o.conf, s->o.tz, claim, &row,
		instant_now(), &letter, &text, &fault) != ERR_OK) {
		tell(claim, "unwritable", err_slug(fault.code));
		code = db_delivery_end(s->db, claim, "dead",
		    fault.n_fields > 0 ? fault.field[0].detail : fault.detail,
		    e);
	} else if (letter.withheld != NULL) {
		tell(claim, "withheld", letter.withheld);
		code = db_delivery_end(
		    s->db, claim, "withheld", letter.withheld, e);
	} else {
		code = hand_over(
		    s, claim, &letter, &text, give_up_ms, ret_down, e);
	}
	str_free(&text);
	return code;
}

/* *ret_found: there was a message. False answers are logged, and the lease tells. */
static bool step(struct sender *s, bool *ret_found, bool *ret_down)
{
	int64_t send_s = s->o.conf->mail_timeout_seconds;
	int64_t begin = monotonic_ms();
	struct db_claim claim;
	struct err e = {0};
	enum err_code code;

	*ret_found = *ret_down = false;
	code = db_delivery_claim(
	    s->db, s->arena, send_s + LEASE_SPARE_S, &claim, ret_found, &e);
	if (code == ERR_OK && *ret_found)
		code = deliver(s, &claim,
		    begin + (send_s + LEASE_SPARE_S / 2) * 1000, ret_down, &e);
	if (code != ERR_OK)
		LOG(LOG_WARN, "sender", LOG_TEXT("why", e.detail));
	return code == ERR_OK;
}

static void *work(void *arg)
{
	struct sender *s = arg;
	int64_t idle = IDLE_MIN_MS, down = DOWN_MIN_MS, pause = 0;

	while (!pause_or_stop(s->stop_fd, pause)) {
		bool found, is_down, good = step(s, &found, &is_down);

		arena_reset(s->arena);
		if (is_down || !good) {
			pause = pause_jitter(down);
			down = down * 2 < DOWN_MAX_MS ? down * 2 : DOWN_MAX_MS;
			continue;
		}
		if (found) {
			down = DOWN_MIN_MS;
			idle = IDLE_MIN_MS;
			pause = 0;
		} else {
			pause = idle;
			idle = idle * 2 < IDLE_MAX_MS ? idle * 2 : IDLE_MAX_MS;
		}
	}
	return NULL;
}

static void close_all(struct sender *s)
{
	db_close(s->db);
	smtp_close(s->smtp);
	arena_free(s->arena);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	free(s);
}

enum err_code sender_start(
    const struct sender_options *o, struct sender **ret_sender, struct err *e)
{
	struct db_options db = {.conninfo = o->conninfo,
	    .application_name = "cairn sender",
	    .role = DB_ROLE_WORKER,
	    .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
	    .allow_unsafe = o->allow_unsafe};
	struct sender *s;
	enum err_code code;

	*ret_sender = NULL;
	if (!mail_address_is_set(o->conf))
		return ERR_OK;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ERR_SET(e, NOMEM, "no memory for the sender");
	s->o = *o;
	s->stop_fd = eventfd(0, EFD_CLOEXEC);
	s->arena = arena_new(ARENA_CAP);
	code = s->stop_fd < 0 || s->arena == NULL
		   ? ERR_SET(e, NOMEM, "no memory for the sender")
		   : smtp_open(o->conf, &s->smtp, e);
	if (code == ERR_OK)
		code = db_open(&db, &s->db, e);
	if (code == ERR_OK && pthread_create(&s->thread, NULL, work, s) != 0)
		code = ERR_SET(e, IO, "no thread for the sender");
	if (code == ERR_OK)
		*ret_sender = s;
	else
		close_all(s);
	return code;
}

void sender_stop(struct sender *s)
{
	if (s == NULL)
		return;
	eventfd_write(s->stop_fd, 1);
	pthread_join(s->thread, NULL);
	close_all(s);
}
