#include "cli/cli.h"

#include "app/paper.h"

#include <stdio.h>
#include <string.h>

int cmd_device(struct cli *c, struct err *e)
{
    struct device_result found;
    int status =
        strcmp(c->operand, PAPER_NAME) == 0
            ? paper_run(&c->study, c->root, c->out, c->raw, &found, e)
            : device_run(c->operand, &c->study, c->root, c->out, c->raw, &found, e);
    if (status == 0 && c->json) {
        char *line = cJSON_PrintUnformatted(found.json);
        puts(line);
        cJSON_free(line);
    } else if (status == 0) {
        fputs(buf_text(&found.text), stdout);
        printf("files in %s\n", found.folder);
    }
    device_result_finish(&found);
    return status < 0 ? status : EXIT_GOOD;
}
