/* Upkeep: see upkeep.h. */
#include "api/upkeep.h"

#include "api/tally.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/trials.h"
#include "db/upkeep.h"

enum {
	MAX_BATCHES = 1000 /* of what is forgotten: the rest waits an hour */
};

void upkeep_run(struct db *db, struct arena *a, struct tz *tz)
{
	int64_t forgotten = 0, trials = 0, tallied = 0, wrong = 0, n = 1;
	struct err e;
	enum err_code code = ERR_OK;

	err_clear(&e);
	for (int i = 0; code == ERR_OK && n > 0 && i < MAX_BATCHES; i++) {
		code = db_upkeep_forget(db, &n, &e);
		forgotten += code == ERR_OK ? n : 0;
	}
	n = 1;
	for (int i = 0; code == ERR_OK && n > 0 && i < MAX_BATCHES; i++) {
		code = db_trial_forget(db, a, &n, &e);
		trials += code == ERR_OK ? n : 0;
	}
	n = 1;
	for (int i = 0; code == ERR_OK && n > 0 && i < MAX_BATCHES; i++) {
		code = tally_sessions(db, a, tz, &n, &e);
		tallied += code == ERR_OK ? n : 0;
		arena_reset(a);
	}
	if (code == ERR_OK)
		code = db_upkeep_forget_members(db, &e);
	if (code == ERR_OK)
		code = db_upkeep_recount(db, a, &wrong, &e);
	if (code != ERR_OK)
		LOG(LOG_WARN, "upkeep failed", LOG_TEXT("why", e.detail));
	metric_add(METRIC_bugs_total, NULL, NULL, wrong);
	LOG(wrong > 0 ? LOG_ERROR : LOG_INFO, "upkeep",
	    LOG_INT("keys_forgotten", forgotten),
	    LOG_INT("trials_forgotten", trials),
	    LOG_INT("discomfort_entries", tallied),
	    LOG_INT("counts_corrected", wrong));
}
