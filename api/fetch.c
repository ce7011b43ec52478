/* Getting texts: see fetch.h. What went wrong is told in our own words, as curl's name
 * the address. */
#include "api/fetch.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/pause.h"
#include "api/transfer.h"

enum {
	NO_CONTENT_CHANGE = 304,
	FIRST_GOOD = 200,
	AFTER_GOOD = 300,
};

/* ---- where a connection may go ---- */

/* What is not the public network of IPv4: this host, private and shared ranges, link
 * local (where clouds answer with credentials), documentation, benchmarks, multicast,
 * reserved, broadcast; and the one address outside of them where a cloud answers. */
static const char V4_INSIDE[] =
    "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16,"
    "172.16.0.0/12, 192.0.0.0/24, 192.0.2.0/24, 192.88.99.0/24,"
    "192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24,"
    "224.0.0.0/4, 240.0.0.0/4, 168.63.129.16";
/* Of IPv6 only this is public … */
static const char V6_PUBLIC[] = "2000::/3";
/* … but for protocols that carry another address inside, and documentation. */
static const char V6_INSIDE[] =
    "2001::/23, 2001:db8::/32, 2002::/16, 3fff::/20";
static const char V4_MAPPED[] = "::ffff:0:0/96";

static bool is_among(const char *list, const struct address *a)
{
	struct networks w;

	return address_networks(list, &w) && address_is_in(&w, a);
}

bool fetch_may_connect(
    const struct sockaddr *address, const struct networks *allowed)
{
	struct address a = address_of(address);

	if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
		return false;
	if (address_is_in(allowed, &a))
		return true;
	return is_among(V4_MAPPED, &a)
		   ? !is_among(V4_INSIDE, &a)
		   : is_among(V6_PUBLIC, &a) && !is_among(V6_INSIDE, &a);
}

/* ---- what curl asks and tells ---- */

struct talk {
	const struct fetch_request *q;
	struct str *out;
	struct fetch_answer *answer;
	size_t headers; /* octets of them */
	bool refused, too_large;
};

static curl_socket_t on_open(
    void *cookie, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct talk *t = cookie;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !fetch_may_connect(&to->addr, t->q->allowed)) {
		t->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t on_text(char *data, size_t size, size_t count, void *cookie)
{
	struct talk *t = cookie;
	size_t n = size * count;

	t->too_large = n > t->q->max_octets - t->out->len;
	if (t->too_large)
		return 0;
	str_put(t->out, data, n);
	return t->out->failed ? 0 : n;
}

/* The value of a header when it is this one and has room. */
static void keep(const char *data, size_t n, const char *name, char *value)
{
	size_t len = strlen(name);

	if (n < len || strncasecmp(data, name, len) != 0)
		return;
	for (data += len, n -= len; n > 0 && *data == ' '; n--)
		data++;
	while (n > 0 && (data[n - 1] == '\r' || data[n - 1] == '\n'))
		n--;
	if (n >= FETCH_TAG_SIZE)
		n = 0;
	for (size_t i = 0; i < n; i++)
		if (data[i] < ' ' || data[i] > '~')
			n = 0;
	memcpy(value, data, n);
	value[n] = '\0';
}

static size_t on_header(char *data, size_t size, size_t count, void *cookie)
{
	struct talk *t = cookie;
	size_t n = size * count;

	t->headers += n;
	t->too_large = t->headers > FETCH_MAX_HEADERS;
	if (t->too_large)
		return 0;
	if (n > 5 && memcmp(data, "HTTP/", 5) == 0) /* another answer begins */
		t->answer->entity_tag[0] = t->answer->last_modified[0] = '\0';
	keep(data, n, "ETag:", t->answer->entity_tag);
	keep(data, n, "Last-Modified:", t->answer->last_modified);
	return n;
}

static int on_progress(void *cookie, curl_off_t down_total, curl_off_t down,
    curl_off_t up_total, curl_off_t up)
{
	const struct talk *t = cookie;

	(void)down_total;
	(void)down;
	(void)up_total;
	(void)up;
	return pause_or_stop(t->q->stop_fd, 0);
}

/* ---- one talk ---- */

static struct curl_slist *add(
    struct curl_slist *list, const char *name, const char *value, bool *good)
{
	char line[FETCH_TAG_SIZE + 32];
	struct curl_slist *longer;

	if (value == NULL || value[0] == '\0')
		return list;
	snprintf(line, sizeof(line), "%s: %s", name, value);
	longer = curl_slist_append(list, line);
	*good = longer != NULL && *good;
	return longer != NULL ? longer : list;
}

static bool set_options(CURL *c, struct talk *t)
{
	bool good = true;

#define SET(option, value) TRANSFER_SET(good, c, option, value)
	SET(CURLOPT_URL, t->q->url);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_OPENSOCKETDATA, t);
	SET(CURLOPT_FOLLOWLOCATION, 1L);
	SET(CURLOPT_MAXREDIRS, (long)FETCH_REDIRECTS);
	if (strncasecmp(t->q->url, "https:", 6) == 0)
		SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(CURLOPT_USERAGENT, "Cairn");
	SET(CURLOPT_WRITEFUNCTION, on_text);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, t);
#undef SET
	return good;
}

static const struct {
	CURLcode code;
	const char *words;
} REASONS[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "the host is not known"},
    {CURLE_COULDNT_CONNECT, "no connection to the host"},
    {CURLE_OPERATION_TIMEDOUT, "the host does not answer in time"},
    {CURLE_TOO_MANY_REDIRECTS, "too many redirections"},
    {CURLE_UNSUPPORTED_PROTOCOL,
	"a redirection leads away from https, or to no web address"},
    {CURLE_PEER_FAILED_VERIFICATION, "the host's certificate is not good"},
    {CURLE_SSL_CONNECT_ERROR, "no TLS with the host"},
    {CURLE_ABORTED_BY_CALLBACK, "the service is stopping"},
};

/* NULL: the talk went to its end, and its status tells. */
static const char *reason(const struct talk *t, CURLcode code)
{
	if (code == CURLE_OK)
		return NULL;
	if (t->refused)
		return "the address leads into a network that is not public";
	if (t->too_large)
		return "the calendar is too large";
	for (size_t i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++)
		if (REASONS[i].code == code)
			return REASONS[i].words;
	return "the answer broke off";
}

static void judge(struct talk *t, CURL *c, CURLcode code)
{
	struct fetch_answer *answer = t->answer;
	const char *why = reason(t, code);
	curl_off_t pause = 0;
	long status = 0;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &pause);
	answer->retry_after_s = pause > 0 ? pause : 0;
	answer->end = FETCH_FAILED;
	if (why != NULL)
		snprintf(answer->why, sizeof(answer->why), "%s", why);
	else if (status == NO_CONTENT_CHANGE)
		answer->end = FETCH_UNCHANGED;
	else if (status >= FIRST_GOOD && status < AFTER_GOOD)
		answer->end = FETCH_TEXT;
	else
		snprintf(answer->why, sizeof(answer->why),
		    "the host answers with status %ld", status);
}

void fetch_run(const struct fetch_request *q, struct str *out,
    struct fetch_answer *ret_answer)
{
	struct talk t = {.q = q, .out = out, .answer = ret_answer};
	struct curl_slist *headers = NULL;
	struct transfer transfer;
	CURLcode code = CURLE_OUT_OF_MEMORY;
	bool good = transfer_open(
	    &transfer, &(struct transfer_options){.schemes = "http,https",
			   .ca_file = q->ca_file,
			   .seconds = FETCH_SECONDS});

	*ret_answer = (struct fetch_answer){.end = FETCH_FAILED};
	good = good && set_options(transfer.curl, &t);
	headers = add(headers, "Accept", "text/calendar, */*;q=0.1", &good);
	headers = add(headers, "If-None-Match", q->entity_tag, &good);
	headers = add(headers, "If-Modified-Since", q->last_modified, &good);
	TRANSFER_SET(good, transfer.curl, CURLOPT_HTTPHEADER, headers);
	if (good)
		code = curl_easy_perform(transfer.curl);
	judge(&t, transfer.curl, code);
	curl_slist_free_all(headers);
	transfer_close(&transfer);
}
