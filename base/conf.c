/*
 * Configuration: see conf.h. SETTINGS is the table conf.def with the place of each
 * value in struct conf; everything below walks that table.
 */
#include "base/conf.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"

struct setting {
	const char *name,
	    *value;          /* value: the default as text, for CONF_TEXT */
	const char *choices; /* of a CONF_ENUM */
	const char *help;
	size_t offset;
	int64_t number, min, max; /* of a CONF_INT: max > 0 */
	bool secret;
};

static const struct setting SETTINGS[] = {
#define CONF_TEXT(name, value, secret, help)                             \
	{#name, value, NULL, help, offsetof(struct conf, name), 0, 0, 0, \
	    secret},
#define CONF_ENUM(name, value, choices, help)                               \
	{#name, value, choices, help, offsetof(struct conf, name), 0, 0, 0, \
	    false},
#define CONF_INT(name, value, min, max, help)                              \
	{#name, NULL, NULL, help, offsetof(struct conf, name), value, min, \
	    max, false},
#include "base/conf.def"
#undef CONF_TEXT
#undef CONF_ENUM
#undef CONF_INT
};

enum {
	N_SETTINGS = sizeof(SETTINGS) / sizeof(SETTINGS[0])
};

static char *text_of(struct conf *c, const struct setting *s)
{
	return (char *)c + s->offset;
}

static int64_t *number_of(struct conf *c, const struct setting *s)
{
	return (int64_t *)(void *)((char *)c + s->offset);
}

void conf_init(struct conf *c)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const struct setting *s = &SETTINGS[i];

		if (s->value != NULL)
			snprintf(text_of(c, s), CONF_TEXT_SIZE, "%s", s->value);
		else
			*number_of(c, s) = s->number;
	}
}

/* name[0..n), with '-' for '_'. */
static const struct setting *find(const char *name, size_t n)
{
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const char *have = SETTINGS[i].name;
		size_t j = 0;

		while (
		    j < n && have[j] != '\0' &&
		    (name[j] == have[j] || (name[j] == '-' && have[j] == '_')))
			j++;
		if (j == n && have[j] == '\0')
			return &SETTINGS[i];
	}
	return NULL;
}

/* Is `value` one of the words of "a|b|c"? */
static bool is_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);

	for (const char *p = choices; *p != '\0';) {
		size_t len = strcspn(p, "|");

		if (len == n && n > 0 && memcmp(p, value, n) == 0)
			return true;
		p += len + (p[len] == '|');
	}
	return false;
}

static bool is_text(const char *value)
{
	size_t n = strlen(value);

	if (n >= CONF_TEXT_SIZE || !utf8_is_valid(value, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7F)
			return false;
	return true;
}

static enum err_code set(
    struct conf *c, const struct setting *s, const char *value, struct err *e)
{
	if (s->value == NULL) {
		if (num_parse_i64(
			value, strlen(value), s->min, s->max, number_of(c, s)))
			return ERR_OK;
		err_add_field(e, ERR_FIELD, s->name,
		    "expected a whole number from %lld to %lld",
		    (long long)s->min, (long long)s->max);
	} else if (s->choices != NULL && !is_choice(s->choices, value)) {
		err_add_field(
		    e, ERR_FIELD, s->name, "expected one of %s", s->choices);
	} else if (!is_text(value)) {
		err_add_field(e, ERR_FIELD, s->name,
		    "expected at most %d octets of UTF-8 in one line",
		    CONF_TEXT_SIZE - 1);
	} else {
		snprintf(text_of(c, s), CONF_TEXT_SIZE, "%s", value);
		return ERR_OK;
	}
	return ERR_FIELD;
}

enum err_code conf_set(
    struct conf *c, const char *name, const char *value, struct err *e)
{
	const struct setting *s = find(name, strlen(name));

	if (s != NULL)
		return set(c, s, value, e);
	err_add_field(e, ERR_UNKNOWN_FIELD, name, "there is no such setting");
	return ERR_UNKNOWN_FIELD;
}

/* s without blanks at both ends; cuts s in place. */
static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		n--;
	s[n] = '\0';
	return s;
}

/* One line of a file; faults go to `e`. */
static void file_line(
    struct conf *c, const char *path, int number, char *line, struct err *e)
{
	char *name = trim(line);
	char *equals = strchr(name, '=');
	unsigned before = e->n_fields;
	enum err_code rc;

	if (*name == '\0' || *name == '#')
		return;
	if (equals == NULL) {
		err_add_field(e, ERR_SYNTAX, path,
		    "line %d: expected name = value", number);
		return;
	}
	*equals = '\0';
	name = trim(name);
	rc = conf_set(c, name, trim(equals + 1), e);
	if (rc != ERR_OK && e->n_fields > before) {
		struct err_field *f = &e->field[e->n_fields - 1];

		snprintf(f->place, sizeof(f->place), "%.90s:%d: %.20s", path,
		    number, name);
	}
}

/* The text of a file of at most CONF_MAX_FILE octets, malloc'ed; NULL on failure. */
static char *read_whole(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = f != NULL ? malloc(CONF_MAX_FILE + 2) : NULL;
	size_t n = 0;

	if (text != NULL) {
		n = fread(text, 1, CONF_MAX_FILE + 1, f);
		text[n] = '\0';
		if (ferror(f) || n > CONF_MAX_FILE || strlen(text) != n) {
			free(text);
			text = NULL;
		}
	}
	if (f != NULL)
		(void)fclose(f);
	return text;
}

enum err_code conf_file(struct conf *c, const char *path, struct err *e)
{
	char *text = read_whole(path);
	int number = 0;

	if (text == NULL) {
		err_add_field(e, ERR_IO, path,
		    "the settings file cannot be read, is larger than %d "
		    "octets or is not text",
		    CONF_MAX_FILE);
		return e->code;
	}
	for (char *line = text, *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		file_line(c, path, ++number, line, e);
	}
	free(text);
	return e->code;
}

/* The value of CAIRN_<NAME> in envp, or NULL. */
static const char *env_value(char *const envp[], const char *name)
{
	size_t n = strlen(name);

	for (; *envp != NULL; envp++) {
		const char *p = *envp;
		size_t i = 0;

		if (strncmp(p, "CAIRN_", 6) != 0)
			continue;
		p += 6;
		while (i < n &&
		       p[i] == (name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32
								 : name[i]))
			i++;
		if (i == n && p[n] == '=')
			return p + n + 1;
	}
	return NULL;
}

enum err_code conf_environment(
    struct conf *c, char *const envp[], struct err *e)
{
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const char *value = env_value(envp, SETTINGS[i].name);

		if (value != NULL)
			(void)set(c, &SETTINGS[i], value, e);
	}
	return e->code;
}

/*
 * Is argv[at] the flag of a setting? Then *ret_value is its value (NULL when it is
 * missing) and the result the number of arguments it takes; else 0.
 */
static int flag(int argc, char *argv[], int at, const struct setting **ret,
    const char **ret_value)
{
	const char *name = argv[at] + 2;
	size_t n = strcspn(name, "=");

	if (strncmp(argv[at], "--", 2) != 0 || (*ret = find(name, n)) == NULL)
		return 0;
	if (name[n] == '=') {
		*ret_value = name + n + 1;
		return 1;
	}
	*ret_value = at + 1 < argc ? argv[at + 1] : NULL;
	return at + 1 < argc ? 2 : 1;
}

enum err_code conf_flags(struct conf *c, int *argc, char *argv[], struct err *e)
{
	int kept = 1, at = 1;

	while (at < *argc && strcmp(argv[at], "--") != 0) {
		const struct setting *s;
		const char *value;
		int used = flag(*argc, argv, at, &s, &value);

		if (used == 0)
			argv[kept++] = argv[at++];
		else if (value == NULL)
			err_add_field(
			    e, ERR_FIELD, s->name, "the flag needs a value");
		else
			(void)set(c, s, value, e);
		at += used;
	}
	while (at < *argc)
		argv[kept++] = argv[at++];
	if (*argc > 0)
		*argc = kept;
	argv[*argc] = NULL;
	return e->code;
}

/* The file that `--config` or CAIRN_CONFIG names, or NULL; the flag goes. */
static const char *config_path(
    int *argc, char *argv[], char *const envp[], struct err *e)
{
	const char *path = env_value(envp, "config");

	for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0; i++) {
		bool joined = strncmp(argv[i], "--config=", 9) == 0;
		int used = joined ? 1 : 2;

		if (!joined && strcmp(argv[i], "--config") != 0)
			continue;
		if (i + used > *argc) {
			err_add_field(
			    e, ERR_FIELD, "config", "the flag needs a value");
			used = 1;
		} else {
			path = joined ? argv[i] + 9 : argv[i + 1];
		}
		memmove(&argv[i], &argv[i + used],
		    (size_t)(*argc - i - used + 1) * sizeof(argv[0]));
		*argc -= used;
		break;
	}
	return path;
}

void conf_derive(struct conf *c)
{
	bool v6 = strchr(c->listen_address, ':') != NULL;

	if (c->queue_limit == 0)
		c->queue_limit = 4 * c->workers;
	if (c->public_url[0] == '\0')
		snprintf(c->public_url, sizeof(c->public_url),
		    "http://%s%.900s%s:%lld", v6 ? "[" : "", c->listen_address,
		    v6 ? "]" : "", (long long)c->listen_port);
}

enum err_code conf_load(
    struct conf *c, int *argc, char *argv[], char *const envp[], struct err *e)
{
	struct conf got;
	const char *path = config_path(argc, argv, envp, e);

	conf_init(&got);
	if (path != NULL && *path != '\0')
		(void)conf_file(&got, path, e);
	(void)conf_environment(&got, envp, e);
	(void)conf_flags(&got, argc, argv, e);
	if (e->code != ERR_OK)
		return e->code;
	conf_derive(&got);
	*c = got;
	return ERR_OK;
}

void conf_print(const struct conf *c, struct str *out)
{
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const struct setting *s = &SETTINGS[i];
		const char *at = (const char *)c + s->offset;
		int64_t number;

		if (s->value != NULL) {
			str_printf(out, "%s = %s\n", s->name,
			    s->secret && *at != '\0' ? "***" : at);
			continue;
		}
		memcpy(&number, at, sizeof(number));
		str_printf(out, "%s = %lld\n", s->name, (long long)number);
	}
}

void conf_describe(struct str *out)
{
	str_puts(out,
	    "# Settings\n\n"
	    "Each setting comes from the first of these that names it: a flag "
	    "(`--listen-port 8080`),\nthe environment "
	    "(`CAIRN_LISTEN_PORT=8080`), the file given with `--config` or "
	    "`CAIRN_CONFIG`\n(lines `name = value`, `#` begins a comment line), "
	    "the default.\n\nA name that is not in this table is an error in a "
	    "file and on the command line; in the\nenvironment only these names "
	    "are read. `cairn serve --print-config` shows the settings in\n"
	    "force, secrets masked; `--check-config` only tells what is wrong "
	    "with them, all at once.\n\n"
	    "This page is generated from `base/conf.def`; a test holds the two "
	    "together.\n\n"
	    "| setting | default | values | meaning |\n"
	    "|---|---|---|---|\n");
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const struct setting *s = &SETTINGS[i];

		str_printf(out, "| `%s` | ", s->name);
		if (s->value == NULL)
			str_printf(out, "`%lld` | %lld to %lld",
			    (long long)s->number, (long long)s->min,
			    (long long)s->max);
		else if (*s->value == '\0')
			str_puts(out, "empty | text");
		else
			str_printf(out, "`%s` | %s", s->value,
			    s->choices != NULL ? "" : "text");
		for (const char *p = s->choices; p != NULL && *p != '\0'; p++) {
			if (*p == '|')
				str_puts(out, ", ");
			else
				str_putc(out, *p);
		}
		str_printf(
		    out, "%s | %s |\n", s->secret ? ", secret" : "", s->help);
	}
}
