/* Write-verify of one cell in the simulator: the controller of xbar/programming.h joined
 * to a specimen, with reading noise and pulse-to-pulse variation.
 *
 * Random draws of a job are indexed by (seed, device, number of the pulse or reading,
 * experiment), so that a cell's course depends on nothing else. In a worker:
 *
 *     writer_run(&w, &specimen, &job, &written, NULL, cause);
 */
#pragma once

#include "lab/lab.h"
#include "xbar/programming.h"

enum { WRITER_STOPS = 48 };

/* What every cell shares: the rule, and the conductance that a reset pulse of each
 * voltage leaves after a full set (the condition of paper 1, Fig. 2A), simulated. */
struct writer {
    const struct lab *lab;
    struct programming_rule rule;
    double noise, jitter_V, read_V, width_s;
    double full_S; /* what a full set reads */
    double stop_V[WRITER_STOPS], stop_S[WRITER_STOPS];
};

/* From the study; measures the reset stops. */
MUST_USE int writer_prepare(struct writer *w, const struct lab *lab, struct err *e);

/* Magnitude of the first reset pulse for an aim: 0.2 V less than the stop that leaves
 * it. */
double writer_start_V(const struct writer *w, double aim_S);

struct writer_job {
    double aim_S; /* to be read at read_V */
    uint32_t device, experiment;
    double x; /* state before */
};

struct written {
    double x, read_S; /* afterwards; read_S without noise */
    size_t pulses, sets, reads;
    double time_s, energy_J;
    enum programming_state state;
};

/* One row a reading. */
struct writer_row {
    double pulse_V; /* before it; 0: none */
    double read_S, true_S;
};
struct writer_history {
    size_t rows, room;
    struct writer_row *row; /* [room]; rows beyond `room` are dropped */
};

MUST_USE int writer_run(const struct writer *w, const struct specimen *s,
                        const struct writer_job *job, struct written *out,
                        struct writer_history *history, char cause[JOBS_CAUSE]);
