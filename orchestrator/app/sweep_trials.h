/* The trials of a sweep: of each, in order of their points, the study, the weights and
 * the experiment. Job k is trial k % trials of point k / trials.
 *
 * A trial is a study that `verify` would take. Weights that an axis or a redraw asks for
 * are trained once into folder/train-HASH. The first experiment that can be opened stays
 * open and lends its images to the others.
 *
 *     sweep_trials_init(&t, &study, root, e);
 *     t.folder = folder;
 *     sweep_trials_open_first(&t, true, e);
 *     sweep_trial_study(&t, job, &s, e);  sweep_trial_weights(&t, &s, &path, e);
 *     sweep_trial_open(&t, &s, path, &x, e);
 *     sweep_trials_finish(&t);
 */
#pragma once

#include "app/experiment.h"
#include "study/axes.h"

/* Weights that were trained, by the lines that they depend on. */
struct sweep_trained {
    char *lines, *path;
};

struct sweep_trials {
    const struct study *study;
    const char *root, *folder; /* the latter where weights go */
    struct axes axes;
    size_t trials; /* of a point */
    bool redraws_training, redraws_split;
    struct study usual; /* whose weights ship */
    size_t trainings;
    struct sweep_trained *trained; /* [trainings] */
    struct study first_study;
    struct experiment first;
};

/* Reads axes and redraws; refuses axes that given weights make idle. */
MUST_USE int sweep_trials_init(struct sweep_trials *t, const struct study *s,
                               const char *root, struct err *e);
void sweep_trials_finish(struct sweep_trials *t);
size_t sweep_trials_count(const struct sweep_trials *t);

/* Opens the first that can be opened; without any its own first error counts. May train
 * its weights, or tries those that ship. */
MUST_USE int sweep_trials_open_first(struct sweep_trials *t, bool may_train,
                                     struct err *e);

/* A copy of the study with the values of the point and the draws of the trial; trial 0
 * has those of the study. To be finished even after an error. */
MUST_USE int sweep_trial_study(const struct sweep_trials *t, size_t job, struct study *s,
                               struct err *e);

/* Whether its weights are of its own training. */
bool sweep_trial_trains(const struct sweep_trials *t, const struct study *s);

/* They are trained unless they are there; NULL: those that the study names, or that ship.
 */
MUST_USE int sweep_trial_weights(struct sweep_trials *t, const struct study *s,
                                 const char **path, struct err *e);
MUST_USE int sweep_trial_open(struct sweep_trials *t, const struct study *s,
                              const char *weights, struct experiment *x, struct err *e);

/* "map.bits=1 map.tuning_error=0.05, trial 2" */
void sweep_trial_name(const struct sweep_trials *t, size_t job, struct buf *out);

/* What trials draw, in a sentence. */
void sweep_trials_draws(const struct sweep_trials *t, struct buf *out);
