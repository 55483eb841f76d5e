/* What the user sees while the program works: messages and progress, on stderr.
 *
 * Results go to stdout and never through here. On a terminal the progress is one
 * line that is drawn over; elsewhere a plain line at most every ten seconds.
 *
 *     struct progress p;
 *     progress_start(&p, "simulating", 100);
 *     progress_set(&p, 17, "1 failed");
 *     progress_end(&p);
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

void log_set_level(enum log_level level);
void log_say(const char *fmt, ...) PRINTF_LIKE(1, 2);    /* from LOG_NORMAL on */
void log_detail(const char *fmt, ...) PRINTF_LIKE(1, 2); /* from LOG_VERBOSE on */

struct progress {
    const char *what; /* not owned */
    size_t total, first;
    double start_s, shown_s; /* monotonic clock */
    bool terminal, counted;
};

void progress_start(struct progress *p, const char *what, size_t total);
void progress_set(struct progress *p, size_t done, const char *note);
void progress_end(struct progress *p);

double clock_s(void); /* monotonic seconds */

/* Ctrl-C: the first one asks the work to stop where it can be kept, a second one
 * ends the program. */
void stop_on_signals(void);
bool stop_requested(void);
