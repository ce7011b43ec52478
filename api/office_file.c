/* Files of office hours: see office_file.h. */
#include "api/office_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/bind.h"
#include "api/json.h"
#include "api/member_file.h"
#include "base/instant.h"
#include "base/jwrite.h"

enum {
	MAX_ID = 400, /* characters; the member file's cap is lower */
	MAX_HOURS = 40,
	MINUTES = 60, /* unless said otherwise */
	SEATS = 4,
};

struct host_text {
	const char *mentor;
	int64_t hours, minutes, seats; /* 0: as the file says for all */
};

struct wish_text {
	int32_t first_day, last_day;
	int64_t minutes, seats;
	struct bind_list holidays, hosts, reached;
};

static const struct bind HOST_ITEM[] = {
    {"mentor", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct host_text, mentor),
	.min = 1, .max = MAX_ID},
    {"hours_per_week", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct host_text, hours), .min = 1, .max = MAX_HOURS},
    {"minutes", BIND_INT, 0, BIND_INTO(struct host_text, minutes), .min = 15,
	.max = OFFICE_MAX_MINUTES},
    {"seats", BIND_INT, 0, BIND_INTO(struct host_text, seats), .min = 1,
	.max = OFFICE_MAX_SEATS},
    {0},
};
static const struct bind HOST = {
    .key = "", .type = BIND_OBJECT, .item = HOST_ITEM};
static const struct bind DAY = {
    .key = "", .type = BIND_DATE, BIND_EACH(int32_t)};
static const struct bind ID = {.key = "",
    .type = BIND_STRING,
    .min = 1,
    .max = MAX_ID,
    BIND_EACH(const char *)};
static const struct bind WISH[] = {
    {"first_date", BIND_DATE, BIND_REQUIRED,
	BIND_INTO(struct wish_text, first_day)},
    {"last_date", BIND_DATE, BIND_REQUIRED,
	BIND_INTO(struct wish_text, last_day)},
    {"minutes", BIND_INT, 0, BIND_INTO(struct wish_text, minutes), .min = 15,
	.max = OFFICE_MAX_MINUTES},
    {"seats", BIND_INT, 0, BIND_INTO(struct wish_text, seats), .min = 1,
	.max = OFFICE_MAX_SEATS},
    {"holidays", BIND_LIST, 0, BIND_INTO(struct wish_text, holidays),
	.max = INTAKE_MAX_HOLIDAYS, .item = &DAY, .item_size = sizeof(int32_t)},
    {"hosts", BIND_LIST, BIND_REQUIRED, BIND_INTO(struct wish_text, hosts),
	.min = 1, .max = OFFICE_MAX_HOSTS, .item = &HOST,
	.item_size = sizeof(struct host_text)},
    {"reached", BIND_LIST, 0, BIND_INTO(struct wish_text, reached),
	.max = OFFICE_MAX_NEWCOMERS, .item = &ID,
	.item_size = sizeof(const char *)},
    {0},
};

static int by_day(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void take_dates(
    struct wish_text *t, struct office_wish *w, struct err *e)
{
	w->first_day = t->first_day;
	w->last_day = t->last_day;
	w->holidays = t->holidays.item;
	w->n_holidays = (uint16_t)t->holidays.n;
	if (t->holidays.n > 0)
		qsort(t->holidays.item, t->holidays.n, sizeof(int32_t), by_day);
	if (t->last_day < t->first_day)
		err_add_field(e, ERR_VALIDATION, "/last_date",
		    "the last date is before the first");
	else if (t->last_day - t->first_day >= INTAKE_MAX_WEEKS * 7)
		err_add_field(e, ERR_VALIDATION, "/last_date",
		    "expected at most %d weeks", INTAKE_MAX_WEEKS);
}

static void take_host(const struct community *c, const struct wish_text *t,
    size_t i, bool *is_host, struct office_host *host, struct err *e)
{
	const struct host_text *from =
	    (const struct host_text *)t->hosts.item + i;
	int64_t minutes = from->minutes != 0 ? from->minutes : t->minutes;
	int64_t weekly = from->hours * 60 / minutes;
	char place[ERR_PLACE_SIZE];

	*host = (struct office_host){.person = member_find(c, from->mentor),
	    .weekly = (uint16_t)weekly,
	    .minutes = (uint16_t)minutes,
	    .seats = (uint16_t)(from->seats != 0 ? from->seats : t->seats)};
	snprintf(place, sizeof(place), "/hosts/%zu/mentor", i);
	if (host->person >= c->n)
		err_add_field(e, ERR_VALIDATION, place,
		    "expected somebody of the member file");
	else if (is_host[host->person])
		err_add_field(
		    e, ERR_VALIDATION, place, "this mentor is named twice");
	else
		is_host[host->person] = true;
	snprintf(place, sizeof(place), "/hosts/%zu/hours_per_week", i);
	if (weekly < 1 || weekly > OFFICE_MAX_WEEKLY)
		err_add_field(e, ERR_VALIDATION, place,
		    "expected 1 to %d slots of %d minutes a week",
		    OFFICE_MAX_WEEKLY, (int)minutes);
}

/* Who is no host and looks for somebody. */
static void take_newcomers(const struct community *c, const struct wish_text *t,
    const bool *is_host, bool *was_reached, uint32_t *newcomer, bool *reached,
    struct office_wish *w)
{
	for (size_t i = 0; i < t->reached.n; i++) {
		uint32_t p =
		    member_find(c, ((const char *const *)t->reached.item)[i]);

		if (p < c->n) /* who left the member file is not looked for */
			was_reached[p] = true;
	}
	for (uint32_t p = 0; p < c->n; p++)
		if (!is_host[p] && person_is_newcomer(&c->person[p])) {
			newcomer[w->n_newcomers] = p;
			reached[w->n_newcomers++] = was_reached[p];
		}
	w->newcomer = newcomer;
	w->reached = reached;
}

enum err_code office_file_read(struct arena *a, const char *text, size_t n,
    const struct community *c, struct office_wish *ret_wish, struct err *e)
{
	struct wish_text t = {.minutes = MINUTES, .seats = SEATS};
	struct office_host *host;
	struct json_object *tree;
	bool *is_host = ARENA_ARRAY(a, c->n, bool);
	bool *was_reached = ARENA_ARRAY(a, c->n, bool);
	bool *reached = ARENA_ARRAY(a, c->n, bool);
	uint32_t *newcomer = ARENA_ARRAY(a, c->n, uint32_t);
	enum err_code code = json_read_file(a, text, n, &tree, e);

	if (code == ERR_OK)
		code = bind_object(a, tree, WISH, &t, e);
	if (code != ERR_OK)
		return code;
	host = ARENA_ARRAY(a, t.hosts.n, struct office_host);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the hosts");
	memset(is_host, 0, c->n * sizeof(*is_host));
	memset(was_reached, 0, c->n * sizeof(*was_reached));
	*ret_wish =
	    (struct office_wish){.host = host, .n_hosts = (uint32_t)t.hosts.n};
	take_dates(&t, ret_wish, e);
	for (size_t i = 0; i < t.hosts.n; i++)
		take_host(c, &t, i, is_host, &host[i], e);
	take_newcomers(
	    c, &t, is_host, was_reached, newcomer, reached, ret_wish);
	return e->code;
}

static void write_slot(struct jwrite *j, const struct community *c,
    const struct office_wish *w, const struct office_slot *s)
{
	const struct office_host *h = &w->host[s->host];
	char time[8];

	jwrite_object(j);
	jwrite_key_text(j, "mentor", c->person[h->person].id);
	jwrite_key_text(j, "weekday", weekday_name(s->weekday));
	snprintf(time, sizeof(time), "%02u:%02u", s->local_minute / 60u,
	    s->local_minute % 60u);
	jwrite_key_text(j, "local_time", time);
	jwrite_key_text(j, "time_zone", c->person[h->person].zone->name);
	jwrite_key_int(j, "minutes", h->minutes);
	jwrite_key_int(j, "seats", h->seats);
	jwrite_key_int(j, "dates", s->n_dates);
	jwrite_key_array(j, "newcomers");
	for (uint16_t i = 0; i < s->n_seated; i++)
		jwrite_text(j, c->person[s->seated[i]].id);
	jwrite_array_end(j);
	jwrite_object_end(j);
}

void office_file_write(const struct community *c, const struct office_wish *w,
    const struct office_plan *plan, struct str *out)
{
	struct jwrite j;

	jwrite_init(&j, out, true);
	jwrite_object(&j);
	jwrite_key_text(&j, "status",
	    plan->objective == plan->bound ? "optimal" : "feasible");
	jwrite_key_int(&j, "objective", plan->objective);
	jwrite_key_int(&j, "bound", plan->bound);
	jwrite_key(&j, "first_date");
	jwrite_day(&j, w->first_day);
	jwrite_key(&j, "last_date");
	jwrite_day(&j, w->last_day);
	jwrite_key_array(&j, "slots");
	for (uint32_t i = 0; i < plan->n_slots; i++)
		write_slot(&j, c, w, &plan->slot[i]);
	jwrite_array_end(&j);
	jwrite_key_array(&j, "missed");
	for (uint32_t i = 0; i < plan->n_missed; i++) {
		jwrite_object(&j);
		jwrite_key_text(
		    &j, "newcomer", c->person[plan->missed[i].person].id);
		jwrite_key_text(
		    &j, "reason", office_reason_name(plan->missed[i].reason));
		jwrite_object_end(&j);
	}
	jwrite_array_end(&j);
	jwrite_object_end(&j);
}
