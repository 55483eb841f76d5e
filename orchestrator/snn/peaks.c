#include "snn/peaks.h"

#include "base/mem.h"
#include "num/line.h"
#include "num/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { GRID = 4 }; /* points a ms on which the largest value is sought */

/* The membrane of one output: volleys, and the weights that fire at each. */
struct membrane {
    const struct kernel *kernel;
    size_t volleys, stride;
    const struct volley *volley; /* [volleys] */
    const double *drive;         /* of volley g: drive[g stride] */
    const struct pieces *more;   /* or NULL; */
    size_t output;               /* of them, */
    const double *sum;           /* and what they add on the grid */
};

static double value_at(const void *context, double t_s)
{
    const struct membrane *m = context;
    double v = 0;
    for (size_t g = 0; g < m->volleys && 1e-3 * m->volley[g].time_ms < t_s; g++)
        v += m->drive[g * m->stride] *
             kernel_at(m->kernel, t_s - 1e-3 * m->volley[g].time_ms);
    const struct pieces *p = m->more;
    for (size_t i = 0; p && i < p->count; i++)
        v += p->amount[i * p->outputs + m->output] *
             kernel_piece_at(m->kernel, p->end_s[i] - p->start_s[i], t_s - p->start_s[i]);
    return v;
}

/* What the pieces add on the grid: [outputs][points]; NULL without. */
static double *pieces_on_grid(const struct kernel *k, const struct pieces *p,
                              size_t points)
{
    if (!p)
        return NULL;
    double *sum = mem_alloc(p->outputs * points, sizeof *sum);
    for (size_t i = 0; i < p->count; i++)
        for (size_t m = (size_t)(1e3 * GRID * p->start_s[i]); m < points; m++) {
            double at = kernel_piece_at(k, p->end_s[i] - p->start_s[i],
                                        1e-3 * (double)m / GRID - p->start_s[i]);
            for (size_t j = 0; j < p->outputs; j++)
                sum[j * points + m] += p->amount[i * p->outputs + j] * at;
        }
    return sum;
}

/* Place of the largest value on the grid; response[i] is k(i/GRID ms). */
static size_t largest_on_grid(const struct membrane *m, size_t points,
                              const double response[points])
{
    size_t best = 0;
    double largest = 0;
    for (size_t i = 1; i < points; i++) {
        double v = m->sum ? m->sum[i] : 0;
        for (size_t g = 0; g < m->volleys && (size_t)m->volley[g].time_ms * GRID < i; g++)
            v += m->drive[g * m->stride] *
                 response[i - (size_t)m->volley[g].time_ms * GRID];
        if (v > largest) {
            largest = v;
            best = i;
        }
    }
    return best;
}

size_t peaks_find(const struct network *n, const struct raster *r, size_t outputs,
                  double maxima[outputs], double time_s[outputs])
{
    return peaks_find_with(n, r, NULL, outputs, maxima, time_s);
}

size_t peaks_find_with(const struct network *n, const struct raster *r,
                       const struct pieces *more, size_t outputs, double maxima[outputs],
                       double time_s[outputs])
{
    const struct kernel *k = &n->kernel;
    assert(outputs == n->outputs && r->inputs == n->inputs);
    if (k->model != KERNEL_CIRCUIT) {
        assert(!more);
        int *time_ms = mem_alloc(outputs, sizeof *time_ms);
        size_t class = network_maxima(n, r, outputs, maxima, time_ms);
        for (size_t j = 0; j < outputs; j++)
            time_s[j] = 1e-3 * time_ms[j];
        free(time_ms);
        return class;
    }
    size_t points = (size_t)k->window_ms * GRID + 1;
    AUTO_FREE double *response = mem_alloc(points, sizeof *response),
                     *sum = pieces_on_grid(k, more, points);
    AUTO(samples_finish) struct samples one;
    samples_init(&one, r->inputs, r->window_ms);
    samples_add(&one, r, 0);
    AUTO_FREE double *drive = mem_alloc(one.volleys_max * outputs, sizeof *drive);
    network_drive(n, &one, 0, outputs, (double(*)[outputs])drive);
    for (size_t i = 0; i < points; i++)
        response[i] = kernel_at(k, 1e-3 * (double)i / GRID);
    for (size_t j = 0; j < outputs; j++) {
        struct membrane m = {k,         one.volleys_max,
                             outputs,   one.volleys,
                             drive + j, more,
                             j,         sum ? sum + j * points : NULL};
        size_t best = largest_on_grid(&m, points, response);
        double low_s = 1e-3 * (double)(best ? best - 1 : 0) / GRID;
        double high_s = fmin(1e-3 * (double)(best + 1) / GRID, 1e-3 * k->window_ms);
        time_s[j] = best ? line_top(value_at, &m, low_s, high_s, 30) : 0;
        maxima[j] = best ? value_at(&m, time_s[j]) : 0;
    }
    return stats_argmax(outputs, maxima);
}
