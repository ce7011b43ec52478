/* Accept and Prefer: see negotiate.h. */
#include "api/negotiate.h"

#include <string.h>
#include <strings.h>

#include "base/num.h"

struct text {
	const char *s;
	size_t n;
};

static struct text trim(struct text t)
{
	while (t.n > 0 && strchr(" \t", t.s[0])) {
		t.s++;
		t.n--;
	}
	while (t.n > 0 && strchr(" \t", t.s[t.n - 1]))
		t.n--;
	return t;
}

/* Cut the part before the next `mark` outside of quotes off `rest`. */
static struct text cut(struct text *rest, char mark)
{
	bool quoted = false;
	size_t n = 0;
	struct text part;

	for (; n < rest->n && (quoted || rest->s[n] != mark); n++)
		if (rest->s[n] == '"')
			quoted = !quoted;
		else if (quoted && rest->s[n] == '\\' && n + 1 < rest->n)
			n++;
	part = trim((struct text){rest->s, n});
	n += n < rest->n;
	rest->s += n;
	rest->n -= n;
	return part;
}

static bool is(struct text t, const char *word)
{
	return t.n == strlen(word) && strncasecmp(t.s, word, t.n) == 0;
}

/* `name=value`, the value perhaps in quotes; without one it is empty. */
static struct text value_of(struct text part, struct text *ret_name)
{
	*ret_name = cut(&part, '=');
	part = trim(part);
	if (part.n >= 2 && part.s[0] == '"' && part.s[part.n - 1] == '"')
		part = (struct text){part.s + 1, part.n - 2};
	return part;
}

/* A weight is zero: 0, 0., 0.000. */
static bool is_zero(struct text weight)
{
	if (weight.n == 0 || weight.s[0] != '0')
		return false;
	for (size_t i = 1; i < weight.n; i++)
		if (weight.s[i] != (i == 1 ? '.' : '0'))
			return false;
	return true;
}

/* How particular a range is about the type: 0 does not fit, 3 names it. */
static int fit(struct text range, const char *type)
{
	size_t main = strcspn(type, "/") + 1;

	if (is(range, type))
		return 3;
	if (range.n == main + 1 && range.s[main] == '*' &&
	    strncasecmp(range.s, type, main) == 0)
		return 2;
	return is(range, "*/*") ? 1 : 0;
}

bool negotiate_accepts(const char *accept, const char *type)
{
	struct text list = {accept, accept ? strlen(accept) : 0};
	bool allowed = false, any = false;
	int best = 0;

	while (list.n > 0) {
		struct text member = cut(&list, ','), range = cut(&member, ';');
		bool zero = false;
		int now = fit(range, type);

		any |= memchr(range.s, '/', range.n) != NULL;
		while (member.n > 0) {
			struct text name, value;

			value = value_of(cut(&member, ';'), &name);
			zero |= is(name, "q") && is_zero(value);
		}
		if (now > best || (now == best && now > 0 && !zero)) {
			best = now;
			allowed = !zero;
		}
	}
	return allowed || !any;
}

struct negotiate_preference negotiate_prefer(const char *prefer)
{
	struct text list = {prefer, prefer ? strlen(prefer) : 0};
	struct negotiate_preference p = {0};
	bool waits = false;

	while (list.n > 0) {
		struct text member = cut(&list, ','), name, value;

		/* What follows a semicolon is a parameter, no preference. */
		value = value_of(cut(&member, ';'), &name);
		p.respond_async |= is(name, "respond-async");
		if (is(name, "wait") && !waits) {
			waits = true;
			if (!num_parse_i64(
				value.s, value.n, 0, INT32_MAX, &p.wait_s))
				p.wait_s = 0;
		}
	}
	return p;
}
