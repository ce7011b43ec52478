/* Communities: see communities.h. */
#include "db/communities.h"

#define COLUMNS \
	"SELECT community_id, name, slug, calendar_domain FROM community "

static const struct db_stmt CREATE = {"community_create",
    "INSERT INTO community (community_id, name, slug, calendar_domain)"
    " VALUES ($1, $2, $3, $4)"};
static const struct db_stmt GET = {
    "community_get", COLUMNS "WHERE community_id = $1"};
static const struct db_stmt FIND = {
    "community_find", COLUMNS "WHERE slug = $1"};

const struct db_stmt *const db_community_stmts[] = {&CREATE, &GET, &FIND, NULL};

enum err_code db_community_create(
    struct db *db, const struct db_community *c, struct err *e)
{
	return db_exec(db, &CREATE,
	    DB_ARGS(db_id(&c->id), db_text(c->name), db_text(c->slug),
		db_text(c->calendar_domain)),
	    NULL, e);
}

static enum err_code one(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args,
    struct db_community *ret_community, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, stmt, args, "community", &row, e);

	if (code == ERR_OK)
		*ret_community = (struct db_community){
		    .id = db_get_id(row, 0, 0),
		    .name = db_get_text(row, 0, 1),
		    .slug = db_get_text(row, 0, 2),
		    .calendar_domain = db_get_text(row, 0, 3),
		};
	return code;
}

enum err_code db_community_get(struct db *db, struct arena *a,
    const struct id *id, struct db_community *ret_community, struct err *e)
{
	return one(db, a, &GET, DB_ARGS(db_id(id)), ret_community, e);
}

enum err_code db_community_find(struct db *db, struct arena *a,
    const char *slug, struct db_community *ret_community, struct err *e)
{
	return one(db, a, &FIND, DB_ARGS(db_text(slug)), ret_community, e);
}
