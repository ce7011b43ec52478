/* The job of a trial: the solver of its kind over files of the command line. */
#ifndef API_TRIAL_JOB_H
#define API_TRIAL_JOB_H

#include "api/job.h"

extern const struct job_kind TRIAL_JOB;

#endif
