#include "base/log.h"

#include "base/text.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static enum log_level level_now = LOG_NORMAL;
static bool line_open; /* a progress line stands without its line end */
static volatile sig_atomic_t stopped;

static void say(const char *fmt, va_list ap)
{
    char raw[4096], line[4096];
    vsnprintf(raw, sizeof raw, fmt, ap);
    text_one_line(raw, sizeof line, line);
    fprintf(stderr, "%s%s\n", line_open ? "\r\033[K" : "", line);
    line_open = false;
}

void log_set_level(enum log_level level)
{
    level_now = level;
}

void log_say(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (level_now >= LOG_NORMAL)
        say(fmt, ap);
    va_end(ap);
}

void log_detail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (level_now >= LOG_VERBOSE)
        say(fmt, ap);
    va_end(ap);
}

double clock_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_start(struct progress *p, const char *what, size_t total)
{
    *p = (struct progress){.what = what, .total = total, .start_s = clock_s()};
    p->shown_s = -INFINITY;
    p->terminal = isatty(STDERR_FILENO);
}

void progress_set(struct progress *p, size_t done, const char *note)
{
    double now = clock_s();
    if (!p->counted) { /* what was done before we came does not count for the ETA */
        p->counted = true;
        p->first = done;
        if (!p->terminal)
            p->shown_s = now;
    }
    if (level_now < LOG_NORMAL)
        return;
    if (now - p->shown_s < (p->terminal ? 0.1 : 10) && done < p->total)
        return;
    p->shown_s = now;
    char eta[48] = "";
    if (done > p->first && done < p->total) {
        double left =
            (now - p->start_s) / (double)(done - p->first) * (double)(p->total - done);
        snprintf(eta, sizeof eta, ", %.0f s left", ceil(left));
    }
    fprintf(stderr, "%s%s: %zu of %zu%s%s%s%s", p->terminal ? "\r\033[K" : "", p->what,
            done, p->total, eta, note && *note ? ", " : "", note ? note : "",
            p->terminal ? "" : "\n");
    line_open = p->terminal;
    fflush(stderr);
}

void progress_end(struct progress *p)
{
    if (line_open && p->terminal)
        fputc('\n', stderr);
    line_open = false;
}

static void on_signal(int number)
{
    (void)number;
    if (stopped)
        _exit(130);
    stopped = 1;
}

void stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ,
           SIG_IGN); /* a limit on file sizes is an error of write(), not death */
}

bool stop_requested(void)
{
    return stopped;
}
