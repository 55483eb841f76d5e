#include "circuit/contract.h"

#include "base/log.h"
#include "num/line.h"
#include "spice/devicedeck.h"
#include "spice/jobs.h"

#include <math.h>
#include <stdio.h>

#define EDGE_S 10e-6
#define READ_S 100e-6

enum { DEVICES = 2 * CONTRACT_STATES, VECTORS = 2 };

static struct contract_pulse *pulse_of(struct contract *k, int device)
{
    return device < CONTRACT_STATES ? &k->set[device]
                                    : &k->reset[device - CONTRACT_STATES];
}

static double state_of(int device)
{
    return (double)(device % CONTRACT_STATES) / (CONTRACT_STATES - 1);
}

static void put_wave(const struct contract_ask *a, double pulse_V, struct wave *w)
{
    double read_V = a->circuit->cell.read_V;
    wave_start(w, 0);
    if (a->after_s > 0)
        wave_to(w, a->after_s, 0);
    wave_to(w, EDGE_S, read_V);
    wave_to(w, READ_S, read_V);
    wave_to(w, EDGE_S, 0);
    wave_to(w, EDGE_S, pulse_V);
    wave_to(w, a->width_s, pulse_V);
    wave_to(w, EDGE_S, 0);
    wave_to(w, EDGE_S, read_V);
    wave_to(w, READ_S, read_V);
}

static void put_deck(const struct contract_ask *a, struct jobs_deck *d)
{
    const struct circuit *c = a->circuit;
    struct deck_solver solver;
    const char *node = c->memristor.path ? "xu.dx" : "dx";
    circuit_solver(c, 0, &solver);
    *d = (struct jobs_deck){.folder = c->folder};
    buf_puts(&d->text, "* spikebar: memristors that are written\n");
    circuit_lines(c, &(struct circuit_head){.as = ".", .devices = true}, &d->text);
    for (int k = 0; k < DEVICES; k++) {
        char name[8];
        struct wave w = {0};
        snprintf(name, sizeof name, "t%d", k);
        put_wave(a, k < CONTRACT_STATES ? a->set_V : -a->reset_V, &w);
        devicedeck_source(&d->text, name, &w);
        buf_printf(&d->text, "Xm%d t%d 0 memristor x0=%g\n", k, k, state_of(k));
        d->stop_s = wave_end(&w);
        jobs_name(d, "vt%d#branch", k);
        jobs_name(d, "xm%d.%s", k, node);
        wave_finish(&w);
    }
    devicedeck_end(&solver, d->stop_s, a->step_s, d->count, (const char *const *)d->name,
                   &d->text);
}

static void take(struct contract *k, const struct contract_ask *a, const struct trace *t)
{
    double read_V = a->circuit->cell.read_V;
    double before_s = a->after_s + EDGE_S + 0.9 * READ_S;
    for (int device = 0; device < DEVICES; device++) {
        struct contract_pulse *p = pulse_of(k, device);
        const double *current = t->value[VECTORS * device],
                     *change = t->value[VECTORS * device + 1];
        p->before_S = -line_at(t->points, t->time_s, current, before_s) / read_V;
        p->after_S = -current[t->points - 1] / read_V;
        p->rest = state_of(device) + line_at(t->points, t->time_s, change, before_s);
        p->last = state_of(device) + change[t->points - 1];
        p->low = p->high = state_of(device);
        for (size_t i = 0; i < t->points; i++) {
            p->low = fmin(p->low, state_of(device) + change[i]);
            p->high = fmax(p->high, state_of(device) + change[i]);
        }
    }
}

int contract_measure(struct contract *k, const struct contract_ask *a, struct err *e)
{
    struct pool_options pool = circuit_pool(a->circuit);
    struct jobs_deck d;
    *k = (struct contract){0};
    put_deck(a, &d);
    int status = jobs_decks(&pool, 1, &d, e);
    if (status == 0)
        status = jobs_check(1, &d, e);
    if (status == 0)
        take(k, a, &d.trace);
    jobs_finish(1, &d);
    return status;
}

/* -1, 0 or 1: what the pulse did to the conductance. */
static int direction(const struct contract_pulse *p)
{
    double change = p->after_S / p->before_S - 1;
    return change > CONTRACT_TOLERANCE ? 1 : change < -CONTRACT_TOLERANCE ? -1 : 0;
}

bool contract_reversed(const struct contract *k)
{
    int set = direction(&k->set[CONTRACT_MIDDLE]),
        reset = direction(&k->reset[CONTRACT_MIDDLE]);
    return set <= 0 && reset >= 0 && set != reset;
}

double contract_out_of_range(const struct contract *k)
{
    double worst = 0;
    for (int device = 0; device < DEVICES; device++) {
        const struct contract_pulse *p = device < CONTRACT_STATES
                                             ? &k->set[device]
                                             : &k->reset[device - CONTRACT_STATES];
        worst = fmax(worst, fmax(-p->low, p->high - 1));
    }
    return worst;
}

int contract_polarity(const struct circuit *c, struct err *e)
{
    const struct study *s = c->study;
    struct contract k;
    struct err failed = {0};
    struct contract_ask ask = {
        c, s->device.set_V, s->device.limit_V, s->device.width_s, s->device.width_s / 50,
        0};
    if (!c->memristor.path)
        return 0;
    if (contract_measure(&k, &ask, &failed) < 0) { /* who only reads needs no writing */
        log_detail("memristor `%s` cannot be written: %s", c->memristor.subckt,
                   failed.text);
        return 0;
    }
    if (!contract_reversed(&k))
        return 0;
    const struct contract_pulse *up = &k.set[CONTRACT_MIDDLE],
                                *down = &k.reset[CONTRACT_MIDDLE];
    err_set(
        e, ERR_INPUT,
        "memristor `%s`: reversed polarity: expected a positive voltage from te to be "
        "to set, found that %+g V turns %.4g uS into %.4g uS and %+g V %.4g uS into "
        "%.4g uS",
        c->memristor.subckt, ask.set_V, 1e6 * up->before_S, 1e6 * up->after_S,
        -ask.reset_V, 1e6 * down->before_S, 1e6 * down->after_S);
    return err_hint(e,
                    "swap its terminals: `.subckt %s be te ...`, or write a .subckt "
                    "around it",
                    c->memristor.subckt);
}
