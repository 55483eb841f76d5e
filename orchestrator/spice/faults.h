/* Known faults of ngspice, by version, and what the decks do about each.
 *
 * Only faults that a deck of ours could meet are listed. The decks mind them in any
 * version, but for what faults.c says of probes; a netlist written by hand should too.
 *
 *     for (const struct fault *f = faults_next(39, NULL); f; f = faults_next(39, f))
 *         printf("%s: %s\n", f->what, f->decks);
 */
#pragma once

struct fault {
    double from, until; /* versions that have it: from <= version < until */
    const char *what;
    const char *decks; /* what ours do about it */
};

/* The first fault of this version that stands behind `last` in the list (NULL: of all),
 * NULL if there is none. A number that is none (0, NaN) has no faults. */
const struct fault *faults_next(double version, const struct fault *last);
