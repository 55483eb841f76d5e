/* Spike-timing dependent change of the conductance (paper 2, Fig. 4).
 *
 * Both neurons give the same spike: head_V for 10 us, then a tail of -tail_V that falls
 * with tail_s. The memristor sees the post-synaptic one on its top electrode less the
 * pre-synaptic one on its bottom electrode, so that it is potentiated when the
 * post-synaptic spike comes later (its head meets the other's tail) and depressed when
 * it comes earlier. One spike alone is below both switching voltages of a device in the
 * middle of its range. */
#include "base/mem.h"
#include "base/rng.h"
#include "lab/device.h"
#include "num/stats.h"
#include "xbar/plasticity.h"

#include <math.h>
#include <stdlib.h>

enum { SIDE = 15, TIMES = 2 * SIDE };
#define FIRST_S 10e-6
#define STEP_S 5e-6
#define HEAD_S 10e-6
#define GRID_S 0.5e-6
#define START_X 0.3 /* 64 uS with ours */

struct pairs {
    const struct lab *lab;
    size_t repeats;
};

/* -80 .. -10, 10 .. 80 us */
static double timing_s(size_t k)
{
    return k < SIDE ? -(FIRST_S + STEP_S * (double)(SIDE - 1 - k))
                    : FIRST_S + STEP_S * (double)(k - SIDE);
}

static double spike_V(const struct study *s, double t)
{
    if (t < 0)
        return 0;
    return t < HEAD_S ? s->device.head_V
                      : -s->device.tail_V * exp(-(t - HEAD_S) / s->device.tail_s);
}

/* One pair of spikes, then a reading. */
static int run_pair(const struct pairs *p, const struct specimen *s, double dt_s,
                    double shift_V, double *read_S, char cause[JOBS_CAUSE])
{
    const struct study *o = p->lab->study;
    double pre_s = 1e-6 + fmax(-dt_s, 0), post_s = pre_s + dt_s;
    double end_s = fmax(pre_s, post_s) + HEAD_S + 8 * o->device.tail_s, x = START_X;
    AUTO(wave_finish) struct wave w = {0};
    wave_start(&w, 0);
    for (size_t i = 1; GRID_S * (double)i < end_s; i++) {
        double at = GRID_S * (double)i,
               volt = spike_V(o, at - post_s) - spike_V(o, at - pre_s);
        if (fabs(volt) > 0.3) /* switching voltages that lie elsewhere */
            volt = copysign(fabs(volt) + shift_V, volt);
        wave_to(&w, GRID_S, volt);
    }
    wave_to(&w, 1e-6, 0);
    wave_to(&w, 1e-6, p->lab->circuit.cell.read_V);
    wave_to(&w, 20e-6, p->lab->circuit.cell.read_V);
    end_s = wave_end(&w);
    return specimen_wave(s, p->lab, "a pair of spikes", &w, 1e-6, 1, &end_s, &x, read_S,
                         cause);
}

/* Unit 0: nominal; 1 .. n: trials of one device; n + 1 .. 2 n: devices. */
static int run_unit(void *context, size_t unit, void *record, char cause[JOBS_CAUSE])
{
    const struct pairs *p = context;
    const struct study *o = p->lab->study;
    bool cycle = unit >= 1 && unit <= p->repeats, device = unit > p->repeats;
    uint32_t number = device ? (uint32_t)(unit - p->repeats) : 0;
    AUTO(specimen_finish) struct specimen s;
    struct answer a;
    double *out = record;
    int status = 0;
    specimen_init(&s, p->lab, true);
    if (device)
        status = specimen_other(&s, p->lab, number, cause);
    if (status == 0)
        status = specimen_pulse(&s, p->lab, START_X, 0, 1e-3, p->lab->circuit.cell.read_V,
                                &a, cause);
    for (size_t k = 0; k < TIMES && status == 0; k++) {
        double shift = -s.offset_V, read_S = 0;
        if (cycle)
            shift += o->device.jitter_V * rng_normal(p->lab->seed, RNG_PULSE,
                                                     (uint32_t)unit, (uint32_t)k, 3000);
        status = run_pair(p, &s, timing_s(k), shift, &read_S, cause);
        out[k] = read_S / a.read_S - 1;
    }
    return status;
}

static int fit_sides(struct lab *lab, const double *nominal, double curve[TIMES],
                     struct err *e)
{
    static const char *const keys[2] = {"depression", "potentiation"};
    AUTO(table_finish) struct table t;
    int status = 0;
    table_init(&t, "side,amplitude,tau_s,rms");
    for (size_t side = 0; side < 2 && status == 0; side++) {
        double dt[SIDE], rms;
        struct timing_window w;
        for (size_t k = 0; k < SIDE; k++)
            dt[k] = fabs(timing_s(side * SIDE + k));
        status = timing_fit(SIDE, dt, nominal + side * SIDE, &w, &rms, e);
        if (status < 0)
            break;
        for (size_t k = 0; k < SIDE; k++)
            curve[side * SIDE + k] = w.amplitude * exp(-dt[k] / w.tau_s);
        table_row(&t, (double[]){side ? 1 : -1, w.amplitude, w.tau_s, rms});
        lab_numbers(lab, keys[side], "_amplitude,_tau_s,_rms", "",
                    (double[]){w.amplitude, w.tau_s, rms});
        if (rms > 0.2)
            buf_printf(&lab->text, "%-13s is no exponential of |dt|: look at stdp.csv\n",
                       keys[side]);
        else
            buf_printf(&lab->text,
                       "%-13s %+.1f %% exp(-|dt|/%.1f us), residual %.2f %% of the "
                       "largest\n",
                       keys[side], 100 * w.amplitude, 1e6 * w.tau_s, 100 * rms);
    }
    if (status == 0)
        status = table_write(&t, lab->folder, "fit.csv", e);
    return status;
}

/* The two sides of a curve over the times, with a gap between them. */
static void add_sides(struct plot *p, const char *name, const double *y,
                      enum plot_style style, int colour)
{
    double dt_s[TIMES];
    for (size_t k = 0; k < TIMES; k++)
        dt_s[k] = timing_s(k);
    plot_add(p, name, SIDE, dt_s, y, style, colour);
    plot_add(p, NULL, SIDE, dt_s + SIDE, y + SIDE, style, colour);
}

static struct plot_panel *add_panel(struct plot *p, const char *title, const char *label)
{
    struct plot_panel *a = plot_panel(p, title);
    a->x.factor = 1e6;
    a->y = (struct plot_axis){.label = label, .factor = 100};
    return a;
}

/* t: the trials, those of the nominal device first. */
static int draw(const struct lab *lab, const struct pairs *pairs, const struct table *t,
                const double *out, const double curve[TIMES], struct err *e)
{
    size_t n = pairs->repeats * TIMES;
    double left[TIMES];
    struct plot p;
    for (size_t k = 0; k < TIMES; k++)
        left[k] = out[k] - curve[k];
    plot_init(&p, "Spike-timing dependent plasticity of the memristor",
              "change of the conductance by one pair of spikes; paper 2, Fig. 4");
    add_panel(&p, "one device, cycle to cycle", "change (%)");
    plot_columns(&p, "trials", t, TIMES, n, "dt_s", "change", PLOT_POINTS, 1)->width =
        0.6;
    add_sides(&p, "nominal", out, PLOT_MARKED, 3);
    add_sides(&p, "exponential", curve, PLOT_DASHED, 2);
    add_panel(&p, "device to device", "change (%)");
    plot_columns(&p, "devices", t, TIMES + n, n, "dt_s", "change", PLOT_POINTS, 4)
        ->width = 0.6;
    add_sides(&p, NULL, out, PLOT_MARKED, 3);
    struct plot_panel *a = add_panel(&p, "nominal less fit", "residual (%)");
    a->height = 0.6;
    a->x.label = "post-synaptic less pre-synaptic spike (us)";
    add_sides(&p, NULL, left, PLOT_MARKED, 2);
    return lab_draw(lab, "stdp", &p, e);
}

static int run(struct lab *lab, struct err *e)
{
    struct pairs p = {lab, (size_t)lab->study->device.repeats};
    size_t count = 1 + 2 * p.repeats;
    double *out = mem_alloc(count * TIMES, sizeof *out), curve[TIMES], largest;
    AUTO(table_finish) struct table t;
    struct jobs_records work = {.what = "pairs of spikes",
                                .count = count,
                                .size = TIMES * sizeof *out,
                                .context = &p,
                                .run = run_unit,
                                .out = out};
    int status = jobs_records(&lab->pool, &work, e);
    table_init(&t, "trial,kind,dt_s,change");
    for (size_t i = 0; i < count * TIMES; i++)
        table_row(&t, (double[]){(double)(i / TIMES),
                                 i < TIMES                     ? 0
                                 : i < (1 + p.repeats) * TIMES ? 1
                                                               : 2,
                                 timing_s(i % TIMES), out[i]});
    bool good = status == 0 && table_write(&t, lab->folder, "stdp.csv", e) == 0 &&
                fit_sides(lab, out, curve, e) == 0;
    if (good) {
        largest = stats_max_abs(TIMES, out);
        const double *cycle = out + TIMES, *device = cycle + p.repeats * TIMES;
        double c2c = lab_spread(p.repeats, TIMES, TIMES, cycle, NULL) / largest;
        double d2d = lab_spread(p.repeats, TIMES, TIMES, device, NULL) / largest;
        json_numbers(lab->json, "c2c,d2d,largest_potentiation,largest_depression",
                     (double[]){c2c, d2d, out[SIDE], out[SIDE - 1]});
        buf_printf(&lab->text,
                   "one pair at +-10 us: %+.1f %%, %+.1f %%; deviation %.1f %% from "
                   "trial to trial, %.1f %% from device to device (of the largest)\n",
                   100 * out[SIDE], 100 * out[SIDE - 1], 100 * c2c, 100 * d2d);
        good = draw(lab, &p, &t, out, curve, e) == 0;
    }
    free(out);
    return good ? 0 : -1;
}

const struct device_experiment device_stdp = {
    "stdp", "change of the conductance against spike timing", run};
