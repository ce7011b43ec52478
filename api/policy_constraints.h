/*
 * The side constraints of a policy document <-> struct constraint (policy_file.h).
 */
#ifndef API_POLICY_CONSTRAINTS_H
#define API_POLICY_CONSTRAINTS_H

#include "api/bind.h"
#include "base/jwrite.h"
#include "matcher/policy.h"

/* A custom reader of /constraints; the target is the struct policy. */
void policy_constraints_bind(struct binder *b, const char *place,
    struct json_object *value, void *target);

/* The array alone. */
void policy_constraints_write(const struct policy *p, struct jwrite *w);

#endif
