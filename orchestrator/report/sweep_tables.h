/* What a sweep leaves for people: tables, pictures and the page.
 *
 * Trials of a point follow each other, the last axis is the fastest. Axes that walk
 * together have the same `walk`, the place of the first of them. Everything is borrowed.
 *
 *     sweep_tables_write(&set, &points, e);    sweep.csv, points.csv, results.sqlite ...
 */
#pragma once

#include "base/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* What a trial of a point gave. Counts are of images. */
struct sweep_score {
    bool there; /* its images were looked at, */
    size_t images, failed, native_right, circuit_right, agreeing; /* right: of those that
                                            did not fail; of all, for the network alone */
    size_t ties;                                                  /* report/scores.h */
    double error_rms, error_max;                                  /* as in summary.json */
    double seconds; /* wall time of what was simulated now */
};

enum { SWEEP_AXES = 16 };

struct sweep_axis {
    const char *key;
    bool number; /* and not a word */
    size_t count;
    char *const *value;  /* [count] */
    size_t walk, stride; /* points from one value to the next */
};

struct sweep_set {
    const char *folder;
    const char *study_text, *draws; /* for the page: the study, what trials draw */
    size_t axes, points, trials;
    struct sweep_axis axis[SWEEP_AXES]; /* [axes] */
    bool native, pictures;
    const struct sweep_score *score; /* [points][trials] */
};

/* Returns the points as JSON, which the caller deletes. */
MUST_USE int sweep_tables_write(const struct sweep_set *w, cJSON **points, struct err *e);
