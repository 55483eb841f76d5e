/* Whose memristor a deck uses: the one that ships, or one from the user's file.
 *
 * The user's is `.subckt NAME te be params: x0=0 ...` in a file that stands alone.
 * Contract: te to be are its only terminals, a positive voltage sets; x0 is the state at
 * the start, 0 least and 1 most conductive; an inner node `dx` carries, in volts, what
 * has been added to x0 since. models/README.md says it to users, models/template.sub,
 * vteam.sub and yakopcic.sub keep it, lab/check.c tests it. Of several
 * definitions of one name ngspice takes the first, so a deck that puts these lines before
 * models/memristor.sub has the user's device in every cell of netlists/cell.sub.
 *
 *     memristor_open(&m, "models/vteam.sub", "", "r_on=4k", e);
 *     memristor_put(&m, &deck);
 *     memristor_finish(&m);
 */
#pragma once

#include "base/buf.h"
#include "base/file.h"
#include "spice/param.h"

#include <stdbool.h>

struct memristor {
    char *path; /* absolute; NULL: models/memristor.sub of the circuit */
    char subckt[64];
    char *params; /* "name=value ..." for its instances, may be empty */
    char sha256[SHA256_HEX];
    struct param_table declared; /* those of its .subckt line that are numbers */
};

/* path NULL or "": the one that ships. subckt "": the file's first. Reads the file; one
 * that lacks a terminal, x0 or dx is refused, as is a parameter that the .subckt line
 * does not declare, and each line but .subckt, .ends, .param, .func, .model of a plain
 * kind and, between .subckt and .ends, elements: so a model runs no commands and reads no
 * further file. */
MUST_USE int memristor_open(struct memristor *m, const char *path, const char *subckt,
                            const char *params, struct err *e);
void memristor_finish(struct memristor *m);

/* The lines that a deck has before the models; none for ours. `path` names the file as
 * the deck shall (NULL: m->path). At the operating point dx is held at 0, so that a state
 * that drifts at rest starts where it was asked for. */
void memristor_put(const struct memristor *m, const char *path, struct buf *out);

/* The value of a parameter that its .subckt line declares, or that was given. */
bool memristor_param(const struct memristor *m, const char *name, double *value);
