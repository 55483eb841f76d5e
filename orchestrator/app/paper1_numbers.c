#include "app/paper1_numbers.h"

#include "app/paper.h"
#include "app/simulate.h"
#include "app/sweep.h"
#include "app/verify.h"
#include "app/view.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "lab/unit.h"
#include "num/quantise.h"
#include "num/stats.h"
#include "report/json.h"
#include "report/score_tables.h"
#include "snn/ann.h"
#include "snn/peaks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number of a row; `what`: network, circuit, network_error ... */
static void note(struct paper1_numbers *w, const char *key, const char *what, double x)
{
    char name[96];
    snprintf(name, sizeof name, "%s/%s", key, what);
    json_number(w->found, name, x);
}

double paper1_noted(const struct paper1_numbers *w, const char *key, const char *what)
{
    char name[96];
    snprintf(name, sizeof name, "%s/%s", key, what);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(w->found, name);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static char *below(const struct paper1_numbers *w, const char *name)
{
    return path_join(w->folder, name);
}

/* ---- Figs. 1 to 5 ---- */

static int devices(struct paper1_numbers *w, struct err *e)
{
    struct device_result r;
    struct study s = *w->study; /* texts are borrowed */
    AUTO_FREE char *folder = below(w, "device");
    if (w->quick && s.device.repeats > 3)
        s.device.repeats = 3;
    if (paper_run(&s, w->root, folder, false, &r, e) < 0)
        return -1;
    w->device = cJSON_DetachItemFromObject(r.json, "rows");
    device_result_finish(&r);
    return 0;
}

/* ---- Fig. 7 ---- */

static int one_synapse(struct paper1_numbers *w, struct err *e)
{
    AUTO(unit_finish) struct unit u = {0};
    AUTO_FREE char *folder = below(w, "unit");
    if (unit_run(&u, w->study, w->root, "10,110,115,120", 0.5, e) < 0 ||
        unit_write(&u, folder, e) < 0)
        return -1;
    note(w, "unit", "circuit", 100 * u.model[UNIT_DOUBLE].membrane_error);
    return 0;
}

/* ---- Fig. 8 ---- */

enum { IMAGE = 12 };

static int one_digit(struct paper1_numbers *w, struct err *e)
{
    struct experiment x;
    struct view v = {0};
    AUTO_FREE char *folder = below(w, "digit");
    bool good = experiment_open(&x, w->study, w->root, NULL, e) == 0 &&
                experiment_ready(&x, e) == 0;
    uint32_t image = good && x.data.count > IMAGE ? IMAGE : 0;
    good = good && view_make(&v, &x, image, x.data.labels[image], folder, e) == 0 &&
           view_write(&v, e) == 0;
    if (good) {
        struct raster r;
        AUTO_FREE double *native = mem_alloc(2 * x.array.outputs, sizeof *native);
        size_t best = 0;
        double most = -INFINITY;
        raster_init(&r, x.array.inputs, x.coding.window_ms);
        experiment_raster(&x, image, &r);
        note(w, "digit", "network",
             (double)peaks_find(&x.network, &r, x.array.outputs, native,
                                native + x.array.outputs));
        raster_finish(&r);
        for (size_t j = 0; j < x.array.outputs; j++) {
            size_t c = j * DECK_VECTORS + DECK_MEMBRANE;
            double above = trace_peak(v.all.points, v.all.time_s, v.all.value[c]).above;
            if (above > most) {
                most = above;
                best = j;
            }
        }
        note(w, "digit", "circuit", (double)best);
    }
    view_finish(&v);
    experiment_finish(&x);
    return good ? 0 : -1;
}

static int one_run(struct paper1_numbers *w, struct err *e)
{
    struct study s = *w->study;
    struct verify_result r;
    AUTO_FREE char *folder = below(w, "run");
    s.simulate.images = w->quick ? 100 : 0;
    if (verify_run(&s, w->root, folder, NULL, false, &r, e) < 0)
        return -1;
    note(w, "run", "network", 100 * json_get(r.json, "native.accuracy", NAN));
    note(w, "run", "circuit", 100 * json_get(r.json, "circuit.accuracy", NAN));
    note(w, "agreement", "circuit", 100 * json_get(r.json, "agreement", NAN));
    note(w, "rms", "circuit", 100 * json_get(r.json, "error_rms", NAN));
    cJSON_Delete(r.json);
    free(r.folder);
    return 0;
}

/* ---- Figs. 9A to 9C ---- */

/* One of the sweeps; the result is the table of its points. */
static int sweep(struct paper1_numbers *w, const char *name, const char *axes,
                 const char *fixed, bool native, size_t trials, cJSON **points,
                 struct err *e)
{
    struct study s;
    struct sweep_result r = {0};
    AUTO(buf_finish) struct buf place = {0};
    buf_printf(&place, "%s-%s", name, native ? "network" : "circuit");
    AUTO_FREE char *folder = below(w, place.data);
    study_copy(&s, w->study);
    int status = study_put(&s, "sweep.axes", axes, e);
    if (status == 0 && fixed)
        status = study_set(&s, fixed, e);
    s.sweep.native = native;
    s.sweep.trials = (int64_t)trials;
    s.simulate.images = native || !w->quick ? 0 : trials > 1 ? 30 : 100;
    log_say("%s", place.data);
    if (status == 0)
        status = sweep_run(&s, w->root, folder, false, &r, e);
    *points = status == 0 ? cJSON_DetachItemFromObject(r.json, "table") : NULL;
    cJSON_Delete(r.json);
    free(r.folder);
    study_finish(&s);
    return status;
}

/* The point with these values of two axes; the second may be NULL. */
static const cJSON *point_at(const cJSON *points, double bits, const char *axis,
                             double at)
{
    const cJSON *p;
    cJSON_ArrayForEach(p, points)
    {
        const cJSON *b = cJSON_GetObjectItemCaseSensitive(p, "map.bits"),
                    *x = axis ? cJSON_GetObjectItemCaseSensitive(p, axis) : NULL;
        if (b && b->valuedouble == bits &&
            (!axis || (x && fabs(x->valuedouble - at) < 1e-9)))
            return p;
    }
    return NULL;
}

struct accuracy_at {
    double share, error, images; /* error: over trials; 0 of one */
};

static struct accuracy_at look(const cJSON *points, const char *who, double bits,
                               const char *axis, double at)
{
    const cJSON *p = point_at(points, bits, axis, at);
    char key[64];
    struct accuracy_at a = {NAN, 0, NAN};
    if (!p)
        return a;
    snprintf(key, sizeof key, "%s_accuracy", who);
    a.share = json_get(p, key, NAN);
    snprintf(key, sizeof key, "%s_standard_error", who);
    a.error = json_get(p, key, 0);
    a.error = isfinite(a.error) ? a.error : 0;
    a.images = json_get(p, "images", NAN);
    return a;
}

/* Half of a 95 % interval of a - b: over trials, and over images as if those of the two
 * were not the same (so it is too wide). `images` 0: those that there are. */
static double half(const struct accuracy_at *a, const struct accuracy_at *b,
                   double images)
{
    double n = images > 0 ? images : a->images;
    return STATS_Z95 *
           sqrt(a->error * a->error + b->error * b->error +
                a->share * (1 - a->share) / n + b->share * (1 - b->share) / n);
}

/* network and circuit tables of a sweep: an accuracy, or the difference of two. */
struct two {
    const cJSON *network, *circuit;
};

static void note_accuracy(struct paper1_numbers *w, const char *key, struct two t,
                          double bits, const char *axis, double at)
{
    struct accuracy_at n = look(t.network, "native", bits, axis, at),
                       c = look(t.circuit, "circuit", bits, axis, at);
    note(w, key, "network", 100 * n.share);
    note(w, key, "network_error", 100 * n.error);
    note(w, key, "circuit", 100 * c.share);
    note(w, key, "circuit_error", 100 * c.error);
}

static void note_difference(struct paper1_numbers *w, const char *key, struct two t,
                            double bits_a, double bits_b, const char *axis, double at_a,
                            double at_b)
{
    const struct {
        const cJSON *points;
        const char *who, *column;
    } side[] = {{t.network, "native", "network"}, {t.circuit, "circuit", "circuit"}};
    for (size_t i = 0; i < 2; i++) {
        struct accuracy_at a = look(side[i].points, side[i].who, bits_a, axis, at_a),
                           b = look(side[i].points, side[i].who, bits_b, axis, at_b);
        char name[64];
        note(w, key, side[i].column, 100 * (a.share - b.share));
        snprintf(name, sizeof name, "%s_half", side[i].column);
        note(w, key, name, 100 * half(&a, &b, 0));
        if (i == 0)
            note(w, key, "half_of_100", 100 * half(&a, &b, PAPER1_IMAGES));
    }
}

/* What one bit keeps of its accuracy at 20 % less what continuous weights keep. */
static void note_tolerance(struct paper1_numbers *w, struct two t)
{
    static const char axis[] = "map.tuning_error";
    const struct {
        const cJSON *points;
        const char *who, *column, *half;
    } side[] = {{t.network, "native", "network", "network_half"},
                {t.circuit, "circuit", "circuit", "circuit_half"}};
    for (size_t i = 0; i < 2; i++) {
        struct accuracy_at at[4] = {look(side[i].points, side[i].who, 1, axis, 0.2),
                                    look(side[i].points, side[i].who, 1, axis, 0),
                                    look(side[i].points, side[i].who, 0, axis, 0.2),
                                    look(side[i].points, side[i].who, 0, axis, 0)};
        double keeps[2], square[2] = {0}, square_100[2] = {0};
        for (size_t b = 0; b < 2; b++) {
            const struct accuracy_at *x = &at[2 * b];
            keeps[b] = x[0].share / x[1].share;
            for (size_t k = 0; k < 2; k++) {
                double of = x[k].share * (1 - x[k].share), r = x[k].share;
                square[b] += (x[k].error * x[k].error + of / x[k].images) / (r * r);
                square_100[b] += (x[k].error * x[k].error + of / PAPER1_IMAGES) / (r * r);
            }
        }
        double spread = keeps[0] * keeps[0] * square[0] + keeps[1] * keeps[1] * square[1];
        note(w, "tolerant", side[i].column, 100 * (keeps[0] - keeps[1]));
        note(w, "tolerant", side[i].half, 100 * STATS_Z95 * sqrt(spread));
        if (i == 0)
            note(w, "tolerant", "half_of_100",
                 100 * STATS_Z95 *
                     sqrt(keeps[0] * keeps[0] * square_100[0] +
                          keeps[1] * keeps[1] * square_100[1]));
    }
}

/* The network without spikes, its weights and biases on 2^bits levels between the
 * smallest and the largest. */
static int softmax_bits(struct paper1_numbers *w, struct err *e)
{
    struct experiment x;
    if (experiment_open(&x, w->study, w->root, NULL, e) < 0) {
        experiment_finish(&x);
        return -1;
    }
    const struct dataset *d = &x.data;
    struct ann_images images = {d->count, d->level_max, d->levels, d->labels};
    AUTO(ann_finish) struct ann a;
    struct ann_options o;
    static const int bits[] = {1, 3, 0};
    ann_defaults(&o);
    o.seed = (uint64_t)w->study->train.seed;
    ann_init(&a, d->features, d->classes);
    ann_train(&a, &images, x.split.train_count, x.split.train, &o);
    size_t n = (a.inputs + 1) * a.outputs;
    AUTO_FREE double *whole = mem_alloc(n, sizeof *whole);
    memcpy(whole, a.weights, n * sizeof *whole);
    double low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < n; k++) {
        low = fmin(low, whole[k]);
        high = fmax(high, whole[k]);
    }
    for (size_t b = 0; b < 3; b++) {
        char key[16];
        for (size_t k = 0; k < n; k++)
            a.weights[k] =
                low + (high - low) * quantise((whole[k] - low) / (high - low), bits[b]);
        snprintf(key, sizeof key, "ann.%d", bits[b]);
        note(w, key, "network",
             100 * ann_accuracy(&a, &images, x.split.test_count, x.split.test));
    }
    experiment_finish(&x);
    return 0;
}

static int both(struct paper1_numbers *w, const char *name, const char *axes,
                const char *fixed, size_t trials, cJSON *points[2], struct err *e)
{
    size_t few = w->quick && trials > 1 ? 2 : trials;
    points[1] = NULL;
    int status = sweep(w, name, axes, fixed, true, trials, &points[0], e);
    if (status == 0)
        status = sweep(w, name, axes, fixed, false, few, &points[1], e);
    return status;
}

static int bits(struct paper1_numbers *w, struct err *e)
{
    cJSON *p[2] = {0};
    int status = both(w, "bits", "map.bits=1,2,3,4,5,0", NULL, 1, p, e);
    struct two t = {p[0], p[1]};
    for (int b = 0; b <= 4; b++) {
        char key[16];
        snprintf(key, sizeof key, "bits.%d", b);
        note_accuracy(w, key, t, b, NULL, 0);
    }
    note_difference(w, "saturates", t, 0, 3, NULL, 0, 0);
    cJSON_Delete(p[0]);
    cJSON_Delete(p[1]);
    return status < 0 ? status : softmax_bits(w, e);
}

static int tuning(struct paper1_numbers *w, struct err *e)
{
    static const char axis[] = "map.tuning_error";
    cJSON *p[2] = {0};
    int status =
        both(w, "tuning", "map.bits=1,2,3,0 map.tuning_error=0,0.01,0.03,0.05,0.1,0.2",
             NULL, 5, p, e);
    struct two t = {p[0], p[1]};
    note_difference(w, "flat", t, 0, 0, axis, 0, 0.05);
    note_difference(w, "falls", t, 0, 0, axis, 0.1, 0.2);
    note_tolerance(w, t);
    cJSON_Delete(p[0]);
    cJSON_Delete(p[1]);
    return status;
}

static int noise(struct paper1_numbers *w, struct err *e)
{
    static const char axis[] = "noise.read";
    cJSON *p[2] = {0};
    int status = both(w, "noise", "map.bits=1,2,3,0 noise.read=0,0.01,0.03,0.05,0.07",
                      "map.tuning_error=0.03", 5, p, e);
    struct two t = {p[0], p[1]};
    note_difference(w, "noise", t, 0, 0, axis, 0, 0.07);
    note_accuracy(w, "final", t, 3, axis, 0.05);
    cJSON_Delete(p[0]);
    cJSON_Delete(p[1]);
    return status;
}

/* ---- Fig. S7, Table S3 ---- */

enum { S7_IMAGES = 20 };

static int s7_run(struct paper1_numbers *w, const char *name, double read, double step_s,
                  struct score_set *set, struct err *e)
{
    struct study s = *w->study;
    struct verify_result r;
    AUTO_FREE char *folder = below(w, name);
    s.simulate.images = S7_IMAGES;
    s.noise.read = read;
    s.noise.step_s = step_s;
    s.report.pictures = false;
    if (verify_run(&s, w->root, folder, NULL, false, &r, e) < 0)
        return -1;
    int status = score_tables_read(folder, set, e);
    cJSON_Delete(r.json);
    free(r.folder);
    return status;
}

/* |noisy - calm| over calm, in percent: mean over membranes, and over the images the
 * worst membrane; network and circuit. */
static void compare(const struct score_set *calm, const struct score_set *noisy,
                    double mean[2], double worst[2])
{
    for (int who = 0; who < 2; who++) {
        double sum = 0, of_worst = 0, n = 0, images = 0;
        for (size_t k = 0; k < calm->images; k++) {
            const struct score_image *a = &calm->image[k], *b = &noisy->image[k];
            double most = 0;
            if (a->failed || b->failed)
                continue;
            for (size_t j = 0; j < calm->outputs; j++) {
                double x = who ? a->circuit_V[j] : a->native[j],
                       y = who ? b->circuit_V[j] : b->native[j];
                if (x <= 0)
                    continue;
                sum += fabs(y / x - 1);
                most = fmax(most, fabs(y / x - 1));
                n++;
            }
            of_worst += most;
            images++;
        }
        mean[who] = 100 * sum / n;
        worst[who] = 100 * of_worst / images;
    }
}

static int peak_differences(struct paper1_numbers *w, struct err *e)
{
    static const struct {
        const char *key, *folder;
        double read, step_s;
    } with[] = {{"s7.1", "noise-1", 0.01, 0},
                {"s7.3", "noise-3", 0.03, 0},
                {"s7.5", "noise-5", 0.05, 0},
                {"s7.7", "noise-7", 0.07, 0},
                {"s7.fine", "noise-7-fine", 0.07, 1e-4}};
    AUTO(scores_finish) struct score_set calm = {0};
    if (s7_run(w, "noise-0", 0, 0, &calm, e) < 0)
        return -1;
    for (size_t k = 0; k < sizeof with / sizeof with[0]; k++) {
        AUTO(scores_finish) struct score_set noisy = {0};
        double mean[2], worst[2];
        if (s7_run(w, with[k].folder, with[k].read, with[k].step_s, &noisy, e) < 0)
            return -1;
        compare(&calm, &noisy, mean, worst);
        note(w, with[k].key, "network", mean[0]);
        note(w, with[k].key, "circuit", mean[1]);
        if (strcmp(with[k].key, "s7.7") == 0) {
            note(w, "s7.worst", "network", worst[0]);
            note(w, "s7.worst", "circuit", worst[1]);
        }
    }
    return 0;
}

/* ---- Fig. 9D ---- */

/* Share of the inputs that fire, mean over all images, %. `path` NULL: the study's. */
static int sparsity_of(struct paper1_numbers *w, const char *path, const char *key,
                       struct err *e)
{
    struct study s;
    struct dataset d = {0};
    struct coding c;
    struct raster r;
    size_t first_test, spikes = 0;
    study_copy(&s, w->study);
    int status = path ? study_put(&s, "dataset.path", path, e) : 0;
    if (status == 0 && path)
        status = study_put(&s, "dataset.test_path", "", e);
    if (status == 0)
        status = experiment_coding(&s, &c, e);
    if (status == 0)
        status = experiment_load_images(&s, w->root, &d, &first_test, e);
    if (status == 0) {
        size_t inputs = coding_inputs(&c, d.features);
        raster_init(&r, inputs, c.window_ms);
        for (size_t k = 0; k < d.count; k++) {
            coding_image(&c, d.features, d.level_max, d.levels + k * d.features, &r);
            for (size_t i = 0; i < inputs; i++)
                spikes += r.number[i] > 0;
        }
        raster_finish(&r);
        note(w, key, "network", 100 * (double)spikes / (double)(d.count * inputs));
    }
    dataset_finish(&d);
    study_finish(&s);
    return status;
}

#define FASHION "/usr/share/dataset-fashion-mnist/t10k-images-idx3-ubyte.gz"

static int sparsity(struct paper1_numbers *w, struct err *e)
{
    if (sparsity_of(w, NULL, "sparsity", e) < 0 ||
        (w->sparsity && sparsity_of(w, w->sparsity, "sparsity.other", e) < 0))
        return -1;
    if (file_exists(FASHION))
        return sparsity_of(w, FASHION, "sparsity.fashion", e);
    log_say("no Fashion-MNIST: its row stays empty (apt-get install "
            "dataset-fashion-mnist)");
    return 0;
}

/* ---- all of it ---- */

/* What is made, and the keys of it. */
static const struct part {
    int (*make)(struct paper1_numbers *w, struct err *e);
    const char *keys; /* a blank around each */
} parts[] = {
    {devices, ""},
    {one_synapse, " unit "},
    {one_digit, " digit "},
    {one_run, " run agreement rms "},
    {bits, " bits.0 bits.1 bits.2 bits.3 bits.4 saturates ann.0 ann.1 ann.3 "},
    {tuning, " flat falls tolerant "},
    {noise, " noise final "},
    {peak_differences, " s7.1 s7.3 s7.5 s7.7 s7.fine s7.worst "},
    {sparsity, " sparsity sparsity.fashion sparsity.other "},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

bool paper1_makes(const char *key)
{
    char word[64];
    snprintf(word, sizeof word, " %s ", key);
    for (size_t p = 0; p < PARTS; p++)
        if (strstr(parts[p].keys, word))
            return true;
    return false;
}

int paper1_make(struct paper1_numbers *n, struct err *e)
{
    n->found = cJSON_CreateObject();
    for (size_t k = 0; k < PARTS; k++)
        if (parts[k].make(n, e) < 0)
            return -1;
    return 0;
}

void paper1_numbers_finish(struct paper1_numbers *n)
{
    cJSON_Delete(n->found);
    cJSON_Delete(n->device);
}
