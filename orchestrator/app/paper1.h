/* `spikebar paper 1`: the figures and tables of paper 1 that a simulation can make, each
 * with the paper's number or claim beside ours, and one page with all pictures.
 *
 * DIR/device/       device experiments: Figs. 1 to 5, Table 1, S2 to S6 (app/paper)
 * DIR/unit/         one synapse, Fig. 7
 * DIR/digit/        one image through network and circuit, Fig. 8
 * DIR/run/          images of the test set, Fig. 8C and D
 * DIR/bits|tuning|noise-network|-circuit/   sweeps, Figs. 9A to 9C
 * DIR/noise-N/      the same images under N % of read noise, Fig. S7, Table S3
 * DIR/paper.csv, paper.json, report.html
 *
 * Everything goes on where it was left.
 *
 *     paper1_run(&study, root, NULL, true, NULL, &result, e);
 */
#pragma once

#include "study/study.h"

#include <cjson/cJSON.h>

struct paper1_result {
    char *folder;    /* the caller frees it */
    struct buf text; /* the table for people; buf_finish */
    cJSON *json;     /* the caller deletes it */
};

/* `quick`: 30 images and 2 trials a point of a sweep in the circuit in place of all test
 * images and 5; the network has all images either way. `sparsity`: files of images for
 * Fig. 9D, with commas between, beside the study's; or NULL. */
MUST_USE int paper1_run(const struct study *s, const char *root, const char *folder,
                        bool quick, const char *sparsity, struct paper1_result *result,
                        struct err *e);

/* A claim about the difference of two accuracies, with half of its 95 % interval: "yes",
 * "no", "cannot tell" or "not made". `equal`: the claim is that there is none, which
 * holds if the interval lies within +- margin; else that the first is larger. */
const char *paper1_claim(bool equal, double difference, double half, double margin);

/* Whether every row names numbers that are made; a test's. Fills `key` with the first
 * that is not. */
bool paper1_rows_hold(char key[64]);
