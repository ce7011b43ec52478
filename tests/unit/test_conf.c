/* Settings: order of the sources, faults, secrets, and the generated page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/conf.h"

static char PROGRAM[] = "cairn";

static void with_file(const char *text, char path[32])
{
	int fd;

	memcpy(path, "/tmp/cairn-conf-XXXXXX", 23);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void test_order(void **state)
{
	char path[32], config[] = "--config", workers[] = "--workers=5",
		       port[] = "--listen-port", nine[] = "9000",
		       other[] = "--no-worker";
	char env1[] = "CAIRN_WORKERS=4", env2[] = "CAIRN_LOG_LEVEL=warn",
	     env3[] = "CAIRN_SHARED=x";
	char *envp[] = {env1, env2, env3, NULL};
	char *argv[] = {
	    PROGRAM, other, config, path, workers, port, nine, NULL};
	int argc = 7;
	struct conf c;
	struct err e = {0};

	(void)state;
	with_file("# mine\n\nworkers = 3\n log_level=debug \n"
		  "max-body-bytes = 2048\r\n",
	    path);
	assert_int_equal(conf_load(&c, &argc, argv, envp, &e), ERR_OK);
	unlink(path);
	assert_int_equal(c.workers, 5);
	assert_int_equal(c.listen_port, 9000);
	assert_string_equal(c.log_level, "warn");
	assert_int_equal(c.max_body_bytes, 2048);
	assert_int_equal(c.queue_limit, 20);
	assert_string_equal(c.public_url, "http://127.0.0.1:9000");
	assert_int_equal(argc, 2);
	assert_string_equal(argv[1], "--no-worker");
	assert_null(argv[2]);
}

static void test_faults(void **state)
{
	char path[32], config[] = "--config", workers[] = "--workers";
	char env1[] = "CAIRN_LOG_FORMAT=xml";
	char *envp[] = {env1, NULL};
	char *argv[] = {PROGRAM, config, path, workers, NULL};
	int argc = 4;
	struct conf c;
	struct err e = {0};

	(void)state;
	memset(&c, 0x5A, sizeof(c));
	with_file("wrkers = 3\nno equals\nlisten_port = 70000\n", path);
	assert_int_not_equal(conf_load(&c, &argc, argv, envp, &e), ERR_OK);
	unlink(path);
	assert_int_equal(e.n_fields, 5);
	assert_string_equal(e.field[0].detail, "there is no such setting");
	assert_non_null(strstr(e.field[0].place, ":1: wrkers"));
	assert_string_equal(
	    e.field[2].detail, "expected a whole number from 0 to 65535");
	assert_string_equal(e.field[3].place, "log_format");
	assert_string_equal(e.field[4].detail, "the flag needs a value");
	assert_int_equal((unsigned char)c.listen_address[0], 0x5A);
}

static void test_secret_is_masked(void **state)
{
	struct conf c;
	struct str out;
	struct err e = {0};

	(void)state;
	conf_init(&c);
	str_init(&out, 1 << 16);
	assert_int_equal(
	    conf_set(&c, "database", "host=db password=hush", &e), ERR_OK);
	assert_int_equal(conf_set(&c, "database", "two\nlines", &e), ERR_FIELD);
	conf_print(&c, &out);
	assert_null(strstr(out.data, "hush"));
	assert_non_null(strstr(out.data, "database = ***\n"));
	assert_non_null(strstr(out.data, "workers = 8\n"));
	str_free(&out);
}

/* With CAIRN_WRITE_DOCS set this writes the page instead. */
static void test_page_is_current(void **state)
{
	struct str out;
	char *page;
	FILE *f;
	size_t n;

	(void)state;
	str_init(&out, CONF_MAX_FILE);
	conf_describe(&out);
	assert_false(out.failed);
	if (getenv("CAIRN_WRITE_DOCS") != NULL) {
		f = fopen("docs/config.md", "w");
		assert_non_null(f);
		assert_int_equal(fwrite(out.data, 1, out.len, f), out.len);
		fclose(f);
	}
	f = fopen("docs/config.md", "r");
	assert_non_null(f);
	page = calloc(1, CONF_MAX_FILE + 1);
	assert_non_null(page);
	n = fread(page, 1, CONF_MAX_FILE, f);
	fclose(f);
	assert_int_equal(n, out.len);
	assert_string_equal(page, out.data);
	free(page);
	str_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_secret_is_masked),
	    cmocka_unit_test(test_page_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
