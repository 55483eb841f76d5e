#include "spice/probe.h"

#include "base/mem.h"
#include "num/line.h"

#include <math.h>

#define START_S 5e-3 /* of the first spike */
#define BETWEEN_S 1e-3
#define LOOK_HZ 100.0 /* near 1/(2 pi tau_syn) and above 1/(2 pi tau_mem) */
#define SLOW_HZ 1e-4  /* below every pole that a calibration may come across */

enum { CELL, TIA, TOT, SYN, MEM };
const char *const probe_vectors[PROBE_VECTORS] = {"vin%zu#branch", "tia%zu",
                                                  "v.xcol%zu.vitot#branch",
                                                  "v.xcol%zu.visyn#branch", "mem%zu"};

static double pulse_length(const struct deck_pulse *p)
{
    return p->rise_s + p->width_s + p->fall_s;
}

static double last_end(const struct probe *p, size_t spikes)
{
    return START_S + BETWEEN_S * (double)(spikes - 1) + pulse_length(&p->pulse);
}

double probe_window(const struct probe *p)
{
    return last_end(p, 5) + 11 * p->tau_syn_s + 7 * p->tau_mem_s;
}

/* ---- whole columns ---- */

static void write_gate(const struct probe *p, const struct probe_level *level, size_t j,
                       struct buf *out)
{
    AUTO_FREE double *time_s = mem_alloc(level->spikes, sizeof *time_s);
    struct deck_spikes spikes = {level->spikes, time_s};
    AUTO(buf_finish) struct buf points = {0};
    for (size_t k = 0; k < level->spikes; k++)
        time_s[k] = START_S + BETWEEN_S * (double)k;
    deck_pwl(&p->pulse, &spikes, &points);
    buf_printf(out, "Vg%zu g%zu 0 PWL(%s)\n", j, j, buf_text(&points) + 1);
}

static void write_level(const struct probe *p, const struct deck_circuit *circuit,
                        const struct probe_level *level, size_t j, struct buf *out)
{
    write_gate(p, level, j, out);
    for (size_t k = 0; k < level->cells; k++)
        buf_printf(out, "Xr%zuc%zu read g%zu in%zu cell_mod_static x0=%.17g\n", k, j, j,
                   j, level->state);
    buf_printf(out, "Vin%zu in%zu bl%zu 0\n", j, j, j);
    deck_column_line(circuit->params, j, out);
}

void probe_deck(const struct probe *p, const struct deck_circuit *circuit, size_t n,
                const struct probe_level level[n], struct buf *out)
{
    struct deck_solver solver = {.reltol = 1e-4,
                                 .vntol_V = 1e-8,
                                 .abstol_A = 1e-15,
                                 .gmin_S = 1e-15,
                                 .step_s = fmax(p->tau_syn_s / 40, 20e-6)};
    buf_puts(out, "* spikebar: stages of a column\n");
    buf_puts(out, circuit->head);
    for (size_t j = 0; j < n; j++)
        write_level(p, circuit, &level[j], j, out);
    deck_solver_lines(&solver, probe_window(p), out);
    for (size_t j = 0; j < n; j++)
        buf_printf(out,
                   ".save i(vin%zu) v(tia%zu) i(v.xcol%zu.vitot) i(v.xcol%zu.visyn) "
                   "v(mem%zu)\n",
                   j, j, j, j, j);
    buf_puts(out, ".end\n");
}

/* How long the cells conduct: pulses that follow one another at once are one. */
static double open_time(const struct probe *p, size_t spikes)
{
    return p->on_time_s + (double)(spikes - 1) * fmin(p->on_time_s, BETWEEN_S);
}

/* Integral of v - v[0] over the window. */
static double integral(const struct trace *t, const double *v)
{
    return line_integral(t->points, t->time_s, v, v[0]);
}

static double above(const struct trace *t, const double *v, double t_s)
{
    return line_at(t->points, t->time_s, v, t_s) - v[0];
}

/* tau of an exponential from its values at two instants. */
static double decay(const struct trace *t, const double *v, double from_s, double for_s)
{
    double a = above(t, v, from_s), b = above(t, v, from_s + for_s);
    return a > 0 && b > 0 && a > b ? for_s / log(a / b) : NAN;
}

void probe_read(const struct probe *p, const struct probe_level *level, size_t j,
                const struct trace *t, struct probe_reading *r)
{
    const double *const *v = (const double *const *)t->value + j * PROBE_VECTORS;
    double end_s = last_end(p, level->spikes);
    double wanted_Ss =
        open_time(p, level->spikes) * (double)level->cells * level->conductance_S;
    double cell = integral(t, v[CELL]), tia = integral(t, v[TIA]);
    double tot = integral(t, v[TOT]), syn = integral(t, v[SYN]);
    struct peak peak = trace_peak(t->points, t->time_s, v[MEM]);
    r->cell = cell / (wanted_Ss * p->read_V);
    r->tia_ohm = tia / cell;
    r->vi_S = tot / tia;
    r->dpi = syn / tot;
    r->tau_syn_s = decay(t, v[SYN], end_s + 0.05 * p->tau_syn_s, 2 * p->tau_syn_s);
    r->tau_mem_s = decay(t, v[MEM], end_s + 11 * p->tau_syn_s, 1.33 * p->tau_mem_s);
    double tail = (v[MEM][t->points - 1] - v[MEM][0]) * r->tau_mem_s;
    r->membrane_ohm = (integral(t, v[MEM]) + (isfinite(tail) ? tail : 0)) / syn;
    r->gain_A_S = syn / wanted_Ss;
    r->peak_V = peak.above;
    r->rest_tot_A = v[TOT][0];
    r->rest_syn_A = v[SYN][0];
    r->rest_V = v[MEM][0];
}

/* ---- column 0 with its membrane held ---- */

const char *const probe_look_names[PROBE_LOOK_VECTORS] = {
    "v.xcol0.vitot#branch", "v.xcol0.visyn#branch", "vhold#branch"};

void probe_look_deck(const struct deck_circuit *circuit, enum probe_look look,
                     double hold_V, struct buf *out)
{
    /* Operating points far off their place: what does not converge soon is not worth
     * waiting for. Newton's last step makes the rest far better than the tolerance. */
    struct deck_solver solver = {
        .reltol = 1e-5, .vntol_V = 1e-9, .abstol_A = 1e-16, .gmin_S = 1e-15};
    buf_puts(out, "* spikebar: a column with its membrane held\n");
    buf_puts(out, circuit->head);
    deck_column_line(circuit->params, 0, out);
    buf_printf(out, "Iac 0 bl0 dc 0 ac %d\n", look == PROBE_FORWARD);
    buf_printf(out, "Vhold mem0 0 dc %.12g ac %d\n", hold_V, look == PROBE_LEAK);
    deck_solver_lines(&solver, 0, out);
    if (look == PROBE_REST)
        buf_printf(out, ".dc Vhold %.12g %.12g 1\n", hold_V, hold_V);
    else
        buf_printf(out, ".ac dec 1 %g %g\n", SLOW_HZ, LOOK_HZ);
    buf_puts(out, ".save i(v.xcol0.vitot) i(v.xcol0.visyn) i(vhold)\n.end\n");
}

void probe_look_read(const struct probe *p, enum probe_look look, const struct trace *t,
                     struct probe_point *point)
{
    size_t last = t->points - 1; /* the fastest; the first is the slowest */
    double w = 6.283185307179586 * t->time_s[last];
    double slow = 6.283185307179586 * t->time_s[0];
    double *const *v = t->value, h[2], r;
    switch (look) {
    case PROBE_REST:
        point->tot_A = v[0][0];
        point->syn_A = v[1][0];
        point->leak_A = v[1][0] - v[2][0];
        break;
    case PROBE_FORWARD:
        for (size_t i = 0; i < 2; i++)
            h[i] = hypot(v[2][i * last], v[3][i * last]) /
                   hypot(v[0][i * last], v[1][i * last]);
        point->dpi = h[0];
        r = h[0] * h[0] / (h[1] * h[1]);
        point->tau_syn_s = sqrt((r - 1) / (w * w - r * slow * slow));
        point->gain_A_S = p->read_V * hypot(v[2][0], v[3][0]); /* 1 S draws read_V */
        break;
    case PROBE_LEAK: /* the held node draws Y times the signal out of the source */
        point->leak_S = -v[4][last];
        point->tau_mem_s = v[5][last] / (w * v[4][last]);
        break;
    case PROBE_LOOKS:
        break;
    }
}
