/*
 * The least that can answer HTTP: what the load tool itself can reach. Every request
 * (its header ends in an empty line, it has no body) gets the same 700 octets.
 * usage: answer   prints its port, serves until standard input ends
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BODY = 700
};

int main(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);
	int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = {.events = EPOLLIN, .data = {.fd = door}};
	char out[1024], in[8192];
	int n_out = snprintf(out, sizeof(out),
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
	    "%d\r\n\r\n%0*d",
	    BODY, BODY, 0);

	if (door < 0 || bind(door, (struct sockaddr *)&a, len) != 0 ||
	    listen(door, SOMAXCONN) != 0 ||
	    getsockname(door, (struct sockaddr *)&a, &len) != 0)
		return 1;
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	epoll_ctl(ep, EPOLL_CTL_ADD, door, &ev);
	ev.data.fd = 0;
	epoll_ctl(ep, EPOLL_CTL_ADD, 0, &ev);
	for (;;) {
		struct epoll_event got[64];
		int n = epoll_wait(ep, got, 64, -1);

		for (int i = 0; i < n; i++) {
			int fd = got[i].data.fd;

			if (fd == 0)
				return 0;
			if (fd == door) {
				ev.data.fd = accept(door, NULL, NULL);
				epoll_ctl(ep, EPOLL_CTL_ADD, ev.data.fd, &ev);
			} else if (recv(fd, in, sizeof(in), 0) <= 0 ||
				   send(fd, out, (size_t)n_out, MSG_NOSIGNAL) <
				       0) {
				close(fd);
			}
		}
	}
}
