#include "app/training.h"

#include "app/experiment.h"
#include "app/origin.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "num/stats.h"
#include "report/json.h"
#include "report/plot.h"
#include "report/table.h"
#include "run/claim.h"
#include "snn/ann.h"
#include "snn/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY "history.csv"

/* A training with its data, and its history as it goes on. */
struct training {
    const struct study *study;
    struct dataset data;
    struct split split;
    uint64_t split_seed;
    struct coding coding;
    struct samples train, test;
    struct network network;
    char circuit_sha256[SHA256_HEX];
    struct plan plan;
    size_t epochs; /* done */
    struct train_epoch *history;
    struct progress progress;
};

/* What the weights depend on: keys, images, and the kernel with the offset, which stand
 * for all that a circuit does to training (pulse, calibrated time constants). */
static void make_plan(struct training *t)
{
    const struct kernel *k = &t->network.kernel;
    struct plan *p = &t->plan;
    plan_put(p, "kind", "training");
    study_lines(t->study, STUDY_TRAINS, &p->text);
    plan_put(p, "data.sha256", "%s", t->data.sha256);
    plan_put(p, "split_seed", "%llu", (unsigned long long)t->split_seed);
    plan_put(p, "kernel", "%s %.17g %.17g %.17g %.17g %.17g %.17g", kernel_name(k),
             k->delay_s, k->width_s, k->tau_rise_s, k->tau_fall_s, k->tau_syn_s,
             k->tau_mem_s);
    plan_put(p, "w_offset", "%.17g", t->network.w_offset);
    plan_seal(p, 1);
}

/* What names a folder of a kind: of a run all that its images depend on, but not their
 * choice, for a run can be extended. */
static void make_folder_plan(const struct training *t, const char *kind, struct plan *p)
{
    plan_put(p, "training", "%s", t->plan.id);
    if (strcmp(kind, "run") == 0) {
        struct study s = *t->study; /* texts are borrowed */
        s.simulate.images = 0;
        study_lines(&s, STUDY_VERIFIES, &p->text);
        plan_put(p, "circuit.sha256", "%s", t->circuit_sha256);
    }
    plan_seal(p, 1);
}

static char *choose_folder(const struct plan *p, const char *below, const char *kind)
{
    char *folder = plan_folder(p, kind);
    if (below) {
        char *there = path_join(below, path_base(folder));
        free(folder);
        folder = there;
    }
    return folder;
}

static int open_kernel(struct training *t, const char *root, struct kernel *k,
                       struct err *e)
{
    AUTO(circuit_finish) struct circuit c;
    int status = circuit_open(&c, t->study, root, e);
    if (status == 0)
        status = circuit_kernel(&c, t->study->network.model, t->coding.window_ms, k, e);
    memcpy(t->circuit_sha256, c.sha256, sizeof t->circuit_sha256);
    return status;
}

static int prepare(struct training *t, const char *root, struct err *e)
{
    const struct study *s = t->study;
    struct dataset *d = &t->data;
    size_t first_test;
    if (study_check(s, e) < 0 || experiment_coding(s, &t->coding, e) < 0 ||
        experiment_load_images(s, root, d, &first_test, e) < 0 ||
        experiment_split(s, d->count, first_test, (uint64_t)s->train.seed, &t->split,
                         &t->split_seed, e) < 0)
        return -1;
    if (!t->split.train_count) {
        err_set(e, ERR_USAGE, "no training images are left of %zu", d->count);
        return err_place(e, "dataset.test_fraction");
    }
    size_t inputs = coding_inputs(&t->coding, d->features);
    struct kernel k;
    if (open_kernel(t, root, &k, e) < 0)
        return -1;
    samples_init(&t->train, inputs, t->coding.window_ms);
    samples_init(&t->test, inputs, t->coding.window_ms);
    samples_encode(&t->train, &t->coding, d->features, d->level_max, d->levels, d->labels,
                   t->split.train_count, t->split.train);
    samples_encode(&t->test, &t->coding, d->features, d->level_max, d->levels, d->labels,
                   t->split.test_count, t->split.test);
    network_init(&t->network, inputs, d->classes, &k);
    if (k.model == KERNEL_CIRCUIT && !s->train.is_signed)
        t->network.w_offset = array_offset(s);
    make_plan(t);
    return 0;
}

static void finish(struct training *t)
{
    network_finish(&t->network);
    samples_finish(&t->train);
    samples_finish(&t->test);
    split_finish(&t->split);
    dataset_finish(&t->data);
    plan_finish(&t->plan);
    free(t->history);
}

static bool on_epoch(void *context, const struct train_epoch *epoch)
{
    struct training *t = context;
    char note[96];
    t->history[t->epochs++] = *epoch;
    snprintf(note, sizeof note, "loss %.3f, training with noise %.1f %%, test %.1f %%",
             epoch->loss, 100 * epoch->train_accuracy_noisy, 100 * epoch->test_accuracy);
    log_detail("epoch %d: %s", epoch->epoch, note);
    progress_set(&t->progress, (size_t)epoch->epoch, note);
    return !stop_requested();
}

static struct train_options options_of(const struct study *s, struct training *t)
{
    struct train_options o;
    if (s->train.is_signed)
        train_defaults_signed(&o);
    else
        train_defaults(&o);
    o.seed = (uint64_t)s->train.seed;
    o.epochs = (int)s->train.epochs;
    o.batch = (size_t)s->train.batch;
    o.bits = (int)s->train.bits;
    if (s->train.rate > 0)
        o.rate = s->train.rate;
    if (s->train.noise >= 0)
        o.noise = s->train.noise;
    if (s->train.scale > 0)
        o.scale = s->train.scale;
    o.on_epoch = on_epoch;
    o.context = t;
    return o;
}

static int train_spiking(struct training *t, struct training_result *result,
                         struct err *e)
{
    struct train_options o = options_of(t->study, t);
    struct train_result r;
    t->history = mem_alloc((size_t)o.epochs, sizeof *t->history);
    progress_start(&t->progress, "training, epochs", (size_t)o.epochs);
    double start_s = clock_s();
    int status = train_network(&t->network, &t->train, &t->test, &o, &r, e);
    double seconds = clock_s() - start_s;
    progress_end(&t->progress);
    if (status < 0)
        return status;
    if (stop_requested())
        return err_set(e, ERR_INTERRUPTED, "stopped in epoch %d of %d", r.epochs,
                       o.epochs);
    result->epochs = r.epochs;
    result->scale = r.scale;
    result->loss = r.loss;
    result->train_accuracy = r.train_accuracy;
    result->train_accuracy_noisy = r.train_accuracy_noisy;
    result->test_accuracy = r.test_accuracy;
    result->seconds_per_epoch = r.epochs ? seconds / r.epochs : 0;
    return 0;
}

static void train_yardstick(const struct training *t, struct training_result *result)
{
    const struct dataset *d = &t->data;
    AUTO(ann_finish) struct ann ann;
    struct ann_options o;
    struct ann_images images = {d->count, d->level_max, d->levels, d->labels};
    ann_defaults(&o);
    o.seed = (uint64_t)t->study->train.seed;
    o.epochs = (int)t->study->train.epochs;
    o.batch = (size_t)t->study->train.batch;
    ann_init(&ann, d->features, d->classes);
    ann_train(&ann, &images, t->split.train_count, t->split.train, &o);
    result->ann_train_accuracy =
        ann_accuracy(&ann, &images, t->split.train_count, t->split.train);
    result->ann_test_accuracy =
        ann_accuracy(&ann, &images, t->split.test_count, t->split.test);
}

/* ---- files ---- */

static void note_origin(const struct training *t, const struct training_result *r,
                        struct weights *w)
{
    const struct study *s = t->study;
    weights_note(w, "made_by", "spikebar %s", SPIKEBAR_VERSION);
    weights_note(w, "seed", "%lld", (long long)s->train.seed);
    weights_note(w, "split_seed", "%llu", (unsigned long long)t->split_seed);
    weights_note(w, "study", "%s", t->plan.id);
    weights_note(w, "data_sha256", "%s", t->data.sha256);
    weights_note(w, "train_images", "%zu", t->split.train_count);
    weights_note(w, "test_images", "%zu", t->split.test_count);
    if (s->dataset.test_path[0])
        weights_note(w, ORIGIN_OWN_TEST, "yes");
    weights_note(w, "coding", "%s", s->network.coding);
    weights_note(w, "model", "%s", s->network.model);
    weights_note(w, "w_offset", "%.17g", t->network.w_offset);
    weights_note(w, "signed", "%s", s->train.is_signed ? "yes" : "no");
    weights_note(w, "bits", "%lld", (long long)s->train.bits);
    weights_note(w, "epochs", "%d", r->epochs);
    weights_note(w, "scale", "%.17g", r->scale);
    weights_note(w, "loss", "%.17g", r->loss);
    weights_note(w, "train_accuracy", "%.17g", r->train_accuracy);
    weights_note(w, "test_accuracy", "%.17g", r->test_accuracy);
    if (s->train.ann) {
        weights_note(w, "ann_train_accuracy", "%.17g", r->ann_train_accuracy);
        weights_note(w, "ann_test_accuracy", "%.17g", r->ann_test_accuracy);
    }
}

static int write_weights(const struct training *t, const struct training_result *r,
                         const char *folder, struct err *e)
{
    AUTO(weights_finish) struct weights w;
    char *csv = path_join(folder, TRAINING_WEIGHTS),
         *npy = path_join(folder, "weights.npy");
    weights_init(&w, t->network.inputs, t->network.outputs);
    memcpy(w.w, t->network.weights, w.inputs * w.outputs * sizeof(double));
    note_origin(t, r, &w);
    int status = weights_write(npy, &w, e);
    if (status == 0) /* last: its being there says that the training is done */
        status = weights_write(csv, &w, e);
    free(csv);
    free(npy);
    return status;
}

static void list_history(const struct training *t, struct table *rows)
{
    table_init(rows, "epoch,loss,train_accuracy_noisy,test_accuracy,rate,scale");
    for (size_t k = 0; k < t->epochs; k++) {
        const struct train_epoch *h = &t->history[k];
        table_row(rows, (double[]){h->epoch, h->loss, h->train_accuracy_noisy,
                                   h->test_accuracy, h->rate, h->scale});
    }
}

static int draw_history(const struct training *t, const char *folder, struct err *e)
{
    struct table rows;
    size_t n = t->epochs;
    struct plot p;
    if (!t->study->report.pictures || !n)
        return 0;
    list_history(t, &rows);
    plot_init(&p, "Training", NULL);
    plot_panel(&p, NULL)->y.label = "cross-entropy";
    plot_columns(&p, "training", &rows, 0, n, "epoch", "loss", PLOT_MARKED, 0);
    struct plot_panel *a = plot_panel(&p, NULL);
    a->x.label = "epoch";
    a->y = (struct plot_axis){.label = "accuracy (%)", .factor = 100};
    plot_columns(&p, "training, with noise", &rows, 0, n, "epoch", "train_accuracy_noisy",
                 PLOT_MARKED, 0);
    plot_columns(&p, "test", &rows, 0, n, "epoch", "test_accuracy", PLOT_MARKED, 2);
    table_finish(&rows);
    return plot_save(folder, "training", &p, e);
}

static int write_history(const struct training *t, const char *folder, struct err *e)
{
    AUTO(table_finish) struct table rows;
    list_history(t, &rows);
    return table_write(&rows, folder, HISTORY, e);
}

/* The history that stands there, for its picture; nothing if it is not as it was written.
 */
static void recall_history(struct training *t, const char *folder)
{
    AUTO(buf_finish) struct buf text = {0};
    AUTO_FREE char *path = path_join(folder, HISTORY);
    struct err ignored;
    if (file_read(path, 1 << 24, &text, &ignored) == 0 && text.data) {
        char *rest = text.data, *line = strsep(&rest, "\n");
        while ((line = strsep(&rest, "\n")) && *line) {
            struct train_epoch h = {0};
            if (sscanf(line, "%d,%lf,%lf,%lf,%lf,%lf", &h.epoch, &h.loss,
                       &h.train_accuracy_noisy, &h.test_accuracy, &h.rate, &h.scale) != 6)
                break;
            t->history = mem_resize(t->history, t->epochs + 1, sizeof *t->history);
            t->history[t->epochs++] = h;
        }
    }
}

static bool is_in(const char *folder, const char *name)
{
    AUTO_FREE char *path = path_join(folder, name);
    return file_exists(path);
}

/* What is behind the weights in their worth may be missing after the disk was full. */
static int complete(struct training *t, const char *folder, struct err *e)
{
    if (is_in(folder, "training.svg") && is_in(folder, "training.png"))
        return 0;
    recall_history(t, folder);
    return draw_history(t, folder, e);
}

/* Numbers from the notes of weights that stand in the folder, if they are of the same
 * training. */
static bool recall(const struct training *t, const char *folder,
                   struct training_result *r)
{
    AUTO_FREE char *path = path_join(folder, TRAINING_WEIGHTS);
    AUTO(weights_finish) struct weights w = {0};
    struct err e;
    bool same = false;
    if (file_exists(path) && weights_read(path, NULL, &w, &e) == 0) {
        const char *there = weights_find(&w, "study");
        same = there && strcmp(there, t->plan.id) == 0;
    }
    const struct {
        const char *key;
        double *place;
    } number[] = {{"scale", &r->scale},
                  {"loss", &r->loss},
                  {"train_accuracy", &r->train_accuracy},
                  {"test_accuracy", &r->test_accuracy},
                  {"ann_train_accuracy", &r->ann_train_accuracy},
                  {"ann_test_accuracy", &r->ann_test_accuracy}};
    for (size_t i = 0; same && i < sizeof number / sizeof number[0]; i++) {
        const char *text = weights_find(&w, number[i].key);
        *number[i].place = text ? strtod(text, NULL) : NAN;
    }
    const char *epochs = same ? weights_find(&w, "epochs") : NULL;
    if (epochs)
        r->epochs = (int)strtol(epochs, NULL, 10);
    return same;
}

/* Weights that a run stands on are not written over. */
static int refuse_run(const char *folder, struct err *e)
{
    AUTO_FREE char *plan = path_join(folder, "plan.txt");
    int status = 0;
    if (file_exists(plan)) {
        err_set(e, ERR_USAGE, "this folder holds a run with other weights");
        err_place(e, "%s", plan);
        status = err_hint(e, "choose another --out, or give the same study");
    }
    return status;
}

/* Room for weights and history, before anything is computed: 17 digits and their signs
 * are up to 26 bytes a weight and 8 in binary, six numbers an epoch, notes and heads
 * below a page a file; a file takes whole pages. */
static int ask_for_room(const struct training *t, const char *folder, struct err *e)
{
    size_t page = 4096, cells = t->network.inputs * t->network.outputs;
    return file_room(folder,
                     34 * cells + 156 * (size_t)t->study->train.epochs + 3 * 2 * page, e);
}

static int train_and_write(struct training *t, const char *folder,
                           struct training_result *result, struct err *e)
{
    if (refuse_run(folder, e) < 0 || ask_for_room(t, folder, e) < 0 ||
        train_spiking(t, result, e) < 0)
        return -1;
    if (t->study->train.ann)
        train_yardstick(t, result);
    /* The weights last of the three: their being there says that the training is done. */
    if (write_history(t, folder, e) < 0 || write_weights(t, result, folder, e) < 0)
        return -1;
    return draw_history(t, folder, e);
}

/* A training below a folder that is claimed already needs no claim of its own. */
static int enter(const char *folder, const char *below, const struct plan *p,
                 struct err *e)
{
    if (!below)
        return dir_make(folder, e) < 0 ? -1 : claim_folder(folder, p->id, e);
    file_clean(folder, 0);
    return dir_make(folder, e);
}

int training_run(const struct study *s, const char *root, const char *folder,
                 const char *below, const char *kind, struct training_result *result,
                 struct err *e)
{
    struct training t = {.study = s};
    struct plan p = {0};
    *result = (struct training_result){.ann_train_accuracy = NAN,
                                       .ann_test_accuracy = NAN,
                                       .train_accuracy_noisy = NAN, /* these, if it */
                                       .seconds_per_epoch = NAN};   /* trains now */
    int status = prepare(&t, root, e);
    if (status == 0) {
        result->train_images = t.split.train_count;
        result->test_images = t.split.test_count;
        make_folder_plan(&t, kind, &p);
        result->folder =
            folder ? mem_copy_string(folder) : choose_folder(&p, below, kind);
        folder = result->folder;
        status = enter(folder, below, &p, e);
    }
    if (status == 0) {
        result->found = recall(&t, folder, result);
        status = result->found ? complete(&t, folder, e)
                               : train_and_write(&t, folder, result, e);
    }
    plan_finish(&p);
    finish(&t);
    return status;
}

static void interval(const struct training_result *r, double accuracy, double *low,
                     double *high)
{
    *low = *high = NAN;
    if (accuracy >= 0 && accuracy <= 1)
        stats_wilson((size_t)llround(accuracy * (double)r->test_images), r->test_images,
                     STATS_Z95, low, high);
}

void training_share(const struct training_result *r, double accuracy,
                    char out[SUMMARY_SHARE])
{
    double low, high;
    interval(r, accuracy, &low, &high);
    summary_share(accuracy, low, high, out);
}

cJSON *training_json(const struct study *s, const struct training_result *r)
{
    cJSON *o = cJSON_CreateObject();
    double low, high;
    interval(r, r->test_accuracy, &low, &high);
    json_numbers(o,
                 "seed,train_images,test_images,train_accuracy,train_accuracy_noisy,"
                 "test_accuracy,"
                 "test_wilson_low,test_wilson_high,ann_train_accuracy,ann_test_accuracy,"
                 "loss,scale,epochs,"
                 "seconds_per_epoch",
                 (double[]){(double)s->train.seed, (double)r->train_images,
                            (double)r->test_images, r->train_accuracy,
                            r->train_accuracy_noisy, r->test_accuracy, low, high,
                            r->ann_train_accuracy, r->ann_test_accuracy, r->loss,
                            r->scale, r->epochs, r->seconds_per_epoch});
    cJSON_AddBoolToObject(o, "found", r->found);
    return o;
}
