/* The membrane's response to one spike through one synapse of weight 1, peak 1.
 *
 * Two models, chosen by name:
 *
 * double-exponential (paper 1, Eqs. 1-5) in exact steps of 1 ms: with the spike s,
 *     f[n] = a f[n-1] + s[n],  r[n] = c r[n-1] + s[n],  I = f - r,
 *     v[n+1] = b v[n] + (1 - b) I[n],
 *     a = e^(-1/tau_fall), c = e^(-1/tau_rise), b = e^(-1/tau_mem), tau in ms;
 *     divided by its largest value at whole ms.
 * circuit: a unit current from `delay` after the start of the gate pulse for `width`,
 *     then the low-pass filters tau_syn and tau_mem (the pulse above the selector's
 *     threshold and the two filters of the circuit); divided by its peak in continuous
 *     time. (Its recursion from ms to ms is in tests/snn/stepped.h.)
 *
 *     struct kernel k;
 *     if (kernel_init(&k, "circuit", 100, &e) < 0)
 *         return -1;
 *     v = k.response[n];
 *
 * The struct holds no pointers. kernel_init fills in the usual constants; after
 * changing one of them call kernel_compute.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>

enum { KERNEL_WINDOW_MAX = 1024, KERNEL_PULSE_MAX = 8 }; /* ms */

enum kernel_model { KERNEL_DOUBLE_EXPONENTIAL, KERNEL_CIRCUIT };

struct kernel {
    enum kernel_model model;
    double tau_rise_s; /* 0.5e-3; double-exponential: rise of the synaptic current */
    double tau_fall_s; /* 2e-3;   double-exponential: its fall */
    double tau_syn_s;  /* 2e-3;   circuit: low-pass filter of the DPI synapse */
    double delay_s;    /* 23.33e-6; circuit: start of the gate pulse to conduction */
    double width_s;    /* 1.05333e-3; circuit: how long the cell conducts */
    double tau_mem_s;  /* 15e-3;  membrane */
    int window_ms;     /* 100;    1 .. KERNEL_WINDOW_MAX */

    /* Computed: */
    double peak;            /* of a unit current, before division */
    double peak_s;          /* its time after the start of the spike */
    double peak_continuous; /* in continuous time; for circuit the same as peak */
    double response[KERNEL_WINDOW_MAX]; /* [window_ms] k(n ms), k(0) = 0, peak 1 */
};

MUST_USE int kernel_init(struct kernel *k, const char *name, int window_ms,
                         struct err *e);
const char *kernel_name(const struct kernel *k);

/* Fills the computed fields from the others. ERR_USAGE where a constant is out of its
 * range, or two time constants are equal (the closed form divides by the difference).
 * Tests: recursion and closed form agree, and the recursion's coefficients with those
 * that circuit.md gives. */
MUST_USE int kernel_compute(struct kernel *k, struct err *e);

/* The response in continuous time, peak 1, t in s; 0 before the spike. For `circuit`
 * this is `response` between the whole ms; for `double-exponential` it is the solution
 * of the differential equations, which the steps of 1 ms approach only to some 1 %. */
double kernel_at(const struct kernel *k, double t_s);

/* circuit: the response in the same units at t_s after the start of a unit current that
 * lasts for length_s. kernel_at is that of width_s, delay_s later. */
double kernel_piece_at(const struct kernel *k, double length_s, double t_s);
