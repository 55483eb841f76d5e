#include "snn/network.h"

#include "base/mem.h"
#include "num/stats.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void network_init(struct network *n, size_t inputs, size_t outputs,
                  const struct kernel *k)
{
    *n = (struct network){.inputs = inputs, .outputs = outputs, .kernel = *k};
    n->weights = mem_alloc(inputs * outputs, sizeof n->weights[0]);
}

void network_finish(struct network *n)
{
    free(n->weights);
    *n = (struct network){0};
}

/* Adds the weights of input i to the drive of one volley. */
static void add_input(const struct network *n, size_t i, size_t outputs,
                      double drive[outputs])
{
    const double *w = n->weights + i * outputs;
    for (size_t j = 0; j < outputs; j++)
        drive[j] += w[j] + n->w_offset;
}

void network_membrane(const struct network *n, const struct raster *r, size_t window,
                      size_t outputs, double trace[window][outputs])
{
    assert(window == (size_t)n->kernel.window_ms && outputs == n->outputs);
    assert(r->inputs == n->inputs);
    memset(trace, 0, window * sizeof trace[0]);
    for (size_t i = 0; i < r->inputs; i++)
        for (size_t s = 0; s < r->number[i]; s++) {
            size_t start = (size_t)r->time_ms[r->first[i] + s];
            for (size_t t = start; t < window; t++)
                for (size_t j = 0; j < outputs; j++)
                    trace[t][j] += (n->weights[i * outputs + j] + n->w_offset) *
                                   n->kernel.response[t - start];
        }
}

static void keep_maxima(int t, size_t outputs, const double v[outputs],
                        double maxima[outputs], int time_ms[outputs])
{
    for (size_t j = 0; j < outputs; j++) {
        bool larger = v[j] > maxima[j];
        maxima[j] = larger ? v[j] : maxima[j];
        time_ms[j] = larger ? t : time_ms[j];
    }
}

size_t network_maxima(const struct network *n, const struct raster *r, size_t outputs,
                      double maxima[outputs], int time_ms[outputs])
{
    AUTO(samples_finish) struct samples one;
    samples_init(&one, r->inputs, r->window_ms);
    samples_add(&one, r, 0);
    double(*drive)[outputs] = mem_alloc(one.volleys_max, outputs * sizeof(double));
    size_t class = network_forward(n, &one, 0, outputs, maxima, time_ms, drive);
    free(drive);
    return class;
}

/* Equation (1) over an image's volleys, and the maxima. The number of outputs is a
 * constant where this is inlined with one, which keeps v in registers. */
static inline __attribute__((always_inline)) void
maxima_of_volleys(const struct kernel *k, size_t volleys, const struct volley *volley,
                  size_t outputs, double maxima[outputs], int time_ms[outputs],
                  double drive[][outputs])
{
    double v[outputs];
    size_t begun = 0;
    memset(maxima, 0, outputs * sizeof maxima[0]);
    memset(time_ms, 0, outputs * sizeof time_ms[0]);
    for (int t = volleys ? volley[0].time_ms : k->window_ms; t < k->window_ms; t++) {
        while (begun < volleys && volley[begun].time_ms <= t)
            begun++;
        memset(v, 0, outputs * sizeof v[0]);
        for (size_t g = 0; g < begun; g++) {
            double response = k->response[t - volley[g].time_ms];
            for (size_t j = 0; j < outputs; j++)
                v[j] += drive[g][j] * response;
        }
        keep_maxima(t, outputs, v, maxima, time_ms);
    }
}

void network_drive(const struct network *n, const struct samples *s, size_t image,
                   size_t outputs, double drive[][outputs])
{
    assert(outputs == n->outputs && s->inputs == n->inputs);
    for (size_t g = s->first[image]; g < s->first[image + 1]; g++, drive++) {
        const struct volley *volley = &s->volleys[g];
        memset(drive[0], 0, sizeof drive[0]);
        for (uint32_t i = 0; i < volley->number; i++)
            add_input(n, s->input[volley->first + i], outputs, drive[0]);
    }
}

size_t network_forward(const struct network *n, const struct samples *s, size_t image,
                       size_t outputs, double maxima[outputs], int time_ms[outputs],
                       double drive[][outputs])
{
    const struct volley *volley = s->volleys + s->first[image];
    size_t volleys = s->first[image + 1] - s->first[image];
    network_drive(n, s, image, outputs, drive);
    if (outputs == 10)
        maxima_of_volleys(&n->kernel, volleys, volley, 10, maxima, time_ms, drive);
    else
        maxima_of_volleys(&n->kernel, volleys, volley, outputs, maxima, time_ms, drive);
    return stats_argmax(outputs, maxima);
}

void network_backward(const struct network *n, const struct samples *s, size_t image,
                      size_t outputs, const double u[outputs], const int time_ms[outputs],
                      double gradient[][outputs])
{
    double share[outputs];
    for (size_t g = s->first[image]; g < s->first[image + 1]; g++) {
        const struct volley *volley = &s->volleys[g];
        for (size_t j = 0; j < outputs; j++) {
            int since = time_ms[j] - volley->time_ms;
            share[j] = since >= 0 ? u[j] * n->kernel.response[since] : 0;
        }
        for (uint32_t i = 0; i < volley->number; i++) {
            double *row = gradient[s->input[volley->first + i]];
            for (size_t j = 0; j < outputs; j++)
                row[j] += share[j];
        }
    }
}

void network_classify(const struct network *n, const struct samples *s, uint8_t classes[])
{
    size_t outputs = n->outputs;
    AUTO_FREE double *maxima = mem_alloc(outputs, sizeof maxima[0]);
    double(*drive)[outputs] = mem_alloc(s->volleys_max, outputs * sizeof(double));
    AUTO_FREE int *time_ms = mem_alloc(outputs, sizeof time_ms[0]);
    for (size_t m = 0; m < s->count; m++)
        classes[m] = (uint8_t)network_forward(n, s, m, outputs, maxima, time_ms, drive);
    free(drive);
}

double network_accuracy(const struct network *n, const struct samples *s)
{
    AUTO_FREE uint8_t *classes = mem_alloc(s->count, 1);
    size_t right = 0;
    network_classify(n, s, classes);
    for (size_t m = 0; m < s->count; m++)
        right += classes[m] == s->labels[m];
    return s->count ? (double)right / (double)s->count : 0;
}
