#include "num/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

double stats_mean(size_t n, const double x[])
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : 0;
}

double stats_deviation(size_t n, const double x[])
{
    double mean = stats_mean(n, x), sum = 0;
    if (n < 2)
        return 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

double stats_rms(size_t n, const double x[])
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return n ? sqrt(sum / (double)n) : 0;
}

double stats_max_abs(size_t n, const double x[])
{
    double max = 0;
    for (size_t i = 0; i < n; i++)
        max = fmax(max, fabs(x[i]));
    return max;
}

double stats_correlation(size_t n, const double x[], const double y[])
{
    double mx = stats_mean(n, x), my = stats_mean(n, y);
    double xx = 0, xy = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        double dx = x[i] - mx, dy = y[i] - my;
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    if (!(xx > 0 && yy > 0))
        return 0;
    return fmax(-1, fmin(1, xy / (sqrt(xx) * sqrt(yy))));
}

double stats_best_scale(size_t n, const double x[], const double y[])
{
    double xx = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        xx += x[i] * x[i];
        xy += x[i] * y[i];
    }
    return xx > 0 ? xy / xx : 0;
}

double stats_proportion_error(double p, size_t n)
{
    return n ? sqrt(fmax(0, p * (1 - p)) / (double)n) : 0;
}

void stats_wilson_share(double p, size_t n, double z, double *low, double *high)
{
    *low = 0;
    *high = 1;
    if (n == 0)
        return;
    double q = z * z / (double)n;
    double half = sqrt(q * (p * (1 - p) + q / 4));
    if (p > 0)
        *low = fmax(0, (p + q / 2 - half) / (1 + q));
    if (p < 1)
        *high = fmin(1, (p + q / 2 + half) / (1 + q));
}

void stats_wilson(size_t right, size_t n, double z, double *low, double *high)
{
    assert(right <= n);
    stats_wilson_share(n ? (double)right / (double)n : 0, n, z, low, high);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void stats_sort(size_t n, double x[])
{
    qsort(x, n, sizeof x[0], ascending);
}

double stats_quantile(size_t n, const double x[], double q)
{
    assert(n > 0 && q >= 0 && q <= 1);
    double position = q * (double)(n - 1);
    size_t below = (size_t)position;
    if (below + 1 >= n)
        return x[n - 1];
    return x[below] + (position - (double)below) * (x[below + 1] - x[below]);
}

size_t stats_argmax(size_t n, const double x[])
{
    assert(n > 0);
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}
