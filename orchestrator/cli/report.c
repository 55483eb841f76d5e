#include "cli/cli.h"

#include "app/page.h"

#include <stdio.h>

static int run(struct cli *c, struct err *e)
{
    if (page_render(c->operand, e) < 0)
        return -1;
    printf("report       %s/report.html\n", c->operand);
    return EXIT_GOOD;
}

const struct command command_report = {
    .name = "report",
    .summary = "Make the report of a run's folder anew.",
    .operand = "DIR",
    .examples = "  spikebar report results/all\n",
    .run = run,
    .bare = true,
    .text_only = true,
};
