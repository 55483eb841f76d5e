/* Potentiation and depression by equal pulses of three widths (paper 2, Fig. 3), with
 * variation from cycle to cycle and device to device, and the fit of paper 2's Eq. 2. */
#include "base/mem.h"
#include "base/rng.h"
#include "lab/device.h"
#include "xbar/plasticity.h"

#include <math.h>
#include <stdio.h>

enum { WIDTHS = 3, HALF = 100, PULSES = 2 * HALF };
static const double widths_s[WIDTHS] = {5e-6, 50e-6, 500e-6}; /* paper 2's */
static const char *const width_words[WIDTHS] = {"5 us", "50 us", "500 us"};

#define READ_V 0.1 /* paper 2's */
#define GAP_S 5e-6
#define READING_S 20e-6

/* Units of a width: the nominal device, one device in n cycles, n devices in one. */
enum kind { NOMINAL, CYCLES, DEVICES };

struct trains {
    const struct lab *lab;
    size_t repeats;
};

static size_t units_of_width(const struct trains *t)
{
    return 2 + t->repeats;
}

/* One deck: HALF pulses up and HALF down from *x, a reading after each. */
static int run_train(const struct trains *n, const struct specimen *s, double width_s,
                     const double jitter_V[PULSES], double *x, double g_S[PULSES],
                     char cause[JOBS_CAUSE])
{
    const struct study *o = n->lab->study;
    AUTO(wave_finish) struct wave w = {0};
    double at_s[PULSES], edge_s = width_s / 10;
    wave_start(&w, 0);
    for (size_t k = 0; k < PULSES; k++) {
        double volt = k < HALF ? o->device.potentiate_V + jitter_V[k] - s->offset_V
                               : -(o->device.depress_V + jitter_V[k] - s->offset_V);
        wave_to(&w, edge_s, volt);
        wave_to(&w, width_s, volt);
        wave_to(&w, edge_s, 0);
        wave_to(&w, GAP_S, READ_V);
        wave_to(&w, READING_S, READ_V);
        at_s[k] = wave_end(&w);
        wave_to(&w, GAP_S, 0);
    }
    return specimen_wave(s, n->lab, "potentiation and depression", &w,
                         fmin(width_s / 3, READING_S / 2), PULSES, at_s, x, g_S, cause);
}

static int run_unit(void *context, size_t unit, void *record, char cause[JOBS_CAUSE])
{
    const struct trains *n = context;
    const struct study *o = n->lab->study;
    size_t width = unit / units_of_width(n), k = unit % units_of_width(n);
    enum kind kind = k < DEVICES ? (enum kind)k : DEVICES;
    size_t cycles = kind == CYCLES ? n->repeats : 1;
    uint32_t device = kind == DEVICES ? (uint32_t)(k - DEVICES) + 1 : 0;
    double x = 0, jitter_V[PULSES] = {0}, *out = record;
    AUTO(specimen_finish) struct specimen s;
    int status = 0;
    specimen_init(&s, n->lab, true);
    if (kind == DEVICES)
        status = specimen_other(&s, n->lab, device, cause);
    if (status == 0) /* up and down once: all trials begin from the cycle's own low end */
        status = run_train(n, &s, widths_s[width], jitter_V, &x, out, cause);
    for (size_t c = 0; c < cycles && status == 0; c++) {
        for (size_t i = 0; i < PULSES && kind == CYCLES; i++)
            jitter_V[i] =
                o->device.jitter_V * rng_normal(n->lab->seed, RNG_PULSE, (uint32_t)width,
                                                (uint32_t)(c * PULSES + i), 2000);
        status = run_train(n, &s, widths_s[width], jitter_V, &x, out + c * PULSES, cause);
    }
    return status;
}

/* ---- results of one width ---- */

struct result {
    double mean_S[PULSES], fit_S[PULSES]; /* over the cycles after the first */
    double c2c, d2d;                      /* mean deviation over the range */
    struct plasticity_law law[2];
    double rms[2];
};

static int evaluate(const struct trains *n, const double *out, size_t width,
                    struct result *r, struct err *e)
{
    size_t room = n->repeats * PULSES, first = width * units_of_width(n);
    const double *cycle = out + (first + CYCLES) * room;
    const double *device = out + (first + DEVICES) * room;
    double top = 0, bottom = INFINITY, curve[HALF];
    int status = 0;
    r->c2c = lab_spread(n->repeats, PULSES, PULSES, cycle, r->mean_S);
    r->d2d = lab_spread(n->repeats, PULSES, room, device, NULL);
    for (size_t i = 0; i < PULSES; i++) {
        top = fmax(top, r->mean_S[i]);
        bottom = fmin(bottom, r->mean_S[i]);
    }
    r->c2c /= top - bottom;
    r->d2d /= top - bottom;
    for (size_t half = 0; half < 2 && status == 0; half++) {
        for (size_t i = 0; i < HALF; i++)
            curve[i] = r->mean_S[half * HALF + i] / top;
        status = plasticity_fit(HALF, curve, &r->law[half], &r->rms[half], e);
        double r_0 = curve[0];
        if (status == 0)
            plasticity_curve(&r->law[half], r_0, HALF, curve);
        for (size_t i = 0; i < HALF; i++)
            r->fit_S[half * HALF + i] = curve[i] * top;
    }
    return status;
}

static int write_tables(const struct lab *lab, const struct trains *n, const double *out,
                        const struct result r[WIDTHS], struct err *e)
{
    AUTO(table_finish) struct table all, fit, residual;
    size_t room = n->repeats * PULSES;
    table_init(&all, "width_s,kind,trial,pulse,conductance_S");
    table_init(&fit, "width_s,direction,a,b,c,d,i,f,g,h,rms");
    table_init(&residual, "width_s,pulse,mean_S,fit_S,residual_S");
    for (size_t w = 0; w < WIDTHS; w++) {
        for (size_t k = 0; k < units_of_width(n); k++) {
            size_t kind = k < DEVICES ? k : DEVICES,
                   cycles = kind == CYCLES ? n->repeats : 1;
            for (size_t i = 0; i < cycles * PULSES; i++)
                table_row(&all,
                          (double[]){widths_s[w], (double)kind,
                                     (double)(kind == DEVICES ? k - DEVICES : i / PULSES),
                                     (double)(i % PULSES) + 1,
                                     out[(w * units_of_width(n) + k) * room + i]});
        }
        for (size_t half = 0; half < 2; half++) {
            const struct plasticity_law *l = &r[w].law[half];
            table_row(&fit, (double[]){widths_s[w], half ? -1 : 1, l->a, l->b, l->c, l->d,
                                       l->i, l->f, l->g, l->h, r[w].rms[half]});
        }
        for (size_t i = 0; i < PULSES; i++)
            table_row(&residual,
                      (double[]){widths_s[w], (double)i + 1, r[w].mean_S[i],
                                 r[w].fit_S[i], r[w].mean_S[i] - r[w].fit_S[i]});
    }
    bool good = table_write(&all, lab->folder, "ltp.csv", e) == 0 &&
                table_write(&fit, lab->folder, "fit.csv", e) == 0 &&
                table_write(&residual, lab->folder, "residuals.csv", e) == 0;
    return good ? 0 : -1;
}

/* The trials of one kind, pale; their mean and fit over them; residuals below. */
static int draw(const struct lab *lab, const struct trains *n, const double *out,
                const struct result r[WIDTHS], enum kind kind, const char *name,
                const char *title, struct err *e)
{
    enum { SHOWN = 20 };
    bool cycles = kind == CYCLES;
    size_t room = n->repeats * PULSES, shown = n->repeats < SHOWN ? n->repeats : SHOWN;
    double pulse[PULSES], left[PULSES];
    char text[64];
    struct plot_panel *a;
    struct plot p;
    plot_init(&p, title,
              "100 pulses up, 100 down, readings at 0.1 V; paper 2, Figs. 3 and 7a");
    for (size_t i = 0; i < PULSES; i++)
        pulse[i] = (double)i + 1;
    for (size_t w = 0; w < WIDTHS; w++) {
        const double *base = out + w * units_of_width(n) * room;
        const double *trial = base + (cycles ? CYCLES : DEVICES) * room;
        snprintf(text, sizeof text, "pulses of %s", width_words[w]);
        a = plot_panel(&p, text);
        a->x.label = !cycles && w + 1 == WIDTHS ? "pulse" : NULL;
        a->y = (struct plot_axis){.label = "conductance (uS)", .factor = 1e6};
        for (size_t k = 0; k < shown; k++)
            plot_add(&p,
                     k || w   ? NULL
                     : cycles ? "cycles"
                              : "devices",
                     PULSES, pulse, trial + k * (cycles ? PULSES : room), PLOT_LINE,
                     PLOT_PALE)
                ->width = 1;
        plot_add(&p,
                 w        ? NULL
                 : cycles ? "mean"
                          : "nominal",
                 PULSES, pulse, cycles ? r[w].mean_S : base, PLOT_LINE, 1);
        if (cycles)
            plot_add(&p, w ? NULL : "Eq. 2", PULSES, pulse, r[w].fit_S, PLOT_DASHED, 2);
    }
    if (cycles) {
        a = plot_panel(&p, "mean less fit");
        a->x.label = "pulse";
        a->y = (struct plot_axis){.label = "residual (uS)", .factor = 1e6};
    }
    for (size_t w = 0; w < WIDTHS && cycles; w++) {
        for (size_t i = 0; i < PULSES; i++)
            left[i] = r[w].mean_S[i] - r[w].fit_S[i];
        plot_add(&p, width_words[w], PULSES, pulse, left, PLOT_LINE, (int)w + 3);
    }
    return lab_draw(lab, name, &p, e);
}

static void report(struct lab *lab, const struct result r[WIDTHS])
{
    buf_printf(&lab->text,
               "pulses of +%g V and -%g V\nwidth     range (uS)         C2C     D2D   "
               "  Eq. 2: residual up, down (rms of range)\n",
               lab->study->device.potentiate_V, lab->study->device.depress_V);
    for (size_t w = 0; w < WIDTHS; w++) {
        double low = r[w].mean_S[PULSES - 1], high = r[w].mean_S[HALF - 1];
        char after[16];
        snprintf(after, sizeof after, "_%.0fus", 1e6 * widths_s[w]);
        lab_numbers(lab, "", "low_S,high_S,c2c,d2d,rms_up,rms_down", after,
                    (double[]){low, high, r[w].c2c, r[w].d2d, r[w].rms[0], r[w].rms[1]});
        buf_printf(&lab->text,
                   "%-7s  %6.2f .. %6.2f   %5.2f %%  %5.2f %%     %.3f %%, %.3f %%\n",
                   width_words[w], 1e6 * low, 1e6 * high, 100 * r[w].c2c, 100 * r[w].d2d,
                   100 * r[w].rms[0], 100 * r[w].rms[1]);
    }
}

static int run(struct lab *lab, struct err *e)
{
    struct trains n = {lab, (size_t)lab->study->device.repeats};
    size_t count = WIDTHS * units_of_width(&n), room = n.repeats * PULSES;
    struct result r[WIDTHS];
    AUTO_FREE double *out = mem_alloc(count * room, sizeof *out);
    struct jobs_records work = {.what = "pulse trains",
                                .count = count,
                                .size = room * sizeof *out,
                                .context = &n,
                                .run = run_unit,
                                .out = out};
    int status = jobs_records(&lab->pool, &work, e);
    for (size_t w = 0; w < WIDTHS && status == 0; w++) {
        status = evaluate(&n, out, w, &r[w], e);
        if (status < 0)
            err_place(e, "pulses of %s", width_words[w]);
    }
    if (status == 0)
        report(lab, r);
    bool good = status == 0 && write_tables(lab, &n, out, r, e) == 0 &&
                draw(lab, &n, out, r, CYCLES, "ltp",
                     "Potentiation and depression, cycle to cycle", e) == 0 &&
                draw(lab, &n, out, r, DEVICES, "ltp-devices",
                     "Potentiation and depression, device to device", e) == 0;
    return good ? 0 : -1;
}

const struct device_experiment device_ltp = {
    "ltp", "potentiation and depression by equal pulses, fit of paper 2's Eq. 2", run};
