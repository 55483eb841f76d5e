#include "cli/cli.h"

#include "lab/calibrate.h"
#include "report/json.h"

#include <stdio.h>

/* What its own options gave. */
static struct {
    const char *out;
} my;

static void print_transfers(const struct calibrate *c)
{
    printf("\n%-20s %9s %10s %9s %9s %9s %9s %9s %9s\n", "cells", "cell", "TIA ohm",
           "V->I uS", "DPI", "tau_syn", "tau_mem", "gain", "peak mV");
    for (size_t k = 0; k < CALIBRATE_LEVELS; k++) {
        const struct probe_reading *r = &c->reading[k];
        char label[CALIBRATE_LABEL];
        calibrate_label(&c->level[k], label);
        printf("%-20s %9.5f %10.2f %9.5f %9.4g %9.4f %9.3f %9.4f %9.4g\n", label, r->cell,
               r->tia_ohm, 1e6 * r->vi_S, r->dpi, 1e3 * r->tau_syn_s, 1e3 * r->tau_mem_s,
               r->gain_A_S / c->reading[0].gain_A_S, 1e3 * r->peak_V);
    }
}

static void print_text(const struct calibrate *c)
{
    printf("%-28s %12s %12s %10s   %-10s %10s %10s\n", "target", "wanted", "reached",
           "residual", "knob", "before", "after");
    for (size_t k = 0; k < CALIBRATE_TARGETS; k++)
        printf("%-28s %8.5g %-3s %8.5g %-3s %+8.3f %%   %-10s %10.6g %10.6g%s\n",
               calibrate_names[k], c->target[k], calibrate_units[k], c->reached[k],
               calibrate_units[k], 100 * (c->reached[k] / c->target[k] - 1),
               c->knob[k].name, c->knob[k].before, c->knob[k].after,
               c->met[k] ? "" : "   NOT REACHED");
    printf("%-28s %8.3g %%   %8.3g %%  %s\n", "gain's change over the range",
           100 * c->study->calibrate.spread, 100 * c->spread,
           c->spread_met ? "" : "   NOT REACHED");
    print_transfers(c);
    printf("\n%zu simulations; %s/" CALIBRATE_FILE ", transfer.csv, .json, .svg, .png\n",
           c->simulations, c->folder);
    if (!c->good)
        printf("not all targets were reached: the file holds what came nearest\n");
}

static int run(struct cli *c, struct err *e)
{
    AUTO(calibrate_finish) struct calibrate found = {0};
    int status = -1;
    if (calibrate_run(&found, &c->study, c->root, e) == 0 &&
        calibrate_write(&found, my.out, e) == 0) {
        if (c->json)
            json_print_and_delete(calibrate_json(&found));
        else
            print_text(&found);
        status = found.good ? EXIT_GOOD : EXIT_BAD;
    }
    return status;
}

static const struct cli_option options[] = {
    {"variant", "NAME", .key = "circuit.variant", .help = "where to start: a, b"},
    {"params", "FILE", .key = "circuit.params",
     .help = "where to start: a parameter file of yours"},
    {"out", "DIR", .text = &my.out,
     .help = "folder for parameter file, table and picture"},
    {0},
};

const struct command command_calibrate = {
    .name = "calibrate",
    .summary = "Find the circuit's biases and gains from the targets in [calibrate].",
    .examples =
        "  spikebar calibrate --set circuit.override=c_syn=300p --out results/mine\n"
        "  spikebar verify --set circuit.params=results/mine/calibrated.param\n",
    .option = options,
    .run = run,
};
