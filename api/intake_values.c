/* Intakes between rows and the scheduler: see intake_values.h. Invariant: what is
 * stored was checked, so reading back finds every value in its range. */
#include "api/intake_values.h"

#include <string.h>

#include "api/text.h"
#include "base/instant.h"

enum err_code intake_values_make(struct arena *a, const struct intake *in,
    struct intake_values *ret_values, struct err *e)
{
	const char **holiday = ARENA_ARRAY(a, in->n_holidays, const char *);
	char day[INSTANT_TEXT_SIZE];

	for (uint16_t i = 0; holiday != NULL && i < in->n_holidays; i++) {
		day_format(in->holidays[i], day);
		holiday[i] = arena_strdup(a, day);
	}
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for an intake");
	*ret_values = (struct intake_values){
	    .name = in->name,
	    .anchor_time_zone = in->anchor->name,
	    .language_level = text_language_level_name(in->language_level),
	    .first_date = in->first_day,
	    .last_date = in->last_day,
	    .session_minutes = in->session_minutes,
	    .sessions_per_week = in->sessions_per_week,
	    .cohort_min = in->cohort_min,
	    .cohort_max = in->cohort_max,
	    .allowed_misses = in->allowed_misses,
	    .slots_per_cohort = in->slots_per_cohort,
	    .most_per_organization = in->most_per_organization,
	    .holidays = holiday,
	    .n_holidays = in->n_holidays,
	};
	return ERR_OK;
}

enum err_code intake_values_read(struct arena *a, struct tz *tz,
    const struct intake_values *v, struct intake *ret_intake, struct err *e)
{
	int32_t *holiday = ARENA_ARRAY(a, v->n_holidays, int32_t);
	const struct zone *anchor = NULL;
	enum err_code code = tz_zone(tz, v->anchor_time_zone, &anchor, e);

	if (code != ERR_OK)
		return code;
	if (holiday == NULL)
		return ERR_SET(e, NOMEM, "no memory for an intake");
	for (size_t i = 0; i < v->n_holidays; i++)
		if (!day_parse(
			v->holidays[i], strlen(v->holidays[i]), &holiday[i]))
			return ERR_SET(e, BUG, "a stored holiday is no date");
	*ret_intake = (struct intake){
	    .name = v->name,
	    .anchor = anchor,
	    .first_day = v->first_date,
	    .last_day = v->last_date,
	    .session_minutes = (uint16_t)v->session_minutes,
	    .sessions_per_week = (uint8_t)v->sessions_per_week,
	    .cohort_min = (uint8_t)v->cohort_min,
	    .cohort_max = (uint8_t)v->cohort_max,
	    .language_level = (uint8_t)text_language_level(
		v->language_level, strlen(v->language_level)),
	    .allowed_misses = (uint8_t)v->allowed_misses,
	    .cohorts_per_guide = INTAKE_COHORTS_PER_GUIDE,
	    .slots_per_cohort = (uint8_t)v->slots_per_cohort,
	    .most_per_organization = (uint8_t)v->most_per_organization,
	    .holidays = holiday,
	    .n_holidays = (uint16_t)v->n_holidays,
	};
	return ERR_OK;
}
