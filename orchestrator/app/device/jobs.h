/* Simulations of device experiments in the pool: decks in, traces or numbers out.
 *
 * Two forms. Decks: each is one simulation and comes back as a trace. Units: a function
 * that runs in a worker and may simulate pulse after pulse, each deck depending on what
 * the one before gave; it comes back as a row of numbers. A simulation that fails is an
 * error here: an experiment without one of its parts is none.
 *
 *     jobs_decks(study, n, job, e);     job[k].trace: the caller finishes them
 */
#ifndef SPIKEBAR_APP_DEVICE_JOBS_H
#define SPIKEBAR_APP_DEVICE_JOBS_H

#include "app/study.h"
#include "spice/trace.h"

#include <stddef.h>

enum { JOBS_VECTORS = 16 };

struct jobs_deck {
    struct buf deck; /* owned by the caller */
    double stop_s;
    size_t vectors;
    const char *vector[JOBS_VECTORS];
    struct trace trace; /* comes back */
};

MUST_USE int jobs_decks(const struct study *s, size_t n, struct jobs_deck deck[n],
                        struct err *e);

struct jobs_work {
    const char *what; /* of the progress, or NULL for none */
    size_t count, room;
    void *context;
    /* In a worker: fills out[room]; -1 with the cause. */
    int (*run)(void *context, size_t unit, double *out, char cause[384]);
    double *out; /* [count][room] */
};

MUST_USE int jobs_run(const struct study *s, const struct jobs_work *w, struct err *e);

/* Simulates one deck in this worker; -1 with the cause. */
MUST_USE int jobs_simulate(const char *deck, double stop_s, size_t n,
                           const char *const vectors[n], struct trace *t,
                           char cause[384]);

#endif
