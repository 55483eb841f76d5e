#include "app/simulate.h"

#include "base/mem.h"
#include "snn/peaks.h"
#include "spice/jobs.h"
#include "spice/worker.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
    AUTO_FREE char **name = mem_alloc(room, sizeof *name);
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
    return r;
}

/* What a unit gives: a number an output. */
struct maxima {
    double *rest_V, *above_V, *time_s; /* [outputs] */
};

/* Whether no membrane rises when the simulation ends: after the last pulse two low-pass
 * filters have one maximum, whatever their time constants are. */
static bool all_fall(const struct trace *t)
{
    for (size_t c = 0; c < t->count; c++)
        if (t->value[c][t->points - 1] > t->value[c][t->points - 2])
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

static void put_done(size_t outputs, int rung, const struct maxima *m, struct buf *out)
{
    cJSON *o = unit_done();
    cJSON_AddNumberToObject(o, "rung", rung);
    add_numbers(o, "rest_V", outputs, m->rest_V);
    add_numbers(o, "above_V", outputs, m->above_V);
    add_numbers(o, "time_s", outputs, m->time_s);
    unit_put(o, out);
}

/* rung: where the climb ended; below the last where ngspice can simulate no more. */
static void explain(const struct experiment *x, const struct sim_result *r, int rung,
                    char cause[JOBS_CAUSE])
{
    int all = (int)x->study->simulate.rungs;
    if (r->status == SIM_BAD_DECK)
        snprintf(cause, JOBS_CAUSE, "deck refused: %s", r->cause);
    else if (rung < all)
        snprintf(cause, JOBS_CAUSE, "ngspice gave up on rung %d of %d: %s", rung + 1, all,
                 r->cause);
    else
        snprintf(cause, JOBS_CAUSE, "no convergence on any of %d rungs: %s", all,
                 r->cause);
}

/* ---- the units of a run ---- */

/* A worker in which ngspice gave up simulates no more: the next rung is for a fresh one.
 */
static bool run_image(const struct experiment *x, size_t unit, int rung,
                      struct buf *record)
{
    size_t n = x->array.outputs;
    AUTO_FREE double *room = mem_alloc(3 * n, sizeof *room);
    struct maxima m = {room, room + n, room + 2 * n};
    struct sim_result s = simulate_image(x, unit, &m, &rung);
    char cause[JOBS_CAUSE];
    if (s.status == SIM_OK) {
        put_done(n, rung, &m, record);
    } else {
        bool again = s.status == SIM_NO_CONVERGENCE && worker_spent() &&
                     rung + 1 < x->study->simulate.rungs;
        explain(x, &s, rung, cause);
        cJSON *o = again ? unit_again(rung + 1, cause) : unit_failed(cause);
        cJSON_AddNumberToObject(o, "rung", rung);
        unit_put(o, record);
    }
    return worker_spent();
}

static bool run_unit(const struct units *u, size_t unit, struct buf *record)
{
    return run_image(u->context, unit, u->turn[unit].from, record);
}

static bool has_numbers(const cJSON *object, const char *key, size_t n)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key), *item;
    if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) != (int)n)
        return false;
    cJSON_ArrayForEach(item, array) if (!cJSON_IsNumber(item) ||
                                        !isfinite(item->valuedouble)) return false;
    return true;
}

static bool is_complete(const struct units *u, const cJSON *record)
{
    const struct experiment *x = u->context;
    size_t n = x->array.outputs;
    return has_numbers(record, "rest_V", n) && has_numbers(record, "above_V", n) &&
           has_numbers(record, "time_s", n);
}

/* Distinct spike times: each costs breakpoints. */
static size_t distinct_times(void *context, size_t unit)
{
    const struct experiment *x = context;
    AUTO(raster_finish) struct raster r;
    size_t n = 0;
    raster_init(&r, x->array.inputs, x->coding.window_ms);
    experiment_raster(x, x->image[unit], &r);
    AUTO_FREE bool *seen = mem_alloc((size_t)r.window_ms, sizeof *seen);
    for (size_t k = 0; k < r.count; k++) {
        n += !seen[r.time_ms[k]];
        seen[r.time_ms[k]] = true;
    }
    return n;
}

static void name_image(const struct units *u, size_t unit, const char *kind,
                       char id[UNIT_ID])
{
    const struct experiment *x = u->context;
    plan_unit_id(u->plan, kind, x->image[unit], id);
}

void simulate_units(struct units *u, const struct experiment *x, const struct plan *plan,
                    struct store *store)
{
    *u = (struct units){.plan = plan,
                        .store = store,
                        .kind = "image",
                        .what = "simulating images",
                        .count = x->units,
                        .context = (void *)(uintptr_t)x,
                        .run = run_unit,
                        .complete = is_complete,
                        .load = distinct_times,
                        .name = name_image};
}

int simulate_missing(struct units *u, const struct experiment *x, struct err *e)
{
    struct pool_options o = circuit_pool(&x->circuit);
    return units_run(u, &o, jobs_pool, e);
}

/* ---- what images cost ---- */

struct trial {
    const struct experiment *x;
    size_t images, bytes;
    double seconds; /* of the images alone */
};

static double spent_s(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Spread over the run; what it took follows the record. */
static bool run_trial(void *context, size_t k, struct buf *record)
{
    const struct trial *t = context;
    double before_s = spent_s(RUSAGE_SELF);
    bool spent = run_image(t->x, k * t->x->units / t->images, 0, record);
    double took_s = spent_s(RUSAGE_SELF) - before_s;
    buf_append(record, &took_s, sizeof took_s);
    return spent;
}

static int trial_done(void *context, size_t k, const struct pool_outcome *o,
                      struct err *e)
{
    struct trial *t = context;
    double took_s;
    (void)k;
    (void)e;
    if (o->lost || o->length < sizeof took_s)
        return 0;
    memcpy(&took_s, o->reply + o->length - sizeof took_s, sizeof took_s);
    t->seconds += took_s;
    t->bytes += o->length - sizeof took_s;
    return 0;
}

int simulate_try(const struct experiment *x, size_t images, struct simulate_cost *cost,
                 struct err *e)
{
    struct pool_options o = circuit_pool(&x->circuit);
    struct trial t = {.x = x, .images = images < x->units ? images : x->units};
    struct pool_work w = {
        .count = t.images, .context = &t, .run = run_trial, .done = trial_done};
    o.jobs = 1;
    double before_s = spent_s(RUSAGE_CHILDREN);
    int status = jobs_pool(&o, &w, e);
    cost->seconds = t.seconds / (double)t.images;
    cost->start_s = spent_s(RUSAGE_CHILDREN) - before_s - t.seconds;
    cost->bytes = (double)t.bytes / (double)t.images;
    return status;
}

/* ---- collecting ---- */

static bool take_numbers(const cJSON *object, const char *key, size_t n, double v[n])
{
    const cJSON *item;
    if (!has_numbers(object, key, n))
        return false;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, key)) *v++ =
        item->valuedouble;
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

/* The maxima of the other networks: at whole ms, and paper 1's without and with w_0. */
static void collect_natives(const struct experiment *x, const struct raster *r,
                            struct score_image *s)
{
    size_t n = x->array.outputs;
    int *time_ms = mem_alloc(n, sizeof *time_ms);
    struct network paper = x->paper;
    network_maxima(&x->network, r, n, s->native_ms, time_ms);
    if (paper.weights) {
        network_maxima(&paper, r, n, s->paper, time_ms);
        paper.w_offset = array_offset(x->study);
        network_maxima(&paper, r, n, s->paper_offset, time_ms);
    }
    free(time_ms);
}

void simulate_native(const struct experiment *x, size_t k, struct raster *room,
                     struct score_image *s)
{
    s->image = x->image[k];
    s->label = x->data.labels[x->image[k]];
    experiment_raster(x, x->image[k], room);
    struct pieces noise;
    experiment_noise(x, x->image[k], room, &noise);
    double span_S = x->study->map.g_high_S - x->study->map.g_low_S;
    for (size_t i = 0; i < noise.count * noise.outputs; i++)
        noise.amount[i] /= span_S;
    peaks_find_with(&x->network, room, noise.count ? &noise : NULL, x->array.outputs,
                    s->native, s->native_s);
    pieces_finish(&noise);
}

void simulate_collect(const struct experiment *x, const struct units *u,
                      struct score_set *set)
{
    AUTO(raster_finish) struct raster r;
    raster_init(&r, x->array.inputs, x->coding.window_ms);
    for (size_t k = 0; k < x->units; k++) {
        take_circuit(units_find(u, k), x->array.outputs, &set->image[k]);
        take_attempts(units_attempts(u, k), &set->image[k]);
        simulate_native(x, k, &r, &set->image[k]);
        collect_natives(x, &r, &set->image[k]);
    }
}

void simulate_collect_attempts(const struct plan *plan, struct store *store,
                               struct score_set *set)
{
    /* Plans of earlier versions have a choice of images, and records by position. */
    bool by_position = strstr(buf_text(&plan->text), "\nimages.sha256 = ") != NULL;
    for (size_t k = 0; k < set->images; k++) {
        char id[UNIT_ID];
        plan_unit_id(plan, "attempts", by_position ? k : set->image[k].image, id);
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
    explain(w->x, &s, rung, cause);
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
