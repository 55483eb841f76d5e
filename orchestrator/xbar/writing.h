/* Writing a 1T1R cell in closed form: how the supply divides between memristor and
 * select transistor when everything has come to rest.
 *
 * Memristor: i = g(x) v_0 sinh(vi/v_0), v = vi + r_s i, with the state that a slow ramp
 * to v leaves: x = xs(vi) after a set from 0, x = xr(vi) after a reset from 1
 * (models/memristor.sub). Transistor: level-1 square law. Ways, and what the transistor
 * sees with v on the memristor, supply V and gate G:
 *   MOD set, MOS reset      vgs = G,              vds = V - v
 *   MOD reset by + on the source line, MOS set (the memristor lifts the source)
 *                           vgs = G - v,          vds = V - v
 *   MOD reset by - on the top electrode (the drain becomes the source)
 *                           vgs = G + (V - v),    vds = V - v
 *
 *     double v = writing_voltage(&law, WRITING_MOD_SET, 2, 2);
 */
#pragma once

#include "xbar/cell.h"

struct writing_law {
    struct cell cell;
    double v_set_V, v_full_V, v_reset_V, v_off_V; /* models/memristor.param */
};

enum writing_way {
    WRITING_MOD_SET,
    WRITING_MOD_RESET_SOURCE,
    WRITING_MOD_RESET_TOP,
    WRITING_MOS_SET,
    WRITING_MOS_RESET
};

/* Magnitude of the voltage on the memristor, electrodes included, V. Never more than
 * the supply; where the memristor lifts the source never more than gate - threshold.
 * Source: paper 1, Table 1. Test: tests/xbar, against ngspice and the bounds. */
double writing_voltage(const struct writing_law *law, enum writing_way way,
                       double supply_V, double gate_V);
