#include "circuit/statemap.h"

#include "base/mem.h"
#include "circuit/contract.h"
#include "num/line.h"
#include "spice/devicedeck.h"
#include "spice/jobs.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* Each cell has a source line of its own, so that its current can be told. */
static void put_deck(const struct circuit *c, const double state[STATEMAP_STATES],
                     struct jobs_deck *d)
{
    struct deck_solver solver;
    struct deck_pulse p = circuit_pulse(c);
    double start_s = 0;
    circuit_solver(c, 0, &solver);
    buf_puts(&d->text, "* spikebar: conductance against state\n");
    circuit_lines(c, &(struct circuit_head){.as = ".", .devices = true}, &d->text);
    buf_puts(&d->text, "Vread read 0 {v_read}\nVg g 0 PWL(");
    deck_pwl(&p, &(struct deck_spikes){1, &start_s}, &d->text);
    buf_puts(&d->text, ")\n");
    for (size_t k = 0; k < STATEMAP_STATES; k++)
        buf_printf(&d->text,
                   "Vb%zu b%zu 0 0\nXc%zu read g b%zu cell_mod_static x0=%.17g\n", k, k,
                   k, k, state[k]);
    buf_puts(&d->text, ".save"); /* of the sources, in one line each way */
    for (size_t k = 0; k < STATEMAP_STATES; k++) {
        buf_printf(&d->text, " i(vb%zu)", k);
        jobs_name(d, "vb%zu#branch", k);
    }
    buf_puts(&d->text, "\n");
    devicedeck_end(&solver, d->stop_s, 5e-6, 0, NULL, &d->text);
}

static int measure_at(struct statemap *m, const struct circuit *c, struct err *e)
{
    const struct cell *l = &c->cell;
    struct pool_options pool = circuit_pool(c);
    struct jobs_deck d = {.stop_s = l->rise_s + l->width_s + l->fall_s + 0.1e-3,
                          .folder = c->folder};
    put_deck(c, m->x, &d);
    int status = jobs_decks(&pool, 1, &d, e);
    if (status == 0)
        status = jobs_check(1, &d, e);
    for (size_t k = 0; k < STATEMAP_STATES && status == 0; k++) {
        const struct trace *t = &d.trace;
        double middle_s = l->rise_s + l->width_s / 2;
        m->charge_S[k] = line_integral(t->points, t->time_s, t->value[k], 0) /
                         (l->read_V * cell_on_time(l));
        m->read_S[k] = line_at(t->points, t->time_s, t->value[k], middle_s) / l->read_V;
    }
    jobs_finish(1, &d);
    return status;
}

static int check_rise(const struct statemap *m, const struct circuit *c, struct err *e)
{
    for (size_t k = 1; k < STATEMAP_STATES; k++)
        if (!(m->charge_S[k] > m->charge_S[k - 1] && m->read_S[k] > m->read_S[k - 1]))
            return err_set(e, ERR_INPUT,
                           "memristor `%s`: expected a conductance that rises with its "
                           "state, found %.4g uS at %.3g and %.4g uS at %.3g",
                           c->memristor.path ? c->memristor.subckt : "memristor",
                           1e6 * m->read_S[k - 1], m->x[k - 1], 1e6 * m->read_S[k],
                           m->x[k]);
    return 0;
}

/* Of the least conductance; a memristor that has no range is none. */
#define RANGE_MIN 0.01

static int check_range(const struct statemap *m, const struct circuit *c, struct err *e)
{
    double low_S = m->charge_S[0], high_S = m->charge_S[STATEMAP_STATES - 1];
    if (fabs(high_S - low_S) > RANGE_MIN * fabs(low_S))
        return 0;
    return err_set(
        e, ERR_INPUT,
        "memristor `%s`: expected a conductance that x0 sets, found %.6g uS at "
        "0 and %.6g uS at 1",
        c->memristor.path ? c->memristor.subckt : "memristor", 1e6 * low_S, 1e6 * high_S);
}

static double largest_step(const struct statemap *m)
{
    double most = 0;
    for (size_t k = 1; k < STATEMAP_STATES; k++)
        most = fmax(most, m->charge_S[k] - m->charge_S[k - 1]);
    return most / (m->charge_S[STATEMAP_STATES - 1] - m->charge_S[0]);
}

int statemap_sample(struct statemap *m, const struct circuit *c, double low, double high,
                    struct err *e)
{
    for (size_t k = 0; k < STATEMAP_STATES; k++)
        m->x[k] = low + (high - low) * (double)k / (STATEMAP_STATES - 1);
    return measure_at(m, c, e);
}

/* Equal steps of the state first; where the conductance makes all its way in a few of
 * them, once or twice more at states that make equal steps of the conductance. */
int statemap_measure(struct statemap *m, const struct circuit *c, double low, double high,
                     struct err *e)
{
    int status = statemap_sample(m, c, low, high, e);
    for (int round = 0;; round++) {
        if (status < 0 || check_range(m, c, e) < 0 || check_rise(m, c, e) < 0)
            return -1;
        if (round == 2 || largest_step(m) < 3.0 / STATEMAP_STATES)
            return 0;
        struct statemap old = *m;
        double from = old.charge_S[0], to = old.charge_S[STATEMAP_STATES - 1];
        for (size_t k = 1; k + 1 < STATEMAP_STATES; k++)
            m->x[k] = statemap_state(&old, from + (to - from) * (double)k /
                                                      (STATEMAP_STATES - 1));
        status = measure_at(m, c, e);
    }
}

double statemap_state(const struct statemap *m, double charge_S)
{
    return line_beyond(STATEMAP_STATES, m->charge_S, m->x, charge_S);
}

double statemap_charge(const struct statemap *m, double state)
{
    return line_beyond(STATEMAP_STATES, m->x, m->charge_S, state);
}

double statemap_read(const struct statemap *m, double state)
{
    return line_beyond(STATEMAP_STATES, m->x, m->read_S, state);
}

/* ---- resistors ---- */

/* The conductance at a measured state, 0 where there is none. */
static double chord_S(const struct statemap *m, const struct cell *c, size_t k)
{
    return 1 / cell_resistor_carrying(c, m->read_S[k] * c->read_V);
}

/* The cubic through the states first, first + step, ... */
static double cubic_S(const struct statemap *m, const struct cell *c, size_t first,
                      size_t step, double state)
{
    double sum = 0;
    for (size_t i = first; i <= first + 3 * step; i += step) {
        double part = chord_S(m, c, i);
        for (size_t k = first; k <= first + 3 * step; k += step)
            if (k != i)
                part *= (state - m->x[k]) / (m->x[i] - m->x[k]);
        sum += part;
    }
    return sum;
}

double statemap_chord(const struct statemap *m, const struct cell *c, double state)
{
    size_t first = 0;
    if (!m)
        return cell_chord(c, state);
    while (first + 4 < STATEMAP_STATES && m->x[first + 2] <= state)
        first++;
    double conductance_S = cubic_S(m, c, first, 1, state);
    return conductance_S > 0 ? 1 / conductance_S : INFINITY;
}

/* At both ends the four states are not two on either side. */
double statemap_chord_error(const struct statemap *m, const struct cell *c)
{
    double worst = 0;
    for (size_t k = 1; k + 1 < STATEMAP_STATES; k++) {
        size_t first = k > 3 ? k - 3 : (k - 1) % 2;
        while (first + 6 >= STATEMAP_STATES)
            first -= 2;
        double known_S = chord_S(m, c, k);
        worst =
            fmax(worst, known_S > 0 ? fabs(cubic_S(m, c, first, 2, m->x[k]) / known_S - 1)
                                    : INFINITY);
    }
    return worst;
}

/* ---- of a circuit ---- */

int statemap_learn(struct circuit *c, struct err *e)
{
    if (!c->memristor.path || c->map)
        return 0;
    struct statemap *map = mem_alloc(1, sizeof *map);
    if (statemap_measure(map, c, 0, 1, e) < 0 || contract_polarity(c, e) < 0) {
        free(map);
        return err_place(e, "%s", c->memristor.path);
    }
    c->map = map;
    return 0;
}

static double state_of_ours(const struct circuit *c, double conductance_S)
{
    const struct cell *l = &c->cell;
    if (c->study->map.compensate)
        return cell_state_for(l, conductance_S);
    return (conductance_S - l->g_min_S) / (l->g_max_S - l->g_min_S);
}

double statemap_find(const struct circuit *c, double conductance_S, double *reached_S)
{
    double reached = conductance_S, state;
    assert(c->map || !c->memristor.path);
    if (c->map) {
        state = fmin(fmax(statemap_state(c->map, conductance_S), 0), 1);
        reached = statemap_charge(c->map, state);
    } else {
        state = state_of_ours(c, conductance_S);
    }
    if (reached_S)
        *reached_S = reached;
    return state;
}
