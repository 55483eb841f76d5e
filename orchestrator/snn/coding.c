#include "snn/coding.h"

#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const char *const names[] = {
    [CODING_LATENCY] = "latency",
    [CODING_LATENCY2] = "latency2",
    [CODING_COMPLEMENT] = "complement",
};
enum { KINDS = sizeof names / sizeof names[0] };

int coding_init(struct coding *c, const char *name, struct err *e)
{
    *c = (struct coding){.t_max_s = 20e-3,
                         .x_thr = 0.3,
                         .x_thr_extra = 0.1,
                         .step_ms = 1,
                         .window_ms = 100};
    for (int k = 0; k < KINDS; k++) {
        if (strcmp(name, names[k]) != 0)
            continue;
        c->kind = (enum coding_kind)k;
        if (k == CODING_COMPLEMENT)
            c->x_thr = 0.1;
        return 0;
    }
    const char *near = text_nearest(name, KINDS, names);
    err_set(e, ERR_USAGE, "unknown coding '%s'", name);
    return near ? err_hint(e, "did you mean '%s'?", near)
                : err_hint(e, "there are latency, latency2 and complement");
}

int coding_check(const struct coding *c, struct err *e)
{
    if (!(c->t_max_s > 0 && c->t_max_s <= 10))
        return err_set(e, ERR_USAGE, "expected t_max in (0, 10] s, found %g", c->t_max_s);
    if (!(c->x_thr > 0 && c->x_thr < 1 && c->x_thr_extra > 0 && c->x_thr_extra < 1))
        return err_set(e, ERR_USAGE, "expected thresholds in (0, 1), found %g and %g",
                       c->x_thr, c->x_thr_extra);
    if (c->step_ms < 1 || c->window_ms < 1 || c->step_ms > c->window_ms)
        return err_set(e, ERR_USAGE,
                       "expected a step of 1 ms to the window, found %d of %d ms",
                       c->step_ms, c->window_ms);
    return 0;
}

double coding_brightest_s(const struct coding *c)
{
    double x_thr = c->x_thr;
    if (c->kind != CODING_LATENCY && c->x_thr_extra > x_thr)
        x_thr = c->x_thr_extra;
    return -c->t_max_s * log1p(-x_thr);
}

size_t coding_inputs(const struct coding *c, size_t features)
{
    return c->kind == CODING_LATENCY ? features : 2 * features;
}

int coding_latency(const struct coding *c, double x_thr, double x)
{
    if (!(x > x_thr))
        return -1;
    double steps = c->t_max_s / (1e-3 * c->step_ms) * log(x / (x - x_thr));
    if (steps >= (double)c->window_ms / c->step_ms)
        return -1;
    return (int)steps * c->step_ms;
}

static void fire(struct raster *r, size_t input, int time_ms)
{
    if (time_ms >= 0)
        raster_add(r, input, time_ms);
}

void coding_image(const struct coding *c, size_t features, int level_max,
                  const uint8_t levels[features], struct raster *r)
{
    assert(r->inputs == coding_inputs(c, features) && r->window_ms >= c->window_ms);
    raster_clear(r);
    for (size_t i = 0; i < features; i++) {
        double x = (double)levels[i] / level_max;
        fire(r, i, coding_latency(c, c->x_thr, x));
        if (c->kind == CODING_LATENCY2)
            fire(r, features + i, coding_latency(c, c->x_thr_extra, x));
        if (c->kind == CODING_COMPLEMENT)
            fire(r, features + i, coding_latency(c, c->x_thr_extra, 1 - x));
    }
}
