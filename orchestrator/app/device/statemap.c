#include "app/device/statemap.h"

#include "app/simulate.h"
#include "spice/jobs.h"
#include "base/mem.h"
#include "num/line.h"
#include "spice/devicedeck.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Each cell has a source line of its own, so that its current can be told. */
static void put_deck(const struct experiment *x, const double state[STATEMAP_STATES],
                     double stop_s, struct buf *out)
{
    struct deck_solver solver;
    struct deck_pulse p = {x->cell.gate_V, x->cell.rise_s, x->cell.width_s,
                           x->cell.fall_s, x->cell.vto_V};
    double start_s = 0;
    experiment_solver(x, &solver);
    struct devicedeck d = {x->circuit, &x->params, &x->memristor, &solver, NULL};
    devicedeck_begin(&d, "spikebar: conductance against state", out);
    buf_puts(out, "Vread read 0 {v_read}\nVg g 0 PWL(");
    deck_pwl(&p, &(struct deck_spikes){1, &start_s}, out);
    buf_puts(out, ")\n");
    for (size_t k = 0; k < STATEMAP_STATES; k++)
        buf_printf(out, "Vb%zu b%zu 0 0\nXc%zu read g b%zu cell_mod_static x0=%.17g\n", k,
                   k, k, k, state[k]);
    buf_puts(out, ".save"); /* of the sources, in one line each way */
    for (size_t k = 0; k < STATEMAP_STATES; k++)
        buf_printf(out, " i(vb%zu)", k);
    buf_puts(out, "\n");
    devicedeck_end(&d, stop_s, 5e-6, 0, NULL, out);
}

struct measuring {
    const struct experiment *x;
    const double *state;
    double stop_s;
};

struct measured {
    double charge_S[STATEMAP_STATES], read_S[STATEMAP_STATES];
};

static int measure(void *context, size_t unit, void *out, char cause[JOBS_CAUSE])
{
    const struct measuring *m = context;
    const struct cell *c = &m->x->cell;
    struct measured *found = out;
    char *name[STATEMAP_STATES];
    struct buf deck = {0};
    struct trace t;
    (void)unit;
    for (size_t k = 0; k < STATEMAP_STATES; k++) {
        name[k] = mem_alloc(24, 1);
        snprintf(name[k], 24, "vb%zu#branch", k);
    }
    put_deck(m->x, m->state, m->stop_s, &deck);
    int status = jobs_simulate(buf_text(&deck), m->stop_s, STATEMAP_STATES,
                               (const char *const *)name, &t, cause);
    for (size_t k = 0; k < STATEMAP_STATES; k++) {
        if (status == 0) {
            double middle_s = c->rise_s + c->width_s / 2;
            found->charge_S[k] = line_integral(t.points, t.time_s, t.value[k], 0) /
                                 (c->read_V * cell_on_time(c));
            found->read_S[k] =
                line_at(t.points, t.time_s, t.value[k], middle_s) / c->read_V;
        }
        free(name[k]);
    }
    if (status == 0)
        trace_finish(&t);
    buf_finish(&deck);
    return status;
}

static int measure_at(struct statemap *c, const struct experiment *x, struct err *e)
{
    const struct cell *l = &x->cell;
    struct measuring m = {x, c->x, l->rise_s + l->width_s + l->fall_s + 0.1e-3};
    struct measured found;
    struct pool_options pool = simulate_pool(x->study);
    struct jobs_records w = {
        .count = 1, .size = sizeof found, .context = &m, .run = measure, .out = &found};
    if (jobs_records(&pool, &w, e) < 0)
        return -1;
    for (size_t k = 0; k < STATEMAP_STATES; k++) {
        c->charge_S[k] = found.charge_S[k];
        c->read_S[k] = found.read_S[k];
        if (k &&
            !(c->charge_S[k] > c->charge_S[k - 1] && c->read_S[k] > c->read_S[k - 1]))
            return err_set(e, ERR_INPUT,
                           "memristor `%s`: expected a conductance that rises with its "
                           "state, found %.4g uS at %.3g and %.4g uS at %.3g",
                           x->memristor.path ? x->memristor.subckt : "memristor",
                           1e6 * c->read_S[k - 1], c->x[k - 1], 1e6 * c->read_S[k],
                           c->x[k]);
    }
    return 0;
}

static double largest_step(const struct statemap *c)
{
    double most = 0;
    for (size_t k = 1; k < STATEMAP_STATES; k++)
        most = fmax(most, c->charge_S[k] - c->charge_S[k - 1]);
    return most / (c->charge_S[STATEMAP_STATES - 1] - c->charge_S[0]);
}

/* Equal steps of the state first; where the conductance makes all its way in a few of
 * them, once or twice more at states that make equal steps of the conductance. */
int statemap_measure(struct statemap *c, const struct experiment *x, double low,
                     double high, struct err *e)
{
    for (size_t k = 0; k < STATEMAP_STATES; k++)
        c->x[k] = low + (high - low) * (double)k / (STATEMAP_STATES - 1);
    int status = measure_at(c, x, e);
    for (int round = 0; round < 2 && status == 0; round++) {
        struct statemap old = *c;
        double from = old.charge_S[0], to = old.charge_S[STATEMAP_STATES - 1];
        if (largest_step(c) < 3.0 / STATEMAP_STATES)
            break;
        for (size_t k = 1; k + 1 < STATEMAP_STATES; k++)
            c->x[k] = statemap_state(&old, from + (to - from) * (double)k /
                                                      (STATEMAP_STATES - 1));
        status = measure_at(c, x, e);
    }
    return status;
}

double statemap_state(const struct statemap *c, double charge_S)
{
    return line_beyond(STATEMAP_STATES, c->charge_S, c->x, charge_S);
}

double statemap_charge(const struct statemap *c, double state)
{
    return line_beyond(STATEMAP_STATES, c->x, c->charge_S, state);
}

double statemap_read(const struct statemap *c, double state)
{
    return line_beyond(STATEMAP_STATES, c->x, c->read_S, state);
}
