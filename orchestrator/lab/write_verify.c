/* Closed-loop programming of nine targets (paper 1, Fig. 5C and D). */
#include "base/mem.h"
#include "lab/device.h"
#include "lab/writer.h"
#include "num/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TARGETS = 9, HISTORY_ROWS = 320 };

static const double targets_S[TARGETS] = {10e-6,  20e-6,  40e-6,  60e-6, 80e-6,
                                          100e-6, 120e-6, 150e-6, 180e-6};

/* A way of accepting. */
struct condition {
    const char *key, *words;
    double tolerance;
    int accept;
};

static const struct condition conditions[] = {
    {"t3_single", "3 %, one reading", 0.03, 1},
    {"t1_double", "1 %, two readings in a row", 0.01, 2},
    {"t1_single", "1 %, one reading", 0.01, 1},
};
enum { CONDITIONS = sizeof conditions / sizeof conditions[0] };

struct nine {
    struct writer w[CONDITIONS];
    size_t seeds[CONDITIONS], first[CONDITIONS + 1]; /* units of each condition */
    const struct lab *lab;
};

/* What came of one target with one seed. */
struct tried {
    struct written written;
    double error;
    size_t rows;
    struct writer_row row[HISTORY_ROWS];
};

static bool settled(const struct tried *r)
{
    return r->written.state == PROGRAMMED;
}

static size_t condition_of(const struct nine *n, size_t unit)
{
    size_t c = 0;
    while (unit >= n->first[c + 1])
        c++;
    return c;
}

static int run_target(void *context, size_t unit, void *out, char cause[JOBS_CAUSE])
{
    const struct nine *n = context;
    size_t c = condition_of(n, unit), k = unit - n->first[c];
    struct specimen s;
    struct tried *tried = out;
    struct writer_history h = {.room = HISTORY_ROWS, .row = tried->row};
    struct writer_job job = {.aim_S = targets_S[k % TARGETS],
                             .device = (uint32_t)(k % TARGETS),
                             .experiment =
                                 (uint32_t)(1 + c + CONDITIONS * (k / TARGETS))};
    specimen_init(&s, n->lab, false);
    int status = writer_run(&n->w[c], &s, &job, &tried->written, &h, cause);
    specimen_finish(&s);
    tried->error = tried->written.read_S / job.aim_S - 1;
    tried->rows = h.rows;
    return status;
}

/* Share of the seeds whose nine targets all settle within `pulses`. */
static double all_within(const struct nine *n, size_t c, const struct tried *out,
                         double pulses)
{
    size_t good = 0;
    for (size_t seed = 0; seed < n->seeds[c]; seed++) {
        bool all = true;
        for (size_t t = 0; t < TARGETS; t++) {
            const struct tried *r = &out[n->first[c] + seed * TARGETS + t];
            all &= settled(r) && (double)r->written.pulses <= pulses;
        }
        good += all;
    }
    return (double)good / (double)n->seeds[c];
}

/* Of each seed's nine targets: the most pulses, and the share that settles. */
static void spread(struct lab *lab, const struct nine *n, size_t c,
                   const struct tried *out)
{
    size_t seeds = n->seeds[c];
    double *most = mem_alloc(2 * seeds, sizeof *most), *share = most + seeds;
    struct buf key = {0};
    for (size_t seed = 0; seed < seeds; seed++)
        for (size_t t = 0; t < TARGETS; t++) {
            const struct tried *r = &out[n->first[c] + seed * TARGETS + t];
            most[seed] = fmax(most[seed], (double)r->written.pulses);
            share[seed] += (double)settled(r) / TARGETS;
        }
    buf_printf(&key, "%s_pulses_max", conditions[c].key);
    lab_statistics(lab, key.data, seeds, most);
    buf_clear(&key);
    buf_printf(&key, "%s_settled", conditions[c].key);
    lab_statistics(lab, key.data, seeds, share);
    buf_finish(&key);
    free(most);
}

static void summarise(struct lab *lab, const struct nine *n, size_t c,
                      const struct tried *out)
{
    size_t count = n->seeds[c] * TARGETS, good = 0;
    double *pulses = mem_alloc(count, sizeof *pulses),
           *error = mem_alloc(count, sizeof *error);
    for (size_t k = 0; k < count; k++) {
        const struct tried *r = &out[n->first[c] + k];
        pulses[k] = (double)r->written.pulses;
        if (settled(r))
            error[good++] = r->error;
    }
    stats_sort(count, pulses);
    const double number[] = {(double)n->seeds[c],
                             all_within(n, c, out, 60),
                             all_within(n, c, out, 150),
                             (double)good / (double)count,
                             stats_quantile(count, pulses, 0.5),
                             pulses[count - 1],
                             stats_rms(good, error),
                             stats_mean(good, error)};
    lab_numbers(lab, conditions[c].key,
                "_seeds,_all_within_60,_all_within_150,_settled,_pulses_median,"
                "_pulses_max,_error_rms,_error_mean",
                "", number);
    buf_printf(&lab->text,
               "%-28s %5zu   %5.1f %%    %5.1f %%    %5.1f %%   %4.0f %5.0f   "
               "%+5.2f %5.2f %%\n",
               conditions[c].words, n->seeds[c], 100 * number[1], 100 * number[2],
               100 * number[3], number[4], number[5], 100 * number[7], 100 * number[6]);
    spread(lab, n, c, out);
    free(pulses);
    free(error);
}

static int write_tables(const struct lab *lab, const struct nine *n,
                        const struct tried *out, struct err *e)
{
    AUTO(table_finish) struct table all, course;
    table_init(&all, "tolerance,accept,seed,target_S,pulses,sets,readings,settled,"
                     "error,time_s,energy_J");
    table_init(&course, "tolerance,accept,target_S,reading,pulse_V,read_S,true_S");
    for (size_t c = 0; c < CONDITIONS; c++)
        for (size_t k = 0; k < n->seeds[c] * TARGETS; k++) {
            const struct tried *r = &out[n->first[c] + k];
            const struct written *w = &r->written;
            double target = targets_S[k % TARGETS];
            const struct condition *o = &conditions[c];
            table_row(&all,
                      (double[]){o->tolerance, o->accept, (double)(k / TARGETS), target,
                                 (double)w->pulses, (double)w->sets, (double)w->reads,
                                 settled(r), r->error, w->time_s, w->energy_J});
            for (size_t i = 0; k < TARGETS && i < r->rows; i++) {
                const struct writer_row *h = &r->row[i];
                table_row(&course,
                          (double[]){o->tolerance, o->accept, target, (double)i + 1,
                                     h->pulse_V, h->read_S, h->true_S});
            }
        }
    if (table_write(&all, lab->folder, "program.csv", e) < 0)
        return -1;
    return table_write(&course, lab->folder, "courses.csv", e);
}

/* Readings of the first seed against the pulses applied so far; a panel a condition. */
static int draw(const struct lab *lab, const struct nine *n, const struct tried *out,
                struct err *e)
{
    static const char *const titles[CONDITIONS] = {
        "within 3 %, one reading accepts", "within 1 %, two readings in a row accept",
        "within 1 %, one reading accepts"};
    static const double ends[2] = {0, 160};
    double x[HISTORY_ROWS], y[HISTORY_ROWS];
    char name[24];
    struct plot p;
    plot_init(&p, "Write-verify of nine conductances in a 1T1R cell",
              "full set 2 V, reset pulses stronger by 10 mV each, reading noise 2 %; "
              "paper 1, Fig. 5C and D");
    p.height_px = 1000;
    for (size_t c = 0; c < CONDITIONS; c++) {
        struct plot_panel *a = plot_panel(&p, titles[c]);
        a->x = (struct plot_axis){
            c + 1 == CONDITIONS ? "pulses" : NULL, 1, 0, 160, false, 0};
        a->y = (struct plot_axis){"conductance read (uS)", 1e6, 0, 215, false, 0};
        for (size_t t = 0; t < TARGETS; t++) {
            const double level_S[2] = {targets_S[t], targets_S[t]};
            plot_add(&p, NULL, 2, ends, level_S, PLOT_LINE, PLOT_PALE)->width = 1;
        }
        for (size_t t = 0; t < TARGETS; t++) {
            const struct tried *r = &out[n->first[c] + t];
            for (size_t i = 0; i < r->rows; i++) {
                x[i] = (i ? x[i - 1] : 0) + (r->row[i].pulse_V != 0);
                y[i] = r->row[i].read_S;
            }
            snprintf(name, sizeof name, "%.0f uS", 1e6 * targets_S[t]);
            plot_add(&p, c == 0 ? name : NULL, r->rows, x, y, PLOT_LINE, (int)t + 1)
                ->width = 1.3;
        }
    }
    return lab_draw(lab, "program", &p, e);
}

static int run(struct lab *lab, struct err *e)
{
    struct nine n = {.lab = lab};
    if (writer_prepare(&n.w[0], lab, e) < 0)
        return -1;
    for (size_t c = 0; c < CONDITIONS; c++) {
        n.w[c] = n.w[0];
        n.w[c].rule.tolerance = conditions[c].tolerance;
        n.w[c].rule.accept = conditions[c].accept;
        n.seeds[c] = (size_t)lab->study->device.repeats;
        n.first[c + 1] = n.first[c] + n.seeds[c] * TARGETS;
    }
    AUTO_FREE struct tried *out = mem_alloc(n.first[CONDITIONS], sizeof *out);
    struct jobs_records work = {.what = "programming cells",
                                .count = n.first[CONDITIONS],
                                .size = sizeof *out,
                                .context = &n,
                                .run = run_target,
                                .out = out};
    int status = jobs_records(&lab->pool, &work, e);
    if (status == 0) {
        lab_number(lab, "full_set_S", n.w[0].full_S);
        buf_printf(&lab->text,
                   "nine targets, 10 .. 180 uS; a full set reads %.1f uS\n"
                   "%-28s %5s   %s  %s   %s   %s   %s\n",
                   1e6 * n.w[0].full_S, "accepts", "seeds", "all<=60", "all<=150",
                   "settled", "pulses med/max", "error mean rms");
        for (size_t c = 0; c < CONDITIONS; c++)
            summarise(lab, &n, c, out);
        status = write_tables(lab, &n, out, e);
    }
    if (status == 0)
        status = draw(lab, &n, out, e);
    return status;
}

const struct device_experiment device_write_verify = {
    "program", "write-verify of nine targets, and what it takes", run};
