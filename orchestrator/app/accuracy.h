/* How far the simulator's tolerances and the points of a gate ramp move a membrane: those
 * asked for and each rung of the convergence ladder, against circuit_reference.
 *
 *     accuracy_measure(&x, 20, &a, e);
 *     accuracy_converge(&x, &c, e);
 */
#pragma once

#include "app/experiment.h"

enum { ACCURACY_RUNGS = DECK_RUNGS };

struct accuracy {
    size_t images, rungs;
    char name[ACCURACY_RUNGS][32];
    double deviation[ACCURACY_RUNGS]; /* largest |membrane - reference| of any output and
                                         time, over the image's largest maximum */
    double scaled[ACCURACY_RUNGS]; /* the same above rest, after each output of an image
                                      was scaled by one common factor */
    size_t failed[ACCURACY_RUNGS]; /* images without a result */
};

/* The first `images` of the experiment, cells of silent inputs left out. The trace is
 * compared at its own points, the finer reference interpolated between its points. */
MUST_USE int accuracy_measure(const struct experiment *x, size_t images,
                              struct accuracy *a, struct err *e);

/* How well the reference itself has converged on the first image: it, and it with half of
 * its points on a ramp or twice its step, each against it with a quarter of the step. */
enum { ACCURACY_SOLVERS = 4 };
struct convergence {
    struct convergence_row {
        double step_s; /* largest time step */
        int edges;     /* breakpoints on a gate ramp */
        size_t points; /* of time */
        double
            deviation; /* as above; 0 in the last row, which the others are measured by */
    } row[ACCURACY_SOLVERS];
    double error; /* of the reference, row 2 */
};

MUST_USE int accuracy_converge(const struct experiment *x, struct convergence *c,
                               struct err *e);

/* How far the maxima of one image, as a run has them, are from those with steps a quarter
 * as long and more points on each ramp: largest difference of any output, over the
 * largest maximum. Of an error of the steps this is three quarters. nan where that
 * simulation fails. in: above_V[outputs] of row `image` of the data. Costs four images.
 */
MUST_USE int accuracy_of_image(const struct experiment *x, uint32_t image,
                               const double above_V[], double *reached, struct err *e);
