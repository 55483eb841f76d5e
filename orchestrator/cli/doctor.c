#include "cli/cli.h"

#include "app/accuracy.h"
#include "app/experiment.h"
#include "app/simulate.h"
#include "app/witness.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/json.h"
#include "run/pool.h"
#include "spice/faults.h"
#include "spice/gnucap.h"
#include "spice/jobs.h"
#include "spice/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What its own options gave. */
static struct {
    bool accuracy, second_opinion;
    cJSON *json, *rows; /* what is told, with --json; else NULL */
} my;

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    char *copy = mem_copy_string(path ? path : ""), *rest = copy, *folder;
    bool found = false;
    while (!found && (folder = strsep(&rest, ":"))) {
        struct buf name = {0};
        buf_printf(&name, "%s/%s", folder, program);
        found = access(name.data, X_OK) == 0;
        buf_finish(&name);
    }
    free(copy);
    return found;
}

static void row(const char *what, const char *state, const char *detail)
{
    if (!my.json) {
        printf("%-22s %-8s %s\n", what, state, detail);
        return;
    }
    cJSON *o = cJSON_CreateObject();
    json_text(o, "what", what);
    json_text(o, "state", state);
    json_text(o, "detail", detail);
    cJSON_AddItemToArray(my.rows, o);
}

/* A row for each: what is wrong with this ngspice, what the decks do about it. */
static void tell_faults(const char *version)
{
    const struct fault *f = NULL;
    char line[256];
    while ((f = faults_next(atof(version), f))) {
        snprintf(line, sizeof line, "%s; %s", f->what, f->decks);
        row("known fault", "", line);
    }
}

/* Simulates image 0 with the shipped weights: the whole chain, once. */
static int try_circuit(const struct cli *c, struct err *e)
{
    struct experiment x;
    struct trace t = {0};
    char *cause = NULL, line[256];
    uint32_t image = 0;
    int rung = 0;
    double start_s = clock_s();
    bool good = experiment_open(&x, &c->study, c->root, NULL, e) == 0 &&
                experiment_ready(&x, e) == 0 &&
                simulate_traces(&x, 1, &image, &rung, &t, &cause, e) == 0 &&
                (!cause || err_set(e, ERR_SIMULATOR, "%s", cause) == 0);
    if (good) {
        snprintf(line, sizeof line,
                 "%zu x %zu cells, variant %s: %zu time points, %.1f s", x.array.inputs,
                 x.array.outputs, x.study->circuit.variant, t.points,
                 clock_s() - start_s);
        row("array simulation", "works", line);
    }
    free(cause);
    trace_finish(&t);
    experiment_finish(&x);
    return good ? 0 : -1;
}

static void tell_rungs(const struct accuracy *a, cJSON *list)
{
    char line[160];
    for (size_t k = 0; k < a->rungs; k++) {
        snprintf(
            line, sizeof line,
            "%.3f %% of the largest maximum on %zu images (%.3f %% above rest, with a "
            "common scale)",
            100 * a->deviation[k], a->images - a->failed[k], 100 * a->scaled[k]);
        row(k ? a->name[k] : "tolerances as asked", "error", line);
        cJSON *o = cJSON_CreateObject();
        json_text(o, "rung", a->name[k]);
        json_numbers(o, "images,failed,deviation,deviation_scaled",
                     (double[]){(double)a->images, (double)a->failed[k], a->deviation[k],
                                a->scaled[k]});
        cJSON_AddItemToArray(list, o);
    }
}

static void tell_reference(const struct convergence *c, cJSON *list)
{
    char line[160];
    snprintf(line, sizeof line,
             "%.4f %% of its own on image 1, as these show:", 100 * c->error);
    row("reference", "error", line);
    for (const struct convergence_row *r = c->row; r < c->row + ACCURACY_SOLVERS; r++) {
        snprintf(line, sizeof line,
                 "steps of %.2f us, %d points a ramp: %.4f %% (%zu "
                 "time points)",
                 1e6 * r->step_s, r->edges, 100 * r->deviation, r->points);
        row("", "", line);
        cJSON *o = cJSON_CreateObject();
        json_numbers(o, "step_s,points_a_ramp,time_points,deviation",
                     (double[]){r->step_s, r->edges, (double)r->points, r->deviation});
        cJSON_AddItemToArray(list, o);
    }
}

/* The largest error of a membrane that the tolerances of each rung cause, and how far the
 * reference that says so can be trusted. */
static int tell_accuracy(const struct experiment *x, struct err *e)
{
    struct accuracy a;
    struct convergence c;
    if (accuracy_measure(x, 20, &a, e) < 0 || accuracy_converge(x, &c, e) < 0)
        return -1;
    cJSON *o = cJSON_CreateObject();
    tell_rungs(&a, cJSON_AddArrayToObject(o, "rungs"));
    json_number(o, "reference_error", c.error);
    tell_reference(&c, cJSON_AddArrayToObject(o, "reference_convergence"));
    if (my.json)
        cJSON_AddItemToObject(my.json, "accuracy", o);
    else
        cJSON_Delete(o);
    return 0;
}

/* ---- a second opinion ---- */

static cJSON *opinion_json(const struct witness *w)
{
    cJSON *o = cJSON_CreateObject();
    json_text(o, "verdict", w->asked ? witness_verdicts[w->verdict] : "skipped");
    json_text(o, "why", w->asked ? NULL : w->why);
    json_text(o, "gnucap", w->asked ? w->version : NULL);
    json_numbers(o, "image,output", (double[]){(double)w->image, (double)w->output});
    cJSON *changes = cJSON_AddArrayToObject(o, "changed_for_gnucap");
    for (const char *const *c = gnucap_changes; *c; c++)
        cJSON_AddItemToArray(changes, cJSON_CreateString(*c));
    cJSON *checks = cJSON_AddArrayToObject(o, "checks");
    for (const struct witness_check *c = w->check;
         w->asked && c < w->check + WITNESS_CHECKS; c++) {
        cJSON *k = cJSON_CreateObject();
        json_text(k, "what", c->what);
        json_text(k, "node", c->node);
        json_numbers(k,
                     "cells,rest_ngspice_V,rest_gnucap_V,peak_ngspice_V,peak_gnucap_V,"
                     "peak_difference,wave_rms,drift_gnucap,tolerance_peak,tolerance_rms",
                     (double[]){(double)c->cells, c->rest_V[0], c->rest_V[1],
                                c->peak_V[0], c->peak_V[1], c->peak_difference,
                                c->wave_rms, c->drift, c->tolerance_peak,
                                c->tolerance_rms});
        json_text(k, "verdict", witness_verdicts[c->verdict]);
        cJSON_AddItemToArray(checks, k);
    }
    return o;
}

static void tell_opinion(const struct witness *w)
{
    static const char *const loud[] = {"DIFFERS", "agrees", "UNDECIDED"};
    char line[512];
    if (!w->asked) {
        row("second opinion", "SKIPPED", w->why);
        return;
    }
    snprintf(line, sizeof line, "gnucap %s on image %zu, output %zu", w->version,
             w->image, w->output);
    row("second opinion", loud[w->verdict], line);
    for (const struct witness_check *c = w->check; c < w->check + WITNESS_CHECKS; c++) {
        snprintf(line, sizeof line,
                 "%s, %zu cells: peak %.6g mV in ngspice, %.6g in gnucap: %+.4f %% "
                 "(at most %g), wave %.4f %% rms (at most %g)",
                 c->node, c->cells, 1e3 * c->peak_V[0], 1e3 * c->peak_V[1],
                 100 * c->peak_difference, 100 * c->tolerance_peak, 100 * c->wave_rms,
                 100 * c->tolerance_rms);
        row(c->what, loud[c->verdict], line);
        if (c->verdict != WITNESS_UNDECIDED)
            continue;
        snprintf(line, sizeof line,
                 "gnucap moves by %.3f %% of the peak before the first spike: its own "
                 "tolerances leave too much",
                 100 * c->drift);
        row("", "", line);
    }
    for (const char *const *c = gnucap_changes; *c; c++)
        row(c == gnucap_changes ? "changed for gnucap" : "", "", *c);
}

/* 1 if the two simulators differ. */
static int ask_witness(const struct experiment *x, struct err *e)
{
    struct witness w;
    if (witness_ask(&w, x, e) < 0)
        return -1;
    tell_opinion(&w);
    if (my.json)
        cJSON_AddItemToObject(my.json, "second_opinion", opinion_json(&w));
    return w.asked && w.verdict == WITNESS_DIFFERS;
}

/* What takes longer and is asked for. 1: two simulators differ. */
static int look_closer(const struct cli *c, struct err *e)
{
    struct experiment x;
    int status = experiment_open(&x, &c->study, c->root, NULL, e);
    if (status == 0)
        status = experiment_ready(&x, e);
    if (status == 0 && my.accuracy)
        status = tell_accuracy(&x, e);
    if (status == 0 && my.second_opinion)
        status = ask_witness(&x, e);
    experiment_finish(&x);
    return status;
}

/* 1 if something that is needed is missing. */
static int look(const struct cli *c, struct err *e)
{
    char version[32] = "", line[512];
    row("spikebar", "", SPIKEBAR_VERSION);
    row("data", "found", c->root);
    snprintf(line, sizeof line, "%zu", pool_cores());
    row("cores", "", line);
    if (jobs_version(version, e) < 0) {
        row("libngspice", "missing", e->text);
        return 1;
    }
    row("libngspice", "works", version);
    tell_faults(version);
    sandbox_describe(sizeof line, line);
    row("worker sandbox", sandbox_hides_files() ? "works" : "in part", line);
    row("Verilog-A (OSDI)", atof(version) >= 39.5 ? "maybe" : "no",
        "our memristors are behavioural subcircuits and do not need it");
    row("gnuplot", on_path("gnuplot") ? "found" : "missing",
        "draws the pictures (package gnuplot-nox)");
    row("ngspice", on_path("ngspice") ? "found" : "missing",
        "only to replay decks by hand (package ngspice)");
    row("gnucap", on_path("gnucap") ? "found" : "missing",
        "only for --second-opinion (packages gnucap and gnucap-default-plugins0)");
    if (try_circuit(c, e) < 0) {
        err_format(e, sizeof line, line);
        row("array simulation", "fails", line);
        return 1;
    }
    return 0;
}

static int run(struct cli *c, struct err *e)
{
    if (c->json) {
        my.json = cJSON_CreateObject();
        my.rows = cJSON_AddArrayToObject(my.json, "rows");
    }
    int status = look(c, e);
    if (status == 0 && (my.accuracy || my.second_opinion))
        status = look_closer(c, e);
    if (my.json)
        json_print_and_delete(my.json);
    return status < 0 ? status : status > 0 ? EXIT_BAD : EXIT_GOOD;
}

static const struct cli_option options[] = {
    {"accuracy", .flag = &my.accuracy,
     .help = "compare the solver's tolerances with a reference on 20 images (minutes)"},
    {"second-opinion", .flag = &my.second_opinion,
     .help = "one cell and one column in gnucap too, and whether it agrees (seconds)"},
    {0},
};

const struct command command_doctor = {
    .name = "doctor",
    .summary = "Tell what this machine's ngspice can do, versions, where data was found.",
    .examples = "  spikebar doctor\n"
                "  spikebar doctor --accuracy --set simulate.dynamic=no\n"
                "  spikebar doctor --second-opinion --json\n",
    .option = options,
    .run = run,
};
