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
#ifndef SPIKEBAR_APP_EXPERIMENT_H
#define SPIKEBAR_APP_EXPERIMENT_H

#include "app/levers.h"
#include "run/plan.h"
#include "study/study.h"
#include "data/dataset.h"
#include "data/split.h"
#include "num/raster.h"
#include "snn/coding.h"
#include "snn/network.h"
#include "snn/weights.h"
#include "spice/deck.h"
#include "spice/memristor.h"
#include "spice/param.h"
#include "xbar/cell.h"

struct experiment {
    const struct study *study;
    const char *root; /* folder of the files that ship */
    char *circuit;    /* absolute folder with netlists/ and models/ */
    bool own_blocks;  /* netlists or models are not the shipped ones */
    char *variant;    /* parameter file: a name below netlists/, or absolute */
    char *include;    /* the user's own file, absolute or below `circuit`; or NULL */
    struct memristor memristor; /* the user's own, or ours */
    char *model;                /* its file, absolute or below `circuit`; or NULL */
    struct dataset data;        /* all images */
    struct split split;
    uint64_t split_seed; /* that was used */
    struct coding coding;
    struct weights weights; /* as they were trained */
    char weights_sha256[SHA256_HEX], circuit_sha256[SHA256_HEX];
    char conductances_sha256[SHA256_HEX]; /* of map.conductances, or "" */
    struct param_table params;
    struct cell cell;
    size_t inputs, outputs;
    double *target_S;       /* conductance of each cell */
    double *state;          /* memristor state of each cell */
    struct network network; /* to compare with: see simulate.compare */
    struct levers levers;   /* what makes its decks smaller */
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

/* The kernel of a native model. For `circuit` pulse and time constants are those of the
 * study's circuit: the selector's threshold crossings, and kernel_tau_syn and
 * kernel_tau_mem of its parameter file (`spikebar calibrate` measures them). */
MUST_USE int experiment_kernel(const struct experiment *x, const char *model,
                               int window_ms, struct kernel *k, struct err *e);

/* Parameters, cell and memristor of the study's circuit alone, without data and weights;
 * to be finished with experiment_finish. */
MUST_USE int experiment_open_circuit(struct experiment *x, const struct study *s,
                                     const char *root, struct err *e);

/* Copies the circuit's files to folder/circuit and simulates from there on: what is
 * stored with a run is what was simulated. */
MUST_USE int experiment_adopt_circuit(struct experiment *x, const char *folder,
                                      struct err *e);

/* The lines of the plan: essential keys, hashes, versions, and the images. */
void experiment_plan(const struct experiment *x, const char *ngspice_version,
                     struct plan *p);

/* What a deck may differ in from those of a run. */
struct deck_choice {
    const char *circuit; /* how the deck names the circuit's folder */
    bool all_nodes;      /* save TIA, Vsyn, Isyn too */
    size_t first, count; /* columns; count = 0: all */
    bool fixed;          /* states that do not move, whatever simulate.dynamic says */
    bool active;         /* leave out inputs without spikes: changes nothing above 1e-9 */
    const char *before, *after; /* lines around the blocks (spice/deck.h), or NULL */
    const double *state; /* [inputs][outputs] other than the experiment's, or NULL */
    bool plain;          /* no levers: every cell with its state equation, or static
                            without simulate.dynamic */
    bool maxima;         /* all that is wanted: the deck may end when membranes fall */
};

void experiment_solver(const struct experiment *x, struct deck_solver *s);

/* The deck of row `image` of the data; returns the time at which it ends, s. */
double experiment_deck(const struct experiment *x, uint32_t image,
                       const struct deck_choice *choice, const struct deck_solver *solver,
                       struct buf *out);

void experiment_raster(const struct experiment *x, uint32_t image, struct raster *r);

#endif
