/* The yardstick without spikes: one softmax layer with signed weights.
 *
 *     p = softmax(x W + b),   x_i = level_i / level_max
 *
 * trained with cross-entropy and Adam over the same epochs and batches as the spiking
 * network. Axis order of W [input][output]. The struct owns its weights.
 *
 *     struct ann a;
 *     ann_init(&a, 64, 10);
 *     ann_train(&a, &images, split.train_count, split.train, &options);
 *     accuracy = ann_accuracy(&a, &images, split.test_count, split.test);
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ann {
    size_t inputs, outputs;
    double *weights; /* [inputs + 1][outputs], the last row is b */
};

/* Images that someone else owns. */
struct ann_images {
    size_t count;
    int level_max;
    const uint8_t *levels; /* [count][inputs] */
    const uint8_t *labels; /* [count], below ann.outputs */
};

struct ann_options {
    uint64_t seed;
    int epochs;   /* 30 */
    size_t batch; /* 5 */
    double rate;  /* 5e-3; falls to 0 as half a cosine */
};

void ann_init(struct ann *a, size_t inputs, size_t outputs);
void ann_finish(struct ann *a); /* may be called twice */

void ann_defaults(struct ann_options *o);

/* Trains on the images pick[0 .. n-1], from weights uniform in +-1/sqrt(inputs). */
void ann_train(struct ann *a, const struct ann_images *images, size_t n,
               const uint32_t pick[], const struct ann_options *o);

/* Mean loss over pick[0 .. n-1]; out: gradient [inputs + 1][outputs]. Test: Taylor
 * remainder. */
double ann_gradient(const struct ann *a, const struct ann_images *images, size_t n,
                    const uint32_t pick[], size_t outputs, double gradient[][outputs]);

size_t ann_classify(const struct ann *a, int level_max, const uint8_t levels[]);
double ann_accuracy(const struct ann *a, const struct ann_images *images, size_t n,
                    const uint32_t pick[]);
