/* Decks of device experiments: a few cells or bare devices and sources that ramp.
 *
 * The head of such a deck is that of any (circuit/circuit.h); sources and analysis are
 * made here. A wave is a list of points (time, voltage).
 *
 *     struct wave w = {0};
 *     wave_to(&w, 10e-6, 2.0);  wave_to(&w, 1e-3, 2.0);  wave_to(&w, 10e-6, 0);
 *     devicedeck_source(&text, "t", &w);
 *     buf_puts(&text, "Xc t g 0 cell_mod x0=0\n");
 *     devicedeck_end(&solver, wave_end(&w), 20e-6, n, vectors, &text);
 */
#pragma once

#include "spice/deck.h"

struct wave {
    size_t n, capacity;
    double *time_s, *volt; /* [n] */
};

void wave_start(struct wave *w, double volt);              /* the point at 0 */
void wave_to(struct wave *w, double after_s, double volt); /* after_s > 0 */
double wave_end(const struct wave *w);
void wave_finish(struct wave *w);

void devicedeck_source(struct buf *out, const char *node, const struct wave *w);

/* Options, analysis, .save and .end. */
void devicedeck_end(const struct deck_solver *s, double stop_s, double step_s, size_t n,
                    const char *const *vectors, struct buf *out);
