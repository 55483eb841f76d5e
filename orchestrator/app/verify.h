/* Verifying: simulate a study's images, score them, and leave it all in a folder.
 *
 * DIR/plan.txt          what the numbers depend on (run/plan.h)
 * DIR/study.ini         the study as understood
 * DIR/circuit/          copies of netlists/ and models/ as they were simulated
 * DIR/attempts/          records of finished units (run/store.h)
 * DIR/decks/            every deck, with simulate.keep_decks
 * DIR/traces/           all nodes of the best and of the worst image, .raw and .csv
 * DIR/scores.csv, images.csv, natives.csv, results.sqlite, summary.json, pictures/,
 * report.html
 *
 * The same command finds its plan again and simulates only what is missing; one that asks
 * for more or fewer images too: records stay, all else is of the images that were asked
 * for last.
 *
 *     verify_run(&study, root, folder, NULL, false, &result, e);
 */
#pragma once

#include "study/study.h"

#include <cjson/cJSON.h>

struct verify_result {
    char *folder;  /* of the run; the caller frees it */
    size_t failed; /* units that failed for good */
    cJSON *json;   /* what summary.json holds; the caller deletes it */
};

/* folder NULL: results/verify-HASH of the plan. weights NULL: simulate.weights.
 * retry_failed: what failed for good before is missing. */
MUST_USE int verify_run(const struct study *s, const char *root, const char *folder,
                        const char *weights, bool retry_failed,
                        struct verify_result *result, struct err *e);
