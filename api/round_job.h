/* The job of a matching round: `cairn match` over a snapshot of its program. */
#ifndef API_ROUND_JOB_H
#define API_ROUND_JOB_H

#include "api/worker.h"

extern const struct job_kind ROUND_JOB;

#endif
