/* libngspice as one process owns it.
 *
 * The library is one global simulator: a process must start it once, simulate one
 * circuit at a time and, when the simulator asks its host to exit, end. So these
 * functions are for worker processes (run/pool.h), never for the parent.
 *
 * worker_start expects to stand in an empty folder that is also HOME, so that no
 * .spiceinit of the user's is read. After it the process can compute and read what it
 * was left to read, no more (spice/sandbox.h): a deck may hold `.control`, `shell` and
 * `codemodel`.
 *
 *     worker_start(options, e);
 *     struct sim_result r = worker_simulate(deck, 0.1, n, names, &trace);
 *     if (r.status == SIM_OK) ... trace_finish(&trace) ...
 */
#pragma once

#include "run/pool.h"
#include "spice/trace.h"

#include <stdbool.h>

enum sim_status {
    SIM_OK,
    SIM_BAD_DECK,       /* the simulator did not accept the circuit */
    SIM_NO_CONVERGENCE, /* it gave up before the end of the window */
};

struct sim_result {
    enum sim_status status;
    char cause[384]; /* the simulator's own words, one line; empty when fine */
};

/* Reads `readable` and `memory_MB` of the options. */
MUST_USE int worker_start(const struct pool_options *o, struct err *e);

/* Loads the deck, runs its analysis, fetches vectors[count], forgets the circuit.
 *   stop_s   the deck's last time; success means that the vectors reach it
 *   vectors  ngspice names, as in .save
 * On SIM_OK the caller owns *t. Success is judged by the vectors that came back, and by
 * that no line of the simulator's says "Error"; not by return codes. */
struct sim_result worker_simulate(const char *deck, double stop_s, size_t count,
                                  const char *const vectors[], struct trace *t);

/* The same for a deck with one `.dc` analysis of a voltage: t->time_s holds its values.
 */
struct sim_result worker_sweep(const char *deck, size_t count,
                               const char *const vectors[], struct trace *t);

/* The same for a deck with one `.ac` analysis, which is linear and takes milliseconds:
 * t->time_s holds the frequencies (Hz), value[2k] and value[2k + 1] the real and the
 * imaginary part of vector k. */
struct sim_result worker_small_signal(const char *deck, size_t count,
                                      const char *const vectors[], struct trace *t);

/* What is told of a message of the simulator's in which `phrase` was found: all of it, or
 * that phrase alone where a deck may have read any file; one line without control
 * characters and runs of blanks. */
void worker_quote(const char *message, const char *phrase, bool whole, size_t size,
                  char out[]);

/* True when the simulator asked its host to exit: the process must not simulate on. */
bool worker_spent(void);

/* "39.3", from the running library. */
const char *worker_ngspice_version(void);
