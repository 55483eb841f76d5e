/* The 1T1R cell as equations: what models/ and netlists/cell.sub say, in closed form.
 *
 * Memristor on drain, source of the select transistor at virtual ground, read voltage
 * on the top electrode. It serves the mapping (which state gives which charge a spike),
 * the resistors of app/levers and app/lump and the tests of the circuit. The numbers come
 * from the same .param files that decks include.
 *
 *     double charge_C = cell_charge(&cell, x);
 *     double x = cell_state_for(&cell, 100e-6);
 */
#pragma once

struct cell {
    double g_min_S;   /* g_min, memristor at x = 0 */
    double g_max_S;   /* g_max, memristor at x = 1 */
    double v_0_V;     /* v_0, scale of the sinh */
    double r_s_ohm;   /* r_s, series resistance */
    double beta_A_V2; /* sel_kp sel_w / sel_l of the select transistor */
    double vto_V;     /* sel_vto, its threshold */
    double read_V;    /* v_read */
    double gate_V;    /* v_gate, height of the pulse */
    double rise_s, width_s, fall_s;
};

/* The current of the cell at a gate voltage, A. Solves for i
 *   v_0 asinh(i/(g v_0)) + r_s i + v_ds(i) = read_V,   g = g_min + x (g_max - g_min),
 *   v_ds = u - sqrt(u^2 - 2 i/beta),  u = gate - vto  (triode; at most beta u^2/2),
 * the level-1 transistor without channel-length modulation; 0 below threshold.
 * Source: models/memristor.sub, models/nmos_select.mod. Test: tests/xbar, and against
 * ngspice in tests/circuit. */
double cell_current(const struct cell *c, double x, double gate_V);

/* The charge of one spike, C: the current over the trapezoidal gate pulse. */
double cell_charge(const struct cell *c, double x);

/* The time that an ideal switch with the transistor's threshold would conduct, s:
 * width + (rise + fall)(1 - vto/gate). With 50 mV across G it passes G read_V times
 * this. 1.0533 ms for the shipped pulse. */
double cell_on_time(const struct cell *c);

/* When it turns on, s from the start of the pulse: rise vto/gate, 0.0233 ms. */
double cell_turn_on(const struct cell *c);

/* The state whose spike has the charge target_S read_V cell_on_time: the resistance
 * of transistor and electrodes and the late turn-on of large conductances are made up
 * for. May exceed 1 (200 uS ask for a device of 211 uS at r_s = 100). target_S > 0 and
 * small against 1/(r_s + r_on). */
double cell_state_for(const struct cell *c, double target_S);

/* The memristor and its electrodes as a resistor, ohm: voltage over current while the
 * gate is at full height, (v_0 asinh(i/(g v_0)) + r_s i)/i. */
double cell_chord(const struct cell *c, double x);

/* What that resistor makes of the charge of a spike, relative to cell_charge, minus 1:
 * on the ramps the memristor sees less than on the plateau, and its sinh bends. */
double cell_chord_error(const struct cell *c, double x);

/* The current of a cell whose memristor is a resistor of `ohm`, A, in closed form: the
 * transistor's v_ds solves beta (u v - v^2/2) = (read_V - v)/ohm in the triode region,
 * u = gate_V - vto; beta u^2/2 in saturation, 0 below threshold. */
double cell_resistor_current(const struct cell *c, double ohm, double gate_V);

/* The charge of one spike of that cell, C. */
double cell_resistor_charge(const struct cell *c, double ohm);

/* The resistor whose cell carries current_A while the gate is at full height, ohm:
 * (read_V - v_ds)/i with the triode's v_ds; INFINITY where the current is not one of a
 * resistor behind that transistor (at most 0, or as much as it carries in saturation). */
double cell_resistor_carrying(const struct cell *c, double current_A);

/* The resistor whose cell has the charge charge_C a spike, ohm; charge_C > 0. */
double cell_resistor_for(const struct cell *c, double charge_C);
