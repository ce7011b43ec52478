/*
 * What a matching run gives: the plan, why nobody for some, and the certificate.
 * Owned by the arena of the run. Person numbers index the community.
 */
#ifndef MATCHER_PLAN_H
#define MATCHER_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/week.h"
#include "matcher/policy.h"

struct plan_pair {
	uint32_t newcomer, mentor;
	int32_t points;
	uint16_t shared_minutes;       /* per week, worst week */
	int16_t part[CRITERION_COUNT]; /* adds up to points */
};

/* Why a newcomer got nobody: the strongest statement that is true. */
enum unmatched_reason {
	UNMATCHED_NO_LANGUAGE, /* no mentor shares a language at the level */
	UNMATCHED_NO_HOURS, /* language yes, but no mentor shares the hours */
	UNMATCHED_EXCLUDED, /* only mentors ruled out (organisation, avoid …) */
	UNMATCHED_NO_MENTORS, /* the community has no mentor with a place */
	UNMATCHED_PLACES_TAKEN, /* allowed mentors exist; all places serve others */
	UNMATCHED_CONSTRAINTS, /* one has a free place, a side constraint forbids */
	UNMATCHED_REASONS
};

const char *unmatched_reason_name(
    enum unmatched_reason r); /* "no-shared-language" … */

struct plan_unmatched {
	uint32_t newcomer;
	enum unmatched_reason reason;
	const char
	    *help; /* the smallest change that would help, one sentence */
};

/*
 * Duals that prove each step over ALL allowed pairs. Numbers of a step are in its
 * own unit. u[i] >= 0 belongs to newcomer number i of the instance, p[j] >= 0 to
 * mentor number j; for every pair of the step's graph u[i] + p[j] >= value(i, j),
 * and sum u + sum capacity * p = the step's optimum.
 *
 * Of a newcomer who may have several mentors, u in the step of the total is the most
 * that any so many of them bring, each its value less its price, with the newcomer's
 * own weight counted once.
 */
struct certificate_step {
	int64_t *u, *p;
	int64_t objective;
	/* Under side constraints only (matcher/side.h); p may be negative there. */
	int64_t *row; /* by side row */
	struct certificate_cap *cap;
	uint32_t n_caps;
	int64_t people_price, people_limit; /* of serving that weight at most */
};

/* The price of one of the places that a mentor has for one organization. */
struct certificate_cap {
	uint32_t constraint, mentor, organization; /* number, number, term */
	int64_t price;
};

struct certificate {
	struct certificate_step
	    people; /* value = waiting weight, all allowed pairs */
	struct certificate_step
	    worst; /* the same over points > plan.worst_points */
	struct certificate_step total; /* value = weight*M*S + points*S + tie */
	int64_t people_scale;          /* M * S */
	int64_t points_scale;          /* S */
};

/*
 * Newcomers who together are more than the places that can serve them: anybody of
 * `unmatched` with all of `other`, who hold the places, is a set of one too many that
 * is smallest by inclusion. All of them are matcher/shortage.h's. Person indexes, in
 * order.
 */
struct plan_shortage {
	uint32_t n_unmatched, n_others, n_mentors;
	uint32_t *unmatched, *other, *mentor;
	uint32_t places; /* of these mentors: as many as others */
};

enum {
	PLAN_MAX_SHORTAGES = 100, /* in a plan, and people that they name … */
	PLAN_MAX_SHORTAGE_NAMES = 20000, /* … but mentors */
	PLAN_MAX_WANTED = 3,
};

struct plan_shortages {
	uint32_t n_all; /* of which the smallest … */
	uint32_t n;     /* … are here */
	struct plan_shortage *item;
};

/* A mentor who would serve these unmatched: matcher/wanted.h. */
struct plan_wanted {
	uint32_t language; /* a term of the community */
	uint8_t level;
	struct window window; /* of a week in UTC */
	uint32_t n_newcomers;
	uint32_t *newcomer;
};

enum plan_status {
	PLAN_OPTIMAL,
	PLAN_FEASIBLE,
	PLAN_STABLE, /* of deferred acceptance: nobody blocks it */
};

struct plan_goals {
	uint32_t n_served;     /* newcomers who have a mentor */
	int64_t people_weight; /* sum of weights served */
	int32_t worst_points;  /* 0 when there is no pair */
	int64_t total_points;
};

/*
 * Two who prefer each other to what the plan gives them (matcher/prefer.h). Gain:
 * the pair's points, twice, less those of the newcomer's own pair and those of the
 * pair that the mentor would give up for it.
 */
struct blocking_pair {
	uint32_t newcomer, mentor;
	int32_t points, gain;
};

enum {
	PLAN_MAX_STEPS = 3,     /* the total alone, people first, worst pair */
	PLAN_MAX_BLOCKING = 100 /* of them in a plan */
};

struct plan_stability {
	uint64_t blocking_pairs; /* all of them */
	uint32_t n_pairs;        /* the first: most gain, then by the ids */
	struct blocking_pair *pair;
};

/* How far the plan goes into one limit of a side constraint. */
struct plan_use {
	uint32_t constraint;
	enum constraint_measure measure;
	/* Pairs of the constraint, or mentors, or the most of one organization that
	 * any mentor has. */
	int64_t used;
	bool is_kept;
};

struct plan_solver {
	uint64_t allowed_pairs; /* pairs that break no hard rule */
	uint64_t columns;       /* pairs the solver ever looked at */
	uint32_t pricing_passes;
	bool lp_confirmed; /* GLPK's LP reached the same objective */
	int32_t lp_iterations;
};

struct plan {
	enum plan_status status;
	uint32_t n_newcomers, n_mentors; /* of the instance */
	uint32_t n_pairs, n_served, n_unmatched;
	struct plan_pair *pair; /* by newcomer, then by mentor */
	struct plan_unmatched *unmatched;
	int64_t people_weight; /* sum of weights served */
	int32_t worst_points;  /* 0 when there is no pair */
	int64_t total_points;
	/* What is possible, goal by goal: what the plan itself reaches when it is
	 * optimal; the optimum beside a stable one. The certificate is of it. */
	struct plan_goals bound;
	/* What each goal of the policy costs the next: the best total alone, then
	 * with people first, then with the worst pair too, which is the bound.
	 * n_steps is 0 where the total is the one goal. */
	struct plan_goals step[PLAN_MAX_STEPS];
	uint32_t n_steps;
	struct plan_stability stability;
	struct plan_shortages shortages;
	struct plan_wanted wanted[PLAN_MAX_WANTED];
	uint32_t n_wanted;
	struct plan_use *use; /* by limit of the policy's constraints */
	uint32_t n_uses;
	uint64_t seed;
	struct certificate certificate;
	struct plan_solver solver;
};

#endif
