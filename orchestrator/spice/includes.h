/* A netlist with all that it includes, as one text.
 *
 * `.include FILE` and `.lib FILE SECTION` are replaced by what they name, so that the
 * text stands alone: it can be hashed, copied and simulated anywhere, and the simulator
 * opens nothing. Words are matched as ngspice 39 does: `.inc` and `.lib` are prefixes,
 * letters of either case, quotes of either kind around names (then with blanks in them),
 * comments from `;`, `//` or a `$` behind a blank, `~/` for HOME, a `.lib` may be
 * continued by `+`. A section is what stands between `.lib SECTION` and `.endl`.
 *
 * A name is looked for beside the file that has it, then in the folder that decks stand
 * in. (ngspice looks in the deck's folder first, and for `.lib` there alone; a library
 * whose models/ is not ours needs the other order.) What the sections that nobody asked
 * for name need not be there.
 *
 * Files may come from strangers: each must be text and a regular file. One that others
 * may not read is taken only from below the first file's folder, and there from no hidden
 * place: a library gets no key or password into the results.
 *
 *     struct includes s = {.deck = folder};
 *     includes_read(&s, "/pdk/top.inc", &text, e);
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

/* Libraries nest some five files deep; more than this is taken for a mistake. */
enum { INCLUDES_DEPTH = 64 };

/* Bytes of a file, and of the whole text. The device models of open PDKs take 1 to 20 MB
 * a corner. */
#define INCLUDES_LIMIT ((size_t)1 << 26)

struct includes {
    const char *deck;   /* folder that decks stand in, absolute */
    const char *within; /* real path that all files must stand below, or NULL */
    /* Told of each file that is included: its name there, the path at which it was found,
     * its section or NULL. NULL: nobody is told. */
    void (*met)(void *context, const char *name, const char *path, const char *section);
    void *context;
};

/* Appends the text of an absolute path. Errors name file and line of the reference: what
 * is not there, circles, a section that does not exist (with those that do), more than
 * INCLUDES_DEPTH. */
MUST_USE int includes_read(const struct includes *s, const char *path, struct buf *out,
                           struct err *e);

/* What an .include line has to say for a path: in quotes if there are blanks in it. */
void includes_put(const char *path, struct buf *out);
