/* Not a test: prints the accuracies of the design's table for given data.
 *
 *     measure_accuracy datasets/digits.csv.gz            seeds 0 to 4
 *     measure_accuracy optdigits.tra,optdigits.tes 10    seeds 0 to 9
 */
#include "base/log.h"
#include "num/stats.h"
#include "snn/ann.h"
#include "snn/digits.h"
#include "snn/train.h"

#include <stdio.h>
#include <stdlib.h>

enum { SEEDS_MAX = 100 };

struct row {
    const char *name, *coding, *kernel;
    bool positive, ann;
    int bits;
    double w_offset;
};

static const struct row rows[] = {
    {"softmax 64-10, signed", "latency", "double-exponential", false, true, 0, 0},
    {"spiking, signed", "latency", "double-exponential", false, false, 0, 0},
    {"spiking, positive", "latency", "double-exponential", true, false, 0, 0},
    {"  1 bit", "latency", "double-exponential", true, false, 1, 0},
    {"  2 bits", "latency", "double-exponential", true, false, 2, 0},
    {"  3 bits", "latency", "double-exponential", true, false, 3, 0},
    {"  4 bits", "latency", "double-exponential", true, false, 4, 0},
    {"  5 bits", "latency", "double-exponential", true, false, 5, 0},
    {"circuit kernel, w + 0.0293", "latency", "circuit", true, false, 0, 0.0293},
    {"two thresholds, 128 inputs", "latency2", "double-exponential", true, false, 0, 0},
    {"x and 1 - x, 128 inputs", "complement", "double-exponential", true, false, 0, 0},
};

static double softmax(const struct digits *g, uint64_t seed, double *train)
{
    struct ann a;
    struct ann_options o;
    struct ann_images images = {g->d.count, g->d.level_max, g->d.levels, g->d.labels};
    ann_init(&a, g->d.features, g->d.classes);
    ann_defaults(&o);
    o.seed = seed;
    ann_train(&a, &images, g->split.train_count, g->split.train, &o);
    double test = ann_accuracy(&a, &images, g->split.test_count, g->split.test);
    *train = ann_accuracy(&a, &images, g->split.train_count, g->split.train);
    ann_finish(&a);
    return test;
}

static int spiking(const struct row *row, const struct digits *g, uint64_t seed,
                   double *train, double *test, struct err *e)
{
    struct kernel k;
    struct network n;
    struct train_options o;
    struct train_result result = {0};
    if (kernel_init(&k, row->kernel, g->coding.window_ms, e) < 0)
        return -1;
    if (row->positive)
        train_defaults(&o);
    else
        train_defaults_signed(&o);
    o.seed = seed;
    o.bits = row->bits;
    network_init(&n, g->train.inputs, g->d.classes, &k);
    n.w_offset = row->w_offset;
    int status = train_network(&n, &g->train, &g->test, &o, &result, e);
    *train = result.train_accuracy;
    *test = result.test_accuracy;
    network_finish(&n);
    return status;
}

static int measure(const char *paths, const struct row *row, size_t seeds, struct err *e)
{
    double train[SEEDS_MAX], test[SEEDS_MAX], spent_s = 0;
    for (size_t s = 0; s < seeds; s++) {
        struct digits g = {0};
        int status = digits_load(paths, row->coding, s, &g, e);
        double start_s = clock_s();
        if (status == 0 && row->ann)
            test[s] = softmax(&g, s, &train[s]);
        else if (status == 0)
            status = spiking(row, &g, s, &train[s], &test[s], e);
        spent_s += clock_s() - start_s;
        digits_finish(&g);
        if (status < 0)
            return -1;
    }
    printf("%-28s %6.2f +- %4.2f %%   %6.2f %%   %5.2f s\n", row->name,
           100 * stats_mean(seeds, test), 100 * stats_deviation(seeds, test),
           100 * stats_mean(seeds, train), spent_s / (double)seeds);
    fflush(stdout);
    return 0;
}

int main(int argc, char *argv[])
{
    struct err e = {0};
    char line[2048];
    size_t seeds = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;
    if (argc < 2 || seeds < 1 || seeds > SEEDS_MAX) {
        fprintf(stderr, "usage: measure_accuracy FILES [SEEDS]\n");
        return 2;
    }
    printf("%s, seeds 0 to %zu\n%-28s %16s %10s %9s\n", argv[1], seeds - 1, "", "test",
           "training", "a run");
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
        if (measure(argv[1], &rows[k], seeds, &e) < 0) {
            err_format(&e, sizeof line, line);
            fprintf(stderr, "%s\n", line);
            return 1;
        }
    return 0;
}
