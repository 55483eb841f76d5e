#include "report/summary.h"

#include "base/file.h"
#include "base/mem.h"
#include "num/stats.h"
#include "report/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_IN_JSON ((uint64_t)1 << 53) /* a double holds every integer up to here */
#define READ_LIMIT ((size_t)1 << 30)

/* Keys that summary_json makes by itself: not pairs of the caller when read back. */
static const char *const own_keys[] = {
    "images",
    "failed",
    "native",
    "circuit",
    "agreement",
    "correlation",
    "error_rms",
    "error_max",
    "scale_V",
    "seconds",
    "seed",
    "images_per_second",
    "ngspice_version",
    "weights_sha256",
    "retried",
    "climbed",
    "failures",
    "disagreements",
    "ties",
    "native_ties",
    "circuit_ties",
    "error_rms_own",
    "suspect",
    "error_max_own",
    "marks",
    "paper_1",
    "whole_ms_shortfall",
};

static void *json_alloc(size_t n)
{
    return mem_alloc(n, 1);
}

static void add_accuracy(cJSON *object, const char *key, const double x[5])
{
    json_numbers(cJSON_AddObjectToObject(object, key),
                 "accuracy,wilson_low,wilson_high,standard_error,right", x);
}

static void add_seed(cJSON *object, uint64_t seed)
{
    AUTO(buf_finish) struct buf text = {0};
    buf_printf(&text, "%llu", (unsigned long long)seed);
    if (seed <= EXACT_IN_JSON)
        json_number(object, "seed", (double)seed);
    else
        json_text(object, "seed", text.data);
}

/* "a.b.c" goes into the object b of the object a; both are made when missing. */
static void add_pair(cJSON *object, const struct summary_pair *pair)
{
    const char *key = pair->key, *dot;
    while ((dot = strchr(key, '.'))) {
        char *name = mem_copy_string(key);
        name[dot - key] = '\0';
        cJSON *inner = cJSON_GetObjectItemCaseSensitive(object, name);
        object = inner ? inner : cJSON_AddObjectToObject(object, name);
        assert(cJSON_IsObject(object));
        free(name);
        key = dot + 1;
    }
    assert(!cJSON_HasObjectItem(object, key));
    if (pair->text)
        json_text(object, key, pair->text);
    else
        json_number(object, key, pair->number);
}

static void add_failures(cJSON *object, const struct score_set *set)
{
    cJSON *list = cJSON_AddArrayToObject(object, "failures");
    for (size_t k = 0; k < set->images; k++) {
        const struct score_image *s = &set->image[k];
        if (!s->failed)
            continue;
        cJSON *entry = cJSON_CreateObject();
        json_number(entry, "image", (double)s->image);
        json_text(entry, "cause", s->cause);
        cJSON_AddItemToArray(list, entry);
    }
}

static void add_disagreements(cJSON *object, const struct score_set *set)
{
    cJSON *list = cJSON_AddArrayToObject(object, "disagreements");
    size_t n = set->outputs;
    for (size_t k = 0; k < set->images; k++) {
        const struct score_image *s = &set->image[k];
        if (!scores_disagree(set, s))
            continue;
        cJSON *entry = cJSON_CreateObject();
        json_numbers(
            entry, "image,label,native,circuit,native_margin,circuit_margin",
            (double[]){(double)s->image, s->label, (double)stats_argmax(n, s->native),
                       (double)stats_argmax(n, s->circuit_V), scores_margin(n, s->native),
                       scores_margin(n, s->circuit_V)});
        cJSON_AddItemToArray(list, entry);
    }
}

static void add_marks(cJSON *object, const struct marks *m)
{
    size_t count = m ? m->count : 0;
    cJSON_AddBoolToObject(object, "suspect", count > 0);
    cJSON *list = cJSON_AddArrayToObject(object, "marks");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(m->text[i]));
}

static void add_fit(cJSON *object, const char *key, const struct score_fit *f)
{
    json_numbers(cJSON_AddObjectToObject(object, key),
                 "correlation,error_rms,error_max,scale_V",
                 (double[]){f->correlation, f->error_rms, f->error_max, f->scale_V});
}

/* Against paper 1's network, which has no w_0, and against the same with it. */
static void add_papers(cJSON *object, const struct score_summary *sum)
{
    cJSON *paper = cJSON_AddObjectToObject(object, "paper_1");
    add_fit(paper, "without_w_0", &sum->paper);
    add_fit(paper, "with_w_0", &sum->paper_offset);
    json_numbers(paper, "due_to_w_0_rms,due_to_w_0_max",
                 (double[]){sum->offset_rms, sum->offset_max});
}

cJSON *summary_json(const struct score_set *set, const struct score_summary *sum,
                    const struct summary_facts *facts)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = json_alloc, .free_fn = free});
    cJSON *o = cJSON_CreateObject();
    json_numbers(o, "images,failed",
                 (double[]){(double)sum->images, (double)sum->failed});
    add_accuracy(o, "native",
                 (double[]){sum->native_accuracy, sum->native_low, sum->native_high,
                            sum->native_error, (double)sum->native_right});
    add_accuracy(o, "circuit",
                 (double[]){sum->circuit_accuracy, sum->circuit_low, sum->circuit_high,
                            sum->circuit_error, (double)sum->circuit_right});
    json_numbers(o,
                 "agreement,correlation,error_rms,error_max,scale_V,images_per_second,"
                 "seconds",
                 (double[]){sum->agreement, sum->correlation, sum->error_rms,
                            sum->error_max, sum->scale_V, facts->images_per_second,
                            facts->seconds});
    json_numbers(o,
                 "ties,native_ties,circuit_ties,error_rms_own,error_max_own,"
                 "whole_ms_shortfall",
                 (double[]){(double)sum->ties, (double)sum->native_ties,
                            (double)sum->circuit_ties, sum->error_rms_own,
                            sum->error_max_own, sum->whole_ms});
    add_marks(o, facts->marks);
    if (sum->paper.maxima)
        add_papers(o, sum);
    add_seed(o, facts->seed);
    json_text(o, "ngspice_version", facts->ngspice_version);
    json_text(o, "weights_sha256", facts->weights_sha256);
    json_numbers(o, "retried,climbed",
                 (double[]){(double)sum->retried, (double)sum->climbed});
    add_failures(o, set);
    add_disagreements(o, set);
    for (size_t i = 0; i < facts->pairs; i++)
        add_pair(o, &facts->pair[i]);
    return o;
}

int summary_write(const char *folder, const struct score_set *set,
                  const struct score_summary *sum, const struct summary_facts *facts,
                  struct err *e)
{
    cJSON *json = summary_json(set, sum, facts);
    int status = json_write_in(folder, SUMMARY_FILE, json, e);
    cJSON_Delete(json);
    return status;
}

static void each_below(const cJSON *object, const char *prefix,
                       void (*visit)(void *context, const char *key, const cJSON *value),
                       void *context)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        struct buf key = {0};
        buf_printf(&key, "%s%s%s", prefix, *prefix ? "." : "", item->string);
        if (cJSON_IsObject(item))
            each_below(item, key.data, visit, context);
        else if (!cJSON_IsArray(item))
            visit(context, key.data, item);
        buf_finish(&key);
    }
}

void summary_each(const cJSON *object,
                  void (*visit)(void *context, const char *key, const cJSON *value),
                  void *context)
{
    each_below(object, "", visit, context);
}

void summary_share(double p, double low, double high, char out[SUMMARY_SHARE])
{
    snprintf(out, SUMMARY_SHARE, "%.1f %% (95 %%: %.1f to %.1f)", 100 * p, 100 * low,
             100 * high);
}

static void put_accuracies(struct buf *out, const struct score_summary *sum)
{
    char native[SUMMARY_SHARE], circuit[SUMMARY_SHARE];
    summary_share(sum->native_accuracy, sum->native_low, sum->native_high, native);
    summary_share(sum->circuit_accuracy, sum->circuit_low, sum->circuit_high, circuit);
    buf_printf(out, "accuracy network %s, circuit %s", native, circuit);
}

void summary_verdict(const struct score_summary *sum, struct buf *out)
{
    const char *plural = sum->images == 1 ? "" : "s";
    if (sum->images == 0) {
        buf_puts(out, "no images: nothing to compare");
        return;
    }
    buf_printf(out, "%zu image%s, ", sum->images, plural);
    if (sum->scored == 0) {
        buf_puts(out, "all failed: nothing to compare");
        return;
    }
    if (sum->failed)
        buf_printf(out, "%zu failed", sum->failed);
    else
        buf_puts(out, "none failed");
    buf_puts(out, ": circuit and network agree on ");
    if (sum->agreeing == sum->scored)
        buf_printf(out, "all %zu%s", sum->scored, sum->failed ? " others" : "");
    else
        buf_printf(out, "%zu of %s%zu%s", sum->agreeing, sum->failed ? "the " : "",
                   sum->scored, sum->failed ? " others" : "");
    if (sum->ties)
        buf_printf(out, ", %zu %s", sum->ties, sum->ties == 1 ? "is a tie" : "are ties");
    buf_puts(out, "; ");
    put_accuracies(out, sum);
}

/* A visitor whose context is the `struct summary_file` that grows. */
static void keep_pair(void *context, const char *key, const cJSON *value)
{
    struct summary_file *file = context;
    size_t head = strcspn(key, "."), i = file->pairs;
    for (size_t k = 0; k < sizeof own_keys / sizeof own_keys[0]; k++)
        if (strlen(own_keys[k]) == head && strncmp(own_keys[k], key, head) == 0)
            return;
    if (!cJSON_IsString(value) && !cJSON_IsNumber(value))
        return;
    file->pair = mem_resize(file->pair, i + 1, sizeof file->pair[0]);
    file->key = mem_resize(file->key, i + 1, sizeof file->key[0]);
    file->key[i] = mem_copy_string(key);
    file->pair[i] =
        (struct summary_pair){file->key[i], value->valuestring, value->valuedouble};
    file->pairs++;
}

static const char *text_of(const cJSON *json, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static uint64_t seed_of(const cJSON *json)
{
    const char *text = text_of(json, "seed");
    double number = json_get(json, "seed", 0);
    if (text)
        return strtoull(text, NULL, 10);
    return number >= 0 && number <= (double)EXACT_IN_JSON ? (uint64_t)number : 0;
}

int summary_read(const char *folder, struct summary_file *file, struct err *e)
{
    AUTO(buf_finish) struct buf text = {0};
    AUTO_FREE char *path = path_join(folder, SUMMARY_FILE);
    *file = (struct summary_file){0};
    if (file_read(path, READ_LIMIT, &text, e) < 0)
        return -1;
    file->json = cJSON_Parse(buf_text(&text));
    if (!cJSON_IsObject(file->json)) {
        err_set(e, ERR_INPUT, "expected a JSON object, found something else");
        summary_file_finish(file);
        return err_place(e, "%s", path);
    }
    summary_each(file->json, keep_pair, file);
    file->facts = (struct summary_facts){
        .seconds = json_get(file->json, "seconds", 0),
        .images_per_second = json_get(file->json, "images_per_second", 0),
        .seed = seed_of(file->json),
        .ngspice_version = text_of(file->json, "ngspice_version"),
        .weights_sha256 = text_of(file->json, "weights_sha256"),
        .pairs = file->pairs,
        .pair = file->pair,
    };
    return 0;
}

void summary_file_finish(struct summary_file *file)
{
    for (size_t i = 0; i < file->pairs; i++)
        free(file->key[i]);
    free(file->key);
    free(file->pair);
    cJSON_Delete(file->json);
    *file = (struct summary_file){0};
}
