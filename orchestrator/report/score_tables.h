/* The results as tables: scores.csv, images.csv and results.sqlite.
 *
 * scores.csv has one row an image and neuron, images.csv one an image; both begin with
 * a row of names. Numbers have 17 digits, cells without a value (the circuit of an
 * image that failed) are empty. No byte of the two depends on time, host, workers or
 * the number of attempts. results.sqlite holds the same rows in the tables `maxima`
 * and `images`, with NULL for empty cells, and the summary as `summary (key, value)`.
 *
 *     score_tables_write(folder, &set, &sum, &facts, &e);
 */
#pragma once

#include "report/summary.h"

#define SCORE_TABLES_MAXIMA "scores.csv"
#define SCORE_TABLES_IMAGES "images.csv"
#define SCORE_TABLES_DATABASE "results.sqlite"

MUST_USE int score_tables_write(const char *folder, const struct score_set *set,
                                const struct score_summary *sum,
                                const struct summary_facts *facts, struct err *e);

/* The score set that score_tables_write wrote, from folder/results.sqlite. What depends
 * on how the run went is not in it: attempts count as 1, and only failed images have a
 * cause. On failure the set is empty, else the caller finishes it. */
MUST_USE int score_tables_read(const char *folder, struct score_set *set, struct err *e);
