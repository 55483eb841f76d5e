#include "num/line.h"

#include <assert.h>

/* The k with x[k] <= at < x[k + 1], or the piece at the end that `at` lies beyond. */
static size_t piece(size_t n, const double x[n], double at)
{
    size_t low = 0, high = n - 1;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (x[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double line_beyond(size_t n, const double x[n], const double y[n], double at)
{
    assert(n > 1);
    size_t k = piece(n, x, at);
    double share = (at - x[k]) / (x[k + 1] - x[k]);
    return y[k] + share * (y[k + 1] - y[k]);
}

double line_at(size_t n, const double x[n], const double y[n], double at)
{
    assert(n > 0);
    if (at <= x[0])
        return y[0];
    if (at >= x[n - 1])
        return y[n - 1];
    return line_beyond(n, x, y, at);
}

double line_integral(size_t n, const double x[n], const double y[n], double base)
{
    double sum = 0;
    for (size_t k = 1; k < n; k++)
        sum += (x[k] - x[k - 1]) * (y[k] + y[k - 1] - 2 * base) / 2;
    return sum;
}

double line_product_integral(size_t n, const double x[n], const double y[n],
                             const double z[n])
{
    double sum = 0;
    for (size_t k = 1; k < n; k++)
        sum += (x[k] - x[k - 1]) * (y[k] * z[k] + y[k - 1] * z[k - 1]) / 2;
    return sum;
}

double line_top(double (*f)(const void *context, double x), const void *context,
                double low, double high, int rounds)
{
    const double ratio = 0.6180339887498949; /* (sqrt(5) - 1)/2 */
    for (int i = 0; i < rounds; i++) {
        double left = high - ratio * (high - low), right = low + ratio * (high - low);
        if (f(context, left) >= f(context, right))
            high = right;
        else
            low = left;
    }
    return (low + high) / 2;
}
