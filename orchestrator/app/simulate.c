#include "app/simulate.h"

#include "base/log.h"
#include "base/mem.h"
#include "snn/peaks.h"
#include "spice/jobs.h"
#include "spice/worker.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOT_OF_A_RUN SIZE_MAX /* unit number that nothing is rehearsed on */

/* ---- in the worker: one image ---- */

/* Names of what a deck of the columns of `c` saves: of each the membrane, or all. */
static size_t vector_names(const struct experiment *x, const struct deck_choice *c,
                           char **name)
{
    size_t n = 0, count = c->count ? c->count : x->array.outputs;
    for (size_t j = c->first; j < c->first + count; j++) {
        char *of_column[DECK_VECTORS];
        deck_vector_names(j, of_column);
        for (int k = 0; k < DECK_VECTORS; k++) {
            if (c->all_nodes || k == DECK_MEMBRANE)
                name[n++] = of_column[k];
            else
                free(of_column[k]);
        }
    }
    return n;
}

/* The faults of [rehearse]: a worker that dies, one that never answers (a deck with tiny
 * steps is no such thing: some circuits end it with "timestep too small") ... */
static void rehearse_worker(const struct study *s, size_t unit)
{
    if (s->rehearse.die >= 0 && (size_t)s->rehearse.die == unit)
        raise(SIGKILL);
    while (s->rehearse.hang >= 0 && (size_t)s->rehearse.hang == unit)
        pause();
}

/* ... and one without a solution. */
static void rehearse_deck(const struct study *s, size_t unit, struct buf *deck)
{
    static const char end[] = ".end\n";
    if (s->rehearse.diverge < 0 || (size_t)s->rehearse.diverge != unit)
        return;
    deck->len -= sizeof end - 1;
    buf_puts(deck, "Brehearse rehearse 0 V = v(rehearse) > 0.5 ? -1 : 2\n"
                   "Rrehearse rehearse 0 1\n");
    buf_puts(deck, end);
}

/* Climbs the ladder from `rung` up until a simulation comes through. */
static struct sim_result climb(const struct experiment *x, size_t unit, uint32_t image,
                               struct deck_choice choice, int *rung, struct trace *t)
{
    struct sim_result r = {.status = SIM_NO_CONVERGENCE};
    size_t room = x->array.outputs * DECK_VECTORS;
    char **name = mem_alloc(room, sizeof *name);
    size_t names = vector_names(x, &choice, name);
    /* ngspice takes no path with a blank, `;` or `$` in it, so the worker stands there.
     */
    choice.as = chdir(x->circuit.folder) == 0 ? "." : x->circuit.folder;
    for (; *rung < x->study->simulate.rungs; ++*rung) {
        struct deck_solver solver;
        struct buf deck = {0};
        circuit_solver(&x->circuit, *rung, &solver);
        rehearse_worker(x->study, unit);
        double end_s = experiment_deck(x, image, &choice, &solver, &deck);
        rehearse_deck(x->study, unit, &deck);
        r = worker_simulate(deck.data, end_s, names, (const char *const *)name, t);
        buf_finish(&deck);
        if (r.status != SIM_NO_CONVERGENCE || worker_spent())
            break;
    }
    for (size_t i = 0; i < names; i++)
        free(name[i]);
    free(name);
    return r;
}

/* What a unit gives: a number an output. */
struct maxima {
    double *rest_V, *above_V, *time_s; /* [outputs] */
};

/* Whether no membrane is at its maximum when the simulation ends. */
static bool all_fall(const struct trace *t)
{
    for (size_t c = 0; c < t->count; c++)
        if (trace_peak(t->points, t->time_s, t->value[c]).time_s >=
            t->time_s[t->points - 1])
            return false;
    return true;
}

/* The deck may end early; if a membrane still rises there, it is simulated in whole. */
static struct sim_result simulate_group(const struct experiment *x, size_t unit,
                                        struct deck_choice choice, int *rung,
                                        struct trace *t)
{
    choice.maxima = true;
    struct sim_result r = climb(x, unit, x->image[unit], choice, rung, t);
    if (r.status != SIM_OK || !x->levers.state[LEVER_END].on || all_fall(t))
        return r;
    trace_finish(t);
    choice.maxima = false;
    return climb(x, unit, x->image[unit], choice, rung, t);
}

/* All columns of an image, a group of columns a deck; *rung becomes the highest one. */
static struct sim_result simulate_image(const struct experiment *x, size_t unit,
                                        const struct maxima *m, int *rung)
{
    struct sim_result r = {.status = SIM_OK};
    for (size_t first = 0; first < x->array.outputs; first += x->levers.columns) {
        struct deck_choice choice = {.first = first, .count = x->levers.columns};
        struct trace t;
        if (first + choice.count > x->array.outputs)
            choice.count = x->array.outputs - first;
        r = simulate_group(x, unit, choice, rung, &t);
        if (r.status != SIM_OK)
            break;
        for (size_t c = 0; c < choice.count; c++) {
            struct peak p = trace_peak(t.points, t.time_s, t.value[c]);
            m->rest_V[first + c] = p.rest;
            m->above_V[first + c] = p.above;
            m->time_s[first + c] = p.time_s;
        }
        trace_finish(&t);
    }
    return r;
}

static void add_numbers(cJSON *object, const char *key, size_t n, const double v[n])
{
    cJSON_AddItemToObject(object, key, cJSON_CreateDoubleArray(v, (int)n));
}

static void put_json(cJSON *object, struct buf *out)
{
    char *text = cJSON_PrintUnformatted(object);
    buf_puts(out, text);
    cJSON_free(text);
    cJSON_Delete(object);
}

static void put_done(size_t outputs, int rung, const struct maxima *m, struct buf *out)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "status", "done");
    cJSON_AddNumberToObject(o, "rung", rung);
    add_numbers(o, "rest_V", outputs, m->rest_V);
    add_numbers(o, "above_V", outputs, m->above_V);
    add_numbers(o, "time_s", outputs, m->time_s);
    put_json(o, out);
}

static void put_failed(int rung, const char *cause, struct buf *out)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "status", "failed");
    cJSON_AddNumberToObject(o, "rung", rung);
    cJSON_AddStringToObject(o, "cause", cause);
    put_json(o, out);
}

static void explain(const struct experiment *x, const struct sim_result *r,
                    char cause[JOBS_CAUSE])
{
    if (r->status == SIM_BAD_DECK)
        snprintf(cause, JOBS_CAUSE, "deck refused: %s", r->cause);
    else
        snprintf(cause, JOBS_CAUSE, "no convergence on any of %lld rungs: %s",
                 (long long)x->study->simulate.rungs, r->cause);
}

/* ---- the longest first, so that no worker idles long at the end ---- */

struct load {
    size_t unit, times; /* distinct spike times: each costs breakpoints */
};

static int longest_first(const void *a, const void *b)
{
    const struct load *p = a, *q = b;
    if (p->times != q->times)
        return p->times < q->times ? 1 : -1;
    return p->unit < q->unit ? -1 : p->unit > q->unit;
}

static size_t distinct_times(const struct raster *r)
{
    bool *seen = mem_alloc((size_t)r->window_ms, sizeof *seen);
    size_t n = 0;
    for (size_t k = 0; k < r->count; k++) {
        n += !seen[r->time_ms[k]];
        seen[r->time_ms[k]] = true;
    }
    free(seen);
    return n;
}

static void sort_by_load(const struct experiment *x, size_t n, size_t unit[n])
{
    struct load *load = mem_alloc(n, sizeof *load);
    struct raster r;
    raster_init(&r, x->array.inputs, x->coding.window_ms);
    for (size_t k = 0; k < n; k++) {
        experiment_raster(x, x->image[unit[k]], &r);
        load[k] = (struct load){unit[k], distinct_times(&r)};
    }
    qsort(load, n, sizeof *load, longest_first);
    for (size_t k = 0; k < n; k++)
        unit[k] = load[k].unit;
    raster_finish(&r);
    free(load);
}

/* ---- the missing units of a run ---- */

struct run {
    const struct experiment *x;
    const struct plan *plan;
    struct store *store;
    struct simulate_count *count;
    size_t *unit; /* of the pool's units, which of the run */
    size_t failed;
    struct progress progress;
};

static bool run_unit(void *context, size_t k, struct buf *reply)
{
    const struct run *r = context;
    size_t n = r->x->array.outputs;
    double *room = mem_alloc(3 * n, sizeof *room);
    struct maxima m = {room, room + n, room + 2 * n};
    int rung = 0;
    struct sim_result s = simulate_image(r->x, r->unit[k], &m, &rung);
    if (s.status == SIM_OK) {
        put_done(n, rung, &m, reply);
    } else {
        char cause[JOBS_CAUSE];
        explain(r->x, &s, cause);
        put_failed(rung, cause, reply);
    }
    free(room);
    return worker_spent();
}

static int record(struct run *r, const char *kind, size_t unit, const char *payload,
                  struct err *e)
{
    char id[UNIT_ID];
    plan_unit_id(r->plan, kind, unit, id);
    return store_append(r->store, id, payload, e);
}

/* A unit that took more than one process: how often, and what the last one died of. */
static int record_attempts(struct run *r, size_t unit, const struct pool_outcome *o,
                           struct err *e)
{
    struct buf payload = {0};
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "attempts", (double)o->attempts);
    cJSON_AddStringToObject(object, "cause", o->cause);
    put_json(object, &payload);
    int status = record(r, "attempts", unit, payload.data, e);
    buf_finish(&payload);
    return status;
}

static int unit_done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    struct run *r = context;
    struct buf payload = {0};
    char note[64] = "";
    int status = 0;
    if (o->lost)
        put_failed(0, o->cause, &payload);
    else
        buf_append(&payload, o->reply, o->length);
    r->failed += strstr(payload.data, "\"status\":\"failed\"") != NULL;
    if (o->attempts > 1)
        status = record_attempts(r, r->unit[k], o, e);
    if (status == 0)
        status = record(r, "image", r->unit[k], payload.data, e);
    buf_finish(&payload);
    r->count->done++;
    if (r->failed)
        snprintf(note, sizeof note, "%zu failed", r->failed);
    progress_set(&r->progress, r->count->found + r->count->done, note);
    return status;
}

int simulate_missing(const struct experiment *x, const struct plan *plan,
                     struct store *store, struct simulate_count *count, struct err *e)
{
    struct run r = {.x = x, .plan = plan, .store = store, .count = count};
    struct pool_options o = circuit_pool(&x->circuit);
    struct pool_work w = {.context = &r, .run = run_unit, .done = unit_done};
    *count = (struct simulate_count){0};
    r.unit = mem_alloc(x->units, sizeof *r.unit);
    for (size_t unit = 0; unit < x->units; unit++) {
        char id[UNIT_ID];
        plan_unit_id(plan, "image", unit, id);
        if (store_find(store, id))
            count->found++;
        else
            r.unit[w.count++] = unit;
    }
    sort_by_load(x, w.count, r.unit);
    double start_s = clock_s();
    progress_start(&r.progress, "simulating images", x->units);
    progress_set(&r.progress, count->found, "");
    int status = jobs_pool(&o, &w, e);
    progress_end(&r.progress);
    count->seconds = clock_s() - start_s;
    free(r.unit);
    return status;
}

/* ---- collecting ---- */

static bool take_numbers(const cJSON *object, const char *key, size_t n, double v[n])
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key), *item;
    size_t k = 0;
    if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) != (int)n)
        return false;
    cJSON_ArrayForEach(item, array)
    {
        if (!cJSON_IsNumber(item))
            return false;
        v[k++] = item->valuedouble;
    }
    return true;
}

static const char *text_at(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static int number_at(const cJSON *object, const char *key, int otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valueint : otherwise;
}

static void take_circuit(const char *payload, size_t outputs, struct score_image *s)
{
    cJSON *object = cJSON_Parse(payload ? payload : "");
    const char *status = text_at(object, "status"), *cause = text_at(object, "cause");
    s->rung = number_at(object, "rung", 0);
    s->failed = !(status && strcmp(status, "done") == 0 &&
                  take_numbers(object, "rest_V", outputs, s->rest_V) &&
                  take_numbers(object, "above_V", outputs, s->circuit_V) &&
                  take_numbers(object, "time_s", outputs, s->circuit_s));
    if (s->failed)
        s->cause = mem_copy_string(cause ? cause : "not simulated");
    cJSON_Delete(object);
}

static void take_attempts(const char *payload, struct score_image *s)
{
    s->attempts = 1;
    if (!payload)
        return;
    cJSON *object = cJSON_Parse(payload);
    const char *cause = text_at(object, "cause");
    s->attempts = number_at(object, "attempts", 1);
    if (cause && !s->cause)
        s->cause = mem_copy_string(cause);
    cJSON_Delete(object);
}

void simulate_collect(const struct experiment *x, const struct plan *plan,
                      const struct store *store, struct score_set *set)
{
    struct raster r;
    raster_init(&r, x->array.inputs, x->coding.window_ms);
    for (size_t k = 0; k < x->units; k++) {
        struct score_image *s = &set->image[k];
        char id[UNIT_ID];
        s->image = x->image[k];
        s->label = x->data.labels[x->image[k]];
        plan_unit_id(plan, "image", k, id);
        take_circuit(store_find(store, id), x->array.outputs, s);
        experiment_raster(x, x->image[k], &r);
        peaks_find(&x->network, &r, x->array.outputs, s->native, s->native_s);
    }
    simulate_collect_attempts(plan, store, set);
    raster_finish(&r);
}

void simulate_collect_attempts(const struct plan *plan, const struct store *store,
                               struct score_set *set)
{
    for (size_t k = 0; k < set->images; k++) {
        char id[UNIT_ID];
        plan_unit_id(plan, "attempts", k, id);
        take_attempts(store_find(store, id), &set->image[k]);
    }
}

/* ---- traces ---- */

struct traces {
    const struct experiment *x;
    const uint32_t *image;
    const int *rung;
    struct trace *trace;
    char **cause;
};

static int run_trace(void *context, size_t k, struct trace *t, char cause[JOBS_CAUSE])
{
    const struct traces *w = context;
    int rung = w->rung[k];
    struct sim_result s = climb(w->x, NOT_OF_A_RUN, w->image[k],
                                (struct deck_choice){.all_nodes = true}, &rung, t);
    if (s.status == SIM_OK)
        return 0;
    explain(w->x, &s, cause);
    return -1;
}

static int trace_done(void *context, size_t k, struct jobs_answer *a, struct err *e)
{
    struct traces *w = context;
    (void)e;
    w->trace[k] = a->trace;
    w->cause[k] = a->cause ? mem_copy_string(a->cause) : NULL;
    return 0;
}

int simulate_traces(const struct experiment *x, size_t count, const uint32_t image[count],
                    const int rung[count], struct trace trace[count], char *cause[count],
                    struct err *e)
{
    struct traces context = {x, image, rung, trace, cause};
    struct pool_options o = circuit_pool(&x->circuit);
    struct jobs_traces w = {
        .count = count, .context = &context, .run = run_trace, .done = trace_done};
    for (size_t k = 0; k < count; k++) {
        trace[k] = (struct trace){0};
        cause[k] = NULL;
    }
    return jobs_traces(&o, &w, e);
}
