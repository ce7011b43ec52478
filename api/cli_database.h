/*
 * Which database a subcommand speaks to: the one that `database` names, or the
 * private cluster in `data_dir`, started when it does not run and left running.
 */
#ifndef API_CLI_DATABASE_H
#define API_CLI_DATABASE_H

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "db/cluster.h"

/* The connection string, in the arena. *ret_private: it is the private cluster's.
 * Call before threads are started: it may fork. */
enum err_code cli_database(struct arena *a, const struct conf *conf,
    const char **ret_conninfo, bool *ret_private, struct err *e) ERR_CHECKED;

/* Settings for a subcommand from file, environment and flags; what is left in argv
 * are its own arguments. False after a message, with the exit status. */
bool cli_database_conf(
    struct conf *conf, int *argc, char **argv, int *exit_status);

/* cairn cluster start|stop|status|conninfo */
int cli_cluster(int argc, char **argv);

/* cairn migrate [--check] */
int cli_migrate(int argc, char **argv);

#endif
