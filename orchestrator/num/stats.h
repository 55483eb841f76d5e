/* Statistics of plain arrays of doubles.
 *
 * Arrays x and y have n values. Nothing here allocates; an array is read once or twice
 * and never kept. An empty one has mean, rms and largest value 0; what needs two values
 * is 0 below two.
 *
 *     double r = stats_correlation(n, native, circuit);
 *     double s = stats_best_scale(n, native, circuit);
 */
#pragma once

#include <stddef.h>

double stats_mean(size_t n, const double x[]);

/* Sample standard deviation, sqrt(sum (x - mean)^2 / (n - 1)); 0 below two values. */
double stats_deviation(size_t n, const double x[]);

double stats_rms(size_t n, const double x[]);     /* sqrt(sum x^2 / n) */
double stats_max_abs(size_t n, const double x[]); /* max |x_i| */

/* Pearson's r = sum dx dy / sqrt(sum dx^2 sum dy^2), d from the means; 0 where one
 * of the arrays is constant. Within [-1, 1]. */
double stats_correlation(size_t n, const double x[], const double y[]);

/* The s that minimises sum (y - s x)^2, that is sum x y / sum x^2; 0 for x = 0. */
double stats_best_scale(size_t n, const double x[], const double y[]);

/* Standard error sqrt(p (1 - p) / n) of a proportion p found in n trials. */
double stats_proportion_error(double p, size_t n);

/* The interval in which the true share lies, of which `right` of n trials were seen:
 * with p = right/n the two roots of |p - x| = z sqrt(x (1 - x) / n), that is
 *
 *     (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)
 *
 * Unlike p +- its standard error it lies in [0, 1] and is no point where all or none
 * were right. z = 0: p itself; n = 0: 0 to 1, nothing is known. right <= n. Source:
 * Wilson 1927, J. Am. Stat. Assoc. 22:209. Test: tests/num/test_stats.c. */
void stats_wilson(size_t right, size_t n, double z, double *low, double *high);
/* The same of a share p of n that need not be whole: a mean of trials. */
void stats_wilson_share(double p, size_t n, double z, double *low, double *high);

#define STATS_Z95 1.959963984540054 /* a normal variable is within +- this in 95 % */

void stats_sort(size_t n, double x[]); /* ascending, in place; no nan */

/* The q-quantile, 0 <= q <= 1, of ascending x: linear between the order statistics,
 * position q (n - 1) (type 7 of Hyndman and Fan 1996); 0.5 is the median. n > 0. */
double stats_quantile(size_t n, const double x[], double q);

/* Index of the largest value, the first one among equals. n > 0. */
size_t stats_argmax(size_t n, const double x[]);
