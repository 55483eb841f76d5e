#include "cli/cli.h"

#include "app/accuracy.h"
#include "app/experiment.h"
#include "app/simulate.h"
#include "base/log.h"
#include "run/pool.h"
#include "spice/faults.h"
#include "spice/jobs.h"
#include "spice/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What its own options gave. */
static struct {
    bool accuracy;
} my;

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    char *copy = strdup(path ? path : ""), *rest = copy, *folder;
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
    printf("%-22s %-8s %s\n", what, state, detail);
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
    AUTO(experiment_finish) struct experiment x;
    AUTO(trace_finish) struct trace t = {0};
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
    return good ? 0 : -1;
}

/* The largest error of a membrane that the tolerances of each rung cause. */
static int tell_accuracy(const struct cli *c, struct err *e)
{
    AUTO(experiment_finish) struct experiment x;
    struct accuracy a;
    char line[160];
    bool good = experiment_open(&x, &c->study, c->root, NULL, e) == 0 &&
                experiment_ready(&x, e) == 0 && accuracy_measure(&x, 20, &a, e) == 0;
    for (size_t k = 0; good && k < a.rungs; k++) {
        snprintf(
            line, sizeof line,
            "%.4f %% of the largest maximum on %zu images (%.4f %% above rest, with a "
            "common scale)",
            100 * a.deviation[k], a.images - a.failed[k], 100 * a.scaled[k]);
        row(k ? a.name[k] : "tolerances as asked", "error", line);
    }
    return good ? 0 : -1;
}

static int run(struct cli *c, struct err *e)
{
    char version[32] = "", line[512];
    int bad = 0;
    row("spikebar", "", SPIKEBAR_VERSION);
    row("data", "found", c->root);
    snprintf(line, sizeof line, "%zu", pool_cores());
    row("cores", "", line);
    if (jobs_version(version, e) < 0) {
        row("libngspice", "missing", e->text);
        return EXIT_BAD;
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
    if (try_circuit(c, e) < 0) {
        err_format(e, sizeof line, line);
        row("array simulation", "fails", line);
        bad = 1;
    }
    if (!bad && my.accuracy && tell_accuracy(c, e) < 0)
        return -1;
    return bad ? EXIT_BAD : EXIT_GOOD;
}

static const struct cli_option options[] = {
    {"accuracy", .flag = &my.accuracy,
     .help = "compare the solver's tolerances with a reference on 20 images (minutes)"},
    {0},
};

const struct command command_doctor = {
    .name = "doctor",
    .summary = "Tell what this machine's ngspice can do, versions, where data was found.",
    .examples = "  spikebar doctor\n"
                "  spikebar doctor --accuracy --set simulate.dynamic=no\n",
    .option = options,
    .run = run,
    .text_only = true,
};
