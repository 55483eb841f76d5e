/* Closed-loop programming of one cell: write, read, compare, write again (ISPP).
 *
 * A state machine that knows nothing of circuits: it says which pulse comes next and is
 * fed with what the reading gave. Positive pulses raise the conductance, negative ones
 * lower it. The rule of paper 1, Fig. 5B:
 *   1. a full set;
 *   2. above the window: a reset pulse, each step_V stronger than the one before, from
 *      start_V on;
 *   3. below the window after a reset: back to 1; below it after a set: a set pulse
 *      step_V stronger, up to limit_V;
 *   4. `accept` readings in a row inside the window: done.
 *
 *     struct programming p;
 *     programming_start(&p, &rule, aim_S, start_V);
 *     while (programming_next(&p, &pulse_V))        (0 V: only read again)
 *         programming_read(&p, apply_and_read(pulse_V));
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct programming_rule {
    double set_V;   /* amplitude of the full set */
    double limit_V; /* largest amplitude of either sign; beyond it the cell is given up */
    double step_V;  /* dV */
    double tolerance; /* half width of the window, relative */
    int accept;       /* readings in a row */
    size_t pulses;    /* most that may be spent */
};

enum programming_state {
    PROGRAMMING,
    PROGRAMMED,
    PROGRAMMING_OUT_OF_PULSES,
    PROGRAMMING_OUT_OF_RANGE
};

struct programming {
    struct programming_rule rule;
    double aim_S;
    double start_V; /* magnitude of the first reset pulse of a ramp */
    enum programming_state state;
    double set_V, reset_V;      /* magnitudes of the next set and reset pulse */
    double next_V;              /* signed; 0: read only */
    double last_V;              /* the pulse before the last reading; 0: none */
    int inside;                 /* readings in a row inside the window */
    size_t pulses, reads, sets; /* so far */
};

/* aim_S > 0; start_V > 0. */
void programming_start(struct programming *p, const struct programming_rule *rule,
                       double aim_S, double start_V);

/* False when the cell is done or given up. The pulse counts as applied. */
bool programming_next(struct programming *p, double *pulse_V);

void programming_read(struct programming *p, double g_S);
