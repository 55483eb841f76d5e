/* The images of a run that are shown with their traces: the worst, the best, and the
 * first ones that circuit and network disagree on. They are simulated once more, with all
 * nodes.
 *
 * DIR/traces/NAME-image-00012.raw and .csv, DIR/pictures/NAME.svg and .png; names are
 * worst, best, disagreement-1 ...
 *
 *     shown_keep(&x, folder, &set, &sum, e);
 */
#pragma once

#include "app/experiment.h"
#include "report/scores.h"

enum { SHOWN_DISAGREEMENTS = 4 };

/* Removes what was kept and drawn of the images that were shown before. */
void shown_forget(const char *folder);

/* Makes the two folders if need be; needs at least one image that was scored. */
MUST_USE int shown_keep(const struct experiment *x, const char *folder,
                        const struct score_set *set, const struct score_summary *sum,
                        struct err *e);
