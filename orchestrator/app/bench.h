/* A few decks of our own making, simulated in worker processes: what calibrate, unit and
 * the stage figures of a report need beside the images of a run.
 *
 *     struct bench_deck d = {.stop_s = 0.06, .count = 2, .name = {"mem0", "tia0"}};
 *     buf_puts(&d.text, deck);
 *     bench_run(&study, 1, &d, e);   ... d.trace ...
 *     bench_finish(1, &d);
 */
#ifndef MEMSPICE_APP_BENCH_H
#define MEMSPICE_APP_BENCH_H

#include "app/study.h"
#include "spice/trace.h"

enum { BENCH_VECTORS = 128 };

struct bench_deck {
    struct buf text;
    double stop_s;      /* end of its transient analysis */
    const char *folder; /* where the worker stands, so that decks may say "."; or NULL */
    size_t count;
    char *name[BENCH_VECTORS]; /* [count] vectors, owned */
    struct trace trace;        /* what came back; empty where it failed */
    char *cause;               /* why, or NULL */
};

void bench_name(struct bench_deck *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Simulates all of them. A deck that fails is told in its `cause`, not as an error. */
MUST_USE int bench_run(const struct study *s, size_t n, struct bench_deck deck[n],
                       struct err *e);
void bench_finish(size_t n, struct bench_deck deck[n]);

#endif
