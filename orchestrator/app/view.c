#include "app/view.h"

#include "app/simulate.h"
#include "base/file.h"
#include "base/mem.h"
#include "num/stats.h"
#include "report/figures.h"
#include "report/table.h"
#include "snn/peaks.h"
#include "spice/jobs.h"
#include "spice/rawfile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies this column's vectors out of the whole trace. */
static int pick_column(struct view *v, struct err *e)
{
    char *name[DECK_VECTORS];
    int status = 0;
    deck_vector_names(v->neuron, name);
    trace_init(&v->circuit, v->all.points, DECK_VECTORS);
    memcpy(v->circuit.time_s, v->all.time_s, v->all.points * sizeof(double));
    for (int k = 0; k < DECK_VECTORS; k++) {
        const double *from = trace_vector(&v->all, name[k]);
        v->circuit.name[k] = name[k];
        if (from)
            memcpy(v->circuit.value[k], from, v->all.points * sizeof(double));
        else
            status =
                err_set(e, ERR_SIMULATOR, "the simulation has no vector %s", name[k]);
    }
    return status;
}

static void ask_network(struct view *v)
{
    const struct experiment *x = v->x;
    size_t n = x->array.outputs;
    AUTO(raster_finish) struct raster r;
    double(*trace)[n] = mem_alloc(v->window, n * sizeof(double));
    double *maximum = mem_alloc(2 * n, sizeof *maximum), *above = maximum + n;
    AUTO_FREE double *when_s = mem_alloc(n, sizeof *when_s);
    raster_init(&r, x->array.inputs, x->coding.window_ms);
    experiment_raster(x, (uint32_t)v->image, &r);
    network_membrane(&x->network, &r, v->window, n, trace);
    peaks_find(&x->network, &r, n, maximum, when_s);
    v->native_peak = maximum[v->neuron];
    v->native_s = when_s[v->neuron];
    for (size_t t = 0; t < v->window; t++) {
        v->ms_s[t] = 1e-3 * (double)t;
        v->native[t] = trace[t][v->neuron];
    }
    v->spike_s = mem_alloc(r.count, sizeof(double));
    v->spike_input = mem_alloc(r.count, sizeof(double));
    for (size_t i = 0; i < r.inputs; i++)
        for (size_t k = 0; k < r.number[i]; k++) {
            v->spike_s[v->spikes] = 1e-3 * r.time_ms[r.first[i] + k];
            v->spike_input[v->spikes++] = (double)i;
        }
    for (size_t j = 0; j < n; j++) {
        char name[32];
        snprintf(name, sizeof name, "mem%zu", j);
        const double *mem = trace_vector(&v->all, name);
        above[j] = mem ? trace_peak(v->all.points, v->all.time_s, mem).above : 0;
    }
    v->scale_V = stats_best_scale(n, maximum, above);
    free(trace);
    free(maximum);
}

static int write_traces(const struct view *v, struct err *e)
{
    char name[sizeof v->name + 16];
    AUTO(table_finish) struct table t;
    table_init(&t, "time_s,native,native_V");
    for (size_t k = 0; k < v->window; k++)
        table_row(&t, (double[]){v->ms_s[k], v->native[k], v->native[k] * v->scale_V});
    snprintf(name, sizeof name, "%s-native.csv", v->name);
    if (rawfile_save(v->folder, v->name, &v->circuit, e) < 0)
        return -1;
    return table_write(&t, v->folder, name, e);
}

static int draw(const struct view *v, struct err *e)
{
    const struct trace *t = &v->circuit;
    AUTO_FREE double *above_V = mem_alloc(t->points, sizeof *above_V);
    char title[96];
    for (size_t i = 0; i < t->points; i++)
        above_V[i] = t->value[DECK_MEMBRANE][i] - t->value[DECK_MEMBRANE][0];
    snprintf(title, sizeof title, "Image %zu (class %d), neuron %zu", v->image,
             v->x->data.labels[v->image], v->neuron);
    struct figure_neuron f = {.title = title,
                              .inputs = v->x->array.inputs,
                              .spikes = v->spikes,
                              .spike_s = v->spike_s,
                              .spike_input = v->spike_input,
                              .samples = t->points,
                              .time_s = t->time_s,
                              .tia_V = t->value[DECK_TIA],
                              .synapse_V = t->value[DECK_VSYN],
                              .synapse_A = t->value[DECK_ISYN],
                              .membrane_V = above_V,
                              .natives = v->window,
                              .native_s = v->ms_s,
                              .native = v->native,
                              .scale_V = v->scale_V};
    return figure_neuron(v->folder, v->name, &f, e);
}

static int simulate(struct view *v, struct err *e)
{
    uint32_t image = (uint32_t)v->image;
    int rung = 0;
    AUTO_FREE char *cause = NULL;
    int status = simulate_traces(v->x, 1, &image, &rung, &v->all, &cause, e);
    if (status == 0 && cause)
        status = err_set(e, ERR_SIMULATOR, "image %zu: %s", v->image, cause);
    return status == 0 ? pick_column(v, e) : status;
}

/* results/trace-HASH of the run whose images these are. */
static int name_folder(const struct experiment *x, char **folder, struct err *e)
{
    AUTO(plan_finish) struct plan plan = {0};
    char version[32];
    if (jobs_version(version, e) < 0)
        return -1;
    experiment_plan(x, version, &plan);
    *folder = plan_folder(&plan, "trace");
    return 0;
}

int view_make(struct view *v, const struct experiment *x, size_t image, size_t neuron,
              const char *folder, struct err *e)
{
    *v = (struct view){.x = x,
                       .image = image,
                       .neuron = neuron,
                       .window = (size_t)x->coding.window_ms,
                       .folder = folder ? mem_copy_string(folder) : NULL};
    snprintf(v->name, sizeof v->name, "image-%05zu-neuron-%zu", image, neuron);
    if ((!folder && name_folder(x, &v->folder, e) < 0) || simulate(v, e) < 0)
        return -1;
    const double *membrane_V = v->circuit.value[DECK_MEMBRANE];
    v->peak = trace_peak(v->circuit.points, v->circuit.time_s, membrane_V);
    v->ms_s = mem_alloc(v->window, sizeof(double));
    v->native = mem_alloc(v->window, sizeof(double));
    ask_network(v);
    for (size_t k = 0; k < v->window; k++)
        v->native_ms = fmax(v->native_ms, v->native[k]);
    return 0;
}

int view_write(const struct view *v, struct err *e)
{
    if (dir_make(v->folder, e) < 0 || write_traces(v, e) < 0)
        return -1;
    return v->x->study->report.pictures ? draw(v, e) : 0;
}

void view_finish(struct view *v)
{
    trace_finish(&v->all);
    trace_finish(&v->circuit);
    free(v->ms_s);
    free(v->native);
    free(v->spike_s);
    free(v->spike_input);
    free(v->folder);
    *v = (struct view){0};
}
