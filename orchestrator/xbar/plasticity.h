/* Fits of synaptic curves: conductance against pulse number, change against timing.
 *
 * The law of paper 2, Eqs. 1 and 2, for one direction of writing:
 *   r[n+1] = r[n] + a (b - c r[n])^d / (i + exp(f r[n] + g))^h
 * r is the conductance over its largest value. Two of the eight coefficients only scale
 * others: |c| = 1 (its sign says where the curve ends) and i = 1. A negative base counts
 * as 0: the curve stays at its end. The fits are MINPACK's lmdif (cminpack), from
 * several starts; nothing here draws random numbers.
 *
 *     struct plasticity_law law;
 *     double rms = plasticity_fit(n, r, &law, e);
 */
#pragma once

#include "base/err.h"

#include <stddef.h>

struct plasticity_law {
    double a, b, c, d, i, f, g, h;
};

/* dr at r. */
double plasticity_step(const struct plasticity_law *law, double r);

/* out r[0..n-1] from r[0] on. */
void plasticity_curve(const struct plasticity_law *law, double r_0, size_t n,
                      double r[n]);

/* in  r[n]  measured curve, n >= 8, rising or falling as a whole
 * The law whose curve from r[0] differs least, in *rms the root mean square of the
 * residuals over the range of r. -1 if r has no range or no start converges.
 * Source: paper 2, Eq. 2 and Fig. 7a. Test: tests/xbar, curves of known laws. */
MUST_USE int plasticity_fit(size_t n, const double r[n], struct plasticity_law *law,
                            double *rms, struct err *e);

/* A window of spike timing: change = amplitude exp(-|dt|/tau_s), one side. */
struct timing_window {
    double amplitude, tau_s;
};

/* in  dt_s[n] > 0 (magnitudes), change[n];  n >= 3. *rms over the largest change. */
MUST_USE int timing_fit(size_t n, const double dt_s[n], const double change[n],
                        struct timing_window *w, double *rms, struct err *e);
