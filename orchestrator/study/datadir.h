/* Where the files that ship are: netlists/, models/, weights/, datasets/.
 *
 * In this order: --data DIR, the environment's SPIKEBAR_DATA, the installed place
 * beside the program (../share/spikebar), the source tree that it was built from. A
 * folder counts if netlists/array.inc is in it.
 *
 *     char *root = datadir_find(NULL, e);
 *     char *path = datadir_resolve(root, "datasets", "digits.csv.gz");
 */
#pragma once

#include "base/err.h"

/* Absolute; owned by the caller. NULL with *e filled if there is none. */
char *datadir_find(const char *option, struct err *e);

/* The name itself if such a file is here, else root/kind/name if that one is, else the
 * name again, for the error message. Absolute if it exists. Owned by the caller. */
char *datadir_resolve(const char *root, const char *kind, const char *name);

/* The same for each of a comma separated list. */
char *datadir_resolve_list(const char *root, const char *kind, const char *names);
