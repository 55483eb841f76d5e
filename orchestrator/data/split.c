#include "data/split.h"

#include "base/mem.h"
#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void allocate(size_t train, size_t test, struct split *s)
{
    s->train_count = train;
    s->test_count = test;
    s->train = mem_alloc(train, sizeof s->train[0]);
    s->test = mem_alloc(test, sizeof s->test[0]);
}

void split_random(uint64_t seed, size_t count, double fraction, struct split *s)
{
    assert(count <= UINT32_MAX && fraction >= 0 && fraction <= 1);
    size_t test = (size_t)lround(fraction * (double)count);
    AUTO_FREE uint32_t *order = mem_alloc(count, sizeof order[0]);
    allocate(count - test, test, s);
    rng_permute(seed, RNG_SPLIT, 0, (uint32_t)count, order);
    memcpy(s->test, order, test * sizeof order[0]);
    memcpy(s->train, order + test, (count - test) * sizeof order[0]);
}

void split_at(size_t count, size_t first_test, struct split *s)
{
    assert(count <= UINT32_MAX && first_test <= count);
    allocate(first_test, count - first_test, s);
    for (size_t i = 0; i < count; i++)
        *(i < first_test ? s->train + i : s->test + i - first_test) = (uint32_t)i;
}

void split_finish(struct split *s)
{
    free(s->train);
    free(s->test);
    *s = (struct split){0};
}
