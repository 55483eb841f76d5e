/* Images of an experiment, each a unit of a run (run/units.h), and their traces.
 *
 * A record is {"status":"done","rung":r,"rest_V":[..],"above_V":[..],"time_s":[..]} with
 * one number an output, or {"status":"failed","cause":"..","rung":r}.
 *
 *     simulate_units(&units, &x, &plan, &store);
 *     simulate_missing(&units, &x, e);
 *     simulate_collect(&x, &units, &set);
 */
#pragma once

#include "app/experiment.h"
#include "report/scores.h"
#include "run/units.h"
#include "spice/trace.h"

/* The images of a run as units of a store, named by the image and not by its position, so
 * that runs with other choices of images share the records. */
void simulate_units(struct units *u, const struct experiment *x, const struct plan *plan,
                    struct store *store);

/* Simulates those that the store lacks; the ones with most spike times first. */
MUST_USE int simulate_missing(struct units *u, const struct experiment *x, struct err *e);

/* What a few of the images cost: processor seconds and bytes of a record, each on
 * average, and the processor seconds of a worker beside its images. Nothing is kept. */
struct simulate_cost {
    double seconds, bytes, start_s;
};
MUST_USE int simulate_try(const struct experiment *x, size_t images,
                          struct simulate_cost *cost, struct err *e);

/* Native maxima of unit k, and its image and label. */
void simulate_native(const struct experiment *x, size_t k, struct raster *room,
                     struct score_image *s);

/* Fills a score set (scores_init with units and outputs) from the records, and the native
 * maxima from the network. A unit without a record counts as failed. */
void simulate_collect(const struct experiment *x, const struct units *u,
                      struct score_set *set);

/* Attempts and causes alone, for a set that came from the tables of a run. */
void simulate_collect_attempts(const struct plan *plan, struct store *store,
                               struct score_set *set);

/* All nodes of all columns of some images, with the rung that `rung` names for each
 * (0: as asked). trace[k] is empty where the simulation failed, and cause[k] says why;
 * the caller finishes the traces and frees the causes. */
MUST_USE int simulate_traces(const struct experiment *x, size_t count,
                             const uint32_t image[count], const int rung[count],
                             struct trace trace[count], char *cause[count],
                             struct err *e);
