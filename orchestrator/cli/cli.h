/* What the commands share: options, the study that they set, help, exit status.
 *
 * A command is a row of the table in main.c: its name, its options and its function.
 * Help, man page and shell completion are made from that table.
 * Most options set a key of the study; the rest are texts in struct cli. Results go to
 * stdout, messages to stderr.
 */
#ifndef SPIKEBAR_CLI_CLI_H
#define SPIKEBAR_CLI_CLI_H

#include "study/study.h"
#include "base/err.h"

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
    const char *out;     /* --out, or NULL */
    const char *data;    /* --data, or NULL */
    const char *image;   /* --image, or NULL */
    const char *neuron;  /* --neuron, or NULL */
    const char *repeats; /* --repeats, or NULL */
    const char *units;   /* --units, or NULL */
    const char *spikes;  /* --spikes, or NULL */
    const char *weight;  /* --weight, or NULL */
    const char *operand; /* the first word that is no option, or NULL */
    bool json, all_nodes, retry_failed, accuracy, all;
    bool raw; /* --raw: keep rawfiles */
};

struct cli_option {
    const char *name;     /* without dashes */
    const char *argument; /* its name in --help; NULL: a switch */
    const char *key;      /* the study keys that it sets, or NULL ... */
    size_t place;         /* ... and then where in struct cli its text or bool is */
    const char *help;
};

struct command {
    const char *name, *summary;
    const char *operand;             /* "DIR", or NULL if it takes none */
    const char *examples;            /* lines for --help */
    const struct cli_option *option; /* ends with a row without name; may be NULL */
    /* Returns an exit status, or a negative number with *e filled. */
    int (*run)(struct cli *c, struct err *e);
    bool bare;      /* needs no files that ship */
    bool text_only; /* its result is no JSON object: --json is refused */
};

#define CLI_PLACE(field) offsetof(struct cli, field)

/* Both end with a row without name. */
extern const struct command cli_commands[];
extern const struct cli_option cli_common_options[]; /* of all commands */

/* argv[0] is the command's name. 0; 1 if --help was asked for and printed; -1. */
MUST_USE int cli_parse(struct cli *c, const struct command *command, int argc,
                       char *argv[], struct err *e);
void cli_finish(struct cli *c);

void cli_print_help(const struct command *command);

/* "--image 12" as a number below `limit`. */
MUST_USE int cli_number(const char *name, const char *text, size_t limit, size_t *value,
                        struct err *e);

int cmd_run(struct cli *c, struct err *e);
int cmd_train(struct cli *c, struct err *e);
int cmd_verify(struct cli *c, struct err *e);
int cmd_netlist(struct cli *c, struct err *e);
int cmd_trace(struct cli *c, struct err *e);
int cmd_report(struct cli *c, struct err *e);
int cmd_unit(struct cli *c, struct err *e);
int cmd_calibrate(struct cli *c, struct err *e);
int cmd_bench(struct cli *c, struct err *e);
int cmd_doctor(struct cli *c, struct err *e);
int cmd_study(struct cli *c, struct err *e);
int cmd_manual(struct cli *c, struct err *e);
int cmd_device(struct cli *c, struct err *e);
int cmd_program(struct cli *c, struct err *e);

#endif
