#include "cli/cli.h"

#include "base/buf.h"

#include <stdio.h>

int cmd_study(struct cli *c, struct err *e)
{
    struct buf text = {0};
    (void)e;
    study_print(&c->study, c->all ? STUDY_ALL : STUDY_COMMENTED, &text);
    fputs(text.data, stdout);
    buf_finish(&text);
    return EXIT_GOOD;
}
