/* The membranes of a network stepped from ms to ms: a yardstick for the closed form.
 *
 * `double-exponential`: f, r and v of snn/kernel.h. `circuit` obeys at whole ms, with
 * the spikes S and a = e^(-1/tau_syn), b = e^(-1/tau_mem), tau in ms,
 *     p[n] = a p[n-1] + S[n],  q[n] = b q[n-1] + S[n],
 *     v[n] = Q q[n] - P p[n] + sum_m tap[m] S[n-m]:
 * after the pulse the response is Q b^n - P a^n, the taps mend the ms before. */
#ifndef SPIKEBAR_TESTS_SNN_STEPPED_H
#define SPIKEBAR_TESTS_SNN_STEPPED_H

#include "snn/network.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

struct steps {
    double a, b, c;               /* decays of a ms */
    double gain_q, gain_p;        /* Q, P */
    int taps;                     /* 1 + whole ms of the pulse */
    double tap[KERNEL_PULSE_MAX]; /* [taps] */
};

static inline struct steps steps_of(const struct kernel *k)
{
    bool circuit = k->model == KERNEL_CIRCUIT;
    double tm = k->tau_mem_s, ts = k->tau_syn_s, end = k->delay_s + k->width_s;
    struct steps s = {.a = exp(-1e-3 / (circuit ? ts : k->tau_fall_s)),
                      .b = exp(-1e-3 / tm),
                      .c = exp(-1e-3 / k->tau_rise_s)};
    s.gain_q = tm * (exp(end / tm) - exp(k->delay_s / tm)) / (tm - ts) / k->peak;
    s.gain_p = ts * (exp(end / ts) - exp(k->delay_s / ts)) / (tm - ts) / k->peak;
    for (; s.taps < KERNEL_PULSE_MAX && 1e-3 * s.taps < end; s.taps++)
        s.tap[s.taps] = kernel_at(k, 1e-3 * s.taps) - s.gain_q * pow(s.b, s.taps) +
                        s.gain_p * pow(s.a, s.taps);
    return s;
}

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
    const struct steps s = steps_of(k);
    double f = 0, r = 0, v = 0;
    for (size_t t = 0; t < window; t++) {
        f = s.a * f + trace[t][j];
        r = s.c * r + trace[t][j];
        trace[t][j] = v / k->peak;
        v = s.b * v + (1 - s.b) * (f - r);
    }
}

static inline void step_circuit(const struct kernel *k, size_t window, size_t outputs,
                                double trace[window][outputs], size_t j)
{
    const struct steps s = steps_of(k);
    double p = 0, q = 0, recent[KERNEL_PULSE_MAX] = {0}; /* recent[m] = S[t - m] */
    for (size_t t = 0; t < window; t++) {
        memmove(recent + 1, recent, (KERNEL_PULSE_MAX - 1) * sizeof recent[0]);
        recent[0] = trace[t][j];
        p = s.a * p + recent[0];
        q = s.b * q + recent[0];
        trace[t][j] = s.gain_q * q - s.gain_p * p;
        for (int m = 0; m < s.taps; m++)
            trace[t][j] += s.tap[m] * recent[m];
    }
}

/* network_membrane by stepping the states of the model through the window. */
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
