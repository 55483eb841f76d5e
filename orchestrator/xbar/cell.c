#include "xbar/cell.h"

#include <assert.h>
#include <math.h>

/* Voltage that the cell needs for the current i, V, and its slope in ohm. */
static double needed_V(const struct cell *c, double g, double u, double i, double *slope)
{
    double r = i / (g * c->v_0_V), root = sqrt(fmax(u * u - 2 * i / c->beta_A_V2, 0));
    *slope = 1 / (g * sqrt(1 + r * r)) + c->r_s_ohm + 1 / (c->beta_A_V2 * root);
    return c->v_0_V * asinh(r) + c->r_s_ohm * i + u - root;
}

double cell_current(const struct cell *c, double x, double gate_V)
{
    double g = c->g_min_S + x * (c->g_max_S - c->g_min_S), slope;
    double u = gate_V - c->vto_V, low = 0;
    if (u <= 0 || g <= 0)
        return 0;
    double high = c->beta_A_V2 * u * u / 2;
    if (needed_V(c, g, u, high, &slope) <= c->read_V)
        return high; /* the transistor saturates */
    high = fmin(high, g * c->v_0_V * sinh(c->read_V / c->v_0_V));
    double i = low;
    for (int k = 0; k < 100;
         k++) { /* Newton's steps, halving where they leave [low, high] */
        double lack_V = c->read_V - needed_V(c, g, u, i, &slope);
        *(lack_V > 0 ? &low : &high) = i;
        double next = i + lack_V / slope;
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next - i) <= 1e-15 * high)
            return next;
        i = next;
    }
    return i;
}

/* The overdrive at which the transistor leaves saturation, V: there it carries
 * beta u^2/2 with v_ds = u. */
static double saturation_ends_V(const struct cell *c, double g)
{
    double low = 0, high = c->read_V, slope;
    for (int k = 0; k < 60; k++) {
        double u = (low + high) / 2, i = c->beta_A_V2 * u * u / 2;
        *(needed_V(c, g, u, i, &slope) < c->read_V ? &low : &high) = u;
    }
    return low;
}

/* Mean current over a ramp, in which the gate runs from threshold to full height: up to
 * the overdrive u_0 beta u^2/2, whose integral is beta u^3/6, then Simpson's rule with
 * u - u_0 = s^2, dense at the start. device: what `current` takes, a state or ohm. */
static double mean_over_ramp(const struct cell *c, double u_0, int panels,
                             double (*current)(const struct cell *c, double device,
                                               double gate_V),
                             double device)
{
    double top = sqrt(c->gate_V - c->vto_V - u_0), sum = 0;
    for (int k = 0; k <= panels; k++) {
        double s = top * k / panels;
        double weight = k == 0 || k == panels ? 1 : k % 2 ? 4 : 2;
        sum += weight * 2 * s * current(c, device, c->vto_V + u_0 + s * s);
    }
    return (c->beta_A_V2 * u_0 * u_0 * u_0 / 6 + sum * top / panels / 3) / c->gate_V;
}

double cell_resistor_current(const struct cell *c, double ohm, double gate_V)
{
    double u = gate_V - c->vto_V, beta = c->beta_A_V2;
    if (u <= 0)
        return 0;
    if (u < c->read_V && ohm * beta * u * u / 2 <= c->read_V - u)
        return beta * u * u / 2;
    /* beta ohm v^2/2 - b v + read_V = 0, the smaller root in its stable form */
    double b = 1 + beta * ohm * u;
    double v = 2 * c->read_V / (b + sqrt(fmax(b * b - 2 * beta * ohm * c->read_V, 0)));
    return (c->read_V - v) / ohm;
}

/* The transistor saturates up to u_0 = read_V - ohm beta u_0^2/2. */
double cell_resistor_charge(const struct cell *c, double ohm)
{
    double u_0 = 2 * c->read_V / (1 + sqrt(1 + 2 * c->beta_A_V2 * ohm * c->read_V));
    return c->width_s * cell_resistor_current(c, ohm, c->gate_V) +
           (c->rise_s + c->fall_s) *
               mean_over_ramp(c, u_0, 32, cell_resistor_current, ohm);
}

double cell_resistor_carrying(const struct cell *c, double current_A)
{
    double u = c->gate_V - c->vto_V, square = u * u - 2 * current_A / c->beta_A_V2;
    double ohm = (c->read_V - u + sqrt(fmax(square, 0))) / current_A;
    return current_A > 0 && square > 0 && ohm > 0 ? ohm : INFINITY;
}

double cell_resistor_for(const struct cell *c, double charge_C)
{
    double ohm = c->read_V * cell_on_time(c) / charge_C;
    assert(charge_C > 0);
    for (int k = 0; k < 60; k++) { /* the fixed point of cell_state_for */
        double ratio = cell_resistor_charge(c, ohm) / charge_C;
        ohm *= ratio;
        if (fabs(ratio - 1) < 1e-12)
            break;
    }
    return ohm;
}

double cell_charge(const struct cell *c, double x)
{
    double u_0 = saturation_ends_V(c, c->g_min_S + x * (c->g_max_S - c->g_min_S));
    return c->width_s * cell_current(c, x, c->gate_V) +
           (c->rise_s + c->fall_s) * mean_over_ramp(c, u_0, 64, cell_current, x);
}

double cell_on_time(const struct cell *c)
{
    return c->width_s + (c->rise_s + c->fall_s) * (1 - c->vto_V / c->gate_V);
}

double cell_turn_on(const struct cell *c)
{
    return c->rise_s * c->vto_V / c->gate_V;
}

/* Fixed point: scale the device by what the charge lacks. The map contracts by the
 * share of the resistance that is not the memristor's (some 5 % at 200 uS). */
double cell_state_for(const struct cell *c, double target_S)
{
    double wanted_C = target_S * c->read_V * cell_on_time(c);
    double g = target_S, span = c->g_max_S - c->g_min_S;
    assert(target_S > 0 && span > 0);
    for (int k = 0; k < 60; k++) {
        double ratio = wanted_C / cell_charge(c, (g - c->g_min_S) / span);
        g *= ratio;
        if (fabs(ratio - 1) < 1e-13)
            break;
    }
    return (g - c->g_min_S) / span;
}

double cell_chord(const struct cell *c, double x)
{
    double g = c->g_min_S + x * (c->g_max_S - c->g_min_S);
    double i = cell_current(c, x, c->gate_V);
    return c->v_0_V * asinh(i / (g * c->v_0_V)) / i + c->r_s_ohm;
}

double cell_chord_error(const struct cell *c, double x)
{
    return cell_resistor_charge(c, cell_chord(c, x)) / cell_charge(c, x) - 1;
}
