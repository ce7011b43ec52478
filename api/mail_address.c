/* Our own mail's addresses: see mail_address.h. */
#include "api/mail_address.h"

#include <stdio.h>
#include <string.h>

enum {
	LOCAL_MAX = 64,
};

bool mail_address_is_set(const struct conf *conf)
{
	return conf->smtp_url[0] != '\0';
}

const char *mail_address_of_replies(const struct conf *conf)
{
	return conf->mail_reply_to[0] != '\0' ? conf->mail_reply_to
					      : conf->mail_sender;
}

void mail_address_with_token(
    const char *base, const char *token, char out[MAIL_ADDRESS_SIZE])
{
	size_t local = strcspn(base, "@");

	snprintf(out, MAIL_ADDRESS_SIZE, "%.*s+%s%s", (int)local, base, token,
	    base + local);
}

bool mail_address_has_room(const char *base)
{
	return strcspn(base, "@") + 1 + MAIL_TOKEN_LENGTH <= LOCAL_MAX &&
	       strlen(base) + 1 + MAIL_TOKEN_LENGTH < MAIL_ADDRESS_SIZE - 1;
}
