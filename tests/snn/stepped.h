/* The membranes of a network stepped from ms to ms: a yardstick for the closed form. */
#ifndef SPIKEBAR_TESTS_SNN_STEPPED_H
#define SPIKEBAR_TESTS_SNN_STEPPED_H

#include "snn/network.h"

#include <assert.h>
#include <string.h>

/* trace[t][j] := the weights that fire at t, summed: S of snn/kernel.h. */
static inline void sum_spikes(const struct network *n, const struct raster *r,
                              size_t window, size_t outputs,
                              double trace[window][outputs])
{
    memset(trace, 0, window * sizeof trace[0]);
    for (size_t i = 0; i < r->inputs; i++)
        for (size_t s = 0; s < r->number[i]; s++)
            if ((size_t)r->time_ms[r->first[i] + s] < window)
                for (size_t j = 0; j < outputs; j++)
                    trace[r->time_ms[r->first[i] + s]][j] +=
                        n->weights[i * outputs + j] + n->w_offset;
}

/* Column j of the trace, from S to v, in place. */
static inline void step_double_exponential(const struct kernel *k, size_t window,
                                           size_t outputs, double trace[window][outputs],
                                           size_t j)
{
    double f = 0, r = 0, v = 0;
    for (size_t t = 0; t < window; t++) {
        f = k->decay_a * f + trace[t][j];
        r = k->decay_c * r + trace[t][j];
        trace[t][j] = v / k->peak;
        v = k->decay_b * v + (1 - k->decay_b) * (f - r);
    }
}

static inline void step_circuit(const struct kernel *k, size_t window, size_t outputs,
                                double trace[window][outputs], size_t j)
{
    double p = 0, q = 0, recent[KERNEL_TAPS_MAX] = {0}; /* recent[m] = S[t - m] */
    for (size_t t = 0; t < window; t++) {
        memmove(recent + 1, recent, (KERNEL_TAPS_MAX - 1) * sizeof recent[0]);
        recent[0] = trace[t][j];
        p = k->decay_a * p + recent[0];
        q = k->decay_b * q + recent[0];
        trace[t][j] = k->gain_q * q - k->gain_p * p;
        for (int m = 0; m < k->taps; m++)
            trace[t][j] += k->tap[m] * recent[m];
    }
}

/* network_membrane by stepping the states of the model through the window: f, r and v for
 * `double-exponential`, p and q for `circuit` (see snn/kernel.h). */
static inline void network_membrane_stepped(const struct network *n,
                                            const struct raster *r, size_t window,
                                            size_t outputs, double trace[window][outputs])
{
    assert(window == (size_t)n->kernel.window_ms && outputs == n->outputs);
    assert(r->inputs == n->inputs);
    sum_spikes(n, r, window, outputs, trace);
    for (size_t j = 0; j < outputs; j++)
        if (n->kernel.model == KERNEL_CIRCUIT)
            step_circuit(&n->kernel, window, outputs, trace, j);
        else
            step_double_exponential(&n->kernel, window, outputs, trace, j);
}

#endif
