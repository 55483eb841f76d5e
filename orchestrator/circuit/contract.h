/* What a memristor does when it is written, measured on bare devices: whether a positive
 * voltage sets, and whether the state stays in its range.
 *
 *     contract_measure(&k, &(struct contract_ask){&circuit, 2, 2.5, 1e-3, 20e-6}, e);
 *     if (contract_reversed(&k)) ...
 */
#pragma once

#include "circuit/circuit.h"

/* Devices start from x0 = 0, 0.5 and 1. */
enum { CONTRACT_STATES = 3, CONTRACT_MIDDLE = 1 };

struct contract_ask {
    const struct circuit *circuit;
    double set_V, reset_V; /* magnitudes of the pulses */
    double width_s, step_s;
    double after_s; /* nothing happens before; > 0 to see whether time matters */
};

/* A reading at v_read, the pulse, a reading. */
struct contract_pulse {
    double before_S, after_S;
    double low, high;  /* of the state on the way */
    double rest, last; /* the state before the pulse and in the end */
};

struct contract {
    struct contract_pulse set[CONTRACT_STATES], reset[CONTRACT_STATES];
};

/* One small deck. */
MUST_USE int contract_measure(struct contract *k, const struct contract_ask *a,
                              struct err *e);

/* A positive pulse lowers the conductance of the middle state, or a negative one raises
 * it, and the other does not speak against it. */
bool contract_reversed(const struct contract *k);

/* How far states were out of [0,1]. */
double contract_out_of_range(const struct contract *k);

#define CONTRACT_TOLERANCE 1e-3 /* of a conductance, and of the range of states */

/* Refuses the user's memristor if its polarity is reversed. */
MUST_USE int contract_polarity(const struct circuit *c, struct err *e);
