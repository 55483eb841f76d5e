#include "app/experiment.h"

#include "app/datadir.h"
#include "base/mem.h"
#include "base/rng.h"
#include "xbar/mapping.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- data ---- */

static int load_files(const char *root, const char *names, struct dataset *d,
                      struct err *e)
{
    char *paths = datadir_resolve_list(root, "datasets", names);
    int status = dataset_read(paths, d, e);
    free(paths);
    return status;
}

int experiment_load_images(const struct study *s, const char *root, struct dataset *data,
                           size_t *first_test, struct err *e)
{
    struct dataset test = {0};
    int status = load_files(root, s->dataset.path, data, e);
    if (status < 0)
        return status;
    *first_test = data->count;
    if (!s->dataset.test_path[0])
        return 0;
    status = load_files(root, s->dataset.test_path, &test, e);
    if (status == 0)
        status = dataset_append(data, &test, e);
    dataset_finish(&test);
    return status;
}

int experiment_split(const struct study *s, size_t count, size_t first_test,
                     uint64_t seed, struct split *split, uint64_t *used, struct err *e)
{
    *used = s->dataset.split_seed >= 0 ? (uint64_t)s->dataset.split_seed : seed;
    if (first_test < count)
        split_at(count, first_test, split);
    else
        split_random(*used, count, s->dataset.test_fraction, split);
    if (split->test_count)
        return 0;
    err_set(e, ERR_USAGE, "no test images are left of %zu", count);
    return err_place(e, "dataset.test_fraction");
}

int experiment_coding(const struct study *s, struct coding *c, struct err *e)
{
    if (coding_init(c, s->network.coding, e) < 0)
        return -1;
    c->t_max_s = s->network.t_max_s;
    c->x_thr = s->network.x_thr;
    c->window_ms = (int)s->network.window_ms;
    return coding_check(c, e);
}

/* ---- circuit ---- */

static int read_params(struct experiment *x, struct err *e)
{
    const char *files[] = {"netlists/pulse.param", "models/memristor.param",
                           "models/nmos_select.param"};
    char *path;
    int status;
    int n = snprintf(x->variant, sizeof x->variant, "variant_%s.param",
                     x->study->circuit.variant);
    if (n < 0 || (size_t)n >= sizeof x->variant || strchr(x->variant, '/'))
        return err_set(e, ERR_USAGE, "circuit.variant: expected a short name");
    struct buf first = {0};
    buf_printf(&first, "%s/netlists/%s", x->circuit, x->variant);
    status = param_read(&x->params, first.data, e);
    if (status < 0)
        err_hint(e, "circuit.variant names netlists/variant_NAME.param");
    buf_finish(&first);
    for (size_t i = 0; i < 3 && status == 0; i++) {
        path = path_join(x->circuit, files[i]);
        status = param_read(&x->params, path, e);
        free(path);
    }
    if (status == 0 && param_override(&x->params, x->study->circuit.override, e) < 0)
        status = err_place(e, "circuit.override");
    return status;
}

static int read_cell(const struct param_table *t, struct cell *c, struct err *e)
{
    double kp, w, l;
    struct {
        const char *name;
        double *place;
    } wanted[] = {{"g_min", &c->g_min_S},  {"g_max", &c->g_max_S},   {"v_0", &c->v_0_V},
                  {"r_s", &c->r_s_ohm},    {"sel_vto", &c->vto_V},   {"sel_kp", &kp},
                  {"sel_w", &w},           {"sel_l", &l},            {"v_read", &c->read_V},
                  {"v_gate", &c->gate_V},  {"t_rise", &c->rise_s},   {"t_width", &c->width_s},
                  {"t_fall", &c->fall_s}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (param_get(t, wanted[i].name, wanted[i].place, e) < 0)
            return -1;
    c->beta_A_V2 = kp * w / l;
    if (c->g_max_S > c->g_min_S && c->g_min_S > 0 && c->gate_V > c->vto_V && c->v_0_V > 0 &&
        c->beta_A_V2 > 0 && c->read_V > 0 && c->width_s > 0)
        return 0;
    return err_set(e, ERR_INPUT, "circuit parameters out of range: expected 0 < g_min < "
                                 "g_max, v_gate > sel_vto, v_0, v_read, t_width > 0");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Appends "sha256 name" of each regular file of a folder, by name. */
static int hash_folder(const char *folder, struct buf *out, struct err *e)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, NULL, NULL), status = 0;
    if (n < 0)
        return err_errno(e, "read", folder);
    char **name = mem_alloc((size_t)n, sizeof *name);
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        if (entry[i]->d_type == DT_REG)
            name[count++] = mem_copy_string(entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    qsort(name, count, sizeof *name, compare_names);
    for (size_t i = 0; i < count; i++) {
        char hex[SHA256_HEX], *path = path_join(folder, name[i]);
        if (status == 0)
            status = sha256_file(path, hex, e);
        if (status == 0)
            buf_printf(out, "%s %s\n", hex, name[i]);
        free(path);
        free(name[i]);
    }
    free(name);
    return status;
}

static int hash_circuit(struct experiment *x, struct err *e)
{
    struct buf list = {0};
    char *netlists = path_join(x->circuit, "netlists");
    char *models = path_join(x->circuit, "models");
    int status = hash_folder(netlists, &list, e);
    if (status == 0)
        status = hash_folder(models, &list, e);
    if (status == 0 && x->include) {
        char hex[SHA256_HEX] = "";
        status = sha256_file(x->include, hex, e);
        buf_printf(&list, "%s include\n", hex);
    }
    sha256_hex(buf_text(&list), list.len, x->circuit_sha256);
    buf_finish(&list);
    free(netlists);
    free(models);
    return status;
}

static int load_circuit(struct experiment *x, struct err *e)
{
    const char *own = x->study->circuit.folder;
    x->circuit = realpath(own[0] ? own : x->root, NULL);
    if (!x->circuit)
        return err_errno(e, "read", own[0] ? own : x->root);
    const char *include = x->study->circuit.include;
    if (include[0]) {
        x->include = realpath(include, NULL);
        if (!x->include) {
            err_errno(e, "read", include);
            return err_hint(e, "circuit.include names a file for every deck");
        }
    }
    if (read_params(x, e) < 0 || read_cell(&x->params, &x->cell, e) < 0)
        return -1;
    return hash_circuit(x, e);
}

static int copy_file(const char *from, const char *to, struct err *e)
{
    struct buf bytes = {0};
    int status = file_read(from, (size_t)1 << 26, &bytes, e);
    if (status == 0)
        status = file_write(to, buf_text(&bytes), bytes.len, e);
    buf_finish(&bytes);
    return status;
}

/* The regular files of from/name to to/name. */
static int copy_folder(const char *from, const char *to, const char *name, struct err *e)
{
    char *source = path_join(from, name), *target = path_join(to, name);
    struct dirent *entry;
    int status = dir_make(target, e);
    DIR *dir = status == 0 ? opendir(source) : NULL;
    if (status == 0 && !dir)
        status = err_errno(e, "read", source);
    while (dir && status == 0 && (entry = readdir(dir))) {
        if (entry->d_type != DT_REG)
            continue;
        char *a = path_join(source, entry->d_name), *b = path_join(target, entry->d_name);
        status = copy_file(a, b, e);
        free(a);
        free(b);
    }
    if (dir)
        closedir(dir);
    free(source);
    free(target);
    return status;
}

int experiment_adopt_circuit(struct experiment *x, const char *folder, struct err *e)
{
    static const char own_include[] = "user.inc";
    char *to = path_join(folder, "circuit"), *include = path_join(to, own_include);
    int status = copy_folder(x->circuit, to, "netlists", e);
    if (status == 0)
        status = copy_folder(x->circuit, to, "models", e);
    if (status == 0 && x->include) {
        status = copy_file(x->include, include, e);
        free(x->include);
        x->include = mem_copy_string(own_include);
    }
    if (status == 0) {
        free(x->circuit);
        x->circuit = realpath(to, NULL);
        if (!x->circuit)
            status = err_errno(e, "read", to);
    }
    free(to);
    free(include);
    return status;
}

/* ---- weights ---- */

/* The classes that the images have fix the outputs, their pixels the inputs. */
static int load_weights(struct experiment *x, const char *path, struct err *e)
{
    struct weights_expected expected = {
        .inputs = coding_inputs(&x->coding, x->data.features),
        .outputs = x->data.classes, .low = 0, .high = 1};
    int status = weights_read(path, &expected, &x->weights, e);
    if (status == 0)
        status = sha256_file(path, x->weights_sha256, e);
    return status;
}

/* The seed that the weights were trained with says which images they have not seen. */
static uint64_t seed_of_weights(const struct experiment *x)
{
    const char *seed = weights_find(&x->weights, "split_seed");
    return seed ? strtoull(seed, NULL, 10) : (uint64_t)x->study->train.seed;
}

static int map(struct experiment *x, struct err *e)
{
    struct map_options o = {
        .g_low_S = x->study->map.g_low_S,
        .g_high_S = x->study->map.g_high_S,
        .bits = (int)x->study->map.bits,
        .tuning_error = x->study->map.tuning_error,
        .seed = (uint64_t)x->study->simulate.seed,
        .compensate = x->study->map.compensate,
    };
    size_t n = x->inputs, m = x->outputs;
    if (o.g_high_S <= o.g_low_S) {
        err_set(e, ERR_USAGE, "expected map.g_low below map.g_high");
        return -1;
    }
    x->target_S = mem_alloc(n * m, sizeof(double));
    x->state = mem_alloc(n * m, sizeof(double));
    return map_weights(n, m, (double(*)[m])x->weights.w, &o, &x->cell,
                       (double(*)[m])x->target_S, (double(*)[m])x->state, e);
}

/* The network that the circuit is compared with. `circuit`: the weights that the
 * conductances stand for, G/(g_high - g_low), and the cell's own pulse. Else paper 1's
 * model with the weights as they were trained. */
static int make_network(struct experiment *x, struct err *e)
{
    struct kernel k;
    bool circuit = strcmp(x->study->simulate.compare, "circuit") == 0;
    if (kernel_init(&k, x->study->simulate.compare, x->coding.window_ms, e) < 0)
        return -1;
    k.delay_s = cell_turn_on(&x->cell);
    k.width_s = cell_on_time(&x->cell);
    if (kernel_compute(&k, e) < 0)
        return -1;
    network_init(&x->network, x->inputs, x->outputs, &k);
    double span = x->study->map.g_high_S - x->study->map.g_low_S;
    for (size_t i = 0; i < x->inputs * x->outputs; i++)
        x->network.weights[i] = circuit ? x->target_S[i] / span : x->weights.w[i];
    return 0;
}

/* ---- units ---- */

static void choose_images(struct experiment *x)
{
    size_t all = x->split.test_count, asked = (size_t)x->study->simulate.images;
    uint32_t *order = mem_alloc(all, sizeof *order);
    x->units = asked && asked < all ? asked : all;
    x->image = mem_alloc(x->units, sizeof *x->image);
    rng_permute((uint64_t)x->study->simulate.seed, RNG_SAMPLE, 0, (uint32_t)all, order);
    for (size_t k = 0; k < x->units; k++)
        x->image[k] = x->split.test[order[k]];
    free(order);
}

int experiment_open(struct experiment *x, const struct study *s, const char *root,
                    const char *weights_path, struct err *e)
{
    size_t first_test;
    *x = (struct experiment){.study = s, .root = root};
    char *weights =
        datadir_resolve(root, "weights", weights_path ? weights_path : s->simulate.weights);
    int status = experiment_coding(s, &x->coding, e);
    if (status == 0)
        status = load_circuit(x, e);
    if (status == 0)
        status = experiment_load_images(s, root, &x->data, &first_test, e);
    if (status == 0)
        status = load_weights(x, weights, e);
    if (status == 0)
        status = experiment_split(s, x->data.count, first_test, seed_of_weights(x),
                                  &x->split, &x->split_seed, e);
    if (status == 0) {
        x->inputs = x->weights.inputs;
        x->outputs = x->weights.outputs;
        if ((status = map(x, e)) < 0)
            err_place(e, "%s", weights);
    }
    if (status == 0) {
        choose_images(x);
        status = make_network(x, e);
    }
    free(weights);
    return status;
}

void experiment_finish(struct experiment *x)
{
    network_finish(&x->network);
    weights_finish(&x->weights);
    split_finish(&x->split);
    dataset_finish(&x->data);
    param_finish(&x->params);
    free(x->image);
    free(x->target_S);
    free(x->state);
    free(x->include);
    free(x->circuit);
    *x = (struct experiment){0};
}

static void hash_images(const struct experiment *x, char hex[SHA256_HEX])
{
    struct buf list = {0};
    for (size_t k = 0; k < x->units; k++)
        buf_printf(&list, "%u\n", x->image[k]);
    sha256_hex(buf_text(&list), list.len, hex);
    buf_finish(&list);
}

void experiment_plan(const struct experiment *x, const char *ngspice_version,
                     struct plan *p)
{
    char hex[SHA256_HEX];
    study_essence(x->study, &p->text);
    plan_put(p, "format", "1");
    plan_put(p, "ngspice", "%s", ngspice_version);
    plan_put(p, "data.sha256", "%s", x->data.sha256);
    plan_put(p, "weights.sha256", "%s", x->weights_sha256);
    plan_put(p, "circuit.sha256", "%s", x->circuit_sha256);
    plan_put(p, "split_seed", "%llu", (unsigned long long)x->split_seed);
    hash_images(x, hex);
    plan_put(p, "images.sha256", "%s", hex);
    plan_seal(p, x->units);
}

/* ---- decks ---- */

void experiment_raster(const struct experiment *x, uint32_t image, struct raster *r)
{
    coding_image(&x->coding, x->data.features, x->data.level_max,
                 x->data.levels + (size_t)image * x->data.features, r);
}

void experiment_solver(const struct experiment *x, struct deck_solver *s)
{
    *s = (struct deck_solver){.name = "as asked",
                              .reltol = x->study->simulate.reltol,
                              .vntol_V = x->study->simulate.vntol_V,
                              .abstol_A = x->study->simulate.abstol_A,
                              .gmin_S = x->study->simulate.gmin_S,
                              .step_s = x->study->simulate.step_s};
}

static struct deck_pulse pulse_of(const struct cell *c)
{
    return (struct deck_pulse){c->gate_V, c->rise_s, c->width_s, c->fall_s, c->vto_V};
}

void experiment_deck(const struct experiment *x, uint32_t image,
                     const struct deck_choice *choice, const struct deck_solver *solver,
                     struct buf *out)
{
    struct raster r;
    char title[128];
    raster_init(&r, x->inputs, x->coding.window_ms);
    experiment_raster(x, image, &r);
    struct deck_spikes *spikes = mem_alloc(x->inputs, sizeof *spikes);
    double *time_s = mem_alloc(r.count, sizeof *time_s);
    for (size_t k = 0; k < r.count; k++)
        time_s[k] = 1e-3 * r.time_ms[k];
    for (size_t i = 0; i < x->inputs; i++)
        spikes[i] = (struct deck_spikes){r.number[i], time_s + (r.number[i] ? r.first[i] : 0)};
    snprintf(title, sizeof title, "memspice: image %u, class %d, rung \"%s\"", image,
             x->data.labels[image], solver->name);
    char *extra = x->include ? path_join(choice->circuit, x->include) : NULL;
    struct deck_array a = {
        .title = title,
        .circuit = choice->circuit,
        .variant = x->variant,
        .params = &x->params,
        .extra = extra,
        .pulse = pulse_of(&x->cell),
        .window_s = 1e-3 * x->coding.window_ms,
        .inputs = x->inputs,
        .outputs = choice->count ? choice->count : x->outputs,
        .first_output = choice->first,
        .spikes = spikes,
        .state = x->state,
        .state_stride = x->outputs,
        .dynamic = x->study->simulate.dynamic,
        .all_nodes = choice->all_nodes,
    };
    deck_write(&a, solver, out);
    free(extra);
    free(spikes);
    free(time_s);
    raster_finish(&r);
}
