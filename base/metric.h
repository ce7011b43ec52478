/*
 * Counters, gauges and histograms of this process, declared once in metric.def and
 * rendered as Prometheus text (version 0.0.4).
 *
 * A metric has up to two labels; each pair of their values is a series that appears
 * with its first use. Label values must come from a bounded vocabulary (a route's
 * template, a status class, never a path or an id); beyond METRIC_MAX_SERIES new
 * series are dropped and counted in cairn_metric_series_dropped_total.
 *
 * Any thread; updates are atomic and take no lock. This is process-wide state by
 * nature: one process, one set of counters. Pure code never calls it.
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stdint.h>

#include "base/str.h"

enum metric {
#define METRIC(kind, name, label1, label2, help) METRIC_##name,
#include "base/metric.def"
#undef METRIC
	METRIC_COUNT
};

enum {
	METRIC_MAX_SERIES = 2048,
	METRIC_LABEL_SIZE = 96, /* longer label values are cut */
};

/* label1 and label2 are the labels' values; NULL where the metric has none. */
void metric_add(
    enum metric m, const char *label1, const char *label2, int64_t n);
void metric_set(
    enum metric m, const char *label1, const char *label2, int64_t value);

/* One observation of a histogram, in microseconds; shown in seconds. */
void metric_observe(
    enum metric m, const char *label1, const char *label2, int64_t us);

/* Value of a counter or gauge, count of a histogram; 0 when never used. */
int64_t metric_value(enum metric m, const char *label1, const char *label2);

/* Append everything; series in the order of their first use. */
void metric_render(struct str *out);

#endif
