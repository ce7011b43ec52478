/* The files that a solve reads: see round_input.h. */
#include "api/round_input.h"

#include <string.h>

#include "api/policy_file.h"
#include "base/instant.h"

enum err_code round_input_policy(struct arena *a, const char *document,
    int64_t since, struct policy *ret_policy, struct err *e)
{
	enum err_code code =
	    policy_file_read(a, document, strlen(document), ret_policy, e);

	if (code == ERR_OK && ret_policy->first_day == 0)
		ret_policy->first_day = day_of(since);
	return code;
}

enum err_code round_input_write_policy(
    struct job_run *j, const char *name, const struct policy *p, struct err *e)
{
	struct str text;
	enum err_code code;

	str_init(&text, POLICY_FILE_MAX_OCTETS);
	policy_file_write(p, &text);
	code = text.failed
		   ? ERR_SET(e, NOMEM, "no memory for the policy's file")
		   : job_write(j, name, text.data, text.len, e);
	str_free(&text);
	return code;
}

enum err_code round_input_write(struct job_run *j, const char *members,
    const struct policy *p, struct err *e)
{
	enum err_code code =
	    members == NULL ? ERR_SET(e, NOMEM, "no memory for the member file")
			    : job_write(j, ROUND_INPUT_MEMBERS, members,
				  strlen(members), e);

	return code == ERR_OK
		   ? round_input_write_policy(j, ROUND_INPUT_POLICY, p, e)
		   : code;
}
