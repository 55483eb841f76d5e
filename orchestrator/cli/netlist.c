#include "cli/cli.h"

#include "app/experiment.h"
#include "base/file.h"

#include <stdio.h>

/* What its own options gave. */
static struct {
    const char *image, *out;
    bool all_nodes;
} my;

static int run(struct cli *c, struct err *e)
{
    AUTO(experiment_finish) struct experiment x;
    struct deck_solver solver;
    AUTO(buf_finish) struct buf deck = {0};
    size_t image = 0;
    bool good = experiment_open(&x, &c->study, c->root, NULL, e) == 0 &&
                experiment_ready(&x, e) == 0 &&
                cli_number("image", my.image, x.data.count, &image, e) == 0;
    if (good) {
        struct deck_choice choice = {.as = x.circuit.folder, .all_nodes = my.all_nodes};
        circuit_solver(&x.circuit, 0, &solver);
        experiment_deck(&x, (uint32_t)image, &choice, &solver, &deck);
        if (my.out)
            good = file_write(my.out, deck.data, deck.len, e) == 0;
        else
            fwrite(deck.data, 1, deck.len, stdout);
    }
    return good ? EXIT_GOOD : -1;
}

static const struct cli_option options[] = {
    {"image", "K", .text = &my.image, .help = "row of the data set, from 0"},
    {"out", "FILE", .text = &my.out, .help = "the deck's file; without it: stdout"},
    {"weights", "FILE", .key = "simulate.weights", .help = "weight file (.csv or .npy)"},
    {"all-nodes", .flag = &my.all_nodes, .help = "save TIA, Vsyn and Isyn too"},
    {0},
};

const struct command command_netlist = {
    .name = "netlist",
    .summary = "Write the deck of one image, as plain ngspice reads it.",
    .examples = "  spikebar netlist --image 12 --out digit.cir && ngspice -b digit.cir\n",
    .option = options,
    .run = run,
    .text_only = true,
};
