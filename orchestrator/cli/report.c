#include "cli/cli.h"

#include "app/page.h"

#include <stdio.h>

int cmd_report(struct cli *c, struct err *e)
{
    if (page_render(c->operand, e) < 0)
        return -1;
    printf("report       %s/report.html\n", c->operand);
    return EXIT_GOOD;
}
