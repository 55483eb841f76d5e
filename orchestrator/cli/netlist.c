#include "cli/cli.h"

#include "app/experiment.h"
#include "base/file.h"

#include <stdio.h>
#include <sys/stat.h>

/* A pipe or a device is written to; putting a file in its place would be no favour. */
static int write_deck(const char *path, const struct buf *deck, struct err *e)
{
    struct stat st;
    if (stat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
        return file_write(path, buf_text(deck), deck->len, e);
    FILE *f = fopen(path, "w");
    bool good = f && fwrite(deck->data, 1, deck->len, f) == deck->len;
    if (f && fclose(f) != 0)
        good = false;
    return good ? 0 : err_errno(e, "write", path);
}

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
            status = write_deck(c->out, &deck, e);
        else
            fwrite(deck.data, 1, deck.len, stdout);
    }
    buf_finish(&deck);
    experiment_finish(&x);
    return status;
}
