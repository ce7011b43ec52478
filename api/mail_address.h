/*
 * The addresses of our own mail: the sender, which is the same in all of it, and the
 * address that each attendance's answers go to, `local+token@domain`. Pure.
 */
#ifndef API_MAIL_ADDRESS_H
#define API_MAIL_ADDRESS_H

#include <stdbool.h>

#include "base/conf.h"

enum {
	MAIL_ADDRESS_SIZE = 256, /* with its NUL */
	MAIL_TOKEN_LENGTH = 32,  /* hexadecimal digits */
};

/* Is mail sent at all? */
bool mail_address_is_set(const struct conf *conf);

/* Where answers go, without a token: mail_reply_to, or the sender. */
const char *mail_address_of_replies(const struct conf *conf);

/* `base` with the token; base has room for it (mail_address_has_room). */
void mail_address_with_token(
    const char *base, const char *token, char out[MAIL_ADDRESS_SIZE]);
bool mail_address_has_room(const char *base);

#endif
