/* Side constraints as text: see constraint.h. */
#include "matcher/constraint.h"

#include <string.h>

const char *const CONSTRAINT_GROUP_KEY[GROUP_ATTRIBUTES] = {
#define GROUP(code, key) key,
#include "matcher/constraint.def"
#undef GROUP
};

const char *const CONSTRAINT_MEASURE_KEY[MEASURES] = {
#define MEASURE(code, key, most) key,
#include "matcher/constraint.def"
#undef MEASURE
};

bool constraint_for_everybody(const struct group *g)
{
	for (int k = 0; k < GROUP_ATTRIBUTES; k++)
		if (g->any[k].n > 0)
			return false;
	return g->most_recent_pairings == CONSTRAINT_NONE;
}

uint32_t constraint_rows(const struct constraint *c, uint32_t n)
{
	uint32_t rows = 0;

	for (uint32_t k = 0; k < n; k++)
		for (int m = 0; m < MEASURES; m++)
			rows += m != MEASURE_MOST_OF_ONE &&
				c[k].limit[m] != CONSTRAINT_NONE;
	return rows;
}

static void put_group(struct str *out, const char *side, const struct group *g)
{
	for (int k = 0; k < GROUP_ATTRIBUTES; k++) {
		const struct group_texts *t = &g->any[k];

		if (t->n > 0)
			str_printf(out, "%s.%s %zu", side,
			    CONSTRAINT_GROUP_KEY[k], t->n);
		for (size_t i = 0; i < t->n; i++)
			str_printf(
			    out, " %zu:%s", strlen(t->text[i]), t->text[i]);
		if (t->n > 0)
			str_putc(out, '\n');
	}
	if (g->most_recent_pairings != CONSTRAINT_NONE)
		str_printf(out, "%s.most_recent_pairings %d\n", side,
		    g->most_recent_pairings);
}

void constraint_canonical(const struct constraint *c, struct str *out)
{
	str_printf(out, "constraint %zu:%s\n", strlen(c->name), c->name);
	put_group(out, "newcomers", &c->newcomers);
	put_group(out, "mentors", &c->mentors);
	for (int m = 0; m < MEASURES; m++)
		if (c->limit[m] != CONSTRAINT_NONE)
			str_printf(out, "%s %d\n", CONSTRAINT_MEASURE_KEY[m],
			    c->limit[m]);
}
