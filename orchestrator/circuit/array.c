#include "circuit/array.h"

#include "base/log.h"
#include "base/mem.h"
#include "circuit/lump.h"
#include "circuit/statemap.h"
#include "xbar/mapping.h"

#include <math.h>
#include <stdlib.h>

static void init(struct array *a, const struct circuit *c, size_t inputs, size_t outputs)
{
    *a = (struct array){.circuit = c, .inputs = inputs, .outputs = outputs};
    a->target_S = mem_alloc(inputs * outputs, sizeof(double));
    a->state = mem_alloc(inputs * outputs, sizeof(double));
}

void array_finish(struct array *a)
{
    free(a->target_S);
    free(a->state);
    *a = (struct array){0};
}

/* The states of the targets; a target beyond the user's memristor becomes its end. */
void array_find_states(struct array *a)
{
    const struct statemap *m = a->circuit->map;
    size_t cells = a->inputs * a->outputs, beyond = 0;
    for (size_t k = 0; k < cells; k++) {
        double wanted_S = a->target_S[k];
        a->state[k] = statemap_find(a->circuit, wanted_S, &a->target_S[k]);
        beyond += m && (wanted_S < m->charge_S[0] ||
                        wanted_S > m->charge_S[STATEMAP_STATES - 1]);
    }
    if (beyond)
        log_say("%zu of %zu cells ask for more or less than the memristor's %.3g .. %.3g "
                "uS and get its end of the range",
                beyond, cells, 1e6 * m->charge_S[0],
                1e6 * m->charge_S[STATEMAP_STATES - 1]);
}

int array_map(struct array *a, const struct circuit *c, const struct weights *w,
              struct err *e)
{
    const struct study *s = c->study;
    struct map_options o = {
        .g_low_S = s->map.g_low_S,
        .g_high_S = s->map.g_high_S,
        .bits = (int)s->map.bits,
        .tuning_error = s->map.tuning_error,
        .seed = (uint64_t)s->simulate.seed,
        .trial = (uint32_t)s->map.trial,
    };
    init(a, c, w->inputs, w->outputs);
    return map_weights(w->inputs, w->outputs, w->w, &o, a->target_S, e);
}

void array_take(struct array *a, const struct circuit *c, size_t inputs, size_t outputs,
                const double conductance_S[])
{
    init(a, c, inputs, outputs);
    for (size_t k = 0; k < inputs * outputs; k++)
        a->target_S[k] = conductance_S[k];
}

void array_weights(const struct array *a, double w[])
{
    const struct study *s = a->circuit->study;
    double span_S = s->map.g_high_S - s->map.g_low_S;
    for (size_t k = 0; k < a->inputs * a->outputs; k++)
        w[k] = a->target_S[k] / span_S;
}

/* ---- decks ---- */

/* When all membranes fall for good, s: after the last pulse each has one maximum left,
 * at most the time after it at which the response to a short pulse has its own,
 * tau_mem tau_syn/(tau_mem - tau_syn) ln(tau_mem/tau_syn); half as much again, for
 * circuits whose time constants are not the kernel's. Who relies on it looks whether
 * the membranes do fall (app/simulate). */
static double settled_s(const struct cell *c, const struct kernel *k,
                        const struct raster *r, double window_s)
{
    double last_s = 0, ratio = k->tau_mem_s / k->tau_syn_s;
    for (size_t i = 0; i < r->count; i++)
        last_s = fmax(last_s, 1e-3 * r->time_ms[i]);
    if (r->count == 0)
        return window_s;
    double rise_s =
        fabs(ratio - 1) < 1e-6 ? k->tau_syn_s : k->tau_mem_s * log(ratio) / (ratio - 1);
    return fmin(last_s + c->rise_s + c->width_s + c->fall_s + 1.5 * rise_s, window_s);
}

double array_deck(const struct array *a, const struct levers *levers,
                  const struct kernel *kernel, const struct raster *r,
                  const struct deck_choice *choice, const struct deck_solver *solver,
                  struct buf *out)
{
    static const struct levers none = {0};
    const struct circuit *c = a->circuit;
    bool use = levers && !choice->state;
    const struct levers *l = use ? levers : &none;
    const struct lever_state *on = l->state;
    AUTO_FREE struct deck_spikes *spikes = mem_alloc(a->inputs, sizeof *spikes);
    AUTO_FREE double *time_s = mem_alloc(r->count, sizeof *time_s);
    AUTO(lump_finish) struct lump lump = {0};
    AUTO(buf_finish) struct buf head = {0};
    for (size_t k = 0; k < r->count; k++)
        time_s[k] = 1e-3 * r->time_ms[k];
    for (size_t i = 0; i < a->inputs; i++)
        spikes[i] =
            (struct deck_spikes){r->number[i], time_s + (r->number[i] ? r->first[i] : 0)};
    if (on[LEVER_ROWS].on)
        lump_rows(&c->cell, a->inputs, a->outputs, spikes, l->chord, &lump);
    circuit_lines(c,
                  &(struct circuit_head){
                      .as = choice->as, .before = choice->before, .after = choice->after},
                  &head);
    bool ends = choice->maxima && on[LEVER_END].on;
    struct deck_array d = {
        .title = choice->title,
        .circuit = {head.data, &c->params},
        .active = on[LEVER_SILENT].on || (choice->active && !l->leak_counts),
        .leak_S = l->leak_S,
        .linear_ohm = lump.ohm              ? lump.ohm
                      : on[LEVER_LINEAR].on ? l->chord
                                            : NULL,
        .copies = lump.copies,
        .coarse_edges = on[LEVER_EDGES].on,
        .pulse = circuit_pulse(c),
        .window_s =
            ends ? settled_s(&c->cell, kernel, r, choice->window_s) : choice->window_s,
        .inputs = a->inputs,
        .outputs = choice->count ? choice->count : a->outputs,
        .first_output = choice->first,
        .spikes = spikes,
        .state = choice->state ? choice->state : a->state,
        .state_stride = a->outputs,
        .dynamic =
            (use ? !on[LEVER_FROZEN].on : c->study->simulate.dynamic) && !choice->fixed,
        .all_nodes = choice->all_nodes,
    };
    deck_write(&d, solver, out);
    return d.window_s;
}
