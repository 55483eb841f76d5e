/* gnucap as a second simulator: a deck of ours in its dialect, run as a child process.
 *
 * The netlist is made from the deck that ngspice gets, with all that it includes, and not
 * written anew. What is changed, and why (gnucap 0.36 as Debian builds it):
 *   - files are put in the place of their .include lines;
 *   - subcircuits are expanded, with parameters put into the expressions in braces: the
 *     bodies of gnucap's do not see parameters from outside, and it has no .global. The
 *     expressions stay: gnucap works them out by itself;
 *   - m=N of a subcircuit becomes N equal ones side by side;
 *   - .save and .meas become one .print; .func goes;
 *   - tolerances and the step are gnucap's own (gnucap.c).
 * Elements are R, C, V, G, E, M (with BSIM3 and the square law) and X. Any other is an
 * error that names it: gnucap has no B sources, so cells must be linear ones
 * (circuit/levers).
 *
 *     gnucap_translate(deck, folder, 1, &node, &netlist, e);
 *     gnucap_run(buf_text(&netlist), 1, &node, stop_s, 60, &trace, e);
 */
#pragma once

#include "spice/trace.h"

#include <stdbool.h>

/* What the translation changes, in words; ends with NULL. */
extern const char *const gnucap_changes[];

/* True with its version, or false with what is missing: the program, or the package of
 * its models. */
bool gnucap_works(char said[96]);

/* in  deck  as for a worker that stands in `folder`;  node[n]: what is printed, "mem3" */
MUST_USE int gnucap_translate(const char *deck, const char *folder, size_t n,
                              const char *const node[n], struct buf *out, struct err *e);

/* Simulates the netlist in at most deadline_s: the voltages of its nodes every 20 us
 * until stop_s. A table that is broken, ends early, or says that a step did not converge
 * is an error. */
MUST_USE int gnucap_run(const char *netlist, size_t n, const char *const node[n],
                        double stop_s, double deadline_s, struct trace *t, struct err *e);

/* What it printed (`text`), as a trace of n vectors: the part of gnucap_run that reads.
 */
MUST_USE int gnucap_read(const char *text, size_t n, const char *const node[n],
                         double stop_s, struct trace *t, struct err *e);
