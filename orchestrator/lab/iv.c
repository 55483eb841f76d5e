/* Current against voltage of the memristor alone: the pinched loop, partial resets after
 * a full set (paper 1, Fig. 2A), and cycles whose parameters differ (Fig. S3). */
#include "base/mem.h"
#include "lab/device.h"
#include "num/line.h"
#include "num/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STOPS = 16, SHARES = 6, SAMPLES = 161, CYCLE_NUMBERS = 2 };
static const double shares[SHARES] = {0.01, 0.03, 0.05, 0.10, 0.30, 0.50};

#define STATE_MOVES 1e-3 /* a state that moves by less is taken for one that rests */
#define LOOP_S 1.0       /* 0, +, 0, -, 0 */
#define READ_S 10e-3

static double sweep_of(const struct lab *lab)
{
    return lab->study->device.sweep_V;
}

static double stop_V(const struct lab *lab, size_t k)
{
    return sweep_of(lab) * (0.25 + 0.75 * (double)k / (STOPS - 1)); /* 0.5 .. 2 V */
}

static void put_loop(struct wave *w, double sweep_V)
{
    wave_to(w, LOOP_S / 4, sweep_V);
    wave_to(w, LOOP_S / 4, 0);
    wave_to(w, LOOP_S / 4, -sweep_V);
    wave_to(w, LOOP_S / 4, 0);
}

static void put_deck(const struct lab *lab, const struct specimen *s, double x,
                     const struct wave *w, struct jobs_deck *d)
{
    specimen_deck(s, lab, "current against voltage", x, w, LOOP_S / 2000, d);
}

static double current_at(const struct trace *t, double time_s)
{
    return -line_at(t->points, t->time_s, t->value[0], time_s);
}

/* ---- the loop ---- */

static int report_loop(struct lab *lab, const struct trace *t, struct err *e)
{
    double v = sweep_of(lab), at = 0.15 * v, quarter = LOOP_S / 4;
    double forth = current_at(t, quarter * at / v),
           back = current_at(t, 2 * quarter - quarter * at / v);
    struct table c;
    table_init(&c, "time_s,voltage_V,current_A,state_change");
    for (size_t i = 0; i < t->points; i++)
        table_row(&c, (double[]){t->time_s[i], t->value[1][i], -t->value[0][i],
                                 t->value[2][i]});
    int status = table_save(&c, lab->folder, "loop.csv", e);
    double zero =
        fmax(fabs(current_at(t, 2 * quarter)), fabs(current_at(t, 4 * quarter)));
    lab_number(lab, "current_at_zero_A", zero);
    double ratio =
        forth > 1e-15 ? back / forth : NAN; /* a state of 0 may conduct nothing */
    lab_number(lab, "ratio_back_forth", ratio);
    lab_number(lab, "lrs_ohm", v / current_at(t, quarter));
    buf_printf(&lab->text,
               "loop +-%g V: %.1e A at zero (pinched), %.1f times the current at "
               "%.2g V on the way back, %.0f ohm at %g V\n",
               v, zero, ratio, at, v / current_at(t, quarter), v);
    double low = 0, high = 0;
    for (size_t i = 0; i < t->points; i++) {
        low = fmin(low, t->value[SPECIMEN_CHANGE][i]);
        high = fmax(high, t->value[SPECIMEN_CHANGE][i]);
    }
    lab_number(lab, "state_moved", high - low);
    if (high - low < STATE_MOVES)
        buf_printf(&lab->text,
                   "WARNING: nothing was varied: the state moves by %.1e of its range; "
                   "device.sweep (%g V) stays below the memristor's thresholds, or it "
                   "has no state\n",
                   high - low, v);
    if (status == 0)
        status = lab_trace(lab, "loop.raw", t, e);
    return status;
}

/* ---- partial resets ---- */

static double stop_begins_s(size_t k)
{
    return LOOP_S / 2 + (double)k * (LOOP_S / 2 + READ_S);
}

static void put_stops(const struct lab *lab, struct wave *w)
{
    wave_start(w, 0);
    wave_to(w, LOOP_S / 4, sweep_of(lab));
    wave_to(w, LOOP_S / 4, 0);
    for (size_t k = 0; k < STOPS; k++) {
        wave_to(w, LOOP_S / 4, -stop_V(lab, k));
        wave_to(w, LOOP_S / 4, 0);
        wave_to(w, READ_S / 10, lab->circuit.cell.read_V);
        wave_to(w, 0.8 * READ_S, lab->circuit.cell.read_V);
        wave_to(w, READ_S / 10, 0);
    }
}

static int report_stops(struct lab *lab, const struct trace *t, double level_S[STOPS],
                        struct err *e)
{
    struct table c;
    table_init(&c, "stop_V,conductance_S");
    buf_puts(&lab->text, "reset stop (V) ");
    for (size_t k = 0; k < STOPS; k++) {
        double at_s = stop_begins_s(k) + LOOP_S / 2 + 0.85 * READ_S;
        level_S[k] = current_at(t, at_s) / lab->circuit.cell.read_V;
        table_row(&c, (double[]){-stop_V(lab, k), level_S[k]});
        if (k % 3 == 0)
            buf_printf(&lab->text, " %6.1f", -stop_V(lab, k));
    }
    buf_puts(&lab->text, "\nleaves (uS)    ");
    for (size_t k = 0; k < STOPS; k += 3)
        buf_printf(&lab->text, " %6.1f", 1e6 * level_S[k]);
    buf_puts(&lab->text, "\n");
    lab_number(lab, "first_stop_S", level_S[0]);
    lab_number(lab, "last_stop_S", level_S[STOPS - 1]);
    int status = table_save(&c, lab->folder, "stops.csv", e);
    if (status == 0)
        status = lab_trace(lab, "stops.raw", t, e);
    return status;
}

/* ---- cycles that differ ---- */

struct cycles {
    const struct lab *lab;
    size_t count; /* cycles of a unit */
};

/* One share: cycle after cycle, each with parameters of its own and the state that the
 * one before left. out: current at `at` forth and back and the loop in samples, each
 * cycle. */
static int run_cycles(void *context, size_t unit, void *out, char cause[JOBS_CAUSE])
{
    const struct cycles *c = context;
    const struct lab *lab = c->lab;
    double x = 0, v = sweep_of(lab), quarter = LOOP_S / 4;
    for (size_t k = 0; k < c->count; k++) {
        struct specimen s;
        struct jobs_deck d = {0};
        struct wave w = {0};
        struct err e = {0};
        double *row = (double *)out + k * (CYCLE_NUMBERS + SAMPLES);
        wave_start(&w, 0);
        put_loop(&w, v);
        specimen_init(&s, lab, true);
        int status =
            specimen_vary(&s, lab, 0, (uint32_t)(1 + unit * 10000 + k), shares[unit], &e);
        if (status < 0)
            snprintf(cause, JOBS_CAUSE, "%.500s", e.text);
        else
            status = specimen_run(&s, lab, "current against voltage", x, &w,
                                  LOOP_S / 2000, &d, cause);
        if (status == 0) {
            const struct trace *t = &d.trace;
            row[0] = current_at(t, quarter * 0.15);
            row[1] = current_at(t, quarter * 1.85);
            for (size_t i = 0; i < SAMPLES; i++)
                row[CYCLE_NUMBERS + i] =
                    current_at(t, LOOP_S * (double)i / (SAMPLES - 1));
            x = fmax(x + t->value[2][t->points - 1], 0);
        }
        wave_finish(&w);
        jobs_finish(1, &d);
        specimen_finish(&s);
        if (status < 0)
            return status;
    }
    return 0;
}

static double sample_V(const struct lab *lab, size_t i)
{
    double p = 4.0 * (double)i / (SAMPLES - 1);
    return sweep_of(lab) * (p < 1 ? p : p < 3 ? 2 - p : p - 4);
}

/* The axes of a panel of the current, magnitudes from `low_uA` to `high_uA`. */
static struct plot_panel *current_panel(const struct lab *lab, struct plot *p,
                                        const char *title, double low_uA, double high_uA)
{
    struct plot_panel *a = plot_panel(p, title);
    a->x = (struct plot_axis){.min = -sweep_of(lab), .max = sweep_of(lab)};
    a->y = (struct plot_axis){"|current| (uA)", 1e6, low_uA, high_uA, true, 1e-3};
    return a;
}

static int draw_cycles(const struct lab *lab, size_t count, const double *out,
                       struct err *e)
{
    size_t room = CYCLE_NUMBERS + SAMPLES, shown = count < 10 ? count : 10;
    double volt[SAMPLES];
    char title[64];
    struct plot p;
    plot_init(&p, "Cycles of the memristor",
              "each cycle with parameters of its own (device.spread); paper 1, Fig. S3");
    p.height_px = 1500;
    for (size_t i = 0; i < SAMPLES; i++)
        volt[i] = sample_V(lab, i);
    for (size_t k = 0; k < SHARES; k++) {
        snprintf(title, sizeof title, "parameters vary by %g %%", 100 * shares[k]);
        struct plot_panel *a = current_panel(lab, &p, title, 0.05, 2e4);
        a->x.label = k + 1 == SHARES ? "voltage (V)" : NULL;
        for (size_t c = 0; c < shown; c++)
            plot_add(&p, NULL, SAMPLES, volt,
                     out + (k * count + c) * room + CYCLE_NUMBERS, PLOT_LINE, (int)c + 1)
                ->width = 1;
    }
    return lab_draw(lab, "cycles", &p, e);
}

static int report_cycles(struct lab *lab, size_t count, const double *out, struct err *e)
{
    size_t room = CYCLE_NUMBERS + SAMPLES;
    double *on = mem_alloc(count, sizeof *on);
    struct table t;
    table_init(&t, "share,cycle,off_A,on_A");
    buf_puts(&lab->text, "variation (%)   ");
    for (size_t k = 0; k < SHARES; k++)
        buf_printf(&lab->text, " %6g", 100 * shares[k]);
    buf_puts(&lab->text, "\nspread of on (%)");
    for (size_t k = 0; k < SHARES; k++) {
        char key[48];
        for (size_t c = 0; c < count; c++) {
            const double *row = out + (k * count + c) * room;
            on[c] = row[1];
            table_row(&t, (double[]){shares[k], (double)c, row[0], row[1]});
        }
        double spread = stats_deviation(count, on) / stats_mean(count, on);
        snprintf(key, sizeof key, "spread_at_%g_percent", 100 * shares[k]);
        lab_number(lab, key, spread);
        buf_printf(&lab->text, " %6.2f", 100 * spread);
    }
    buf_puts(&lab->text, "\n");
    if (lab->circuit.memristor.path && !lab->study->device.spread[0])
        buf_puts(&lab->text,
                 "nothing was varied from cycle to cycle: device.spread names "
                 "no parameter of this memristor\n");
    int status = table_save(&t, lab->folder, "cycles.csv", e);
    free(on);
    if (status == 0)
        status = draw_cycles(lab, count, out, e);
    return status;
}

/* ---- the picture ---- */

static int draw(const struct lab *lab, const struct trace *loop,
                const struct trace *stops, struct err *e)
{
    char name[24];
    size_t from = 0;
    struct plot p;
    plot_init(&p, "Memristor: current against voltage",
              lab->circuit.memristor.path ? path_base(lab->circuit.memristor.path)
                                          : "models/memristor.sub; paper 1, Fig. 2A");
    p.height_px = 820;
    current_panel(lab, &p, "pinched loop", 0.01, 5e3);
    plot_add(&p, NULL, loop->points, loop->value[1], loop->value[0], PLOT_LINE, 0);
    current_panel(lab, &p, "partial resets after a full set, no set between them", 0.01,
                  5e3)
        ->x.label = "voltage (V)";
    for (size_t k = 0; k <= STOPS; k++) { /* the set, then each stop's sweep */
        double end_s = k ? stop_begins_s(k - 1) + LOOP_S / 2 : LOOP_S / 2;
        double begin_s = k ? stop_begins_s(k - 1) : 0;
        while (from < stops->points && stops->time_s[from] < begin_s - 1e-12)
            from++;
        size_t to = from;
        while (to < stops->points && stops->time_s[to] <= end_s + 1e-12)
            to++;
        snprintf(name, sizeof name, "%.1f V", k ? -stop_V(lab, k - 1) : 0);
        plot_add(&p,
                 k == 0       ? "full set"
                 : k % 3 == 1 ? name
                              : NULL,
                 to - from, stops->value[1] + from, stops->value[0] + from, PLOT_LINE,
                 k ? (int)((k - 1) % 10) + 1 : PLOT_BLACK)
            ->width = 1.3;
        from = to;
    }
    return lab_draw(lab, "iv", &p, e);
}

static int run(struct lab *lab, struct err *e)
{
    struct jobs_deck deck[2] = {0};
    struct specimen s;
    struct wave w = {0};
    double level_S[STOPS];
    struct cycles c = {lab, (size_t)lab->study->device.repeats};
    size_t room = c.count * (CYCLE_NUMBERS + SAMPLES);
    double *out = mem_alloc(SHARES * room, sizeof *out);
    struct jobs_records work = {.count = SHARES,
                                .size = room * sizeof *out,
                                .context = &c,
                                .run = run_cycles,
                                .out = out};
    specimen_init(&s, lab, true);
    wave_start(&w, 0);
    put_loop(&w, sweep_of(lab));
    put_deck(lab, &s, 0, &w, &deck[0]);
    put_stops(lab, &w);
    put_deck(lab, &s, 0, &w, &deck[1]);
    bool good = lab_decks(lab, 2, deck, e) == 0 &&
                report_loop(lab, &deck[0].trace, e) == 0 &&
                report_stops(lab, &deck[1].trace, level_S, e) == 0 &&
                draw(lab, &deck[0].trace, &deck[1].trace, e) == 0 &&
                jobs_records(&lab->pool, &work, e) == 0 &&
                report_cycles(lab, c.count, out, e) == 0;
    jobs_finish(2, deck);
    wave_finish(&w);
    specimen_finish(&s);
    free(out);
    return good ? 0 : -1;
}

const struct device_experiment device_iv = {
    "iv", "memristor: pinched loop, partial resets, cycles that differ", run};
