#include "app/sweep.h"

#include "app/simulate.h"
#include "app/training.h"
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

#define RECORD_FRAME 52 /* bytes of a record around its payload */

/* Weights that were trained, by the lines that they depend on. */
struct trained {
    char *lines, *path;
};

struct sweep {
    const struct study *study;
    const char *folder;
    struct axes axes;
    size_t trials;
    bool native;
    struct sweep_score *score; /* [points][trials] */
};

struct run {
    struct sweep w;
    const char *root;
    bool retry;
    char version[32];
    bool redraws_training, redraws_split;
    struct study usual; /* whose weights ship */
    size_t trainings;
    struct trained *trained;
    struct plan plan;
    struct store store;
    struct study first_study; /* of the experiment that lends its images to the others */
    struct experiment first;
    struct progress progress;
    size_t found, done, failed;
    char *cwd; /* where the command was given, for workers; or NULL */
};

/* ---- points and trials ---- */

static size_t jobs_of(const struct run *r)
{
    return r->w.axes.points * r->w.trials;
}

/* "map.bits=1 map.tuning_error=0.05, trial 2" */
static void sweep_name(const struct sweep *w, size_t point, size_t trial, struct buf *out)
{
    for (size_t i = 0; i < w->axes.count; i++)
        buf_printf(out, "%s%s=%s", i ? " " : "", w->axes.axis[i].key,
                   w->axes.axis[i].value[axes_index(&w->axes, i, point)]);
    if (w->trials > 1)
        buf_printf(out, "%strial %zu", w->axes.count ? ", " : "", trial);
    if (!out->len)
        buf_puts(out, "the study");
}

/* What trials draw, in a sentence. */
static void sweep_draws(const struct sweep *w, struct buf *out)
{
    const char *redraw = w->study->sweep.redraw;
    bool training = strstr(redraw, "training"), split = strstr(redraw, "split");
    buf_printf(out, "Trials draw tuning errors and read noise anew%s%s%s; %s.",
               training && split ? ", "
               : training        ? " and"
                                 : "",
               training ? " the training (start, order and noise)" : "",
               split ? " and the split into training and test images" : "",
               training || split ? "the circuit is the same"
                                 : "weights, images and split are the same");
}

/* `redraw` holds the words training and split and nothing else. */
static int read_redraw(struct run *r, struct err *e)
{
    char *copy = mem_copy_string(r->w.study->sweep.redraw), *rest = copy, *word;
    int status = 0;
    while (status == 0 && (word = strsep(&rest, " ,"))) {
        if (strcmp(word, "training") == 0)
            r->redraws_training = true;
        else if (strcmp(word, "split") == 0)
            r->redraws_split = true;
        else if (*word)
            status =
                err_set(e, ERR_USAGE, "expected training or split, found `%.80s`", word);
    }
    free(copy);
    return status < 0 ? err_place(e, "sweep.redraw") : 0;
}

/* The study of a trial at a point. Trial 0 is the study as it stands. */
static int trial_study(const struct run *r, size_t point, size_t trial, struct study *s,
                       struct err *e)
{
    study_copy(s, r->w.study);
    if (axes_set(&r->w.axes, point, s, e) < 0)
        return -1;
    if (trial == 0)
        return 0;
    s->map.trial += (int64_t)trial;
    if (r->redraws_training || r->redraws_split) { /* the split follows train.seed */
        if (s->dataset.split_seed < 0)
            s->dataset.split_seed = s->train.seed;
        s->dataset.split_seed += r->redraws_split ? (int64_t)trial : 0;
        s->train.seed += r->redraws_training ? (int64_t)trial : 0;
    }
    return 0;
}

/* ---- weights ---- */

/* The lines of a study that weights depend on, files included. */
static char *training_lines(const struct study *s)
{
    struct buf b = {0};
    study_lines(s, STUDY_TRAINS, &b);
    buf_printf(&b, "%s %s %s %s", s->circuit.folder, s->circuit.variant,
               s->circuit.params, s->circuit.override);
    return b.data;
}

static bool is_usual(const struct run *r, const struct study *s)
{
    AUTO(buf_finish) struct buf mine = {0}, usual = {0};
    study_lines(s, STUDY_TRAINS, &mine);
    study_lines(&r->usual, STUDY_TRAINS, &usual);
    return strcmp(buf_text(&mine), buf_text(&usual)) == 0;
}

static bool are_given(const struct study *s)
{
    return s->simulate.weights[0] || s->map.conductances[0];
}

static int train(struct run *r, const struct study *s, char *lines, struct err *e)
{
    struct training_result t;
    int status = training_run(s, r->root, NULL, r->w.folder, "train", &t, e);
    if (status == 0) {
        r->trained = mem_resize(r->trained, r->trainings + 1, sizeof *r->trained);
        r->trained[r->trainings++] =
            (struct trained){lines, path_join(t.folder, TRAINING_WEIGHTS)};
    } else {
        free(lines);
    }
    free(t.folder);
    return status;
}

/* Which weights a study has; NULL: those that it names, or that ship. */
static int find_weights(struct run *r, const struct study *s, const char **path,
                        struct err *e)
{
    *path = NULL;
    if (are_given(s) || is_usual(r, s))
        return 0;
    char *lines = training_lines(s);
    for (size_t k = 0; k < r->trainings && !*path; k++)
        if (strcmp(r->trained[k].lines, lines) == 0)
            *path = r->trained[k].path;
    if (*path) {
        free(lines);
        return 0;
    }
    if (train(r, s, lines, e) < 0)
        return -1;
    *path = r->trained[r->trainings - 1].path;
    return 0;
}

/* Given weights are what they are: nothing that training alone depends on can be an axis
 * beside them. */
static int check_given(const struct run *r, struct err *e)
{
    const struct study *s = r->w.study;
    bool given = are_given(s);
    const char *why = s->map.conductances[0] ? s->map.conductances : s->simulate.weights;
    for (size_t i = 0; i < r->w.axes.count; i++)
        if (strcmp(r->w.axes.axis[i].key, "simulate.weights") == 0 ||
            strcmp(r->w.axes.axis[i].key, "map.conductances") == 0) {
            given = true;
            why = r->w.axes.axis[i].key;
        }
    if (!given)
        return 0;
    for (size_t i = 0; i < r->w.axes.count; i++) {
        struct study_key k;
        if (study_find(r->w.axes.axis[i].key, &k, e) < 0)
            return -1;
        if (k.scope == STUDY_TRAINS) {
            err_set(e, ERR_USAGE, "%s changes nothing where weights are given by %s",
                    k.name, why);
            return err_hint(e, "leave out the weights, then each value trains its own");
        }
    }
    if (!r->redraws_training && !r->redraws_split)
        return 0;
    err_set(e, ERR_USAGE, "weights that are given by %s cannot be trained anew", why);
    return err_place(e, "sweep.redraw");
}

/* ---- experiments ---- */

/* The experiment of a study; it borrows the images of the first one. */
static int open_like(struct run *r, const struct study *s, const char *weights,
                     struct experiment *x, struct err *e)
{
    return experiment_open_like(x, r->first.study ? &r->first : NULL, s, r->root, weights,
                                e);
}

/* The first one that can be opened, with weights that fit or with those that ship. It
 * stays open; without any the first error counts. */
static int open_first(struct run *r, bool may_train, struct err *e)
{
    struct err other;
    for (size_t job = 0; job < jobs_of(r); job++) {
        struct err *said = job ? &other : e;
        const char *weights = NULL;
        int status =
            trial_study(r, job / r->w.trials, job % r->w.trials, &r->first_study, said);
        if (status == 0 && may_train)
            status = find_weights(r, &r->first_study, &weights, said);
        if (status == 0)
            status = experiment_open(&r->first, &r->first_study, r->root, weights, said);
        if (status == 0)
            return 0;
        experiment_finish(&r->first);
        study_finish(&r->first_study);
        if (said->code == ERR_INTERRUPTED)
            break;
    }
    return -1;
}

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
    if (trial_study(r, job / r->w.trials, job % r->w.trials, &s, &e) == 0 &&
        find_weights(r, &s, &weights, &e) == 0 &&
        open_like(r, &s, weights, &x, &e) == 0 && experiment_map_network(&x, &e) == 0)
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
    sweep_name(&r->w, job / r->w.trials, job % r->w.trials, &name);
    log_say("failed: %s: %s", buf_text(&name), cause);
    buf_finish(&name);
    r->failed++;
}

/* -1 once as many failed as sweep.max_failed allows, those of earlier runs among them. */
static int stop_if_enough(const struct run *r, struct err *e)
{
    size_t most = (size_t)r->w.study->sweep.max_failed;
    if (most == 0 || r->failed < most)
        return 0;
    err_set(e, ERR_INPUT, "stopped after %zu failures", r->failed);
    return err_place(e, "sweep.max_failed");
}

static int native_done(void *context, size_t job, const struct pool_outcome *o,
                       struct err *e)
{
    struct run *r = context;
    struct sweep_score *score = &r->w.score[job];
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
    for (size_t job = 0; job < jobs_of(r) && status == 0; job++) {
        struct study s;
        const char *weights;
        status = trial_study(r, job / r->w.trials, job % r->w.trials, &s, e);
        if (status == 0)
            status = find_weights(r, &s, &weights, e);
        study_finish(&s);
    }
    return status;
}

static int sweep_network(struct run *r, struct err *e)
{
    struct pool_options o = circuit_pool(&r->first.circuit);
    struct pool_work w = {.count = jobs_of(r),
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
        sweep_name(&r->w, job / r->w.trials, job % r->w.trials, &name);
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
    AUTO_FREE char *folder = path_join(r->w.folder, name);
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
    if (r->w.study->sweep.max_failed) /* stop_if_enough has left at least one */
        u.max_failed = (size_t)r->w.study->sweep.max_failed - r->failed;
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
            take_score(x, &u, &set, &r->w.score[job]);
        r->failed += status == 0 ? r->w.score[job].failed : u.failed;
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
    int status = trial_study(r, job / r->w.trials, job % r->w.trials, &s, e);
    if (status == 0)
        status = find_weights(r, &s, &weights, e);
    if (status == 0)
        status = open_like(r, &s, weights, &x, e);
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
    progress_start(&r->progress, "simulating images", jobs_of(r) * r->first.units);
    for (size_t job = 0; job < jobs_of(r) && status == 0; job++) {
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
    const struct axes *a = &r->w.axes;
    const char *key[AXES_MAX];
    AUTO(study_finish) struct study s;
    study_copy(&s, r->w.study);
    int status = study_put(&s, "simulate.images", "0", e);
    for (size_t i = 0; i < a->count && status == 0; i++) {
        struct buf usual = {0};
        key[i] = a->axis[i].key;
        study_value(&r->usual, key[i], &usual);
        status = study_put(&s, key[i], buf_text(&usual), e);
        buf_finish(&usual);
    }
    qsort(key, a->count, sizeof key[0], compare_keys);
    plan_put(&r->plan, "kind", r->w.native ? "sweep of the network" : "sweep");
    for (size_t i = 0; i < a->count; i++)
        plan_put(&r->plan, "axis", "%s", key[i]);
    study_lines(&s, STUDY_TRAINS | STUDY_VERIFIES | STUDY_FILES, &r->plan.text);
    plan_seal(&r->plan, 0);
    return status;
}

static int begin(struct run *r, const struct study *s, const char *root, struct err *e)
{
    *r = (struct run){
        .w = {.study = s, .trials = (size_t)s->sweep.trials, .native = s->sweep.native},
        .root = root};
    study_init(&r->usual);
    r->store.fd = -1;
    if (axes_init(&r->w.axes, s, e) < 0 || read_redraw(r, e) < 0 || check_given(r, e) < 0)
        return -1;
    if (jobs_of(r) > AXES_POINTS) {
        err_set(e, ERR_USAGE, "expected at most %d points times trials, found %zu x %zu",
                AXES_POINTS, r->w.axes.points, r->w.trials);
        return err_hint(e, "give fewer values or trials");
    }
    r->w.score = mem_alloc(jobs_of(r), sizeof *r->w.score);
    return make_plan(r, e);
}

static void finish(struct run *r)
{
    for (size_t k = 0; k < r->trainings; k++) {
        free(r->trained[k].lines);
        free(r->trained[k].path);
    }
    free(r->trained);
    experiment_finish(&r->first);
    study_finish(&r->first_study);
    study_finish(&r->usual);
    axes_finish(&r->w.axes);
    plan_finish(&r->plan);
    store_close(&r->store);
    free(r->w.score);
    free(r->cwd);
}

static int enter(struct run *r, const char *folder, struct sweep_result *result,
                 struct err *e)
{
    result->folder = folder ? mem_copy_string(folder) : plan_folder(&r->plan, "sweep");
    r->w.folder = result->folder;
    if (plan_enter(&r->plan, r->w.folder, e) < 0 ||
        store_open(&r->store, r->w.folder, e) < 0 || store_load(&r->store, e) < 0)
        return -1;
    if (r->retry)
        store_forget_failures(&r->store);
    return open_first(r, true, e);
}

static cJSON *to_json(const struct run *r, cJSON *points)
{
    cJSON *o = cJSON_CreateObject();
    json_text(o, "folder", r->w.folder);
    json_numbers(o, "points,trials,images,simulated_now,found,failed",
                 (double[]){(double)r->w.axes.points, (double)r->w.trials,
                            (double)r->first.units, r->w.native ? 0 : (double)r->done,
                            (double)r->found, (double)r->failed});
    cJSON_AddBoolToObject(o, "native", r->w.native);
    cJSON_AddItemToObject(o, "table", points);
    return o;
}

_Static_assert((int)SWEEP_AXES == (int)AXES_MAX, "axes of a sweep fit into its tables");

static int write_tables(const struct sweep *w, cJSON **points, struct err *e)
{
    AUTO(buf_finish) struct buf study = {0}, draws = {0};
    struct sweep_set set = {.folder = w->folder,
                            .axes = w->axes.count,
                            .points = w->axes.points,
                            .trials = w->trials,
                            .native = w->native,
                            .pictures = w->study->report.pictures,
                            .score = w->score};
    for (size_t i = 0; i < w->axes.count; i++) {
        const struct axis *a = &w->axes.axis[i];
        set.axis[i] = (struct sweep_axis){a->key,   a->number, a->count,
                                          a->value, a->walk,   a->stride};
    }
    study_print(w->study, STUDY_BARE, &study);
    sweep_draws(w, &draws);
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
        status = r.w.native ? sweep_network(&r, e) : sweep_circuit(&r, e);
    if (status == 0)
        status = write_tables(&r.w, &points, e);
    if (status == 0)
        result->json = to_json(&r, points);
    else if (!e->hint[0] && r.found + r.done)
        err_hint(e, "what is done is kept in %s; the same command goes on there",
                 r.w.folder);
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
    TRIED = 6          /* images that are simulated to know what they cost, */
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
    int status = trial_study(r, job / r->w.trials, job % r->w.trials, &s, e);
    bool trained = status == 0 && !are_given(&s) && !is_usual(r, &s);
    est->trainings += trained;
    if (status == 0)
        status = open_like(r, &s, NULL, &x, e);
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
    size_t n = jobs_of(r);
    est->at_most = n > LOOKED_FOR;
    if (est->at_most) {
        est->units = est->missing = n * r->first.units;
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
    size_t job = jobs_of(r) / 2;
    AUTO(study_finish) struct study s;
    AUTO(experiment_finish) struct experiment x = {0};
    double start_s = spent_s();
    int status = trial_study(r, job / r->w.trials, job % r->w.trials, &s, e);
    if (status == 0)
        status = open_like(r, &s, NULL, &x, e);
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
    struct pool_options pool = circuit_pool(&r->first.circuit);
    double jobs = (double)(pool.jobs ? pool.jobs : pool_cores());
    double images_s = (double)est->missing * est->cost.seconds;
    double points_s = est->missing ? (double)jobs_of(r) * est->point_s : 0;
    json_text(o, "folder", r->w.folder);
    json_numbers(
        o,
        "points,trials,images,units,missing,trainings,seconds_per_image,"
        "processor_hours,hours,workers,disk_MB",
        (double[]){(double)r->w.axes.points, (double)r->w.trials, (double)r->first.units,
                   (double)est->units, (double)est->missing, (double)est->trainings,
                   est->cost.seconds, (images_s + points_s) / 3600,
                   (images_s / jobs + points_s) / 3600, jobs,
                   1e-6 * (double)est->units * (est->cost.bytes + RECORD_FRAME)});
    cJSON_AddBoolToObject(o, "at_most", est->at_most);
    cJSON_AddBoolToObject(o, "native", r->w.native);
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
        r.w.folder = result->folder;
        if (file_exists(r.w.folder) &&
            (store_open(&r.store, r.w.folder, e) < 0 || store_load(&r.store, e) < 0))
            status = -1;
    }
    if (status == 0)
        status = open_first(&r, false, e);
    if (status == 0)
        status = count_units(&r, &est, e);
    if (status == 0 && !r.w.native && est.missing)
        status = try_images(&r, &est, e);
    if (status == 0)
        result->json = estimate_json(&r, &est);
    finish(&r);
    return status;
}
