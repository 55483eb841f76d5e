#include "cli/outcome.h"

int cmd_verify(struct cli *c, struct err *e)
{
    struct campaign_result r;
    int status = campaign_run(&c->study, c->root, c->out, NULL, c->retry_failed, &r, e);
    return outcome_print(c, status, &r);
}
