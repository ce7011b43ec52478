/* Pictures of a cohort plan as SVG files, for people who run cairn without its
 * service. */
#ifndef API_CLI_PICTURE_H
#define API_CLI_PICTURE_H

#include "api/cli.h"
#include "scheduler/intake.h"

/* "cohort-001.svg" … and "common-hours.svg" in the folder, which is made when it is
 * missing. False after a message. */
bool cli_picture(const char *folder, const struct cli_input *in,
    const struct intake *intake, const struct busy_time *busy, uint32_t n_busy,
    const struct cohort_plan *plan);

#endif
