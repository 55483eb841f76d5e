#include "snn/softmax.h"

#include "num/stats.h"

#include <math.h>

double softmax_cross_entropy(size_t n, double z[n], size_t label)
{
    double max = z[stats_argmax(n, z)], z_label = z[label], sum = 0;
    for (size_t j = 0; j < n; j++) {
        z[j] = exp(z[j] - max);
        sum += z[j];
    }
    for (size_t j = 0; j < n; j++)
        z[j] /= sum;
    z[label] -= 1;
    return log(sum) + max - z_label;
}
