#include "snn/peaks.h"

#include "base/mem.h"
#include "num/line.h"
#include "num/stats.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { GRID = 4 }; /* points a ms on which the largest value is sought */

/* Whole-ms spikes of an image with the weights that fire at each: drive[ms][output]. */
struct drive {
    size_t count, outputs;
    int *time_ms;   /* [count], ascending */
    double *weight; /* [count][outputs] */
};

static void drive_init(struct drive *d, const struct network *n, const struct raster *r)
{
    size_t window = (size_t)n->kernel.window_ms, m = n->outputs;
    double(*sum)[m] = mem_alloc(window, sizeof sum[0]);
    AUTO_FREE bool *fires = mem_alloc(window, sizeof *fires);
    for (size_t i = 0; i < r->inputs; i++)
        for (size_t s = 0; s < r->number[i]; s++) {
            size_t t = (size_t)r->time_ms[r->first[i] + s];
            for (size_t j = 0; j < m && t < window; j++)
                sum[t][j] += n->weights[i * m + j] + n->w_offset;
            if (t < window)
                fires[t] = true;
        }
    *d = (struct drive){.outputs = m, .time_ms = mem_alloc(window, sizeof(int))};
    for (size_t t = 0; t < window; t++)
        if (fires[t]) {
            memmove(sum[d->count], sum[t], sizeof sum[0]);
            d->time_ms[d->count++] = (int)t;
        }
    d->weight = (double *)sum;
}

static void drive_finish(struct drive *d)
{
    free(d->time_ms);
    free(d->weight);
}

/* The membrane of one output. */
struct membrane {
    const struct kernel *kernel;
    const struct drive *drive;
    size_t output;
};

static double value_at(const void *context, double t_s)
{
    const struct membrane *m = context;
    const struct kernel *k = m->kernel;
    const struct drive *d = m->drive;
    size_t j = m->output;
    double v = 0;
    for (size_t g = 0; g < d->count && 1e-3 * d->time_ms[g] < t_s; g++)
        v += d->weight[g * d->outputs + j] * kernel_at(k, t_s - 1e-3 * d->time_ms[g]);
    return v;
}

/* Place of the largest value on the grid; response[m] is k(m/GRID ms). */
static size_t largest_on_grid(const struct drive *d, size_t j, size_t points,
                              const double response[points])
{
    size_t best = 0;
    double largest = 0;
    for (size_t m = 1; m < points; m++) {
        double v = 0;
        for (size_t g = 0; g < d->count && (size_t)d->time_ms[g] * GRID < m; g++)
            v += d->weight[g * d->outputs + j] *
                 response[m - (size_t)d->time_ms[g] * GRID];
        if (v > largest) {
            largest = v;
            best = m;
        }
    }
    return best;
}

size_t peaks_find(const struct network *n, const struct raster *r, size_t outputs,
                  double maxima[outputs], double time_s[outputs])
{
    const struct kernel *k = &n->kernel;
    assert(outputs == n->outputs && r->inputs == n->inputs);
    if (k->model != KERNEL_CIRCUIT) {
        int *time_ms = mem_alloc(outputs, sizeof *time_ms);
        size_t class = network_maxima(n, r, outputs, maxima, time_ms);
        for (size_t j = 0; j < outputs; j++)
            time_s[j] = 1e-3 * time_ms[j];
        free(time_ms);
        return class;
    }
    size_t points = (size_t)k->window_ms * GRID + 1;
    AUTO_FREE double *response = mem_alloc(points, sizeof *response);
    AUTO(drive_finish) struct drive d;
    drive_init(&d, n, r);
    for (size_t m = 0; m < points; m++)
        response[m] = kernel_at(k, 1e-3 * (double)m / GRID);
    for (size_t j = 0; j < outputs; j++) {
        size_t best = largest_on_grid(&d, j, points, response);
        double low_s = 1e-3 * (double)(best ? best - 1 : 0) / GRID;
        double high_s = fmin(1e-3 * (double)(best + 1) / GRID, 1e-3 * k->window_ms);
        struct membrane membrane = {k, &d, j};
        time_s[j] = best ? line_top(value_at, &membrane, low_s, high_s, 30) : 0;
        maxima[j] = best ? value_at(&membrane, time_s[j]) : 0;
    }
    return stats_argmax(outputs, maxima);
}
