#include "cli/cli.h"

#include "base/text.h"
#include "lab/unit.h"
#include "report/json.h"

#include <stdio.h>

/* What its own options gave. */
static struct {
    const char *spikes, *weight, *out;
} my;

static void print_text(const struct unit *u)
{
    static const char *const remarks[UNIT_MODELS] = {"", "   (paper 1: 2.1 %)", ""};
    printf("synapse      weight %g, %.4g uS; circuit variant %s\n", u->weight,
           1e6 * u->conductance_S, u->study->circuit.variant);
    printf("rest         membrane %.4f mV, Isyn %.4g nA\n", 1e3 * u->rest_V,
           1e9 * u->rest_A);
    printf("peak         %.4g mV above rest at %.2f ms, Isyn %.4g nA\n", 1e3 * u->peak_V,
           1e3 * u->peak_s, 1e9 * u->peak_A);
    printf("largest difference, over the peak     membrane     Isyn\n");
    for (int m = 0; m < UNIT_MODELS; m++)
        printf("  %-32s %8.3f %% %8.2f %%%s\n", u->model[m].name,
               100 * u->model[m].membrane_error, 100 * u->model[m].current_error,
               remarks[m]);
    printf("fitted shift %.3f ms\n", 1e3 * u->model[UNIT_SHIFTED].shift_s);
    printf("files        %s/unit.csv, .json, .svg, .png\n", u->folder);
}

static int run(struct cli *c, struct err *e)
{
    AUTO(unit_finish) struct unit u = {0};
    double weight = 0.5;
    if (my.weight && !text_to_double(my.weight, &weight)) {
        err_set(e, ERR_USAGE, "expected a number, found `%.40s`", my.weight);
        return err_place(e, "--weight");
    }
    bool good = unit_run(&u, &c->study, c->root, my.spikes ? my.spikes : "10,110,115,120",
                         weight, e) == 0 &&
                unit_write(&u, my.out, e) == 0;
    if (good && c->json)
        json_print_and_delete(unit_json(&u));
    else if (good)
        print_text(&u);
    return good ? EXIT_GOOD : -1;
}

static const struct cli_option options[] = {
    {"spikes", "MS,MS,..", .text = &my.spikes,
     .help = "starts of the spikes, 10,110,115,120"},
    {"weight", "W", .text = &my.weight, .help = "weight of the synapse, 0 to 1; 0.5"},
    {"variant", "NAME", .key = "circuit.variant", .help = "component values: a, b"},
    {"out", "DIR", .text = &my.out, .help = "folder for table and picture"},
    {0},
};

const struct command command_unit = {
    .name = "unit",
    .summary = "One synapse: gate, synaptic current and membrane, circuit and network.",
    .examples =
        "  spikebar unit\n"
        "  spikebar unit --spikes 10,12,40 --weight 1 --variant b --out results/unit\n",
    .option = options,
    .run = run,
};
