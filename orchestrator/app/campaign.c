#include "app/campaign.h"

#include "app/divergence.h"
#include "app/experiment.h"
#include "app/simulate.h"
#include "run/store.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "num/stats.h"
#include "report/figures.h"
#include "report/html.h"
#include "report/score_tables.h"
#include "spice/jobs.h"
#include "spice/rawfile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a campaign leaves beside the tables ---- */

static int write_study(const struct study *s, const char *folder, struct err *e)
{
    struct buf text = {0};
    study_print(s, STUDY_BARE, &text);
    int status = file_write_in(folder, "study.ini", text.data, text.len, e);
    buf_finish(&text);
    return status;
}

/* One file, or one for each group of columns. */
static int write_deck(const struct experiment *x, const char *folder,
                      const struct score_image *s, struct err *e)
{
    size_t group = x->levers.columns;
    struct deck_solver solver;
    int status = 0;
    circuit_solver(&x->circuit, s->rung, &solver);
    for (size_t first = 0; first < x->array.outputs && status == 0; first += group) {
        struct deck_choice choice = {.as = "../circuit", .first = first, .count = group};
        struct buf deck = {0}, path = {0};
        if (first + group > x->array.outputs)
            choice.count = x->array.outputs - first;
        experiment_deck(x, (uint32_t)s->image, &choice, &solver, &deck);
        buf_printf(&path, "%s/image-%05zu", folder, s->image);
        if (group < x->array.outputs)
            buf_printf(&path, "-column-%zu", first);
        buf_puts(&path, ".cir");
        status = file_write(path.data, deck.data, deck.len, e);
        buf_finish(&deck);
        buf_finish(&path);
    }
    return status;
}

static int write_decks(const struct experiment *x, const char *folder,
                       const struct score_set *set, struct err *e)
{
    char *decks = path_join(folder, "decks");
    int status = dir_make(decks, e);
    for (size_t k = 0; k < set->images && status == 0; k++)
        status = write_deck(x, decks, &set->image[k], e);
    free(decks);
    return status;
}

/* ---- traces of the best and the worst image ---- */

/* Membranes of the network, [output][ms]. */
static double *native_traces(const struct experiment *x, uint32_t image)
{
    size_t window = (size_t)x->coding.window_ms, n = x->array.outputs;
    double *by_ms = mem_alloc(window * n, sizeof *by_ms);
    double *by_output = mem_alloc(window * n, sizeof *by_output);
    struct raster r;
    raster_init(&r, x->array.inputs, x->coding.window_ms);
    experiment_raster(x, image, &r);
    network_membrane(&x->network, &r, window, n, (double(*)[n])by_ms);
    for (size_t t = 0; t < window; t++)
        for (size_t j = 0; j < n; j++)
            by_output[j * window + t] = by_ms[t * n + j];
    raster_finish(&r);
    free(by_ms);
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
    double *native = native_traces(x, (uint32_t)s->image);
    double *circuit = circuit_traces(x, t), *ms = mem_alloc(window, sizeof *ms);
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
    int status = figure_traces(path, &f, e);
    free(native);
    free(circuit);
    free(ms);
    return status;
}

/* Images that are shown with their traces: the worst, the best, and the first ones that
 * circuit and network disagree on. */
enum { DISAGREEMENTS_SHOWN = 4, SHOWN_MAX = 2 + DISAGREEMENTS_SHOWN };

struct shown {
    const char *name, *title;
    const struct score_image *image;
};

static size_t choose_shown(const struct score_set *set, const struct score_summary *sum,
                           struct shown shown[SHOWN_MAX])
{
    static const char *const names[DISAGREEMENTS_SHOWN] = {
        "disagreement-1", "disagreement-2", "disagreement-3", "disagreement-4"};
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
            shown[n] = (struct shown){names[n - 2], "Circuit and network disagree", s};
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
    struct buf traces = {0}, picture = {0};
    snprintf(name, sizeof name, "%s-image-%05zu", shown->name, shown->image->image);
    buf_printf(&traces, "%s/traces", folder);
    buf_printf(&picture, "%s/pictures/%s.svg", folder, shown->name);
    int status = rawfile_save(traces.data, name, t, e);
    if (status == 0 && x->study->report.pictures)
        status = draw_traces(x, t, shown->image, sum, picture.data, shown->title, e);
    buf_finish(&traces);
    buf_finish(&picture);
    return status;
}

/* Simulates the images that are shown once more, with all nodes; keeps and draws them. */
static int keep_traces(const struct experiment *x, const char *folder,
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

/* ---- facts ---- */

enum { PAIRS_MAX = 32 };

struct fact_list {
    size_t n;
    struct summary_pair pair[PAIRS_MAX];
    char lever_key[LEVERS][48], lever_text[LEVERS][192]; /* that pairs point to */
};

static void fact_text(struct fact_list *f, const char *key, const char *text)
{
    if (text && f->n < PAIRS_MAX)
        f->pair[f->n++] = (struct summary_pair){key, text, 0};
}

static void fact_number(struct fact_list *f, const char *key, double number)
{
    if (f->n < PAIRS_MAX)
        f->pair[f->n++] = (struct summary_pair){key, NULL, number};
}

/* Which levers were on, with the bound of their error, and why one was off. */
static void list_levers(const struct levers *l, struct fact_list *f)
{
    for (int k = 0; k < LEVERS; k++) {
        const struct lever_state *s = &l->state[k];
        snprintf(f->lever_key[k], sizeof f->lever_key[k], "levers.%s", lever_names[k]);
        if (s->on)
            snprintf(f->lever_text[k], sizeof f->lever_text[k], "on, error below %.1e",
                     s->bound);
        else
            snprintf(f->lever_text[k], sizeof f->lever_text[k], "off: %s", s->why);
        fact_text(f, f->lever_key[k], f->lever_text[k]);
    }
}

static double accuracy_noted(const struct experiment *x, const char *key)
{
    const char *text = weights_find(&x->weights, key);
    return text ? strtod(text, NULL) : NAN;
}

static void list_facts(const struct experiment *x, const struct plan *plan,
                       const struct units *units, struct fact_list *f)
{
    fact_text(f, "versions.spikebar", SPIKEBAR_VERSION);
    fact_text(f, "native_model", x->study->simulate.compare);
    fact_text(f, "circuit_variant", x->study->circuit.variant);
    fact_text(f, "memristors", x->levers.state[LEVER_FROZEN].on ? "static" : "dynamic");
    list_levers(&x->levers, f);
    fact_text(f, "plan_id", plan->id);
    fact_text(f, "data_sha256", x->data.sha256);
    fact_text(f, "circuit_sha256", x->circuit.sha256);
    fact_number(f, "training.test_accuracy", accuracy_noted(x, "test_accuracy"));
    fact_number(f, "training.train_accuracy", accuracy_noted(x, "train_accuracy"));
    fact_number(f, "cells", (double)(x->array.inputs * x->array.outputs));
    fact_number(f, "split_seed", (double)x->split_seed);
    fact_number(f, "simulated_now", (double)units->done);
    fact_number(f, "found", (double)units->found);
    fact_number(f, "records.duplicates", (double)units->store->duplicates);
    fact_number(f, "records.conflicts", (double)units->store->conflicts);
    fact_number(f, "records.torn", (double)units->store->torn);
}

/* ---- the run ---- */

/* Tables, summary, decks, traces, pictures and page from the store. */
static int conclude(const struct experiment *x, const struct plan *plan,
                    const struct units *units, const char *version, const char *folder,
                    struct campaign_result *result, struct err *e)
{
    struct score_set set;
    struct score_summary sum;
    struct fact_list list = {0};
    char *traces = path_join(folder, "traces"), *pictures = path_join(folder, "pictures");
    scores_init(&set, x->units, x->array.outputs);
    simulate_collect(x, units, &set);
    scores_summarise(&set, &sum);
    list_facts(x, plan, units, &list);
    struct summary_facts facts = {
        .seconds = units->seconds,
        .images_per_second = units->done ? (double)units->done / units->seconds : 0,
        .seed = (uint64_t)x->study->simulate.seed,
        .ngspice_version = version,
        .weights_sha256 = x->weights_sha256,
        .pairs = list.n,
        .pair = list.pair};
    int status = score_tables_write(folder, &set, &sum, &facts, e);
    if (status == 0)
        status = summary_write(folder, &set, &sum, &facts, e);
    if (status == 0 && x->study->simulate.keep_decks)
        status = write_decks(x, folder, &set, e);
    if (status == 0)
        status = dir_make(traces, e);
    if (status == 0)
        status = dir_make(pictures, e);
    if (status == 0 && sum.scored)
        status = keep_traces(x, folder, &set, &sum, e);
    if (status == 0 && sum.scored > 1 && x->study->report.divergence)
        status = divergence_run(x, &set, &sum, folder, e);
    if (status == 0)
        status = campaign_render(folder, e);
    result->failed = sum.failed;
    result->json = status == 0 ? summary_json(&set, &sum, &facts) : NULL;
    scores_finish(&set);
    free(traces);
    free(pictures);
    return status;
}

static int simulate_and_conclude(struct experiment *x, const struct plan *plan,
                                 const char *version, const char *folder, bool retry,
                                 struct campaign_result *result, struct err *e)
{
    struct store store;
    struct units units;
    int status = store_open(&store, folder, e);
    simulate_units(&units, x, plan, &store);
    if (status == 0)
        status = store_load(&store, e);
    if (status == 0 && retry)
        store_forget_failures(&store);
    if (status == 0)
        status = simulate_missing(&units, x, e);
    if (status == 0)
        status = conclude(x, plan, &units, version, folder, result, e);
    if (status < 0 && !e->hint[0] && (units.done || units.found))
        err_hint(e, "%zu of %zu images are kept in %s; the same command goes on there",
                 units.done + units.found, x->units, folder);
    store_close(&store);
    return status;
}

/* Whether the weights were trained on these images; the file's hash of them was made
 * under the name of the program that wrote it. */
static bool same_data(const struct experiment *x, const char *data)
{
    const char *made_by = weights_find(&x->weights, "made_by");
    char program[32] = "spikebar", hex[SHA256_HEX];
    if (made_by)
        snprintf(program, sizeof program, "%.*s", (int)strcspn(made_by, " "), made_by);
    dataset_hash(&x->data, program, hex);
    return strcmp(data, hex) == 0;
}

/* The weight file says which images it was trained with, if spikebar made it. */
static void tell_of_seen_images(const struct experiment *x)
{
    const char *data = weights_find(&x->weights, "data_sha256");
    const char *seed = weights_find(&x->weights, "split_seed");
    const char *unseen = weights_find(&x->weights, "test_images");
    if (!data || !seed || !unseen)
        return;
    if (!same_data(x, data))
        log_say("the weights were trained on other data, which may hold test images too");
    else if (strtoull(seed, NULL, 10) != x->split_seed ||
             strtoull(unseen, NULL, 10) < x->split.test_count)
        log_say("the weights were trained on another split: some test images are not new "
                "to them");
}

int campaign_run(const struct study *s, const char *root, const char *folder,
                 const char *weights, bool retry_failed, struct campaign_result *result,
                 struct err *e)
{
    struct experiment x = {0};
    struct plan plan = {0};
    char version[32] = "";
    *result = (struct campaign_result){0};
    int status = experiment_open(&x, s, root, weights, e);
    if (status == 0)
        status = experiment_ready(&x, e);
    if (status == 0) {
        tell_of_seen_images(&x);
        status = jobs_version(version, e);
    }
    if (status == 0) {
        experiment_plan(&x, version, &plan);
        result->folder = folder ? mem_copy_string(folder) : plan_folder(&plan, "verify");
        folder = result->folder;
        status = plan_enter(&plan, folder, e);
    }
    if (status == 0)
        status = circuit_adopt(&x.circuit, folder, e);
    if (status == 0)
        status = write_study(s, folder, e);
    if (status == 0)
        status =
            simulate_and_conclude(&x, &plan, version, folder, retry_failed, result, e);
    if (status < 0 && e->code == ERR_INTERRUPTED && !e->hint[0])
        err_hint(e, "what is done is kept; the same command goes on in %s", folder);
    plan_finish(&plan);
    experiment_finish(&x);
    return status;
}

/* ---- the page ---- */

static int read_text(const char *folder, const char *name, struct buf *out, struct err *e)
{
    char *path = path_join(folder, name);
    int status = file_read(path, (size_t)1 << 26, out, e);
    free(path);
    return status;
}

/* The pictures of the page; those that need not be there come after the first ones. */
enum { PICTURES_ALWAYS = 5 };
static const struct report_picture pictures_of_a_run[] = {
    {"pictures/confusion.svg", "Answers",
     "Rows are the true classes, columns the answers; network on the left, circuit on "
     "the right."},
    {"pictures/maxima.svg", "Maxima of the membranes",
     "Every image and output neuron: circuit over network, and the difference below."},
    {"pictures/errors.svg", "Errors of the maxima", NULL},
    {"pictures/worst.svg", "The worst image",
     "Thin lines: network. Pale bands: circuit, over the fitted scale."},
    {"pictures/best.svg", "The best image", NULL},
    {"pictures/disagreement-1.svg", "A disagreement",
     "The first images of the run with "
     "different answers; margins and the stage to blame stand in the tables."},
    {"pictures/disagreement-2.svg", "A disagreement", NULL},
    {"pictures/disagreement-3.svg", "A disagreement", NULL},
    {"pictures/disagreement-4.svg", "A disagreement", NULL},
    {DIVERGENCE_PICTURE ".svg", "Stage by stage",
     "Grey: the error as it is. Colours: what changes when one stage is replaced."},
};
enum { PICTURES = sizeof pictures_of_a_run / sizeof pictures_of_a_run[0] };

static size_t list_pictures(const char *folder, struct report_picture out[PICTURES])
{
    size_t n = 0;
    for (size_t k = 0; k < PICTURES; k++) {
        char *path = path_join(folder, pictures_of_a_run[k].file);
        if (k < PICTURES_ALWAYS || file_exists(path))
            out[n++] = pictures_of_a_run[k];
        free(path);
    }
    return n;
}

static const char replay[] =
    "With --keep-decks every deck of the run stands in decks/ and includes the copies "
    "of\n"
    "the netlists in circuit/. Plain ngspice gives the same numbers:\n\n"
    "    ngspice -b decks/image-00012.cir\n\n"
    "prints for each output j: rest<j>, the rest level of its membrane, and above<j>,\n"
    "the maximum above it (the column circuit_V of scores.csv).\n";

static bool wants_pictures(const char *study)
{
    const char *section = strstr(study, "[report]");
    const char *key = section ? strstr(section, "pictures = ") : NULL;
    return !key || strncmp(key + strlen("pictures = "), "no", 2) != 0;
}

static int draw(const char *folder, const struct score_set *set,
                const struct score_summary *sum, struct err *e)
{
    char *pictures = path_join(folder, "pictures");
    int status = dir_make(pictures, e);
    if (status == 0)
        status = figures_write(pictures, set, sum, e);
    free(pictures);
    return status;
}

/* Attempts stand in the store alone: the tables depend on nothing but the plan. */
static int add_attempts(const char *folder, struct score_set *set, struct err *e)
{
    struct store store;
    struct plan plan = {0};
    int status = store_open(&store, folder, e);
    if (status == 0)
        status = store_load(&store, e);
    if (status == 0)
        status = plan_read(&plan, folder, e);
    if (status == 0)
        simulate_collect_attempts(&plan, &store, set);
    store_close(&store);
    plan_finish(&plan);
    return status;
}

int campaign_render(const char *folder, struct err *e)
{
    struct score_set set = {0};
    struct score_summary sum;
    struct summary_file file = {0};
    struct buf study = {0};
    char *real = realpath(folder, NULL); /* gives "." a title, and SQLite no "file:" */
    int status = read_text(folder, "study.ini", &study, e);
    if (status < 0)
        err_hint(e, "expected the folder of a run that came to its end");
    if (status == 0)
        status = score_tables_read(real ? real : folder, &set, e);
    if (status == 0)
        status = add_attempts(folder, &set, e);
    if (status == 0)
        status = summary_read(folder, &file, e);
    if (status == 0) {
        scores_summarise(&set, &sum);
        bool pictures = wants_pictures(buf_text(&study));
        if (pictures && sum.scored)
            status = draw(folder, &set, &sum, e);
        struct divergence_tables tables;
        struct report_picture picture[PICTURES];
        divergence_tables(folder, &tables);
        struct report_page page = {.title = path_base(real ? real : folder),
                                   .set = &set,
                                   .sum = &sum,
                                   .facts = &file.facts,
                                   .tables = tables.count,
                                   .table = tables.table,
                                   .pictures =
                                       pictures ? list_pictures(folder, picture) : 0,
                                   .picture = picture,
                                   .study_text = buf_text(&study),
                                   .replay_text = replay};
        if (status == 0)
            status = report_write(folder, &page, e);
        divergence_tables_finish(&tables);
    }
    summary_file_finish(&file);
    scores_finish(&set);
    buf_finish(&study);
    free(real);
    return status;
}
