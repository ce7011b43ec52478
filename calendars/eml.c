/* Header, parts, encodings: see eml.h. */
#include "calendars/eml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

enum {
	MARK_OCTETS = 3,
	MAX_BOUNDARY = 200,
};

struct span {
	const char *at, *end;
};

static bool begins(const struct span *s, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(s->end - s->at) >= n &&
	       strncasecmp(s->at, word, n) == 0;
}

/* The next line without its end; false when there is none. */
static bool next_line(struct span *s, struct span *line)
{
	const char *end;

	if (s->at >= s->end)
		return false;
	end = memchr(s->at, '\n', (size_t)(s->end - s->at));
	*line = (struct span){s->at, end == NULL ? s->end : end};
	s->at = end == NULL ? s->end : end + 1;
	if (line->end > line->at && line->end[-1] == '\r')
		line->end--;
	return true;
}

bool eml_is_mail(const char *text, size_t n)
{
	struct span s = {text, text + n}, line;
	const char *colon;

	if (n >= MARK_OCTETS && memcmp(text, "\xef\xbb\xbf", MARK_OCTETS) == 0)
		s.at += MARK_OCTETS;
	while (s.at < s.end && isspace((unsigned char)*s.at))
		s.at++;
	if (begins(&s, "BEGIN:"))
		return false;
	if (begins(&s, "From "))
		return true;
	if (!next_line(&s, &line))
		return false;
	colon = memchr(line.at, ':', (size_t)(line.end - line.at));
	if (colon == NULL || colon == line.at)
		return false;
	for (const char *c = line.at; c < colon; c++)
		if (!isalnum((unsigned char)*c) && *c != '-')
			return false;
	/* A header, and some line of it that calendars do not have. */
	do {
		if (begins(&line, "From:") || begins(&line, "MIME-Version:") ||
		    begins(&line, "Content-Type:") ||
		    begins(&line, "Received:"))
			return true;
	} while (line.end > line.at && next_line(&s, &line));
	return false;
}

/* ---- headers ---- */

struct reader {
	struct arena *a;
	struct eml *mail;
};

/* The value of a header of [s), unfolded; NULL: none. */
static const char *header(struct reader *r, struct span s, const char *name)
{
	size_t n = strlen(name), len = 0;
	struct span line;
	char *out = NULL;
	size_t size = 0;

	while (next_line(&s, &line) && line.end > line.at) {
		bool more = *line.at == ' ' || *line.at == '\t';

		if (out != NULL && !more)
			break;
		if (out == NULL && ((size_t)(line.end - line.at) <= n ||
				       strncasecmp(line.at, name, n) != 0 ||
				       line.at[n] != ':'))
			continue;
		if (out == NULL) {
			struct span rest = {line.end, s.end}, fold;

			/* Its continuations are at most what is left of them. */
			size = (size_t)(line.end - line.at);
			rest.at = s.at;
			while (next_line(&rest, &fold) && fold.end > fold.at &&
			       (*fold.at == ' ' || *fold.at == '\t'))
				size += (size_t)(fold.end - fold.at);
			out = arena_alloc(r->a, size + 1);
			if (out == NULL)
				return NULL;
			line.at += n + 1;
		}
		memcpy(out + len, line.at, (size_t)(line.end - line.at));
		len += (size_t)(line.end - line.at);
	}
	if (out == NULL)
		return NULL;
	out[len] = '\0';
	return out + strspn(out, " \t");
}

static char *lower(struct arena *a, const char *text, size_t n)
{
	char *copy = arena_strndup(a, text, n);

	for (char *c = copy; c != NULL && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

/* The first word of a value such as `text/calendar; method=REQUEST`. */
static const char *first_word(struct arena *a, const char *value)
{
	return value == NULL ? NULL
			     : lower(a, value, strcspn(value, "; \t\r\n"));
}

static const char *parameter(
    struct arena *a, const char *value, const char *name)
{
	size_t n = strlen(name);
	bool quoted = false;

	for (const char *c = value; c != NULL && *c != '\0'; c++) {
		if (*c == '"')
			quoted = !quoted;
		if (quoted || *c != ';')
			continue;
		c += 1 + strspn(c + 1, " \t");
		if (strncasecmp(c, name, n) == 0 && c[n] == '=') {
			c += n + 1;
			if (*c == '"')
				return arena_strndup(
				    a, c + 1, strcspn(c + 1, "\""));
			return arena_strndup(a, c, strcspn(c, "; \t"));
		}
		c--;
	}
	return NULL;
}

/* ---- encodings ---- */

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static size_t from_base64(struct span s, char *out)
{
	unsigned bits = 0, value = 0;
	size_t n = 0;

	for (; s.at < s.end && *s.at != '='; s.at++) {
		int x = sextet(*s.at);

		if (x < 0)
			continue;
		value = (value << 6 | (unsigned)x) & 0xffffu;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (char)(value >> bits & 0xff);
		}
	}
	return n;
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

static size_t from_quoted(struct span s, char *out)
{
	size_t n = 0;

	while (s.at < s.end) {
		if (*s.at != '=') {
			out[n++] = *s.at++;
		} else if (s.end - s.at >= 3 && s.at[1] == '\r' &&
			   s.at[2] == '\n') {
			s.at += 3;
		} else if (s.end - s.at >= 2 && s.at[1] == '\n') {
			s.at += 2;
		} else if (s.end - s.at >= 3 && digit(s.at[1]) >= 0 &&
			   digit(s.at[2]) >= 0) {
			out[n++] = (char)(digit(s.at[1]) * 16 + digit(s.at[2]));
			s.at += 3;
		} else {
			out[n++] = *s.at++;
		}
	}
	return n;
}

static bool decode(struct reader *r, struct eml_part *p, struct span body)
{
	char *out = arena_alloc(r->a, (size_t)(body.end - body.at) + 1);

	if (out == NULL)
		return false;
	if (p->encoding != NULL && strcmp(p->encoding, "base64") == 0) {
		p->n = from_base64(body, out);
	} else if (p->encoding != NULL &&
		   strcmp(p->encoding, "quoted-printable") == 0) {
		p->n = from_quoted(body, out);
	} else {
		p->n = (size_t)(body.end - body.at);
		memcpy(out, body.at, p->n);
	}
	out[p->n] = '\0';
	p->body = out;
	return true;
}

/* ---- parts ---- */

static bool read_part(
    struct reader *r, struct eml_part *parent, unsigned depth, struct span s);

/* Is it a boundary's line? *last: the one that ends the parts. */
static bool is_boundary(
    const struct span *line, const char *boundary, bool *last)
{
	size_t n = strlen(boundary), len = (size_t)(line->end - line->at);

	if (len < n + 2 || memcmp(line->at, "--", 2) != 0 ||
	    memcmp(line->at + 2, boundary, n) != 0)
		return false;
	*last = len >= n + 4 && memcmp(line->at + 2 + n, "--", 2) == 0;
	for (const char *c = line->at + 2 + n; !*last && c < line->end; c++)
		if (*c != ' ' && *c != '\t')
			return false;
	return true;
}

static bool read_parts(
    struct reader *r, struct eml_part *p, unsigned depth, struct span s)
{
	struct span line;
	const char *begin = NULL;
	bool last = false;

	while (!last && next_line(&s, &line)) {
		const char *end = line.at;

		if (!is_boundary(&line, p->boundary, &last))
			continue;
		/* The line end before a boundary belongs to it. */
		if (begin != NULL && end > begin && end[-1] == '\n')
			end--;
		if (begin != NULL && end > begin && end[-1] == '\r')
			end--;
		if (begin != NULL &&
		    !read_part(r, p, depth, (struct span){begin, end}))
			return false;
		begin = s.at;
	}
	if (!last)
		r->mail->broken = true;
	return true;
}

/* False without memory. */
static bool read_part(
    struct reader *r, struct eml_part *parent, unsigned depth, struct span s)
{
	struct eml_part *p;
	struct span line, head = s;
	const char *type;

	if (depth > EML_MAX_DEPTH || r->mail->n_parts == EML_MAX_PARTS) {
		r->mail->broken = true;
		return true;
	}
	r->mail->n_parts++;
	p = ARENA_NEW(r->a, struct eml_part);
	if (p == NULL)
		return false;
	while (next_line(&s, &line) && line.end > line.at)
		;
	head.end = s.at;
	p->head = head.at;
	p->n_head = (size_t)(head.end - head.at);
	type = header(r, head, "Content-Type");
	p->type = type == NULL ? "text/plain" : first_word(r->a, type);
	p->method = parameter(r->a, type, "method");
	p->charset = parameter(r->a, type, "charset");
	p->boundary = parameter(r->a, type, "boundary");
	p->encoding =
	    first_word(r->a, header(r, head, "Content-Transfer-Encoding"));
	p->disposition =
	    first_word(r->a, header(r, head, "Content-Disposition"));
	p->parent = parent;
	if (parent == NULL) {
		r->mail->root = p;
		r->mail->from = header(r, head, "From");
		r->mail->to = header(r, head, "To");
		r->mail->reply_to = header(r, head, "Reply-To");
	} else if (parent->last_child == NULL) {
		parent->child = p;
	} else {
		parent->last_child->next = p;
	}
	if (parent != NULL)
		parent->last_child = p;
	if (arena_failed(r->a))
		return false;
	if (strncmp(p->type, "multipart/", 10) != 0)
		return decode(r, p, s);
	if (p->boundary == NULL || *p->boundary == '\0' ||
	    strlen(p->boundary) > MAX_BOUNDARY) {
		r->mail->broken = true;
		return true;
	}
	return read_parts(r, p, depth + 1, s);
}

enum err_code eml_read(struct arena *a, const char *text, size_t n,
    struct eml **ret_eml, struct err *e)
{
	struct reader r = {.a = a, .mail = ARENA_NEW(a, struct eml)};
	struct span s = {text, text + n}, line;

	if (n > EML_MAX_OCTETS)
		return ERR_SET(e, TOO_LARGE, "a mail has at most %d octets",
		    EML_MAX_OCTETS);
	if (begins(&s, "From ")) /* of a mailbox file */
		(void)next_line(&s, &line);
	if (r.mail == NULL || !read_part(&r, NULL, 0, s))
		return ERR_SET(e, NOMEM, "no memory for the mail");
	*ret_eml = r.mail;
	return ERR_OK;
}

const char *eml_header(
    struct arena *a, const char *head, size_t n, const char *name)
{
	struct reader r = {.a = a};

	return header(&r, (struct span){head, head + n}, name);
}

const struct eml_part *eml_next(const struct eml_part *p)
{
	if (p->child != NULL)
		return p->child;
	while (p != NULL && p->next == NULL)
		p = p->parent;
	return p == NULL ? NULL : p->next;
}

const struct eml_part *eml_calendar_part(const struct eml *mail)
{
	const struct eml_part *best = NULL;
	int best_rank = 0;

	for (const struct eml_part *p = mail->root; p != NULL;
	     p = eml_next(p)) {
		int rank =
		    strcmp(p->type, "application/ics") == 0 ? 1
		    : strcmp(p->type, "text/calendar") != 0 ? 0
		    : p->parent != NULL && strcmp(p->parent->type,
					       "multipart/alternative") == 0
			? 3
			: 2;

		if (p->body != NULL && rank > best_rank) {
			best = p;
			best_rank = rank;
		}
	}
	return best;
}

enum err_code eml_calendar(struct arena *a, const char *text, size_t n,
    const char **ret_text, size_t *ret_n, struct err *e)
{
	const struct eml_part *part;
	struct eml *mail;
	enum err_code code = eml_read(a, text, n, &mail, e);

	if (code != ERR_OK)
		return code;
	part = eml_calendar_part(mail);
	if (part == NULL)
		return ERR_SET(e, VALIDATION, "the mail has no calendar in it");
	*ret_text = part->body;
	*ret_n = part->n;
	return ERR_OK;
}

bool eml_next_address(const char **at, char *address, size_t size)
{
	const char *c = *at, *end, *open;
	size_t n;

	while (c != NULL && *c != '\0') {
		bool quoted = false;

		/* One mailbox: up to a comma outside of quotation marks. */
		for (end = c; *end != '\0' && (quoted || *end != ','); end++)
			if (*end == '"')
				quoted = !quoted;
		open = memchr(c, '<', (size_t)(end - c));
		if (open != NULL)
			c = open + 1;
		else
			c += strspn(c, " \t");
		n = strcspn(c, ">, \t\r\n");
		if (n > (size_t)(end - c))
			n = (size_t)(end - c);
		*at = *end == ',' ? end + 1 : end;
		if (n > 0 && n < size && memchr(c, '@', n) != NULL) {
			memcpy(address, c, n);
			address[n] = '\0';
			return true;
		}
		c = *at;
	}
	return false;
}
