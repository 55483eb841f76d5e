#include "cli/cli.h"

#include "app/speed.h"
#include "report/json.h"

/* What its own options gave. */
static struct {
    const char *image, *repeats, *units;
} my;

static int run(struct cli *c, struct err *e)
{
    struct experiment x;
    struct speed s;
    size_t images = 3, repeats = 3, units = 100;
    if ((my.image && cli_number("images", my.image, 100000, &images, e) < 0) ||
        (my.repeats && cli_number("repeats", my.repeats, 1000, &repeats, e) < 0) ||
        (my.units && cli_number("units", my.units, 1000000, &units, e) < 0))
        return -1;
    bool good = experiment_open(&x, &c->study, c->root, NULL, e) == 0 &&
                experiment_ready(&x, e) == 0 &&
                speed_measure(&x, images ? images : 1, repeats ? repeats : 1,
                              units ? units : 1, &s, e) == 0;
    if (good && c->json)
        json_print_and_delete(speed_json(&s));
    else if (good)
        speed_print(&s);
    experiment_finish(&x);
    return good ? EXIT_GOOD : -1;
}

static const struct cli_option options[] = {
    {"images", "N", .text = &my.image, .help = "images that every mode simulates; 3"},
    {"repeats", "N", .text = &my.repeats, .help = "times that each is simulated; 3"},
    {"units", "N", .text = &my.units, .help = "units over which memory is watched; 100"},
    {"weights", "FILE", .key = "simulate.weights", .help = "weight file (.csv or .npy)"},
    {0},
};

const struct command command_bench = {
    .name = "bench",
    .summary =
        "Measure speed and accuracy side by side: the usual recipe, each lever, all.",
    .examples = "  spikebar bench\n  spikebar bench --images 10 --json\n",
    .option = options,
    .run = run,
};
