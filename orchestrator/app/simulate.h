/* Simulations of an experiment in the pool: what is missing of a run, and traces.
 *
 * A unit's payload in the store is {"status":"done","rung":r,"rest_V":[..],
 * "above_V":[..],"time_s":[..]} with one number an output, or {"status":"failed",
 * "rung":r,"cause":".."}. It depends on the plan and the unit alone. That a unit took
 * more than one process is a record of its own, {"attempts":n,"cause":".."}.
 *
 *     simulate_missing(&x, &plan, &store, &count, e);
 *     simulate_collect(&x, &plan, &store, &set);
 */
#ifndef SPIKEBAR_APP_SIMULATE_H
#define SPIKEBAR_APP_SIMULATE_H

#include "app/experiment.h"
#include "run/store.h"
#include "report/scores.h"
#include "run/pool.h"
#include "spice/trace.h"

struct simulate_count {
    size_t found;   /* units that were in the store already */
    size_t done;    /* units simulated now, failed ones included */
    double seconds; /* wall time of these */
};

/* Simulates the units that the store lacks, and records each as it finishes. When
 * interrupted, -1 with ERR_INTERRUPTED; *count then tells how far it came. */
MUST_USE int simulate_missing(const struct experiment *x, const struct plan *plan,
                              struct store *store, struct simulate_count *count,
                              struct err *e);

/* Fills a score set (scores_init with units and outputs) from the store, and the
 * native maxima from the network. A unit that is in no record counts as failed. */
void simulate_collect(const struct experiment *x, const struct plan *plan,
                      const struct store *store, struct score_set *set);

/* Attempts and causes alone, for a set that came from the tables of a run. */
void simulate_collect_attempts(const struct plan *plan, const struct store *store,
                               struct score_set *set);

/* All nodes of all columns of some images, with the rung that `rung` names for each
 * (0: as asked). trace[k] is empty where the simulation failed, and cause[k] says why;
 * the caller finishes the traces and frees the causes. */
MUST_USE int simulate_traces(const struct experiment *x, size_t count,
                             const uint32_t image[count], const int rung[count],
                             struct trace trace[count], char *cause[count],
                             struct err *e);

#endif
