/* An experiment: a study with its images, weights, circuit and array, ready to simulate.
 *
 * It joins the parts: images -> spikes, weights -> conductances, and the native network
 * that has the same conductances. Units are images; unit k is row image[k] of the test
 * data. The experiment owns what it points to, but for the study and root. It must stay
 * where it is: the array points to its circuit.
 *
 *     struct experiment x;
 *     experiment_open(&x, &study, root, NULL, e);     reads and checks; simulates nothing
 *     experiment_ready(&x, e);                        maps; decides the levers
 *     experiment_deck(&x, 12, &choice, &solver, &text);
 *     experiment_finish(&x);
 */
#pragma once

#include "app/origin.h"
#include "circuit/array.h"
#include "data/dataset.h"
#include "data/split.h"
#include "snn/coding.h"
#include "snn/network.h"

struct experiment {
    const struct study *study;
    const char *root; /* folder of the files that ship */
    struct circuit circuit;
    struct dataset data; /* all images; */
    size_t first_test;   /* from here on those of dataset.test_path */
    struct split split;
    uint64_t split_seed; /* that was used */
    struct coding coding;
    struct origin origin; /* the weights, and what is known of them */
    struct array array;
    struct network network; /* to compare with: see simulate.compare */
    struct network paper;   /* paper 1's: double exponential, the weights as they were
                               trained, no w_0; no weights where these are not known */
    struct kernel membrane; /* the circuit's own, whatever it is compared with */
    struct levers levers;   /* what makes its decks smaller */
    bool lent;              /* the images belong to another experiment */
    size_t units;
    uint32_t *image; /* [units] */
};

/* The images of a study; those from *first_test on come from dataset.test_path (their
 * count if there is none). */
MUST_USE int experiment_load_images(const struct study *s, const char *root,
                                    struct dataset *data, size_t *first_test,
                                    struct err *e);

/* Which of them train and test, by dataset.split_seed or else by `seed`; returns the
 * seed in *used. */
MUST_USE int experiment_split(const struct study *s, size_t count, size_t first_test,
                              uint64_t seed, struct split *split, uint64_t *used,
                              struct err *e);

/* The spike code of a study. */
MUST_USE int experiment_coding(const struct study *s, struct coding *c, struct err *e);

/* `weights_path` NULL: simulate.weights of the study. */
MUST_USE int experiment_open(struct experiment *x, const struct study *s,
                             const char *root, const char *weights_path, struct err *e);

/* The same with the images of another experiment, if they are of the same files; that one
 * must be finished later. `like` may be NULL. */
MUST_USE int experiment_open_like(struct experiment *x, const struct experiment *like,
                                  const struct study *s, const char *root,
                                  const char *weights_path, struct err *e);

/* The array, and the network that has its conductances. Simulates for the user's
 * memristor alone, whose cells have no closed form. */
MUST_USE int experiment_map(struct experiment *x, struct err *e);

/* The same without the states of the cells, as far as conductances can be known without:
 * for the network alone. */
MUST_USE int experiment_map_network(struct experiment *x, struct err *e);

/* The levers, which are measured, once the array is mapped. */
MUST_USE int experiment_levers(struct experiment *x, struct err *e);

/* Both. */
MUST_USE int experiment_ready(struct experiment *x, struct err *e);
void experiment_finish(struct experiment *x);

/* What the record of an image depends on, beside the image: keys, hashes and versions.
 * The choice of images is not in it, nor are the levers, which follow from the rest. */
void experiment_identity(const struct experiment *x, const char *kind,
                         const char *ngspice_version, struct plan *p);

/* The lines of a run's plan: keys, hashes, versions, levers. The choice of images is not
 * in it, so that a run can be extended; its records are named by the image. */
void experiment_plan(const struct experiment *x, const char *ngspice_version,
                     struct plan *p);

/* The deck of row `image` of the data (title and longest window are filled in); returns
 * the time at which it ends, s. */
double experiment_deck(const struct experiment *x, uint32_t image,
                       const struct deck_choice *choice, const struct deck_solver *solver,
                       struct buf *out);

/* What read noise adds when that image is read, S; finish it. */
void experiment_noise(const struct experiment *x, uint32_t image, const struct raster *r,
                      struct pieces *p);

void experiment_raster(const struct experiment *x, uint32_t image, struct raster *r);
