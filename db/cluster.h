/*
 * The private PostgreSQL cluster: what Cairn uses when no database is named.
 *
 * It lives in a directory of its own, listens on a Unix socket only, trusts whoever
 * may reach that socket (mode 0700: the owner), and is as durable as any other
 * unless `fast` is set. As root everything runs as the user `postgres`, which
 * PostgreSQL asks for. A socket's path is limited to 107 octets and every folder
 * above data and socket must be open to that user: where the wished directory does
 * not serve, another one is used and `moved` says so.
 *
 * Starts and stops processes by forking: call it while the program has one thread,
 * or be sure that no other thread depends on the state a fork copies.
 */
#ifndef DB_CLUSTER_H
#define DB_CLUSTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

struct cluster {
	const char *data_dir;   /* PGDATA */
	const char *socket_dir; /* short */
	const char *log_file;
	const char *conninfo; /* for db_open; database `cairn` */
	const char *bin_dir;  /* of initdb and pg_ctl */
	bool fast;            /* no fsync: tests only */
	bool moved; /* the cluster is not below the wished directory */
	uid_t uid;  /* whom it runs as */
	gid_t gid;
};

/* Where a cluster wished at `dir` is and how it is reached; creates nothing.
 * ERR_IO without PostgreSQL's programs, or without the user postgres when root. */
enum err_code cluster_describe(struct arena *a, const char *dir, bool fast,
    struct cluster *ret_cluster, struct err *e) ERR_CHECKED;

/* Created when new, started when not running, ready when it returns. */
enum err_code cluster_start(
    struct arena *a, const struct cluster *c, struct err *e) ERR_CHECKED;

/* Fast shutdown; fine when it does not run. */
enum err_code cluster_stop(
    struct arena *a, const struct cluster *c, struct err *e) ERR_CHECKED;

/* The postmaster's process id, or 0. A stale pid file is no running cluster. */
pid_t cluster_pid(const struct cluster *c);

#endif
