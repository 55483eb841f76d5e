#include "app/program.h"

#include "app/experiment.h"
#include "app/origin.h"
#include "base/log.h"
#include "base/mem.h"
#include "circuit/statemap.h"
#include "lab/lab.h"
#include "lab/writer.h"
#include "num/line.h"
#include "num/stats.h"
#include "run/units.h"
#include "spice/worker.h"

#include <math.h>
#include <stdlib.h>

struct program {
    struct lab lab;
    struct experiment x; /* weights and targets */
    struct writer writer;
    struct statemap statemap;
    struct plan plan;
    struct store store;
    struct units units;
    size_t cells;
};

/* ---- in the worker: one cell ---- */

/* The charge of one gate pulse at the read voltage, over v_read and on-time. */
static int measure_charge(const struct program *a, const struct specimen *s, double x,
                          double *charge_S, char cause[JOBS_CAUSE])
{
    const struct cell *c = &a->lab.circuit.cell;
    struct deck_pulse p = circuit_pulse(&a->lab.circuit);
    double start_s = 0, stop_s = c->rise_s + c->width_s + c->fall_s + 50e-6;
    struct jobs_deck d = {0};
    jobs_name(&d, "vt#branch");
    specimen_begin(s, &a->lab, "charge of one pulse", &d.text);
    buf_printf(&d.text, "Vt t 0 %.17g\nXc t g 0 cell_mod x0=%.17g\nVg g 0 PWL(",
               c->read_V, x);
    deck_pwl(&p, &(struct deck_spikes){1, &start_s}, &d.text);
    buf_puts(&d.text, ")\n");
    specimen_end(&a->lab, stop_s, 5e-6, &d);
    int status = specimen_simulate(&d, cause);
    if (status == 0)
        *charge_S = -line_integral(d.trace.points, d.trace.time_s, d.trace.value[0], 0) /
                    (c->read_V * cell_on_time(c));
    jobs_finish(1, &d);
    return status;
}

static int write_cell(const struct program *a, size_t cell, struct written *w,
                      double *charge_S, char cause[JOBS_CAUSE])
{
    AUTO(specimen_finish) struct specimen device;
    double state = statemap_state(&a->statemap, a->x.array.target_S[cell]);
    struct writer_job job = {.aim_S = statemap_read(&a->statemap, state),
                             .device = (uint32_t)cell,
                             .experiment = 0};
    specimen_init(&device, &a->lab, false);
    bool good = specimen_other(&device, &a->lab, (uint32_t)cell, cause) == 0 &&
                writer_run(&a->writer, &device, &job, w, NULL, cause) == 0 &&
                measure_charge(a, &device, w->x, charge_S, cause) == 0;
    return good ? 0 : -1;
}

enum { ACHIEVED, STATE, PULSES, SETS, READS, TIME, ENERGY, READ, X, NUMBERS };
static const char *const keys[NUMBERS] = {"achieved_S", "state",  "pulses",
                                          "sets",       "reads",  "time_s",
                                          "energy_J",   "read_S", "x"};

static bool run_cell(const struct units *u, size_t cell, struct buf *record)
{
    const struct program *a = u->context;
    struct written w;
    double charge_S = 0;
    char cause[JOBS_CAUSE] = "";
    if (write_cell(a, cell, &w, &charge_S, cause) < 0) {
        unit_put(unit_failed(cause), record);
        return worker_spent();
    }
    const double number[NUMBERS] = {charge_S,       (double)w.state, (double)w.pulses,
                                    (double)w.sets, (double)w.reads, w.time_s,
                                    w.energy_J,     w.read_S,        w.x};
    cJSON *o = unit_done();
    for (int i = 0; i < NUMBERS; i++)
        cJSON_AddNumberToObject(o, keys[i], number[i]);
    unit_put(o, record);
    return worker_spent();
}

static bool is_complete(const struct units *u, const cJSON *record)
{
    (void)u;
    for (int i = 0; i < NUMBERS; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(record, keys[i]);
        if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
            return false;
    }
    return true;
}

/* ---- the missing cells ---- */

static int program_missing(struct program *a, struct err *e)
{
    struct units *u = &a->units;
    *u = (struct units){.plan = &a->plan,
                        .store = &a->store,
                        .kind = "cell",
                        .what = "programming cells",
                        .count = a->cells,
                        .context = a,
                        .run = run_cell,
                        .complete = is_complete};
    int status = units_run(u, &a->lab.pool, jobs_pool, e);
    if (status < 0 && u->found + u->done)
        err_hint(e, "%zu of %zu cells are kept in %s; the same command goes on there",
                 u->found + u->done, a->cells, a->lab.folder);
    return status;
}

/* ---- results ---- */

/* out[cells][NUMBERS], nan where a cell failed. */
static size_t collect(const struct program *a, double *out)
{
    size_t failed = 0;
    for (size_t cell = 0; cell < a->cells; cell++) {
        const char *payload = units_find(&a->units, cell);
        cJSON *o = cJSON_Parse(payload ? payload : "");
        bool whole = true;
        for (int i = 0; i < NUMBERS; i++) {
            const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, keys[i]);
            whole &= cJSON_IsNumber(item);
            out[cell * NUMBERS + (size_t)i] =
                cJSON_IsNumber(item) ? item->valuedouble : NAN;
        }
        if (!whole) {
            const char *cause =
                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "cause"));
            log_say("cell of input %zu, output %zu failed: %s", cell / a->x.array.outputs,
                    cell % a->x.array.outputs, cause ? cause : "no record");
            failed++;
        }
        cJSON_Delete(o);
    }
    return failed;
}

static int write_conductances(const struct program *a, const double *out, struct err *e)
{
    static const char *const names[] = {PROGRAM_CONDUCTANCES, "conductances.npy"};
    AUTO(weights_finish) struct weights w;
    int status = 0;
    weights_init(&w, a->x.array.inputs, a->x.array.outputs);
    origin_note(&a->x.origin, &w);
    weights_note(&w, "unit", "S");
    weights_note(&w, "plan_id", "%s", a->plan.id);
    for (size_t k = 0; k < a->cells; k++)
        w.w[k] = out[k * NUMBERS + ACHIEVED];
    for (int k = 0; k < 2 && status == 0; k++) {
        char *path = path_join(a->lab.folder, names[k]);
        status = weights_write(path, &w, e);
        free(path);
    }
    return status;
}

enum { BINS = 60 };

/* t: the table of cells, whose error and target are drawn. */
static int draw_errors(const struct program *a, const double *out, const struct table *t,
                       struct err *e)
{
    double centre[BINS], settled[BINS] = {0}, missed[BINS] = {0};
    const double end_S = 1.05 * a->x.study->map.g_high_S;
    const double zero[2] = {0, 0}, ends_S[2] = {0, end_S};
    struct plot p;
    for (size_t b = 0; b < BINS; b++)
        centre[b] = -15 + 30 * ((double)b + 0.5) / BINS;
    for (size_t k = 0; k < a->cells; k++) {
        const double *r = out + k * NUMBERS;
        double error = 100 * (r[ACHIEVED] / a->x.array.target_S[k] - 1);
        size_t bin = (size_t)fmin(fmax((error + 15) / 30 * BINS, 0), BINS - 1);
        *(r[STATE] == PROGRAMMED ? &settled[bin] : &missed[bin]) += 1;
    }
    for (size_t b = 0; b < BINS; b++)
        settled[b] += missed[b]; /* stacked: the missed ones are drawn over */
    plot_init(&p, "What write-verify left in the array",
              "achieved over target, from the simulated charge of one pulse; the last "
              "bars hold all beyond them");
    struct plot_panel *x = plot_panel(&p, NULL);
    x->x =
        (struct plot_axis){"error of the achieved conductance (%)", 1, -15, 15, false, 0};
    x->y.label = "cells";
    plot_add(&p, "settled", BINS, centre, settled, PLOT_BARS, 0);
    plot_add(&p, "not settled", BINS, centre, missed, PLOT_BARS, 2);
    x = plot_panel(&p, NULL);
    x->x = (struct plot_axis){.label = "target (uS)", .factor = 1e6, .max = 1e6 * end_S};
    x->y = (struct plot_axis){.label = "error (%)", .factor = 100};
    plot_add(&p, NULL, 2, ends_S, zero, PLOT_LINE, PLOT_PALE);
    plot_columns(&p, "cell", t, 0, a->cells, "target_S", "error", PLOT_POINTS, 1)->width =
        0.5;
    return lab_draw(&a->lab, "errors", &p, e);
}

static void list_cells(const struct program *a, const double *out, struct table *t)
{
    table_init(t, "input,output,weight,target_S,achieved_S,error,settled,pulses,sets,"
                  "readings,time_s,energy_J");
    for (size_t k = 0; k < a->cells; k++) {
        const double *r = out + k * NUMBERS;
        table_row(t, (double[]){(double)(k / a->x.array.outputs),
                                (double)(k % a->x.array.outputs),
                                a->x.origin.weights.w[k], a->x.array.target_S[k],
                                r[ACHIEVED], r[ACHIEVED] / a->x.array.target_S[k] - 1,
                                isfinite(r[STATE]) ? r[STATE] == PROGRAMMED : NAN,
                                r[PULSES], r[SETS], r[READS], r[TIME], r[ENERGY]});
    }
}

/* Quantiles and sums of one number over the cells that did not fail; n 0: all NAN. */
static void add_numbers(cJSON *json, const char *name, size_t n, double v[n])
{
    cJSON *o = cJSON_AddObjectToObject(json, name);
    double sum = 0;
    stats_sort(n, v);
    for (size_t k = 0; k < n; k++)
        sum += v[k];
    json_numbers(o, "total,mean,median,largest",
                 (double[]){n ? sum : NAN, n ? sum / (double)n : NAN,
                            n ? stats_quantile(n, v, 0.5) : NAN, n ? v[n - 1] : NAN});
}

static cJSON *summarise(const struct program *a, const double *out, const char *version)
{
    static const struct {
        int number;
        const char *name;
    } sums[] = {{PULSES, "pulses"}, {TIME, "time_s"}, {ENERGY, "energy_J"}};
    size_t n = 0, settled = 0, inside = 0, beyond = 0;
    double *v = mem_alloc(a->cells, sizeof *v),
           *error = mem_alloc(a->cells, sizeof *error);
    double highest_S = statemap_charge(&a->statemap, 1);
    for (size_t k = 0; k < a->cells; k++) {
        const double *r = out + k * NUMBERS;
        if (!isfinite(r[ACHIEVED]))
            continue;
        error[n] = r[ACHIEVED] / a->x.array.target_S[k] - 1;
        settled += r[STATE] == PROGRAMMED;
        inside += fabs(error[n]) <= a->writer.rule.tolerance;
        beyond += a->x.array.target_S[k] > highest_S;
        n++;
    }
    cJSON *o = cJSON_CreateObject();
    json_numbers(o,
                 "cells,failed,settled,within_tolerance,beyond_range,highest_S,tolerance,"
                 "error_rms,error_mean,error_largest",
                 (double[]){(double)a->cells, (double)(a->cells - n), (double)settled,
                            (double)inside, (double)beyond, highest_S,
                            a->writer.rule.tolerance, n ? stats_rms(n, error) : NAN,
                            n ? stats_mean(n, error) : NAN,
                            n ? stats_max_abs(n, error) : NAN});
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        n = 0;
        for (size_t k = 0; k < a->cells; k++)
            if (isfinite(out[k * NUMBERS + (size_t)sums[i].number]))
                v[n++] = out[k * NUMBERS + (size_t)sums[i].number];
        add_numbers(o, sums[i].name, n, v);
    }
    json_numbers(o, "programmed_now,found,seconds,seed",
                 (double[]){(double)a->units.done, (double)a->units.found,
                            a->units.seconds, (double)a->lab.seed});
    cJSON_AddStringToObject(o, "ngspice_version", version);
    cJSON_AddStringToObject(o, "weights_sha256", a->x.origin.weights_sha256);
    cJSON_AddStringToObject(o, "plan_id", a->plan.id);
    free(v);
    free(error);
    return o;
}

/* In the order of their worth, for a disk that fills up. */
static int conclude(const struct program *a, const char *version,
                    struct program_result *result, struct err *e)
{
    AUTO_FREE double *out = mem_alloc(a->cells * NUMBERS, sizeof *out);
    result->failed = collect(a, out);
    result->json = summarise(a, out, version);
    AUTO(table_finish) struct table cells;
    list_cells(a, out, &cells);
    int status = result->failed ? 0 : write_conductances(a, out, e);
    if (status == 0)
        status = table_write(&cells, a->lab.folder, "cells.csv", e);
    if (status == 0)
        status = json_write_in(a->lab.folder, "summary.json", result->json, e);
    if (status == 0 && result->failed == 0)
        status = draw_errors(a, out, &cells, e);
    return status;
}

/* ---- the run ---- */

static void make_plan(struct program *a, const char *version)
{
    struct plan *p = &a->plan;
    circuit_plan(&a->lab.circuit, "program", STUDY_PROGRAMS, version, p);
    plan_put(p, "weights.sha256", "%s", a->x.origin.weights_sha256);
    plan_seal(p, a->cells);
}

static int program_all(struct program *a, bool retry, const char *version,
                       struct program_result *result, struct err *e)
{
    if (plan_enter(&a->plan, a->lab.folder, e) < 0 ||
        circuit_adopt(&a->lab.circuit, a->lab.folder, e) < 0)
        return -1;
    circuit_readable(&a->lab.circuit, &a->lab.pool);
    if (statemap_measure(&a->statemap, &a->lab.circuit, 0, 1, e) < 0 ||
        writer_prepare(&a->writer, &a->lab, e) < 0 ||
        store_open(&a->store, a->lab.folder, e) < 0)
        return -1;
    bool good = store_load(&a->store, e) == 0;
    if (good && retry)
        store_forget_failures(&a->store);
    good = good && program_missing(a, e) == 0 && conclude(a, version, result, e) == 0;
    store_close(&a->store);
    return good ? 0 : -1;
}

int program_run(const struct study *s, const char *root, const char *folder,
                bool retry_failed, struct program_result *result, struct err *e)
{
    struct program a = {0};
    char version[32] = "";
    *result = (struct program_result){0};
    if (s->map.conductances[0]) {
        err_set(e, ERR_USAGE, "expected weights to program, not conductances");
        return err_place(e, "map.conductances");
    }
    bool good = lab_open(&a.lab, s, root, false, e) == 0 &&
                experiment_open(&a.x, s, root, NULL, e) == 0 &&
                experiment_map(&a.x, e) == 0 && jobs_version(version, e) == 0;
    if (good) {
        origin_tell(&a.x.origin, false);
        a.cells = a.x.array.inputs * a.x.array.outputs;
        make_plan(&a, version);
        good = lab_settle(&a.lab, folder, "program", &a.plan, e) == 0;
    }
    if (good) {
        result->folder = mem_copy_string(a.lab.folder);
        good = program_all(&a, retry_failed, version, result, e) == 0;
    }
    plan_finish(&a.plan);
    experiment_finish(&a.x);
    lab_finish(&a.lab);
    return good ? 0 : -1;
}
