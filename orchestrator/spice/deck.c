#include "spice/deck.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

void deck_ladder(const struct deck_solver *first, struct deck_solver ladder[DECK_RUNGS])
{
    struct deck_solver s = *first;
    s.name = "as asked";
    ladder[0] = s;
    s.name = "tighter steps";
    s.step_s = first->step_s / 10;
    s.itl4 = 50;
    ladder[1] = s;
    s.name = "gear";
    s.gear = true;
    ladder[2] = s;
    s.name = "gmin 1e-12";
    s.gmin_S = fmax(first->gmin_S, 1e-12);
    s.itl4 = 200;
    ladder[3] = s;
    s.name = "loose tolerances";
    s.reltol = fmax(10 * first->reltol, 1e-3);
    s.vntol_V = fmax(first->vntol_V, 1e-6);
    s.abstol_A = fmax(first->abstol_A, 1e-12);
    ladder[4] = s;
}

/* Where a ramp gets its own breakpoints: the time steps must not jump over the turn-on
 * of the select transistor, else the charge of a pulse is up to 0.8 % off, depending on
 * the conductance. The points lie on the ramp and change nothing in its shape. Each one
 * costs some five time steps. Measured on six of the shipped digits with the default
 * step against a reference of 48 points (circuit_reference): threshold and 0.2 V above it
 * leave 0.044 % of the largest maximum, four points 0.032 %. Bare cells, which have no
 * capacitance that shortens a step, lose 0.07 % of their charge from four points to
 * these two, and 0.13 % with 0.3 V in place of 0.2 (circuit/reading measures that). */
enum { COARSE = 2, FINE = 4 };
static const double coarse_V[COARSE] = {0, 0.2}, fine_V[FINE] = {0, 0.02, 0.1, 0.5};

/* `edges` of COARSE, FINE, or more: those rise with the square of their number from the
 * threshold on, as the current of a cell there goes with the root of the voltage. */
static int edge_levels(const struct deck_pulse *p, int edges, double share[DECK_EDGES])
{
    for (int k = 0; k < edges; k++) {
        double part = (double)k / edges;
        double above_V = edges == COARSE ? coarse_V[k]
                         : edges == FINE ? fine_V[k]
                                         : part * part * (p->high_V - p->threshold_V);
        share[k] = fmin((p->threshold_V + above_V) / p->high_V, 1);
    }
    return edges;
}

static void point(struct buf *out, double t_s, double v)
{
    buf_printf(out, " %.10g %.10g", t_s, v);
}

static void rise(const struct deck_pulse *p, double t0_s, int edges, struct buf *out)
{
    double share[DECK_EDGES];
    int n = edge_levels(p, edges, share);
    point(out, t0_s, 0);
    for (int k = 0; k < n; k++)
        if (share[k] > 0 && share[k] < 1)
            point(out, t0_s + share[k] * p->rise_s, share[k] * p->high_V);
    point(out, t0_s + p->rise_s, p->high_V);
}

static void fall(const struct deck_pulse *p, double t0_s, int edges, struct buf *out)
{
    double share[DECK_EDGES], top_s = t0_s + p->rise_s + p->width_s;
    int n = edge_levels(p, edges, share);
    point(out, top_s, p->high_V);
    for (int k = n - 1; k >= 0; k--)
        if (share[k] > 0 && share[k] < 1)
            point(out, top_s + (1 - share[k]) * p->fall_s, share[k] * p->high_V);
    point(out, top_s + p->fall_s, 0);
}

static void pulses(const struct deck_pulse *p, const struct deck_spikes *spikes,
                   int edges, struct buf *out)
{
    double length_s = p->rise_s + p->width_s + p->fall_s;
    for (size_t k = 0; k < spikes->count; k++) {
        const double *t = spikes->time_s;
        bool joins = k > 0 && t[k] <= t[k - 1] + length_s;
        bool goes_on = k + 1 < spikes->count && t[k + 1] <= t[k] + length_s;
        if (k == 0 && t[0] > 0)
            point(out, 0, 0);
        if (!joins)
            rise(p, t[k], edges, out);
        if (!goes_on)
            fall(p, t[k], edges, out);
    }
}

void deck_pwl(const struct deck_pulse *p, const struct deck_spikes *spikes,
              struct buf *out)
{
    pulses(p, spikes, FINE, out);
}

void deck_pwl_coarse(const struct deck_pulse *p, const struct deck_spikes *spikes,
                     struct buf *out)
{
    pulses(p, spikes, COARSE, out);
}

static size_t copies(const struct deck_array *a, size_t i)
{
    return a->copies ? a->copies[i] : 1;
}

static void write_gates(const struct deck_array *a, int edges, struct buf *out)
{
    for (size_t i = 0; i < a->inputs; i++) {
        if (copies(a, i) == 0)
            continue;
        if (a->spikes[i].count == 0 && a->active)
            continue;
        if (a->spikes[i].count == 0) {
            buf_printf(out, "Vg%zu g%zu 0 0\n", i, i);
            continue;
        }
        struct buf points = {0};
        pulses(&a->pulse, &a->spikes[i], edges, &points);
        buf_printf(out, "Vg%zu g%zu 0 PWL(", i, i);
        buf_puts(out, buf_text(&points) + 1);
        buf_puts(out, ")\n");
        buf_finish(&points);
    }
}

static void write_cell(const struct deck_array *a, size_t i, size_t j, struct buf *out)
{
    size_t k = i * a->state_stride + j;
    buf_printf(out, "Xr%zuc%zu read g%zu bl%zu ", i, j, i, j);
    if (a->linear_ohm && copies(a, i) > 1)
        buf_printf(out, "cell_mod_linear r=%.17g m=%zu\n", a->linear_ohm[k],
                   copies(a, i));
    else if (a->linear_ohm)
        buf_printf(out, "cell_mod_linear r=%.17g\n", a->linear_ohm[k]);
    else
        buf_printf(out, "%s x0=%.17g\n", a->dynamic ? "cell_mod" : "cell_mod_static",
                   a->state[k]);
}

static void write_cells(const struct deck_array *a, struct buf *out)
{
    size_t silent = 0;
    for (size_t i = 0; i < a->inputs; i++) {
        if (a->active && a->spikes[i].count == 0) {
            silent++;
            continue;
        }
        for (size_t c = 0; c < a->outputs && copies(a, i) > 0; c++)
            write_cell(a, i, a->first_output + c, out);
    }
    if (silent == 0 || a->leak_S <= 0)
        return;
    for (size_t c = 0; c < a->outputs; c++) {
        size_t j = a->first_output + c;
        buf_printf(out, "Rleak%zu read bl%zu %.17g\n", j, j,
                   1 / (a->leak_S * (double)silent));
    }
}

/* A corner of the sum of the pieces: from here on it is larger by `step_A`. */
struct corner {
    double time_s, step_A;
};

static int compare_corners(const void *a, const void *b)
{
    const struct corner *p = a, *q = b;
    return (p->time_s > q->time_s) - (p->time_s < q->time_s);
}

/* The current changes linearly in this time around a corner, half before and half behind
 * it; corners that lie closer are one. A thousandth of a pulse, and a hundredth of the
 * shortest ramp of a gate. */
#define INJECTED_EDGE_S 1e-6

/* One source a column: the sum of what its cells add. */
static void write_injected(const struct deck_array *a, size_t j, struct corner *corner,
                           struct buf *out)
{
    const struct pieces *p = a->injected;
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++) {
        double amount = p->amount[i * p->outputs + j];
        corner[n++] = (struct corner){p->start_s[i], amount};
        corner[n++] = (struct corner){p->end_s[i], -amount};
    }
    qsort(corner, n, sizeof *corner, compare_corners);
    buf_printf(out, "Inoise%zu read bl%zu PWL(0 0", j, j);
    double now_A = 0;
    for (size_t i = 0; i < n;) {
        double time_s = fmax(corner[i].time_s, INJECTED_EDGE_S), before_A = now_A;
        for (; i < n && corner[i].time_s < time_s + 1.5 * INJECTED_EDGE_S; i++)
            now_A += corner[i].step_A;
        if (i == n)
            now_A = 0; /* and no rest of rounding */
        buf_printf(out, " %.12g %.17g %.12g %.17g", time_s - INJECTED_EDGE_S / 2,
                   before_A, time_s + INJECTED_EDGE_S / 2, now_A);
    }
    buf_puts(out, ")\n");
}

static void write_all_injected(const struct deck_array *a, struct buf *out)
{
    if (!a->injected || !a->injected->count)
        return;
    struct corner *corner = mem_alloc(2 * a->injected->count, sizeof *corner);
    for (size_t c = 0; c < a->outputs; c++)
        write_injected(a, a->first_output + c, corner, out);
    free(corner);
}

void deck_column_line(const struct param_table *params, size_t j, struct buf *out)
{
    buf_printf(out, "Xcol%zu bl%zu tia%zu vsyn%zu mem%zu column", j, j, j, j, j);
    for (size_t i = 0; i < params->owns; i++)
        if (params->own[i].column == j)
            buf_printf(out, " %s=%s", params->own[i].name, params->own[i].text);
    buf_puts(out, "\n");
}

static void write_columns(const struct deck_array *a, struct buf *out)
{
    for (size_t c = 0; c < a->outputs; c++)
        deck_column_line(a->circuit.params, a->first_output + c, out);
}

void deck_solver_lines(const struct deck_solver *s, double for_s, struct buf *out)
{
    buf_printf(out, ".options reltol=%.6g vntol=%.6g abstol=%.6g gmin=%.6g method=%s%s\n",
               s->reltol, s->vntol_V, s->abstol_A, s->gmin_S, s->gear ? "gear" : "trap",
               s->gear ? " maxord=2" : "");
    if (s->itl4)
        buf_printf(out, ".options itl4=%d\n", s->itl4);
    buf_puts(out, ".options temp=27 tnom=27\n");
    if (for_s > 0)
        buf_printf(out, ".tran %.6g %.17g 0 %.6g\n", s->step_s, for_s, s->step_s);
}

/* `.meas` is for those who replay the deck with plain ngspice: the membrane's rest
 * level, its maximum above rest, and when. */
static void write_outputs(const struct deck_array *a, struct buf *out)
{
    for (size_t c = 0; c < a->outputs; c++) {
        size_t j = a->first_output + c;
        buf_printf(out, ".save v(mem%zu)", j);
        if (a->all_nodes)
            buf_printf(out, " v(tia%zu) v(vsyn%zu) i(v.xcol%zu.visyn)", j, j, j);
        buf_puts(out, "\n");
        buf_printf(out,
                   ".meas tran rest%zu find v(mem%zu) at=0\n"
                   ".meas tran top%zu max v(mem%zu)\n"
                   ".meas tran above%zu param='top%zu-rest%zu'\n",
                   j, j, j, j, j, j, j);
    }
}

void deck_vector_names(size_t j, char *name[DECK_VECTORS])
{
    static const char *const form[DECK_VECTORS] = {"mem%zu", "tia%zu", "vsyn%zu",
                                                   "v.xcol%zu.visyn#branch"};
    for (int k = 0; k < DECK_VECTORS; k++) {
        struct buf b = {0};
        buf_printf(&b, form[k], j);
        name[k] = b.data;
    }
}

void deck_write(const struct deck_array *a, const struct deck_solver *s, struct buf *out)
{
    buf_printf(out, "* %s\n", a->title);
    buf_puts(out, a->circuit.head);
    write_gates(a, s->edges ? s->edges : a->coarse_edges ? COARSE : FINE, out);
    write_cells(a, out);
    write_all_injected(a, out);
    write_columns(a, out);
    deck_solver_lines(s, a->window_s, out);
    write_outputs(a, out);
    buf_puts(out, ".end\n");
}
