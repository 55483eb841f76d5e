#include "circuit/reading.h"

#include "base/mem.h"
#include "num/line.h"
#include "spice/jobs.h"

#include <math.h>

/* A cell of each state; row 0 gets the pulses, the gate of row 1 stays low. */
enum kind { FIXED, MOVING, SILENT, RESISTOR, KINDS };

/* Blocks of the user's own may lack the resistor's cell and the node of the state. */
static bool known(const struct circuit *c)
{
    return !c->own_blocks;
}

static double resistor_of(const struct reading_ask *a, double x)
{
    bool unknown = a->circuit->memristor.path && !a->sampled;
    return unknown ? INFINITY : statemap_chord(a->sampled, &a->circuit->cell, x);
}

/* A state without a resistor (it passes no charge) has no deck: ngspice reads no `inf`.
 */
static bool has_resistor(const struct reading_ask *a, const struct reading *r)
{
    bool each = known(a->circuit);
    for (int k = 0; k < READING_STATES; k++)
        each = each && isfinite(resistor_of(a, r->x[k]));
    return each;
}

static double length_s(const struct circuit *c)
{
    return c->cell.rise_s + c->cell.width_s + c->cell.fall_s;
}

/* From the end of what is simulated to the start of the last pulse. */
static double last_s(const struct circuit *c)
{
    return 1.25 * length_s(c);
}

static void put_gate(const struct reading_ask *a, bool coarse, size_t pulses,
                     struct jobs_deck *d)
{
    struct deck_pulse p = circuit_pulse(a->circuit);
    AUTO_FREE double *time_s = mem_alloc(pulses, sizeof *time_s);
    struct deck_spikes spikes = {pulses, time_s};
    for (size_t k = 0; k < pulses; k++)
        time_s[k] = d->stop_s - (double)(pulses - k) * last_s(a->circuit);
    buf_puts(&d->text, "Vg1 g1 0 0\nVg0 g0 0 PWL(");
    (coarse ? deck_pwl_coarse : deck_pwl)(&p, &spikes, &d->text);
    buf_puts(&d->text, ")\n");
}

static void put_cell(const struct reading_ask *a, enum kind kind, int k, double x,
                     struct jobs_deck *d)
{
    static const char *const model[KINDS] = {"cell_mod_static", "cell_mod",
                                             "cell_mod_static", "cell_mod_linear"};
    int row = kind == SILENT, column = kind * READING_STATES + k;
    buf_printf(&d->text, "Vbl%d bl%d 0 0\nXr%dc%d read g%d bl%d %s ", column, column, row,
               column, row, column, model[kind]);
    if (kind == RESISTOR)
        buf_printf(&d->text, "r=%.17g\n", resistor_of(a, x));
    else
        buf_printf(&d->text, "x0=%.17g\n", x);
    buf_printf(&d->text, ".save i(vbl%d)\n", column);
    jobs_name(d, "vbl%d#branch", column);
}

/* The states that move are seen. The user's memristor has no form that holds its state:
 * its node is tied to ground. */
static void put_states(const struct circuit *c, bool moving, struct jobs_deck *d)
{
    const char *node = c->memristor.path ? "xu.dx" : "dx"; /* spice/memristor.h */
    for (int k = 0; k < READING_STATES && known(c); k++) {
        int column = MOVING * READING_STATES + k;
        if (c->memristor.path)
            buf_printf(&d->text, "Rhold%d xr0c%d.xm.%s 0 1u\n", k,
                       FIXED * READING_STATES + k, node);
        if (!moving)
            continue;
        buf_printf(&d->text, ".save v(xr0c%d.xm.%s)\n", column, node);
        jobs_name(d, "xr0c%d.xm.%s", column, node);
    }
}

static void put_deck(const struct reading_ask *a, const struct reading *r, bool coarse,
                     const struct deck_solver *solver, struct jobs_deck *d)
{
    const struct circuit *c = a->circuit;
    size_t pulses = coarse ? 1 : a->pulses;
    double room_s = (double)(pulses + 1) * last_s(c);
    int kinds = coarse ? FIXED + 1 : has_resistor(a, r) ? KINDS : RESISTOR;
    *d = (struct jobs_deck){.folder = c->folder,
                            .stop_s = coarse ? room_s : fmax(a->window_s, room_s)};
    buf_puts(&d->text, "* spikebar: cells that are read\n");
    circuit_lines(c, &(struct circuit_head){.as = "."}, &d->text);
    put_gate(a, coarse, pulses, d);
    for (int kind = 0; kind < kinds; kind++)
        for (int k = 0; k < READING_STATES; k++)
            put_cell(a, kind, k, r->x[k], d);
    put_states(c, !coarse, d);
    deck_solver_lines(solver, d->stop_s, &d->text);
    buf_puts(&d->text, ".end\n");
}

/* The charge of the last pulse. */
static double charge_of(const struct reading_ask *a, const struct jobs_deck *d,
                        enum kind kind, int k)
{
    const struct trace *t = &d->trace;
    double from_s = d->stop_s - last_s(a->circuit);
    size_t first = 0;
    while (first + 1 < t->points && t->time_s[first + 1] < from_s)
        first++;
    return line_integral(t->points - first, t->time_s + first,
                         t->value[kind * READING_STATES + k] + first, 0);
}

/* |charge/q - 1|; of a cell that passes none nothing was measured, and fmax would drop
 * the NAN. */
static double off(double charge, double q)
{
    return q > 0 ? fabs(charge / q - 1) : INFINITY;
}

/* Where a state starts, less what was asked for. A node that the operating point held,
 * but that is no state itself, jumps behind it: the next two points are drawn back. */
static double starts_off(const struct trace *t, const double *v)
{
    if (t->points < 3)
        return INFINITY;
    double slope = (v[2] - v[1]) / (t->time_s[2] - t->time_s[1]);
    return fmax(fabs(v[0]), fabs(v[1] - slope * (t->time_s[1] - t->time_s[0])));
}

static void take(struct reading *r, const struct reading_ask *a,
                 const struct jobs_deck deck[2])
{
    const struct circuit *c = a->circuit;
    const struct trace *t = &deck[0].trace;
    size_t states = (size_t)(has_resistor(a, r) ? KINDS : RESISTOR) * READING_STATES;
    r->leak_low_S = INFINITY;
    r->linear = has_resistor(a, r) ? 0 : INFINITY;
    for (int k = 0; k < READING_STATES; k++) {
        double q = charge_of(a, &deck[0], FIXED, k);
        double leak_S = fabs(t->value[SILENT * READING_STATES + k][0]) / c->cell.read_V;
        r->charge_C[k] = q;
        r->moved_C[k] = charge_of(a, &deck[0], MOVING, k) - q;
        r->coarse = fmax(r->coarse, off(charge_of(a, &deck[1], FIXED, k), q));
        if (has_resistor(a, r))
            r->linear = fmax(r->linear, off(charge_of(a, &deck[0], RESISTOR, k), q));
        if (known(c))
            r->start = fmax(r->start, starts_off(t, t->value[states + (size_t)k]));
        r->leak_low_S = fmin(r->leak_low_S, leak_S);
        r->leak_high_S = fmax(r->leak_high_S, leak_S);
    }
}

int reading_measure(struct reading *r, const struct reading_ask *a, struct err *e)
{
    struct pool_options pool = circuit_pool(a->circuit);
    int rungs = (int)a->circuit->study->simulate.rungs, status = 0;
    bool came = false;
    *r = (struct reading){0};
    for (int k = 0; k < READING_STATES; k++)
        r->x[k] = a->low + (a->high - a->low) * k / (READING_STATES - 1);
    for (int rung = 0; rung < rungs && status == 0 && !came; rung++) {
        struct jobs_deck deck[2];
        struct deck_solver solver;
        circuit_solver(a->circuit, rung, &solver);
        put_deck(a, r, false, &solver, &deck[0]);
        put_deck(a, r, true, &solver, &deck[1]);
        status = jobs_decks(&pool, 2, deck, e);
        came = status == 0 && !deck[0].cause && !deck[1].cause;
        if (came)
            take(r, a, deck);
        else if (status == 0 && rung + 1 == rungs)
            status = err_set(e, ERR_SIMULATOR, "a single cell does not simulate: %s",
                             deck[0].cause ? deck[0].cause : deck[1].cause);
        jobs_finish(2, deck);
    }
    return status;
}

/* The interval of a state. */
static int below(const struct reading *r, double state)
{
    int k = 0;
    while (k + 2 < READING_STATES && r->x[k + 1] < state)
        k++;
    return k;
}

double reading_charge(const struct reading *r, double state)
{
    return line_at(READING_STATES, r->x, r->charge_C, state);
}

double reading_moved(const struct reading *r, double state)
{
    int k = below(r, state);
    return fmax(fabs(r->moved_C[k]), fabs(r->moved_C[k + 1]));
}
