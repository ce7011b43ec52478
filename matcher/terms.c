/*
 * The vocabulary: see terms.h.
 *
 * Numbers are found through an open-addressing table of numbers over text[];
 * it is at most half full, so a probe always ends. Old tables stay in the arena:
 * doubling bounds their sum by the size of the last.
 */
#include "matcher/terms.h"

#include <stdlib.h>
#include <string.h>

struct row {
	const char *typed;
	const char *meaning;
	uint32_t families;
};

#define FAMILY(role, set)
static const struct row SYNONYMS[] = {
#define SYNONYM(typed, meaning) {typed, meaning, 0},
#include "matcher/vocabulary.def"
#undef SYNONYM
};
#undef FAMILY

#define SYNONYM(typed, meaning)
static const struct row FAMILIES[] = {
#define FAMILY(role, set) {role, role, set},
#include "matcher/vocabulary.def"
#undef FAMILY
};
#undef SYNONYM

struct terms {
	struct arena *arena;
	const char **text; /* [0] is "" */
	uint32_t n, text_size;
	uint32_t *slot; /* 0 = empty */
	uint32_t slots; /* a power of two */
};

static int by_typed(const void *key, const void *row)
{
	return strcmp(key, ((const struct row *)row)->typed);
}

static const struct row *find(const struct row *row, size_t n, const char *key)
{
	return bsearch(key, row, n, sizeof(*row), by_typed);
}

/* Normal form into out[TERM_MAX_OCTETS + 1]; 0 when empty or too long. */
static size_t normalise(const char *s, size_t n, char *out)
{
	size_t len = 0;
	bool gap = false;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c != '\0' && strchr(" \t\r\n_/-", c) != NULL) {
			gap = len > 0;
			continue;
		}
		if (len + gap >= TERM_MAX_OCTETS)
			return 0;
		if (gap)
			out[len++] = '-';
		gap = false;
		out[len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	out[len] = '\0';
	return len;
}

size_t terms_canonical(const char *s, size_t n, char *out)
{
	size_t len = normalise(s, n, out);
	const struct row *row;

	if (len == 0)
		return 0;
	row = find(SYNONYMS, sizeof(SYNONYMS) / sizeof(*SYNONYMS), out);
	if (row == NULL)
		return len;
	len = strlen(row->meaning);
	memcpy(out, row->meaning, len + 1);
	return len;
}

uint32_t terms_families(const char *canonical)
{
	const struct row *row =
	    find(FAMILIES, sizeof(FAMILIES) / sizeof(*FAMILIES), canonical);

	return row != NULL ? row->families : 0;
}

bool terms_is_vague(const char *canonical)
{
	return strcmp(canonical, "other") == 0;
}

struct terms *terms_new(struct arena *a)
{
	struct terms *t = ARENA_NEW(a, struct terms);

	if (t == NULL)
		return NULL;
	t->arena = a;
	t->n = 1;
	t->text_size = 256;
	t->slots = 512;
	t->text = ARENA_ARRAY(a, t->text_size, const char *);
	t->slot = ARENA_ARRAY(a, t->slots, uint32_t);
	if (t->text == NULL || t->slot == NULL)
		return NULL;
	t->text[0] = "";
	return t;
}

/* FNV-1a: short keys, no adversary can do more than slow an import down by a
 * bounded number of terms. */
static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

/* The slot that holds the text, or the empty one where it belongs. */
static uint32_t *probe(const struct terms *t, const char *text)
{
	uint32_t i = hash(text) & (t->slots - 1);

	while (t->slot[i] != 0 && strcmp(t->text[t->slot[i]], text) != 0)
		i = (i + 1) & (t->slots - 1);
	return &t->slot[i];
}

static bool grow(struct terms *t)
{
	const char **text = arena_grow(
	    t->arena, t->text, t->n, t->text_size * 2, sizeof(*text));
	uint32_t *slot = ARENA_ARRAY(t->arena, t->slots * 2, uint32_t);

	if (text == NULL || slot == NULL)
		return false;
	t->text = text;
	t->text_size *= 2;
	t->slot = slot;
	t->slots *= 2;
	for (uint32_t k = 1; k < t->n; k++)
		*probe(t, t->text[k]) = k;
	return true;
}

static uint32_t number(struct terms *t, const char *text, size_t len)
{
	uint32_t *slot = probe(t, text);

	if (*slot != 0)
		return *slot;
	if (t->n > TERMS_MAX || (t->n == t->text_size && !grow(t)))
		return TERM_NONE;
	slot = probe(t, text);
	t->text[t->n] = arena_strndup(t->arena, text, len);
	if (t->text[t->n] == NULL)
		return TERM_NONE;
	*slot = t->n;
	return t->n++;
}

uint32_t terms_intern(struct terms *t, const char *s, size_t n)
{
	char text[TERM_MAX_OCTETS + 1] = "";
	size_t len = terms_canonical(s, n, text);

	return len > 0 ? number(t, text, len) : TERM_NONE;
}

uint32_t terms_intern_verbatim(struct terms *t, const char *s, size_t n)
{
	char text[TERM_MAX_OCTETS + 1] = "";
	size_t len = normalise(s, n, text);

	return len > 0 ? number(t, text, len) : TERM_NONE;
}

uint32_t terms_find(const struct terms *t, const char *canonical)
{
	return *probe(t, canonical);
}

const char *terms_text(const struct terms *t, uint32_t term)
{
	return term < t->n ? t->text[term] : "";
}
