/* Latency coding: pixel intensities become spike times.
 *
 *     T = t_max ln(x / (x - x_thr))   for x > x_thr, never otherwise     (1)
 *
 * in whole steps (integer part), x = level / level_max; what falls behind the window
 * never fires. Source: paper 1, Eq. 10. Variants, chosen by name:
 *
 *     latency     one input a pixel, threshold 0.3
 *     latency2    two inputs a pixel: thresholds 0.3, then 0.1     [2][features]
 *     complement  two inputs a pixel: x, then 1 - x, threshold 0.1 [2][features]
 *
 *     struct coding c;
 *     if (coding_init(&c, "latency", &e) < 0)
 *         return -1;
 *     coding_image(&c, 64, 16, levels, &raster);
 */
#pragma once

#include "base/err.h"
#include "num/raster.h"

#include <stddef.h>
#include <stdint.h>

enum coding_kind { CODING_LATENCY, CODING_LATENCY2, CODING_COMPLEMENT };

struct coding {
    enum coding_kind kind;
    double t_max_s;     /* 20e-3; latency at x / (x - x_thr) = e */
    double x_thr;       /* intensity below which a pixel never fires, in (0, 1) */
    double x_thr_extra; /* of the second half of the inputs */
    int step_ms;        /* 1; times are multiples of it */
    int window_ms;      /* 100; times are below it */
};

/* The named variant with its usual values. */
MUST_USE int coding_init(struct coding *c, const char *name, struct err *e);

/* Values that came from outside: ERR_USAGE where a field is out of its range. */
MUST_USE int coding_check(const struct coding *c, struct err *e);

size_t coding_inputs(const struct coding *c, size_t features);

/* Equation (1) for one intensity 0 <= x <= 1: the time in ms, or -1 for never.
 * Tests: levels 5..16 of 16 give 64 32 23 18 15 13 11 10 9 8 7 7. */
int coding_latency(const struct coding *c, double x_thr, double x);

/* Equation (1) at x = 1 for the highest threshold in use, in s, not cut to a step: t_max
 * ln(1/(1 - x_thr)). In a window that is no longer some inputs never fire. */
double coding_brightest_s(const struct coding *c);

/* One image into a raster of coding_inputs(c, features) inputs, which is cleared. */
void coding_image(const struct coding *c, size_t features, int level_max,
                  const uint8_t levels[features], struct raster *r);
