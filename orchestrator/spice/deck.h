/* Decks: the netlist of one simulation, as plain ngspice reads it.
 *
 * What varies is written here: parameters that were overridden, PWL gate voltages,
 * cells with their states, columns, analysis, .save and .meas. All else stands in
 * netlists/ and models/ and is included. Node names: g<i> gate line of input i, bl<j>
 * bit line, tia<j>, vsyn<j>, mem<j> of output j; instances Xr<i>c<j> and Xcol<j>; the
 * synaptic current of output j is i(v.xcol<j>.visyn).
 *
 *     struct deck_array a = {.title = "digit 7", ...};
 *     deck_write(&a, &solver, &text);
 */
#pragma once

#include "base/buf.h"
#include "num/pieces.h"
#include "spice/param.h"

#include <stdbool.h>

/* The gate pulse that is one spike; t = 0 is its start. */
struct deck_pulse {
    double high_V, rise_s, width_s, fall_s;
    double threshold_V; /* of the select transistor: where the ramps get breakpoints */
};

struct deck_spikes {
    size_t count;
    const double *time_s; /* [count], rising */
};

/* A rung of the convergence ladder. */
struct deck_solver {
    const char *name;
    double reltol, vntol_V, abstol_A, gmin_S;
    double step_s; /* largest time step */
    bool gear;     /* second-order Gear in place of the trapezoidal rule */
    int itl4;      /* Newton iterations a time step may take; 0 = ngspice's own */
    int edges;     /* breakpoints on a gate ramp, at most DECK_EDGES; 0: as usual */
};

enum { DECK_EDGES = 48 };

/* The convergence ladder: as asked, tighter steps, gear, gmin, loose tolerances. */
enum { DECK_RUNGS = 5 };
void deck_ladder(const struct deck_solver *first, struct deck_solver ladder[DECK_RUNGS]);

/* Files and parameters: where a deck gets all that is not written here. */
struct deck_circuit {
    const char *head;                 /* its lines (circuit/circuit.h makes them) */
    const struct param_table *params; /* what single columns have for themselves */
};

struct deck_array {
    const char *title;
    struct deck_circuit circuit;
    struct deck_pulse pulse;
    double window_s;
    size_t inputs, outputs;
    size_t first_output; /* columns first_output .. first_output + outputs - 1 */
    const struct deck_spikes *spikes; /* [inputs] */
    const double *state; /* [inputs][state_stride], memristor state of each cell */
    size_t state_stride;
    bool dynamic;             /* cells whose state can move, or their static form */
    const double *linear_ohm; /* [inputs][state_stride], or NULL: cells are resistors of
                             these values behind their transistors */
    const size_t *copies;     /* [inputs] with linear_ohm: cells that a row's stand for,
                             0 = none, the row is left out; NULL: each for itself */
    bool coarse_edges;        /* two breakpoints on a ramp in place of four */
    bool active;              /* leave out inputs without spikes, and their cells ... */
    double leak_S; /* ... but for this leakage of each, lumped a column; or 0 */
    /* Currents from the read line into the bit lines, A; or NULL. */
    const struct pieces *injected;
    bool all_nodes; /* save bit line, TIA, Vsyn and Isyn too */
};

/* "Xcol3 bl3 tia3 vsyn3 mem3 column", with what this column has for itself. */
void deck_column_line(const struct param_table *params, size_t j, struct buf *out);

/* The .options and the transient or (for_s = 0) no analysis. */
void deck_solver_lines(const struct deck_solver *s, double for_s, struct buf *out);

void deck_write(const struct deck_array *a, const struct deck_solver *s, struct buf *out);

/* "t1 v1 t2 v2 ..." of the pulses of one input. A pulse that begins before the one
 * before has ended joins it (the gate stays high). */
void deck_pwl(const struct deck_pulse *p, const struct deck_spikes *spikes,
              struct buf *out);

/* The same with two breakpoints on a ramp in place of four. */
void deck_pwl_coarse(const struct deck_pulse *p, const struct deck_spikes *spikes,
                     struct buf *out);

/* Names of the vectors that the deck saves for output j, in the order membrane, TIA,
 * Vsyn, Isyn; the caller frees them. */
enum { DECK_MEMBRANE, DECK_TIA, DECK_VSYN, DECK_ISYN, DECK_VECTORS };
void deck_vector_names(size_t j, char *name[DECK_VECTORS]);
