/* A pool of worker processes: units in, replies out, whatever happens to a worker.
 *
 * The parent forks the workers, gives each one unit at a time and waits on a pipe a
 * slot. A worker that dies or outlives the deadline costs its own unit one attempt;
 * after `retries` more the unit is reported lost, with the cause. Workers are replaced
 * after `recycle` units, or when they ask for it. Each stands in an empty folder of
 * its own, which is HOME too (what killed programs left of these goes), in a session of
 * its own, with no descriptor but its socket. Replies come in any order. What a worker
 * sends is not trusted: it may have been taken over.
 *
 * Functions of struct pool_work: `start`, `run` in the worker, `done` in the parent.
 *
 *     struct pool_options o = pool_defaults();
 *     pool_run(&o, &(struct pool_work){.count = n, .run = f, .done = g, .context = c},
 * e);
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { POOL_READABLE = 6 };

struct pool_options {
    size_t jobs;       /* worker processes; 0 = one for each core */
    double deadline_s; /* for one attempt at a unit */
    size_t retries;    /* further attempts after a worker died or ran out of time */
    size_t recycle;    /* units after which a worker is replaced */
    size_t memory_MB;  /* resident size after which a worker is replaced */
    /* Folders and files that `start` leaves a worker to read, absolute; then NULL. */
    const char *readable[POOL_READABLE];
};

struct pool_outcome {
    bool lost;         /* no attempt brought a reply */
    size_t attempts;   /* processes that tried, from 1 */
    const char *cause; /* what the last failed attempt died of; "" if none did */
    const char *reply; /* [length] what `run` put together; not kept after `done` */
    size_t length;
};

struct pool_work {
    size_t count; /* units 0..count-1, given out in this order */
    void *context;
    /* Once in each worker, before its first unit. */
    int (*start)(void *context, const struct pool_options *o, struct err *e);
    /* One unit; returns true if this worker should be replaced after it. */
    bool (*run)(void *context, size_t unit, struct buf *reply);
    /* In the parent; a negative status (with *e filled) ends the run. */
    int (*done)(void *context, size_t unit, const struct pool_outcome *o, struct err *e);
};

struct pool_options pool_defaults(void);
size_t pool_cores(void);

/* 0 when every unit was given to `done`; -1 with ERR_INTERRUPTED after Ctrl-C (what
 * was running is dropped), or when `done` or a worker's `start` failed. */
MUST_USE int pool_run(const struct pool_options *o, const struct pool_work *w,
                      struct err *e);
