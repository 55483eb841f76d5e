#include "app/levers.h"

#include "spice/jobs.h"
#include "app/experiment.h"
#include "app/lump.h"
#include "app/simulate.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRIFT_MAX 1e-6 /* relative change of a cell's current over a window */
#define CHORD_MAX 1e-4 /* relative error of a spike's charge */
#define LUMP_SHARE 0.1 /* of the accuracy asked for that lumped rows may take */
#define EDGES_FROM                                                                       \
    0.05 /* percent: below this accuracy asked for, ramps get four points */

const char *const lever_names[LEVERS] = {"frozen_states",   "linear_read", "silent_rows",
                                         "coincident_rows", "early_end",   "coarse_edges",
                                         "column_circuits"};

double levers_step_s(const struct study *s)
{
    if (s->simulate.step_s > 0)
        return s->simulate.step_s;
    return fmin(fmax(0.2913e-3 * sqrt(s->simulate.accuracy / 0.1), 1e-6), 2e-3);
}

static void set(struct levers *l, enum lever lever, bool on, double bound,
                const char *why)
{
    struct lever_state *s = &l->state[lever];
    s->on = on;
    s->bound = bound;
    snprintf(s->why, sizeof s->why, "%s", on ? "" : why);
}

/* ---- what a cell does when it is read, and when it is not ---- */

enum { PROBES = 3 }; /* states: the lowest, the middle, the highest of the array */

static void probe_states(const struct experiment *x, double state[PROBES])
{
    state[0] = state[2] = x->state[0];
    for (size_t k = 0; k < x->inputs * x->outputs; k++) {
        state[0] = fmin(state[0], x->state[k]);
        state[2] = fmax(state[2], x->state[k]);
    }
    state[1] = (state[0] + state[2]) / 2;
}

/* Cells at the read voltage with their gates held at gate_V for a whole window. */
static void probe_deck(const struct experiment *x, double gate_V, struct jobs_deck *d)
{
    struct deck_circuit circuit = {.circuit = ".",
                                   .variant = x->variant,
                                   .params = &x->params,
                                   .memristor = &x->memristor,
                                   .model = x->model,
                                   .extra = x->include};
    struct deck_solver solver;
    double state[PROBES], window_s = 1e-3 * x->coding.window_ms;
    probe_states(x, state);
    experiment_solver(x, &solver);
    buf_puts(&d->text, "* spikebar: cells that are held\n");
    deck_circuit_lines(&circuit, &d->text);
    buf_printf(&d->text, "Vg0 g0 0 %.17g\n", gate_V);
    for (int k = 0; k < PROBES; k++) {
        buf_printf(&d->text, "Vbl%d bl%d 0 0\nXr0c%d read g0 bl%d cell_mod x0=%.17g\n", k,
                   k, k, k, state[k]);
        buf_printf(&d->text, ".save i(vbl%d)\n", k);
        jobs_name(d, "vbl%d#branch", k);
    }
    deck_solver_lines(&solver, window_s, &d->text);
    buf_puts(&d->text, ".end\n");
    d->stop_s = window_s;
    d->folder = x->circuit;
}

/* Largest relative change of a current from the first to the last point. */
static double drift_of(const struct trace *t)
{
    double worst = 0;
    for (size_t k = 0; k < t->count; k++) {
        double first = t->value[k][0], last = t->value[k][t->points - 1];
        worst = fmax(worst, first != 0 ? fabs(last / first - 1) : INFINITY);
    }
    return worst;
}

static double largest_first(const struct trace *t)
{
    double largest = 0;
    for (size_t k = 0; k < t->count; k++)
        largest = fmax(largest, fabs(t->value[k][0]));
    return largest;
}

static int probe(struct experiment *x, double *drift, double *leak_S, struct err *e)
{
    struct pool_options pool = simulate_pool(x->study);
    struct jobs_deck deck[2] = {0};
    probe_deck(x, x->cell.gate_V, &deck[0]);
    probe_deck(x, 0, &deck[1]);
    int status = jobs_decks(&pool, 2, deck, e);
    for (int k = 0; k < 2 && status == 0; k++)
        if (deck[k].cause)
            status = err_set(e, ERR_SIMULATOR, "a single cell does not simulate: %s",
                             deck[k].cause);
    if (status == 0) {
        *drift = drift_of(&deck[0].trace);
        *leak_S = largest_first(&deck[1].trace) / x->cell.read_V;
    }
    jobs_finish(2, deck);
    return status;
}

/* ---- decisions ---- */

static void decide_cells(struct experiment *x, double drift)
{
    struct levers *l = &x->levers;
    size_t cells = x->inputs * x->outputs;
    double worst = 0;
    bool frozen = !x->study->simulate.dynamic && drift <= DRIFT_MAX;
    set(l, LEVER_FROZEN, frozen, drift,
        x->study->simulate.dynamic ? "simulate.dynamic asks for the state equation"
                                   : "reading moves the state");
    if (!frozen || x->memristor.path) {
        set(l, LEVER_LINEAR, false, 0,
            frozen ? "no closed form of the user's memristor" : "needs frozen states");
        return;
    }
    l->chord = mem_alloc(cells, sizeof *l->chord);
    for (size_t k = 0; k < cells; k++) {
        l->chord[k] = cell_chord(&x->cell, x->state[k]);
        worst = fmax(worst, fabs(cell_chord_error(&x->cell, x->state[k])));
    }
    set(l, LEVER_LINEAR, worst <= CHORD_MAX, worst, "the memristor bends too much");
}

static void decide_rows(struct experiment *x, bool own, const char *may_couple)
{
    struct levers *l = &x->levers;
    bool exact = x->study->simulate.exact, linear = l->state[LEVER_LINEAR].on;
    double worst = 0, allowed = LUMP_SHARE * x->study->simulate.accuracy / 100;
    if (linear) {
        double low = INFINITY, high = 0;
        for (size_t k = 0; k < x->inputs * x->outputs; k++) {
            low = fmin(low, l->chord[k]);
            high = fmax(high, l->chord[k]);
        }
        const struct kernel *k = &x->network.kernel;
        worst = lump_error(&x->cell, lump_moved(&x->cell, low, high), k->tau_syn_s,
                           k->tau_mem_s);
    }
    set(l, LEVER_ROWS, linear && !exact && !own && worst <= allowed, worst,
        exact     ? "simulate.exact keeps every cell"
        : own     ? may_couple
        : !linear ? "needs linear_read"
                  : "the accuracy asked for is finer");
}

/* A file of the user's may name any cell, or couple columns. */
static void decide_structure(struct experiment *x)
{
    struct levers *l = &x->levers;
    const struct study *s = x->study;
    bool own = s->circuit.include[0] || x->own_blocks;
    const char *may_couple =
        "circuit.include, or blocks of your own, may couple cells or columns";
    double spread = l->leak_S * (double)x->inputs / s->map.g_low_S;
    set(l, LEVER_SILENT, !s->simulate.exact && !own, spread,
        s->simulate.exact ? "simulate.exact keeps every cell" : may_couple);
    decide_rows(x, own, may_couple);
    set(l, LEVER_END, !s->simulate.exact && !own, 0,
        s->simulate.exact ? "simulate.exact keeps the whole window"
                          : "circuit.include, or blocks of your own, may act later");
    set(l, LEVER_EDGES, s->simulate.accuracy >= EDGES_FROM, 3e-4,
        "the accuracy asked for needs four points a ramp");
    set(l, LEVER_COLUMNS, !own && x->outputs > LEVERS_COLUMNS, 0,
        own ? may_couple : "one circuit of this size is as fast");
    l->columns = l->state[LEVER_COLUMNS].on ? LEVERS_COLUMNS : x->outputs;
}

int levers_decide(struct experiment *x, struct err *e)
{
    double drift = 0;
    if (probe(x, &drift, &x->levers.leak_S, e) < 0)
        return -1;
    decide_cells(x, drift);
    decide_structure(x);
    return 0;
}

void levers_finish(struct levers *l)
{
    free(l->chord);
    *l = (struct levers){0};
}
