#include "app/paper1.h"

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
#include "report/html.h"
#include "report/json.h"
#include "report/score_tables.h"
#include "snn/ann.h"
#include "snn/peaks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

enum judge {
    SHOWN,   /* the number stands in a picture alone, or nowhere */
    OF_100,  /* an accuracy of 100 images: ours must lie in Wilson's interval of theirs */
    AT_MOST, /* below the paper's number */
    EQUAL,   /* the claim is that two settings do not differ */
    FALLS    /* ... or that the second is worse */
};

/* Numbers are named by their keys in the found ones; `key`.network, .circuit and the
 * errors .network_error, .circuit_error. For EQUAL and FALLS they are differences. */
static const struct row {
    const char *figure, *claim, *unit;
    double paper; /* NAN: not in the text */
    const char *key;
    enum judge judge;
    const char *why;
} rows[] = {
    {"7C", "membrane of one synapse: error against the double exponential", "%", 2.1,
     "unit", AT_MOST,
     "the paper's 1 ms steps begin with the pulse, the circuit's current 23 us later"},
    {"8D", "largest membrane is the image's class, network and circuit", "class", NAN,
     "digit", SHOWN, "image 12 of the digits"},
    {"8C,D", "accuracy of the network and of the circuit", "%", 90, "run", OF_100,
     "same images on both sides"},
    {"8D", "agreement of circuit and network", "%", NAN, "agreement", SHOWN, ""},
    {"8D", "error of the membranes' maxima, rms over the largest", "%", NAN, "rms", SHOWN,
     ""},
    {"9A", "accuracy with 1 bit", "%", NAN, "bits.1", SHOWN, "picture alone"},
    {"9A", "accuracy with 2 bits", "%", NAN, "bits.2", SHOWN, "picture alone"},
    {"9A", "accuracy with 3 bits", "%", 90, "bits.3", OF_100, ""},
    {"9A", "accuracy with 4 bits", "%", 90, "bits.4", OF_100, ""},
    {"9A", "accuracy, continuous weights", "%", 90, "bits.0", OF_100, ""},
    {"9A", "softmax network without spikes, 1 bit", "%", NAN, "ann.1", SHOWN,
     "levels between its smallest and largest weight"},
    {"9A", "softmax network without spikes, 3 bits", "%", NAN, "ann.3", SHOWN, ""},
    {"9A", "softmax network without spikes, continuous", "%", NAN, "ann.0", SHOWN, ""},
    {"9A", "saturates from 3 bits: continuous less 3 bits", "points", NAN, "saturates",
     EQUAL, ""},
    {"9B", "flat to 5 % tuning error: 0 less 5 %", "points", NAN, "flat", EQUAL,
     "continuous weights"},
    {"9B", "falls beyond 10 %: 10 less 20 %", "points", NAN, "falls", FALLS,
     "continuous weights"},
    {"9B", "one bit is more tolerant: loss to 20 % of continuous weights less its own",
     "points", NAN, "tolerant", FALLS, "each relative to its accuracy without errors"},
    {"9C", "7 % noise costs nothing: 0 less 7 %, 3 % tuning error", "points", NAN,
     "noise", EQUAL, "continuous weights, one draw a spike"},
    {"9C", "3 bits, 3 % tuning error, 5 % noise", "%", 90, "final", OF_100, ""},
    {"S7", "peak difference at 1 % noise, mean over membranes", "%", NAN, "s7.1", SHOWN,
     "Table S3's numbers are not in the text"},
    {"S7", "peak difference at 3 % noise", "%", NAN, "s7.3", SHOWN, ""},
    {"S7", "peak difference at 5 % noise", "%", NAN, "s7.5", SHOWN, ""},
    {"S7", "peak difference at 7 % noise, mean over membranes", "%", 3, "s7.7", SHOWN,
     "the paper: about 3 %; one draw a spike"},
    {"S7", "the same, the worst of an image's ten membranes", "%", 3, "s7.worst", SHOWN,
     "mean and worst bracket the paper's 3 %"},
    {"S7", "the same with a draw each 0.1 ms", "%", 3, "s7.fine", SHOWN,
     "averages out within a pulse"},
    {"9D", "inputs that fire, digits that ship", "%", 40, "sparsity", AT_MOST,
     "within 40 % for all three data sets"},
    {"9D", "inputs that fire, Fashion-MNIST", "%", 40, "sparsity.fashion", AT_MOST,
     "where the package dataset-fashion-mnist is installed"},
    {"9D", "inputs that fire, other images (--sparsity)", "%", 40, "sparsity.other",
     AT_MOST, ""},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

struct work {
    const struct study *study;
    const char *root, *folder, *sparsity;
    bool quick;
    cJSON *found;       /* numbers by key */
    struct table table; /* rows */
    struct table shown; /* the same for people, on the page, */
    struct buf *text;   /* and as text */
    cJSON *device;      /* rows of `device paper` */
};

/* A number of a row; `what`: network, circuit, network_error ... */
static void note(struct work *w, const char *key, const char *what, double x)
{
    char name[96];
    snprintf(name, sizeof name, "%s/%s", key, what);
    json_number(w->found, name, x);
}

static double noted(const struct work *w, const char *key, const char *what)
{
    char name[96];
    snprintf(name, sizeof name, "%s/%s", key, what);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(w->found, name);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static char *below(const struct work *w, const char *name)
{
    return path_join(w->folder, name);
}

/* ---- Figs. 1 to 5 ---- */

static int devices(struct work *w, struct err *e)
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

static int one_synapse(struct work *w, struct err *e)
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

static int one_digit(struct work *w, struct err *e)
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

static int one_run(struct work *w, struct err *e)
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

enum { POINTS_OF_IMAGES = 100 }; /* that the paper had for a point */

/* One of the sweeps; the result is the table of its points. */
static int sweep(struct work *w, const char *name, const char *axes, const char *fixed,
                 bool native, size_t trials, cJSON **points, struct err *e)
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

static void note_accuracy(struct work *w, const char *key, struct two t, double bits,
                          const char *axis, double at)
{
    struct accuracy_at n = look(t.network, "native", bits, axis, at),
                       c = look(t.circuit, "circuit", bits, axis, at);
    note(w, key, "network", 100 * n.share);
    note(w, key, "network_error", 100 * n.error);
    note(w, key, "circuit", 100 * c.share);
    note(w, key, "circuit_error", 100 * c.error);
}

static void note_difference(struct work *w, const char *key, struct two t, double bits_a,
                            double bits_b, const char *axis, double at_a, double at_b)
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
            note(w, key, "half_of_100", 100 * half(&a, &b, POINTS_OF_IMAGES));
    }
}

/* What one bit keeps of its accuracy at 20 % less what continuous weights keep. */
static void note_tolerance(struct work *w, struct two t)
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
                square_100[b] +=
                    (x[k].error * x[k].error + of / POINTS_OF_IMAGES) / (r * r);
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
static int softmax_bits(struct work *w, struct err *e)
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

static int both(struct work *w, const char *name, const char *axes, const char *fixed,
                size_t trials, cJSON *points[2], struct err *e)
{
    size_t few = w->quick && trials > 1 ? 2 : trials;
    points[1] = NULL;
    int status = sweep(w, name, axes, fixed, true, trials, &points[0], e);
    if (status == 0)
        status = sweep(w, name, axes, fixed, false, few, &points[1], e);
    return status;
}

static int bits(struct work *w, struct err *e)
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

static int tuning(struct work *w, struct err *e)
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

static int noise(struct work *w, struct err *e)
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

static int s7_run(struct work *w, const char *name, double read, double step_s,
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

static int peak_differences(struct work *w, struct err *e)
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
static int sparsity_of(struct work *w, const char *path, const char *key, struct err *e)
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

static int sparsity(struct work *w, struct err *e)
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

/* ---- the table ---- */

/* What is made, and the keys of it. */
static const struct part {
    int (*make)(struct work *w, struct err *e);
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

bool paper1_rows_hold(char key[64])
{
    for (size_t i = 0; i < ROWS; i++) {
        char word[64];
        bool made = false;
        snprintf(word, sizeof word, " %s ", rows[i].key);
        for (size_t p = 0; p < PARTS && !made; p++)
            made = strstr(parts[p].keys, word);
        snprintf(key, 64, "%s", rows[i].key);
        if (!made)
            return false;
    }
    return true;
}

const char *paper1_claim(bool equal, double difference, double half, double margin)
{
    if (!isfinite(difference) || !isfinite(half))
        return "not made";
    if (equal)
        return fabs(difference) > half             ? "no"
               : fabs(difference) + half <= margin ? "yes"
                                                   : "cannot tell";
    return difference > half ? "yes" : difference < -half ? "no" : "cannot tell";
}

/* Network and circuit each for itself. */
static void judge_difference(const struct work *w, const struct row *r, size_t size,
                             char verdict[size])
{
    bool equal = r->judge == EQUAL;
    double of_100 = noted(w, r->key, "half_of_100"), d = noted(w, r->key, "network"),
           half[2] = {noted(w, r->key, "network_half"), noted(w, r->key, "circuit_half")};
    snprintf(verdict, size,
             "network %s (+- %.1f), circuit %s (+- %.1f); 100 images +- %.1f%s",
             paper1_claim(equal, d, half[0], of_100), half[0],
             paper1_claim(equal, noted(w, r->key, "circuit"), half[1], of_100), half[1],
             of_100,
             equal        ? ""
             : d > of_100 ? ", could tell"
                          : ", could not tell");
}

static void judge(const struct work *w, const struct row *r, size_t size,
                  char verdict[size])
{
    double network = noted(w, r->key, "network"), circuit = noted(w, r->key, "circuit"),
           ours = isfinite(circuit) ? circuit : network, low, high;
    if (!isfinite(ours)) {
        snprintf(verdict, size, "not made");
        return;
    }
    switch (r->judge) {
    case SHOWN:
        snprintf(verdict, size, "shown");
        break;
    case OF_100:
        stats_wilson_share(r->paper / 100, POINTS_OF_IMAGES, STATS_Z95, &low, &high);
        snprintf(verdict, size, "%s (100 images: %.1f to %.1f)",
                 ours >= 100 * low && ours <= 100 * high ? "met" : "missed", 100 * low,
                 100 * high);
        break;
    case AT_MOST:
        snprintf(verdict, size, "%s", ours <= r->paper ? "met" : "missed");
        break;
    case EQUAL:
    case FALLS:
        judge_difference(w, r, size, verdict);
        break;
    }
}

static void put_cell_text(double x, size_t size, char out[size])
{
    if (isfinite(x))
        snprintf(out, size, "%.2f", x);
    else
        snprintf(out, size, "-");
}

static void put_row(struct work *w, const char *figure, const char *claim,
                    const char *unit, double paper, const char *place,
                    const double ours[4], const char *verdict, const char *why)
{
    char p[32], n[32], c[32];
    table_text(&w->table, figure);
    table_text(&w->table, claim);
    table_text(&w->table, unit);
    if (isfinite(paper))
        table_number(&w->table, paper);
    else
        table_text(&w->table, "not in the text");
    table_text(&w->table, place);
    table_numbers(&w->table, 4, ours);
    table_text(&w->table, verdict);
    table_text(&w->table, why);
    put_cell_text(paper, sizeof p, p);
    put_cell_text(ours[0], sizeof n, n);
    put_cell_text(ours[2], sizeof c, c);
    const char *const cells[] = {figure, p, n, c, unit, claim};
    for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++)
        table_text(&w->shown, cells[k]);
    table_print(&w->shown, "%s%s%s", verdict, *why ? ": " : "", why);
    buf_printf(w->text, "%-5s %-58.58s %6s %8s %8s %-6s %s\n", figure, claim, p, n, c,
               unit, verdict);
}

static const char *text_of(const cJSON *o, const char *key)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));
    return s ? s : "";
}

/* A device has no network: its number stands in the circuit's column. */
static void put_devices(struct work *w)
{
    const cJSON *r;
    cJSON_ArrayForEach(r, w->device)
    {
        const char *place = text_of(r, "place");
        if (strncmp(place, "1:", 2) != 0) /* paper 2's, or of no figure */
            continue;
        put_row(
            w, "1-5", text_of(r, "item"), text_of(r, "unit"),
            json_get(r, "measured", NAN), place,
            (double[]){NAN, NAN, json_get(r, "ours", NAN), json_get(r, "deviation", NAN)},
            text_of(r, "verdict"), text_of(r, "note"));
    }
}

static void tabulate(struct work *w)
{
    buf_printf(w->text, "%-5s %-58s %6s %8s %8s %-6s %s\n", "Fig.", "claim", "paper",
               "network", "circuit", "", "verdict");
    table_init(&w->table, "figure:text,claim:text,unit:text,paper:any,place:text,network,"
                          "network_standard_error,circuit,circuit_standard_error,"
                          "verdict:text,why:text");
    w->table.title = "Paper 1";
    table_init(&w->shown, "Fig.:any,paper:any,network:any,circuit:any,unit:any,what:text,"
                          "verdict:text");
    w->shown.title = "Paper, network, circuit";
    w->shown.caption =
        "- in the paper's column: not in the text. More digits and standard "
        "errors: paper.csv.";
    put_devices(w);
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *r = &rows[i];
        char verdict[160];
        judge(w, r, sizeof verdict, verdict);
        put_row(w, r->figure, r->claim, r->unit, r->paper, "1: 3.3, 3.4",
                (double[]){noted(w, r->key, "network"), noted(w, r->key, "network_error"),
                           noted(w, r->key, "circuit"),
                           noted(w, r->key, "circuit_error")},
                verdict, r->why);
    }
}

/* Pictures that parts leave, in the paper's order. */
static const struct report_picture pictures[] = {
    {"device/transistor/transistor.svg", "Fig. 1E: the select transistor", NULL},
    {"device/iv/iv.svg", "Fig. 2A, B: the memristor", NULL},
    {"device/levels/levels.svg", "Fig. 2C, D: levels", NULL},
    {"device/cell/cell.svg", "Figs. 3, 4C, S4 to S6: the cell", NULL},
    {"device/program/program.svg", "Fig. 5C, D: write-verify", NULL},
    {"unit/unit.svg", "Fig. 7: one synapse", NULL},
    {"run/pictures/confusion.svg", "Fig. 8: answers", NULL},
    {"run/pictures/worst.svg", "Fig. 8C, D: membranes of the worst image", NULL},
    {"bits-network/pictures/map.bits.svg", "Fig. 9A: bits, the network", NULL},
    {"bits-circuit/pictures/map.bits.svg", "Fig. 9A: bits, the circuit", NULL},
    {"tuning-network/pictures/map.tuning_error.svg", "Fig. 9B: the network", NULL},
    {"tuning-circuit/pictures/map.tuning_error.svg", "Fig. 9B: the circuit", NULL},
    {"noise-network/pictures/noise.read.svg", "Fig. 9C: the network", NULL},
    {"noise-circuit/pictures/noise.read.svg", "Fig. 9C: the circuit", NULL},
};
enum { PICTURES = sizeof pictures / sizeof pictures[0] };

static int write_page(struct work *w, struct err *e)
{
    static const char verdicts[] =
        "Verdicts: met or missed where the paper gives a number (an accuracy of 100 "
        "images is met by what lies in its own 95 % interval), shown where the number "
        "stands in a picture alone. A claim that nothing changes: yes if the whole 95 % "
        "interval of the difference lies within what 100 images could have told, no if "
        "it "
        "leaves 0 out; a claim of a fall: yes if the interval lies above 0.";
    static const char intervals[] =
        "Intervals of differences join trials and images, as if the images of both sides "
        "were not the same: they are wider than they need be.";
    static const char *const notes[] = {
        verdicts, intervals,
        "Not here: power (S8), which needs currents that are not saved yet."};
    struct report_picture there[PICTURES];
    size_t n = 0;
    for (size_t k = 0; k < PICTURES; k++) {
        AUTO_FREE char *path = below(w, pictures[k].file);
        if (file_exists(path))
            there[n++] = pictures[k];
    }
    AUTO(buf_finish) struct buf study = {0};
    study_print(w->study, STUDY_BARE, &study);
    struct report_page page = {.title = "Paper 1, figure by figure",
                               .notes = 3,
                               .note = notes,
                               .tables = 1,
                               .table = &w->shown,
                               .pictures = n,
                               .picture = there,
                               .study_text = study.data};
    return report_write(w->folder, &page, e);
}

static char *choose_folder(const struct study *s, bool quick)
{
    struct plan p = {0};
    plan_put(&p, "kind", "paper 1");
    plan_put(&p, "quick", "%s", quick ? "yes" : "no");
    study_lines(s, STUDY_TRAINS | STUDY_VERIFIES | STUDY_DEVICES | STUDY_FILES, &p.text);
    plan_seal(&p, 0);
    char *folder = plan_folder(&p, "paper-1");
    plan_finish(&p);
    return folder;
}

int paper1_run(const struct study *s, const char *root, const char *folder, bool quick,
               const char *sparsity_files, struct paper1_result *result, struct err *e)
{
    *result = (struct paper1_result){0};
    result->folder = folder ? mem_copy_string(folder) : choose_folder(s, quick);
    struct work w = {.study = s,
                     .root = root,
                     .folder = result->folder,
                     .sparsity = sparsity_files,
                     .quick = quick,
                     .found = cJSON_CreateObject(),
                     .text = &result->text};
    int status = dir_make(w.folder, e);
    for (size_t k = 0; k < PARTS && status == 0; k++)
        status = parts[k].make(&w, e);
    if (status == 0) {
        tabulate(&w);
        status = table_write(&w.table, w.folder, "paper.csv", e);
    }
    if (status == 0)
        status = write_page(&w, e);
    if (status == 0) {
        result->json = cJSON_CreateObject();
        json_text(result->json, "folder", w.folder);
        cJSON_AddItemToObject(result->json, "rows", table_json(&w.table));
        status = json_write_in(w.folder, "paper.json", result->json, e);
    }
    table_finish(&w.table);
    table_finish(&w.shown);
    cJSON_Delete(w.found);
    cJSON_Delete(w.device);
    return status;
}
