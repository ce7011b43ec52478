/* What every talk to another server has in common: see transfer.h. */
#include "api/transfer.h"

bool transfer_open(struct transfer *t, const struct transfer_options *o)
{
	bool good = true;

	t->error[0] = '\0';
	t->curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
		      ? curl_easy_init()
		      : NULL;
	if (t->curl == NULL)
		return false;
	TRANSFER_SET(good, t->curl, CURLOPT_PROTOCOLS_STR, o->schemes);
	TRANSFER_SET(good, t->curl, CURLOPT_REDIR_PROTOCOLS_STR, o->schemes);
	TRANSFER_SET(good, t->curl, CURLOPT_PROXY, "");
	TRANSFER_SET(good, t->curl, CURLOPT_NOSIGNAL, 1L);
	TRANSFER_SET(good, t->curl, CURLOPT_ERRORBUFFER, t->error);
	TRANSFER_SET(good, t->curl, CURLOPT_CONNECTTIMEOUT,
	    (long)TRANSFER_CONNECT_SECONDS);
	TRANSFER_SET(good, t->curl, CURLOPT_TIMEOUT, (long)o->seconds);
	TRANSFER_SET(
	    good, t->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (o->ca_file[0] != '\0')
		TRANSFER_SET(good, t->curl, CURLOPT_CAINFO, o->ca_file);
	return good;
}

void transfer_close(struct transfer *t)
{
	curl_easy_cleanup(t->curl);
	t->curl = NULL;
}
