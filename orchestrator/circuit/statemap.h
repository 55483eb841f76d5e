/* The state of a memristor for a conductance.
 *
 * Ours has a closed form (xbar/cell). Of the user's the cells are simulated: cells with
 * states from low to high stand side by side in one deck and get one gate pulse at the
 * read voltage. charge_S is the charge of that pulse over v_read and the cell's on-time,
 * which is the conductance that a mapping means; read_S is current over voltage at full
 * gate voltage, which is what a programming circuit reads.
 *
 *     statemap_learn(&circuit, e);
 *     double x = statemap_find(&circuit, target_S, &reached_S);
 */
#pragma once

#include "circuit/circuit.h"

enum { STATEMAP_STATES = 65 };

struct statemap {
    double x[STATEMAP_STATES]; /* rising */
    double charge_S[STATEMAP_STATES], read_S[STATEMAP_STATES];
};

/* Measures c->map where the memristor is the user's; nothing to do for ours, or the
 * second time. */
MUST_USE int statemap_learn(struct circuit *c, struct err *e);

/* The state with which a cell passes the charge of a conductance, as map.compensate says.
 * Of the user's memristor, which must have been learnt, the nearest within its range;
 * *reached_S (or NULL) is the conductance that this state has. */
double statemap_find(const struct circuit *c, double conductance_S, double *reached_S);

/* Of any memristor, ours too. A model whose conductance does not rise with its state is
 * an error. */
MUST_USE int statemap_measure(struct statemap *m, const struct circuit *c, double low,
                              double high, struct err *e);

/* Linear between the states, and on beyond them. */
double statemap_state(const struct statemap *m, double charge_S);
double statemap_charge(const struct statemap *m, double state);
double statemap_read(const struct statemap *m, double state);

/* ---- resistors in the place of memristors ---- */

/* Of any memristor, at equal steps of the state, low < high; nothing is refused. */
MUST_USE int statemap_sample(struct statemap *m, const struct circuit *c, double low,
                             double high, struct err *e);

/* The resistor, ohm, that stands for the memristor at a state of a sampled map: voltage
 * over current at full gate voltage, as cell_chord is. Its conductance is the cubic
 * (Lagrange's) through the four states around. INFINITY where there is none. m NULL: of
 * our memristor, in closed form. */
double statemap_chord(const struct statemap *m, const struct cell *c, double state);

/* Bound of what the cubic adds to its relative error: how far each state is off the cubic
 * through two on either side, of every second state. That is 16 times the error of all
 * of them for a smooth conductance (fourth power of the step), and twice for one with a
 * kink. INFINITY where a state has no resistor. */
double statemap_chord_error(const struct statemap *m, const struct cell *c);
