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

/* The eight arrays are one block of the set: fill them, never put others in their
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

    /* Maxima of the same image in the same unit, nan where nobody knows them: */
    double *native_ms; /* [outputs] the same network at whole ms, as training sees it */
    double *paper;     /* [outputs] paper 1's: double exponential, weights as trained */
    double *paper_offset; /* [outputs] the same with w_0 added to each weight */
};

struct score_set {
    size_t images, outputs;
    struct score_image *image; /* [images], in the order of the run */
};

#define SCORE_CLASSES 32 /* most outputs that a confusion matrix holds */

/* How two answers compare, each a set: the outputs whose maxima equal the largest one.
 * Of a network these are equal but for rounding, 1e-12 (a sum of 4096 weights rounds to
 * 4096 x 2^-52 = 0.9e-12 of it); of a circuit but for the solver, 1e-6 (equal columns of
 * one deck were up to 2.5e-8 apart), both relative to the largest. Answers agree where
 * both sets are the same single output, disagree where they have no output in common,
 * and are a tie elsewhere: one side leaves open what the other says. */
enum score_answer { SCORE_FAILED, SCORE_AGREE, SCORE_DISAGREE, SCORE_TIE };
#define SCORE_TIE_NATIVE 1e-12
#define SCORE_TIE_CIRCUIT 1e-6

/* Circuit against one set of native maxima. */
struct score_fit {
    size_t maxima;     /* that were compared; 0: those of some image are not known */
    double scale_V;    /* least squares: circuit_V = scale_V * native */
    double native_max; /* largest native maximum of the scored images */
    double correlation;
    double error_rms, error_max; /* of scores_error */
};

struct score_summary {
    size_t images, failed, scored;                /* scored = images - failed */
    size_t native_right, circuit_right, agreeing; /* of the scored ones */
    size_t ties, native_ties, circuit_ties; /* images; where that side is undecided */
    double native_accuracy, native_error;   /* fraction, and its standard error */
    double native_low, native_high;         /* Wilson's interval of 95 % */
    double circuit_accuracy, circuit_error, circuit_low, circuit_high;
    double agreement;   /* agreeing/(scored - ties); nan where all are ties */
    double scale_V;     /* least-squares: circuit_V = scale_V * native */
    double native_max;  /* largest native maximum of the scored images */
    double correlation; /* Pearson, over all scored maxima */
    double error_rms;   /* of circuit_V / scale_V - native, over the largest native */
    double error_max;   /* largest such |difference|, over the largest native */
    double error_rms_own, error_max_own; /* the same over the image's own largest native;
                                            images without one are left out */
    double whole_ms; /* largest 1 - native_ms/native; nan if not known */
    struct score_fit paper, paper_offset; /* against the two networks of paper 1 */
    double offset_rms, offset_max;        /* what w_0 does: difference of these errors */
    size_t worst_image, best_image; /* positions in the set: largest and smallest rms */
    size_t retried, climbed;        /* images that took more than one process; rung > 0 */
    size_t confusion_native[SCORE_CLASSES][SCORE_CLASSES];  /* [label][answer] */
    size_t confusion_circuit[SCORE_CLASSES][SCORE_CLASSES]; /* [label][answer] */
};

void scores_init(struct score_set *set, size_t images, size_t outputs);
void scores_finish(struct score_set *set);

/* Accuracies give a tie to its lowest output. With nothing scored all figures are 0
 * and the intervals 0 to 1. */
void scores_summarise(const struct score_set *set, struct score_summary *sum);

/* The maxima of the scored images one after the other, for the statistics; returns
 * how many. Arrays of scored x outputs, at most images x outputs. */
size_t scores_gather(const struct score_set *set, double native[], double circuit_V[]);

/* How clearly the largest wins: (first - second) / first; 0 where the first is not
 * positive, 1 where there is no second. */
double scores_margin(size_t n, const double x[]);

/* How circuit and network answer an image, and which of them left it open. */
enum score_answer scores_answer(const struct score_set *set, const struct score_image *s);
bool scores_tie_native(const struct score_set *set, const struct score_image *s);
bool scores_tie_circuit(const struct score_set *set, const struct score_image *s);
bool scores_tie(const struct score_set *set, const struct score_image *s);

/* Whether they answer differently; never of an image that failed, or of a tie. */
bool scores_disagree(const struct score_set *set, const struct score_image *s);

/* error = (circuit_V / scale_V - native) / native_max, without unit. A circuit that
 * is dead (scale_V = 0) counts as 0 V everywhere. */
double scores_error(const struct score_summary *sum, double circuit_V, double native);

/* What errors of an image are multiplied by to be relative to its own largest native
 * maximum; nan where that is not positive. */
double scores_own(const struct score_set *set, const struct score_summary *sum,
                  const struct score_image *s);

/* sqrt(mean of scores_error^2) over the outputs of one image. */
double scores_image_rms(const struct score_set *set, const struct score_summary *sum,
                        size_t position);
