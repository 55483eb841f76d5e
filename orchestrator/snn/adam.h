/* Adam (Kingma and Ba 2015), for one block of parameters.
 *
 *     m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
 *     x -= rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * with beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8. The struct owns its moments.
 *
 *     struct adam a;
 *     adam_init(&a, 640);
 *     adam_step(&a, rate, 640, gradient, weights);
 *     adam_finish(&a);
 */
#pragma once

#include <stddef.h>

struct adam {
    size_t n;
    double *m, *v;         /* [n] first and second moment */
    double power1, power2; /* beta1^t, beta2^t */
};

void adam_init(struct adam *a, size_t n);
void adam_finish(struct adam *a); /* may be called twice */

/* in: g; in/out: x, and the moments. Test: two steps by hand. */
void adam_step(struct adam *a, double rate, size_t n, const double g[n], double x[n]);

/* rate (1 + cos(pi step / steps)) / 2, from `rate` at step 0 to 0 at the end. */
double adam_cosine_rate(double rate, size_t step, size_t steps);
