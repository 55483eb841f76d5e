#include "snn/adam.h"

#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

void adam_init(struct adam *a, size_t n)
{
    *a = (struct adam){.n = n, .power1 = 1, .power2 = 1};
    a->m = mem_alloc(n, sizeof a->m[0]);
    a->v = mem_alloc(n, sizeof a->v[0]);
}

void adam_finish(struct adam *a)
{
    free(a->m);
    free(a->v);
    *a = (struct adam){0};
}

void adam_step(struct adam *a, double rate, size_t n, const double g[n], double x[n])
{
    assert(n == a->n);
    a->power1 *= beta1;
    a->power2 *= beta2;
    double step = rate / (1 - a->power1), scale = 1 / sqrt(1 - a->power2);
    for (size_t i = 0; i < n; i++) {
        a->m[i] = beta1 * a->m[i] + (1 - beta1) * g[i];
        a->v[i] = beta2 * a->v[i] + (1 - beta2) * g[i] * g[i];
        x[i] -= step * a->m[i] / (sqrt(a->v[i]) * scale + epsilon);
    }
}

double adam_cosine_rate(double rate, size_t step, size_t steps)
{
    return rate * (1 + cos(M_PI * (double)step / (double)steps)) / 2;
}
