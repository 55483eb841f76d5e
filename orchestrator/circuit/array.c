#include "circuit/array.h"

#include "base/log.h"
#include "base/mem.h"
#include "circuit/lump.h"
#include "circuit/statemap.h"
#include "xbar/mapping.h"
#include "xbar/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

double array_offset(const struct study *s)
{
    return s->map.g_low_S / (s->map.g_high_S - s->map.g_low_S);
}

void array_weights(const struct array *a, double w[])
{
    const struct study *s = a->circuit->study;
    double span_S = s->map.g_high_S - s->map.g_low_S;
    for (size_t k = 0; k < a->inputs * a->outputs; k++)
        w[k] = a->target_S[k] / span_S;
}

/* ---- read noise ---- */

static struct noise noise_of(const struct study *s)
{
    return (struct noise){
        .sigma = s->noise.read,
        .kind = strcmp(s->noise.kind, "telegraph") == 0 ? NOISE_TELEGRAPH : NOISE_WHITE,
        .step_s = s->noise.step_s,
        .up_Hz = s->noise.up_Hz,
        .down_Hz = s->noise.down_Hz,
        .seed = (uint64_t)s->simulate.seed,
        .trial = (uint32_t)s->map.trial};
}

/* Spikes of the same ms share their pieces: the first piece of each ms; returns how many
 * ms there are. */
static size_t number_times(const struct raster *r, size_t first[])
{
    size_t n = 0;
    for (int t = 0; t < r->window_ms; t++)
        first[t] = SIZE_MAX;
    for (size_t k = 0; k < r->count; k++)
        if (first[r->time_ms[k]] == SIZE_MAX)
            first[r->time_ms[k]] = n++;
    return n;
}

/* The spikes of one input, all columns. */
static void add_noise(const struct array *a, const struct noise *n, uint32_t image,
                      const struct raster *r, size_t input, const struct kernel *k,
                      const size_t number[], size_t each, struct pieces *p)
{
    const struct study *s = a->circuit->study;
    bool full = strcmp(s->noise.of, "full-scale") == 0;
    size_t spikes = r->number[input];
    const int *ms = r->time_ms + r->first[input];
    double *time_s = mem_alloc(spikes, sizeof *time_s);
    double(*d)[each] = mem_alloc(spikes, each * sizeof(double));
    for (size_t i = 0; i < spikes; i++)
        time_s[i] = 1e-3 * ms[i] + k->delay_s;
    for (size_t j = 0; j < a->outputs; j++) {
        size_t cell = input * a->outputs + j;
        double of_S = full ? s->map.g_high_S : a->target_S[cell];
        noise_draw(n, image, (uint32_t)cell, spikes, time_s, k->width_s, each, d);
        for (size_t i = 0; i < spikes; i++)
            for (size_t e = 0; e < each; e++)
                p->amount[(number[ms[i]] * each + e) * a->outputs + j] +=
                    fmax(d[i][e] * of_S, -a->target_S[cell]);
    }
    free(time_s);
    free(d);
}

void array_noise(const struct array *a, uint32_t image, const struct raster *r,
                 const struct kernel *k, struct pieces *p)
{
    struct noise n = noise_of(a->circuit->study);
    size_t *number = mem_alloc((size_t)r->window_ms, sizeof *number);
    size_t each = noise_pieces(&n, k->width_s);
    size_t times = n.sigma > 0 ? number_times(r, number) : 0;
    pieces_init(p, times * each, a->outputs);
    for (int t = 0; t < r->window_ms && times; t++)
        for (size_t e = 0; e < each && number[t] != SIZE_MAX; e++) {
            size_t i = number[t] * each + e;
            double start_s = 1e-3 * t + k->delay_s;
            p->start_s[i] =
                e ? noise_piece_end_s(&n, start_s, k->width_s, e - 1) : start_s;
            p->end_s[i] = noise_piece_end_s(&n, start_s, k->width_s, e);
        }
    for (size_t i = 0; i < a->inputs && times; i++)
        if (r->number[i])
            add_noise(a, &n, image, r, i, k, number, each, p);
    free(number);
}

/* Currents of conductances at the read voltage. */
static void to_currents(const struct pieces *noise, double read_V, struct pieces *p)
{
    pieces_init(p, noise->count, noise->outputs);
    for (size_t i = 0; i < p->count; i++) {
        p->start_s[i] = noise->start_s[i];
        p->end_s[i] = noise->end_s[i];
    }
    for (size_t i = 0; i < p->count * p->outputs; i++)
        p->amount[i] = noise->amount[i] * read_V;
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
    AUTO(pieces_finish) struct pieces injected = {0};
    if (choice->noise)
        to_currents(choice->noise, c->cell.read_V, &injected);
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
        .injected = choice->noise ? &injected : NULL,
        .all_nodes = choice->all_nodes,
    };
    deck_write(&d, solver, out);
    return d.window_s;
}
