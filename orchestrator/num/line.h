/* Lines through points: values between them, areas below them, and the top of a hump.
 *
 * x[n] ascending, y[n] beside it, n > 0; nothing is kept and nothing allocated.
 *
 *     double v = line_at(n, time_s, volt, 1e-3);
 *     double charge_C = line_integral(n, time_s, current_A, 0);
 */
#pragma once

#include <stddef.h>

/* Linear between the points; outside, the end values. */
double line_at(size_t n, const double x[n], const double y[n], double at);

/* Linear between the points, and on along the first and the last piece; n > 1. */
double line_beyond(size_t n, const double x[n], const double y[n], double at);

/* Integral of y - base over x by trapezoids. */
double line_integral(size_t n, const double x[n], const double y[n], double base);

/* Integral of y z over x by trapezoids: the energy of voltage and current. */
double line_product_integral(size_t n, const double x[n], const double y[n],
                             const double z[n]);

/* Where f is largest between low and high, if it rises to one top and falls after it:
 * golden section, the interval times 0.618 in each of `rounds` (of equal values it keeps
 * the lower side). The place is exact to sqrt(epsilon), the height to epsilon. */
double line_top(double (*f)(const void *context, double x), const void *context,
                double low, double high, int rounds);
