/* The cluster of tests: see cluster.h. */
#include "tests/lib/db/cluster.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "db/communities.h"
#include "db/members.h"
#include "db/migrate.h"
#include "db/programs.h"

enum {
	EXIT_SKIPPED = 77
};

void test_ok(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	fprintf(stderr, "%s: %s (%s:%d)\n", err_slug(code), e->detail,
	    e->file != NULL ? e->file : "?", e->line);
	exit(EXIT_FAILURE);
}

/* For the exit in test_ok, which any thread may take. */
static struct test_cluster *running;

static void stop_running(void)
{
	if (running != NULL)
		test_cluster_stop(running);
}

void test_cluster_start(struct test_cluster *t, const char *argv0)
{
	struct err e = {0};
	const char *slash = strrchr(argv0, '/');
	const char *dir;
	enum err_code code;

	*t = (struct test_cluster){.arena = arena_new(64 << 20)};
	if (t->arena == NULL)
		abort();
	dir = arena_printf(t->arena, "%.*s/cluster-%ld",
	    slash != NULL ? (int)(slash - argv0) : 1,
	    slash != NULL ? argv0 : ".", (long)getpid());
	code = cluster_describe(t->arena, dir, true, &t->cluster, &e);
	if (code == ERR_IO) {
		fprintf(stderr, "skipped: %s\n", e.detail);
		exit(EXIT_SKIPPED);
	}
	test_ok(code, &e);
	running = t;
	atexit(stop_running);
	test_ok(cluster_start(t->arena, &t->cluster, &e), &e);
}

static int remove_one(
    const char *path, const struct stat *s, int kind, struct FTW *where)
{
	(void)s;
	(void)kind;
	(void)where;
	return remove(path);
}

void test_cluster_stop(struct test_cluster *t)
{
	struct err e = {0};
	char *home = arena_strdup(t->arena, t->cluster.data_dir);

	running = NULL;
	test_ok(cluster_stop(t->arena, &t->cluster, &e), &e);
	*strrchr(home, '/') = '\0';
	nftw(home, remove_one, 32, FTW_DEPTH | FTW_PHYS);
	nftw(t->cluster.socket_dir, remove_one, 32, FTW_DEPTH | FTW_PHYS);
	arena_free(t->arena);
}

struct db *test_cluster_connect(const struct test_cluster *t)
{
	const struct db_options o = {
	    .conninfo = t->cluster.conninfo,
	    .allow_unsafe = true,
	    .lock_timeout_ms = 20000,
	    .statement_timeout_ms = 60000,
	};
	struct err e = {0};
	struct db *db = NULL;

	test_ok(db_open(&o, &db, &e), &e);
	return db;
}

void test_cluster_seed(struct test_cluster *t)
{
	struct err e = {0};
	struct db *db = NULL;
	struct db_community c = {.name = "Cairn Test",
	    .slug = "test",
	    .calendar_domain = "cal.example.org"};
	int applied = 0;

	test_ok(db_migrate_open(t->cluster.conninfo, true, &db, &e), &e);
	test_ok(db_migrate(db, t->arena, db_migration_table, &applied, &e), &e);
	c.id = t->community = id_new();
	t->program = id_new();
	test_ok(db_community_create(db, &c, &e), &e);
	test_ok(db_program_create(
		    db, &t->community, &t->program, "Onboarding", NULL, &e),
	    &e);
	db_close(db);
}

struct id test_member(struct test_cluster *t, struct db *db, const char *name,
    const char *role, int64_t capacity)
{
	struct err e = {0};
	struct id id = id_new();
	struct db_enrollment n = {.program_id = t->program,
	    .member_id = id,
	    .role = role,
	    .capacity = capacity};
	const char *json = arena_printf(t->arena,
	    "{\"external_id\":\"%s\",\"display_name\":\"%s\","
	    "\"time_zone\":\"Europe/Berlin\"}",
	    name, name);

	test_ok(db_member_create(db, &t->community, &id, json, &e), &e);
	if (role != NULL)
		test_ok(db_enrollment_put(db, &t->community, &n, 0, &e), &e);
	return id;
}

int64_t test_value(struct test_cluster *t, struct db *db,
    const struct db_stmt *stmt, struct db_args args)
{
	struct err e = {0};
	const struct db_rows *row = NULL;

	test_ok(db_one(db, t->arena, stmt, args, "value", &row, &e), &e);
	return db_get_int(row, 0, 0);
}
