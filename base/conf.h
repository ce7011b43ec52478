/*
 * Configuration: one table (conf.def), four sources, the later wins:
 * default < file < environment (CAIRN_LISTEN_PORT) < flag (--listen-port 8080).
 *
 * A file has lines `name = value`; `#` begins a comment line. A name that the table
 * does not have is an error in a file and on the command line. In the environment
 * only the table's names are looked at, for others may share the prefix.
 *
 * struct conf is a plain value: it owns nothing and may be copied. Threads: read
 * only once loaded.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum {
	CONF_TEXT_SIZE = 1024, /* a text setting, with its NUL */
	CONF_MAX_FILE = 65536,
};

struct conf {
#define CONF_TEXT(name, value, secret, help)  char name[CONF_TEXT_SIZE];
#define CONF_ENUM(name, value, choices, help) char name[CONF_TEXT_SIZE];
#define CONF_INT(name, value, min, max, help) int64_t name;
#include "base/conf.def"
#undef CONF_TEXT
#undef CONF_ENUM
#undef CONF_INT
};

/* Every setting at its default. */
void conf_init(struct conf *c);

/* One setting from text; a '-' in the name counts as '_'. ERR_UNKNOWN_FIELD or
 * ERR_FIELD; `e` collects faults (place = name), so that several calls report
 * together. */
enum err_code conf_set(struct conf *c, const char *name, const char *value,
    struct err *e) ERR_CHECKED;

/*
 * Everything in order: conf_init, the file named by `--config FILE` or CAIRN_CONFIG,
 * the environment, the flags `--name value` and `--name=value`, then what follows
 * from other settings (public_url, queue_limit). All faults are reported at once.
 *
 * Flags that the table knows are taken out of argv (from argv[1] on, *argc shrinks);
 * the rest stays for the caller, up to an argument `--`.
 */
enum err_code conf_load(struct conf *c, int *argc, char *argv[],
    char *const envp[], struct err *e) ERR_CHECKED;

/* The single sources. Their result is that of `e`, which collects the faults of all
 * of them: it may be looked at once, after the last. */
enum err_code conf_file(struct conf *c, const char *path, struct err *e);
enum err_code conf_environment(
    struct conf *c, char *const envp[], struct err *e);
enum err_code conf_flags(
    struct conf *c, int *argc, char *argv[], struct err *e);

/* What follows from other settings: public_url when empty, queue_limit when 0. */
void conf_derive(struct conf *c);

/* `name = value` a line, as a file would have it; secrets as "***". */
void conf_print(const struct conf *c, struct str *out);

/* The text of docs/config.md. */
void conf_describe(struct str *out);

#endif
