/* The job of an intake: `cairn schedule` over a snapshot of its program. */
#ifndef API_INTAKE_JOB_H
#define API_INTAKE_JOB_H

#include "api/worker.h"

extern const struct job_kind INTAKE_JOB;

#endif
