#include "app/sweep.h"

#include "app/simulate.h"
#include "app/sweep_trials.h"
#include "base/log.h"
#include "base/mem.h"
#include "num/stats.h"
#include "report/json.h"
#include "report/sweep_tables.h"
#include "spice/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct run {
    struct sweep_trials t;
    bool native, retry;
    char version[32];
    struct sweep_score *score; /* [points][trials] */
    struct plan plan;
    struct store store;
    struct progress progress;
    size_t found, done, failed;
    char *cwd; /* where the command was given, for workers; or NULL */
};

/* ---- the network alone ---- */

static void score_native(const struct experiment *x, struct sweep_score *score)
{
    AUTO(scores_finish) struct score_set set;
    AUTO(raster_finish) struct raster room;
    scores_init(&set, 1, x->array.outputs);
    raster_init(&room, x->array.inputs, x->coding.window_ms);
    *score = (struct sweep_score){.there = true, .images = x->units};
    for (size_t k = 0; k < x->units; k++) {
        struct score_image *s = &set.image[0];
        simulate_native(x, k, &room, s);
        score->native_right +=
            stats_argmax(x->array.outputs, s->native) == (size_t)s->label;
    }
}

/* A worker stands in a folder of its own; the study's paths may be relative. */
static int start_native(void *context, const struct pool_options *o, struct err *e)
{
    const struct run *r = context;
    (void)o;
    return r->cwd && chdir(r->cwd) < 0 ? err_errno(e, "enter", r->cwd) : 0;
}

/* In a worker: the score, and the cause behind it if it is not there. */
static bool run_native(void *context, size_t job, struct buf *reply)
{
    struct run *r = context;
    AUTO(study_finish) struct study s;
    AUTO(experiment_finish) struct experiment x = {0};
    struct sweep_score score = {0};
    const char *weights;
    struct err e = {0};
    double start_s = clock_s();
    if (sweep_trial_study(&r->t, job, &s, &e) == 0 &&
        sweep_trial_weights(&r->t, &s, &weights, &e) == 0 &&
        sweep_trial_open(&r->t, &s, weights, &x, &e) == 0 &&
        experiment_map_network(&x, &e) == 0)
        score_native(&x, &score);
    score.seconds = clock_s() - start_s;
    buf_append(reply, &score, sizeof score);
    if (!score.there) {
        char line[2048];
        err_format(&e, sizeof line, line);
        buf_puts(reply, line);
    }
    return false;
}

static void tell_failed_point(struct run *r, size_t job, const char *cause)
{
    struct buf name = {0};
    sweep_trial_name(&r->t, job, &name);
    log_say("failed: %s: %s", buf_text(&name), cause);
    buf_finish(&name);
    r->failed++;
}

/* -1 once as many failed as sweep.max_failed allows, those of earlier runs among them. */
static int stop_if_enough(const struct run *r, struct err *e)
{
    size_t most = (size_t)r->t.study->sweep.max_failed;
    if (most == 0 || r->failed < most)
        return 0;
    err_set(e, ERR_INPUT, "stopped after %zu failures", r->failed);
    return err_place(e, "sweep.max_failed");
}

static int native_done(void *context, size_t job, const struct pool_outcome *o,
                       struct err *e)
{
    struct run *r = context;
    struct sweep_score *score = &r->score[job];
    if (!o->lost && o->length >= sizeof *score)
        memcpy(score, o->reply, sizeof *score);
    if (!score->there) {
        struct buf cause = {0};
        if (o->lost)
            buf_puts(&cause, o->cause);
        else
            buf_append(&cause, o->reply + sizeof *score, o->length - sizeof *score);
        tell_failed_point(r, job, buf_text(&cause));
        buf_finish(&cause);
    }
    progress_set(&r->progress, ++r->done, "");
    return stop_if_enough(r, e);
}

/* Trains before the workers start, so that none is trained in two of them. */
static int train_all(struct run *r, struct err *e)
{
    int status = 0;
    for (size_t job = 0; job < sweep_trials_count(&r->t) && status == 0; job++) {
        struct study s;
        const char *weights;
        status = sweep_trial_study(&r->t, job, &s, e);
        if (status == 0)
            status = sweep_trial_weights(&r->t, &s, &weights, e);
        study_finish(&s);
    }
    return status;
}

static int sweep_network(struct run *r, struct err *e)
{
    struct pool_options o = circuit_pool(&r->t.first.circuit);
    struct pool_work w = {.count = sweep_trials_count(&r->t),
                          .context = r,
                          .start = start_native,
                          .run = run_native,
                          .done = native_done};
    if (train_all(r, e) < 0)
        return -1;
    r->cwd = getcwd(NULL, 0);
    progress_start(&r->progress, "points of the network", w.count);
    int status = pool_run(&o, &w, e);
    progress_end(&r->progress);
    return status;
}

/* ---- the circuit ---- */

/* How to see a failed image alone. */
static void tell_failures(const struct run *r, const struct experiment *x, size_t job,
                          const char *weights, const struct units *u,
                          const struct score_set *set)
{
    for (size_t k = 0; k < set->images; k++) {
        const struct score_image *s = &set->image[k];
        if (!s->failed || !units_find(u, k)) /* without a record it is to come */
            continue;
        struct buf name = {0}, line = {0};
        sweep_trial_name(&r->t, job, &name);
        study_settings(x->study, STUDY_VERIFIES | STUDY_TRAINS | STUDY_FILES, &line);
        log_say("failed: image %zu at %s: %s; alone: spikebar trace --image %zu "
                "--neuron 0%s%s%s",
                s->image, buf_text(&name), s->cause, s->image,
                weights ? " --weights " : "", weights ? weights : "", buf_text(&line));
        buf_finish(&name);
        buf_finish(&line);
    }
}

static void take_score(const struct experiment *x, const struct units *u,
                       const struct score_set *set, struct sweep_score *score)
{
    struct score_summary sum;
    scores_summarise(set, &sum);
    *score = (struct sweep_score){.there = true,
                                  .images = x->units,
                                  .failed = sum.failed,
                                  .native_right = sum.native_right,
                                  .circuit_right = sum.circuit_right,
                                  .agreeing = sum.agreeing,
                                  .ties = sum.ties,
                                  .error_rms = sum.error_rms,
                                  .error_max = sum.error_max,
                                  .seconds = u->seconds};
}

/* The circuit's files as they are now, kept beside the records. */
static int keep_circuit(const struct run *r, struct experiment *x, struct err *e)
{
    char name[32];
    snprintf(name, sizeof name, "circuits/%.8s", x->circuit.sha256);
    AUTO_FREE char *folder = path_join(r->t.folder, name);
    if (dir_make(folder, e) < 0)
        return -1;
    return circuit_adopt(&x->circuit, folder, e);
}

static bool is_complete(const struct units *u)
{
    for (size_t k = 0; k < u->count; k++)
        if (!units_find(u, k))
            return false;
    return true;
}

static int simulate_trial(struct run *r, struct experiment *x, size_t job,
                          const char *weights, struct err *e)
{
    AUTO(plan_finish) struct plan identity = {0};
    struct units u;
    struct score_set set;
    experiment_identity(x, "sweep", r->version, &identity);
    simulate_units(&u, x, &identity, &r->store);
    u.whole = &r->progress;
    u.before = r->found + r->done;
    if (r->t.study->sweep.max_failed) /* stop_if_enough has left at least one */
        u.max_failed = (size_t)r->t.study->sweep.max_failed - r->failed;
    int status = 0;
    if (!is_complete(&u)) {
        status = experiment_levers(x, e);
        if (status == 0)
            status = keep_circuit(r, x, e);
        if (status == 0)
            status = simulate_missing(&u, x, e);
    } else {
        status = units_check(&u, e);
        u.found = u.count;
        progress_set(&r->progress, u.before + u.found, "");
    }
    r->found += u.found;
    r->done += u.done;
    if (status == 0 || u.failed) {
        scores_init(&set, x->units, x->array.outputs);
        simulate_collect(x, &u, &set);
        tell_failures(r, x, job, weights, &u, &set);
        if (status == 0)
            take_score(x, &u, &set, &r->score[job]);
        r->failed += status == 0 ? r->score[job].failed : u.failed;
        scores_finish(&set);
    }
    if (status < 0 && u.failed && e->code != ERR_INTERRUPTED)
        stop_if_enough(r, e); /* in the sweep's words */
    return status;
}

/* A point that cannot be opened costs itself. */
static int sweep_trial(struct run *r, size_t job, struct err *e)
{
    AUTO(study_finish) struct study s;
    AUTO(experiment_finish) struct experiment x = {0};
    const char *weights;
    int status = sweep_trial_study(&r->t, job, &s, e);
    if (status == 0)
        status = sweep_trial_weights(&r->t, &s, &weights, e);
    if (status == 0)
        status = sweep_trial_open(&r->t, &s, weights, &x, e);
    if (status == 0)
        status = experiment_map(&x, e);
    if (status == 0) {
        status = simulate_trial(r, &x, job, weights, e);
    } else if (e->code != ERR_INTERRUPTED) {
        char line[2048];
        err_format(e, sizeof line, line);
        tell_failed_point(r, job, line);
        status = 0;
    }
    return status;
}

static int sweep_circuit(struct run *r, struct err *e)
{
    int status = 0;
    progress_start(&r->progress, "simulating images",
                   sweep_trials_count(&r->t) * r->t.first.units);
    for (size_t job = 0; job < sweep_trials_count(&r->t) && status == 0; job++) {
        status = stop_if_enough(r, e);
        if (status == 0)
            status = sweep_trial(r, job, e);
    }
    progress_end(&r->progress);
    return status;
}

/* ---- the whole ---- */

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What all points share, and which keys are axes: in any order. */
static int make_plan(struct run *r, struct err *e)
{
    const struct axes *a = &r->t.axes;
    const char *key[AXES_MAX];
    AUTO(study_finish) struct study s;
    study_copy(&s, r->t.study);
    int status = study_put(&s, "simulate.images", "0", e);
    for (size_t i = 0; i < a->count && status == 0; i++) {
        struct buf usual = {0};
        key[i] = a->axis[i].key;
        study_value(&r->t.usual, key[i], &usual);
        status = study_put(&s, key[i], buf_text(&usual), e);
        buf_finish(&usual);
    }
    qsort(key, a->count, sizeof key[0], compare_keys);
    plan_put(&r->plan, "kind", r->native ? "sweep of the network" : "sweep");
    for (size_t i = 0; i < a->count; i++)
        plan_put(&r->plan, "axis", "%s", key[i]);
    study_lines(&s, STUDY_TRAINS | STUDY_VERIFIES | STUDY_FILES, &r->plan.text);
    plan_seal(&r->plan, 0);
    return status;
}

static int begin(struct run *r, const struct study *s, const char *root, struct err *e)
{
    *r = (struct run){.native = s->sweep.native, .store = {.fd = -1}};
    if (sweep_trials_init(&r->t, s, root, e) < 0)
        return -1;
    r->score = mem_alloc(sweep_trials_count(&r->t), sizeof *r->score);
    return make_plan(r, e);
}

static void finish(struct run *r)
{
    sweep_trials_finish(&r->t);
    plan_finish(&r->plan);
    store_close(&r->store);
    free(r->score);
    free(r->cwd);
}

static int enter(struct run *r, const char *folder, struct sweep_result *result,
                 struct err *e)
{
    result->folder = folder ? mem_copy_string(folder) : plan_folder(&r->plan, "sweep");
    r->t.folder = result->folder;
    if (plan_enter(&r->plan, r->t.folder, e) < 0 ||
        store_open(&r->store, r->t.folder, e) < 0 || store_load(&r->store, e) < 0)
        return -1;
    if (r->retry)
        store_forget_failures(&r->store);
    return sweep_trials_open_first(&r->t, true, e);
}

static cJSON *to_json(const struct run *r, cJSON *points)
{
    cJSON *o = cJSON_CreateObject();
    json_text(o, "folder", r->t.folder);
    json_numbers(o, "points,trials,images,simulated_now,found,failed",
                 (double[]){(double)r->t.axes.points, (double)r->t.trials,
                            (double)r->t.first.units, r->native ? 0 : (double)r->done,
                            (double)r->found, (double)r->failed});
    cJSON_AddBoolToObject(o, "native", r->native);
    cJSON_AddItemToObject(o, "table", points);
    return o;
}

_Static_assert((int)SWEEP_AXES == (int)AXES_MAX, "axes of a sweep fit into its tables");

static int write_tables(const struct run *r, cJSON **points, struct err *e)
{
    const struct axes *a = &r->t.axes;
    AUTO(buf_finish) struct buf study = {0}, draws = {0};
    struct sweep_set set = {.folder = r->t.folder,
                            .axes = a->count,
                            .points = a->points,
                            .trials = r->t.trials,
                            .native = r->native,
                            .pictures = r->t.study->report.pictures,
                            .score = r->score};
    for (size_t i = 0; i < a->count; i++)
        set.axis[i] =
            (struct sweep_axis){a->axis[i].key,   a->axis[i].number, a->axis[i].count,
                                a->axis[i].value, a->axis[i].walk,   a->axis[i].stride};
    study_print(r->t.study, STUDY_BARE, &study);
    sweep_trials_draws(&r->t, &draws);
    set.study_text = study.data;
    set.draws = draws.data;
    return sweep_tables_write(&set, points, e);
}

int sweep_run(const struct study *s, const char *root, const char *folder,
              bool retry_failed, struct sweep_result *result, struct err *e)
{
    struct run r;
    cJSON *points = NULL;
    *result = (struct sweep_result){0};
    int status = begin(&r, s, root, e);
    r.retry = retry_failed;
    if (status == 0)
        status = jobs_version(r.version, e);
    if (status == 0)
        status = enter(&r, folder, result, e);
    if (status == 0)
        status = r.native ? sweep_network(&r, e) : sweep_circuit(&r, e);
    if (status == 0)
        status = write_tables(&r, &points, e);
    if (status == 0)
        result->json = to_json(&r, points);
    else if (!e->hint[0] && r.found + r.done)
        err_hint(e, "what is done is kept in %s; the same command goes on there",
                 r.t.folder);
    result->failed = r.failed;
    finish(&r);
    return status;
}

/* ---- what it would do ---- */

struct estimate {
    size_t units, missing, trainings;
    bool at_most;   /* records were not looked for */
    double point_s; /* processor time until a trial's first image */
    struct simulate_cost cost;
};

enum {
    LOOKED_FOR = 2000, /* trials whose records are looked for: each takes milliseconds */
    TRIED = 12          /* images that are simulated to know what one costs */
};

/* Whether an earlier trial is the same, by the identities of those before. */
static bool was_seen(size_t n, char seen[n + 1][SHA256_HEX], const char id[SHA256_HEX])
{
    memcpy(seen[n], id, SHA256_HEX);
    for (size_t k = 0; k < n; k++)
        if (strcmp(seen[k], id) == 0)
            return true;
    return false;
}

static int count_trial(struct run *r, size_t job, char seen[][SHA256_HEX],
                       struct estimate *est, struct err *e)
{
    AUTO(study_finish) struct study s;
    AUTO(experiment_finish) struct experiment x = {0};
    AUTO(plan_finish) struct plan identity = {0};
    struct units u;
    int status = sweep_trial_study(&r->t, job, &s, e);
    bool trained = status == 0 && sweep_trial_trains(&r->t, &s);
    est->trainings += trained;
    if (status == 0)
        status = sweep_trial_open(&r->t, &s, NULL, &x, e);
    if (status == 0) {
        /* Nothing is mapped, but a record is whole with a number an output. */
        x.array.outputs =
            (x.origin.weights.w ? x.origin.weights : x.origin.achieved).outputs;
        experiment_identity(&x, "sweep", r->version, &identity);
        simulate_units(&u, &x, &identity, &r->store);
        bool again = was_seen(job, seen, identity.id) && !trained;
        est->units += again ? 0 : u.count;
        for (size_t k = 0; k < u.count && !again; k++)
            est->missing += trained || !units_find(&u, k);
    }
    return status;
}

static int count_units(struct run *r, struct estimate *est, struct err *e)
{
    size_t n = sweep_trials_count(&r->t);
    est->at_most = n > LOOKED_FOR;
    if (est->at_most) {
        est->units = est->missing = n * r->t.first.units;
        return 0;
    }
    char(*seen)[SHA256_HEX] = mem_alloc(n + 1, sizeof *seen);
    int status = 0;
    for (size_t job = 0; job < n && status == 0; job++)
        status = count_trial(r, job, seen, est, e);
    free(seen);
    return status;
}

static double spent_s(void)
{
    struct rusage own, children;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec + children.ru_utime.tv_sec +
                    children.ru_stime.tv_sec) +
           1e-6 * (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec +
                           children.ru_utime.tv_usec + children.ru_stime.tv_usec);
}

/* What the middle of the sweep costs. */
static int try_images(struct run *r, struct estimate *est, struct err *e)
{
    size_t job = sweep_trials_count(&r->t) / 2;
    AUTO(study_finish) struct study s;
    AUTO(experiment_finish) struct experiment x = {0};
    double start_s = spent_s();
    int status = sweep_trial_study(&r->t, job, &s, e);
    if (status == 0)
        status = sweep_trial_open(&r->t, &s, NULL, &x, e);
    if (status == 0)
        status = experiment_ready(&x, e);
    est->point_s = spent_s() - start_s;
    if (status == 0)
        status = simulate_try(&x, TRIED, &est->cost, e);
    return status;
}

static cJSON *estimate_json(const struct run *r, const struct estimate *est)
{
    cJSON *o = cJSON_CreateObject();
    struct pool_options pool = circuit_pool(&r->t.first.circuit);
    double jobs = (double)(pool.jobs ? pool.jobs : pool_cores());
    double images_s = (double)est->missing * est->cost.seconds;
    /* Each trial has its own workers, which start at the same time. */
    double trials = est->missing ? (double)sweep_trials_count(&r->t) : 0;
    double processor_s = images_s + trials * (est->point_s + jobs * est->cost.start_s);
    double wall_s = images_s / jobs + trials * (est->point_s + est->cost.start_s);
    json_text(o, "folder", r->t.folder);
    json_numbers(o,
                 "points,trials,images,units,missing,trainings,seconds_per_image,"
                 "processor_hours,hours,workers,disk_MB",
                 (double[]){(double)r->t.axes.points, (double)r->t.trials,
                            (double)r->t.first.units, (double)est->units,
                            (double)est->missing, (double)est->trainings,
                            est->cost.seconds, processor_s / 3600, wall_s / 3600, jobs,
                            1e-6 * (double)est->units * (est->cost.bytes + STORE_FRAME)});
    cJSON_AddBoolToObject(o, "at_most", est->at_most);
    cJSON_AddBoolToObject(o, "native", r->native);
    return o;
}

int sweep_estimate(const struct study *s, const char *root, const char *folder,
                   struct sweep_result *result, struct err *e)
{
    struct run r;
    struct estimate est = {0};
    *result = (struct sweep_result){0};
    int status = begin(&r, s, root, e);
    if (status == 0)
        status = jobs_version(r.version, e);
    if (status == 0) {
        result->folder = folder ? mem_copy_string(folder) : plan_folder(&r.plan, "sweep");
        r.t.folder = result->folder;
        if (file_exists(r.t.folder) &&
            (store_open(&r.store, r.t.folder, e) < 0 || store_load(&r.store, e) < 0))
            status = -1;
    }
    if (status == 0)
        status = sweep_trials_open_first(&r.t, false, e);
    if (status == 0)
        status = count_units(&r, &est, e);
    if (status == 0 && !r.native && est.missing)
        status = try_images(&r, &est, e);
    if (status == 0)
        result->json = estimate_json(&r, &est);
    finish(&r);
    return status;
}
