/*
 * Alternating paths over tables: see seats.h.
 *
 * Invariants: `can` has the bit of a table only while it has an opening; a newcomer
 * who guides has no table; `value` follows every seating. Newcomers who avoid each
 * other, or are too many of one organization, never sit together: a path does not seat anybody at a clash, which may miss a
 * better seating, never make a false one.
 */
#include "scheduler/seats.h"

struct seats *seats_new(struct arena *a, const struct forming *f)
{
	struct seats *s = ARENA_NEW(a, struct seats);
	uint32_t k = 0;

	if (s == NULL)
		return NULL;
	s->f = f;
	for (uint32_t g = 0; g < f->n_guides; g++)
		s->n_tables += f->load[g];
	if (s->n_tables > SEATS_MAX_TABLES)
		s->n_tables = SEATS_MAX_TABLES;
	s->words = (s->n_tables + 63) / 64;
	s->guide = ARENA_ARRAY(a, s->n_tables, uint32_t);
	s->first_table = ARENA_ARRAY(a, f->n_guides, uint32_t);
	s->opening = ARENA_ARRAY(a, s->n_tables, int32_t);
	s->n = ARENA_ARRAY(a, s->n_tables, uint16_t);
	s->member =
	    ARENA_ARRAY(a, (size_t)s->n_tables * f->in->cohort_max, uint32_t);
	s->table = ARENA_ARRAY(a, f->n_newcomers, int32_t);
	s->can = ARENA_ARRAY(a, (size_t)f->n_newcomers * s->words, uint64_t);
	s->guides = ARENA_ARRAY(a, f->n_newcomers, bool);
	s->seen = ARENA_ARRAY(a, s->words, uint64_t);
	s->dead = ARENA_ARRAY(a, s->words, uint64_t);
	s->open = ARENA_ARRAY(a, s->words, uint64_t);
	s->full = ARENA_ARRAY(a, s->words, uint64_t);
	s->queue = ARENA_ARRAY(a, s->n_tables, uint32_t);
	s->from = ARENA_ARRAY(a, s->n_tables, uint32_t);
	s->mover = ARENA_ARRAY(a, s->n_tables, uint32_t);
	if (arena_failed(a))
		return NULL;
	for (uint32_t g = 0; g < f->n_guides; g++) {
		s->first_table[g] = k;
		for (uint8_t c = 0; c < f->load[g] && k < s->n_tables; c++)
			s->guide[k++] = g;
	}
	for (uint32_t t = 0; t < s->n_tables; t++)
		s->opening[t] = SEATS_NONE;
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		s->table[i] = SEATS_NONE;
	return s;
}

void seats_copy(struct seats *to, const struct seats *from)
{
	const struct forming *f = from->f;

	if (from->n_tables == 0 || f->n_newcomers == 0)
		return;
	memcpy(to->opening, from->opening, from->n_tables * sizeof(int32_t));
	memcpy(to->n, from->n, from->n_tables * sizeof(*to->n));
	memcpy(to->member, from->member,
	    (size_t)from->n_tables * f->in->cohort_max * sizeof(uint32_t));
	memcpy(to->table, from->table, f->n_newcomers * sizeof(int32_t));
	memcpy(to->can, from->can,
	    (size_t)f->n_newcomers * from->words * sizeof(uint64_t));
	memcpy(to->guides, from->guides, f->n_newcomers * sizeof(bool));
	memcpy(to->full, from->full, from->words * sizeof(uint64_t));
	to->value = from->value;
}

static void put_bit(uint64_t *set, uint32_t i, bool on)
{
	if (on)
		forming_put(set, i);
	else
		set[i / 64] &= ~((uint64_t)1 << (i % 64));
}

static uint32_t *members(const struct seats *s, uint32_t table)
{
	return s->member + (size_t)table * s->f->in->cohort_max;
}

static void sit(struct seats *s, uint32_t i, uint32_t table)
{
	members(s, table)[s->n[table]++] = i;
	s->table[i] = (int32_t)table;
	s->value += forming_value(s->f, s->guide[table], i);
	put_bit(s->full, table, s->n[table] == s->f->in->cohort_max);
}

static void stand(struct seats *s, uint32_t i)
{
	uint32_t table = (uint32_t)s->table[i], k = 0;
	uint32_t *list = members(s, table);

	while (list[k] != i)
		k++;
	list[k] = list[--s->n[table]];
	s->table[i] = SEATS_NONE;
	s->value -= forming_value(s->f, s->guide[table], i);
	put_bit(s->full, table, false);
}

/* Would somebody at the table clash with i, or too many be of their organization, `but`
 * having left? */
static bool clashes(
    const struct seats *s, uint32_t i, uint32_t table, uint32_t but)
{
	const struct forming *f = s->f;

	for (uint32_t k = f->apart_of[i]; k < f->apart_of[i + 1]; k++)
		if (f->apart[k] != but &&
		    s->table[f->apart[k]] == (int32_t)table)
			return true;
	return f->group[i] != FORMING_NO_GROUP &&
	       forming_of_group(f, i, members(s, table), s->n[table], but) >=
		   f->in->most_per_organization;
}

static const uint64_t *can_of(const struct seats *s, uint32_t i)
{
	return s->can + (size_t)i * s->words;
}

/* A free seat for i among tables not seen: the best fit; SEATS_NONE when none. */
static int32_t free_seat(const struct seats *s, uint32_t i)
{
	int32_t best = SEATS_NONE;
	int64_t most = 0;

	for (uint32_t w = 0; w < s->words; w++)
		for (uint64_t left = can_of(s, i)[w] & ~s->full[w] &
				     ~s->seen[w] & ~s->dead[w];
		     left != 0; left &= left - 1) {
			uint32_t t = w * 64 + (uint32_t)__builtin_ctzll(left);
			int64_t value;

			if (s->table[i] == (int32_t)t ||
			    clashes(s, i, t, UINT32_MAX))
				continue;
			value = forming_value(s->f, s->guide[t], i);
			if (value > most) {
				most = value;
				best = (int32_t)t;
			}
		}
	return best;
}

/* Queue the tables that i could sit at if somebody left; who would go is told when
 * the table is looked at. */
static void reach(struct seats *s, uint32_t i, uint32_t from, uint32_t *end)
{
	for (uint32_t w = 0; w < s->words; w++)
		for (uint64_t left =
			 can_of(s, i)[w] & ~s->seen[w] & ~s->dead[w];
		     left != 0; left &= left - 1) {
			uint32_t t = w * 64 + (uint32_t)__builtin_ctzll(left);

			forming_put(s->seen, t);
			s->from[t] = from;
			s->mover[t] = i;
			s->queue[(*end)++] = t;
		}
}

/* Move everybody of a path on: `last` takes the free seat, the one before takes
 * theirs, and so on. False when two would clash; then nobody moved. */
static bool walk(struct seats *s, uint32_t last, uint32_t free)
{
	uint32_t mover[64], to[64], n = 0;
	uint32_t i = last, t = free;

	for (;;) {
		uint32_t source;

		if (n == 64)
			return false;
		mover[n] = i;
		to[n++] = t;
		if (s->table[i] == SEATS_NONE)
			break;
		source = (uint32_t)s->table[i];
		i = s->mover[source];
		t = source;
	}
	for (uint32_t k = 0; k < n; k++)
		if (clashes(
			s, mover[k], to[k], k > 0 ? mover[k - 1] : UINT32_MAX))
			return false;
	for (uint32_t k = 0; k < n; k++) {
		if (s->table[mover[k]] != SEATS_NONE)
			stand(s, mover[k]);
		sit(s, mover[k], to[k]);
	}
	return true;
}

/* Seat one who stands; what was seen in vain is dead for this filling. */
static bool seat(struct seats *s, uint32_t i)
{
	uint32_t head = 0, end = 0;
	int32_t free;

	memset(s->seen, 0, s->words * sizeof(*s->seen));
	free = free_seat(s, i);
	if (free != SEATS_NONE)
		return walk(s, i, (uint32_t)free);
	reach(s, i, UINT32_MAX, &end);
	while (head < end) {
		uint32_t t = s->queue[head++];
		const uint32_t *list = members(s, t);

		for (uint16_t k = 0; k < s->n[t]; k++) {
			free = free_seat(s, list[k]);
			if (free != SEATS_NONE &&
			    walk(s, list[k], (uint32_t)free))
				return true;
			reach(s, list[k], t, &end);
		}
	}
	if (s->f->apart_of[s->f->n_newcomers] == 0 &&
	    s->f->in->most_per_organization == 0)
		for (uint32_t w = 0; w < s->words; w++)
			s->dead[w] |= s->seen[w];
	return false;
}

static void fill(struct seats *s)
{
	memset(s->dead, 0, s->words * sizeof(*s->dead));
	for (uint32_t i = 0; i < s->f->n_newcomers; i++)
		if (s->table[i] == SEATS_NONE && !s->guides[i])
			(void)seat(s, i);
}

/* One more newcomer for a table below cohort_min, from a table that can spare one,
 * over others if need be: the path backwards. */
static bool pull(struct seats *s, uint32_t needy)
{
	const struct forming *f = s->f;
	uint32_t head = 0, end = 0;

	memset(s->seen, 0, s->words * sizeof(*s->seen));
	forming_put(s->seen, needy);
	s->queue[end++] = needy;
	while (head < end) {
		uint32_t t = s->queue[head++];

		for (uint32_t i = 0; i < f->n_newcomers; i++) {
			int32_t at = s->table[i];

			if (at == SEATS_NONE ||
			    forming_in(s->seen, (uint32_t)at) ||
			    !forming_in(can_of(s, i), t))
				continue;
			forming_put(s->seen, (uint32_t)at);
			s->from[at] = t; /* i goes from `at` to t */
			s->mover[at] = i;
			s->queue[end++] = (uint32_t)at;
			if (s->n[at] <= f->in->cohort_min)
				continue;
			for (uint32_t from = (uint32_t)at; from != needy;
			     from = s->from[from]) {
				uint32_t who = s->mover[from];

				if (clashes(s, who, s->from[from],
					s->from[from] == needy
					    ? UINT32_MAX
					    : s->mover[s->from[from]]))
					return false;
			}
			for (uint32_t from = (uint32_t)at; from != needy;
			     from = s->from[from]) {
				stand(s, s->mover[from]);
				sit(s, s->mover[from], s->from[from]);
			}
			return true;
		}
	}
	return false;
}

static void set_guiding(struct seats *s, uint32_t table, bool guides)
{
	int32_t self = s->f->guide_as_newcomer[s->guide[table]];

	if (self == FORMING_NOBODY)
		return;
	if (guides && s->table[self] != SEATS_NONE)
		stand(s, (uint32_t)self);
	if (!guides)
		for (uint32_t t = 0; t < s->n_tables; t++)
			if (s->guide[t] == s->guide[table] && t != table &&
			    s->opening[t] != SEATS_NONE)
				guides = true;
	s->guides[self] = guides;
}

/* The table's opening without seating anybody. */
static void assign(struct seats *s, uint32_t table, int32_t opening)
{
	const struct forming *f = s->f;
	uint32_t *list = members(s, table);

	for (uint16_t k = s->n[table]; k-- > 0;)
		if (opening == SEATS_NONE ||
		    !forming_in(f->opening[opening].seats, list[k]))
			stand(s, list[k]);
	s->opening[table] = opening;
	put_bit(s->full, table, s->n[table] == f->in->cohort_max);
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		put_bit(s->can + (size_t)i * s->words, table,
		    opening != SEATS_NONE &&
			forming_in(f->opening[opening].seats, i));
	set_guiding(s, table, opening != SEATS_NONE);
}

/* A table with too few, and nobody to pull; SEATS_NONE when all have enough. */
static int32_t find_needy(struct seats *s)
{
	for (uint32_t t = 0; t < s->n_tables; t++)
		while (s->opening[t] != SEATS_NONE &&
		       s->n[t] < s->f->in->cohort_min)
			if (!pull(s, t))
				return (int32_t)t;
	return SEATS_NONE;
}

void seats_fill(struct seats *s)
{
	int32_t needy;

	fill(s);
	while ((needy = find_needy(s)) != SEATS_NONE) {
		assign(s, (uint32_t)needy, SEATS_NONE);
		fill(s);
	}
}

void seats_change(struct seats *s, uint32_t table, int32_t opening)
{
	assign(s, table, opening);
	seats_fill(s);
}

void seats_put(struct seats *s, uint32_t table, int32_t opening,
    const uint32_t *newcomer, uint32_t n)
{
	assign(s, table, opening);
	for (uint32_t k = 0; k < n; k++)
		sit(s, newcomer[k], table);
}

bool seats_fits(const struct seats *s, uint32_t table, int32_t opening)
{
	for (uint32_t t = 0; t < s->n_tables; t++)
		if (t != table && s->guide[t] == s->guide[table] &&
		    s->opening[t] != SEATS_NONE &&
		    forming_overlap(
			s->f, (uint32_t)s->opening[t], (uint32_t)opening))
			return false;
	return true;
}
