/* Equation (1) of snn/network.h at any time, straight from kernel_at: what whole ms and
 * the search for peaks are held against. */
#ifndef SPIKEBAR_TESTS_SNN_ANYTIME_H
#define SPIKEBAR_TESTS_SNN_ANYTIME_H

#include "snn/network.h"

#include <string.h>

static inline void network_membrane_at(const struct network *n, const struct raster *r, double t_s,
                         size_t outputs, double v[outputs])
{
    memset(v, 0, outputs * sizeof v[0]);
    for (size_t i = 0; i < r->inputs; i++)
        for (size_t s = 0; s < r->number[i]; s++) {
            double response =
                kernel_at(&n->kernel, t_s - 1e-3 * r->time_ms[r->first[i] + s]);
            for (size_t j = 0; j < outputs; j++)
                v[j] += (n->weights[i * outputs + j] + n->w_offset) * response;
        }
}

#endif
