#include "cli/outcome.h"

#include "base/mem.h"

#include <stdlib.h>

int cmd_verify(struct cli *c, struct err *e)
{
    struct campaign_result r;
    char *folder =
        c->out ? mem_copy_string(c->out) : campaign_folder(&c->study, "verify", NULL);
    int status = campaign_run(&c->study, c->root, folder, NULL, c->retry_failed, &r, e);
    if (status == 0)
        status = outcome_print(c, folder, &r);
    free(folder);
    return status;
}
