/* A second opinion: one cell and one column of the first image in ngspice and in gnucap.
 *
 * Both get the same deck (spice/gnucap says what of its dialect is changed), with
 * circuit_reference's points on the gate ramps; ngspice has its tolerances too. Two
 * simulators with their own transistor models, solvers and time steps that agree have no
 * fault in common but that of the deck.
 *
 *     witness_ask(&w, &x, e);     x: experiment_ready
 *     if (!w.asked) ... w.why ... else ... witness_verdicts[w.verdict]
 */
#pragma once

#include "app/experiment.h"

/* The cell: the largest conductance whose input fires in the image, alone with its
 * column; its current is the output of the TIA over rf. The column: all cells, membrane.
 */
enum { WITNESS_CELL, WITNESS_COLUMN, WITNESS_CHECKS };

struct witness_check {
    const char *what;            /* "cell", "column" */
    char node[24];               /* that is compared */
    size_t cells;                /* that fire */
    double rest_V[2], peak_V[2]; /* of ngspice, gnucap: first point, and the farthest from
                                    it with its sign */
    double peak_difference;      /* gnucap's peak over ngspice's, less 1 */
    double wave_rms; /* rms of the difference of both waves, each from its rest, at
                        gnucap's points, over ngspice's peak */
    double drift;    /* of gnucap before the first spike, where nothing happens, over its
                        peak: what its own tolerances leave */
    double tolerance_peak, tolerance_rms; /* what is asked of the two */
    enum { WITNESS_DIFFERS, WITNESS_AGREES, WITNESS_UNDECIDED } verdict;
};

extern const char *const witness_verdicts[]; /* "differ", "agree", "undecided" */

struct witness {
    bool asked;  /* not asked: see why */
    int verdict; /* of both checks: differ before undecided before agree */
    char why[256];
    char version[96]; /* of gnucap */
    size_t image, output;
    struct witness_check check[WITNESS_CHECKS];
};

/* Takes some ten seconds. Where gnucap is not there, or cells are none that it can have
 * (circuit/levers: frozen and linear), w->asked is false with the reason; a simulator
 * that fails is an error. */
MUST_USE int witness_ask(struct witness *w, const struct experiment *x, struct err *e);

/* The comparison alone: ngspice's trace and gnucap's of one node, the first spike at
 * first_s. Undecided where they differ, but gnucap drifts by more than is asked. */
void witness_compare(struct witness_check *c, const struct trace *ngspice,
                     const struct trace *gnucap, double first_s);
