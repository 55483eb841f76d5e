#include "snn/ann.h"

#include "base/mem.h"
#include "base/rng.h"
#include "num/stats.h"
#include "snn/adam.h"
#include "snn/softmax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ann_init(struct ann *a, size_t inputs, size_t outputs)
{
    *a = (struct ann){.inputs = inputs, .outputs = outputs};
    a->weights = mem_alloc((inputs + 1) * outputs, sizeof a->weights[0]);
}

void ann_finish(struct ann *a)
{
    free(a->weights);
    *a = (struct ann){0};
}

void ann_defaults(struct ann_options *o)
{
    *o = (struct ann_options){.epochs = 30, .batch = 5, .rate = 5e-3};
}

/* z_j = b_j + sum_i x_i w_ij */
static void logits(const struct ann *a, int level_max, const uint8_t levels[],
                   size_t outputs, double z[outputs])
{
    memcpy(z, a->weights + a->inputs * outputs, outputs * sizeof z[0]);
    for (size_t i = 0; i < a->inputs; i++) {
        double x = (double)levels[i] / level_max;
        for (size_t j = 0; j < outputs && levels[i]; j++)
            z[j] += x * a->weights[i * outputs + j];
    }
}

double ann_gradient(const struct ann *a, const struct ann_images *images, size_t n,
                    const uint32_t pick[], size_t outputs, double gradient[][outputs])
{
    double u[outputs], loss = 0, share = 1. / (double)n;
    memset(gradient, 0, (a->inputs + 1) * sizeof gradient[0]);
    for (size_t m = 0; m < n; m++) {
        const uint8_t *levels = images->levels + a->inputs * pick[m];
        logits(a, images->level_max, levels, outputs, u);
        loss += share * softmax_cross_entropy(outputs, u, images->labels[pick[m]]);
        for (size_t i = 0; i <= a->inputs; i++) {
            double x = i < a->inputs ? (double)levels[i] / images->level_max : 1;
            for (size_t j = 0; j < outputs && x > 0; j++)
                gradient[i][j] += share * x * u[j];
        }
    }
    return loss;
}

static void start(struct ann *a, uint64_t seed)
{
    double bound = 1 / sqrt((double)a->inputs);
    for (size_t i = 0; i < (a->inputs + 1) * a->outputs; i++)
        a->weights[i] =
            bound * (2 * rng_uniform(seed, RNG_INIT_ANN, (uint32_t)i, 0, 0) - 1);
}

void ann_train(struct ann *a, const struct ann_images *images, size_t n,
               const uint32_t pick[], const struct ann_options *o)
{
    size_t outputs = a->outputs, weights = (a->inputs + 1) * outputs;
    size_t steps = (n + o->batch - 1) / o->batch;
    double(*gradient)[outputs] = mem_alloc(a->inputs + 1, outputs * sizeof(double));
    AUTO_FREE uint32_t *order = mem_alloc(n, sizeof order[0]);
    AUTO(adam_finish) struct adam adam;
    adam_init(&adam, weights);
    start(a, o->seed);
    for (size_t k = 0; k < (size_t)o->epochs * steps; k++) {
        size_t first = k % steps * o->batch;
        size_t count = n - first < o->batch ? n - first : o->batch;
        if (first == 0) {
            rng_permute(o->seed, RNG_SHUFFLE, (uint32_t)(k / steps), (uint32_t)n, order);
            for (size_t m = 0; m < n; m++)
                order[m] = pick[order[m]];
        }
        ann_gradient(a, images, count, order + first, outputs, gradient);
        adam_step(&adam, adam_cosine_rate(o->rate, k, (size_t)o->epochs * steps), weights,
                  gradient[0], a->weights);
    }
    free(gradient);
}

size_t ann_classify(const struct ann *a, int level_max, const uint8_t levels[])
{
    double z[a->outputs];
    logits(a, level_max, levels, a->outputs, z);
    return stats_argmax(a->outputs, z);
}

double ann_accuracy(const struct ann *a, const struct ann_images *images, size_t n,
                    const uint32_t pick[])
{
    size_t right = 0;
    for (size_t m = 0; m < n; m++)
        right +=
            ann_classify(a, images->level_max, images->levels + a->inputs * pick[m]) ==
            images->labels[pick[m]];
    return n ? (double)right / (double)n : 0;
}
