#include "circuit/levers.h"

#include "base/mem.h"
#include "circuit/lump.h"
#include "circuit/reading.h"
#include "snn/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DRIFT_MAX 1e-6 /* relative change of a pulse's charge */
#define START_SHARE 1  /* of the accuracy asked for that a state may start off */
#define CHORD_MAX 1e-4 /* relative error of a pulse's charge */
#define LEAK_MAX 1e-6  /* of the current of the least conductive cell */
#define LUMP_SHARE 0.1 /* of the accuracy asked for that lumped rows may take */
#define EDGES_SHARE 1  /* ... that two points a ramp may take of a pulse's charge */

const char *const lever_names[LEVERS] = {"frozen_states",   "linear_read", "silent_rows",
                                         "coincident_rows", "early_end",   "coarse_edges",
                                         "column_circuits"};

static void set(struct levers *l, enum lever lever, bool on, double bound,
                const char *why)
{
    struct lever_state *s = &l->state[lever];
    s->on = on;
    s->bound = bound;
    snprintf(s->why, sizeof s->why, "%s", on ? "" : why);
}

/* ---- frozen states ---- */

static void measure(const struct lever_ask *a, struct reading_ask *ask)
{
    *ask =
        (struct reading_ask){a->circuit, a->state[0], a->state[0], 1, a->window_s, NULL};
    for (size_t k = 0; k < a->inputs * a->outputs; k++) {
        ask->low = fmin(ask->low, a->state[k]);
        ask->high = fmax(ask->high, a->state[k]);
    }
    for (size_t n = 0; n < a->examples; n++)
        for (size_t i = 0; i < a->example[n].inputs; i++)
            if (a->example[n].number[i] > ask->pulses)
                ask->pulses = a->example[n].number[i];
}

/* Largest relative change of the charge of any cell: no membrane changes by more, as
 * long as the columns are linear. */
static double largest_move(const struct lever_ask *a, const struct reading *r)
{
    double worst = 0;
    for (size_t k = 0; k < a->inputs * a->outputs; k++) {
        double charge = reading_charge(r, a->state[k]);
        worst =
            fmax(worst, charge > 0 ? reading_moved(r, a->state[k]) / charge : INFINITY);
    }
    return worst;
}

/* The same for the spikes of the examples: membranes f with fixed and g with moving
 * states have |max f - max g| <= max |f - g|, and f - g is the membrane of a network
 * whose weights are the charges that were added. The largest share of any output's
 * maximum, and never more than largest_move. */
static double example_move(const struct lever_ask *a, const struct reading *r)
{
    AUTO(network_finish) struct network fixed, moved;
    double *most = mem_alloc(2 * a->outputs, sizeof *most), *more = most + a->outputs;
    AUTO_FREE int *time_ms = mem_alloc(a->outputs, sizeof *time_ms);
    double worst = 0;
    network_init(&fixed, a->inputs, a->outputs, a->kernel);
    network_init(&moved, a->inputs, a->outputs, a->kernel);
    for (size_t k = 0; k < a->inputs * a->outputs; k++) {
        fixed.weights[k] = reading_charge(r, a->state[k]) / r->charge_C[0];
        moved.weights[k] = reading_moved(r, a->state[k]) / r->charge_C[0];
    }
    for (size_t n = 0; n < a->examples; n++) {
        network_maxima(&fixed, &a->example[n], a->outputs, most, time_ms);
        network_maxima(&moved, &a->example[n], a->outputs, more, time_ms);
        for (size_t j = 0; j < a->outputs; j++)
            worst = fmax(worst, most[j] > 0 ? more[j] / most[j] : 0);
    }
    free(most);
    return worst;
}

/* On if no cell's charge changes by more than DRIFT_MAX; the bound is that of the
 * examples, if there are some. */
static void decide_frozen(struct levers *l, const struct lever_ask *a,
                          const struct reading *r)
{
    bool dynamic = a->circuit->study->simulate.dynamic;
    double move = largest_move(a, r);
    bool starts = r->start <= START_SHARE * a->circuit->study->simulate.accuracy / 100;
    l->start_off = starts ? 0 : r->start;
    set(l, LEVER_FROZEN, !dynamic && starts && move <= DRIFT_MAX,
        a->examples ? example_move(a, r) : move,
        dynamic  ? "simulate.dynamic asks for the state equation"
        : starts ? "reading moves the state"
                 : "simulations do not start from the state asked for");
}

/* ---- resistors in place of cells ---- */

/* Ours: its chord at full gate voltage against the closed form, in each cell. The user's:
 * its chord against the simulation at some states, and what interpolation adds between.
 * A resistor that has the charge instead would be allowed more bending, but not hold
 * where a virtual ground is not quite at ground. */
static void decide_linear(struct levers *l, const struct lever_ask *a,
                          const struct reading *r)
{
    const struct cell *c = &a->circuit->cell;
    size_t cells = a->inputs * a->outputs;
    double worst = r->linear;
    const char *lacks = !l->state[LEVER_FROZEN].on ? "needs frozen states"
                        : a->circuit->own_blocks   ? "no closed form of cells of your own"
                                                   : NULL;
    if (lacks) {
        set(l, LEVER_LINEAR, false, 0, lacks);
        return;
    }
    l->chord = mem_alloc(cells, sizeof *l->chord);
    for (size_t k = 0; k < cells; k++) {
        l->chord[k] = statemap_chord(l->sampled, c, a->state[k]);
        if (!l->sampled)
            worst = fmax(worst, fabs(cell_chord_error(c, a->state[k])));
    }
    if (l->sampled)
        worst += statemap_chord_error(l->sampled, c);
    set(l, LEVER_LINEAR, worst <= CHORD_MAX, worst, "the memristor bends too much");
}

/* What sets the time constants of a column; the kernel has those of the variant's file.
 */
static const char *const slow[] = {"c_syn",  "v_tau_syn", "w_tau",     "l_tau",
                                   "v_dd",   "v_nwell",   "c_mem",     "v_tau_mem",
                                   "w_leak", "l_leak",    "vth0_leak", "v_thr"};

static bool kernel_holds(const struct param_table *t)
{
    for (size_t k = 0; k < sizeof slow / sizeof slow[0]; k++)
        if (param_changed(t, slow[k]))
            return false;
    return true;
}

static void decide_rows(struct levers *l, const struct lever_ask *a, bool own,
                        const char *may_couple)
{
    const struct study *s = a->circuit->study;
    bool exact = s->simulate.exact, linear = l->state[LEVER_LINEAR].on;
    bool holds = kernel_holds(&a->circuit->params);
    double worst = 0, allowed = LUMP_SHARE * s->simulate.accuracy / 100;
    if (linear) {
        const struct cell *cell = &a->circuit->cell;
        double low = INFINITY, high = 0;
        for (size_t k = 0; k < a->inputs * a->outputs; k++) {
            low = fmin(low, l->chord[k]);
            high = fmax(high, l->chord[k]);
        }
        worst = lump_error(cell, lump_moved(cell, low, high), a->kernel->tau_syn_s,
                           a->kernel->tau_mem_s);
    }
    set(l, LEVER_ROWS, linear && holds && !exact && !own && worst <= allowed, worst,
        exact     ? "simulate.exact keeps every cell"
        : own     ? may_couple
        : !linear ? "needs linear_read"
        : !holds  ? "the time constants are no longer those that were calibrated"
                  : "the accuracy asked for is finer");
}

/* ---- the structure of a deck ---- */

/* Inputs that are left out are a leakage; which of them changes from image to image, so
 * their cells must leak alike. The bound is of the current of a cell at map.g_low. */
static void decide_silent(struct levers *l, const struct lever_ask *a,
                          const struct reading *r, const char *keeps)
{
    double differ_S = r->leak_high_S - r->leak_low_S;
    double error = differ_S * (double)a->inputs / a->circuit->study->map.g_low_S;
    l->leak_counts = !(error <= LEAK_MAX);
    l->leak_S = l->leak_counts ? 0 : r->leak_high_S;
    set(l, LEVER_SILENT, !keeps && !l->leak_counts, error,
        keeps ? keeps : "select transistors leak, and not all alike");
}

static void decide_edges(struct levers *l, const struct lever_ask *a,
                         const struct reading *r)
{
    double allowed = EDGES_SHARE * a->circuit->study->simulate.accuracy / 100;
    set(l, LEVER_EDGES, r->coarse <= allowed, r->coarse,
        "the accuracy asked for needs four points on ramps like these");
}

/* A file of the user's may name any cell, or couple columns. */
static void decide_structure(struct levers *l, const struct lever_ask *a,
                             const struct reading *r)
{
    bool exact = a->circuit->study->simulate.exact;
    bool own = a->circuit->include || a->circuit->own_blocks;
    const char *may_couple =
        "circuit.include, or blocks of your own, may couple cells or columns";
    decide_silent(l, a, r,
                  exact ? "simulate.exact keeps every cell"
                  : own ? may_couple
                        : NULL);
    decide_rows(l, a, own, may_couple);
    set(l, LEVER_END, !exact && !own, 0,
        exact ? "simulate.exact keeps the whole window"
              : "circuit.include, or blocks of your own, may act later");
    decide_edges(l, a, r);
    set(l, LEVER_COLUMNS, !own && a->outputs > LEVERS_COLUMNS, 0,
        own ? may_couple : "one circuit of this size is as fast");
    l->columns = l->state[LEVER_COLUMNS].on ? LEVERS_COLUMNS : a->outputs;
}

/* Between the states that the array holds; of one state for all cells, its whole range.
 */
static int sample(struct statemap *m, const struct reading_ask *a, struct err *e)
{
    bool differ = a->high > a->low;
    return statemap_sample(m, a->circuit, differ ? a->low : 0, differ ? a->high : 1, e);
}

int levers_decide(struct levers *l, const struct lever_ask *a, struct err *e)
{
    struct reading_ask ask;
    struct reading r;
    measure(a, &ask);
    if (a->circuit->memristor.path && !a->circuit->own_blocks) {
        l->sampled = mem_alloc(1, sizeof *l->sampled);
        if (sample(l->sampled, &ask, e) < 0)
            return -1;
        ask.sampled = l->sampled;
    }
    if (reading_measure(&r, &ask, e) < 0)
        return -1;
    decide_frozen(l, a, &r);
    decide_linear(l, a, &r);
    decide_structure(l, a, &r);
    return 0;
}

void levers_finish(struct levers *l)
{
    free(l->chord);
    free(l->sampled);
    *l = (struct levers){0};
}
