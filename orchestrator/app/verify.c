#include "app/verify.h"

#include "app/divergence.h"
#include "app/experiment.h"
#include "app/foreseen.h"
#include "app/origin.h"
#include "app/page.h"
#include "app/shown.h"
#include "app/simulate.h"
#include "base/file.h"
#include "base/mem.h"
#include "report/score_tables.h"
#include "spice/jobs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a run leaves beside the tables ---- */

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
    int last = (int)x->study->simulate.rungs - 1; /* of an image that failed on all */
    circuit_solver(&x->circuit, s->rung < last ? s->rung : last, &solver);
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

/* ---- facts ---- */

enum { PAIRS_MAX = 40 };

struct fact_list {
    size_t n;
    struct summary_pair pair[PAIRS_MAX];
    char noise[192];
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

/* Which read noise the images had, in words. */
static void list_noise(const struct study *s, struct fact_list *f)
{
    char how[96];
    if (s->noise.read == 0)
        return;
    if (strcmp(s->noise.kind, "telegraph") == 0)
        snprintf(how, sizeof how, "telegraph, %g /s up, %g /s down", s->noise.up_Hz,
                 s->noise.down_Hz);
    else if (s->noise.step_s > 0)
        snprintf(how, sizeof how, "white, a draw each %g s", s->noise.step_s);
    else
        snprintf(how, sizeof how, "white, a draw a spike");
    snprintf(f->noise, sizeof f->noise, "%s, %g of the %s, trial %lld", how,
             s->noise.read, s->noise.of, (long long)s->map.trial);
    fact_text(f, "noise", f->noise);
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
    const char *text = weights_find(&x->origin.weights, key);
    return text ? strtod(text, NULL) : NAN;
}

static void list_facts(const struct experiment *x, const struct plan *plan,
                       const struct units *units, const struct marks_foreseen *foreseen,
                       struct fact_list *f)
{
    fact_text(f, "versions.spikebar", SPIKEBAR_VERSION);
    fact_text(f, "native_model", x->study->simulate.compare);
    fact_text(f, "circuit_variant", x->study->circuit.variant);
    fact_text(f, "memristors", x->levers.state[LEVER_FROZEN].on ? "static" : "dynamic");
    if (x->levers.start_off > 0)
        fact_number(f, "states_start_off", x->levers.start_off);
    list_noise(x->study, f);
    list_levers(&x->levers, f);
    fact_text(f, "provenance", x->origin.provenance);
    fact_text(f, "plan_id", plan->id);
    fact_text(f, "data_sha256", x->data.sha256);
    fact_text(f, "circuit_sha256", x->circuit.sha256);
    if (x->origin.achieved.w)
        fact_text(f, "conductances_sha256", x->origin.conductances_sha256);
    fact_number(f, "training.test_accuracy", accuracy_noted(x, "test_accuracy"));
    fact_number(f, "training.train_accuracy", accuracy_noted(x, "train_accuracy"));
    fact_number(f, "foreseen.scale_V", foreseen->scale_V);
    fact_number(f, "foreseen.error_max", foreseen->error);
    fact_number(f, "accuracy.asked", foreseen->accuracy);
    fact_number(f, "accuracy.reached", foreseen->reached);
    fact_number(f, "w_0", array_offset(x->study));
    fact_number(f, "cells", (double)(x->array.inputs * x->array.outputs));
    fact_number(f, "split_seed", (double)x->split_seed);
    fact_number(f, "simulated_now", (double)units->done);
    fact_number(f, "found", (double)units->found);
    fact_number(f, "records.duplicates", (double)units->store->duplicates);
    fact_number(f, "records.conflicts", (double)units->store->conflicts);
    fact_number(f, "records.torn", (double)units->store->torn);
}

/* ---- the run ---- */

/* Whether the tables that stand there are of the same images with the same failures; then
 * what was found out about these still holds. */
static bool tables_hold(const char *folder, const struct score_set *set)
{
    struct score_set old = {0};
    struct err ignored;
    bool same = score_tables_read(folder, &old, &ignored) == 0 &&
                old.images == set->images && old.outputs == set->outputs;
    for (size_t k = 0; same && k < set->images; k++)
        same = old.image[k].image == set->image[k].image &&
               old.image[k].failed == set->image[k].failed;
    scores_finish(&old);
    return same;
}

/* Tables, summary, decks, traces, pictures and page from the store: in the order of their
 * worth, for a disk that fills up. */
static int conclude(const struct experiment *x, const struct plan *plan,
                    const struct units *units, const char *version, const char *folder,
                    struct verify_result *result, struct err *e)
{
    struct score_set set;
    struct score_summary sum;
    struct fact_list list = {0};
    struct marks_foreseen foreseen;
    struct marks marks = {0};
    char *traces = path_join(folder, "traces"), *pictures = path_join(folder, "pictures");
    scores_init(&set, x->units, x->array.outputs);
    simulate_collect(x, units, &set);
    scores_summarise(&set, &sum);
    int status = foreseen_find(x, &set, &sum, &foreseen, e);
    marks_find(&set, &sum, &foreseen, &marks);
    list_facts(x, plan, units, &foreseen, &list);
    struct summary_facts facts = {
        .seconds = units->seconds,
        .images_per_second = units->done ? (double)units->done / units->seconds : 0,
        .seed = (uint64_t)x->study->simulate.seed,
        .ngspice_version = version,
        .weights_sha256 = x->origin.weights_sha256[0] ? x->origin.weights_sha256 : NULL,
        .marks = &marks,
        .pairs = list.n,
        .pair = list.pair};
    if (status == 0 && !tables_hold(folder, &set))
        divergence_forget(folder);
    if (status == 0)
        shown_forget(folder);
    if (status == 0)
        status = score_tables_write(folder, &set, &sum, &facts, e);
    if (status == 0)
        status = summary_write(folder, &set, &sum, &facts, e);
    if (status == 0 && x->study->simulate.keep_decks)
        status = write_decks(x, folder, &set, e);
    if (status == 0)
        status = dir_make(traces, e);
    if (status == 0)
        status = dir_make(pictures, e);
    if (status == 0 && sum.scored)
        status = shown_keep(x, folder, &set, &sum, e);
    if (status == 0 && sum.scored > 1 && x->study->report.divergence)
        status = divergence_run(x, &set, &sum, folder, e);
    if (status == 0)
        status = page_render(folder, e);
    result->failed = sum.failed;
    result->json = status == 0 ? summary_json(&set, &sum, &facts) : NULL;
    scores_finish(&set);
    free(traces);
    free(pictures);
    return status;
}

static int simulate_and_conclude(struct experiment *x, const struct plan *plan,
                                 const char *version, const char *folder, bool retry,
                                 struct verify_result *result, struct err *e)
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

int verify_run(const struct study *s, const char *root, const char *folder,
               const char *weights, bool retry_failed, struct verify_result *result,
               struct err *e)
{
    struct experiment x = {0};
    struct plan plan = {0};
    char version[32] = "";
    *result = (struct verify_result){0};
    int status = experiment_open(&x, s, root, weights, e);
    if (status == 0)
        status = experiment_ready(&x, e);
    if (status == 0) {
        origin_tell(&x.origin, true);
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
