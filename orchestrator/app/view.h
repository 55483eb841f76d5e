/* One neuron of one image: what was simulated, and what the network says.
 *
 *     view_make(&v, &x, 12, 3, NULL, e);     of an experiment that is ready
 *     view_write(&v, e);                     .csv, .raw, -native.csv, .svg, .png
 *     view_finish(&v);
 */
#pragma once

#include "app/experiment.h"
#include "spice/trace.h"

struct view {
    const struct experiment *x;
    char *folder;
    char name[64]; /* of the files, without an ending */
    size_t image, neuron;
    struct trace all;     /* every node of every column */
    struct trace circuit; /* this column's: mem, tia, vsyn, isyn */
    struct peak peak;     /* of its membrane */
    size_t window;
    double *ms_s, *native;        /* [window] */
    double native_peak, native_s; /* its maximum, as scores.csv has it, and when */
    double native_ms;             /* the largest at whole ms: of `native` */
    size_t spikes;
    double *spike_s, *spike_input; /* [spikes] */
    double scale_V;                /* circuit over network, from all columns' maxima */
};

/* folder NULL: results/trace-HASH of the run whose images these are. */
MUST_USE int view_make(struct view *v, const struct experiment *x, size_t image,
                       size_t neuron, const char *folder, struct err *e);
MUST_USE int view_write(const struct view *v, struct err *e);
void view_finish(struct view *v);
