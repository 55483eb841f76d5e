/* The stages of a column, measured: cell current, TIA, V->I, DPI, membrane.
 *
 * A probe deck holds whole columns (netlists/column.sub), each with some equal cells that
 * fire together, with meters between the stages. Nothing but the node names and meters
 * of column.sub is asked of the blocks, so that blocks and models of a user's own are
 * measured in the same way.
 *
 *     probe_deck(&p, &circuit, 3, levels, &text);           transient
 *     ... vectors probe_vectors of each column ...
 *     probe_read(&p, &level, j, &trace, &reading);
 *
 * Two further decks look at column 0 alone with its membrane held at a voltage: its
 * operating point, and the same by small signals.
 */
#pragma once

#include "spice/deck.h"
#include "spice/trace.h"

/* So many equal cells fire together `spikes` times, 1 ms apart. */
struct probe_level {
    size_t cells;
    double conductance_S; /* that each shall have */
    double state;         /* memristor state for it */
    size_t spikes;
};

struct probe {
    struct deck_pulse pulse;
    double on_time_s, read_V;    /* of one spike: charge wanted = G read_V on_time_s */
    double tau_syn_s, tau_mem_s; /* expected: they set window and instants */
};

enum { PROBE_VECTORS = 5 }; /* a column: cell current, TIA, Itot, Isyn, membrane */

/* What came of one level. Charges are integrals above rest over the window. */
struct probe_reading {
    double cell;         /* 1, charge into the bit line over the charge wanted */
    double tia_ohm;      /* volts of the TIA (negative) over the cells' current */
    double vi_S;         /* current of the DPI's tail over the TIA's volts */
    double dpi;          /* 1, charge of Isyn over that of the tail */
    double tau_syn_s;    /* of Isyn, after the last pulse */
    double tau_mem_s;    /* of the membrane, when Isyn is over */
    double membrane_ohm; /* membrane over Isyn */
    double gain_A_S;     /* charge of Isyn over that of 1 V at the cells wanted */
    double peak_V;       /* of the membrane above rest */
    double rest_tot_A, rest_syn_A, rest_V;
};

double probe_window(const struct probe *p);
void probe_deck(const struct probe *p, const struct deck_circuit *circuit, size_t n,
                const struct probe_level level[n], struct buf *out);

/* Names of the vectors of a column, with its number to be put in: probe_read expects
 * those of column 0 first. */
extern const char *const probe_vectors[PROBE_VECTORS];

/* Level j of the deck from a trace with those vectors. tau_syn from 0.05 to
 * 2.05 tau_syn after the end of the last pulse, tau_mem from 11 tau_syn on over 1.33
 * tau_mem: ln of the ratio of two values. Integrals are trapezoids over the simulator's
 * points (steps of tau_syn/40: 1e-4), the membrane's with its exponential tail. Test:
 * tests/calibrate/test_calibrate.c: closed forms of TIA and V->I, and the benches' tau.
 */
void probe_read(const struct probe *p, const struct probe_level *level, size_t j,
                const struct trace *t, struct probe_reading *r);

/* Column 0 with the membrane held at hold_V. */
struct probe_point {
    double tot_A, syn_A; /* rest currents of tail and output */
    double leak_A;       /* what the membrane's leak takes at hold_V */
    double dpi;          /* 1, Isyn over the tail's current, for slow small signals */
    double tau_syn_s;    /* of Isyn to the tail's current */
    double tau_mem_s;    /* capacitance over conductance of the membrane node */
    double gain_A_S;     /* as probe_reading's, for small signals */
    double leak_S;       /* conductance of the membrane node */
};

/* Three decks: operating point (a sweep of one point), small signal at the bit line,
 * small signal at the membrane. */
enum probe_look { PROBE_REST, PROBE_FORWARD, PROBE_LEAK, PROBE_LOOKS };
void probe_look_deck(const struct deck_circuit *circuit, enum probe_look look,
                     double hold_V, struct buf *out);
enum { PROBE_LOOK_VECTORS = 3 };
extern const char *const probe_look_names[PROBE_LOOK_VECTORS]; /* Itot, Isyn, hold */

/* From the traces of the three looks (worker_sweep for PROBE_REST, worker_small_signal
 * for the others). One pole: H = k/(1 + j w tau) gives tau from the ratio of |H| at two
 * frequencies (its phase would be misled by what leaks past a slow pole), and Y = g + j w
 * c gives tau = Im Y/(w Re Y). */
void probe_look_read(const struct probe *p, enum probe_look look, const struct trace *t,
                     struct probe_point *point);
