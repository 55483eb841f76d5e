#include "cli/cli.h"

#include "app/program.h"
#include "report/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What its own options gave. */
static struct {
    const char *out;
    bool retry_failed;
} my;

static double at(const cJSON *o, const char *key)
{
    return json_get(o, key, NAN);
}

static void print_text(const cJSON *o, const char *folder)
{
    printf(
        "cells        %.0f, %.0f settled, %.0f failed; %.0f programmed now, %.0f found\n",
        at(o, "cells"), at(o, "settled"), at(o, "failed"), at(o, "programmed_now"),
        at(o, "found"));
    printf(
        "error        %.2f %% rms, %+.2f %% mean, %.1f %% at most; %.0f within %g %%\n",
        100 * at(o, "error_rms"), 100 * at(o, "error_mean"), 100 * at(o, "error_largest"),
        at(o, "within_tolerance"), 100 * at(o, "tolerance"));
    printf("pulses       %.0f median, %.0f at most, %.0f in all\n",
           at(o, "pulses.median"), at(o, "pulses.largest"), at(o, "pulses.total"));
    printf("time         %.3g ms a cell on average, %.3g s in all, one after another\n",
           1e3 * at(o, "time_s.mean"), at(o, "time_s.total"));
    printf("energy       %.3g uJ a cell on average, %.3g mJ in all\n",
           1e6 * at(o, "energy_J.mean"), 1e3 * at(o, "energy_J.total"));
    if (at(o, "beyond_range") > 0)
        printf("range        %.0f cells ask for more than the %.1f uS of a full set; "
               "map.g_high=%.3gu would not\n",
               at(o, "beyond_range"), 1e6 * at(o, "highest_S"),
               1e6 * at(o, "highest_S") - 0.5);
    if (at(o, "failed") == 0)
        printf("conductances %s/%s\n", folder, PROGRAM_CONDUCTANCES);
}

static int run(struct cli *c, struct err *e)
{
    struct program_result r;
    int status = program_run(&c->study, c->root, my.out, my.retry_failed, &r, e);
    if (status == 0 && c->json)
        json_print(r.json);
    else if (status == 0)
        print_text(r.json, r.folder);
    cJSON_Delete(r.json);
    free(r.folder);
    return status < 0 ? status : r.failed ? EXIT_UNITS : EXIT_GOOD;
}

static const struct cli_option options[] = {
    {"out", "DIR", .text = &my.out,
     .help = "folder; the same command goes on where it was left"},
    {"weights", "FILE", .key = "simulate.weights",
     .help = "weight file (.csv or .npy) to program"},
    {"model", "FILE", .key = "device.model", .help = "your own memristor"},
    {"seed", "S", .key = "simulate.seed", .help = "seed of all variation and noise"},
    {"jobs", "J", .key = "simulate.jobs",
     .help = "worker processes; 0: one for each core"},
    {"retry-failed", .flag = &my.retry_failed,
     .help = "program again what failed for good before"},
    {0},
};

const struct command command_program = {
    .name = "program",
    .summary = "Program all cells of an array by write-verify in the simulator.",
    .examples =
        "  spikebar program --weights results/mine/weights.csv --out results/array\n"
        "  spikebar verify --conductances results/array/conductances.csv\n",
    .option = options,
    .run = run,
};
