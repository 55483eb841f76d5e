#include "app/shown.h"

#include "app/simulate.h"
#include "base/log.h"
#include "base/mem.h"
#include "num/stats.h"
#include "report/figures.h"
#include "spice/rawfile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Membranes of the network, [output][ms]. */
static double *native_traces(const struct experiment *x, uint32_t image)
{
    size_t window = (size_t)x->coding.window_ms, n = x->array.outputs;
    AUTO_FREE double *by_ms = mem_alloc(window * n, sizeof *by_ms);
    double *by_output = mem_alloc(window * n, sizeof *by_output);
    AUTO(raster_finish) struct raster r;
    raster_init(&r, x->array.inputs, x->coding.window_ms);
    experiment_raster(x, image, &r);
    network_membrane(&x->network, &r, window, n, (double(*)[n])by_ms);
    for (size_t t = 0; t < window; t++)
        for (size_t j = 0; j < n; j++)
            by_output[j * window + t] = by_ms[t * n + j];
    return by_output;
}

/* Membranes of the circuit above rest, [output][point]. */
static double *circuit_traces(const struct experiment *x, const struct trace *t)
{
    double *above_V = mem_alloc(x->array.outputs * t->points, sizeof *above_V);
    for (size_t j = 0; j < x->array.outputs; j++) {
        char name[32];
        snprintf(name, sizeof name, "mem%zu", j);
        const double *v = trace_vector(t, name);
        for (size_t i = 0; v && i < t->points; i++)
            above_V[j * t->points + i] = v[i] - v[0];
    }
    return above_V;
}

static int draw_traces(const struct experiment *x, const struct trace *t,
                       const struct score_image *s, const struct score_summary *sum,
                       const char *path, const char *title, struct err *e)
{
    size_t window = (size_t)x->coding.window_ms;
    AUTO_FREE double *native = native_traces(x, (uint32_t)s->image);
    AUTO_FREE double *circuit = circuit_traces(x, t), *ms = mem_alloc(window, sizeof *ms);
    double largest = 0;
    char subtitle[128];
    for (size_t k = 0; k < window; k++)
        ms[k] = 1e-3 * (double)k;
    for (size_t j = 0; j < x->array.outputs; j++)
        largest = fmax(largest, s->native[j]);
    snprintf(subtitle, sizeof subtitle, "image %zu, class %d", s->image, s->label);
    struct figure_traces f = {.title = title,
                              .subtitle = subtitle,
                              .outputs = x->array.outputs,
                              .winner = stats_argmax(x->array.outputs, s->native),
                              .scale_V = sum->scale_V,
                              .native_max = largest,
                              .natives = window,
                              .native_s = ms,
                              .native = native,
                              .circuits = t->points,
                              .circuit_s = t->time_s,
                              .circuit_V = circuit};
    return figure_traces(path, &f, e);
}

/* Images that are shown with their traces: the worst, the best, and the first ones that
 * circuit and network disagree on. */
enum { SHOWN_MAX = 2 + SHOWN_DISAGREEMENTS };

struct shown {
    const char *name, *title;
    const struct score_image *image;
};

static const char *const disagreements[SHOWN_DISAGREEMENTS] = {
    "disagreement-1", "disagreement-2", "disagreement-3", "disagreement-4"};

/* Pictures of the best and the worst are drawn over. */
void shown_forget(const char *folder)
{
    AUTO_FREE char *traces = path_join(folder, "traces");
    dir_remove(traces);
    for (size_t k = 0; k < 2 * SHOWN_DISAGREEMENTS; k++) {
        AUTO(buf_finish) struct buf path = {0};
        buf_printf(&path, "%s/pictures/%s%s", folder, disagreements[k / 2],
                   k % 2 ? ".svg" : ".png");
        dir_remove(path.data);
    }
}

static size_t choose_shown(const struct score_set *set, const struct score_summary *sum,
                           struct shown shown[SHOWN_MAX])
{
    size_t n = 2;
    shown[0] =
        (struct shown){"worst", "Membranes of the image with the largest rms error",
                       &set->image[sum->worst_image]};
    shown[1] =
        (struct shown){"best", "Membranes of the image with the smallest rms error",
                       &set->image[sum->best_image]};
    for (size_t k = 0; k < set->images && n < SHOWN_MAX; k++) {
        const struct score_image *s = &set->image[k];
        if (scores_disagree(set, s)) {
            shown[n] =
                (struct shown){disagreements[n - 2], "Circuit and network disagree", s};
            n++;
        }
    }
    return n;
}

static int keep_trace(const struct experiment *x, const char *folder,
                      const struct shown *shown, const struct score_summary *sum,
                      const struct trace *t, struct err *e)
{
    char name[64];
    AUTO(buf_finish) struct buf traces = {0}, picture = {0};
    snprintf(name, sizeof name, "%s-image-%05zu", shown->name, shown->image->image);
    buf_printf(&traces, "%s/traces", folder);
    buf_printf(&picture, "%s/pictures/%s.svg", folder, shown->name);
    int status = rawfile_save(traces.data, name, t, e);
    if (status == 0 && x->study->report.pictures)
        status = draw_traces(x, t, shown->image, sum, picture.data, shown->title, e);
    return status;
}

/* Simulates the images that are shown once more, with all nodes; keeps and draws them. */
int shown_keep(const struct experiment *x, const char *folder,
               const struct score_set *set, const struct score_summary *sum,
               struct err *e)
{
    struct shown shown[SHOWN_MAX];
    struct trace trace[SHOWN_MAX];
    char *cause[SHOWN_MAX];
    uint32_t image[SHOWN_MAX];
    int rung[SHOWN_MAX];
    size_t n = choose_shown(set, sum, shown);
    for (size_t k = 0; k < n; k++) {
        image[k] = (uint32_t)shown[k].image->image;
        rung[k] = shown[k].image->rung;
    }
    log_detail("simulating %zu images once more, all nodes", n);
    int status = simulate_traces(x, n, image, rung, trace, cause, e);
    for (size_t k = 0; k < n; k++) {
        if (status >= 0 && trace[k].points)
            status = keep_trace(x, folder, &shown[k], sum, &trace[k], e);
        if (cause[k])
            log_say("no traces of image %zu: %s", shown[k].image->image, cause[k]);
        trace_finish(&trace[k]);
        free(cause[k]);
    }
    return status < 0 ? -1 : 0;
}
