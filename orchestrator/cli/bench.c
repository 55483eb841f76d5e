#include "cli/cli.h"

#include "app/speed.h"
#include "report/json.h"

#include <stdio.h>

int cmd_bench(struct cli *c, struct err *e)
{
    struct experiment x;
    struct speed s;
    size_t images = 3, repeats = 3, units = 100;
    int status = 0;
    if (c->image)
        status = cli_number("images", c->image, 100000, &images, e);
    if (status == 0 && c->repeats)
        status = cli_number("repeats", c->repeats, 1000, &repeats, e);
    if (status == 0 && c->units)
        status = cli_number("units", c->units, 1000000, &units, e);
    if (status < 0)
        return status;
    status = experiment_open(&x, &c->study, c->root, NULL, e);
    if (status == 0)
        status = experiment_ready(&x, e);
    if (status == 0)
        status = speed_measure(&x, images ? images : 1, repeats ? repeats : 1,
                               units ? units : 1, &s, e);
    if (status == 0 && c->json)
        json_print_and_delete(speed_json(&s));
    else if (status == 0)
        speed_print(&s);
    experiment_finish(&x);
    return status;
}
