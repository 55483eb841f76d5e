#include "cli/outcome.h"

#include "app/training.h"
#include "base/file.h"
#include "base/log.h"

#include <stdlib.h>

int cmd_run(struct cli *c, struct err *e)
{
    struct training_result t;
    struct verify_result r = {0};
    int status = training_run(&c->study, c->root, c->out, "run", &t, e);
    if (status == 0) {
        char *weights = path_join(t.folder, TRAINING_WEIGHTS);
        log_say("trained: test accuracy %.1f %% of %zu images%s", 100 * t.test_accuracy,
                t.test_images, t.found ? " (weights found, not trained again)" : "");
        status =
            verify_run(&c->study, c->root, t.folder, weights, c->retry_failed, &r, e);
        free(weights);
    }
    free(t.folder);
    return outcome_print(c, status, &r);
}
