#include "app/origin.h"

#include "base/log.h"
#include "base/mem.h"
#include "data/split.h"
#include "study/datadir.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define SHIPPED "digits-64x10.csv" /* where nobody names weights */

/* In the header of conductances: the file of the weights. */
#define ORIGIN_SHA256 "weights_sha256"
#define ORIGIN_PATH "weights_path"

/* ---- weights ---- */

/* "DIR/name.csv" beside "DIR/name.npy"; NULL for other names. */
static char *csv_beside(const char *path)
{
    const char *dot = strrchr(path_base(path), '.');
    struct buf b = {0};
    if (!dot || strcasecmp(dot, ".npy") != 0)
        return NULL;
    buf_append(&b, path, (size_t)(dot - path));
    buf_puts(&b, ".csv");
    return b.data;
}

/* A file without a header takes the notes of the .csv file beside it, if that holds the
 * same numbers. */
static void take_notes_beside(struct origin *o, const char *path, struct weights *w)
{
    AUTO_FREE char *beside = w->notes ? NULL : csv_beside(path);
    AUTO(weights_finish) struct weights other = {0};
    struct err none;
    if (beside && weights_read(beside, NULL, &other, &none) == 0 &&
        weights_same(w, &other)) {
        weights_take_notes(w, &other);
        free(o->notes_path);
        o->notes_path = mem_copy_string(beside);
    }
}

static int read_weights(struct origin *o, const char *path, struct err *e)
{
    struct weights_expected expected = {
        .inputs = o->inputs, .outputs = o->outputs, .low = 0, .high = 1};
    int status = weights_read(path, &expected, &o->weights, e);
    if (status == 0)
        status = sha256_file(path, o->weights_sha256, e);
    if (status == 0)
        take_notes_beside(o, path, &o->weights);
    o->weights_path = mem_copy_string(path);
    return status;
}

/* ---- conductances, and the weights that they were programmed from ---- */

static int read_conductances(struct origin *o, struct err *e)
{
    const char *path = o->study->map.conductances;
    struct weights_expected expected = {.inputs = o->inputs,
                                        .outputs = o->outputs,
                                        .low = 1e-9,
                                        .high = 5e-3,
                                        .noun = "conductance"};
    if (weights_read(path, &expected, &o->achieved, e) < 0)
        return err_hint(e, "map.conductances holds conductances in S, one a cell");
    take_notes_beside(o, path, &o->achieved);
    return sha256_file(path, o->conductances_sha256, e);
}

/* Hash of the weights that were programmed, or NULL; files of earlier versions have it
 * under another key. */
static const char *programmed_sha256(const struct origin *o)
{
    const char *hex = weights_find(&o->achieved, ORIGIN_SHA256);
    return hex ? hex : weights_find(&o->achieved, "programmed_from");
}

/* A header may name anything: a pipe or a device is not opened. */
static bool is_plain_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The file of these weights, if it is still what it was; the caller frees it. */
static char *programmed_file(const struct origin *o)
{
    const char *hex = programmed_sha256(o),
               *path = weights_find(&o->achieved, ORIGIN_PATH);
    const char *names[] = {path ? path : SHIPPED, SHIPPED};
    for (size_t i = 0; hex && i < 2; i++) {
        char *file = datadir_resolve(o->root, "weights", names[i]), found[SHA256_HEX];
        struct err none;
        if (is_plain_file(file) && sha256_file(file, found, &none) == 0 &&
            strcmp(found, hex) == 0)
            return file;
        free(file);
    }
    return NULL;
}

/* Whether the weights are those that were programmed: that file, or another one with the
 * same numbers. */
static bool were_programmed(const struct origin *o)
{
    AUTO(weights_finish) struct weights w = {0};
    struct err none;
    if (strcmp(programmed_sha256(o), o->weights_sha256) == 0)
        return true;
    AUTO_FREE char *file = programmed_file(o);
    return file && weights_read(file, NULL, &w, &none) == 0 &&
           weights_same(&w, &o->weights);
}

/* Weights beside conductances must be those that were programmed, as far as these say. */
static int check_pair(struct origin *o, struct err *e)
{
    if (!programmed_sha256(o))
        return 0;
    if (!were_programmed(o)) {
        const char *path = weights_find(&o->achieved, ORIGIN_PATH);
        err_set(e, ERR_USAGE, "%s was programmed from other weights%s%s",
                o->study->map.conductances, path ? ": " : "", path ? path : "");
        err_place(e, "%s", o->weights_path);
        return err_hint(e, "leave simulate.weights (--weights) out");
    }
    if (!o->weights.notes)
        weights_take_notes(&o->weights, &o->achieved);
    return 0;
}

/* The notes of the conductances in the place of weights that are not there. */
static void stand_in(struct origin *o)
{
    const char *hex = programmed_sha256(o);
    o->weights =
        (struct weights){.inputs = o->achieved.inputs, .outputs = o->achieved.outputs};
    weights_take_notes(&o->weights, &o->achieved);
    if (hex)
        snprintf(o->weights_sha256, sizeof o->weights_sha256, "%s", hex);
}

int origin_open(struct origin *o, const struct study *s, const char *root,
                const char *path, size_t inputs, size_t outputs, struct err *e)
{
    *o = (struct origin){.study = s, .root = root, .inputs = inputs, .outputs = outputs};
    const char *asked = path ? path : o->study->simulate.weights;
    bool achieved = o->study->map.conductances[0], given = asked[0];
    if (achieved && read_conductances(o, e) < 0)
        return -1;
    AUTO_FREE char *file = given      ? datadir_resolve(o->root, "weights", asked)
                           : achieved ? programmed_file(o)
                                      : datadir_resolve(o->root, "weights", SHIPPED);
    int status = 0;
    if (!file)
        stand_in(o);
    else
        status = read_weights(o, file, e);
    if (status == 0 && file && achieved)
        status = check_pair(o, e);
    return status;
}

void origin_finish(struct origin *o)
{
    weights_finish(&o->weights);
    weights_finish(&o->achieved);
    free(o->weights_path);
    free(o->notes_path);
    *o = (struct origin){0};
}

void origin_note(const struct origin *o, struct weights *w)
{
    weights_take_notes(w, &o->weights);
    weights_note(w, ORIGIN_SHA256, "%s", o->weights_sha256);
    weights_note(w, ORIGIN_PATH, "%s", o->weights_path);
}

uint64_t origin_seed(const struct origin *o)
{
    const char *seed = weights_find(&o->weights, "split_seed");
    return seed ? strtoull(seed, NULL, 10) : (uint64_t)o->study->train.seed;
}

/* ---- judging ---- */

/* Whether the weights were trained on these images; the file's hash of them was made
 * under the name of the program that wrote it. */
static bool same_data(const struct origin *o, const struct dataset *images,
                      const char *data)
{
    const char *made_by = weights_find(&o->weights, "made_by");
    char program[32] = "spikebar", hex[SHA256_HEX];
    if (made_by)
        snprintf(program, sizeof program, "%.*s", (int)strcspn(made_by, " "), made_by);
    dataset_hash(images, program, hex);
    return strcmp(data, hex) == 0;
}

/* How many of the chosen images, rows of the data, the weights were trained on: their
 * split of the same data, drawn once more. */
static size_t count_seen(const struct origin *o, size_t count, const char *seed,
                         size_t unseen, size_t units, const uint32_t image[])
{
    size_t seen = 0;
    AUTO(split_finish) struct split s;
    AUTO_FREE bool *trained = mem_alloc(count, sizeof *trained);
    if (weights_find(&o->weights, ORIGIN_OWN_TEST))
        split_at(count, count - unseen, &s);
    else
        split_random(strtoull(seed, NULL, 10), count, (double)unseen / (double)count, &s);
    for (size_t k = 0; k < s.train_count; k++)
        trained[s.train[k]] = true;
    for (size_t k = 0; k < units; k++)
        seen += trained[image[k]];
    return seen;
}

static void judge(struct origin *o, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void judge(struct origin *o, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(o->provenance, sizeof o->provenance, fmt, ap);
    va_end(ap);
}

static const char silent[] = "the weights do not say which images they were trained on";

/* The weights do not tell: what does the study say? */
static void judge_by_the_study(struct origin *o)
{
    if (o->study->dataset.test_path[0])
        judge(o, "stated: %s; the test images are those of dataset.test_path", silent);
    else if (o->study->dataset.split_seed >= 0)
        judge(o, "stated: %s; the test images are those of dataset.split_seed", silent);
    else
        judge(o, "unknown: %s; test images may be among them", silent);
}

void origin_judge(struct origin *o, const struct dataset *images, size_t units,
                  const uint32_t image[])
{
    const char *data = weights_find(&o->weights, "data_sha256");
    const char *seed = weights_find(&o->weights, "split_seed");
    const char *test = weights_find(&o->weights, "test_images");
    if (!data || !seed || !test) {
        judge_by_the_study(o);
        return;
    }
    size_t unseen = strtoull(test, NULL, 10);
    if (!same_data(o, images, data) || unseen > images->count) {
        judge(o, "unknown: the weights were trained on other data, which may hold test "
                 "images too");
        return;
    }
    size_t seen = count_seen(o, images->count, seed, unseen, units, image);
    if (seen)
        judge(o,
              "seen: the weights were trained on another split, with %zu of these %zu "
              "images",
              seen, units);
    else if (o->achieved.w && !programmed_sha256(o))
        judge(o, "stated: the conductances do not say which weights they were programmed "
                 "from; those that were given count");
    else
        judge(o, "known");
}

/* ---- telling ---- */

/* What follows "unknown: ". */
static const char *reason(const char *provenance)
{
    const char *colon = strstr(provenance, ": ");
    return colon ? colon + 2 : "";
}

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static void tell_of_missing_weights(const struct origin *o)
{
    const char *path = weights_find(&o->achieved, ORIGIN_PATH);
    if (!path)
        path = "a file without a name";
    log_say("%s was programmed from %s, which is %s: its own notes count",
            o->study->map.conductances, path,
            file_exists(path) ? "another one now" : "not there");
}

void origin_tell(const struct origin *o, bool tested)
{
    if (o->achieved.w && !o->weights.w && programmed_sha256(o))
        tell_of_missing_weights(o);
    if (o->notes_path)
        log_say("the notes of %s count, which holds the same matrix", o->notes_path);
    if (!tested || begins(o->provenance, "known") || begins(o->provenance, "stated"))
        return;
    const char *text = reason(o->provenance);
    log_say("WARNING: %s%s", text,
            begins(text, silent) ? "; dataset.split_seed or dataset.test_path would tell"
                                 : "");
}

void origin_sentence(const char *provenance, struct buf *out)
{
    const char *text = reason(provenance);
    if (*text)
        buf_printf(out, "%c%s.", toupper((unsigned char)*text), text + 1);
}
