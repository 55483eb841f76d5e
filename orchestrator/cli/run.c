#include "cli/outcome.h"

#include "app/training.h"
#include "base/file.h"
#include "base/log.h"

#include <stdlib.h>

/* What its own options gave. */
static struct {
    const char *out;
    bool retry_failed;
} my;

static int run(struct cli *c, struct err *e)
{
    struct training_result t;
    struct verify_result r = {0};
    int status = training_run(&c->study, c->root, my.out, NULL, "run", &t, e);
    if (status == 0) {
        char *weights = path_join(t.folder, TRAINING_WEIGHTS);
        char test[SUMMARY_SHARE];
        training_share(&t, t.test_accuracy, test);
        log_say("trained: test accuracy %s of %zu images%s", test, t.test_images,
                t.found ? " (weights found, not trained again)" : "");
        status =
            verify_run(&c->study, c->root, t.folder, weights, my.retry_failed, &r, e);
        free(weights);
    }
    free(t.folder);
    return outcome_print(c, status, &r);
}

static const struct cli_option options[] = {
    SIMULATION_OPTIONS(my.out, my.retry_failed),
    {"seed", "S", .key = "train.seed simulate.seed",
     .help = "seed of training and simulation"},
    {0},
};

const struct command command_run = {
    .name = "run",
    .summary = "Train, map, write decks, simulate, score and report: all of it.",
    .examples = "  spikebar run\n"
                "  spikebar run --images 0 --out results/all\n"
                "  spikebar run --set map.bits=3 --set map.tuning_error=0.03 --seed 7\n",
    .option = options,
    .run = run,
};
