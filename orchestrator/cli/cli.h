/* What the commands share: options, the study that they set, help, exit status.
 *
 * A command is a file with a `const struct command command_NAME`: its options with their
 * storage, its help and its function; and NAME in the list of meson.build. Help, man page
 * and shell completion are made from these. Most options set a key of the study. Results
 * go to stdout, messages to stderr.
 */
#pragma once

#include "base/err.h"
#include "study/study.h"

#include <stdbool.h>
#include <stddef.h>

enum exit_status {
    EXIT_GOOD = 0,
    EXIT_BAD = 1,      /* usage, input or machine: nothing or not all was done */
    EXIT_UNITS = 2,    /* some units failed for good */
    EXIT_STOPPED = 130 /* interrupted; what is done is kept */
};

struct cli {
    struct study study;
    char *root;          /* folder of the files that ship */
    const char *operand; /* the first word that is no option, or NULL */
    struct buf operands; /* all of them, a blank between, of a command with `many` */
    const char *file;    /* the second one, of commands that take it, or NULL */
    bool json;           /* --json */
};

struct cli_option {
    const char *name;     /* without dashes */
    const char *argument; /* its name in --help; NULL: a switch */
    const char *key;      /* the study keys that it sets, or NULL ... */
    const char **text;    /* ... and then where its text goes, */
    bool *flag;           /* or that it was there */
    const char *help;
};

struct command {
    const char *name, *summary;
    const char *operand; /* "DIR", or NULL if it takes none */
    /* Tells the words that the operand may be, for --help and man page; or NULL. */
    void (*words)(void (*tell)(const char *word, const char *summary));
    const char *examples;            /* lines for --help */
    const struct cli_option *option; /* ends with a row without name; may be NULL */
    /* Returns an exit status, or a negative number with *e filled. */
    int (*run)(struct cli *c, struct err *e);
    bool many;       /* takes any number of operands, none too */
    bool takes_file; /* behind its operand */
    bool bare;       /* needs no files that ship */
    bool text_only;  /* its result is no JSON object: --json is refused */
};

/* All commands; ends with NULL. */
extern const struct command *const cli_commands[];
extern const struct cli_option cli_common_options[]; /* of all; ends without a name */

/* argv[0] is the command's name. 0; 1 if --help was asked for and printed; -1. */
MUST_USE int cli_parse(struct cli *c, const struct command *command, int argc,
                       char *argv[], struct err *e);
void cli_finish(struct cli *c);

/* "--image 12" as a number below `limit`. */
MUST_USE int cli_number(const char *name, const char *text, size_t limit, size_t *value,
                        struct err *e);
