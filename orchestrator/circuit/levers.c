#include "circuit/levers.h"

#include "base/mem.h"
#include "circuit/lump.h"
#include "spice/jobs.h"

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

static void held_states(const struct lever_ask *a, double state[PROBES])
{
    state[0] = state[2] = a->state[0];
    for (size_t k = 0; k < a->inputs * a->outputs; k++) {
        state[0] = fmin(state[0], a->state[k]);
        state[2] = fmax(state[2], a->state[k]);
    }
    state[1] = (state[0] + state[2]) / 2;
}

/* Cells at the read voltage with their gates held at gate_V for a whole window. */
static void held_deck(const struct lever_ask *a, double gate_V, struct jobs_deck *d)
{
    struct deck_solver solver;
    double state[PROBES];
    held_states(a, state);
    circuit_solver(a->circuit, 0, &solver);
    buf_puts(&d->text, "* spikebar: cells that are held\n");
    circuit_lines(a->circuit, &(struct circuit_head){.as = "."}, &d->text);
    buf_printf(&d->text, "Vg0 g0 0 %.17g\n", gate_V);
    for (int k = 0; k < PROBES; k++) {
        buf_printf(&d->text, "Vbl%d bl%d 0 0\nXr0c%d read g0 bl%d cell_mod x0=%.17g\n", k,
                   k, k, k, state[k]);
        buf_printf(&d->text, ".save i(vbl%d)\n", k);
        jobs_name(d, "vbl%d#branch", k);
    }
    deck_solver_lines(&solver, a->window_s, &d->text);
    buf_puts(&d->text, ".end\n");
    d->stop_s = a->window_s;
    d->folder = a->circuit->folder;
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

static int probe(const struct lever_ask *a, double *drift, double *leak_S, struct err *e)
{
    const struct cell *cell = &a->circuit->cell;
    struct pool_options pool = circuit_pool(a->circuit);
    struct jobs_deck deck[2] = {0};
    held_deck(a, cell->gate_V, &deck[0]);
    held_deck(a, 0, &deck[1]);
    int status = jobs_decks(&pool, 2, deck, e);
    for (int k = 0; k < 2 && status == 0; k++)
        if (deck[k].cause)
            status = err_set(e, ERR_SIMULATOR, "a single cell does not simulate: %s",
                             deck[k].cause);
    if (status == 0) {
        *drift = drift_of(&deck[0].trace);
        *leak_S = largest_first(&deck[1].trace) / cell->read_V;
    }
    jobs_finish(2, deck);
    return status;
}

/* ---- decisions ---- */

static void decide_cells(struct levers *l, const struct lever_ask *a, double drift)
{
    const struct circuit *c = a->circuit;
    size_t cells = a->inputs * a->outputs;
    double worst = 0;
    bool frozen = !c->study->simulate.dynamic && drift <= DRIFT_MAX;
    set(l, LEVER_FROZEN, frozen, drift,
        c->study->simulate.dynamic ? "simulate.dynamic asks for the state equation"
                                   : "reading moves the state");
    if (!frozen || c->memristor.path) {
        set(l, LEVER_LINEAR, false, 0,
            frozen ? "no closed form of the user's memristor" : "needs frozen states");
        return;
    }
    l->chord = mem_alloc(cells, sizeof *l->chord);
    for (size_t k = 0; k < cells; k++) {
        l->chord[k] = cell_chord(&c->cell, a->state[k]);
        worst = fmax(worst, fabs(cell_chord_error(&c->cell, a->state[k])));
    }
    set(l, LEVER_LINEAR, worst <= CHORD_MAX, worst, "the memristor bends too much");
}

static void decide_rows(struct levers *l, const struct lever_ask *a, bool own,
                        const char *may_couple)
{
    const struct study *s = a->circuit->study;
    bool exact = s->simulate.exact, linear = l->state[LEVER_LINEAR].on;
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
    set(l, LEVER_ROWS, linear && !exact && !own && worst <= allowed, worst,
        exact     ? "simulate.exact keeps every cell"
        : own     ? may_couple
        : !linear ? "needs linear_read"
                  : "the accuracy asked for is finer");
}

/* A file of the user's may name any cell, or couple columns. */
static void decide_structure(struct levers *l, const struct lever_ask *a)
{
    const struct study *s = a->circuit->study;
    bool own = a->circuit->include || a->circuit->own_blocks;
    const char *may_couple =
        "circuit.include, or blocks of your own, may couple cells or columns";
    double spread = l->leak_S * (double)a->inputs / s->map.g_low_S;
    set(l, LEVER_SILENT, !s->simulate.exact && !own, spread,
        s->simulate.exact ? "simulate.exact keeps every cell" : may_couple);
    decide_rows(l, a, own, may_couple);
    set(l, LEVER_END, !s->simulate.exact && !own, 0,
        s->simulate.exact ? "simulate.exact keeps the whole window"
                          : "circuit.include, or blocks of your own, may act later");
    set(l, LEVER_EDGES, s->simulate.accuracy >= EDGES_FROM, 3e-4,
        "the accuracy asked for needs four points a ramp");
    set(l, LEVER_COLUMNS, !own && a->outputs > LEVERS_COLUMNS, 0,
        own ? may_couple : "one circuit of this size is as fast");
    l->columns = l->state[LEVER_COLUMNS].on ? LEVERS_COLUMNS : a->outputs;
}

int levers_decide(struct levers *l, const struct lever_ask *a, struct err *e)
{
    double drift = 0;
    if (probe(a, &drift, &l->leak_S, e) < 0)
        return -1;
    decide_cells(l, a, drift);
    decide_structure(l, a);
    return 0;
}

void levers_finish(struct levers *l)
{
    free(l->chord);
    *l = (struct levers){0};
}
