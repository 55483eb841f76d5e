/* Coded images ready for training: for each image its spikes in volleys.
 *
 * A volley is the set of inputs that fire in the same ms; an image's volleys are
 * ascending in time. An input may be in several. Samples own their arrays.
 *
 *     struct samples s;
 *     samples_init(&s, 64, 100);
 *     samples_encode(&s, &coding, 64, 16, d.levels, d.labels, n, split.train);
 *     samples_finish(&s);
 */
#pragma once

#include "num/raster.h"
#include "snn/coding.h"

#include <stddef.h>
#include <stdint.h>

struct volley {
    int time_ms;
    uint32_t number; /* of inputs that fire, at least 1 */
    size_t first;    /* samples.input[first] .. [first + number - 1] */
};

struct samples {
    size_t count, inputs;
    int window_ms;
    size_t volleys_max;     /* the most that one image has */
    uint8_t *labels;        /* [count] */
    size_t *first;          /* [count + 1] image's volleys: first[i] .. first[i+1] - 1 */
    struct volley *volleys; /* [first[count]] */
    uint32_t *input;        /* [spikes] */
    size_t spikes;
    size_t capacity, volley_capacity, spike_capacity;
};

void samples_init(struct samples *s, size_t inputs, int window_ms);
void samples_finish(struct samples *s); /* may be called twice */

/* Appends an image. The raster has the samples' inputs and window. */
void samples_add(struct samples *s, const struct raster *r, uint8_t label);

/* Appends the images pick[0] .. pick[n-1] of levels [][features]. */
void samples_encode(struct samples *s, const struct coding *c, size_t features,
                    int level_max, const uint8_t *levels, const uint8_t *labels, size_t n,
                    const uint32_t pick[]);
