/* Log lines and metrics as they come out. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/jscan.h"
#include "base/log.h"
#include "base/metric.h"

static int PIPE[2];

static size_t read_line(char *out, size_t size)
{
	ssize_t n = read(PIPE[0], out, size - 1);

	assert_true(n > 0);
	out[n] = '\0';
	return (size_t)n;
}

static void test_json(void **state)
{
	char line[LOG_LINE_SIZE + 1];
	struct arena *a = arena_new(1 << 20);
	struct jscan_fault f;
	size_t n;

	(void)state;
	log_setup(LOG_INFO, LOG_AS_JSON, PIPE[1]);
	LOG(LOG_WARN, "an event",
	    LOG_TEXT("evil", "a\nb\"\x1B[0m\xE2\x80\xA8\xFF"), LOG_INT("n", -5),
	    LOG_TEXT("none", NULL));
	n = read_line(line, sizeof(line));
	assert_int_equal(jscan(line, n, NULL, a, &f), JSCAN_OK);
	assert_ptr_equal(strchr(line, '\n'), line + n - 1);
	assert_non_null(
	    strstr(line, "\"level\":\"warn\",\"event\":\"an event\","
			 "\"evil\":\"a\\u000ab\\\"\\u001b[0m"
			 "\\u2028\xEF\xBF\xBD\",\"n\":-5,"
			 "\"none\":\"\"}"));
	arena_free(a);
}

static void test_text_and_level(void **state)
{
	char line[LOG_LINE_SIZE + 1];

	(void)state;
	log_setup(LOG_WARN, LOG_AS_TEXT, PIPE[1]);
	log_event(LOG_INFO, "quiet");
	LOG(LOG_ERROR, "broken", LOG_TEXT("route", "/v1/{id}"),
	    LOG_TEXT("why", "two words\r\n"));
	read_line(line, sizeof(line));
	assert_non_null(strstr(line, "Z error broken route=/v1/{id} "
				     "why=\"two words\\u000d\\u000a\"\n"));
	assert_null(strstr(line, "quiet"));
}

/* A field that does not fit is left out; the line stays whole. */
static void test_long(void **state)
{
	static char big[4096];
	char line[LOG_LINE_SIZE + 1];
	struct log_field fields[40];
	size_t n;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	log_setup(LOG_DEBUG, LOG_AS_JSON, PIPE[1]);
	for (size_t i = 0; i < 40; i++)
		fields[i] = (struct log_field)LOG_TEXT("big", big);
	log_line(LOG_INFO, "long", fields, 40);
	n = read_line(line, sizeof(line));
	assert_true(n <= LOG_LINE_SIZE);
	assert_string_equal(line + n - 3, "\"}\n");
}

enum {
	THREADS = 4,
	ROUNDS = 2000
};

static void *count_up(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		metric_add(
		    METRIC_requests_total, "/v1/me", i % 2 ? "2xx" : "4xx", 1);
		metric_observe(METRIC_job_seconds, "intake", NULL, 1500);
	}
	return NULL;
}

static void test_metric(void **state)
{
	pthread_t t[THREADS];
	struct str out;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&t[i], NULL, count_up, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	metric_set(METRIC_queue_depth, NULL, NULL, 7);
	metric_add(METRIC_shed_total, "a\"b\\c\n", NULL, 1);
	assert_int_equal(metric_value(METRIC_requests_total, "/v1/me", "2xx"),
	    THREADS * ROUNDS / 2);
	assert_int_equal(
	    metric_value(METRIC_job_seconds, "intake", NULL), THREADS * ROUNDS);
	assert_int_equal(metric_value(METRIC_jobs_total, "no", "no"), 0);
	str_init(&out, 1 << 20);
	metric_render(&out);
	assert_false(out.failed);
	assert_non_null(
	    strstr(out.data, "# TYPE cairn_requests_total counter\n"
			     "cairn_requests_total{route=\"/v1/me\",class="));
	assert_non_null(strstr(out.data, "\ncairn_queue_depth 7\n"));
	assert_non_null(strstr(
	    out.data, "cairn_shed_total{reason=\"a\\\"b\\\\c\\n\"} 1\n"));
	assert_non_null(strstr(out.data,
	    "cairn_job_seconds_bucket{kind=\"intake\",le=\"0.001\"} 0\n"
	    "cairn_job_seconds_bucket{kind=\"intake\",le=\"0.005\"} 8000\n"));
	assert_non_null(strstr(out.data,
	    "cairn_job_seconds_sum{kind=\"intake\"} 12.000000\n"
	    "cairn_job_seconds_count{kind=\"intake\"} 8000\n"));
	str_free(&out);
}

static void test_metric_cap(void **state)
{
	char label[METRIC_LABEL_SIZE * 2];

	(void)state;
	memset(label, 'y', sizeof(label));
	label[sizeof(label) - 1] = '\0';
	metric_add(METRIC_problems_total, label, NULL, 1);
	metric_add(METRIC_problems_total, label, NULL, 1);
	assert_int_equal(metric_value(METRIC_problems_total, label, NULL), 2);
	for (int i = 0; i < METRIC_MAX_SERIES + 10; i++) {
		snprintf(label, sizeof(label), "x%d", i);
		metric_add(METRIC_problems_total, label, NULL, 1);
	}
	assert_true(
	    metric_value(METRIC_metric_series_dropped_total, NULL, NULL) >= 10);
	assert_int_equal(metric_value(METRIC_queue_depth, NULL, NULL), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_text_and_level),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_metric),
	    cmocka_unit_test(test_metric_cap),
	};

	if (pipe(PIPE) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
