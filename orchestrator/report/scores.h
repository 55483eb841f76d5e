/* What a run found: the maxima of every membrane, circuit beside network, and the
 * figures made of them.
 *
 * Axis order: image, then output neuron. A `struct score_set` owns all that it points
 * to; scores_init makes it, scores_finish releases it.
 *
 *     struct score_set set;
 *     scores_init(&set, 100, 10);
 *     ... fill set.image[k] ...
 *     struct score_summary sum;
 *     scores_summarise(&set, &sum);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The five arrays are one block of the set: fill them, never put others in their
 * place. `cause` is malloc'ed by the caller and released with the set. */
struct score_image {
    size_t image; /* row of the data set, from 0 */
    int label;    /* the true class */
    bool failed;  /* failed for good: no circuit maxima */
    char *cause;  /* why it failed, or what an earlier attempt died of; may be NULL */
    int rung;     /* step of the convergence ladder that succeeded, from 0 */
    int attempts; /* processes it took, 1 if all went well */
    double *circuit_V; /* [outputs] membrane maximum above rest, V */
    double *circuit_s; /* [outputs] when, s from the start of the window */
    double *rest_V;    /* [outputs] rest level, V */
    double *native;    /* [outputs] native maximum, in peaks of one synapse at w = 1 */
    double *native_s;  /* [outputs] when, s */
};

struct score_set {
    size_t images, outputs;
    struct score_image *image; /* [images], in the order of the run */
};

#define SCORE_CLASSES 32 /* most outputs that a confusion matrix holds */

struct score_summary {
    size_t images, failed, scored;                /* scored = images - failed */
    size_t native_right, circuit_right, agreeing; /* of the scored ones */
    double native_accuracy, native_error;         /* fraction, and its standard error */
    double native_low, native_high;               /* Wilson's interval of 95 % */
    double circuit_accuracy, circuit_error, circuit_low, circuit_high;
    double agreement;
    double scale_V;     /* least-squares: circuit_V = scale_V * native */
    double native_max;  /* largest native maximum of the scored images */
    double correlation; /* Pearson, over all scored maxima */
    double error_rms;   /* of circuit_V / scale_V - native, over the largest native */
    double error_max;   /* largest such |difference|, over the largest native */
    size_t worst_image, best_image; /* positions in the set: largest and smallest rms */
    size_t retried, climbed;        /* images that took more than one process; rung > 0 */
    size_t confusion_native[SCORE_CLASSES][SCORE_CLASSES];  /* [label][answer] */
    size_t confusion_circuit[SCORE_CLASSES][SCORE_CLASSES]; /* [label][answer] */
};

void scores_init(struct score_set *set, size_t images, size_t outputs);
void scores_finish(struct score_set *set);

/* Ties in the argmax go to the lower class. With nothing scored all figures are 0
 * and the intervals 0 to 1. */
void scores_summarise(const struct score_set *set, struct score_summary *sum);

/* How clearly the largest wins: (first - second) / first; 0 where the first is not
 * positive, 1 where there is no second. */
double scores_margin(size_t n, const double x[]);

/* Whether circuit and network answer differently; never of an image that failed. */
bool scores_disagree(const struct score_set *set, const struct score_image *s);

/* error = (circuit_V / scale_V - native) / native_max, without unit. A circuit that
 * is dead (scale_V = 0) counts as 0 V everywhere. */
double scores_error(const struct score_summary *sum, double circuit_V, double native);

/* sqrt(mean of scores_error^2) over the outputs of one image. */
double scores_image_rms(const struct score_set *set, const struct score_summary *sum,
                        size_t position);
