/*
 * Invitations of a cohort plan as files: one REQUEST per attendee and weekly
 * series, for people who run cairn without its service.
 */
#ifndef API_CLI_INVITE_H
#define API_CLI_INVITE_H

#include "api/cli.h"

struct invite_count {
	uint32_t files;
	uint32_t without_mail; /* people left out: no address is known */
};

/* Make the folder when it is missing and write the files into it. UIDs follow
 * from the input, so that a second run replaces its invitations. False after a
 * message. */
bool cli_invite(const char *folder, const struct cli_input *in,
    const struct intake *intake, const struct cohort_plan *plan,
    const char *intake_digest, struct invite_count *ret_count);

#endif
