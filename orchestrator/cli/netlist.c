#include "cli/cli.h"

#include "app/experiment.h"
#include "base/file.h"

#include <stdio.h>

int cmd_netlist(struct cli *c, struct err *e)
{
    struct experiment x;
    struct deck_solver solver;
    struct buf deck = {0};
    size_t image = 0;
    int status = experiment_open(&x, &c->study, c->root, NULL, e);
    if (status == 0)
        status = experiment_ready(&x, e);
    if (status == 0)
        status = cli_number("image", c->image, x.data.count, &image, e);
    if (status == 0) {
        struct deck_choice choice = {.as = x.circuit.folder, .all_nodes = c->all_nodes};
        circuit_solver(&x.circuit, 0, &solver);
        experiment_deck(&x, (uint32_t)image, &choice, &solver, &deck);
        if (c->out)
            status = file_write(c->out, deck.data, deck.len, e);
        else
            fwrite(deck.data, 1, deck.len, stdout);
    }
    buf_finish(&deck);
    experiment_finish(&x);
    return status;
}
