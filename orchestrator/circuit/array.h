/* A memristor array in a circuit: the conductance and the state of each cell, and the
 * deck of a set of spikes.
 *
 * Axis order of all matrices [input][output]. The array owns its matrices and borrows the
 * circuit.
 *
 *     array_map(&a, &circuit, &weights, e);   or array_take
 *     array_find_states(&a);
 *     levers_decide(&l, &ask, e);
 *     end_s = array_deck(&a, &l, &kernel, &raster, &choice, &solver, &text);
 *     array_finish(&a);
 */
#pragma once

#include "circuit/circuit.h"
#include "circuit/levers.h"
#include "num/raster.h"
#include "snn/kernel.h"
#include "snn/weights.h"

struct array {
    const struct circuit *circuit;
    size_t inputs, outputs;
    double *target_S; /* conductance of each cell */
    double *state;    /* memristor state of each cell, once it is asked for */
};

/* Conductances that weights in [0,1] mean, with the study's levels and tuning errors. */
MUST_USE int array_map(struct array *a, const struct circuit *c, const struct weights *w,
                       struct err *e);

/* The same from conductances that the cells have, S. */
void array_take(struct array *a, const struct circuit *c, size_t inputs, size_t outputs,
                const double conductance_S[]);

/* The states that give them. The user's memristor must have been learnt
 * (circuit/statemap); cells that ask for more than it has get its end, which is told. */
void array_find_states(struct array *a);
void array_finish(struct array *a);

/* out w[inputs][outputs], what the conductances stand for: G/(g_high - g_low). A weight
 * of 0 is g_low, not nothing. */
void array_weights(const struct array *a, double w[]);

/* What the study's read noise adds to the columns when an image is read, S: pieces of the
 * pulses above the selector's threshold, as the kernel has them, changes d G (or d
 * g_high) summed over the cells that read. No conductance falls below 0. Without noise
 * count is 0. */
void array_noise(const struct array *a, uint32_t image, const struct raster *r,
                 const struct kernel *kernel, struct pieces *p);

/* w_0: what the mapping adds to every weight, g_low/(g_high - g_low). */
double array_offset(const struct study *s);

/* What a deck may differ in from those of a run. */
struct deck_choice {
    const char *title;
    const char *as;      /* how the deck names the circuit's folder */
    bool all_nodes;      /* save TIA, Vsyn, Isyn too */
    size_t first, count; /* columns; count = 0: all */
    bool fixed;          /* states that do not move, whatever simulate.dynamic says */
    bool active;         /* leave out inputs without spikes: changes nothing above 1e-9 */
    const char *before, *after; /* lines around the blocks, or NULL */
    const double *state;        /* [inputs][outputs] other than the array's, or NULL */
    const struct pieces *noise; /* conductances that add to columns, S; or NULL */
    bool maxima;     /* all that is wanted: the deck may end when membranes fall */
    double window_s; /* longest */
};

/* The deck of the spikes of a raster; returns the time at which it ends, s. levers NULL:
 * every cell with its state equation, or static without simulate.dynamic. `kernel` says
 * when membranes fall (maxima), else it may be NULL. */
double array_deck(const struct array *a, const struct levers *levers,
                  const struct kernel *kernel, const struct raster *r,
                  const struct deck_choice *choice, const struct deck_solver *solver,
                  struct buf *out);
