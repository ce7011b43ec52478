/*
 * The private cluster: see cluster.h. It speaks to initdb and pg_ctl, which know
 * about stale pid files, crash recovery and readiness better than we would.
 * Invariants: nothing of it listens on a network; the settings are given on every
 * start, so that a cluster made by an older version gets today's.
 */
#include "db/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"

enum {
	/* ".s.PGSQL.5432.lock" stands behind the folder in sun_path. */
	SOCKET_NAME = sizeof("/.s.PGSQL.5432.lock"),
	MAX_SOCKET_DIR =
	    sizeof(((struct sockaddr_un *)NULL)->sun_path) - SOCKET_NAME,
	MAX_ARGS = 20,
	START_WAIT_S = 60,
};

/* ---- finding things ---- */

static const char *find_bin_dir(struct arena *a)
{
	static const char *const KNOWN[] = {"/usr/lib/postgresql/15/bin",
	    "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin",
	    "/usr/local/pgsql/bin"};
	char line[1024];
	char *found = NULL;
	FILE *config;

	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
		const char *path = arena_printf(a, "%s/initdb", KNOWN[i]);

		if (path != NULL && access(path, X_OK) == 0)
			return KNOWN[i];
	}
	/* A constant command. NOLINTNEXTLINE(cert-env33-c) */
	config = popen("pg_config --bindir 2>/dev/null", "r");
	if (config == NULL)
		return NULL;
	if (fgets(line, sizeof(line), config) != NULL) {
		const char *path;

		line[strcspn(line, "\n")] = '\0';
		path = arena_printf(a, "%s/initdb", line);
		if (path != NULL && access(path, X_OK) == 0)
			found = arena_strdup(a, line);
	}
	pclose(config);
	return found;
}

/* PostgreSQL refuses to run as root. */
static enum err_code choose_user(struct cluster *c, struct err *e)
{
	char buffer[4096];
	struct passwd entry, *found = NULL;

	c->uid = geteuid();
	c->gid = getegid();
	if (c->uid != 0)
		return ERR_OK;
	if (getpwnam_r("postgres", &entry, buffer, sizeof(buffer), &found) !=
		0 ||
	    found == NULL)
		return ERR_SET(e, IO,
		    "as root a private database needs the user postgres "
		    "(package postgresql-15)");
	c->uid = entry.pw_uid;
	c->gid = entry.pw_gid;
	return ERR_OK;
}

/* May the cluster's user pass through this folder? Absent ones will be ours. */
static bool may_pass(const struct cluster *c, const char *path)
{
	struct stat s;

	if (stat(path, &s) != 0)
		return errno == ENOENT;
	if (s.st_uid == c->uid)
		return (s.st_mode & S_IXUSR) != 0;
	if (s.st_gid == c->gid)
		return (s.st_mode & S_IXGRP) != 0;
	return (s.st_mode & S_IXOTH) != 0;
}

static bool is_reachable(
    struct arena *a, const struct cluster *c, const char *dir)
{
	char *path = arena_strdup(a, dir);

	if (path == NULL)
		return false;
	for (char *p = path + 1; *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			if (!may_pass(c, path))
				return false;
			*p = '/';
		}
	return true;
}

/* The wished place made absolute, its folders possibly not there yet. */
static const char *absolute(struct arena *a, const char *dir)
{
	char here[4096];

	if (dir[0] == '/')
		return arena_strdup(a, dir);
	if (getcwd(here, sizeof(here)) == NULL)
		return NULL;
	return arena_printf(a, "%s/%s", here, dir);
}

/* A short name that stays the same for the same wished place. */
static uint64_t name_of(const char *path)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 1099511628211u;
	return h;
}

enum err_code cluster_describe(struct arena *a, const char *dir, bool fast,
    struct cluster *ret_cluster, struct err *e)
{
	struct cluster c = {.fast = fast};
	const char *wished = absolute(a, dir);
	const char *home = wished;
	enum err_code code = choose_user(&c, e);

	if (code != ERR_OK)
		return code;
	if (wished == NULL)
		return ERR_SET(e, NOMEM, "no memory for a path");
	c.bin_dir = find_bin_dir(a);
	if (c.bin_dir == NULL)
		return ERR_SET(e, IO,
		    "PostgreSQL's programs are not here (package "
		    "postgresql-15)");
	if (!is_reachable(a, &c, wished)) {
		home = arena_printf(a, "/var/tmp/cairn-%016llx",
		    (unsigned long long)name_of(wished));
		c.moved = true;
	}
	if (home == NULL)
		return ERR_SET(e, NOMEM, "no memory for a path");
	c.data_dir = arena_printf(a, "%s/data", home);
	c.log_file = arena_printf(a, "%s/postgresql.log", home);
	c.socket_dir = strlen(home) <= (size_t)MAX_SOCKET_DIR
			   ? home
			   : arena_printf(a, "/tmp/cairn-%016llx",
				 (unsigned long long)name_of(wished));
	if (c.socket_dir == NULL || strpbrk(home, " '\\\"") != NULL)
		return ERR_SET(e, IO,
		    "the database's path must not hold spaces or quotes");
	c.conninfo =
	    arena_printf(a, "host=%s user=cairn dbname=cairn", c.socket_dir);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for a path");
	*ret_cluster = c;
	return ERR_OK;
}

/* ---- running programs ---- */

/* In the child: become the cluster's user, keep our output clean of theirs. */
static void run_child(const struct cluster *c, char *const *arg)
{
	int log = open(c->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (log < 0 || null < 0)
		_exit(126);
	if (geteuid() == 0 &&
	    (fchown(log, c->uid, c->gid) != 0 || setgroups(0, NULL) != 0 ||
		setgid(c->gid) != 0 || setuid(c->uid) != 0))
		_exit(126);
	if (dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 ||
	    chdir("/") != 0)
		_exit(126);
	setsid();
	/* The postmaster outlives us; it keeps none of our files. */
	close_range(3, ~0U, 0);
	execv(arg[0], arg);
	_exit(127);
}

static enum err_code run(
    const struct cluster *c, const char *const *args, struct err *e)
{
	char *arg[MAX_ARGS];
	size_t n = 0;
	int status = 0;
	pid_t pid;

	for (; args[n] != NULL && n + 1 < MAX_ARGS; n++)
		memcpy(&arg[n], &args[n], sizeof(arg[n])); /* execv: no const */
	arg[n] = NULL;
	pid = fork();
	if (pid < 0)
		return ERR_SET(e, IO, "no process could be started");
	if (pid == 0)
		run_child(c, arg);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return ERR_SET(e, IO, "a process was lost");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return ERR_SET(
		    e, IO, "%s failed: see %s", args[0], c->log_file);
	return ERR_OK;
}

/* mkdir -p; what is made belongs to the cluster's user when it is `own`. */
static enum err_code make_dir(
    struct arena *a, const struct cluster *c, const char *dir, struct err *e)
{
	char *path = arena_strdup(a, dir);

	if (path == NULL)
		return ERR_SET(e, NOMEM, "no memory for a path");
	for (char *p = path + 1; *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			if (mkdir(path, 0755) != 0 && errno != EEXIST)
				return ERR_SET(e, IO,
				    "the folder %s cannot be made", path);
			*p = '/';
		}
	if (mkdir(dir, 0700) == 0) {
		if (geteuid() == 0 && chown(dir, c->uid, c->gid) != 0)
			return ERR_SET(
			    e, IO, "%s cannot be given to postgres", dir);
	} else if (errno != EEXIST) {
		return ERR_SET(e, IO, "the folder %s cannot be made", dir);
	}
	return ERR_OK;
}

/* A folder in a place open to all must be ours, or somebody else set a trap. */
static enum err_code check_owner(
    const struct cluster *c, const char *dir, struct err *e)
{
	struct stat s;

	if (lstat(dir, &s) != 0 || !S_ISDIR(s.st_mode))
		return ERR_SET(e, IO, "%s is not a folder", dir);
	if (s.st_uid != c->uid)
		return ERR_SET(
		    e, IO, "the folder %s belongs to another user", dir);
	return ERR_OK;
}

/* ---- life ---- */

pid_t cluster_pid(const struct cluster *c)
{
	char path[4200], line[32] = "";
	struct stat works_in, data;
	int64_t pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/postmaster.pid", c->data_dir);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	if (!num_parse_i64(line, strlen(line), 2, INT32_MAX, &pid))
		return 0;
	/* The number may be another program's by now, or a dead child that nobody
	 * waited for: a living postmaster works in its data folder. */
	snprintf(path, sizeof(path), "/proc/%d/cwd", (int)pid);
	if (stat(path, &works_in) != 0 || stat(c->data_dir, &data) != 0 ||
	    works_in.st_dev != data.st_dev || works_in.st_ino != data.st_ino)
		return 0;
	return (pid_t)pid;
}

/* PostgreSQL goes by the number alone, and would refuse to start. That the data
 * is still in use by a left-over backend it finds out by other means. */
static void remove_stale_pid_files(const struct cluster *c)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/postmaster.pid", c->data_dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/.s.PGSQL.5432.lock", c->socket_dir);
	unlink(path);
}

static enum err_code initialise(
    struct arena *a, const struct cluster *c, struct err *e)
{
	const char *const args[] = {arena_printf(a, "%s/initdb", c->bin_dir),
	    "-D", c->data_dir, "-U", "cairn", "--auth=trust", "--encoding=UTF8",
	    "--locale=C.UTF-8", "--no-instructions",
	    c->fast ? "--no-sync" : "--data-checksums", NULL};

	if (args[0] == NULL)
		return ERR_SET(e, NOMEM, "no memory for a command");
	return run(c, args, e);
}

static enum err_code start(
    struct arena *a, const struct cluster *c, struct err *e)
{
	const char *const args[] = {arena_printf(a, "%s/pg_ctl", c->bin_dir),
	    "start", "-D", c->data_dir, "-l", c->log_file, "-w", "-t",
	    arena_printf(a, "%d", START_WAIT_S), "-s", "-o",
	    arena_printf(a,
		"-k %s -p 5432 -c listen_addresses= -c lc_messages=C"
		" -c unix_socket_permissions=0700 -c max_connections=200"
		" -c logging_collector=off%s",
		c->socket_dir,
		c->fast ? " -c fsync=off -c full_page_writes=off"
			  " -c synchronous_commit=off"
			: ""),
	    NULL};

	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for a command");
	return run(c, args, e);
}

/* The database itself; that it is there already is fine. */
static enum err_code create_database(const struct cluster *c, struct err *e)
{
	const char *const word[] = {"dbname", "host", "user", NULL};
	const char *const value[] = {"postgres", c->socket_dir, "cairn", NULL};
	PGconn *conn = PQconnectdbParams(word, value, 0);
	enum err_code code = ERR_OK;
	PGresult *res;

	res = PQexec(conn, "SELECT 1 FROM pg_database WHERE datname = 'cairn'");
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		code = ERR_SET(e, DB_DOWN,
		    "the private database does not answer: see %s",
		    c->log_file);
	} else if (PQntuples(res) == 0) {
		PQclear(res);
		res = PQexec(conn, "CREATE DATABASE cairn");
		if (PQresultStatus(res) != PGRES_COMMAND_OK)
			code =
			    ERR_SET(e, IO, "the database cairn cannot be made");
	}
	PQclear(res);
	PQfinish(conn);
	return code;
}

enum err_code cluster_start(
    struct arena *a, const struct cluster *c, struct err *e)
{
	const char *version = arena_printf(a, "%s/PG_VERSION", c->data_dir);
	char *home = arena_strdup(a, c->data_dir);
	enum err_code code;

	if (version == NULL || home == NULL)
		return ERR_SET(e, NOMEM, "no memory for a path");
	*strrchr(home, '/') = '\0';
	code = make_dir(a, c, home, e);
	if (code == ERR_OK)
		code = make_dir(a, c, c->socket_dir, e);
	if (code == ERR_OK)
		code = check_owner(c, home, e);
	if (code == ERR_OK)
		code = check_owner(c, c->socket_dir, e);
	if (code == ERR_OK && access(version, F_OK) != 0)
		code = initialise(a, c, e);
	if (code == ERR_OK && cluster_pid(c) == 0) {
		remove_stale_pid_files(c);
		code = start(a, c, e);
	}
	return code == ERR_OK ? create_database(c, e) : code;
}

enum err_code cluster_stop(
    struct arena *a, const struct cluster *c, struct err *e)
{
	const char *const args[] = {arena_printf(a, "%s/pg_ctl", c->bin_dir),
	    "stop", "-D", c->data_dir, "-m", "fast", "-w", "-s", NULL};

	if (args[0] == NULL)
		return ERR_SET(e, NOMEM, "no memory for a command");
	return cluster_pid(c) == 0 ? ERR_OK : run(c, args, e);
}
