#include "num/raster.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void raster_init(struct raster *r, size_t inputs, int window_ms)
{
    assert(window_ms > 0);
    *r = (struct raster){.inputs = inputs, .window_ms = window_ms, .capacity = inputs};
    r->first = mem_alloc(inputs, sizeof r->first[0]);
    r->number = mem_alloc(inputs, sizeof r->number[0]);
    r->time_ms = mem_alloc(inputs, sizeof r->time_ms[0]);
}

void raster_clear(struct raster *r)
{
    r->count = 0;
    memset(r->number, 0, r->inputs * sizeof r->number[0]);
}

void raster_finish(struct raster *r)
{
    free(r->first);
    free(r->number);
    free(r->time_ms);
    *r = (struct raster){0};
}

void raster_add(struct raster *r, size_t input, int time_ms)
{
    assert(input < r->inputs && time_ms >= 0 && time_ms < r->window_ms);
    if (r->number[input] == 0)
        r->first[input] = r->count;
    assert(r->first[input] + r->number[input] == r->count);
    assert(r->number[input] == 0 || r->time_ms[r->count - 1] < time_ms);
    if (r->count == r->capacity) {
        r->capacity = 2 * r->capacity + 16;
        r->time_ms = mem_resize(r->time_ms, r->capacity, sizeof r->time_ms[0]);
    }
    r->time_ms[r->count++] = time_ms;
    r->number[input]++;
}
