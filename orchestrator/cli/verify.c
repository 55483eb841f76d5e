#include "cli/outcome.h"

/* What its own options gave. */
static struct {
    const char *out;
    bool retry_failed;
} my;

static int run(struct cli *c, struct err *e)
{
    struct verify_result r;
    int status = verify_run(&c->study, c->root, my.out, NULL, my.retry_failed, &r, e);
    return outcome_print(c, status, &r);
}

static const struct cli_option options[] = {
    SIMULATION_OPTIONS(my.out, my.retry_failed),
    {"weights", "FILE", .key = "simulate.weights",
     .help = "weight file (.csv or .npy) to verify"},
    {"conductances", "FILE", .key = "map.conductances",
     .help = "what the cells have, from `spikebar program`, in S"},
    {"seed", "S", .key = "simulate.seed",
     .help = "seed of the choice of images and tuning errors"},
    {0},
};

const struct command command_verify = {
    .name = "verify",
    .summary = "Simulate test images with given weights and score the circuit.",
    .examples =
        "  spikebar verify --weights results/mine/weights.csv --jobs 2\n"
        "  spikebar verify --weights mine.npy --images 360 --out results/mine --json\n",
    .option = options,
    .run = run,
};
