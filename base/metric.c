/*
 * Metrics: see metric.h.
 *
 * A series, once published in its slot of the hash table, never moves, changes its
 * labels or goes away; only its numbers change, each atomically. Inserting is one
 * compare-and-swap; who loses looks again. Series live as long as the process.
 */
#include "base/metric.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum kind {
	COUNTER,
	GAUGE,
	HISTOGRAM
};

enum {
	SLOTS = 2 * METRIC_MAX_SERIES, /* a power of two */
	BUCKETS = 12
};

/* Upper bounds in microseconds; the last bucket has none. */
static const int64_t BOUND[BUCKETS - 1] = {1000, 5000, 10000, 25000, 50000,
    100000, 250000, 500000, 1000000, 5000000, 30000000};

static const struct {
	enum kind kind;
	const char *name, *label[2], *help;
} METRICS[METRIC_COUNT] = {

#define METRIC(kind, name, label1, label2, help) \
	[METRIC_##name] = {kind, #name, {label1, label2}, help},
#include "base/metric.def"
#undef METRIC
};

struct series {
	enum metric metric;
	unsigned order;
	char label[2][METRIC_LABEL_SIZE];
	_Atomic int64_t value; /* of a histogram: the sum in microseconds */
	_Atomic int64_t bucket[BUCKETS];
};

static _Atomic(struct series *) TABLE[SLOTS];
static atomic_uint N_SERIES;
static _Atomic int64_t DROPPED;

static bool same_label(const char *kept, const char *given)
{
	size_t n = strlen(kept);

	return strncmp(kept, given, n) == 0 &&
	       (given[n] == '\0' || n + 4 >= METRIC_LABEL_SIZE);
}

/* FNV-1a over metric and labels, as far as labels are kept surely. */
static uint32_t hash(enum metric m, const char *const label[2])
{
	uint32_t h = 2166136261u ^ (uint32_t)m;

	for (int i = 0; i < 2; i++) {
		for (size_t j = 0;
		     label[i][j] != '\0' && j + 4 < METRIC_LABEL_SIZE; j++)
			h = (h ^ (unsigned char)label[i][j]) * 16777619u;
		h = (h ^ 0xFF) * 16777619u;
	}
	return h;
}

static struct series *new_series(enum metric m, const char *const label[2])
{
	unsigned order = atomic_fetch_add(&N_SERIES, 1);
	struct series *s = NULL;

	if (order < METRIC_MAX_SERIES)
		s = calloc(1, sizeof(*s));
	if (s == NULL) {
		atomic_fetch_sub(&N_SERIES, 1);
		return NULL;
	}
	s->metric = m;
	s->order = order;
	for (int i = 0; i < 2; i++) {
		size_t n = strnlen(label[i], METRIC_LABEL_SIZE - 1);

		if (n == METRIC_LABEL_SIZE - 1)
			n = utf8_cut(label[i], n);
		memcpy(s->label[i], label[i], n);
	}
	return s;
}

/* The series, or NULL when it does not exist and shall not or cannot be made. */
static struct series *find(
    enum metric m, const char *label1, const char *label2, bool make)
{
	const char *const label[2] = {
	    label1 != NULL ? label1 : "", label2 != NULL ? label2 : ""};
	struct series *fresh = NULL, *s;

	for (uint32_t at = hash(m, label) % SLOTS;; at = (at + 1) % SLOTS) {
		s = atomic_load(&TABLE[at]);
		if (s == NULL) {
			if (make && fresh == NULL)
				fresh = new_series(m, label);
			if (fresh == NULL) {
				if (make)
					atomic_fetch_add(&DROPPED, 1);
				return NULL;
			}
			if (atomic_compare_exchange_strong(
				&TABLE[at], &s, fresh))
				return fresh;
		}
		if (s->metric == m && same_label(s->label[0], label[0]) &&
		    same_label(s->label[1], label[1]))
			break;
	}
	free(fresh); /* another thread was first; its order stays unused */
	return s;
}

void metric_add(
    enum metric m, const char *label1, const char *label2, int64_t n)
{
	struct series *s = find(m, label1, label2, true);

	if (s != NULL)
		atomic_fetch_add(&s->value, n);
}

void metric_set(
    enum metric m, const char *label1, const char *label2, int64_t value)
{
	struct series *s = find(m, label1, label2, true);

	if (s != NULL)
		atomic_store(&s->value, value);
}

void metric_observe(
    enum metric m, const char *label1, const char *label2, int64_t us)
{
	struct series *s = find(m, label1, label2, true);
	int i = 0;

	if (s == NULL)
		return;
	while (i < BUCKETS - 1 && us > BOUND[i])
		i++;
	atomic_fetch_add(&s->value, us);
	atomic_fetch_add(&s->bucket[i], 1);
}

int64_t metric_value(enum metric m, const char *label1, const char *label2)
{
	struct series *s;
	int64_t count = 0;

	if (m == METRIC_metric_series_dropped_total)
		return atomic_load(&DROPPED);
	s = find(m, label1, label2, false);
	if (s == NULL)
		return 0;
	if (METRICS[m].kind != HISTOGRAM)
		return atomic_load(&s->value);
	for (int i = 0; i < BUCKETS; i++)
		count += atomic_load(&s->bucket[i]);
	return count;
}

/* The labels of a series and, for a bucket, its bound. */
static void put_labels(struct str *out, const struct series *s, const char *le)
{
	char sep = '{';

	for (int i = 0; i < 2; i++) {
		if (METRICS[s->metric].label[i] == NULL)
			continue;
		str_printf(out, "%c%s=\"", sep, METRICS[s->metric].label[i]);
		for (const char *p = s->label[i]; *p != '\0'; p++) {
			if (*p == '\n')
				str_puts(out, "\\n");
			else if (*p == '"' || *p == '\\')
				str_printf(out, "\\%c", *p);
			else
				str_putc(out, *p);
		}
		str_putc(out, '"');
		sep = ',';
	}
	if (le != NULL) {
		str_printf(out, "%cle=\"%s\"", sep, le);
		sep = ',';
	}
	if (sep == ',')
		str_putc(out, '}');
}

static void put_histogram(struct str *out, struct series *s)
{
	const char *name = METRICS[s->metric].name;
	int64_t sum = atomic_load(&s->value), count = 0;
	char le[32] = "+Inf";

	for (int i = 0; i < BUCKETS; i++) {
		count += atomic_load(&s->bucket[i]);
		str_printf(out, "cairn_%s_bucket", name);
		if (i < BUCKETS - 1)
			snprintf(le, sizeof(le), "%d.%03d",
			    (int)(BOUND[i] / 1000000),
			    (int)(BOUND[i] / 1000 % 1000));
		put_labels(out, s, i < BUCKETS - 1 ? le : "+Inf");
		str_printf(out, " %lld\n", (long long)count);
	}
	str_printf(out, "cairn_%s_sum", name);
	put_labels(out, s, NULL);
	str_printf(out, " %lld.%06lld\n", (long long)(sum / 1000000),
	    (long long)(sum % 1000000));
	str_printf(out, "cairn_%s_count", name);
	put_labels(out, s, NULL);
	str_printf(out, " %lld\n", (long long)count);
}

static void put_series(struct str *out, struct series *s)
{
	if (METRICS[s->metric].kind == HISTOGRAM) {
		put_histogram(out, s);
		return;
	}
	str_printf(out, "cairn_%s", METRICS[s->metric].name);
	put_labels(out, s, NULL);
	str_printf(out, " %lld\n", (long long)atomic_load(&s->value));
}

static int by_metric_and_order(const void *a, const void *b)
{
	const struct series *x = *(struct series *const *)a;
	const struct series *y = *(struct series *const *)b;

	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

void metric_render(struct str *out)
{
	static const char *const KINDS[] = {"counter", "gauge", "histogram"};
	struct series **all = calloc(SLOTS, sizeof(*all));
	size_t n = 0, i = 0;

	if (all == NULL) {
		out->failed = true;
		return;
	}
	for (size_t slot = 0; slot < SLOTS; slot++) {
		all[n] = atomic_load(&TABLE[slot]);
		n += all[n] != NULL;
	}
	qsort(all, n, sizeof(struct series *), by_metric_and_order);
	for (int m = 0; m < METRIC_COUNT; m++) {
		str_printf(out, "# HELP cairn_%s %s\n# TYPE cairn_%s %s\n",
		    METRICS[m].name, METRICS[m].help, METRICS[m].name,
		    KINDS[METRICS[m].kind]);
		if (m == METRIC_metric_series_dropped_total)
			str_printf(out, "cairn_%s %lld\n", METRICS[m].name,
			    (long long)atomic_load(&DROPPED));
		for (; i < n && all[i]->metric == (enum metric)m; i++)
			put_series(out, all[i]);
	}
	free(all);
}
