/* A few decks of our own making, simulated in worker processes: what calibrate, unit and
 * the stage figures of a report need beside the images of a run.
 *
 *     struct decks_one d = {.stop_s = 0.06, .count = 2, .name = {"mem0", "tia0"}};
 *     buf_puts(&d.text, deck);
 *     decks_run(&study, 1, &d, e);   ... d.trace ...
 *     decks_finish(1, &d);
 */
#ifndef SPIKEBAR_APP_DECKS_H
#define SPIKEBAR_APP_DECKS_H

#include "app/study.h"
#include "spice/trace.h"

enum { DECKS_VECTORS = 128 };

struct decks_one {
    struct buf text;
    double stop_s;      /* end of its transient analysis */
    const char *folder; /* where the worker stands, so that decks may say "."; or NULL */
    size_t count;
    char *name[DECKS_VECTORS]; /* [count] vectors, owned */
    struct trace trace;        /* what came back; empty where it failed */
    char *cause;               /* why, or NULL */
};

void decks_name(struct decks_one *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Simulates all of them. A deck that fails is told in its `cause`, not as an error. */
MUST_USE int decks_run(const struct study *s, size_t n, struct decks_one deck[n],
                       struct err *e);
void decks_finish(size_t n, struct decks_one deck[n]);

#endif
