/* The results as tables: scores.csv, images.csv, natives.csv and results.sqlite.
 *
 * scores.csv and natives.csv have one row an image and neuron, images.csv one an image;
 * all begin with a row of names. Numbers have 17 digits, cells without a value (the
 * circuit of an image that failed) are empty. No byte of them depends on time, host,
 * workers or the number of attempts. results.sqlite holds the same rows in the tables
 * `maxima`, `natives` and `images`, with NULL for empty cells, and the summary as
 * `summary (key, value)`.
 *
 * images.csv: `answers` is agree, disagree or tie (report/scores.h), `tied` who left the
 * answer open: network, circuit or both. `error_max` is the largest error of the image
 * over the largest maximum of the run, `error_max_own` the same over the image's own.
 * natives.csv: maxima of the network, in peaks of one synapse at w = 1: `native` as in
 * scores.csv, in continuous time for the circuit's kernel; `native_ms` of the same
 * network at whole ms, as in training; `paper` of paper 1's (double exponential, weights
 * as trained), `paper_w_0` of that with w_0 on each weight; the two are empty where the
 * weights are not known.
 *
 *     score_tables_write(folder, &set, &sum, &facts, &e);
 */
#pragma once

#include "report/summary.h"

#define SCORE_TABLES_MAXIMA "scores.csv"
#define SCORE_TABLES_IMAGES "images.csv"
#define SCORE_TABLES_NATIVES "natives.csv"
#define SCORE_TABLES_DATABASE "results.sqlite"

MUST_USE int score_tables_write(const char *folder, const struct score_set *set,
                                const struct score_summary *sum,
                                const struct summary_facts *facts, struct err *e);

/* The score set that score_tables_write wrote, from folder/results.sqlite. What depends
 * on how the run went is not in it: attempts count as 1, and only failed images have a
 * cause. A data base of an earlier version has no `natives`: they stay nan. On failure
 * the set is empty, else the caller finishes it. */
MUST_USE int score_tables_read(const char *folder, struct score_set *set, struct err *e);
