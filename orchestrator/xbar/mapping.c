#include "xbar/mapping.h"

#include "base/rng.h"
#include "num/quantise.h"

#include <math.h>

struct map_options map_defaults(void)
{
    return (struct map_options){
        .g_low_S = 5.7e-6, .g_high_S = 200e-6, .compensate = true};
}

static double tuned(double target_S, const struct map_options *o, size_t cell)
{
    if (o->tuning_error == 0)
        return target_S;
    double z = rng_normal(o->seed, RNG_TUNING, (uint32_t)cell, 0, 0);
    return target_S * fmax(1 + o->tuning_error * z, 0.01);
}

int map_weights(size_t inputs, size_t outputs, double w[inputs][outputs],
                const struct map_options *o, const struct cell *c,
                double target_S[inputs][outputs], double state[inputs][outputs],
                struct err *e)
{
    double span = c->g_max_S - c->g_min_S;
    for (size_t i = 0; i < inputs; i++)
        for (size_t j = 0; j < outputs; j++) {
            if (!(w[i][j] >= 0 && w[i][j] <= 1)) {
                err_set(e, ERR_INPUT,
                        "expected weights in [0,1], found %g at input %zu, output %zu",
                        w[i][j], i, j);
                return err_hint(e, "a 1T1R cell has no negative conductance: train with "
                                   "train.signed = no");
            }
            double q = quantise(w[i][j], o->bits);
            double g = o->g_low_S + q * (o->g_high_S - o->g_low_S);
            target_S[i][j] = tuned(g, o, i * outputs + j);
            state[i][j] = o->compensate ? cell_state_for(c, target_S[i][j])
                                        : (target_S[i][j] - c->g_min_S) / span;
        }
    return 0;
}
