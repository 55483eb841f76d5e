/* The 1T1R cell, memristor on drain and on source: which voltage reaches the memristor
 * (paper 1, Table 1), on/off ratio against the transistor (Figs. 4C, S5, S6), and what
 * that recommends for the device at hand. */
#include "base/mem.h"
#include "lab/device.h"
#include "num/line.h"
#include "xbar/writing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOD, MOS, ORIENTATIONS };

/* ---- table 1 ---- */

enum { WAYS = 5, SUPPLIES = 2 };
static const double supplies_V[SUPPLIES] = {2, 3};

/* One row of the table: an instance between p (+), n (-) and ground, where the voltage on
 * the memristor is, and the paper's rule. */
static const struct way {
    const char *key, *words, *lines, *plus, *minus;
    enum writing_way law;
    bool loses_threshold;
} ways[WAYS] = {
    {"mod_set", "drain, set (+ on top)", "Xc p g 0 cell_mod x0=0\n", "p", "xc.d",
     WRITING_MOD_SET, false},
    {"mod_reset_source", "drain, reset (+ on source)", "Xc 0 g p cell_mod x0=1\n", "xc.d",
     "", WRITING_MOD_RESET_SOURCE, true},
    {"mod_reset_top", "drain, reset (- on top)", "Xc n g 0 cell_mod x0=1\n", "xc.d", "n",
     WRITING_MOD_RESET_TOP, false},
    {"mos_set", "source, set (+ on drain)", "Xc p g 0 cell_mos x0=0\n", "xc.s", "",
     WRITING_MOS_SET, true},
    {"mos_reset", "source, reset (+ on far side)", "Xc 0 g p cell_mos x0=1\n", "p",
     "xc.s", WRITING_MOS_RESET, false},
};

/* The supply, its negative and the gate: a ramp of 100 ms, 10 ms hold; gate = supply. */
static void put_way(const struct lab *lab, const struct specimen *s, const struct way *w,
                    double supply_V, struct jobs_deck *d)
{
    specimen_begin(s, lab, "voltage on the memristor", &d->text);
    buf_printf(&d->text,
               "Vp p 0 PWL(0 0 100m %g 110m %g)\nVn n 0 PWL(0 0 100m %g 110m %g)\n"
               "Vg g 0 %g\n%s",
               supply_V, supply_V, -supply_V, -supply_V, supply_V, w->lines);
    jobs_name(d, "%s", w->plus);
    if (*w->minus)
        jobs_name(d, "%s", w->minus);
    specimen_end(lab, 0.11, 0.1e-3, d);
}

static double largest(const struct trace *t)
{
    double most = 0;
    for (size_t i = 0; i < t->points; i++)
        most = fmax(most, fabs(t->value[0][i] - (t->count > 1 ? t->value[1][i] : 0)));
    return most;
}

static struct writing_law law_of(const struct lab *lab)
{
    struct writing_law l = {.cell = lab->circuit.cell};
    struct err e;
    const struct {
        const char *name;
        double *place;
    } wanted[] = {{"v_set", &l.v_set_V},
                  {"v_full", &l.v_full_V},
                  {"v_reset", &l.v_reset_V},
                  {"v_off", &l.v_off_V}};
    for (size_t k = 0; k < 4; k++)
        if (param_get(&lab->circuit.params, wanted[k].name, wanted[k].place, &e) < 0)
            *wanted[k].place = NAN;
    return l;
}

static int table_1(struct lab *lab, struct err *e)
{
    struct jobs_deck deck[WAYS * SUPPLIES] = {0};
    AUTO(specimen_finish) struct specimen s;
    struct writing_law law = law_of(lab);
    struct table t;
    specimen_init(&s, lab, false);
    table_init(&t, "supply_V,way,memristor_V,closed_form_V,rule_V");
    for (size_t k = 0; k < WAYS * SUPPLIES; k++)
        put_way(lab, &s, &ways[k % WAYS], supplies_V[k / WAYS], &deck[k]);
    int status = lab_decks(lab, WAYS * SUPPLIES, deck, e);
    buf_puts(&lab->text,
             "largest voltage on the memristor (V), gate = supply\n"
             "memristor on                     supply  simulated  closed form  "
             "paper's rule\n");
    for (size_t k = 0; k < WAYS * SUPPLIES && status == 0; k++) {
        const struct way *w = &ways[k % WAYS];
        double supply_V = supplies_V[k / WAYS], got = largest(&deck[k].trace);
        double closed = lab->circuit.memristor.path
                            ? NAN
                            : writing_voltage(&law, w->law, supply_V, supply_V);
        double rule = supply_V - (w->loses_threshold ? lab->circuit.cell.vto_V : 0);
        char key[64];
        snprintf(key, sizeof key, "%s_%gV", w->key, supply_V);
        lab_number(lab, key, got);
        snprintf(key, sizeof key, "%s_%gV_closed", w->key, supply_V);
        lab_number(lab, key, closed);
        table_row(&t, (double[]){supply_V, (double)(k % WAYS), got, closed, rule});
        buf_printf(&lab->text, "%-31s  %4.1f    %6.3f     %6.3f       < %.2f %s\n",
                   w->words, supply_V, got, closed, rule,
                   w->loses_threshold ? "VG - Vth" : "VDD");
    }
    if (status == 0)
        status = table_write(&t, lab->folder, "table1.csv", e);
    table_finish(&t);
    jobs_finish(WAYS * SUPPLIES, deck);
    return status;
}

/* ---- on/off ratio ---- */

enum { SIZES = 10, GATES = 6, SWEEPS = SIZES + GATES, VECTORS = 8 };
static const double sizes[SIZES] = {10, 15, 20, 30, 40, 65, 90, 130, 200, 330};
static const double gates_V[GATES] = {1.5, 2, 2.5, 3, 3.5, 4};
enum { NOMINAL = 5 }; /* W/L 65 */

#define SET_READ_S 0.24
#define RESET_READ_S 0.55
#define SWEEP_END_S 0.6

/* 0, +, 0 V, reading, 0, -, 0 V, reading: on p for set, on q (with the signs of the
 * orientation) for reset. Bare, on drain and on source side by side; a transistor alone
 * at 10 mV beside them. */
static void put_sweep(const struct lab *lab, struct specimen *s, double size,
                      double gate_V, struct jobs_deck *d)
{
    static const char *const vectors[VECTORS] = {
        "vu#branch", "vt#branch", "vp#branch", "vr#branch", "t", "p", "q", "vq#branch"};
    double v = lab->study->device.sweep_V, r = lab->circuit.cell.read_V;
    buf_clear(&s->lines);
    buf_printf(&s->lines, ".param sel_w = {%g*sel_l}\n", size);
    specimen_begin(s, lab, "on/off ratio of a cell", &d->text);
    for (const char *c = "tu"; *c; c++)
        buf_printf(
            &d->text,
            "V%c %c 0 PWL(0 0 0.1 %g 0.2 0 0.21 %g 0.25 %g 0.3 0 0.4 %g 0.5 0 0.51 %g "
            "0.6 %g)\n",
            *c, *c, v, r, r, -v, r, r);
    buf_printf(&d->text,
               "Vp p 0 PWL(0 0 0.1 %g 0.2 0 0.21 %g 0.25 %g 0.3 0 0.5 0 0.51 %g 0.6 "
               "%g)\nVq q 0 PWL(0 0 0.3 0 0.4 %g 0.5 0 0.6 0)\n",
               v, r, r, r, r, v);
    buf_printf(&d->text,
               "Vg g 0 %g\nXm u 0 memristor x0=0\nXd t g 0 cell_mod x0=0\n"
               "Xs p g q cell_mos x0=0\nVr r 0 10m\n"
               "Mr r g 0 0 nmos_select w={sel_w} l={sel_l}\n",
               gate_V);
    for (size_t k = 0; k < VECTORS; k++)
        jobs_name(d, "%s", vectors[k]);
    specimen_end(lab, SWEEP_END_S, 0.5e-3, d);
}

static double current(const struct trace *t, size_t vector, double time_s)
{
    return -line_at(t->points, t->time_s, t->value[vector], time_s);
}

struct ratios {
    double bare, share[ORIENTATIONS]; /* on/off; over the bare device's */
    double ron_ohm, lrs_ohm;          /* at 10 mV; bare at the sweep's peak */
    double on_S[ORIENTATIONS];
};

static struct ratios measure(const struct lab *lab, const struct trace *t)
{
    double ratio[3];
    struct ratios r = {.ron_ohm = 10e-3 / current(t, 3, SET_READ_S)};
    for (size_t k = 0; k < 3; k++)
        ratio[k] = current(t, k, SET_READ_S) / current(t, k, RESET_READ_S);
    r.bare = ratio[0];
    for (size_t o = 0; o < ORIENTATIONS; o++) {
        r.share[o] = ratio[1 + o] / ratio[0];
        r.on_S[o] = current(t, 1 + o, SET_READ_S) / lab->circuit.cell.read_V;
    }
    r.lrs_ohm = lab->study->device.sweep_V / current(t, 0, 0.1);
    return r;
}

/* Magnitudes at which 90 % of the change of the conductance is made, by the loop's own
 * currents at the memristor alone: the reading needs a loop of its own. */
struct needs {
    double set_V, reset_V;
};

enum { NEED_STEPS = 40 };

static int measure_needs(void *context, size_t unit, void *out, char cause[JOBS_CAUSE])
{
    const struct lab *lab = context;
    struct specimen s;
    struct answer a = {0};
    struct needs *needs = out;
    double *need_V[2] = {&needs->set_V, &needs->reset_V};
    double g[2][NEED_STEPS], v = lab->study->device.sweep_V;
    int status = 0;
    (void)unit;
    specimen_init(&s, lab, true);
    for (size_t way = 0; way < 2; way++)
        for (size_t k = 0; k < NEED_STEPS && status == 0; k++) {
            double volt = v * (double)(k + 1) / NEED_STEPS;
            status = specimen_pulse(&s, lab, fmax(a.x, 0), way ? -volt : volt,
                                    5 * lab->study->device.width_s,
                                    lab->circuit.cell.read_V, &a, cause);
            g[way][k] = a.read_S;
        }
    specimen_finish(&s);
    for (size_t way = 0; way < 2 && status == 0; way++) {
        double from = way ? g[0][NEED_STEPS - 1] : g[0][0], to = g[way][NEED_STEPS - 1];
        *need_V[way] = v;
        for (size_t k = NEED_STEPS; k-- > 0;)
            if (fabs(g[way][k] - from) >= 0.9 * fabs(to - from))
                *need_V[way] = v * (double)(k + 1) / NEED_STEPS;
            else
                break;
    }
    return status;
}

static void recommend(struct lab *lab, const struct ratios r[SWEEPS],
                      const struct needs *n)
{
    const struct ratios *at = &r[NOMINAL];
    size_t best = at->share[MOD] >= at->share[MOS] ? MOD : MOS;
    double wanted = sizes[NOMINAL] * at->ron_ohm / (0.1 * at->lrs_ohm), gate = NAN;
    for (size_t k = GATES; k-- > 0;)
        if (r[SIZES + k].ron_ohm <= 0.1 * r[SIZES + k].lrs_ohm)
            gate = gates_V[k];
    lab_number(lab, "needs_set_V", n->set_V);
    lab_number(lab, "needs_reset_V", n->reset_V);
    lab_number(lab, "recommended_w_l", wanted);
    cJSON_AddStringToObject(lab->json, "recommended_orientation",
                            best == MOD ? "MOD" : "MOS");
    buf_printf(
        &lab->text,
        "recommendation\n"
        "  memristor on %s: 90 %% of a set takes %.2f V, of a reset %.2f V, and a "
        "supply of %g V\n    leaves %.0f %% of the on/off ratio on drain, %.0f %% on "
        "source\n"
        "  W/L of %.0f or more at VG %g V: on-resistance 10 %% of the %.0f ohm low-"
        "resistance state\n    (W/L 65: %.1f %%)",
        best == MOD ? "drain" : "source", n->set_V, n->reset_V,
        lab->study->device.sweep_V, 100 * at->share[MOD], 100 * at->share[MOS], wanted,
        lab->circuit.cell.gate_V, at->lrs_ohm, 100 * at->ron_ohm / at->lrs_ohm);
    if (isfinite(gate))
        buf_printf(&lab->text, "; or W/L 65 with VG of %g V", gate);
    buf_puts(&lab->text, "\n");
}

static int report(struct lab *lab, const struct ratios r[SWEEPS], struct table *t,
                  struct err *e)
{
    buf_puts(&lab->text,
             "on/off ratio over the bare device's (%)\nW/L     VG    Ron (ohm)  "
             "Ron/LRS   on drain  on source\n");
    for (size_t k = 0; k < SWEEPS; k++) {
        double size = k < SIZES ? sizes[k] : sizes[NOMINAL];
        double gate = k < SIZES ? lab->circuit.cell.gate_V : gates_V[k - SIZES];
        table_row(t, (double[]){size, gate, r[k].ron_ohm, r[k].ron_ohm / r[k].lrs_ohm,
                                r[k].bare, r[k].share[MOD], r[k].share[MOS],
                                r[k].on_S[MOD], r[k].on_S[MOS]});
        if (k < SIZES)
            buf_printf(&lab->text, "%-6g  %3.1f   %8.1f   %5.1f %%   %6.1f    %6.1f\n",
                       size, gate, r[k].ron_ohm, 100 * r[k].ron_ohm / r[k].lrs_ohm,
                       100 * r[k].share[MOD], 100 * r[k].share[MOS]);
    }
    const struct ratios *at = &r[NOMINAL];
    json_numbers(
        lab->json,
        "on_off_bare,share_mod_65,share_mos_65,share_mod_330,share_mod_10,lrs_ohm,"
        "ron_over_lrs_65",
        (double[]){at->bare, at->share[MOD], at->share[MOS], r[SIZES - 1].share[MOD],
                   r[0].share[MOD], at->lrs_ohm, at->ron_ohm / at->lrs_ohm});
    return table_write(t, lab->folder, "onoff.csv", e);
}

/* Current of one curve against the voltage over its cell, set and reset sweep. */
static void add_curve(struct plot *p, const char *name, const struct trace *t,
                      size_t branch, const double *plus, const double *minus)
{
    size_t n = 0;
    double *x = mem_alloc(2 * t->points, sizeof *x), *y = x + t->points;
    for (size_t i = 0; i < t->points; i++) {
        double time = t->time_s[i];
        if ((time > 0.2 && time < 0.3) || time > 0.5)
            continue;
        x[n] = plus[i] - (minus ? minus[i] : 0);
        y[n++] = t->value[branch][i];
    }
    plot_add(p, name, n, x, y, branch ? PLOT_LINE : PLOT_DASHED, 0);
    free(x);
}

static int draw(const struct lab *lab, const struct trace *t, const struct table *onoff,
                struct err *e)
{
    static const double rule_x[2] = {0.1, 0.1}, rule_y[2] = {0, 1.05};
    static const char share[] = "share of the bare one's (%)";
    double v = lab->study->device.sweep_V;
    struct plot p;
    plot_init(&p, "1T1R cell: memristor on drain and on source",
              "paper 1, Figs. 4C, S5, S6");
    p.height_px = 1150;
    struct plot_panel *a = plot_panel(&p, "W/L 65, gate at 3 V");
    a->x = (struct plot_axis){.label = "voltage over the cell (V)", .min = -v, .max = v};
    a->y = (struct plot_axis){"|current| (uA)", 1e6, 0.01, 5e3, true, 1e-3};
    add_curve(&p, "memristor alone", t, 0, t->value[4], NULL);
    add_curve(&p, "on drain (MOD)", t, 1, t->value[4], NULL);
    add_curve(&p, "on source (MOS)", t, 2, t->value[5], t->value[6]);
    a = plot_panel(&p, "on/off ratio against on-resistance (W/L 330 left, 10 right)");
    a->x = (struct plot_axis){
        "on-resistance over low-resistance state (%)", 100, 1, 100, true, 0};
    a->y = (struct plot_axis){.label = share, .factor = 100, .max = 105};
    plot_add(&p, "the 10 % rule", 2, rule_x, rule_y, PLOT_LINE, PLOT_GREY);
    plot_columns(&p, "on drain", onoff, 0, SIZES, "ron_over_lrs", "share_mod",
                 PLOT_MARKED, 2);
    plot_columns(&p, "on source", onoff, 0, SIZES, "ron_over_lrs", "share_mos",
                 PLOT_MARKED, 3);
    a = plot_panel(&p, "W/L 65 against the gate");
    a->x.label = "gate voltage (V)";
    a->y = (struct plot_axis){.label = share, .factor = 100, .max = 105};
    plot_columns(&p, NULL, onoff, SIZES, GATES, "gate_V", "share_mod", PLOT_MARKED, 2);
    plot_columns(&p, NULL, onoff, SIZES, GATES, "gate_V", "share_mos", PLOT_MARKED, 3);
    return lab_draw(lab, "cell", &p, e);
}

static int on_off(struct lab *lab, struct err *e)
{
    struct jobs_deck deck[SWEEPS] = {0};
    struct ratios r[SWEEPS];
    struct needs n = {0};
    AUTO(specimen_finish) struct specimen s;
    struct table onoff;
    table_init(&onoff, "w_l,gate_V,ron_ohm,ron_over_lrs,on_off_bare,share_mod,share_mos,"
                       "on_mod_S,on_mos_S");
    specimen_init(&s, lab, false);
    for (size_t k = 0; k < SWEEPS; k++)
        put_sweep(lab, &s, k < SIZES ? sizes[k] : sizes[NOMINAL],
                  k < SIZES ? lab->circuit.cell.gate_V : gates_V[k - SIZES], &deck[k]);
    struct jobs_records work = {
        .count = 1, .size = sizeof n, .context = lab, .run = measure_needs, .out = &n};
    bool good = lab_decks(lab, SWEEPS, deck, e) == 0;
    for (size_t k = 0; k < SWEEPS && good; k++)
        r[k] = measure(lab, &deck[k].trace);
    good =
        good && report(lab, r, &onoff, e) == 0 && jobs_records(&lab->pool, &work, e) == 0;
    if (good)
        recommend(lab, r, &n);
    good = good && lab_trace(lab, "cell.raw", &deck[NOMINAL].trace, e) == 0 &&
           draw(lab, &deck[NOMINAL].trace, &onoff, e) == 0;
    table_finish(&onoff);
    jobs_finish(SWEEPS, deck);
    return good ? 0 : -1;
}

static int run(struct lab *lab, struct err *e)
{
    return table_1(lab, e) < 0 ? -1 : on_off(lab, e);
}

const struct device_experiment device_cell = {
    "cell", "1T1R, memristor on drain and on source: Table 1, on/off ratio", run};
