/* Training of the native network: cross-entropy on the membrane maxima.
 *
 *     L = mean over the images of -ln p_label,  p = softmax(s max_t v_j(t))     (1)
 *
 * with Adam; positive weights are clipped to [0, 1] after each step. The maximum's
 * derivative is taken at its time, d max_j / d w_ij = k(t* - t_i), which is exact
 * wherever that time is unique. Everything follows from the seed.
 *
 *     struct train_options o;
 *     train_defaults(&o);
 *     if (train_network(&n, &train, &test, &o, &result, &e) < 0)
 *         return -1;
 *
 * The test samples are only reported on: nothing is chosen by them.
 */
#pragma once

#include "base/err.h"
#include "snn/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct train_epoch {
    int epoch, epochs;           /* 1 .. epochs */
    double loss;                 /* mean of (1) during the epoch, with noise */
    double train_accuracy_noisy; /* during the epoch: each batch with the weights of its
                                    step and their noise */
    double test_accuracy;        /* of the weights at its end; nan without test samples */
    double rate, scale;          /* at its end */
};

struct train_options {
    uint64_t seed;
    int epochs;        /* 30 */
    size_t batch;      /* 5 images a step */
    double rate;       /* Adam's, first epoch; falls to 0 as half a cosine */
    double scale;      /* s of (1) at the start */
    bool train_scale;  /* s is a parameter too */
    bool positive;     /* weights in [0, 1]; otherwise free */
    double start_high; /* weights start uniform in (0, start_high); 0: 0.5, and 1 with
                          one or two bits, which must start on several levels */
    double noise;      /* each weight is w (1 + noise z), z ~ N(0, 1) drawn anew for each
                          batch; the gradient is applied to w. 0 for none */
    int bits;          /* 2^bits levels in [0, 1], straight-through; 0 for none */

    /* Called after each epoch; training stops early if it returns false. May be NULL. */
    bool (*on_epoch)(void *context, const struct train_epoch *epoch);
    void *context;
};

struct train_result {
    int epochs;                           /* done */
    double scale, loss;                   /* as of the last epoch */
    double train_accuracy, test_accuracy; /* of the weights that come out, no noise */
    double train_accuracy_noisy;          /* of the last epoch; nan if there was none */
};

/* What reaches the reference figures with positive weights (see train.c). */
void train_defaults(struct train_options *o);
void train_defaults_signed(struct train_options *o);

/* Sets the weights of n, quantised if bits are given; n->w_offset takes part. `test`
 * may be NULL. ERR_USAGE where an option is out of range or there are no samples;
 * ERR_INTERRUPTED is not among the errors: an early stop is a result. */
MUST_USE int train_network(struct network *n, const struct samples *train,
                           const struct samples *test, const struct train_options *o,
                           struct train_result *result, struct err *e);

/* Equation (1) over the images pick[0 .. count-1] and its derivatives.
 * in:        n, s, scale, pick
 * out:       gradient d L / d w_ij [inputs][outputs], *d_scale d L / d s, *right the
 *            number of images with the right class
 * workspace: drive, s->volleys_max rows
 * returns L. Test: Taylor remainder in a random direction of w and s. */
double train_gradient(const struct network *n, const struct samples *s, double scale,
                      size_t count, const uint32_t pick[count], size_t outputs,
                      double gradient[][outputs], double *d_scale, size_t *right,
                      double drive[][outputs]);
