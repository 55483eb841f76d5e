#include "app/experiment.h"

#include "app/device/statemap.h"
#include "study/datadir.h"
#include "app/lump.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "xbar/mapping.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    if (s->network.x_thr > 0)
        c->x_thr = s->network.x_thr;
    c->window_ms = (int)s->network.window_ms;
    return coding_check(c, e);
}

/* ---- circuit ---- */

static int choose_variant(struct experiment *x, struct err *e)
{
    const char *own = x->study->circuit.params, *name = x->study->circuit.variant;
    struct buf file = {0};
    if (own[0]) {
        x->variant = realpath(own, NULL);
        return x->variant ? 0 : err_errno(e, "read", own);
    }
    if (strchr(name, '/') || strlen(name) > 60) {
        err_set(e, ERR_USAGE, "expected a short name");
        return err_place(e, "circuit.variant");
    }
    buf_printf(&file, "variant_%s.param", name);
    x->variant = file.data;
    return 0;
}

static char *variant_path(const struct experiment *x)
{
    char *netlists = path_join(x->circuit, "netlists");
    char *path = path_join(netlists, x->variant);
    free(netlists);
    return path;
}

static int read_params(struct experiment *x, struct err *e)
{
    const char *files[] = {"netlists/pulse.param", "models/memristor.param",
                           "models/nmos_select.param"};
    char *path = variant_path(x);
    int status = param_read(&x->params, path, e);
    if (status < 0)
        err_hint(e, x->study->circuit.params[0]
                        ? "circuit.params names a file as `spikebar calibrate` writes it"
                        : "circuit.variant names netlists/variant_NAME.param");
    free(path);
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
    } wanted[] = {
        {"g_min", &c->g_min_S}, {"g_max", &c->g_max_S}, {"v_0", &c->v_0_V},
        {"r_s", &c->r_s_ohm},   {"sel_vto", &c->vto_V}, {"sel_kp", &kp},
        {"sel_w", &w},          {"sel_l", &l},          {"v_read", &c->read_V},
        {"v_gate", &c->gate_V}, {"t_rise", &c->rise_s}, {"t_width", &c->width_s},
        {"t_fall", &c->fall_s}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (param_get(t, wanted[i].name, wanted[i].place, e) < 0)
            return -1;
    c->beta_A_V2 = kp * w / l;
    if (c->g_max_S > c->g_min_S && c->g_min_S > 0 && c->gate_V > c->vto_V &&
        c->v_0_V > 0 && c->beta_A_V2 > 0 && c->read_V > 0 && c->rise_s > 0 &&
        c->width_s > 0 && c->fall_s > 0)
        return 0;
    return err_set(e, ERR_INPUT,
                   "circuit parameters out of range: expected 0 < g_min < "
                   "g_max, v_gate > sel_vto, v_0, v_read, t_rise, t_width, t_fall > 0");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Also behind a link, and where a file system does not tell kinds of entries. */
static bool is_regular(const char *folder, const char *name)
{
    struct stat st;
    char *path = path_join(folder, name);
    bool regular = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    free(path);
    return regular;
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
        if (is_regular(folder, entry[i]->d_name))
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

static int hash_own(const char *path, const char *as, struct buf *out, struct err *e)
{
    char hex[SHA256_HEX] = "";
    int status = sha256_file(path, hex, e);
    buf_printf(out, "%s %s\n", hex, as);
    return status;
}

/* "sha256 name" of each file in netlists/ and models/. */
static int hash_blocks(const char *circuit, struct buf *out, struct err *e)
{
    char *netlists = path_join(circuit, "netlists"),
         *models = path_join(circuit, "models");
    int status = hash_folder(netlists, out, e);
    if (status == 0)
        status = hash_folder(models, out, e);
    free(netlists);
    free(models);
    return status;
}

/* Whether the blocks are others than those that ship, wherever they stand. */
static int compare_with_shipped(struct experiment *x, const struct buf *blocks,
                                struct err *e)
{
    struct buf shipped = {0};
    if (!x->study->circuit.folder[0])
        return 0;
    int status = hash_blocks(x->root, &shipped, e);
    x->own_blocks = status == 0 && strcmp(buf_text(&shipped), buf_text(blocks)) != 0;
    buf_finish(&shipped);
    return status;
}

static int hash_circuit(struct experiment *x, struct err *e)
{
    struct buf list = {0};
    int status = hash_blocks(x->circuit, &list, e);
    if (status == 0)
        status = compare_with_shipped(x, &list, e);
    if (status == 0 && x->include)
        status = hash_own(x->include, "include", &list, e);
    if (status == 0 && x->variant[0] == '/')
        status = hash_own(x->variant, "params", &list, e);
    if (x->memristor.path)
        buf_printf(&list, "%s memristor %s %s\n", x->memristor.sha256,
                   x->memristor.subckt, x->memristor.params);
    sha256_hex(buf_text(&list), list.len, x->circuit_sha256);
    buf_finish(&list);
    return status;
}

static int load_memristor(struct experiment *x, struct err *e)
{
    const struct study *s = x->study;
    if (!s->device.model[0])
        return 0;
    char *path = datadir_resolve(x->root, "models", s->device.model);
    int status =
        memristor_open(&x->memristor, path, s->device.subckt, s->device.params, e);
    if (status == 0)
        x->model = mem_copy_string(x->memristor.path);
    free(path);
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
    if (choose_variant(x, e) < 0 || read_params(x, e) < 0 ||
        read_cell(&x->params, &x->cell, e) < 0 || load_memristor(x, e) < 0)
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
        if (!is_regular(source, entry->d_name))
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
    static const char own_include[] = "user.inc", own_params[] = "user.param",
                      own_model[] = "user_memristor.sub";
    char *to = path_join(folder, "circuit"), *include = path_join(to, own_include);
    int status = copy_folder(x->circuit, to, "netlists", e);
    if (status == 0)
        status = copy_folder(x->circuit, to, "models", e);
    if (status == 0 && x->include) {
        status = copy_file(x->include, include, e);
        free(x->include);
        x->include = mem_copy_string(own_include);
    }
    if (status == 0 && x->model) {
        char *model = path_join(to, own_model);
        status = copy_file(x->memristor.path, model, e);
        free(x->model);
        free(model);
        x->model = mem_copy_string(own_model);
    }
    if (status == 0 && x->variant[0] == '/') {
        struct buf path = {0};
        buf_printf(&path, "%s/netlists/%s", to, own_params);
        status = copy_file(x->variant, path.data, e);
        buf_finish(&path);
        free(x->variant);
        x->variant = mem_copy_string(own_params);
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
    struct weights_expected expected = {.inputs =
                                            coding_inputs(&x->coding, x->data.features),
                                        .outputs = x->data.classes,
                                        .low = 0,
                                        .high = 1};
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

/* Achieved conductances take the place of the mapping's. */
static int take_conductances(struct experiment *x, struct err *e)
{
    const char *path = x->study->map.conductances;
    struct weights_expected expected = {
        .inputs = x->inputs, .outputs = x->outputs, .low = 1e-9, .high = 5e-3};
    struct weights w;
    double span = x->cell.g_max_S - x->cell.g_min_S;
    if (weights_read(path, &expected, &w, e) < 0)
        return err_hint(e, "map.conductances holds conductances in S, one a cell");
    int status = sha256_file(path, x->conductances_sha256, e);
    for (size_t k = 0; k < x->inputs * x->outputs; k++) {
        x->target_S[k] = w.w[k];
        x->state[k] = x->study->map.compensate ? cell_state_for(&x->cell, w.w[k])
                                               : (w.w[k] - x->cell.g_min_S) / span;
    }
    weights_finish(&w);
    return status;
}

/* The states of the user's own memristor: no closed form knows it, so its cell's
 * charges are simulated once over the range of states. */
static int map_by_measurement(struct experiment *x, struct err *e)
{
    struct statemap c = {0};
    size_t beyond = 0;
    int status = statemap_measure(&c, x, 0, 1, e);
    if (status < 0)
        err_place(e, "%s", x->memristor.path);
    for (size_t k = 0; status == 0 && k < x->inputs * x->outputs; k++) {
        double state = statemap_state(&c, x->target_S[k]);
        beyond += state < 0 || state > 1;
        x->state[k] = fmin(fmax(state, 0), 1);
        x->target_S[k] = statemap_charge(&c, x->state[k]);
    }
    if (beyond)
        log_say(
            "%zu of %zu cells ask for more or less than the memristor's %.3g .. %.3g uS "
            "and get its end of the range",
            beyond, x->inputs * x->outputs, 1e6 * c.charge_S[0],
            1e6 * c.charge_S[STATEMAP_STATES - 1]);
    return status;
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
    x->target_S = mem_alloc(n * m, sizeof(double));
    x->state = mem_alloc(n * m, sizeof(double));
    int status = map_weights(n, m, (double(*)[m])x->weights.w, &o, &x->cell,
                             (double(*)[m])x->target_S, (double(*)[m])x->state, e);
    if (status == 0 && x->study->map.conductances[0])
        status = take_conductances(x, e);
    return status == 0 && x->memristor.path ? map_by_measurement(x, e) : status;
}

int experiment_kernel(const struct experiment *x, const char *model, int window_ms,
                      struct kernel *k, struct err *e)
{
    if (kernel_init(k, model, window_ms, e) < 0)
        return -1;
    k->delay_s = cell_turn_on(&x->cell);
    k->width_s = cell_on_time(&x->cell);
    k->tau_syn_s = param_value(&x->params, "kernel_tau_syn", k->tau_syn_s);
    if (k->model == KERNEL_CIRCUIT)
        k->tau_mem_s = param_value(&x->params, "kernel_tau_mem", k->tau_mem_s);
    return kernel_compute(k, e);
}

int experiment_open_circuit(struct experiment *x, const struct study *s, const char *root,
                            struct err *e)
{
    *x = (struct experiment){.study = s, .root = root};
    return load_circuit(x, e);
}

/* A column that has something for itself must be there. */
static int check_own_columns(const struct experiment *x, struct err *e)
{
    for (size_t i = 0; i < x->params.owns; i++)
        if (x->params.own[i].column >= x->outputs) {
            err_set(e, ERR_USAGE, "there is no column %zu, expected 0 to %zu",
                    x->params.own[i].column, x->outputs - 1);
            return err_place(e, "circuit.override");
        }
    return 0;
}

/* The network that the circuit is compared with. `circuit`: the weights that the
 * conductances stand for, G/(g_high - g_low), and the cell's own pulse. Else paper 1's
 * model with the weights as they were trained. */
static int make_network(struct experiment *x, struct err *e)
{
    struct kernel k;
    bool circuit = strcmp(x->study->simulate.compare, "circuit") == 0;
    if (experiment_kernel(x, x->study->simulate.compare, x->coding.window_ms, &k, e) < 0)
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
    char *weights = datadir_resolve(root, "weights",
                                    weights_path ? weights_path : s->simulate.weights);
    int status = study_check(s, e);
    if (status == 0)
        status = experiment_coding(s, &x->coding, e);
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
        status = check_own_columns(x, e);
    }
    if (status == 0)
        status = make_network(x, e);
    if (status == 0)
        status = levers_decide(x, e);
    free(weights);
    return status;
}

void experiment_finish(struct experiment *x)
{
    levers_finish(&x->levers);
    network_finish(&x->network);
    weights_finish(&x->weights);
    split_finish(&x->split);
    dataset_finish(&x->data);
    param_finish(&x->params);
    memristor_finish(&x->memristor);
    free(x->model);
    free(x->image);
    free(x->target_S);
    free(x->state);
    free(x->include);
    free(x->variant);
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
    plan_put(p, "format", "3");
    study_lines(x->study, STUDY_VERIFIES, &p->text);
    plan_put(p, "ngspice", "%s", ngspice_version);
    plan_put(p, "data.sha256", "%s", x->data.sha256);
    plan_put(p, "weights.sha256", "%s", x->weights_sha256);
    plan_put(p, "circuit.sha256", "%s", x->circuit_sha256);
    if (x->conductances_sha256[0])
        plan_put(p, "conductances.sha256", "%s", x->conductances_sha256);
    for (int k = 0; k < LEVERS; k++)
        plan_put(p, lever_names[k], "%s", x->levers.state[k].on ? "on" : "off");
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
                              .step_s = levers_step_s(x->study)};
}

static struct deck_pulse pulse_of(const struct cell *c)
{
    return (struct deck_pulse){c->gate_V, c->rise_s, c->width_s, c->fall_s, c->vto_V};
}

/* When all membranes fall for good, s: after the last pulse each has one maximum left,
 * at most the time after it at which the response to a short pulse has its own,
 * tau_mem tau_syn/(tau_mem - tau_syn) ln(tau_mem/tau_syn); half as much again, for
 * circuits whose time constants are not the kernel's. Who relies on it looks whether
 * the membranes do fall (app/simulate). */
static double settled_s(const struct experiment *x, const struct raster *r)
{
    const struct kernel *k = &x->network.kernel;
    double window_s = 1e-3 * x->coding.window_ms, last_s = 0;
    for (size_t i = 0; i < r->count; i++)
        last_s = fmax(last_s, 1e-3 * r->time_ms[i]);
    if (r->count == 0)
        return window_s;
    double ratio = k->tau_mem_s / k->tau_syn_s;
    double rise_s =
        fabs(ratio - 1) < 1e-6 ? k->tau_syn_s : k->tau_mem_s * log(ratio) / (ratio - 1);
    double end_s =
        last_s + x->cell.rise_s + x->cell.width_s + x->cell.fall_s + 1.5 * rise_s;
    return fmin(end_s, window_s);
}

double experiment_deck(const struct experiment *x, uint32_t image,
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
        spikes[i] =
            (struct deck_spikes){r.number[i], time_s + (r.number[i] ? r.first[i] : 0)};
    snprintf(title, sizeof title, "spikebar: image %u, class %d, rung \"%s\"", image,
             x->data.labels[image], solver->name);
    char *extra = x->include ? path_join(choice->circuit, x->include) : NULL;
    char *model = x->model ? path_join(choice->circuit, x->model) : NULL;
    const struct lever_state *on = x->levers.state;
    bool levers = !choice->plain && !choice->state;
    bool ends = levers && choice->maxima && on[LEVER_END].on;
    struct lump lump = {0};
    if (levers && on[LEVER_ROWS].on)
        lump_rows(&x->cell, x->inputs, x->outputs, spikes, x->levers.chord, &lump);
    struct deck_array a = {
        .title = title,
        .circuit = choice->circuit,
        .variant = x->variant,
        .params = &x->params,
        .extra = extra,
        .memristor = &x->memristor,
        .model = model,
        .before = choice->before,
        .after = choice->after,
        .active = choice->active || (levers && on[LEVER_SILENT].on),
        .leak_S = levers ? x->levers.leak_S : 0,
        .linear_ohm = lump.ohm                        ? lump.ohm
                      : levers && on[LEVER_LINEAR].on ? x->levers.chord
                                                      : NULL,
        .copies = lump.copies,
        .coarse_edges = levers && on[LEVER_EDGES].on,
        .pulse = pulse_of(&x->cell),
        .window_s = ends ? settled_s(x, &r) : 1e-3 * x->coding.window_ms,
        .inputs = x->inputs,
        .outputs = choice->count ? choice->count : x->outputs,
        .first_output = choice->first,
        .spikes = spikes,
        .state = choice->state ? choice->state : x->state,
        .state_stride = x->outputs,
        .dynamic = (levers ? !on[LEVER_FROZEN].on : x->study->simulate.dynamic) &&
                   !choice->fixed,
        .all_nodes = choice->all_nodes,
    };
    deck_write(&a, solver, out);
    lump_finish(&lump);
    free(extra);
    free(model);
    free(spikes);
    free(time_s);
    raster_finish(&r);
    return a.window_s;
}
