#include "cli/cli.h"

#include "app/paper.h"

#include <stdio.h>
#include <string.h>

/* What its own options gave. */
static struct {
    const char *out;
    bool raw;
} my;

/* `device check FILE`; the others take --model. */
static int take_file(struct cli *c, struct err *e)
{
    if (!c->file)
        return 0;
    if (strcmp(c->operand, "check") == 0)
        return study_put(&c->study, "device.model", c->file, e);
    err_set(e, ERR_USAGE, "device %.40s does not take `%.60s`", c->operand, c->file);
    return err_hint(e, "give it as --model %.60s", c->file);
}

static int run(struct cli *c, struct err *e)
{
    AUTO(device_result_finish) struct device_result found = {0};
    if (take_file(c, e) < 0)
        return -1;
    int status =
        strcmp(c->operand, PAPER_NAME) == 0
            ? paper_run(&c->study, c->root, my.out, my.raw, &found, e)
            : device_run(c->operand, &c->study, c->root, my.out, my.raw, &found, e);
    if (status == 0 && c->json) {
        char *line = cJSON_PrintUnformatted(found.json); /* one line */
        puts(line);
        cJSON_free(line);
    } else if (status == 0) {
        fputs(buf_text(&found.text), stdout);
        printf("files in %s\n", found.folder);
    }
    bool fails = status == 0 && json_get(found.json, "failed", 0) > 0; /* of check */
    return status < 0 ? status : fails ? EXIT_BAD : EXIT_GOOD;
}

static void tell_experiments(void (*tell)(const char *word, const char *summary))
{
    for (const struct device_experiment *const *x = device_experiments; *x; x++)
        tell((*x)->name, (*x)->summary);
}

static const struct cli_option options[] = {
    {"out", "DIR", .text = &my.out,
     .help = "folder; without it results/device-EXPERIMENT-HASH"},
    {"raw", .flag = &my.raw, .help = "keep the waveforms as rawfiles"},
    {"model", "FILE", .key = "device.model", .help = "your own memristor"},
    {"repeats", "N", .key = "device.repeats", .help = "cycles, devices or seeds"},
    {"seed", "S", .key = "simulate.seed", .help = "seed of all variation and noise"},
    {"jobs", "J", .key = "simulate.jobs",
     .help = "worker processes; 0: one for each core"},
    {0},
};

const struct command command_device = {
    .name = "device",
    .summary = "Simulate one of the device experiments, or all of them.",
    .operand = "EXPERIMENT",
    .takes_file = true,
    .words = tell_experiments,
    .examples = "  spikebar device iv\n"
                "  spikebar device check mine.sub    # does it keep the contract?\n"
                "  spikebar device iv --model vteam.sub --out results/vteam\n"
                "  spikebar device program --repeats 40 --json\n",
    .option = options,
    .run = run,
};
