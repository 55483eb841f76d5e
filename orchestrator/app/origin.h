/* Where the weights of an experiment come from, and whether its test images are new to
 * them.
 *
 * The header of a weight file says which images it was trained with. A .npy file has
 * none: that of the .csv file beside it is taken if the matrix is the same to the bit.
 * Conductances in the mapping's place carry the notes of the weights that were
 * programmed, with their file and its hash. That file is read if it is still what it was;
 * if not, weights.w is NULL, which only the model of paper 1 minds. Other weights beside
 * them are refused.
 *
 * Where nothing tells, the result says so: `provenance` is
 *
 *     known                 the weights have seen none of the images that are simulated
 *     seen: ...             they have: how many
 *     stated: ...           the weights do not tell, the study's choice of images counts
 *     unknown: ...          nobody tells: accuracies may be those of training images
 *
 *     struct origin o;
 *     origin_open(&o, &study, root, NULL, 64, 10, e);
 *     ... the split by origin_seed(&o), the choice of images ...
 *     origin_judge(&o, &images, units, image);
 *     origin_finish(&o);
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "data/dataset.h"
#include "snn/weights.h"
#include "study/study.h"

#include <stdbool.h>
#include <stdint.h>

struct origin {
    const struct study *study; /* borrowed */
    const char *root;          /* folder of the files that ship */
    size_t inputs, outputs;    /* that are expected */
    struct weights weights;    /* as they were trained, with their notes; w is NULL where
                                  only conductances are left of them */
    struct weights achieved;   /* map.conductances, S; w is NULL without */
    char *weights_path;        /* NULL without w */
    char *notes_path; /* of the notes, where the weights' own file has none; or NULL */
    char weights_sha256[SHA256_HEX];      /* of the file, or "" if that is not known */
    char conductances_sha256[SHA256_HEX]; /* of map.conductances, or "" */
    char provenance[192];                 /* whether the images are new to the weights */
};

/* The note of weights whose test images came from a file of their own
 * (dataset.test_path): the last test_images of the data. Without it they are the split's.
 */
#define ORIGIN_OWN_TEST "own_test_images"

/* Reads map.conductances and the weights, one row an input. `path` NULL: simulate.weights
 * of the study; if that is empty those that were programmed, or without conductances the
 * shipped ones. */
MUST_USE int origin_open(struct origin *o, const struct study *s, const char *root,
                         const char *path, size_t inputs, size_t outputs, struct err *e);
void origin_finish(struct origin *o);

/* The seed of the split that leaves out what the weights were trained on; train.seed
 * where they do not tell. */
uint64_t origin_seed(const struct origin *o);

/* Notes for conductances that the weights were programmed into. */
void origin_note(const struct origin *o, struct weights *w);

/* Fills `provenance`, once the images, rows of the data, are chosen. */
void origin_judge(struct origin *o, const struct dataset *images, size_t units,
                  const uint32_t image[]);

/* Says whose notes count for the weights. `tested`: also that accuracies may be those of
 * training images. */
void origin_tell(const struct origin *o, bool tested);

/* A sentence for a page from a provenance; none for what is known. */
void origin_sentence(const char *provenance, struct buf *out);
