/* Conductance against state, simulated: what a cell with state x reads and passes.
 *
 * Cells with states from low to high stand side by side in one deck and get one gate
 * pulse at the read voltage. charge_S is the charge of that pulse over v_read and the
 * cell's on-time, which is the conductance that a mapping means; read_S is current over
 * voltage at full gate voltage, which is what a programming circuit reads.
 *
 *     struct statemap c;
 *     statemap_measure(&c, &x, 0, 1, e);
 *     double aim_S = statemap_read(&c, statemap_state(&c, target_S));
 */
#ifndef SPIKEBAR_APP_DEVICE_STATEMAP_H
#define SPIKEBAR_APP_DEVICE_STATEMAP_H

#include "app/experiment.h"

enum { STATEMAP_STATES = 65 };

struct statemap {
    double x[STATEMAP_STATES]; /* rising */
    double charge_S[STATEMAP_STATES], read_S[STATEMAP_STATES];
};

/* Of an experiment it needs circuit, parameters, cell, memristor and study. A model
 * whose conductance does not rise with its state is an error. */
MUST_USE int statemap_measure(struct statemap *c, const struct experiment *x, double low,
                              double high, struct err *e);

/* Linear between the states, and on beyond them. */
double statemap_state(const struct statemap *c, double charge_S);
double statemap_charge(const struct statemap *c, double state);
double statemap_read(const struct statemap *c, double state);

#endif
