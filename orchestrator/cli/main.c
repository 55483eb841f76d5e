/* spikebar: the table of commands, and what all of them end with. */
#include "cli/cli.h"

#include "base/log.h"
#include "base/text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rows that `run` and `verify` share. */
#define SIMULATION_OPTIONS                                                               \
    {"out", "DIR", NULL, CLI_PLACE(out),                                                 \
     "folder of the run; the same command goes on where it was left"},                   \
        {"images", "N", "simulate.images", 0, "test images to simulate; 0: all"},        \
        {"jobs", "J", "simulate.jobs", 0, "worker processes; 0: one for each core"},     \
        {"divergence", NULL, "report.divergence", 0,                                     \
         "tell stage by stage where the two part"},                                      \
        {"keep-decks", NULL, "simulate.keep_decks", 0,                                   \
         "keep every deck for plain ngspice"},                                           \
        {"exact", NULL, "simulate.exact", 0, "keep every cell, and the whole window"},   \
        {"dynamic", NULL, "simulate.dynamic", 0, "keep the memristors' state equation"}, \
    {                                                                                    \
        "retry-failed", NULL, NULL, CLI_PLACE(retry_failed),                             \
            "simulate again what failed for good before"                                 \
    }

static const struct cli_option run_options[] = {
    SIMULATION_OPTIONS,
    {"seed", "S", "train.seed simulate.seed", 0, "seed of training and simulation"},
    {0},
};

static const struct cli_option verify_options[] = {
    SIMULATION_OPTIONS,
    {"weights", "FILE", "simulate.weights", 0, "weight file (.csv or .npy) to verify"},
    {"conductances", "FILE", "map.conductances", 0,
     "what the cells have, from `spikebar program`, in S"},
    {"seed", "S", "simulate.seed", 0, "seed of the choice of images and tuning errors"},
    {0},
};

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

static const struct cli_option doctor_options[] = {
    {"accuracy", NULL, NULL, CLI_PLACE(accuracy),
     "compare the solver's tolerances with a reference on 20 images (minutes)"},
    {0},
};

static const struct cli_option calibrate_options[] = {
    {"variant", "NAME", "circuit.variant", 0, "where to start: a, b"},
    {"params", "FILE", "circuit.params", 0, "where to start: a parameter file of yours"},
    {"out", "DIR", NULL, CLI_PLACE(out), "folder for parameter file, table and picture"},
    {0},
};

static const struct cli_option unit_options[] = {
    {"spikes", "MS,MS,..", NULL, CLI_PLACE(spikes),
     "starts of the spikes, 10,110,115,120"},
    {"weight", "W", NULL, CLI_PLACE(weight), "weight of the synapse, 0 to 1; 0.5"},
    {"variant", "NAME", "circuit.variant", 0, "component values: a, b"},
    {"out", "DIR", NULL, CLI_PLACE(out), "folder for table and picture"},
    {0},
};

static const struct cli_option program_options[] = {
    {"out", "DIR", NULL, CLI_PLACE(out),
     "folder; the same command goes on where it was left"},
    {"weights", "FILE", "simulate.weights", 0, "weight file (.csv or .npy) to program"},
    {"model", "FILE", "device.model", 0, "your own memristor"},
    {"seed", "S", "simulate.seed", 0, "seed of all variation and noise"},
    {"jobs", "J", "simulate.jobs", 0, "worker processes; 0: one for each core"},
    {"retry-failed", NULL, NULL, CLI_PLACE(retry_failed),
     "program again what failed for good before"},
    {0},
};

static const struct cli_option device_options[] = {
    {"out", "DIR", NULL, CLI_PLACE(out),
     "folder; without it results/device-EXPERIMENT-HASH"},
    {"raw", NULL, NULL, CLI_PLACE(raw), "keep the waveforms as rawfiles"},
    {"model", "FILE", "device.model", 0, "your own memristor"},
    {"repeats", "N", "device.repeats", 0, "cycles, devices or seeds"},
    {"seed", "S", "simulate.seed", 0, "seed of all variation and noise"},
    {"jobs", "J", "simulate.jobs", 0, "worker processes; 0: one for each core"},
    {0},
};

static const struct cli_option study_options[] = {
    {"all", NULL, NULL, CLI_PLACE(all), "with the keys that rehearse failures"},
    {0},
};

static const struct cli_option bench_options[] = {
    {"images", "N", NULL, CLI_PLACE(image), "images that every mode simulates; 3"},
    {"repeats", "N", NULL, CLI_PLACE(repeats), "times that each is simulated; 3"},
    {"units", "N", NULL, CLI_PLACE(units), "units over which memory is watched; 100"},
    {"weights", "FILE", "simulate.weights", 0, "weight file (.csv or .npy)"},
    {0},
};

const struct command cli_commands[] = {
    {.name = "run",
     .summary = "Train, map, write decks, simulate, score and report: all of it.",
     .examples = "  spikebar run\n"
                 "  spikebar run --images 0 --out results/all\n"
                 "  spikebar run --set map.bits=3 --set map.tuning_error=0.03 --seed 7\n",
     .option = run_options,
     .run = cmd_run},
    {.name = "train",
     .summary = "Train the spiking network (and the softmax yardstick).",
     .examples =
         "  spikebar train --out results/mine --seed 3\n"
         "  spikebar train --set dataset.path=optdigits.tra,optdigits.tes --json\n",
     .option = train_options,
     .run = cmd_train},
    {.name = "verify",
     .summary = "Simulate test images with given weights and score the circuit.",
     .examples =
         "  spikebar verify --weights results/mine/weights.csv --jobs 2\n"
         "  spikebar verify --weights mine.npy --images 360 --out results/mine --json\n",
     .option = verify_options,
     .run = cmd_verify},
    {.name = "netlist",
     .summary = "Write the deck of one image, as plain ngspice reads it.",
     .examples =
         "  spikebar netlist --image 12 --out digit.cir && ngspice -b digit.cir\n",
     .option = netlist_options,
     .run = cmd_netlist,
     .text_only = true},
    {.name = "trace",
     .summary = "Write all nodes of one neuron for one image, circuit beside network.",
     .examples = "  spikebar trace --image 12 --neuron 3 --out results/trace\n",
     .option = trace_options,
     .run = cmd_trace},
    {.name = "calibrate",
     .summary = "Find the circuit's biases and gains from the targets in [calibrate].",
     .examples =
         "  spikebar calibrate --set circuit.override=c_syn=300p --out results/mine\n"
         "  spikebar verify --set circuit.params=results/mine/calibrated.param\n",
     .option = calibrate_options,
     .run = cmd_calibrate},
    {.name = "unit",
     .summary = "One synapse: gate, synaptic current and membrane, circuit and network.",
     .examples =
         "  spikebar unit\n"
         "  spikebar unit --spikes 10,12,40 --weight 1 --variant b --out results/unit\n",
     .option = unit_options,
     .run = cmd_unit},
    {.name = "program",
     .summary = "Program all cells of an array by write-verify in the simulator.",
     .examples =
         "  spikebar program --weights results/mine/weights.csv --out results/array\n"
         "  spikebar verify --conductances results/array/conductances.csv\n",
     .option = program_options,
     .run = cmd_program},
    {.name = "device",
     .summary = "Device experiments: transistor iv levels cell program stdp ltp paper.",
     .operand = "EXPERIMENT",
     .examples = "  spikebar device iv\n"
                 "  spikebar device iv --model vteam.sub --out results/vteam\n"
                 "  spikebar device program --repeats 40 --json\n",
     .option = device_options,
     .run = cmd_device},
    {.name = "report",
     .summary = "Make the report of a run's folder anew.",
     .operand = "DIR",
     .examples = "  spikebar report results/all\n",
     .run = cmd_report,
     .bare = true,
     .text_only = true},
    {.name = "study",
     .summary = "Print the study with every key explained, as --set and --study make it.",
     .examples = "  spikebar study > my.ini && spikebar run --study my.ini\n",
     .option = study_options,
     .run = cmd_study,
     .bare = true,
     .text_only = true},
    {.name = "doctor",
     .summary =
         "Tell what this machine's ngspice can do, versions, where data was found.",
     .examples = "  spikebar doctor\n"
                 "  spikebar doctor --accuracy --set simulate.dynamic=no\n",
     .option = doctor_options,
     .run = cmd_doctor,
     .text_only = true},
    {.name = "bench",
     .summary =
         "Measure speed and accuracy side by side: the usual recipe, each lever, all.",
     .examples = "  spikebar bench\n  spikebar bench --images 10 --json\n",
     .option = bench_options,
     .run = cmd_bench},
    {.name = "manual",
     .summary = "Print the man page (man) or the shell completion (bash).",
     .operand = "man|bash",
     .examples = "  spikebar manual man | man -l -\n  source <(spikebar manual bash)\n",
     .run = cmd_manual,
     .bare = true,
     .text_only = true},
    {.name = NULL},
};

static void print_overview(FILE *to)
{
    fprintf(to, "usage: spikebar COMMAND [options]\n\n"
                "Train a spiking network, program it into a memristor array, check it in "
                "SPICE.\n\nCommands:\n");
    for (const struct command *c = cli_commands; c->name; c++)
        fprintf(to, "  %-10s %s\n", c->name, c->summary);
    fprintf(to, "\n`spikebar COMMAND --help` shows options and examples.\n"
                "Exit status: 0 good, 1 usage or input, 2 some units failed for good, "
                "130 interrupted.\n");
}

static const struct command *find(const char *name, struct err *e)
{
    const char *names[sizeof cli_commands / sizeof cli_commands[0]];
    size_t n = 0;
    for (const struct command *c = cli_commands; c->name; c++) {
        names[n++] = c->name;
        if (strcmp(name, c->name) == 0)
            return c;
    }
    const char *near = text_nearest(name, n, names);
    err_set(e, ERR_USAGE, "no command `%.60s`", name);
    err_hint(e, near ? "did you mean `spikebar %s`?" : "see spikebar --help%s",
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

/* The status, unless standard output did not take all. */
static int flushed(int status)
{
    struct err e = {0};
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    err_errno(&e, "write", "standard output");
    return fail(&e);
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
    return status < 0 ? fail(&e) : flushed(status);
}

/* A standard descriptor that is closed would become a file or a socket of ours. It is
 * opened the wrong way round, so that using it fails as before. */
static void fill_standard_descriptors(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char *argv[])
{
    struct err e = {0};
    fill_standard_descriptors();
    signal(SIGCHLD, SIG_DFL); /* ignored, it would hide what workers die of */
    stop_on_signals();
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_BAD;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_overview(stdout);
        return flushed(EXIT_GOOD);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("spikebar %s\n", SPIKEBAR_VERSION);
        return flushed(EXIT_GOOD);
    }
    const struct command *command = find(argv[1], &e);
    return command ? dispatch(command, argc - 1, argv + 1) : fail(&e);
}
