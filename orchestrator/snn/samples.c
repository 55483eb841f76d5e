#include "snn/samples.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

void samples_init(struct samples *s, size_t inputs, int window_ms)
{
    *s = (struct samples){.inputs = inputs, .window_ms = window_ms};
    s->first = mem_alloc(1, sizeof s->first[0]);
}

void samples_finish(struct samples *s)
{
    free(s->labels);
    free(s->first);
    free(s->volleys);
    free(s->input);
    *s = (struct samples){0};
}

static void make_room(struct samples *s, const struct raster *r)
{
    size_t volleys = s->first[s->count] + (size_t)r->window_ms;
    if (s->count == s->capacity) {
        s->capacity = 2 * s->capacity + 64;
        s->labels = mem_resize(s->labels, s->capacity, sizeof s->labels[0]);
        s->first = mem_resize(s->first, s->capacity + 1, sizeof s->first[0]);
    }
    if (volleys > s->volley_capacity) {
        s->volley_capacity = 2 * volleys;
        s->volleys = mem_resize(s->volleys, s->volley_capacity, sizeof s->volleys[0]);
    }
    if (s->spikes + r->count > s->spike_capacity) {
        s->spike_capacity = 2 * (s->spikes + r->count);
        s->input = mem_resize(s->input, s->spike_capacity, sizeof s->input[0]);
    }
}

/* Counting sort by time: sizes of the volleys, then the inputs into their places. */
void samples_add(struct samples *s, const struct raster *r, uint8_t label)
{
    assert(r->inputs == s->inputs && r->window_ms == s->window_ms);
    size_t window = (size_t)s->window_ms, next = s->first[s->count];
    size_t *place = mem_alloc(window, sizeof place[0]);
    make_room(s, r);
    for (size_t k = 0; k < r->count; k++)
        place[r->time_ms[k]]++;
    for (size_t t = 0; t < window; t++) {
        uint32_t number = (uint32_t)place[t];
        if (number == 0)
            continue;
        s->volleys[next++] = (struct volley){(int)t, number, s->spikes};
        place[t] = s->spikes;
        s->spikes += number;
    }
    for (size_t i = 0; i < r->inputs; i++)
        for (size_t k = 0; k < r->number[i]; k++)
            s->input[place[r->time_ms[r->first[i] + k]]++] = (uint32_t)i;
    free(place);
    size_t volleys = next - s->first[s->count];
    s->volleys_max = volleys > s->volleys_max ? volleys : s->volleys_max;
    s->labels[s->count++] = label;
    s->first[s->count] = next;
}

void samples_encode(struct samples *s, const struct coding *c, size_t features,
                    int level_max, const uint8_t *levels, const uint8_t *labels, size_t n,
                    const uint32_t pick[])
{
    AUTO(raster_finish) struct raster r;
    raster_init(&r, s->inputs, s->window_ms);
    for (size_t k = 0; k < n; k++) {
        coding_image(c, features, level_max, levels + features * pick[k], &r);
        samples_add(s, &r, labels[pick[k]]);
    }
}
