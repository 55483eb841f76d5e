#include "xbar/mapping.h"

#include "base/rng.h"
#include "num/quantise.h"

#include <math.h>

static double tuned(double target_S, const struct map_options *o, size_t cell)
{
    if (o->tuning_error == 0)
        return target_S;
    double z = rng_normal(o->seed, RNG_TUNING, (uint32_t)cell, o->trial, 0);
    return target_S * fmax(1 + o->tuning_error * z, 0.01);
}

int map_weights(size_t inputs, size_t outputs, const double w[],
                const struct map_options *o, double target_S[], struct err *e)
{
    for (size_t k = 0; k < inputs * outputs; k++) {
        if (!(w[k] >= 0 && w[k] <= 1)) {
            err_set(e, ERR_INPUT,
                    "expected weights in [0,1], found %g at input %zu, output %zu", w[k],
                    k / outputs, k % outputs);
            return err_hint(e, "a 1T1R cell has no negative conductance: train with "
                               "train.signed = no");
        }
        double q = quantise(w[k], o->bits);
        target_S[k] = tuned(o->g_low_S + q * (o->g_high_S - o->g_low_S), o, k);
    }
    return 0;
}
