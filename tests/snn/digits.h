/* The shipped digits, split and coded, for tests of training. */
#ifndef SPIKEBAR_TESTS_SNN_DIGITS_H
#define SPIKEBAR_TESTS_SNN_DIGITS_H

#include "data/dataset.h"
#include "data/split.h"
#include "snn/samples.h"

struct digits {
    struct dataset d;
    struct split split;
    struct coding coding;
    struct samples train, test;
};

static inline int digits_load(const char *paths, const char *coding, uint64_t seed,
                              struct digits *g, struct err *e)
{
    if (dataset_read(paths, &g->d, e) < 0 || coding_init(&g->coding, coding, e) < 0)
        return -1;
    size_t inputs = coding_inputs(&g->coding, g->d.features);
    split_random(seed, g->d.count, 0.2, &g->split);
    samples_init(&g->train, inputs, g->coding.window_ms);
    samples_init(&g->test, inputs, g->coding.window_ms);
    samples_encode(&g->train, &g->coding, g->d.features, g->d.level_max, g->d.levels,
                   g->d.labels, g->split.train_count, g->split.train);
    samples_encode(&g->test, &g->coding, g->d.features, g->d.level_max, g->d.levels,
                   g->d.labels, g->split.test_count, g->split.test);
    return 0;
}

static inline void digits_finish(struct digits *g)
{
    samples_finish(&g->test);
    samples_finish(&g->train);
    split_finish(&g->split);
    dataset_finish(&g->d);
}

#endif
