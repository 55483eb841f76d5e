/* Rows that fire together, as one row of an array.
 *
 * Cells of a column whose gates carry the same pulses lie in parallel between the read
 * line and the virtual ground. n of them are written as n equal cells (one instance of
 * multiplicity n, transistors and all) with the resistor that keeps their charge a
 * spike. The charge is the same by construction; what differs is when it flows: a large
 * conductance turns on later on a ramp than the mean of its group does, so that up to
 * 0.6 % of the charge moves from the plateau to both ramps alike. That is for ramps that
 * the solver follows: what coarse_edges leaves of error depends on the conductance, so
 * with it a group's maximum was seen 1e-4 off, within that lever's own bound.
 *
 *     struct lump l;
 *     lump_rows(&cell, inputs, outputs, spikes, ohm, &l);
 *     ... deck_array.copies = l.copies, .linear_ohm = l.ohm ...
 *     lump_finish(&l);
 */
#pragma once

#include "spice/deck.h"
#include "xbar/cell.h"

struct lump {
    size_t *copies; /* [inputs] cells that a row's stand for; 0: part of another row */
    double *ohm;    /* [inputs][outputs] resistor of each of the copies */
};

/* `ohm` [inputs][outputs] are the resistors of the cells as they are. Rows without
 * spikes stay rows of their own, and those with pulses that join: their plateau is
 * longer, so another resistor would keep their charge. */
void lump_rows(const struct cell *c, size_t inputs, size_t outputs,
               const struct deck_spikes spikes[inputs], const double ohm[],
               struct lump *l);
void lump_finish(struct lump *l);

/* The share of a group's charge that moves between plateau and ramps, for cells between
 * two resistances: the largest of one at an end among up to 32 at the other. */
double lump_moved(const struct cell *c, double low_ohm, double high_ohm);

/* What moving that share does to the membrane, relative to its peak. With ramps of equal
 * length the mean time of the charge stays, and a response h of the time constants
 * tau_syn and tau_mem sees its spread, d^2/2 h'' = d^2/(2 tau_syn tau_mem) h at the peak,
 * d half a pulse; unequal ramps move the mean by up to d |rise - fall|/(rise + fall). */
double lump_error(const struct cell *c, double moved, double tau_syn_s, double tau_mem_s);
