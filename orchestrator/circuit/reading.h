/* What cells do when they are read, measured: what the levers are decided by.
 *
 * Cells with states from the lowest to the highest of an array stand side by side at the
 * read voltage, as in the array: their gates are low for a window, at whose end they get
 * the pulses of one input. Of each state there is a cell that holds it and one with its
 * state equation, a resistor in the memristor's place (ours has a closed form, of the
 * user's it is measured), and a cell whose gate stays low.
 * The pulses come last and the charge of the last one counts: what a state does while
 * nothing happens, and in the pulses before, is in it. A second deck has two breakpoints
 * a ramp.
 *
 *     reading_measure(&r, &(struct reading_ask){&circuit, 0, 1.06, 1, 0.1, NULL}, e);
 */
#pragma once

#include "circuit/circuit.h"
#include "circuit/statemap.h"

enum { READING_STATES = 9 };

struct reading_ask {
    const struct circuit *circuit;
    double low, high; /* states */
    size_t pulses;    /* that an input gets in a window */
    double window_s;
    const struct statemap *sampled; /* of the user's memristor; NULL: no resistors */
};

struct reading {
    double x[READING_STATES];        /* equal steps from low to high */
    double charge_C[READING_STATES]; /* of a pulse, at the state asked for */
    double moved_C[READING_STATES];  /* what the state equation adds to it */
    double start;  /* largest |state at t = 0 - state asked for|; 0 where the state cannot
                      be seen */
    double linear; /* largest relative error of the charge of the resistor; INFINITY
                      where there is none */
    double coarse; /* the same of two breakpoints a ramp in place of four */
    double leak_low_S, leak_high_S; /* of a cell whose gate is at 0 V */
};

/* Two small decks. One that does not converge climbs the study's ladder. */
MUST_USE int reading_measure(struct reading *r, const struct reading_ask *a,
                             struct err *e);

/* The charge of a cell, and the most that its state equation adds or takes: linear
 * between the states, and the larger of the two states beside it. */
double reading_charge(const struct reading *r, double state);
double reading_moved(const struct reading *r, double state);
