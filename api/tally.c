/* From sessions to the ledger: see tally.h. */
#include "api/tally.h"

#include "api/round_rows.h"
#include "db/discomfort.h"
#include "scheduler/discomfort.h"

struct batch {
	struct arena *a;
	struct tz *tz;
	size_t n;
};

static enum err_code add(struct db *db, struct batch *b,
    const struct db_discomfort_due *d, struct err *e)
{
	struct person p = {.n_preferred = 0};
	struct window *w =
	    round_rows_windows(b->a, d->preferred, &p.n_preferred);
	enum err_code code = tz_zone(b->tz, d->time_zone, &p.zone, e);

	if (code != ERR_OK)
		return code;
	if (w == NULL)
		return ERR_SET(e, NOMEM, "no memory for a member's hours");
	p.n_preferred = (uint16_t)windows_normalise(w, p.n_preferred);
	p.preferred = w;
	return db_discomfort_add(
	    db, d, discomfort_of(&p, d->start, d->end - d->start), e);
}

static enum err_code add_batch(struct db *db, void *cookie, struct err *e)
{
	struct batch *b = cookie;
	struct db_discomfort_due *due;
	enum err_code code = db_discomfort_due(db, b->a, &due, &b->n, e);

	for (size_t i = 0; code == ERR_OK && i < b->n; i++)
		code = add(db, b, &due[i], e);
	return code;
}

enum err_code tally_sessions(struct db *db, struct arena *a, struct tz *tz,
    int64_t *ret_n, struct err *e)
{
	struct batch b = {.a = a, .tz = tz};
	enum err_code code = db_tx_run(db, DB_WRITE, add_batch, &b, e);

	if (code == ERR_OK)
		*ret_n = (int64_t)b.n;
	return code;
}
