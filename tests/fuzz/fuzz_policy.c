/*
 * A policy document of any octets is read, or refused with a fault that has a place;
 * what was read is written and read again to the same octets and the same digest.
 * Ended by abort() when it is not.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/policy_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ARENA_CAP = 64 << 20,
	TEXT_CAP = 1 << 20
};

static void texts_of(
    const struct policy *p, struct str *document, struct str *canonical)
{
	str_init(document, TEXT_CAP);
	str_init(canonical, TEXT_CAP);
	policy_file_write(p, document);
	policy_canonical(p, canonical);
	if (document->failed || canonical->failed)
		abort();
}

static bool same(const struct str *a, const struct str *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void check_round_trip(struct arena *a, const struct policy *p)
{
	struct str document[2], canonical[2];
	struct policy again;
	struct err e = {0};

	texts_of(p, &document[0], &canonical[0]);
	if (policy_file_read(
		a, document[0].data, document[0].len, &again, &e) != ERR_OK)
		abort();
	texts_of(&again, &document[1], &canonical[1]);
	if (!same(&document[0], &document[1]) ||
	    !same(&canonical[0], &canonical[1]))
		abort();
	for (int i = 0; i < 2; i++) {
		str_free(&document[i]);
		str_free(&canonical[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(ARENA_CAP);
	struct policy p;
	struct err e = {0};
	enum err_code code;

	if (size > POLICY_FILE_MAX_OCTETS)
		size = POLICY_FILE_MAX_OCTETS;
	code = policy_file_read(a, (const char *)data, size, &p, &e);
	if (code == ERR_OK)
		check_round_trip(a, &p);
	else if (e.n_fields == 0 && e.detail[0] == '\0')
		abort();
	arena_free(a);
	return 0;
}
