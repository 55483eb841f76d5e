#include "cli/outcome.h"

#include "app/training.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

int cmd_run(struct cli *c, struct err *e)
{
    struct training_result t;
    struct campaign_result r;
    char *folder =
        c->out ? mem_copy_string(c->out) : campaign_folder(&c->study, "run", "");
    char *weights = path_join(folder, TRAINING_WEIGHTS);
    int status = training_run(&c->study, c->root, folder, &t, e);
    if (status == 0) {
        log_say("trained: test accuracy %.1f %% of %zu images%s", 100 * t.test_accuracy,
                t.test_images, t.found ? " (weights found, not trained again)" : "");
        status =
            campaign_run(&c->study, c->root, folder, weights, c->retry_failed, &r, e);
    }
    if (status == 0)
        status = outcome_print(c, folder, &r);
    free(weights);
    free(folder);
    return status;
}
