/* SMTP with libcurl: see smtp.h. The commands that curl sends are watched, for its own
 * result does not tell a refused recipient from a refused login. */
#include "api/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/pause.h"
#include "api/transfer.h"
#include "base/instant.h"

enum {
	LOGIN_SIZE = 512, /* a line of the login file */
	REPLY_MIN = 3,
};

#define TOO_LARGE "552" /* RFC 5321, 4.5.3.1.9: said of the size at MAIL FROM */

/* How far the talk about a message came. */
enum stage {
	GREETING,
	SENDER,
	RECIPIENT,
	MESSAGE,
};

struct smtp {
	struct transfer transfer;
	const struct smtp_message *message; /* under way */
	size_t done;                        /* octets of it given to curl */
	enum stage stage;
	bool too_late;
	char reply[SMTP_WHY_SIZE]; /* the first line with a no */
	char user[LOGIN_SIZE], password[LOGIN_SIZE];
};

/* ---- what curl asks and tells ---- */

static bool is_command(const char *data, size_t n, const char *command)
{
	size_t len = strlen(command);

	return n >= len && strncasecmp(data, command, len) == 0;
}

/* One line without its end; what is not printable ASCII goes. */
static void keep_reply(struct smtp *s, const char *data, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n && k + 1 < sizeof(s->reply); i++)
		if (data[i] >= ' ' && data[i] <= '~')
			s->reply[k++] = data[i];
	s->reply[k] = '\0';
}

/* Credentials pass here too: nothing that was sent is kept. */
static int on_talk(
    CURL *curl, curl_infotype type, char *data, size_t n, void *cookie)
{
	struct smtp *s = cookie;

	(void)curl;
	if (type == CURLINFO_HEADER_OUT) {
		if (is_command(data, n, "MAIL FROM:"))
			s->stage = SENDER;
		else if (is_command(data, n, "RCPT TO:"))
			s->stage = RECIPIENT;
		else if (is_command(data, n, "DATA"))
			s->stage = MESSAGE;
	} else if (type == CURLINFO_HEADER_IN && n >= REPLY_MIN &&
		   s->reply[0] == '\0' && (data[0] == '4' || data[0] == '5')) {
		keep_reply(s, data, n);
	}
	return 0;
}

static size_t on_read(char *out, size_t size, size_t count, void *cookie)
{
	struct smtp *s = cookie;
	size_t n = s->message->n - s->done, room = size * count;

	if (monotonic_ms() >= s->message->give_up_ms) {
		s->too_late = true;
		return CURL_READFUNC_ABORT;
	}
	if (n > room)
		n = room;
	memcpy(out, s->message->data + s->done, n);
	s->done += n;
	return n;
}

/* Told to stop: at once, but not between the last octet and the answer to it. */
static int on_progress(void *cookie, curl_off_t down_total, curl_off_t down,
    curl_off_t up_total, curl_off_t up)
{
	const struct smtp *s = cookie;

	(void)down_total;
	(void)down;
	(void)up_total;
	(void)up;
	return s->done < s->message->n && pause_or_stop(s->message->stop_fd, 0);
}

/* ---- opening ---- */

/* The first two lines of the file: user and password. */
static enum err_code read_login(const char *path, struct smtp *s, struct err *e)
{
	FILE *f = fopen(path, "re");
	bool good = f != NULL && fgets(s->user, sizeof(s->user), f) != NULL &&
		    fgets(s->password, sizeof(s->password), f) != NULL;

	if (f != NULL)
		(void)fclose(f);
	s->user[strcspn(s->user, "\r\n")] = '\0';
	s->password[strcspn(s->password, "\r\n")] = '\0';
	if (good && s->user[0] != '\0' && s->password[0] != '\0')
		return ERR_OK;
	err_add_field(e, ERR_FIELD, "smtp_login_file",
	    "expected a file whose first line is the user and the second the "
	    "password");
	return ERR_FIELD;
}

static long use_ssl(const char *choice)
{
	if (strcmp(choice, "none") == 0)
		return CURLUSESSL_NONE;
	return strcmp(choice, "try") == 0 ? CURLUSESSL_TRY : CURLUSESSL_ALL;
}

/* The server greets us by a name: the domain that mail comes from, unless the address
 * names another. */
static bool set_url(struct smtp *s, const struct conf *conf)
{
	char url[2 * CONF_TEXT_SIZE];
	const char *host = strstr(conf->smtp_url, "://");
	const char *domain = strchr(conf->mail_sender, '@');

	if (host == NULL || domain == NULL ||
	    (!is_command(conf->smtp_url, strlen(conf->smtp_url), "smtp://") &&
		!is_command(
		    conf->smtp_url, strlen(conf->smtp_url), "smtps://")))
		return false;
	snprintf(url, sizeof(url), "%s%s%s", conf->smtp_url,
	    strchr(host + 3, '/') != NULL ? "" : "/",
	    strchr(host + 3, '/') != NULL ? "" : domain + 1);
	return curl_easy_setopt(s->transfer.curl, CURLOPT_URL, url) == CURLE_OK;
}

static bool set_options(struct smtp *s, const struct conf *conf)
{
	CURL *c = s->transfer.curl;
	bool good = set_url(s, conf);

#define SET(option, value) TRANSFER_SET(good, c, option, value)
	SET(CURLOPT_VERBOSE, 1L); /* for on_talk */
	SET(CURLOPT_DEBUGFUNCTION, on_talk);
	SET(CURLOPT_DEBUGDATA, s);
	SET(CURLOPT_READFUNCTION, on_read);
	SET(CURLOPT_READDATA, s);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, s);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_USE_SSL, use_ssl(conf->smtp_tls));
	if (s->user[0] != '\0') {
		SET(CURLOPT_USERNAME, s->user);
		SET(CURLOPT_PASSWORD, s->password);
	}
#undef SET
	return good;
}

enum err_code smtp_open(
    const struct conf *conf, struct smtp **ret_smtp, struct err *e)
{
	struct smtp *s = calloc(1, sizeof(*s));
	enum err_code code = ERR_OK;

	if (s == NULL)
		return ERR_SET(e, NOMEM, "no memory for the mail client");
	if (conf->smtp_login_file[0] != '\0')
		code = read_login(conf->smtp_login_file, s, e);
	if (code == ERR_OK &&
	    (!transfer_open(&s->transfer,
		 &(struct transfer_options){.schemes = "smtp,smtps",
		     .ca_file = conf->smtp_ca_file,
		     .seconds = conf->mail_timeout_seconds}) ||
		!set_options(s, conf))) {
		err_add_field(e, ERR_FIELD, "smtp_url",
		    "expected smtp://HOST:PORT or smtps://HOST:PORT");
		code = ERR_FIELD;
	}
	if (code == ERR_OK)
		*ret_smtp = s;
	else
		smtp_close(s);
	return code;
}

void smtp_close(struct smtp *s)
{
	if (s == NULL)
		return;
	transfer_close(&s->transfer);
	explicit_bzero(s->password, sizeof(s->password));
	free(s);
}

/* ---- sending ---- */

/* Refused is what was said of this message: about its recipient, its size, itself. A
 * server that refuses our greeting, our login or our sender refuses all. */
static enum smtp_end judge(const struct smtp *s)
{
	if (s->stage == GREETING ||
	    (s->stage == SENDER &&
		!is_command(s->reply, strlen(s->reply), TOO_LARGE)))
		return SMTP_DOWN;
	return s->reply[0] == '5' ? SMTP_REFUSED : SMTP_LATER;
}

static void explain(const struct smtp *s, CURLcode code, char *why)
{
	if (s->too_late)
		snprintf(why, SMTP_WHY_SIZE, "the time for it was over");
	else if (s->reply[0] != '\0')
		snprintf(why, SMTP_WHY_SIZE, "%s", s->reply);
	else
		snprintf(why, SMTP_WHY_SIZE, "%s",
		    s->transfer.error[0] != '\0' ? s->transfer.error
						 : curl_easy_strerror(code));
}

void smtp_send(struct smtp *s, const struct smtp_message *m,
    struct smtp_result *ret_result)
{
	CURL *c = s->transfer.curl;
	struct curl_slist *to = NULL;
	char from[CONF_TEXT_SIZE], recipient[CONF_TEXT_SIZE];
	CURLcode code = CURLE_OUT_OF_MEMORY;

	s->message = m;
	s->done = 0;
	s->stage = GREETING;
	s->too_late = false;
	s->reply[0] = s->transfer.error[0] = '\0';
	snprintf(from, sizeof(from), "<%s>", m->from);
	snprintf(recipient, sizeof(recipient), "<%s>", m->to);
	to = curl_slist_append(NULL, recipient);
	if (to != NULL &&
	    curl_easy_setopt(c, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->n) ==
		CURLE_OK)
		code = curl_easy_perform(c);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(to);
	ret_result->why[0] = '\0';
	ret_result->end = SMTP_SENT;
	if (code == CURLE_OK)
		return;
	ret_result->end = judge(s);
	explain(s, code, ret_result->why);
}
