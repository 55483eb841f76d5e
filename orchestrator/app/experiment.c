#include "app/experiment.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "circuit/statemap.h"
#include "study/datadir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- data ---- */

static int load_files(const char *root, const char *key, const char *names,
                      struct dataset *d, struct err *e)
{
    if (!*names || *names == ',' || strstr(names, ",,") ||
        names[strlen(names) - 1] == ',') {
        err_set(e, ERR_USAGE, "expected the name of a file, found none");
        err_place(e, "%s", key);
        return err_hint(e, "several have one comma between them");
    }
    AUTO_FREE char *paths = datadir_resolve_list(root, "datasets", names);
    int status = dataset_read(paths, d, e);
    if (status < 0 && e->code == ERR_FILE)
        err_hint(e, "%s names it", key);
    return status;
}

int experiment_load_images(const struct study *s, const char *root, struct dataset *data,
                           size_t *first_test, struct err *e)
{
    AUTO(dataset_finish) struct dataset test = {0};
    int status = load_files(root, "dataset.path", s->dataset.path, data, e);
    if (status < 0)
        return status;
    *first_test = data->count;
    if (!s->dataset.test_path[0])
        return 0;
    status = load_files(root, "dataset.test_path", s->dataset.test_path, &test, e);
    if (status == 0)
        status = dataset_append(data, &test, e);
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
    if (coding_check(c, e) < 0)
        return -1;
    double first_ms = 1e3 * coding_brightest_s(c);
    if (first_ms < c->window_ms)
        return 0;
    err_set(e, ERR_USAGE,
            "expected more than %.3g ms, when the brightest pixel fires, found %d ms",
            first_ms, c->window_ms);
    err_place(e, "network.window");
    return err_hint(e, "give a longer window or a smaller network.t_max");
}

/* A column that has something for itself must be there. */
static int check_own_columns(const struct experiment *x, struct err *e)
{
    for (size_t i = 0; i < x->circuit.params.owns; i++)
        if (x->circuit.params.own[i].column >= x->origin.weights.outputs) {
            err_set(e, ERR_USAGE, "there is no column %zu, expected 0 to %zu",
                    x->circuit.params.own[i].column, x->origin.weights.outputs - 1);
            return err_place(e, "circuit.override");
        }
    return 0;
}

/* ---- units ---- */

static void choose_images(struct experiment *x)
{
    size_t all = x->split.test_count, asked = (size_t)x->study->simulate.images;
    AUTO_FREE uint32_t *order = mem_alloc(all, sizeof *order);
    x->units = asked && asked < all ? asked : all;
    x->image = mem_alloc(x->units, sizeof *x->image);
    rng_permute((uint64_t)x->study->simulate.seed, RNG_SAMPLE, 0, (uint32_t)all, order);
    for (size_t k = 0; k < x->units; k++)
        x->image[k] = x->split.test[order[k]];
}

static bool same_images(const struct experiment *like, const struct study *s)
{
    return like && strcmp(like->study->dataset.path, s->dataset.path) == 0 &&
           strcmp(like->study->dataset.test_path, s->dataset.test_path) == 0;
}

static int take_images(struct experiment *x, const struct experiment *like, struct err *e)
{
    if (!same_images(like, x->study))
        return experiment_load_images(x->study, x->root, &x->data, &x->first_test, e);
    x->data = like->data;
    x->first_test = like->first_test;
    x->lent = true;
    return 0;
}

int experiment_open(struct experiment *x, const struct study *s, const char *root,
                    const char *weights_path, struct err *e)
{
    return experiment_open_like(x, NULL, s, root, weights_path, e);
}

int experiment_open_like(struct experiment *x, const struct experiment *like,
                         const struct study *s, const char *root,
                         const char *weights_path, struct err *e)
{
    *x = (struct experiment){.study = s, .root = root};
    if (study_check(s, e) < 0 || experiment_coding(s, &x->coding, e) < 0 ||
        circuit_open(&x->circuit, s, root, e) < 0 || take_images(x, like, e) < 0)
        return -1;
    if (origin_open(&x->origin, s, root, weights_path,
                    coding_inputs(&x->coding, x->data.features), x->data.classes,
                    e) < 0 ||
        experiment_split(s, x->data.count, x->first_test, origin_seed(&x->origin),
                         &x->split, &x->split_seed, e) < 0)
        return -1;
    choose_images(x);
    origin_judge(&x->origin, &x->data, x->units, x->image);
    return check_own_columns(x, e);
}

/* ---- array and network ---- */

static int refuse_model(const struct experiment *x, struct err *e)
{
    err_set(e, ERR_USAGE,
            "%s takes the weights as they were trained, and those that %s was programmed "
            "from are not there",
            x->study->simulate.compare, x->study->map.conductances);
    err_place(e, "simulate.compare");
    return err_hint(e, "give them with --weights, or compare with `circuit`");
}

/* Paper 1's network: W_n of its Eqs. 2 and 3 are the trained weights, 0 to 1, which go
 * into the memristors' states as they are; that a state of 0 conducts g_low is none of
 * its business. */
static int make_paper(struct experiment *x, struct err *e)
{
    struct kernel k;
    const struct weights *w = &x->origin.weights;
    if (!w->w)
        return 0;
    if (circuit_kernel(&x->circuit, "double-exponential", x->coding.window_ms, &k, e) < 0)
        return -1;
    network_init(&x->paper, w->inputs, w->outputs, &k);
    memcpy(x->paper.weights, w->w, w->inputs * w->outputs * sizeof(double));
    return 0;
}

/* The network that the circuit is compared with. `circuit`: the weights that the
 * conductances stand for, and the cell's own pulse. Else paper 1's. */
static int make_network(struct experiment *x, struct err *e)
{
    struct kernel k;
    const char *model = x->study->simulate.compare;
    size_t cells = x->array.inputs * x->array.outputs;
    if (circuit_kernel(&x->circuit, model, x->coding.window_ms, &k, e) < 0 ||
        circuit_kernel(&x->circuit, "circuit", x->coding.window_ms, &x->membrane, e) <
            0 ||
        make_paper(x, e) < 0)
        return -1;
    if (k.model != KERNEL_CIRCUIT && !x->origin.weights.w)
        return refuse_model(x, e);
    if (k.model != KERNEL_CIRCUIT && x->study->noise.read > 0) {
        err_set(e, ERR_USAGE, "%s has no read noise: it lives in steps of 1 ms", model);
        err_place(e, "simulate.compare");
        return err_hint(e, "compare with `circuit`, or set noise.read = 0");
    }
    network_init(&x->network, x->array.inputs, x->array.outputs, &k);
    if (k.model == KERNEL_CIRCUIT)
        array_weights(&x->array, x->network.weights);
    else
        memcpy(x->network.weights, x->origin.weights.w, cells * sizeof(double));
    return 0;
}

static int map(struct experiment *x, bool states, struct err *e)
{
    const struct weights *g = &x->origin.achieved; /* in the place of the mapping's */
    if (g->w)
        array_take(&x->array, &x->circuit, g->inputs, g->outputs, g->w);
    else if (array_map(&x->array, &x->circuit, &x->origin.weights, e) < 0)
        return err_place(e, "%s", x->origin.weights_path);
    if (states)
        array_find_states(&x->array);
    return make_network(x, e);
}

int experiment_map(struct experiment *x, struct err *e)
{
    return statemap_learn(&x->circuit, e) < 0 ? -1 : map(x, true, e);
}

int experiment_map_network(struct experiment *x, struct err *e)
{
    /* The range of the user's memristor is learnt by simulation. */
    return x->circuit.memristor.path ? experiment_map(x, e) : map(x, false, e);
}

/* Images that the levers are tried with, of those that are simulated. */
enum { EXAMPLES_MAX = 100 };

int experiment_levers(struct experiment *x, struct err *e)
{
    struct raster example[EXAMPLES_MAX];
    struct lever_ask ask = {.circuit = &x->circuit,
                            .inputs = x->array.inputs,
                            .outputs = x->array.outputs,
                            .state = x->array.state,
                            .kernel = &x->membrane,
                            .window_s = 1e-3 * x->coding.window_ms,
                            .example = example};
    for (; ask.examples < x->units && ask.examples < EXAMPLES_MAX; ask.examples++) {
        raster_init(&example[ask.examples], ask.inputs, x->coding.window_ms);
        experiment_raster(x, x->image[ask.examples], &example[ask.examples]);
    }
    int status = levers_decide(&x->levers, &ask, e);
    if (status == 0 && x->levers.start_off > 0)
        log_say("WARNING: simulations start up to %.2g off the memristors' states asked "
                "for: node dx of `%s` is no state that can be held; all maxima are those "
                "of other conductances",
                x->levers.start_off, x->circuit.memristor.subckt);
    for (size_t k = 0; k < ask.examples; k++)
        raster_finish(&example[k]);
    return status;
}

int experiment_ready(struct experiment *x, struct err *e)
{
    return experiment_map(x, e) < 0 ? -1 : experiment_levers(x, e);
}

void experiment_finish(struct experiment *x)
{
    levers_finish(&x->levers);
    network_finish(&x->network);
    network_finish(&x->paper);
    array_finish(&x->array);
    origin_finish(&x->origin);
    split_finish(&x->split);
    if (!x->lent)
        dataset_finish(&x->data);
    circuit_finish(&x->circuit);
    free(x->image);
    *x = (struct experiment){0};
}

/* ---- what the numbers depend on ---- */

static void put_files(const struct experiment *x, struct plan *p)
{
    plan_put(p, "data.sha256", "%s", x->data.sha256);
    if (x->origin.weights_sha256[0])
        plan_put(p, "weights.sha256", "%s", x->origin.weights_sha256);
    if (x->origin.conductances_sha256[0])
        plan_put(p, "conductances.sha256", "%s", x->origin.conductances_sha256);
}

/* Where nothing is drawn all trials are one. */
static bool draws(const struct experiment *x)
{
    return (x->study->map.tuning_error > 0 && !x->origin.achieved.w) ||
           x->study->noise.read > 0;
}

void experiment_identity(const struct experiment *x, const char *kind,
                         const char *ngspice_version, struct plan *p)
{
    struct study s = *x->study; /* texts are borrowed */
    struct circuit c = x->circuit;
    s.simulate.images = 0;
    if (!draws(x))
        s.map.trial = 0;
    c.study = &s;
    circuit_plan(&c, kind, STUDY_VERIFIES, ngspice_version, p);
    plan_put(p, "version", "%s", SPIKEBAR_VERSION);
    put_files(x, p);
    plan_seal(p, 0);
}

/* A lever makes other records. That one flips with the choice of images is not known to
 * happen: an input fires at most once, whatever the image. If it did, the plan differs.
 */
void experiment_plan(const struct experiment *x, const char *ngspice_version,
                     struct plan *p)
{
    struct study s = *x->study; /* texts are borrowed */
    struct circuit c = x->circuit;
    s.simulate.images = 0;
    c.study = &s;
    circuit_plan(&c, "images", STUDY_VERIFIES, ngspice_version, p);
    put_files(x, p);
    for (int k = 0; k < LEVERS; k++)
        plan_put(p, lever_names[k], "%s", x->levers.state[k].on ? "on" : "off");
    plan_put(p, "split_seed", "%llu", (unsigned long long)x->split_seed);
    plan_seal(p, 0);
}

/* ---- decks ---- */

void experiment_raster(const struct experiment *x, uint32_t image, struct raster *r)
{
    coding_image(&x->coding, x->data.features, x->data.level_max,
                 x->data.levels + (size_t)image * x->data.features, r);
}

void experiment_noise(const struct experiment *x, uint32_t image, const struct raster *r,
                      struct pieces *p)
{
    array_noise(&x->array, image, r, &x->membrane, p);
}

double experiment_deck(const struct experiment *x, uint32_t image,
                       const struct deck_choice *choice, const struct deck_solver *solver,
                       struct buf *out)
{
    struct deck_choice own = *choice;
    AUTO(raster_finish) struct raster r;
    AUTO(pieces_finish) struct pieces noise = {0};
    char title[128];
    raster_init(&r, x->array.inputs, x->coding.window_ms);
    experiment_raster(x, image, &r);
    snprintf(title, sizeof title, "spikebar: image %u, class %d, rung \"%s\"", image,
             x->data.labels[image], solver->name);
    own.title = title;
    own.window_s = 1e-3 * x->coding.window_ms;
    experiment_noise(x, image, &r, &noise);
    own.noise = noise.count ? &noise : NULL;
    return array_deck(&x->array, &x->levers, &x->membrane, &r, &own, solver, out);
}
