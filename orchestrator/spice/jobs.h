/* Simulations in worker processes: decks in, traces out; or a function of yours in a
 * worker, which may simulate deck after deck, and gives back a trace or a record.
 *
 * Whatever happens to a worker, each unit comes back: with what it gave, or with the
 * cause. Here alone workers start the simulator (spice/worker.h).
 *
 *     struct jobs_deck d = {.stop_s = 0.06};
 *     buf_puts(&d.text, deck);
 *     jobs_name(&d, "mem%zu", j);
 *     if (jobs_decks(&options, 1, &d, e) < 0 || jobs_check(1, &d, e) < 0) ...
 *     ... d.trace ...
 *     jobs_finish(1, &d);
 */
#pragma once

#include "run/pool.h"
#include "spice/trace.h"

enum { JOBS_CAUSE = 512 };

/* ---- decks ---- */

struct jobs_deck {
    struct buf text;
    double stop_s;      /* end of its transient analysis */
    const char *folder; /* where the worker stands, so that decks may say "."; or NULL */
    size_t count;
    char **name;        /* [count] vectors, owned */
    struct trace trace; /* what came back; empty where it failed */
    char *cause;        /* why, or NULL */
    double seconds;     /* of the processor */
};

void jobs_name(struct jobs_deck *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Simulates all of them. A deck that fails is told in its `cause`, not as an error. */
MUST_USE int jobs_decks(const struct pool_options *o, size_t n, struct jobs_deck deck[n],
                        struct err *e);

/* The first that failed as an error: for experiments that are none without all parts. */
MUST_USE int jobs_check(size_t n, const struct jobs_deck deck[n], struct err *e);
void jobs_finish(size_t n, struct jobs_deck deck[n]);

/* ---- traces of a function ---- */

/* What a unit gave, and what that took in its worker. */
struct jobs_answer {
    struct trace trace; /* empty where it failed */
    const char *cause;  /* why, or NULL */
    double seconds;     /* of the processor */
    double memory_MB;   /* most that the worker had resident so far */
};

struct jobs_traces {
    size_t count;
    void *context;
    bool fresh; /* a new worker for each, so that the memory is its own */
    /* In a worker; 0 with *t filled, or -1 with the cause. */
    int (*run)(void *context, size_t unit, struct trace *t, char cause[JOBS_CAUSE]);
    /* In the parent, who owns the trace from now on. A negative status ends it all. */
    int (*done)(void *context, size_t unit, struct jobs_answer *a, struct err *e);
};

MUST_USE int jobs_traces(const struct pool_options *o, const struct jobs_traces *w,
                         struct err *e);

/* ---- records of a function ---- */

struct jobs_records {
    const char *what; /* of the progress, or NULL for none */
    size_t count, size;
    void *context;
    /* In a worker; 0 with out[size] filled, or -1 with the cause. */
    int (*run)(void *context, size_t unit, void *out, char cause[JOBS_CAUSE]);
    void *out; /* [count][size] */
};

/* A unit that fails is an error. */
MUST_USE int jobs_records(const struct pool_options *o, const struct jobs_records *w,
                          struct err *e);

/* ---- below them ---- */

/* Work of any kind in workers that have the simulator; w->start is this file's. */
MUST_USE int jobs_pool(const struct pool_options *o, const struct pool_work *w,
                       struct err *e);

/* In a worker: simulates one deck; -1 with the cause in words. */
MUST_USE int jobs_simulate(const char *deck, double stop_s, size_t n,
                           const char *const vectors[n], struct trace *t,
                           char cause[JOBS_CAUSE]);

/* "39.3", asked from a worker. */
MUST_USE int jobs_version(char said[32], struct err *e);
