/* Training as a study asks for it: weights, history and picture in a folder.
 *
 *     training_run(&study, root, NULL, NULL, "train", &result, e);
 *
 * Files: weights.csv and weights.npy, history.csv, training.svg and .png.
 *
 * `train_accuracy` is that of the weights that come out, without noise, wherever it
 * stands; `train_accuracy_noisy` that of an epoch as it went on: each batch with the
 * weights of its step and train.noise on them. The second one is lower.
 */
#pragma once

#include "report/summary.h"
#include "study/study.h"

#include <cjson/cJSON.h>

struct training_result {
    char *folder; /* of the files; the caller frees it */
    bool found;   /* the folder held the same training already */
    int epochs;
    double train_accuracy, test_accuracy, loss, scale;
    double train_accuracy_noisy, seconds_per_epoch; /* nan unless it trained now */
    double ann_train_accuracy, ann_test_accuracy;   /* nan unless train.ann */
    size_t train_images, test_images;
};

#define TRAINING_WEIGHTS "weights.csv"

/* folder NULL: results/KIND-HASH of what the weights depend on, and for a `run` of what
 * its images will. `below` in the place of results/, or NULL. */
MUST_USE int training_run(const struct study *s, const char *root, const char *folder,
                          const char *below, const char *kind,
                          struct training_result *result, struct err *e);

/* "92.2 % (95 %: 89.0 to 94.6)" of a share of the test images. */
void training_share(const struct training_result *result, double accuracy,
                    char out[SUMMARY_SHARE]);

/* The object that `spikebar train --json` prints; the caller deletes it. */
cJSON *training_json(const struct study *s, const struct training_result *result);
