#include "cli/cli.h"

#include "app/sweep.h"
#include "report/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What its own options gave. */
static struct {
    const char *out;
    bool retry_failed, dry_run;
} my;

static double number(const cJSON *o, const char *key)
{
    return json_get(o, key, NAN);
}

/* Names and values of the axes, then what was found; a line a point. */
static void print_point(const cJSON *point)
{
    const cJSON *cell;
    cJSON_ArrayForEach(cell, point)
    {
        if (strcmp(cell->string, "trials") == 0)
            break;
        if (cJSON_IsString(cell))
            printf("%s=%s ", cell->string, cell->valuestring);
        else
            printf("%s=%g ", cell->string, cell->valuedouble);
    }
    double error = number(point, "native_standard_error");
    printf(" network %.2f %%", 100 * number(point, "native_accuracy"));
    if (isfinite(error))
        printf(" +- %.2f", 100 * error);
    if (!isfinite(number(point, "circuit_accuracy"))) {
        puts("");
        return;
    }
    error = number(point, "circuit_standard_error");
    printf("  circuit %.2f %%", 100 * number(point, "circuit_accuracy"));
    if (isfinite(error))
        printf(" +- %.2f", 100 * error);
    printf("  agreement %.2f %%  rms %.3f %%", 100 * number(point, "agreement"),
           100 * number(point, "error_rms"));
    if (number(point, "failed") > 0)
        printf("  failed %.0f", number(point, "failed"));
    puts("");
}

enum { SHOWN = 60 }; /* lines of points; all stand in points.csv */

static void print_text(const cJSON *o, const char *folder)
{
    const cJSON *point;
    int n = 0;
    cJSON_ArrayForEach(point, cJSON_GetObjectItemCaseSensitive(o, "table"))
    {
        if (n++ < SHOWN)
            print_point(point);
    }
    if (n > SHOWN)
        printf("... and %d points more in %s/points.csv\n", n - SHOWN, folder);
    printf("points       %.0f of %.0f trials, %.0f images each; %.0f simulated now, %.0f "
           "found, %.0f failed\n",
           number(o, "points"), number(o, "trials"), number(o, "images"),
           number(o, "simulated_now"), number(o, "found"), number(o, "failed"));
    printf("tables       %s/points.csv, sweep.csv, results.sqlite\n", folder);
    printf("report       %s/report.html\n", folder);
}

static void print_estimate(const cJSON *o)
{
    bool at_most = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "at_most"));
    printf("points       %.0f of %.0f trials, %.0f images each\n", number(o, "points"),
           number(o, "trials"), number(o, "images"));
    printf("units        %s%.0f, of which %.0f are missing\n", at_most ? "at most " : "",
           number(o, "units"), number(o, "missing"));
    if (number(o, "trainings") > 0)
        printf("trainings    %.0f trials with weights of their own (not in the time)\n",
               number(o, "trainings"));
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "native")))
        return;
    printf("time         %.3f s an image, %.3g processor hours, %.3g h with %.0f "
           "workers\n",
           number(o, "seconds_per_image"), number(o, "processor_hours"),
           number(o, "hours"), number(o, "workers"));
    printf("disk         %.3g MB\n", number(o, "disk_MB"));
}

static int run(struct cli *c, struct err *e)
{
    struct sweep_result r = {0};
    if (c->operands.len && study_put(&c->study, "sweep.axes", c->operands.data, e) < 0)
        return -1;
    int status = my.dry_run
                     ? sweep_estimate(&c->study, c->root, my.out, &r, e)
                     : sweep_run(&c->study, c->root, my.out, my.retry_failed, &r, e);
    if (status == 0 && c->json)
        json_print(r.json);
    else if (status == 0 && my.dry_run)
        print_estimate(r.json);
    else if (status == 0)
        print_text(r.json, r.folder);
    cJSON_Delete(r.json);
    free(r.folder);
    if (status < 0)
        return status;
    return r.failed ? EXIT_UNITS : EXIT_GOOD;
}

static const struct cli_option options[] = {
    {"out", "DIR", .text = &my.out,
     .help = "folder of the sweep; the same command goes on where it was left"},
    {"trials", "N", .key = "sweep.trials", .help = "repeats of each point"},
    {"redraw", "WHAT", .key = "sweep.redraw",
     .help = "what trials draw beside tuning errors: training, split"},
    {"zip", "A,B", .key = "sweep.zip", .help = "axes that walk together"},
    {"images", "N", .key = "simulate.images",
     .help = "test images of each trial; 0: all"},
    {"native", .key = "sweep.native", .help = "the network alone, without the circuit"},
    {"jobs", "J", .key = "simulate.jobs",
     .help = "worker processes; 0: one for each core"},
    {"max-fail", "N", .key = "sweep.max_failed",
     .help = "stop after so many failed images; 0: go on"},
    {"weights", "FILE", .key = "simulate.weights",
     .help = "weight file (.csv or .npy) of all points"},
    {"dry-run", .flag = &my.dry_run,
     .help = "tell points, units, hours and disk; simulate a few images only"},
    {"retry-failed", .flag = &my.retry_failed,
     .help = "simulate again what failed for good before"},
    {0},
};

const struct command command_sweep = {
    .name = "sweep",
    .summary = "Verify at every point of some axes: curves with error bars.",
    .operand = "KEY=VALUES...",
    .examples =
        "  spikebar sweep map.bits=1,2,3,0 map.tuning_error=0:0.2:0.05 --trials 5\n"
        "  spikebar sweep simulate.reltol='log(1e-6,1e-2,5)' --images 20\n"
        "  spikebar sweep map.g_high=100u:200u:50u --native --images 0 --dry-run\n",
    .option = options,
    .run = run,
    .many = true,
};
