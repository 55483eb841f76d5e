/* Multi-level conductances by paper 1's procedure (section 3.1, Fig. 2B-D).
 *
 * After a full set the memristor gets resets to -0.5, -0.501, ... -2 V; without a set
 * between them it does not matter which of them make a level. A level is made by the
 * first stop whose highest reading in 3 s lies 0.2 uS or more below the lowest of the
 * level before. Readings differ by noise with a relative deviation of
 *   level_noise sqrt(200 uS/G):
 * the fewer filaments, the more one trapped charge counts.
 *
 * level_noise is fitted to the paper's 23 levels, and then misses its other claims: a
 * deviation within 5 %, within 2 % below 100 uS (section 3.4), that rises as G falls
 * (Fig. 2D). Tried on 1501 stops whose log G is equidistant, 40 draws each:
 *
 *   rsd of a reading                readings in 3 s      levels
 *   2 % sqrt(200 uS/G)                           30   22.1 +- 0.8   (this one)
 *   2 % everywhere                               30   41.9 +- 1.0
 *   2 % everywhere                              300   29.6 +- 0.6
 *   2 % everywhere                             3000   24.0 +- 0.2
 *   1.4 .. 2 %, G^-0.1                         3000   28.7 +- 0.5
 *   1.4 .. 2 %, G^-0.1                       300000   22.0 +- 0.2
 *   0.8 .. 2 %, G^-0.25                      300000   29.1 +- 0.4
 *   2.1 .. 5 %, G^-0.25                          30   29.4 +- 0.8
 *   2 %, one trap filled for 50, 10, 3 % of the time  30   70, 47, 44
 *
 * The levels want some 4 standard deviations of 4 % between the extremes of two
 * neighbours, the claims leave 2 %: only more readings stretch those. A flat 2 % at 1000
 * readings a second has 23 levels within 2 %, but no rise; one that rises too needs
 * 100,000 a second. The paper gives no rate, so that none of them is ours to choose. */
#include "base/mem.h"
#include "base/rng.h"
#include "lab/device.h"
#include "num/stats.h"

#include <math.h>

enum { BATCH = 50, LONG = 1000, LEVELS_MAX = 400 };
#define STEP_V 1e-3
#define GAP_S 0.2e-6
#define NOISE_AT_S 200e-6
#define SAMPLE_S 0.1 /* a reading each */
enum { SHORT = 30 }; /* 3 s */

struct staircase {
    const struct lab *lab;
    size_t stops;
    double first_V;
};

/* One deck: BATCH stops from state *x, each ramp, hold, back, reading. */
static int run_batch(const struct staircase *c, const struct specimen *s, size_t first,
                     size_t n, double *x, double *level_S, char cause[JOBS_CAUSE])
{
    AUTO(wave_finish) struct wave w = {0};
    double at_s[BATCH], read_V = c->lab->circuit.cell.read_V;
    wave_start(&w, 0);
    if (first == 0) { /* the full set */
        wave_to(&w, 1e-3, c->lab->study->device.sweep_V);
        wave_to(&w, 2e-3, c->lab->study->device.sweep_V);
        wave_to(&w, 1e-3, 0);
    }
    for (size_t k = 0; k < n; k++) {
        wave_to(&w, 0.5e-3, -(c->first_V + STEP_V * (double)(first + k)));
        wave_to(&w, 1e-3, -(c->first_V + STEP_V * (double)(first + k)));
        wave_to(&w, 0.5e-3, 0);
        wave_to(&w, 10e-6, read_V);
        wave_to(&w, 0.2e-3, read_V);
        at_s[k] = wave_end(&w);
        wave_to(&w, 10e-6, 0);
    }
    return specimen_wave(s, c->lab, "reset stops", &w, 0.07e-3, n, at_s, x, level_S,
                         cause);
}

static int run_staircase(void *context, size_t unit, void *out, char cause[JOBS_CAUSE])
{
    const struct staircase *c = context;
    AUTO(specimen_finish) struct specimen s;
    double x = 0;
    int status = 0;
    (void)unit;
    specimen_init(&s, c->lab, true);
    for (size_t k = 0; k < c->stops && status == 0; k += BATCH) {
        size_t n = c->stops - k < BATCH ? c->stops - k : BATCH;
        status = run_batch(c, &s, k, n, &x, (double *)out + k, cause);
    }
    return status;
}

static double noise_at(const struct lab *lab, double g_S)
{
    return lab->study->device.level_noise * sqrt(NOISE_AT_S / g_S);
}

struct level {
    size_t stop;
    double low_S, high_S;
};

/* The readings of 3 s at a stop, in trial number `trial`. */
static struct level read_stop(const struct lab *lab, size_t stop, double g_S,
                              uint32_t trial)
{
    struct level l = {stop, INFINITY, 0};
    for (uint32_t i = 0; i < SHORT; i++) {
        double z = rng_normal(lab->seed, RNG_READ, (uint32_t)stop, i, 1000 + trial);
        double read = g_S * (1 + noise_at(lab, g_S) * z);
        l.low_S = fmin(l.low_S, read);
        l.high_S = fmax(l.high_S, read);
    }
    return l;
}

static size_t find_levels(const struct lab *lab, size_t stops, const double *g_S,
                          uint32_t trial, struct level level[LEVELS_MAX])
{
    size_t n = 0;
    for (size_t k = 0; k < stops && n < LEVELS_MAX; k++) {
        struct level l = read_stop(lab, k, g_S[k], trial);
        if (n == 0 || level[n - 1].low_S - l.high_S >= GAP_S)
            level[n++] = l;
    }
    return n;
}

/* A long reading of a level: mean and relative deviation. */
static void read_long(const struct lab *lab, size_t stop, double g_S, uint32_t trial,
                      double reading[LONG])
{
    for (uint32_t i = 0; i < LONG; i++)
        reading[i] =
            g_S * (1 + noise_at(lab, g_S) * rng_normal(lab->seed, RNG_READ,
                                                       (uint32_t)stop, i, 999 - trial));
}

/* The largest relative deviation of the long readings of all levels. */
static double largest_rsd(const struct lab *lab, const double *g_S, uint32_t trial,
                          size_t n, const struct level level[n])
{
    double reading[LONG], largest = 0;
    for (size_t k = 0; k < n; k++) {
        read_long(lab, level[k].stop, g_S[level[k].stop], trial, reading);
        largest =
            fmax(largest, stats_deviation(LONG, reading) / stats_mean(LONG, reading));
    }
    return largest;
}

/* What each draw of the noise gives. */
static void draws(struct lab *lab, size_t stops, const double *g_S, size_t n)
{
    AUTO_FREE double *count = mem_alloc(3 * n, sizeof *count);
    double *lowest_S = count + n, *rsd = count + 2 * n;
    struct level level[LEVELS_MAX];
    for (size_t k = 0; k < n; k++) {
        uint32_t trial = (uint32_t)k;
        size_t found = find_levels(lab, stops, g_S, trial, level);
        count[k] = (double)found;
        lowest_S[k] = g_S[level[found - 1].stop];
        rsd[k] = largest_rsd(lab, g_S, trial, found, level);
    }
    lab_number(lab, "draws", (double)n);
    lab_statistics(lab, "levels", n, count);
    lab_statistics(lab, "lowest_level_S", n, lowest_S);
    lab_statistics(lab, "rsd_largest", n, rsd);
}

static int draw(const struct lab *lab, const struct table *t, const double *reading,
                struct err *e)
{
    size_t n = table_rows(t), mean = table_find(t, "mean_100s_S");
    double time_s[LONG];
    struct plot p;
    const struct plot_axis conductance = {.label = "conductance (uS)",
                                          .factor = 1e6,
                                          .min = 0.6e6 * table_at(t, n - 1, mean)->number,
                                          .max = 1.4e6 * table_at(t, 0, mean)->number,
                                          .log = true};
    for (size_t i = 0; i < LONG; i++)
        time_s[i] = SAMPLE_S * (double)i;
    plot_init(
        &p, "Levels of the memristor",
        "paper 1's procedure: at least 0.2 uS between neighbours in 3 s; Fig. 2B-D");
    p.height_px = 1200;
    struct plot_panel *a = plot_panel(&p, "conductance after each reset stop");
    a->x.label = "reset stop (V)";
    a->y = conductance;
    plot_columns(&p, NULL, t, 0, n, "stop_V", "mean_100s_S", PLOT_MARKED, 0);
    a = plot_panel(&p, "readings of the levels, 100 s");
    a->height = 1.6;
    a->x.label = "time (s)";
    a->y = conductance;
    for (size_t k = 0; k < n; k++)
        plot_add(&p, NULL, LONG, time_s, reading + k * LONG, PLOT_LINE, (int)(k % 10) + 1)
            ->width = 0.8;
    a = plot_panel(&p, "relative standard deviation");
    a->x = (struct plot_axis){.label = "conductance (uS)", .factor = 1e6, .log = true};
    a->y = (struct plot_axis){.label = "rsd (%)", .factor = 100};
    plot_columns(&p, NULL, t, 0, n, "mean_100s_S", "rsd_100s", PLOT_MARKED, 2);
    return lab_draw(lab, "levels", &p, e);
}

static int report(struct lab *lab, const struct staircase *c, const double *g_S, size_t n,
                  const struct level *level, struct err *e)
{
    AUTO_FREE double *reading = mem_alloc(n * LONG, sizeof *reading);
    AUTO(table_finish) struct table t;
    table_init(
        &t, "level,stop_V,conductance_S,lowest_3s_S,highest_3s_S,mean_100s_S,rsd_100s");
    buf_puts(&lab->text, "level  stop (V)   G (uS)   rsd (%)\n");
    for (size_t k = 0; k < n; k++) {
        double *r = reading + k * LONG, g = g_S[level[k].stop];
        double stop_V = -(c->first_V + STEP_V * (double)level[k].stop);
        read_long(lab, level[k].stop, g, 0, r);
        double mean_S = stats_mean(LONG, r), share = stats_deviation(LONG, r) / mean_S;
        table_row(&t, (double[]){(double)k, stop_V, g, level[k].low_S, level[k].high_S,
                                 mean_S, share});
        if (k % 4 == 0 || k + 1 == n)
            buf_printf(&lab->text, "%5zu  %8.3f  %7.2f   %6.2f\n", k, stop_V, 1e6 * g,
                       100 * share);
    }
    size_t rsd = table_find(&t, "rsd_100s");
    json_numbers(lab->json, "highest_S,lowest_S,rsd_highest,rsd_lowest",
                 (double[]){g_S[level[0].stop], g_S[level[n - 1].stop],
                            table_at(&t, 0, rsd)->number,
                            table_at(&t, n - 1, rsd)->number});
    if (table_write(&t, lab->folder, "levels.csv", e) < 0)
        return -1;
    return draw(lab, &t, reading, e);
}

static int run(struct lab *lab, struct err *e)
{
    double sweep_V = lab->study->device.sweep_V;
    struct staircase c = {.lab = lab, .first_V = sweep_V / 4};
    c.stops = (size_t)lround((sweep_V - c.first_V) / STEP_V) + 1;
    AUTO_FREE double *g_S = mem_alloc(c.stops, sizeof *g_S);
    struct level level[LEVELS_MAX];
    struct jobs_records work = {.count = 1,
                                .size = c.stops * sizeof *g_S,
                                .context = &c,
                                .run = run_staircase,
                                .out = g_S};
    int status = jobs_records(&lab->pool, &work, e);
    size_t repeats = (size_t)lab->study->device.repeats;
    if (status == 0) {
        size_t n = find_levels(lab, c.stops, g_S, 0, level);
        lab_number(lab, "levels", (double)n);
        status = report(lab, &c, g_S, n, level, e);
    }
    if (status == 0) {
        draws(lab, c.stops, g_S, repeats);
        buf_printf(&lab->text,
                   "%.0f levels from %.1f down to %.2f uS; %.1f +- %.1f over %zu "
                   "draws of the noise; paper 1: 23 in 5.7 .. 200 uS\n",
                   lab_get(lab, "levels"), 1e6 * lab_get(lab, "highest_S"),
                   1e6 * lab_get(lab, "lowest_S"), lab_get(lab, "levels_mean"),
                   lab_get(lab, "levels_deviation"), repeats);
        buf_printf(&lab->text,
                   "largest rsd of a level %.1f %%, at the lowest; paper 1: within 5 %%, "
                   "below 100 uS within 2 %%\n",
                   100 * lab_get(lab, "rsd_largest_mean"));
    }
    return status;
}

const struct device_experiment device_levels = {
    "levels", "multi-level conductances by paper 1's procedure", run};
