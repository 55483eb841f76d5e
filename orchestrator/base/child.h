/* Another program as a child: its input is a text, what it prints comes back.
 *
 * No shell, no file: input and messages are files without a name, the output is a pipe.
 * The child stands in `/`, so that it finds no settings of somebody else's beside it, is
 * found on PATH, and is killed when its time is over, when it prints more than `limit`
 * bytes, or (unless it is heedless) at Ctrl-C.
 *
 *     const char *const words[] = {"gnucap", "-b", "/dev/stdin", NULL};
 *     struct child c = {.word = words, .input = deck, .deadline_s = 60, .limit = 9999};
 *     if (child_run(&c, e) == 0) ... c.output ...
 *     child_finish(&c);
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

struct child {
    const char *const *word;     /* program and arguments; ends with NULL */
    const char *input;           /* or NULL: none */
    double deadline_s;           /* it may take so long */
    size_t limit;                /* most bytes of output, and of messages that are kept */
    bool heedless;               /* Ctrl-C does not end it: it is soon done */
    struct buf output, messages; /* what it printed; the child's, see child_finish */
    bool missing;                /* there is no such program on PATH */
};

/* 0 when it ended by itself with status 0; else -1 with the cause. */
MUST_USE int child_run(struct child *c, struct err *e);
void child_finish(struct child *c);
