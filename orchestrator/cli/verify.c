#include "cli/outcome.h"

int cmd_verify(struct cli *c, struct err *e)
{
    struct verify_result r;
    int status = verify_run(&c->study, c->root, c->out, NULL, c->retry_failed, &r, e);
    return outcome_print(c, status, &r);
}
