/* An experiment: a study with its data, weights and circuit, ready to simulate.
 *
 * It joins the parts: images -> spikes, weights -> conductances -> states, parameters ->
 * cell and circuit, and the native network that has the same conductances. Units are
 * images; unit k is row image[k] of the test data. Axis order of all matrices
 * [input][output]. The experiment owns what it points to, but for the study and root.
 *
 *     struct experiment x;
 *     experiment_open(&x, &study, root, e);
 *     experiment_deck(&x, 12, &options, &solver, &text);
 *     experiment_finish(&x);
 */
#ifndef MEMSPICE_APP_EXPERIMENT_H
#define MEMSPICE_APP_EXPERIMENT_H

#include "app/plan.h"
#include "app/study.h"
#include "data/dataset.h"
#include "data/split.h"
#include "num/raster.h"
#include "snn/coding.h"
#include "snn/network.h"
#include "snn/weights.h"
#include "spice/deck.h"
#include "spice/param.h"
#include "xbar/cell.h"

struct experiment {
    const struct study *study;
    const char *root;      /* folder of the files that ship */
    char *circuit;         /* absolute folder with netlists/ and models/ */
    char variant[64];      /* file name below netlists/ */
    char *include;         /* the user's own file, absolute or below `circuit`; or NULL */
    struct dataset data;   /* all images */
    struct split split;
    uint64_t split_seed;   /* that was used */
    struct coding coding;
    struct weights weights; /* as they were trained */
    char weights_sha256[SHA256_HEX], circuit_sha256[SHA256_HEX];
    struct param_table params;
    struct cell cell;
    size_t inputs, outputs;
    double *target_S;       /* conductance of each cell */
    double *state;          /* memristor state of each cell */
    struct network network; /* to compare with: see simulate.compare */
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

/* Everything. `weights_path` NULL: simulate.weights of the study. */
MUST_USE int experiment_open(struct experiment *x, const struct study *s,
                             const char *root, const char *weights_path, struct err *e);
void experiment_finish(struct experiment *x);

/* Copies the circuit's files to folder/circuit and simulates from there on: what is
 * stored with a run is what was simulated. */
MUST_USE int experiment_adopt_circuit(struct experiment *x, const char *folder,
                                      struct err *e);

/* The lines of the plan: essential keys, hashes, versions, and the images. */
void experiment_plan(const struct experiment *x, const char *ngspice_version,
                     struct plan *p);

/* What a deck may differ in from those of a run. */
struct deck_choice {
    const char *circuit;  /* how the deck names the circuit's folder */
    bool all_nodes;       /* save TIA, Vsyn, Isyn too */
    size_t first, count;  /* columns; count = 0: all */
};

void experiment_solver(const struct experiment *x, struct deck_solver *s);

/* The deck of row `image` of the data. */
void experiment_deck(const struct experiment *x, uint32_t image,
                     const struct deck_choice *choice, const struct deck_solver *solver,
                     struct buf *out);

void experiment_raster(const struct experiment *x, uint32_t image, struct raster *r);

#endif
