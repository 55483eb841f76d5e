/* Takes from this process what a simulation does not need.
 *
 * After sandbox_enter the kernel (seccomp) refuses with EPERM: starting programs and
 * processes, opening files for writing, creating, renaming or removing them, sockets,
 * and tracing or signalling other processes. What is open stays usable. It cannot be
 * undone. On a kernel without seccomp it is an error: decks may come from outside.
 */
#ifndef SPIKEBAR_SPICE_SANDBOX_H
#define SPIKEBAR_SPICE_SANDBOX_H

#include "base/err.h"

MUST_USE int sandbox_enter(struct err *e);

#endif
