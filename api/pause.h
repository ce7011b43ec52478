/*
 * How threads that work by themselves wait: until their time has come or somebody writes
 * to their descriptor, and longer after each failure. Any thread.
 */
#ifndef API_PAUSE_H
#define API_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* Wait so long; true when it is time to end. stop_fd -1: nobody can end it. */
bool pause_or_stop(int stop_fd, int64_t ms);

/* Between half of it and one and a half, so that many do not come back together. */
int64_t pause_jitter(int64_t n);

/* After so many failures in a row, from 1: `first`, doubled with each up to `most`, with
 * jitter; in the unit of the two. */
int64_t pause_after(int64_t failures, int64_t first, int64_t most);

#endif
