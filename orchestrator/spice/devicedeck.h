/* Decks of device experiments: a few cells or bare devices and sources that ramp.
 *
 * Written like decks of an array: models and netlists are included, only sources,
 * instances and analysis are made here. A wave is a list of points (time, voltage).
 *
 *     struct wave w = {0};
 *     wave_to(&w, 10e-6, 2.0);  wave_to(&w, 1e-3, 2.0);  wave_to(&w, 10e-6, 0);
 *     devicedeck_begin(&d, "full set", &text);
 *     devicedeck_source(&text, "t", &w);
 *     buf_puts(&text, "Xc t g 0 cell_mod x0=0\n");
 *     devicedeck_end(&d, wave_end(&w), 20e-6, n, vectors, &text);
 */
#ifndef SPIKEBAR_SPICE_DEVICEDECK_H
#define SPIKEBAR_SPICE_DEVICEDECK_H

#include "spice/deck.h"
#include "spice/memristor.h"

struct wave {
    size_t n, capacity;
    double *time_s, *volt; /* [n] */
};

void wave_start(struct wave *w, double volt);              /* the point at 0 */
void wave_to(struct wave *w, double after_s, double volt); /* after_s > 0 */
double wave_end(const struct wave *w);
void wave_finish(struct wave *w);

struct devicedeck {
    const char *circuit; /* folder that holds netlists/ and models/ */
    const struct param_table *params;
    const struct memristor *memristor;
    const struct deck_solver *solver;
    const char *lines; /* further .param lines, or NULL: they win over all others */
};

void devicedeck_begin(const struct devicedeck *d, const char *title, struct buf *out);
void devicedeck_source(struct buf *out, const char *node, const struct wave *w);
void devicedeck_end(const struct devicedeck *d, double stop_s, double step_s, size_t n,
                    const char *const vectors[n], struct buf *out);

#endif
