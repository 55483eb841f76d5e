/* What the device experiments share: circuit, devices that vary, pulses, results.
 *
 * All simulate with the files that the array uses. A specimen is one device under test:
 * the memristor alone between `t` and ground, or in a cell (memristor on drain, gate at
 * v_gate). Its differences from the nominal one are drawn once, by its number; what
 * differs from pulse to pulse is drawn by whoever applies the pulses. Amplitudes that
 * differ stand for switching voltages that differ: a device whose thresholds lie 10 mV
 * higher is given 10 mV less, which any memristor model understands.
 *
 *     lab_open(&lab, &study, root, raw, e);
 *     lab_settle(&lab, NULL, "device-iv", &plan, e);
 *     device_iv(&lab, e);
 *     lab_finish(&lab);
 */
#pragma once

#include "circuit/circuit.h"
#include "report/json.h"
#include "report/plot.h"
#include "report/table.h"
#include "spice/devicedeck.h"
#include "spice/jobs.h"

/* What the time steps of the user's memristor needed, whichever worker found it. */
struct lab_steps {
    double finest;       /* share of the usual step that kept a state in its range; 0: all
                            did */
    double out_of_range; /* farthest that a state was out of it, whatever the step */
};

struct lab {
    const struct study *study;
    const char *root;
    char *folder; /* of the results */
    bool raw;     /* keep rawfiles */
    uint64_t seed;
    struct circuit circuit;
    struct deck_solver solver;
    struct pool_options pool;
    struct lab_steps *steps; /* shared with the workers */
    cJSON *json;             /* the result, one object */
    struct buf text;         /* the result for people */
};

MUST_USE int lab_open(struct lab *lab, const struct study *s, const char *root, bool raw,
                      struct err *e);
void lab_finish(struct lab *lab);

/* Makes and claims (run/claim.h) the folder of the results; NULL: results/KIND-HASH of
 * the plan. */
MUST_USE int lab_settle(struct lab *lab, const char *folder, const char *kind,
                        const struct plan *p, struct err *e);

/* ---- specimens and pulses ---- */

struct specimen {
    bool bare;              /* the memristor alone */
    double offset_V;        /* of its switching voltages */
    struct buf lines;       /* .param lines that make it different */
    struct memristor model; /* borrowed texts, but for params */
};

/* The nominal device. */
void specimen_init(struct specimen *s, const struct lab *lab, bool bare);
/* Draws the factors of device.spread, deviation `share`, for a device (and cycle). */
MUST_USE int specimen_vary(struct specimen *s, const struct lab *lab, uint32_t device,
                           uint32_t cycle, double share, struct err *e);
/* Another device of the same kind: offset and factors by its number, deviations
 * device.offset and device.mismatch; -1 with the cause. */
MUST_USE int specimen_other(struct specimen *s, const struct lab *lab, uint32_t device,
                            char cause[JOBS_CAUSE]);
void specimen_finish(struct specimen *s);

/* Begins a deck with the specimen's models. */
void specimen_begin(const struct specimen *s, const struct lab *lab, const char *title,
                    struct buf *out);
/* Analysis and .save of the vectors that d->name has; sets d->stop_s. */
void specimen_end(const struct lab *lab, double stop_s, double step_s,
                  struct jobs_deck *d);

/* Vectors of a deck of one wave. The first is less than 0 where the device conducts. */
enum { SPECIMEN_CURRENT, SPECIMEN_VOLT, SPECIMEN_CHANGE };
/* The whole deck of a wave on the specimen from state x. */
void specimen_deck(const struct specimen *s, const struct lab *lab, const char *title,
                   double x, const struct wave *w, double step_s, struct jobs_deck *d);

/* In a worker: simulates that deck, with finer steps as long as they keep the state of
 * the user's memristor better within 0 .. 1 (STATE_TOLERANCE); -1 with the cause. */
#define STATE_TOLERANCE 1e-3
MUST_USE int specimen_run(const struct specimen *s, const struct lab *lab,
                          const char *title, double x, const struct wave *w,
                          double step_s, struct jobs_deck *d, char cause[JOBS_CAUSE]);

/* Says in the result what the steps needed. */
void lab_tell_steps(struct lab *lab);

/* In a worker: fills d->trace; -1 with the cause. */
MUST_USE int specimen_simulate(struct jobs_deck *d, char cause[JOBS_CAUSE]);

/* In a worker: the deck of a wave from state *x, which becomes the state after it;
 * g_S: current over voltage at the instants. */
MUST_USE int specimen_wave(const struct specimen *s, const struct lab *lab,
                           const char *title, const struct wave *w, double step_s,
                           size_t n, const double at_s[n], double *x, double g_S[n],
                           char cause[JOBS_CAUSE]);

/* In the pool: all of them, or an error. */
MUST_USE int lab_decks(const struct lab *lab, size_t n, struct jobs_deck deck[n],
                       struct err *e);

/* What a pulse and the reading after it gave. */
struct answer {
    double x;        /* state */
    double read_S;   /* current over read voltage */
    double energy_J; /* taken from the source, reading included */
    double time_s;
};

#define PULSE_EDGE_S 10e-6
#define PULSE_READ_S 100e-6

/* In a worker: a pulse from state x, then a reading at read_V. amplitude_V 0: reading
 * alone. The state is carried exactly: what comes back is what the next deck starts
 * from. */
MUST_USE int specimen_pulse(const struct specimen *s, const struct lab *lab, double x,
                            double amplitude_V, double width_s, double read_V,
                            struct answer *a, char cause[JOBS_CAUSE]);

/* ---- results ---- */

void lab_number(struct lab *lab, const char *key, double value);
/* Keys with commas between, each after `before` and with `after` behind it. */
void lab_numbers(struct lab *lab, const char *before, const char *keys, const char *after,
                 const double value[]);
/* Mean over the points of their deviation over n trials, x[trial stride + point];
 * mean[points] gets the trials' mean of each point, unless it is NULL. */
double lab_spread(size_t n, size_t points, size_t stride, const double x[],
                  double mean[]);
/* key_mean, key_deviation (of the sample), key_lowest, key_highest of x[n], n > 0. */
void lab_statistics(struct lab *lab, const char *key, size_t n, const double x[n]);
double lab_get(const struct lab *lab, const char *key); /* nan if it is not there */
MUST_USE int lab_trace(const struct lab *lab, const char *name, const struct trace *t,
                       struct err *e); /* .raw, if asked for */
/* name.svg and name.png, if pictures are asked for; releases the plot. */
MUST_USE int lab_draw(const struct lab *lab, const char *name, struct plot *p,
                      struct err *e);
