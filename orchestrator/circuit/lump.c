#include "circuit/lump.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool same_spikes(const struct deck_spikes *a, const struct deck_spikes *b)
{
    return a->count == b->count &&
           memcmp(a->time_s, b->time_s, a->count * sizeof *a->time_s) == 0;
}

static bool joins(const struct cell *c, const struct deck_spikes *s)
{
    double length_s = c->rise_s + c->width_s + c->fall_s;
    for (size_t k = 1; k < s->count; k++)
        if (s->time_s[k] <= s->time_s[k - 1] + length_s)
            return true;
    return false;
}

/* The first row with the spikes of row i. */
static size_t first_like(const struct deck_spikes *spikes, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_spikes(&spikes[k], &spikes[i]))
            return k;
    return i;
}

void lump_rows(const struct cell *c, size_t inputs, size_t outputs,
               const struct deck_spikes spikes[inputs], const double ohm[],
               struct lump *l)
{
    AUTO_FREE size_t *leader = mem_alloc(inputs, sizeof *leader);
    AUTO_FREE double *charge_C = mem_alloc(inputs * outputs, sizeof *charge_C);
    l->copies = mem_alloc(inputs, sizeof *l->copies);
    l->ohm = mem_alloc(inputs * outputs, sizeof *l->ohm);
    memcpy(l->ohm, ohm, inputs * outputs * sizeof *ohm);
    for (size_t i = 0; i < inputs; i++) {
        leader[i] = spikes[i].count && !joins(c, &spikes[i]) ? first_like(spikes, i) : i;
        l->copies[leader[i]]++;
    }
    for (size_t i = 0; i < inputs; i++)
        if (l->copies[leader[i]] > 1)
            for (size_t j = 0; j < outputs; j++)
                charge_C[leader[i] * outputs + j] +=
                    cell_resistor_charge(c, ohm[i * outputs + j]);
    for (size_t i = 0; i < inputs; i++)
        if (l->copies[i] > 1)
            for (size_t k = i * outputs; k < (i + 1) * outputs; k++)
                l->ohm[k] = cell_resistor_for(c, charge_C[k] / (double)l->copies[i]);
}

void lump_finish(struct lump *l)
{
    free(l->copies);
    free(l->ohm);
    *l = (struct lump){0};
}

/* One cell of `one` ohm and n of `others`, as n + 1 equal ones. */
static double moved_of(const struct cell *c, double one, double others, double n)
{
    double charge_C = cell_resistor_charge(c, one) + n * cell_resistor_charge(c, others);
    double current_A = cell_resistor_current(c, one, c->gate_V) +
                       n * cell_resistor_current(c, others, c->gate_V);
    double equal = cell_resistor_for(c, charge_C / (n + 1));
    return (n + 1) * cell_resistor_current(c, equal, c->gate_V) / current_A - 1;
}

double lump_moved(const struct cell *c, double low_ohm, double high_ohm)
{
    double worst = 0;
    for (int n = 1; n <= 32; n++) {
        worst = fmax(worst, fabs(moved_of(c, low_ohm, high_ohm, n)));
        worst = fmax(worst, fabs(moved_of(c, high_ohm, low_ohm, n)));
    }
    return worst;
}

double lump_error(const struct cell *c, double moved, double tau_syn_s, double tau_mem_s)
{
    double d = (c->rise_s + c->width_s + c->fall_s) / 2;
    double skew = fabs(c->rise_s - c->fall_s) / (c->rise_s + c->fall_s);
    return moved * (d * d / (2 * tau_syn_s * tau_mem_s) + skew * d / tau_syn_s);
}
