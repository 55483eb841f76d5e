#include "xbar/writing.h"

#include <math.h>
#include <stdbool.h>

/* Conductance at the inner voltage vi (magnitude) that a slow ramp leaves, S. */
static double conductance(const struct writing_law *l, bool sets, double vi)
{
    const struct cell *c = &l->cell;
    double span = c->g_max_S - c->g_min_S;
    if (sets)
        return c->g_min_S +
               span * fmin(fmax((vi - l->v_set_V) / (l->v_full_V - l->v_set_V), 0), 1);
    double v_e = (l->v_off_V - l->v_reset_V) / log(c->g_max_S / c->g_min_S);
    return fmin(fmax(c->g_max_S * exp(-fmax(vi - l->v_reset_V, 0) / v_e), c->g_min_S),
                c->g_max_S);
}

static double transistor(const struct cell *c, double vgs, double vds)
{
    double u = vgs - c->vto_V;
    if (u <= 0)
        return 0;
    return vds < u ? c->beta_A_V2 * (u * vds - vds * vds / 2) : c->beta_A_V2 * u * u / 2;
}

/* What the transistor carries less what the memristor takes, with vi within it. */
static double excess(const struct writing_law *l, enum writing_way way, double supply_V,
                     double gate_V, double vi, double *v)
{
    const struct cell *c = &l->cell;
    bool sets = way == WRITING_MOD_SET || way == WRITING_MOS_SET;
    double i = conductance(l, sets, vi) * c->v_0_V * sinh(vi / c->v_0_V);
    *v = vi + c->r_s_ohm * i;
    double left = supply_V - *v, vgs = gate_V;
    if (left <= 0)
        return -i;
    if (way == WRITING_MOD_RESET_SOURCE || way == WRITING_MOS_SET)
        vgs = gate_V - *v;
    else if (way == WRITING_MOD_RESET_TOP)
        vgs = gate_V + left;
    return transistor(c, vgs, left) - i;
}

/* While resetting, the memristor's current falls in sum over voltage but for a hump at
 * v_reset, so the root sought is the outermost: the ramp gets over the hump. */
double writing_voltage(const struct writing_law *law, enum writing_way way,
                       double supply_V, double gate_V)
{
    enum { STEPS = 4000 };
    double v = 0, low = 0, high = supply_V;
    for (int k = STEPS; k > 0; k--) {
        low = supply_V * (k - 1) / STEPS;
        high = supply_V * k / STEPS;
        if (excess(law, way, supply_V, gate_V, low, &v) > 0)
            break;
    }
    for (int k = 0; k < 60; k++) {
        double middle = (low + high) / 2;
        *(excess(law, way, supply_V, gate_V, middle, &v) > 0 ? &low : &high) = middle;
    }
    excess(law, way, supply_V, gate_V, (low + high) / 2, &v);
    return v;
}
