#include "cli/cli.h"

#include "base/buf.h"

#include <stdio.h>

/* What its own options gave. */
static struct {
    bool all;
} my;

static int run(struct cli *c, struct err *e)
{
    AUTO(buf_finish) struct buf text = {0};
    (void)e;
    study_print(&c->study, my.all ? STUDY_ALL : STUDY_COMMENTED, &text);
    fputs(text.data, stdout);
    return EXIT_GOOD;
}

static const struct cli_option options[] = {
    {"all", .flag = &my.all, .help = "with the keys that rehearse failures"},
    {0},
};

const struct command command_study = {
    .name = "study",
    .summary = "Print the study with every key explained, as --set and --study make it.",
    .examples = "  spikebar study > my.ini && spikebar run --study my.ini\n",
    .option = options,
    .run = run,
    .bare = true,
    .text_only = true,
};
