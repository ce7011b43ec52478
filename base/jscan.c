/*
 * JSON scanner without recursion: see jscan.h.
 *
 * Invariants: `at` never passes `n`; level[0..depth) are the open containers; keys
 * of open objects lie on one stack, an object's own from level.first_key to the top.
 * When an object closes, its keys are sorted and equal neighbours are duplicates:
 * no hashing, so nobody can choose keys that make it slow.
 */
#include "base/jscan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct key {
	const char *text; /* between the quotes, still escaped */
	size_t len;
};

struct level {
	bool object;
	size_t first_key;
};

struct scan {
	const char *s;
	size_t n, at;
	struct jscan_limits limits;
	struct arena *arena;
	struct level level[JSCAN_HARD_DEPTH];
	unsigned depth, nodes;
	struct key *key;
	size_t n_keys, room;
};

static const struct {
	const char *slug, *text;
} VERDICTS[JSCAN_VERDICTS] = {
    [JSCAN_OK] = {"ok", "valid"},

#define JSCAN(name, slug, text) [JSCAN_##name] = {slug, text},
#include "base/jscan.def"
#undef JSCAN
};

static int peek(const struct scan *sc)
{
	return sc->at < sc->n ? (unsigned char)sc->s[sc->at] : -1;
}

static void skip_space(struct scan *sc)
{
	while (sc->at < sc->n &&
	       (sc->s[sc->at] == ' ' || sc->s[sc->at] == '\t' ||
		   sc->s[sc->at] == '\n' || sc->s[sc->at] == '\r'))
		sc->at++;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* What the octet at `at` is wrong for, when `otherwise` was not it. */
static enum jscan_verdict unexpected(
    const struct scan *sc, enum jscan_verdict otherwise)
{
	return sc->at >= sc->n ? JSCAN_END : otherwise;
}

/* Four hex digits at s; -1 when there is anything else. */
static int32_t hex4(const char *s, size_t n)
{
	int32_t v = 0;

	if (n < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

/* The \u escape at s (behind the u), with its other half where it needs one.
 * Adds what it took to *len. */
static enum jscan_verdict unicode_escape(
    const char *s, size_t n, size_t *len, uint32_t *cp)
{
	int32_t high = hex4(s, n), low;

	if (high < 0)
		return JSCAN_ESCAPE;
	if (high == 0)
		return JSCAN_NUL;
	if (high >= 0xDC00 && high <= 0xDFFF)
		return JSCAN_SURROGATE;
	if (high < 0xD800 || high > 0xDBFF) {
		*cp = (uint32_t)high;
		*len += 4;
		return JSCAN_OK;
	}
	low = n >= 10 && s[4] == '\\' && s[5] == 'u' ? hex4(s + 6, n - 6) : -1;
	if (low < 0xDC00 || low > 0xDFFF)
		return JSCAN_SURROGATE;
	*cp = 0x10000u + ((uint32_t)(high - 0xD800) << 10) +
	      (uint32_t)(low - 0xDC00);
	*len += 10;
	return JSCAN_OK;
}

/* One character inside a string, escaped or not: its length in the text and its
 * code point. */
static enum jscan_verdict character(
    const char *s, size_t n, size_t *len, uint32_t *cp)
{
	static const char ESCAPES[] = "\"\\/bfnrt";
	static const char VALUES[] = "\"\\/\b\f\n\r\t";
	const char *p;

	if ((unsigned char)s[0] < 0x20)
		return s[0] == '\0' ? JSCAN_NUL : JSCAN_CONTROL;
	if (s[0] != '\\') {
		*len = utf8_decode(s, n, cp);
		return *len == 0 ? JSCAN_UTF8 : JSCAN_OK;
	}
	if (n < 2)
		return JSCAN_END;
	*len = 2;
	if (s[1] == 'u')
		return unicode_escape(s + 2, n - 2, len, cp);
	p = memchr(ESCAPES, s[1], sizeof(ESCAPES) - 1);
	if (p == NULL)
		return JSCAN_ESCAPE;
	*cp = (unsigned char)VALUES[p - ESCAPES];
	return JSCAN_OK;
}

/* The string that begins at the quote at `at`. */
static enum jscan_verdict scan_string(struct scan *sc, struct key *ret)
{
	size_t begin = ++sc->at;

	while (sc->at < sc->n && sc->s[sc->at] != '"') {
		size_t len;
		uint32_t cp;
		enum jscan_verdict v =
		    character(sc->s + sc->at, sc->n - sc->at, &len, &cp);

		if (v != JSCAN_OK)
			return v;
		sc->at += len;
	}
	if (sc->at == sc->n)
		return JSCAN_END;
	ret->text = sc->s + begin;
	ret->len = sc->at - begin;
	sc->at++;
	return JSCAN_OK;
}

/* Skips digits; the number of them. */
static size_t digits(struct scan *sc)
{
	size_t begin = sc->at;

	while (is_digit(peek(sc)))
		sc->at++;
	return sc->at - begin;
}

/* The exponent behind the 'e' at `at`. */
static enum jscan_verdict scan_exponent(struct scan *sc)
{
	size_t first;
	int value = 0;

	sc->at++;
	if (peek(sc) == '+' || peek(sc) == '-')
		sc->at++;
	first = sc->at;
	if (digits(sc) == 0)
		return unexpected(sc, JSCAN_NUMBER);
	for (size_t i = first; i < sc->at && value <= JSCAN_NUMBER_EXPONENT;
	     i++)
		value = value * 10 + (sc->s[i] - '0');
	return value > JSCAN_NUMBER_EXPONENT ? JSCAN_RANGE : JSCAN_OK;
}

/* An integer's value against ±(2^53 - 1). */
static bool integer_fits(const char *s, size_t n)
{
	int64_t v = 0;

	for (size_t i = s[0] == '-'; i < n; i++) {
		v = v * 10 + (s[i] - '0');
		if (v > JSCAN_MAX_INTEGER)
			return false;
	}
	return true;
}

static enum jscan_verdict scan_number(struct scan *sc)
{
	size_t begin = sc->at;
	bool integer = true;
	enum jscan_verdict v = JSCAN_OK;

	if (peek(sc) == '-')
		sc->at++;
	if (peek(sc) == '0')
		sc->at++;
	else if (digits(sc) == 0)
		return unexpected(sc, JSCAN_NUMBER);
	if (is_digit(peek(sc)))
		return JSCAN_NUMBER; /* a leading zero */
	if (peek(sc) == '.') {
		integer = false;
		sc->at++;
		if (digits(sc) == 0)
			return unexpected(sc, JSCAN_NUMBER);
	}
	if (peek(sc) == 'e' || peek(sc) == 'E') {
		integer = false;
		v = scan_exponent(sc);
	}
	if (v == JSCAN_OK &&
	    (sc->at - begin > JSCAN_NUMBER_LENGTH ||
		(integer && !integer_fits(sc->s + begin, sc->at - begin))))
		v = JSCAN_RANGE;
	if (v == JSCAN_RANGE)
		sc->at = begin;
	return v;
}

static enum jscan_verdict scan_literal(struct scan *sc)
{
	static const char *const WORDS[] = {"true", "false", "null"};

	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		size_t len = strlen(WORDS[i]);

		if (sc->n - sc->at >= len &&
		    memcmp(sc->s + sc->at, WORDS[i], len) == 0) {
			sc->at += len;
			return JSCAN_OK;
		}
	}
	return JSCAN_LITERAL;
}

/* Order of two keys by their decoded characters. Both were scanned before, so that
 * every character decodes. */
static int by_characters(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	size_t i = 0, j = 0;

	while (i < x->len && j < y->len) {
		size_t li = 1, lj = 1;
		uint32_t ci = 0, cj = 0;

		(void)character(x->text + i, x->len - i, &li, &ci);
		(void)character(y->text + j, y->len - j, &lj, &cj);
		if (ci != cj)
			return ci < cj ? -1 : 1;
		i += li;
		j += lj;
	}
	return (i < x->len) - (j < y->len);
}

/* Close the innermost container; an object must not hold a key twice. The fault
 * lies at a key that repeats an earlier one. */
static enum jscan_verdict close_level(struct scan *sc)
{
	const struct level *l = &sc->level[--sc->depth];
	size_t n = sc->n_keys - l->first_key;
	struct key *k;
	const char *repeat = NULL;

	sc->at++;
	sc->n_keys = l->first_key;
	if (!l->object || n < 2)
		return JSCAN_OK;
	k = sc->key + l->first_key; /* no keys yet: a null pointer */
	qsort(k, n, sizeof(*k), by_characters);
	for (size_t i = 1; i < n; i++) {
		const char *later =
		    k[i].text > k[i - 1].text ? k[i].text : k[i - 1].text;

		if (by_characters(&k[i - 1], &k[i]) == 0 &&
		    (repeat == NULL || later < repeat))
			repeat = later;
	}
	if (repeat == NULL)
		return JSCAN_OK;
	sc->at = (size_t)(repeat - sc->s) - 1; /* its quote */
	return JSCAN_DUPLICATE;
}

static enum jscan_verdict push_key(struct scan *sc, struct key key)
{
	if (sc->n_keys == sc->room) {
		size_t room = sc->room > 0 ? 2 * sc->room : 64;
		struct key *grown = arena_grow(
		    sc->arena, sc->key, sc->n_keys, room, sizeof(*grown));

		if (grown == NULL)
			return JSCAN_NOMEM;
		sc->key = grown;
		sc->room = room;
	}
	sc->key[sc->n_keys++] = key;
	return JSCAN_OK;
}

static enum jscan_verdict open_level(struct scan *sc)
{
	if (sc->depth == sc->limits.max_depth)
		return JSCAN_DEPTH;
	sc->level[sc->depth++] = (struct level){
	    .object = sc->s[sc->at] == '{', .first_key = sc->n_keys};
	sc->at++;
	return JSCAN_OK;
}

/* A key with its colon, up to the value. */
static enum jscan_verdict scan_key(struct scan *sc)
{
	struct key key;
	enum jscan_verdict v;

	if (peek(sc) != '"')
		return unexpected(sc, JSCAN_KEY);
	v = scan_string(sc, &key);
	if (v == JSCAN_OK)
		v = push_key(sc, key);
	if (v != JSCAN_OK)
		return v;
	skip_space(sc);
	if (peek(sc) != ':')
		return unexpected(sc, JSCAN_SYNTAX);
	sc->at++;
	skip_space(sc);
	return JSCAN_OK;
}

/* The value at `at`; of a container only its opening bracket. */
static enum jscan_verdict scan_value(struct scan *sc)
{
	struct key text;
	int c = peek(sc);

	if (sc->nodes == sc->limits.max_nodes)
		return JSCAN_NODES;
	sc->nodes++;
	switch (c) {
	case '{':
	case '[':
		return open_level(sc);
	case '"':
		return scan_string(sc, &text);
	case 't':
	case 'f':
	case 'n':
		return scan_literal(sc);
	default:
		return c == '-' || is_digit(c) ? scan_number(sc)
					       : unexpected(sc, JSCAN_SYNTAX);
	}
}

/*
 * One member: what may stand in the innermost container between where the scan is
 * and the next value's end. `fresh` is true behind an opening bracket.
 */
static enum jscan_verdict scan_member(struct scan *sc, bool *fresh)
{
	bool object = sc->level[sc->depth - 1].object;
	unsigned depth = sc->depth;
	enum jscan_verdict v = JSCAN_OK;

	skip_space(sc);
	if (peek(sc) == (object ? '}' : ']')) {
		*fresh = false;
		return close_level(sc);
	}
	if (!*fresh) {
		if (peek(sc) != ',')
			return unexpected(sc, JSCAN_SYNTAX);
		sc->at++;
		skip_space(sc);
	}
	if (object)
		v = scan_key(sc);
	if (v == JSCAN_OK)
		v = scan_value(sc);
	*fresh = sc->depth > depth;
	return v;
}

static enum jscan_verdict scan_text(struct scan *sc)
{
	bool fresh = true;
	enum jscan_verdict v;

	skip_space(sc);
	if (sc->at == sc->n)
		return JSCAN_EMPTY;
	if (peek(sc) != '{')
		return JSCAN_NOT_OBJECT;
	v = scan_value(sc);
	while (v == JSCAN_OK && sc->depth > 0)
		v = scan_member(sc, &fresh);
	if (v != JSCAN_OK)
		return v;
	skip_space(sc);
	return sc->at == sc->n ? JSCAN_OK : JSCAN_TRAILING;
}

enum jscan_verdict jscan(const char *text, size_t n,
    const struct jscan_limits *limits, struct arena *scratch,
    struct jscan_fault *fault)
{
	struct scan sc = {.s = text,
	    .n = n,
	    .limits = {JSCAN_MAX_DEPTH, JSCAN_MAX_NODES},
	    .arena = scratch};
	enum jscan_verdict v;

	if (limits != NULL && limits->max_depth > 0)
		sc.limits.max_depth = limits->max_depth < JSCAN_HARD_DEPTH
					  ? limits->max_depth
					  : JSCAN_HARD_DEPTH;
	if (limits != NULL && limits->max_nodes > 0)
		sc.limits.max_nodes = limits->max_nodes;
	v = scan_text(&sc);
	if (v == JSCAN_OK)
		return v;
	*fault = (struct jscan_fault){.offset = sc.at, .line = 1, .column = 1};
	for (size_t i = 0; i < sc.at; i++) {
		fault->column++;
		if (text[i] == '\n') {
			fault->line++;
			fault->column = 1;
		}
	}
	return v;
}

enum err_code jscan_check(const char *text, size_t n,
    const struct jscan_limits *limits, struct arena *scratch, struct err *e)
{
	struct jscan_fault fault;
	enum jscan_verdict v = jscan(text, n, limits, scratch, &fault);

	if (v == JSCAN_OK)
		return ERR_OK;
	if (v == JSCAN_NOMEM)
		return ERR_SET(e, NOMEM, "%s", jscan_text(v));
	return ERR_SET(e, JSON, "line %zu, column %zu: %s", fault.line,
	    fault.column, jscan_text(v));
}

const char *jscan_text(enum jscan_verdict v)
{
	return VERDICTS[v].text;
}

const char *jscan_slug(enum jscan_verdict v)
{
	return VERDICTS[v].slug;
}
