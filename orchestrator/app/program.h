/* A whole array programmed by write-verify, cell by cell, as a run.
 *
 * Units are cells, [input][output]; the store (run/store.h) makes it resumable. A cell
 * differs from the nominal one by device.offset and device.mismatch. What it is aimed at
 * is the reading that goes with the mapping's conductance; what it achieved is the
 * charge of one gate pulse, simulated from the state that the last pulse left. The
 * folder gets
 *   conductances.csv, conductances.npy   achieved, S: for `verify --conductances`
 *   cells.csv                            one row a cell
 *   errors.svg, errors.png, summary.json, plan.txt, attempts/, circuit/
 *
 *     program_run(&study, root, folder, false, &result, e);
 */
#pragma once

#include "study/study.h"

#include <cjson/cJSON.h>

#define PROGRAM_CONDUCTANCES "conductances.csv"

struct program_result {
    char *folder;  /* of the files; the caller frees it */
    size_t failed; /* cells whose simulation failed for good */
    cJSON *json;   /* what summary.json holds; the caller deletes it */
};

/* folder NULL: results/program-HASH of the plan. */
MUST_USE int program_run(const struct study *s, const char *root, const char *folder,
                         bool retry_failed, struct program_result *result, struct err *e);
