/* Calibration: biases and gains of a column from the study's targets.
 *
 * The stages are tuned one after the other, each with its neighbours' rest values held
 * at their targets, so that no step undoes another and starts may be far off:
 *     roff       rest current of the DPI's tail                 closed form, iterated
 *     v_tau_mem  tau_mem at the rest voltage (or w_leak)        small signal
 *     v_tau_syn  tau_syn (or v_dd, with v_nwell)                small signal, and at each
 *     v_thr      Isyn at rest = what the leak takes there       step the operating point
 *     rf         membrane peak per siemens                      proportional
 * then all five together (MINPACK's hybrd), and the targets of that are mended twice by
 * what a real spike in a real column gives. All of it runs in one worker process.
 *
 *     calibrate_run(&c, &study, root, e);
 *     calibrate_write(&c, folder, e);      calibrated.param, transfer.csv, .json, ...
 *     calibrate_finish(&c);
 */
#pragma once

#include "circuit/circuit.h"

#include <cjson/cJSON.h>

enum calibrate_target {
    CALIBRATE_REST_CURRENT,
    CALIBRATE_TAU_SYN,
    CALIBRATE_TAU_MEM,
    CALIBRATE_REST,
    CALIBRATE_GAIN,
    CALIBRATE_TARGETS
};
enum { CALIBRATE_LEVELS = 9, CALIBRATE_LABEL = 32 };

/* Windows are made for a tau_mem of at most 50 ms: a longer one is told from less of its
 * decay. */
struct calibrate_knob {
    char name[48];
    double before, after;
};

struct calibrate {
    const struct study *study;
    struct plan plan; /* what the numbers depend on */
    char *folder;     /* where calibrate_write put the files */
    struct circuit circuit;
    struct probe probe;
    double target[CALIBRATE_TARGETS], reached[CALIBRATE_TARGETS];
    bool met[CALIBRATE_TARGETS];
    struct calibrate_knob knob[CALIBRATE_TARGETS];
    struct probe_level level[CALIBRATE_LEVELS];
    struct probe_reading reading[CALIBRATE_LEVELS];
    double spread; /* largest |gain/gain of the first level - 1|, spikes in one ms */
    bool spread_met;
    bool good; /* every target met, and the spread */
    size_t simulations;
};

extern const char *const calibrate_names[CALIBRATE_TARGETS]; /* for people */
extern const char *const calibrate_units[CALIBRATE_TARGETS];

/* 0 also where targets were not met: see `good`. */
MUST_USE int calibrate_run(struct calibrate *c, const struct study *s, const char *root,
                           struct err *e);
/* folder NULL: results/calibrate-HASH of the plan. */
MUST_USE int calibrate_write(struct calibrate *c, const char *folder, struct err *e);
cJSON *calibrate_json(const struct calibrate *c); /* the caller deletes it */
void calibrate_finish(struct calibrate *c);

/* "10 x 200 uS, 5 times" */
void calibrate_label(const struct probe_level *level, char text[CALIBRATE_LABEL]);

#define CALIBRATE_FILE "calibrated.param"
