#include "cli/cli.h"

#include "app/training.h"
#include "report/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What its own options gave. */
static struct {
    const char *out;
} my;

static void print_text(const struct training_result *r)
{
    char test[SUMMARY_SHARE];
    training_share(r, r->test_accuracy, test);
    printf("spiking network  training %.1f %%  test %s of %zu images\n",
           100 * r->train_accuracy, test, r->test_images);
    if (isfinite(r->train_accuracy_noisy))
        printf("                 training %.1f %%  in the last epoch, with the noise of "
               "training\n",
               100 * r->train_accuracy_noisy);
    if (isfinite(r->ann_test_accuracy)) {
        training_share(r, r->ann_test_accuracy, test);
        printf("softmax network  training %.1f %%  test %s\n",
               100 * r->ann_train_accuracy, test);
    }
    if (!r->found)
        printf("%d epochs, %.3f s each\n", r->epochs, r->seconds_per_epoch);
    printf("weights in %s/%s%s\n", r->folder, TRAINING_WEIGHTS,
           r->found ? " (found there, not trained again)" : "");
}

static int run(struct cli *c, struct err *e)
{
    struct training_result r;
    int status = training_run(&c->study, c->root, my.out, NULL, "train", &r, e);
    if (status == 0 && c->json)
        json_print_and_delete(training_json(&c->study, &r));
    else if (status == 0)
        print_text(&r);
    free(r.folder);
    return status < 0 ? status : EXIT_GOOD;
}

static const struct cli_option options[] = {
    {"out", "DIR", .text = &my.out, .help = "folder for weights, history and picture"},
    {"seed", "S", .key = "train.seed", .help = "seed of split, start, order and noise"},
    {"epochs", "N", .key = "train.epochs", .help = "epochs"},
    {0},
};

const struct command command_train = {
    .name = "train",
    .summary = "Train the spiking network (and the softmax yardstick).",
    .examples =
        "  spikebar train --out results/mine --seed 3\n"
        "  spikebar train --set dataset.path=optdigits.tra,optdigits.tes --json\n",
    .option = options,
    .run = run,
};
