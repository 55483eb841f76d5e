/* memspice: the table of commands, and what all of them end with. */
#include "cli/cli.h"

#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option train_options[] = {
    {"out", "DIR", NULL, CLI_PLACE(out), "folder for weights, history and picture"},
    {"seed", "S", "train.seed", 0, "seed of split, start, order and noise"},
    {"epochs", "N", "train.epochs", 0, "epochs"},
    {0},
};

static const struct cli_option netlist_options[] = {
    {"image", "K", NULL, CLI_PLACE(image), "row of the data set, from 0"},
    {"out", "FILE", NULL, CLI_PLACE(out), "the deck's file; without it: stdout"},
    {"weights", "FILE", "simulate.weights", 0, "weight file (.csv or .npy)"},
    {"all-nodes", NULL, NULL, CLI_PLACE(all_nodes), "save TIA, Vsyn and Isyn too"},
    {0},
};

static const struct cli_option trace_options[] = {
    {"image", "K", NULL, CLI_PLACE(image), "row of the data set, from 0"},
    {"neuron", "J", NULL, CLI_PLACE(neuron), "output neuron, from 0"},
    {"out", "DIR", NULL, CLI_PLACE(out), "folder for the traces and the picture"},
    {"weights", "FILE", "simulate.weights", 0, "weight file (.csv or .npy)"},
    {0},
};

static const struct command commands[] = {
    {"run", "Train, map, write decks, simulate, score and report: all of it.", NULL,
     "  memspice run\n"
     "  memspice run --images 0 --out results/all\n"
     "  memspice run --set map.bits=3 --set map.tuning_error=0.03 --seed 7\n",
     cli_simulation_options, cmd_run},
    {"train", "Train the spiking network (and the softmax yardstick).", NULL,
     "  memspice train --out results/mine --seed 3\n"
     "  memspice train --set dataset.path=optdigits.tra,optdigits.tes --json\n",
     train_options, cmd_train},
    {"verify", "Simulate test images with given weights and score the circuit.", NULL,
     "  memspice verify --weights results/mine/weights.csv --images 100 --jobs 2\n"
     "  memspice verify --weights mine.npy --images 360 --out results/mine --json\n",
     cli_simulation_options, cmd_verify},
    {"netlist", "Write the deck of one image, as plain ngspice reads it.", NULL,
     "  memspice netlist --image 12 --out digit.cir && ngspice -b digit.cir\n",
     netlist_options, cmd_netlist},
    {"trace", "Write all nodes of one neuron for one image, circuit beside network.", NULL,
     "  memspice trace --image 12 --neuron 3 --out results/trace\n",
     trace_options, cmd_trace},
    {"report", "Make the report of a run's folder anew.", "DIR",
     "  memspice report results/all\n", NULL, cmd_report},
    {"study", "Print the study with every key explained, as --set and --study make it.",
     NULL, "  memspice study > my.ini && memspice run --study my.ini\n", NULL, cmd_study},
    {"doctor", "Tell what this machine's ngspice can do, versions, where data was found.",
     NULL, "  memspice doctor\n", NULL, cmd_doctor},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_overview(FILE *to)
{
    fprintf(to, "usage: memspice COMMAND [options]\n\n"
                "Train a spiking network, program it into a memristor array, check it in "
                "SPICE.\n\nCommands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "\n`memspice COMMAND --help` shows options and examples.\n"
                "Exit status: 0 good, 1 usage or input, 2 some units failed for good, "
                "130 interrupted.\n");
}

static const struct command *find(const char *name, struct err *e)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++) {
        names[i] = commands[i].name;
        if (strcmp(name, names[i]) == 0)
            return &commands[i];
    }
    const char *near = text_nearest(name, COMMANDS, names);
    err_set(e, ERR_USAGE, "no command `%.60s`", name);
    err_hint(e, near ? "did you mean `memspice %s`?" : "see memspice --help%s",
             near ? near : "");
    return NULL;
}

static int fail(const struct err *e)
{
    char line[2048];
    err_format(e, sizeof line, line);
    fprintf(stderr, "%s\n", line);
    return e->code == ERR_INTERRUPTED ? EXIT_STOPPED : EXIT_BAD;
}

static int dispatch(const struct command *command, int argc, char *argv[])
{
    struct err e = {0};
    struct cli c = {0};
    int status = cli_parse(&c, command, argc, argv, &e);
    if (status == 0)
        status = command->run(&c, &e);
    else if (status > 0)
        status = EXIT_GOOD;
    cli_finish(&c);
    if (status >= 0 && (fflush(stdout) != 0 || ferror(stdout)))
        status = err_errno(&e, "write", "standard output");
    return status < 0 ? fail(&e) : status;
}

int main(int argc, char *argv[])
{
    struct err e = {0};
    stop_on_signals();
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_BAD;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_overview(stdout);
        return EXIT_GOOD;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("memspice %s\n", MEMSPICE_VERSION);
        return EXIT_GOOD;
    }
    const struct command *command = find(argv[1], &e);
    return command ? dispatch(command, argc - 1, argv + 1) : fail(&e);
}
