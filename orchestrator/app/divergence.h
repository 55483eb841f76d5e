/* Where circuit and network part, stage by stage.
 *
 * A sample of a run's images, and all on which circuit and network disagree, are
 * simulated again with one stage replaced by its ideal (netlists/ideal/), with a
 * reference solver, and with worse op-amps. What a stage changes is its share of the
 * error. A common gain error is absorbed by the fitted scale, so every column is measured
 * too and set beside the calibrated values of its parameter file (cal_...): the first
 * stage on the way of a spike that is off is named.
 *
 *     divergence_run(&x, &set, &sum, folder, e);   divergence.json, .csv, picture
 */
#pragma once

#include "app/experiment.h"
#include "report/html.h"
#include "report/scores.h"

#define DIVERGENCE_JSON "divergence.json"
#define DIVERGENCE_TABLE "divergence.csv"
#define DIVERGENCE_PICTURE "pictures/divergence"

/* The tables of a report from the divergence.json of a folder; none if there is none. */
enum { DIVERGENCE_TABLES = 3 };
struct divergence_tables {
    size_t count;
    struct table table[DIVERGENCE_TABLES];
};
void divergence_tables(const char *folder, struct divergence_tables *t);
void divergence_tables_finish(struct divergence_tables *t);

MUST_USE int divergence_run(const struct experiment *x, const struct score_set *set,
                            const struct score_summary *sum, const char *folder,
                            struct err *e);

/* Removes what a folder has of it. */
void divergence_forget(const char *folder);
