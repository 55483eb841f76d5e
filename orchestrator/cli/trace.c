#include "cli/cli.h"

#include "app/view.h"
#include "base/file.h"
#include "base/mem.h"
#include "report/json.h"

#include <stdio.h>
#include <stdlib.h>

/* What its own options gave. */
static struct {
    const char *image, *neuron, *out;
} my;

static void print_text(const struct view *v)
{
    printf("circuit  rest %.6g V, maximum %.6g V above it at %.3f ms\n", v->peak.rest,
           v->peak.above, 1e3 * v->peak.time_s);
    printf("network  maximum %.6g at %.3f ms (at whole ms %.6g), scaled %.6g V\n",
           v->native_peak, 1e3 * v->native_s, v->native_ms, v->native_peak * v->scale_V);
    printf("traces   %s/%s.csv, .raw, -native.csv, .svg, .png\n", v->folder, v->name);
}

static void print_json(const struct view *v)
{
    AUTO_FREE char *stem = path_join(v->folder, v->name);
    cJSON *o = cJSON_CreateObject();
    json_numbers(
        o,
        "image,label,neuron,rest_V,circuit_V,circuit_s,native,native_s,native_ms,scale_V",
        (double[]){(double)v->image, v->x->data.labels[v->image], (double)v->neuron,
                   v->peak.rest, v->peak.above, v->peak.time_s, v->native_peak,
                   v->native_s, v->native_ms, v->scale_V});
    cJSON_AddStringToObject(o, "files", stem);
    json_print_and_delete(o);
}

static int run(struct cli *c, struct err *e)
{
    AUTO(experiment_finish) struct experiment x;
    AUTO(view_finish) struct view v = {0};
    size_t image = 0, neuron = 0;
    bool good = experiment_open(&x, &c->study, c->root, NULL, e) == 0 &&
                experiment_ready(&x, e) == 0 &&
                cli_number("image", my.image, x.data.count, &image, e) == 0 &&
                cli_number("neuron", my.neuron, x.array.outputs, &neuron, e) == 0 &&
                view_make(&v, &x, image, neuron, my.out, e) == 0 &&
                view_write(&v, e) == 0;
    if (good)
        (c->json ? print_json : print_text)(&v);
    return good ? EXIT_GOOD : -1;
}

static const struct cli_option options[] = {
    {"image", "K", .text = &my.image, .help = "row of the data set, from 0"},
    {"neuron", "J", .text = &my.neuron, .help = "output neuron, from 0"},
    {"out", "DIR", .text = &my.out, .help = "folder for the traces and the picture"},
    {"weights", "FILE", .key = "simulate.weights", .help = "weight file (.csv or .npy)"},
    {0},
};

const struct command command_trace = {
    .name = "trace",
    .summary = "Write all nodes of one neuron for one image, circuit beside network.",
    .examples = "  spikebar trace --image 12 --neuron 3 --out results/trace\n",
    .option = options,
    .run = run,
};
