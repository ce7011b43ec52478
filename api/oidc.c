/* The identity provider: see oidc.h. Invariant: `keys` is never NULL once open. */
#include "api/oidc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/jwt.h"
#include "base/instant.h"
#include "base/log.h"
#include "base/metric.h"

/* What tells one state of the file from another. */
struct stamp {
	struct timespec changed;
	ino_t inode;
	off_t size;
};

struct oidc {
	const struct conf *conf;
	pthread_rwlock_t lock; /* of the two below */
	struct jwt_keys *keys;
	struct stamp stamp;
};

static bool stamp_of(const char *path, struct stamp *ret)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	*ret = (struct stamp){
	    .changed = st.st_mtim, .inode = st.st_ino, .size = st.st_size};
	return true;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
	return a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec &&
	       a->inode == b->inode && a->size == b->size;
}

static enum err_code read_keys(
    const char *path, struct jwt_keys **ret_keys, struct err *e)
{
	char *text = malloc(OIDC_FILE_MAX);
	FILE *f = fopen(path, "re");
	size_t n = text && f ? fread(text, 1, OIDC_FILE_MAX, f) : 0;
	enum err_code code;

	if (!text || !f || ferror(f) || n == OIDC_FILE_MAX)
		code = ERR_SET(e, FIELD,
		    "expected a file that can be read, of less than %d octets",
		    OIDC_FILE_MAX);
	else
		code = jwt_keys_read(text, n, ret_keys, e);
	if (f)
		(void)fclose(f);
	free(text);
	return code;
}

static void check_settings(const struct conf *c, struct err *e)
{
	const struct {
		const char *name, *value;
	} NEEDED[] = {
	    {"oidc_audience", c->oidc_audience},
	    {"oidc_keys_file", c->oidc_keys_file},
	    {"oidc_community", c->oidc_community},
	};

	for (size_t i = 0; i < sizeof(NEEDED) / sizeof(NEEDED[0]); i++)
		if (!*NEEDED[i].value)
			err_add_field(e, ERR_FIELD, NEEDED[i].name,
			    "expected a value beside oidc_issuer");
}

enum err_code oidc_open(
    const struct conf *conf, struct oidc **ret_oidc, struct err *e)
{
	struct err why = {0};
	struct oidc *o;

	*ret_oidc = NULL;
	if (!*conf->oidc_issuer)
		return ERR_OK;
	check_settings(conf, e);
	if (e->code != ERR_OK)
		return e->code;
	o = calloc(1, sizeof(*o));
	if (!o)
		return ERR_SET(e, NOMEM, "no memory for the keys");
	o->conf = conf;
	(void)stamp_of(conf->oidc_keys_file, &o->stamp);
	if (read_keys(conf->oidc_keys_file, &o->keys, &why) != ERR_OK) {
		free(o);
		err_add_field(e, ERR_FIELD, "oidc_keys_file", "%s", why.detail);
		return e->code;
	}
	pthread_rwlock_init(&o->lock, NULL);
	*ret_oidc = o;
	return ERR_OK;
}

void oidc_close(struct oidc *o)
{
	if (!o)
		return;
	pthread_rwlock_destroy(&o->lock);
	jwt_keys_free(o->keys);
	free(o);
}

/* Read the file again when it has changed since it was looked at. */
static void refresh(struct oidc *o)
{
	struct jwt_keys *keys = NULL, *old;
	struct stamp now;
	struct err e = {0};
	bool same;

	if (!stamp_of(o->conf->oidc_keys_file, &now))
		return;
	pthread_rwlock_rdlock(&o->lock);
	same = is_same(&now, &o->stamp);
	pthread_rwlock_unlock(&o->lock);
	if (same)
		return;
	if (read_keys(o->conf->oidc_keys_file, &keys, &e) != ERR_OK)
		LOG(LOG_WARN, "keys not read", LOG_TEXT("why", e.detail));
	pthread_rwlock_wrlock(&o->lock);
	o->stamp = now;
	old = keys;
	if (keys) {
		old = o->keys;
		o->keys = keys;
	}
	pthread_rwlock_unlock(&o->lock);
	jwt_keys_free(old);
}

bool oidc_judge(struct oidc *o, const char *token, struct arena *a,
    struct oidc_person *ret_person)
{
	struct jwt_claims claims;
	struct jwt_rule rule;
	enum jwt_verdict v;

	if (!o)
		return false;
	refresh(o);
	rule = (struct jwt_rule){.issuer = o->conf->oidc_issuer,
	    .audience = o->conf->oidc_audience,
	    .now = instant_now()};
	pthread_rwlock_rdlock(&o->lock);
	v = jwt_verify(token, strlen(token), o->keys, &rule, a, &claims);
	pthread_rwlock_unlock(&o->lock);
	if (v != JWT_OK) {
		metric_add(METRIC_jwt_rejects_total, jwt_slug(v), NULL, 1);
		return false;
	}
	*ret_person = (struct oidc_person){.community = o->conf->oidc_community,
	    .issuer = o->conf->oidc_issuer,
	    .subject = claims.subject,
	    .expires_at = claims.expires_at};
	return true;
}
