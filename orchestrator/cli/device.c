#include "cli/cli.h"

#include "app/device/device.h"
#include "base/buf.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* "results/device-iv" */
static char *folder_of(const struct cli *c)
{
    struct buf name = {0};
    if (c->out)
        return mem_copy_string(c->out);
    buf_printf(&name, "results/device-%s", c->operand);
    return name.data;
}

int cmd_device(struct cli *c, struct err *e)
{
    cJSON *json = NULL;
    struct buf text = {0};
    char *folder = folder_of(c);
    int status =
        device_run(c->operand, &c->study, c->root, folder, c->raw, &json, &text, e);
    if (status == 0 && c->json) {
        char *line = cJSON_PrintUnformatted(json);
        puts(line);
        cJSON_free(line);
    } else if (status == 0) {
        fputs(buf_text(&text), stdout);
        printf("files in %s\n", folder);
    }
    cJSON_Delete(json);
    buf_finish(&text);
    free(folder);
    return status < 0 ? status : EXIT_GOOD;
}
