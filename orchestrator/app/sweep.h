/* Sweeps: a run at every point of some axes, several trials each, in one folder.
 *
 * A point is the study with other values of some keys (study/axes.h); a trial is that
 * study with another map.trial, and as sweep.redraw asks with another training or split.
 * Each of them could be verified by a command of its own and gives the same numbers. The
 * records of images are named by what they depend on, not by their place in the sweep: a
 * value, a trial, images that are added, an order that changes, cost only what is new.
 * Two things that do not differ, as trials without tuning errors, are simulated once.
 *
 * DIR/plan.txt, attempts/    the study without its axes; records
 * DIR/train-HASH/            weights, where an axis or a trial asks for other ones
 * DIR/circuits/HASH/         the files of each circuit as they were simulated
 * DIR/sweep.csv, points.csv, results.sqlite, pictures/, report.html
 *
 * sweep.csv has a row a point and trial, points.csv a row a point.
 *
 *     sweep_run(&study, root, NULL, false, &result, e);
 */
#pragma once

#include "study/study.h"

#include <cjson/cJSON.h>

struct sweep_result {
    char *folder;  /* the caller frees it */
    size_t failed; /* images that failed for good, and points that cannot be opened */
    cJSON *json;   /* the caller deletes it */
};

/* folder NULL: results/sweep-HASH of the study without its axes, trials and number of
 * images. `retry_failed`: what failed for good before is missing. */
MUST_USE int sweep_run(const struct study *s, const char *root, const char *folder,
                       bool retry_failed, struct sweep_result *result, struct err *e);

/* What it would do: points, units, processor hours from a few images that are tried. */
MUST_USE int sweep_estimate(const struct study *s, const char *root, const char *folder,
                            struct sweep_result *result, struct err *e);
