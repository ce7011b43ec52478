/*
 * The load of the service bench: keep-alive connections on 127.0.0.1 over epoll, one
 * thread. Closed loop: a connection asks again as soon as it is answered. Open loop
 * (-r): request i is due at start + i / rate whatever the server does, and its latency
 * counts from then, so a server that stalls cannot hide the requests that it delayed.
 * Where more is due than the connections can carry, that is mostly the wait for a free
 * one: sent_p99 counts from the sending.
 *
 * usage: load -p PORT -f REQUESTS [-c CONNECTIONS] [-t SECONDS] [-w WARMUP]
 *             [-r RATE] [-n REQUESTS AT MOST] [-s FIRST]
 *
 * REQUESTS: entries "LENGTH\nOCTETS", used one after the other from entry FIRST, again
 * and again; sixteen # in an entry become a number that no other request has.
 * Prints one JSON object; latencies in microseconds, from buckets at most 1.6 % wide.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	IN_SIZE = 65536, /* a header; bodies are counted, not kept */
	OUT_SIZE = 8192,
	SUB = 64, /* buckets per power of two */
	POWERS = 40,
	EVENTS = 256,
	NUMBER = 16, /* hexadecimal digits in place of the # */
	STATUSES = 600,
};

#define DRAIN_NS INT64_C(10000000000)

struct entry {
	const char *data;
	size_t len;
	ptrdiff_t number; /* where the # are; -1: none */
};

struct link {
	int fd;
	bool busy;             /* a request is under way */
	int64_t from, sent_at; /* it was due, it was sent: ns */
	char out[OUT_SIZE];
	size_t n_out, sent;
	char in[IN_SIZE];
	size_t n_in;
	int64_t body_left; /* -1: the header is not complete */
	int status;
	bool close;
};

struct hist {
	uint64_t bucket[POWERS * SUB], n;
	int64_t longest; /* ns */
};

static struct {
	uint16_t port;
	int connections;
	double seconds, warmup, rate;
	uint64_t most;
	struct entry *entry;
	size_t n_entries;
	uint64_t next; /* entry */
	int epoll;
	struct link *link;
	struct link **idle;
	size_t n_idle;
	int64_t start, measure, end;
	uint64_t n_due, n_sent, n_done;       /* whole run */
	uint64_t n_counted, status[STATUSES]; /* after the warm-up */
	uint64_t n_broken, n_no_retry;
	struct hist due, sent; /* of answers below 500, from then on */
} g = {.connections = 32, .seconds = 5, .warmup = 1};

static void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- histogram ---- */

static size_t bucket_of(int64_t us)
{
	uint64_t v = us < 1 ? 1 : (uint64_t)us;
	unsigned power;

	if (v < SUB)
		return (size_t)v;
	power = 57 - (unsigned)__builtin_clzll(v); /* SUB = 2^6 */
	return (size_t)((power + 1) * SUB + (v >> power) - SUB);
}

static int64_t top_of(size_t bucket)
{
	size_t power = bucket / SUB;

	if (power == 0)
		return (int64_t)bucket;
	return (int64_t)(((bucket % SUB + SUB + 1) << (power - 1)) - 1);
}

static void hist_add(struct hist *h, int64_t ns)
{
	size_t b = bucket_of(ns / 1000);

	h->bucket[b < POWERS * SUB ? b : POWERS * SUB - 1]++;
	h->n++;
	if (ns > h->longest)
		h->longest = ns;
}

static int64_t quantile(const struct hist *h, double q)
{
	uint64_t want = (uint64_t)(q * (double)h->n), seen = 0;

	for (size_t i = 0; i < POWERS * SUB; i++) {
		seen += h->bucket[i];
		if (seen > want)
			return top_of(i);
	}
	return h->longest / 1000;
}

/* ---- requests ---- */

static void read_entries(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t cap = 0, len;

	if (!f)
		die(path);
	while (fscanf(f, "%zu", &len) == 1) {
		char *data = malloc(len + 1);
		const char *at;

		if (g.n_entries == cap) {
			cap = cap ? 2 * cap : 1024;
			g.entry = realloc(g.entry, cap * sizeof(*g.entry));
		}
		if (!data || !g.entry || len > OUT_SIZE || fgetc(f) != '\n' ||
		    fread(data, 1, len, f) != len)
			die("requests");
		data[len] = '\0';
		at = strstr(data, "################");
		g.entry[g.n_entries++] =
		    (struct entry){data, len, at ? at - data : -1};
	}
	fclose(f);
	if (g.n_entries == 0)
		die("no requests");
}

static void connect_link(struct link *l)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(g.port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct epoll_event ev = {.events = EPOLLIN, .data = {.ptr = l}};
	int one = 1;

	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0 ||
	    connect(l->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	(void)fcntl(l->fd, F_SETFL, O_NONBLOCK);
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	epoll_ctl(g.epoll, EPOLL_CTL_ADD, l->fd, &ev);
}

static void watch(struct link *l, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data = {.ptr = l}};

	epoll_ctl(g.epoll, EPOLL_CTL_MOD, l->fd, &ev);
}

static void again(struct link *l)
{
	close(l->fd);
	connect_link(l);
	l->close = false;
}

static void flush(struct link *l)
{
	ssize_t n =
	    send(l->fd, l->out + l->sent, l->n_out - l->sent, MSG_NOSIGNAL);

	if (n > 0)
		l->sent += (size_t)n;
	if (l->sent < l->n_out)
		watch(l, EPOLLIN | EPOLLOUT);
}

static void ask(struct link *l, int64_t from)
{
	const struct entry *e = &g.entry[g.next++ % g.n_entries];
	char number[NUMBER + 1];

	memcpy(l->out, e->data, e->len);
	if (e->number >= 0) {
		snprintf(number, sizeof(number), "%08x%08x", (unsigned)g.start,
		    (unsigned)g.n_sent);
		memcpy(l->out + e->number, number, NUMBER);
	}
	l->n_out = e->len;
	l->sent = l->n_in = 0;
	l->body_left = -1;
	l->busy = true;
	l->from = from;
	l->sent_at = now_ns();
	g.n_sent++;
	flush(l);
}

/* ---- answers ---- */

static const char *header(const struct link *l, const char *name)
{
	const char *at = strcasestr(l->in, name);

	return at ? at + strlen(name) : NULL;
}

static void count(const struct link *l)
{
	int64_t t = now_ns();

	g.n_done++;
	if (t < g.measure || t >= g.end)
		return;
	g.n_counted++;
	g.status[l->status < STATUSES ? l->status : 0]++;
	if (l->status < 500) {
		hist_add(&g.due, t - l->from);
		hist_add(&g.sent, t - l->sent_at);
	}
	if (l->status == 503 && !header(l, "\r\nRetry-After:"))
		g.n_no_retry++;
}

static bool over(void)
{
	return now_ns() >= g.end || (g.most > 0 && g.n_sent >= g.most);
}

static void next_of(struct link *l)
{
	l->busy = false;
	if (l->close)
		again(l);
	if (g.rate <= 0 && !over())
		ask(l, now_ns());
	else
		g.idle[g.n_idle++] = l;
}

static bool read_header(struct link *l)
{
	const char *end, *length;

	l->in[l->n_in] = '\0';
	end = strstr(l->in, "\r\n\r\n");
	if (!end)
		return false;
	l->status = (int)strtol(l->in + 9, NULL, 10);
	length = header(l, "\r\nContent-Length:");
	l->body_left =
	    length && l->status != 304 ? strtoll(length, NULL, 10) : 0;
	l->close = strcasestr(l->in, "\r\nConnection: close") != NULL;
	l->body_left -= (int64_t)l->n_in - (end + 4 - l->in);
	return true;
}

static void readable(struct link *l)
{
	static char sink[IN_SIZE];
	bool body = l->body_left > 0;
	ssize_t n = recv(l->fd, body ? sink : l->in + l->n_in,
	    body ? sizeof(sink) : IN_SIZE - 1 - l->n_in, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		if (l->busy && now_ns() < g.end)
			g.n_broken++;
		if (!l->busy) { /* closed while it waited in g.idle */
			again(l);
			return;
		}
		l->close = true;
		next_of(l);
		return;
	}
	if (body) {
		l->body_left -= n;
	} else {
		l->n_in += (size_t)n;
		if (!read_header(l))
			return;
	}
	if (l->body_left <= 0) {
		count(l);
		next_of(l);
	}
}

/* ---- the run ---- */

/* Send what is due; the time to wait for the next, ns. */
static int64_t pace(void)
{
	const int64_t most = 100000000;
	int64_t t = now_ns(), due;

	if (g.rate <= 0)
		return most;
	for (;;) {
		due = g.start + (int64_t)((double)g.n_due * 1e9 / g.rate);
		if (due > t)
			break;
		if (g.n_idle == 0 || over())
			return most; /* an answer wakes us */
		ask(g.idle[--g.n_idle], due);
		g.n_due++;
	}
	return due - t < most ? due - t : most;
}

static void run(void)
{
	struct epoll_event ev[EVENTS];

	g.start = now_ns();
	g.measure = g.start + (int64_t)(g.warmup * 1e9);
	g.end = g.measure + (int64_t)(g.seconds * 1e9);
	while (g.rate <= 0 && g.n_idle > 0)
		ask(g.idle[--g.n_idle], now_ns());
	/* What is under way at the end is not counted, but waited for. */
	while (!over() || (g.n_idle < (size_t)g.connections &&
			      now_ns() < g.end + DRAIN_NS)) {
		int64_t ns = pace();
		struct timespec t = {ns / 1000000000, ns % 1000000000};
		int n = epoll_pwait2(g.epoll, ev, EVENTS, &t, NULL);

		for (int i = 0; i < n; i++) {
			struct link *l = ev[i].data.ptr;

			if (ev[i].events & EPOLLOUT) {
				watch(l, EPOLLIN);
				flush(l);
			}
			if (ev[i].events & ~(uint32_t)EPOLLOUT)
				readable(l);
		}
	}
}

static void report(void)
{
	struct rusage use;
	int64_t stop = now_ns() < g.end ? now_ns() : g.end;
	double took = (double)(stop - g.measure) / 1e9;
	double cpu;
	const char *comma = "";

	getrusage(RUSAGE_SELF, &use);
	cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	      (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
	printf("{\"seconds\":%.3f,\"answers\":%lu,\"broken\":%lu,"
	       "\"no_retry_after\":%lu,\"next\":%lu,\"cpu_share\":%.3f,"
	       "\"p50\":%ld,\"p90\":%ld,\"p99\":%ld,\"p999\":%ld,\"max\":%ld,"
	       "\"sent_p99\":%ld,\"status\":{",
	    took, g.n_counted, g.n_broken, g.n_no_retry, g.next,
	    cpu / (took + g.warmup), quantile(&g.due, 0.5),
	    quantile(&g.due, 0.9), quantile(&g.due, 0.99),
	    quantile(&g.due, 0.999), g.due.longest / 1000,
	    quantile(&g.sent, 0.99));
	for (int i = 0; i < STATUSES; i++)
		if (g.status[i] > 0) {
			printf("%s\"%d\":%lu", comma, i, g.status[i]);
			comma = ",";
		}
	printf("}}\n");
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "p:f:c:t:w:r:n:s:")) != -1)
		switch (opt) {
		case 'p':
			g.port = (uint16_t)strtol(optarg, NULL, 10);
			break;
		case 'f':
			read_entries(optarg);
			break;
		case 'c':
			g.connections = (int)strtol(optarg, NULL, 10);
			break;
		case 't':
			g.seconds = strtod(optarg, NULL);
			break;
		case 'w':
			g.warmup = strtod(optarg, NULL);
			break;
		case 'r':
			g.rate = strtod(optarg, NULL);
			break;
		case 'n':
			g.most = strtoull(optarg, NULL, 10);
			break;
		case 's':
			g.next = strtoull(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	if (g.port == 0 || g.n_entries == 0 || g.connections < 1)
		return 2;
	g.epoll = epoll_create1(EPOLL_CLOEXEC);
	g.link = calloc((size_t)g.connections, sizeof(*g.link));
	g.idle = calloc((size_t)g.connections, sizeof(struct link *));
	if (!g.link || !g.idle)
		die("memory");
	for (int i = 0; i < g.connections; i++) {
		connect_link(&g.link[i]);
		g.idle[g.n_idle++] = &g.link[i];
	}
	run();
	report();
	return 0;
}
