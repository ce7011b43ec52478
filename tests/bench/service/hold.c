/*
 * Connections that only weigh: opened and held until standard input ends. With a
 * request (-f, the first entry) each asks once and then idles; without, every second
 * one says nothing and the others send one octet of a header each second. What the
 * server closes is opened again.
 *
 * usage: hold -p PORT -c CONNECTIONS [-f REQUESTS] [-a SOURCE ADDRESS]
 * Prints "ready\n" when all are open (and answered); at the end how often one was
 * opened again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char HEADER[] =
    "GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n"
    "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static struct sockaddr_in to = {.sin_family = AF_INET},
			  from = {.sin_family = AF_INET};
static unsigned long reopened, refused;

static int open_one(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
		connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)) {
		close(fd);
		fd = -1;
	}
	refused += fd < 0;
	return fd;
}

static void ask(int fd, const char *request, size_t n)
{
	char in[65536];
	ssize_t got = send(fd, request, n, MSG_NOSIGNAL);

	if (got > 0)
		got = recv(fd, in, sizeof(in), 0);
	if (got <= 0)
		fprintf(stderr, "hold: no answer\n");
}

static char *read_request(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *s = NULL;

	if (f && fscanf(f, "%zu", n) == 1 && fgetc(f) == '\n')
		s = malloc(*n);
	if (!s || fread(s, 1, *n, f) != *n) {
		perror(path);
		exit(1);
	}
	fclose(f);
	return s;
}

/* One octet more on every second connection; opened again where the server ended it. */
static void dribble(int *fd, size_t *at, int n)
{
	char in[4096];

	for (int i = 0; i < n; i++) {
		ssize_t got =
		    fd[i] < 0 ? 0 : recv(fd[i], in, sizeof(in), MSG_DONTWAIT);

		if (got > 0 || (got < 0 && errno == EAGAIN)) {
			if (i % 2 && send(fd[i], HEADER + at[i], 1,
					 MSG_NOSIGNAL | MSG_DONTWAIT) == 1)
				at[i] = (at[i] + 1) % (sizeof(HEADER) - 1);
			continue;
		}
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = open_one();
		at[i] = 0;
		reopened++;
	}
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct pollfd end = {.fd = 0, .events = POLLIN};
	char *request = NULL;
	size_t len = 0, *at;
	int opt, n = 1000, *fd;

	from.sin_addr.s_addr = to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	while ((opt = getopt(argc, argv, "p:c:f:a:")) != -1)
		switch (opt) {
		case 'p':
			to.sin_port = htons((uint16_t)strtol(optarg, NULL, 10));
			break;
		case 'c':
			n = (int)strtol(optarg, NULL, 10);
			break;
		case 'f':
			request = read_request(optarg, &len);
			break;
		case 'a':
			inet_pton(AF_INET, optarg, &from.sin_addr);
			break;
		default:
			return 2;
		}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	fd = calloc((size_t)n, sizeof(*fd));
	at = calloc((size_t)n, sizeof(*at));
	if (!fd || !at)
		return 1;
	for (int i = 0; i < n; i++) {
		fd[i] = open_one();
		if (request && fd[i] >= 0)
			ask(fd[i], request, len);
	}
	printf("ready\n");
	fflush(stdout);
	while (poll(&end, 1, 1000) == 0)
		if (!request)
			dribble(fd, at, n);
	printf("{\"reopened\":%lu,\"refused\":%lu}\n", reopened, refused);
	return 0;
}
