/* Addresses: networks, whom X-Forwarded-For may name, and where texts are fetched from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "api/address.h"
#include "api/fetch.h"

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

static bool may(const char *text, const struct networks *allowed)
{
	struct sockaddr_in s4 = {.sin_family = AF_INET};
	struct sockaddr_in6 s6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &s4.sin_addr) == 1)
		return fetch_may_connect((const struct sockaddr *)&s4, allowed);
	assert_int_equal(inet_pton(AF_INET6, text, &s6.sin6_addr), 1);
	return fetch_may_connect((const struct sockaddr *)&s6, allowed);
}

/* The first and the last address of what is not public, and their neighbours outside. */
static void test_where_to_connect(void **state)
{
	static const char *const INSIDE[] = {"0.0.0.0", "0.255.255.255",
	    "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
	    "100.100.100.200", "127.0.0.1", "127.255.255.255", "169.254.0.0",
	    "169.254.169.254", "169.254.255.255", "172.16.0.0",
	    "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.1",
	    "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0",
	    "198.19.255.255", "198.51.100.9", "203.0.113.9", "224.0.0.1",
	    "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
	    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.1.2.3",
	    "::ffff:169.254.169.254", "::ffff:0:0", "64:ff9b::7f00:1",
	    "64:ff9b:1::1", "100::1", "2001::1", "2001:1ff:ffff::1",
	    "2001:db8::1", "2002:7f00:1::1", "3fff::1", "3fff:fff::1",
	    "4000::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1",
	    "fec0::1", "ff02::1", "ff0e::1"};
	static const char *const PUBLIC[] = {"1.0.0.0", "9.255.255.255",
	    "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
	    "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
	    "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255",
	    "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
	    "168.63.129.15", "::ffff:8.8.8.8", "2000::1", "2001:200::1",
	    "2001:4860:4860::8888", "2003::1", "2a00:1450::1", "3ffe::1"};
	struct networks none, own;
	struct sockaddr other = {.sa_family = AF_UNIX};

	(void)state;
	assert_true(address_networks("", &none));
	assert_true(address_networks("10.1.0.0/16, fd00:1::/32", &own));
	for (size_t i = 0; i < sizeof(INSIDE) / sizeof(INSIDE[0]); i++)
		if (may(INSIDE[i], &none))
			fail_msg("%s is let through", INSIDE[i]);
	for (size_t i = 0; i < sizeof(PUBLIC) / sizeof(PUBLIC[0]); i++)
		if (!may(PUBLIC[i], &none))
			fail_msg("%s is refused", PUBLIC[i]);
	assert_true(may("10.1.2.3", &own));
	assert_true(may("::ffff:10.1.2.3", &own));
	assert_true(may("fd00:1::7", &own));
	assert_false(may("10.2.0.1", &own));
	assert_false(may("127.0.0.1", &own));
	assert_false(fetch_may_connect(&other, &own));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_networks),
	    cmocka_unit_test(test_forwarded),
	    cmocka_unit_test(test_where_to_connect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
