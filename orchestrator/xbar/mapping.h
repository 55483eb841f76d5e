/* From weights to conductances.
 *
 * Axis order [input][output] throughout. The target conductance of a cell is
 *   G = g_low + w (g_high - g_low),   w in [0,1], rounded to 2^bits levels if asked,
 * times 1 + e for a cell whose tuning went wrong by the relative error e. The network
 * that has the same conductances has the weights G/(g_high - g_low): a weight of 0 is
 * g_low, not nothing.
 *
 *     map_weights(64, 10, w, &options, target, e);
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct map_options {
    double g_low_S, g_high_S; /* conductance of w = 0 and of w = 1 */
    int bits;                 /* 2^bits equally spaced levels; 0 = continuous */
    double tuning_error;      /* standard deviation of the relative error, 0.03 = 3 % */
    uint64_t seed;
    uint32_t trial; /* which draw of the errors */
};

/* in    w[inputs][outputs]       weights, 0 .. 1
 * out   target[inputs][outputs]  conductance that the cell shall have, S, errors included
 * The tuning error is a normal draw of its own for each cell (RNG_TUNING, cell index
 * input * outputs + output, and trial), cut where less than 1 % of the conductance would be left.
 * A weight outside [0,1] is an error that names the cell. Source: paper 1, section 3.4
 * (tuning error); design figures in tests/xbar. */
MUST_USE int map_weights(size_t inputs, size_t outputs, const double w[],
                         const struct map_options *o, double target_S[], struct err *e);
