#include "cli/cli.h"

#include "app/paper1.h"
#include "report/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What its own options gave. */
static struct {
    const char *out, *sparsity;
    bool quick;
} my;

static int run(struct cli *c, struct err *e)
{
    struct paper1_result r = {0};
    if (strcmp(c->operand, "1") != 0) {
        err_set(e, ERR_USAGE, "expected 1, found `%.40s`", c->operand);
        return err_hint(e, "spikebar paper 1");
    }
    int status = paper1_run(&c->study, c->root, my.out, my.quick, my.sparsity, &r, e);
    if (status == 0 && c->json)
        json_print(r.json);
    else if (status == 0)
        printf("%sreport       %s/report.html\n", r.text.data, r.folder);
    cJSON_Delete(r.json);
    buf_finish(&r.text);
    free(r.folder);
    return status < 0 ? status : EXIT_GOOD;
}

static const struct cli_option options[] = {
    {"quick", .flag = &my.quick,
     .help = "few images and trials in the circuit: minutes in place of hours"},
    {"sparsity", "FILE,..", .text = &my.sparsity,
     .help = "images for Fig. 9D, as dataset.path: MNIST's IDX files"},
    {"out", "DIR", .text = &my.out,
     .help = "folder for all of it; the same command goes on there"},
    {"jobs", "J", .key = "simulate.jobs",
     .help = "worker processes; 0: one for each core"},
    {0},
};

const struct command command_paper = {
    .name = "paper",
    .summary = "The figures of a paper, simulated, and its claims judged.",
    .operand = "1",
    .examples = "  spikebar paper 1 --quick\n"
                "  spikebar paper 1 --out results/paper-1 "
                "--sparsity mnist/t10k-images-idx3-ubyte.gz\n",
    .option = options,
    .run = run,
};
