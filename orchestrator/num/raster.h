/* A spike raster: the spike times of each input in one window, in whole ms.
 *
 * Input i's spikes are time_ms[first[i]] .. time_ms[first[i] + number[i] - 1],
 * ascending, each in 0 .. window_ms - 1. The raster owns its arrays; raster_clear
 * keeps them, so that one raster serves image after image.
 *
 *     struct raster r;
 *     raster_init(&r, 64, 100);
 *     raster_add(&r, 12, 7);
 *     raster_finish(&r);
 */
#pragma once

#include <stddef.h>

struct raster {
    size_t inputs;
    int window_ms;
    size_t count;    /* spikes of all inputs */
    size_t capacity; /* spikes that fit into time_ms before it grows */
    size_t *first;   /* [inputs] index into time_ms; meaningless where number is 0 */
    size_t *number;  /* [inputs] spikes of the input */
    int *time_ms;    /* [count] */
};

void raster_init(struct raster *r, size_t inputs, int window_ms);
void raster_clear(struct raster *r);
void raster_finish(struct raster *r); /* may be called twice */

/* Inputs may come in any order, but the spikes of one input directly after one
 * another and ascending. */
void raster_add(struct raster *r, size_t input, int time_ms);
