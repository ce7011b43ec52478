/* Addresses of clients: networks, and whom X-Forwarded-For may name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "api/address.h"

static struct address v4(const char *text)
{
	struct sockaddr_in s = {.sin_family = AF_INET};

	assert_int_equal(inet_pton(AF_INET, text, &s.sin_addr), 1);
	return address_of((const struct sockaddr *)&s);
}

static struct address v6(const char *text)
{
	struct sockaddr_in6 s = {.sin6_family = AF_INET6};

	assert_int_equal(inet_pton(AF_INET6, text, &s.sin6_addr), 1);
	return address_of((const struct sockaddr *)&s);
}

static void test_networks(void **state)
{
	static const char *const BAD[] = {"x", "10.0.0.0/33", "::/129",
	    "10.0.0.0/-1", "10.0.0/8", "1.2.3.4/", "/8", "::1/1x",
	    "::1 ::1 ::1 ::1 ::1 ::1 ::1 ::1 ::1 "
	    "::1 ::1 ::1 ::1 ::1 ::1 ::1 ::1"};
	struct networks w;
	struct address in[] = {v4("10.1.2.3"), v4("192.168.7.255"),
	    v6("fd00::1"), v6("::ffff:10.9.9.9"), v4("127.0.0.1")};
	struct address out[] = {v4("11.0.0.0"), v4("192.168.8.0"),
	    v6("fe00::1"), v6("::10.0.0.1"), v4("127.0.0.2"), address_of(NULL)};

	(void)state;
	assert_true(address_networks(
	    "10.0.0.0/8,192.168.4.0/22, fd00::/8 127.0.0.1", &w));
	assert_int_equal(w.n, 4);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		assert_true(address_is_in(&w, &in[i]));
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		assert_false(address_is_in(&w, &out[i]));
	assert_true(address_networks("", &w));
	assert_false(address_is_in(&w, &in[0]));
	assert_true(address_networks("0.0.0.0/0", &w));
	assert_true(address_is_in(&w, &in[0]));
	assert_false(address_is_in(&w, &in[2]));
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_false(address_networks(BAD[i], &w));
}

static void test_forwarded(void **state)
{
	static const struct {
		const char *peer, *forwarded, *client;
	} CASES[] = {
	    {"127.0.0.1", NULL, "127.0.0.1"}, {"127.0.0.1", "", "127.0.0.1"},
	    {"127.0.0.1", "9.9.9.9", "9.9.9.9"},
	    {"127.0.0.1", "1.1.1.1, 9.9.9.9", "9.9.9.9"},
	    {"127.0.0.1", "1.1.1.1,9.9.9.9 , 10.0.0.7", "9.9.9.9"},
	    {"127.0.0.1", "10.0.0.7", "10.0.0.7"},
	    {"127.0.0.1", "nonsense, 9.9.9.9", "9.9.9.9"},
	    {"127.0.0.1", "9.9.9.9, nonsense", "127.0.0.1"},
	    {"127.0.0.1", "9.9.9.9,", "127.0.0.1"},
	    {"8.8.8.8", "9.9.9.9", "8.8.8.8"}, /* a forged header */
	};
	struct networks trusted;

	(void)state;
	assert_true(address_networks("127.0.0.0/8,10.0.0.0/8", &trusted));
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct address want = v4(CASES[i].client);
		struct address got = address_client(
		    &trusted, v4(CASES[i].peer), CASES[i].forwarded);

		assert_memory_equal(&got, &want, sizeof(want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_networks),
	    cmocka_unit_test(test_forwarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
