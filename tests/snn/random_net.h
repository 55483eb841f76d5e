/* Random networks and rasters for tests; every number follows from `seed`. */
#ifndef SPIKEBAR_TESTS_SNN_RANDOM_NET_H
#define SPIKEBAR_TESTS_SNN_RANDOM_NET_H

#include "base/rng.h"
#include "snn/network.h"

static inline double random_unit(uint64_t seed, uint32_t a, uint32_t b)
{
    return rng_uniform(seed, RNG_TEST, a, b, 0);
}

static inline void random_weights(uint64_t seed, double low, double high,
                                  struct network *n)
{
    for (uint32_t i = 0; i < n->inputs * n->outputs; i++)
        n->weights[i] = low + (high - low) * random_unit(seed, i, 1);
}

/* About two inputs of three fire, each 1 to `most` times. */
static inline void random_raster(uint64_t seed, uint32_t most, struct raster *r)
{
    raster_clear(r);
    for (uint32_t i = 0; i < r->inputs; i++) {
        int t = (int)(random_unit(seed, i, 2) * 1.5 * r->window_ms);
        uint32_t spikes = 1 + (uint32_t)(random_unit(seed, i, 3) * most);
        for (uint32_t s = 0; s < spikes && t < r->window_ms; s++) {
            raster_add(r, i, t);
            t += 1 + (int)(random_unit(seed, i, 4 + s) * 20);
        }
    }
}

#endif
