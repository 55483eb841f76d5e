/* The unit experiment (paper 1, Figs. 6 and 7): one synapse, some spikes, and what gate,
 * synaptic current and membrane do, in the circuit and in both native models.
 *
 *     struct unit u;
 *     unit_run(&u, &study, root, "10,110,115,120", 0.5, e);
 *     unit_write(&u, folder, e);   unit.csv, unit.json, unit.svg, unit.png
 *     unit_finish(&u);
 */
#pragma once

#include "circuit/circuit.h"

#include <cjson/cJSON.h>

enum { UNIT_SPIKES = 256 };

/* A native model beside the circuit, sampled at the simulator's own points; both are
 * divided by their own largest value. */
struct unit_model {
    const char *name;
    double shift_s;  /* the model starts so much later */
    double *current; /* [points] */
    double *membrane;
    double membrane_error; /* largest |circuit - model| */
    double current_error;
};

enum { UNIT_CIRCUIT, UNIT_DOUBLE, UNIT_SHIFTED, UNIT_MODELS };

struct unit {
    const struct study *study;
    struct plan plan; /* what the numbers depend on */
    char *folder;     /* where unit_write put the files */
    size_t spikes;
    double spike_s[UNIT_SPIKES]; /* rising */
    double weight, conductance_S;
    size_t points;
    struct trace trace; /* as simulated, and what is in it, [points] */
    const double *time_s, *gate_V, *current_A, *membrane_V;
    double *current, *membrane; /* [points] above rest over the largest */
    double rest_V, rest_A, peak_V, peak_A, peak_s;
    struct unit_model model[UNIT_MODELS];
};

/* spikes: start times in ms, "10,110,115,120"; weight: 0 .. 1. */
MUST_USE int unit_run(struct unit *u, const struct study *s, const char *root,
                      const char *spikes, double weight, struct err *e);
/* folder NULL: results/unit-HASH of the plan. */
MUST_USE int unit_write(struct unit *u, const char *folder, struct err *e);
cJSON *unit_json(const struct unit *u); /* the caller deletes it */
void unit_finish(struct unit *u);
