/* What makes a simulation faster without changing its result, each with its proof.
 *
 * A lever is on when its condition holds for this circuit and these cells, as measured
 * or bounded before the first deck; why one is off is told. States of levers are
 * part of the plan (they move numbers in the fifth digit) and stand in summary.json.
 *
 * Where the time goes with all of them on, 64 x 10, ngspice 39: nine tenths are the
 * transistors of the columns and the cells in use, at some 540 time points and 2.4
 * iterations each; reading the deck is a twelfth. So a deck that stays open, with its
 * sources altered from image to image, has little to win, and would have to hold every
 * cell, as coincident rows give each image a circuit of its own. `.options bypass=1`
 * saves a sixth, and more than doubles the error (0.20 % of the peak in place of 0.08,
 * with one breakpoint a ramp).
 *
 *     levers_decide(&l, &ask, e);   ... l.state[LEVER_SILENT].on ...
 */
#pragma once

#include "circuit/circuit.h"
#include "circuit/statemap.h"
#include "num/raster.h"

enum lever {
    LEVER_FROZEN, /* static memristors: reading does not move their states */
    LEVER_LINEAR, /* ... and they are resistors at the read voltage's chord */
    LEVER_SILENT, /* inputs that never fire: their cells are a lumped leakage */
    LEVER_ROWS,   /* inputs that fire together: their cells are equal cells in parallel */
    LEVER_END,    /* a deck of which the maxima are wanted ends when membranes fall */
    LEVER_EDGES,  /* two breakpoints on a gate ramp in place of four */
    LEVER_COLUMNS, /* groups of columns are circuits of their own */
    LEVERS
};

/* Columns that a deck holds at most. Measured: 5 to 10 cost least for each column, one
 * alone a quarter more; 100 together 1.4 times ten tens. */
enum { LEVERS_COLUMNS = 10 };

extern const char *const lever_names[LEVERS]; /* as in summary.json */

struct lever_state {
    bool on;
    double bound;  /* of the error it makes or would make; see levers.c for each */
    char why[160]; /* if it is off */
};

struct levers {
    struct lever_state state[LEVERS];
    double leak_S; /* of a cell whose gate is at 0 V; 0 where the states differ in it */
    double start_off; /* how far from the state asked for the simulation starts; 0: it
                         starts there */
    bool leak_counts; /* inputs without spikes may not be left out */
    size_t columns;   /* columns that a deck holds */
    double *chord;    /* [inputs][outputs] ohm of each cell; NULL if they have none */
    struct statemap *sampled; /* what they are made of, the user's memristor; or NULL */
};

/* What the levers are decided for. */
struct lever_ask {
    const struct circuit *circuit;
    size_t inputs, outputs;
    const double *state;         /* [inputs][outputs] */
    const struct kernel *kernel; /* the membranes' time constants */
    double window_s;
    size_t examples;              /* what the array will see; 0: not known */
    const struct raster *example; /* [examples] */
};

/* Simulates two small decks of cells that are read (circuit/reading), and one more of the
 * user's memristor (circuit/statemap). */
MUST_USE int levers_decide(struct levers *l, const struct lever_ask *a, struct err *e);
void levers_finish(struct levers *l);
