#include "circuit/circuit.h"

#include "base/mem.h"
#include "base/text.h"
#include "spice/includes.h"
#include "study/datadir.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- files and parameters ---- */

/* Links stay: what a file includes is relative to where it was found. */
static char *absolute(const char *path)
{
    char *here = realpath(".", NULL), *whole = path_join(here ? here : "/", path);
    free(here);
    return whole;
}

static int choose_variant(struct circuit *c, struct err *e)
{
    const char *own = c->study->circuit.params, *name = c->study->circuit.variant;
    struct buf file = {0};
    if (own[0]) {
        c->variant = absolute(own);
        return 0;
    }
    if (strchr(name, '/') || strlen(name) > 60) {
        err_set(e, ERR_USAGE, "expected a short name");
        return err_place(e, "circuit.variant");
    }
    buf_printf(&file, "variant_%s.param", name);
    c->variant = file.data;
    return 0;
}

char *circuit_variant_path(const struct circuit *c)
{
    AUTO_FREE char *netlists = path_join(c->folder, "netlists");
    return path_join(netlists, c->variant);
}

static int read_params(struct circuit *c, struct err *e)
{
    const char *files[] = {"netlists/pulse.param", "models/memristor.param",
                           "models/nmos_select.param"};
    char *path = circuit_variant_path(c);
    int status = c->variant[0] == '/'
                     ? param_parse(&c->params, buf_text(&c->params_text), path, e)
                     : param_read(&c->params, path, e);
    if (status == 0 && c->params.count == 0) {
        status =
            err_set(e, ERR_INPUT, "expected `.param name = number` lines, found none");
        err_place(e, "%s", path);
    }
    if (status < 0)
        err_hint(e, c->study->circuit.params[0]
                        ? "circuit.params names a file as `spikebar calibrate` writes it"
                        : "circuit.variant names netlists/variant_NAME.param");
    free(path);
    for (size_t i = 0; i < 3 && status == 0; i++) {
        path = path_join(c->folder, files[i]);
        status = param_read(&c->params, path, e);
        free(path);
    }
    if (status == 0 && param_override(&c->params, c->study->circuit.override, e) < 0)
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

static int load_memristor(struct circuit *c, struct err *e)
{
    const struct study *s = c->study;
    const char *alone = s->device.params[0]   ? "device.params"
                        : s->device.subckt[0] ? "device.subckt"
                                              : NULL;
    if (!s->device.model[0] && alone) {
        err_set(e, ERR_USAGE, "expected device.model beside it, found none");
        err_place(e, "%s", alone);
        return err_hint(e, "parameters of our memristor go to circuit.override");
    }
    if (!s->device.model[0])
        return 0;
    AUTO_FREE char *path = datadir_resolve(c->root, "models", s->device.model);
    int status =
        memristor_open(&c->memristor, path, s->device.subckt, s->device.params, e);
    if (status == 0)
        c->model = mem_copy_string(c->memristor.path);
    return status;
}

int circuit_open(struct circuit *c, const struct study *s, const char *root,
                 struct err *e)
{
    *c = (struct circuit){.study = s, .root = root};
    const char *own = c->study->circuit.folder;
    c->folder = realpath(own[0] ? own : c->root, NULL);
    if (!c->folder)
        return err_errno(e, "read", own[0] ? own : c->root);
    if (circuit_check_links(c, e) < 0)
        return -1;
    const char *include = c->study->circuit.include;
    if (include[0]) {
        c->include = absolute(include);
        struct stat st;
        if (stat(c->include, &st) == 0 && !S_ISREG(st.st_mode)) {
            err_set(e, ERR_INPUT, "expected a file for every deck, found `%.300s`",
                    include);
            err_place(e, "circuit.include");
            return err_hint(e, "name a file of netlist lines");
        }
    }
    if (choose_variant(c, e) < 0 || circuit_read_files(c, e) < 0 ||
        read_params(c, e) < 0 || read_cell(&c->params, &c->cell, e) < 0 ||
        load_memristor(c, e) < 0)
        return -1;
    return circuit_hash(c, e);
}

void circuit_forget_texts(struct circuit *c)
{
    buf_finish(&c->params_text);
    buf_finish(&c->include_text);
    for (size_t k = 0; k < c->wholes; k++) {
        free(c->whole[k].name);
        buf_finish(&c->whole[k].text);
    }
    free(c->whole);
    c->whole = NULL;
    c->wholes = 0;
}

void circuit_finish(struct circuit *c)
{
    param_finish(&c->params);
    memristor_finish(&c->memristor);
    free(c->model);
    free(c->include);
    free(c->variant);
    free(c->folder);
    free(c->map);
    circuit_forget_texts(c);
    *c = (struct circuit){0};
}

/* ---- decks ---- */

const char *const circuit_blocks[] = {
    "netlists/array.inc",     "netlists/pulse.param",
    "models/memristor.param", "models/nmos_select.param",
    "models/nmos_select.mod", "models/memristor.sub",
    "netlists/cell.sub",      NULL};

/* A file of the circuit's, or its text. */
static void include(const char *as, const char *file, const struct buf *text,
                    struct buf *out)
{
    if (text) {
        char shown[200];
        text_printable(strlen(file), file, sizeof shown, shown);
        buf_printf(out, "* from %s\n", shown);
        buf_append(out, buf_text(text), text->len);
    } else {
        AUTO_FREE char *path = path_join(as, file);
        includes_put(path, out);
    }
}

static void include_block(const struct circuit *c, const char *as, const char *name,
                          struct buf *out)
{
    const struct buf *text = NULL;
    for (size_t k = 0; k < c->wholes; k++)
        if (strcmp(c->whole[k].name, name) == 0)
            text = &c->whole[k].text;
    include(as, name, text, out);
}

static void include_columns(const struct circuit *c, const char *as, struct buf *out)
{
    AUTO_FREE char *variant = path_join("netlists", c->variant);
    if (c->variant[0] == '/')
        include(as, c->variant, &c->params_text, out);
    else
        include_block(c, as, variant, out);
    include_block(c, as, circuit_blocks[0], out);
}

static void include_devices(const struct circuit *c, const char *as, struct buf *out)
{
    for (size_t k = 1; circuit_blocks[k]; k++)
        include_block(c, as, circuit_blocks[k], out);
}

void circuit_lines(const struct circuit *c, const struct circuit_head *h, struct buf *out)
{
    AUTO_FREE char *model = c->model ? path_join(h->as, c->model) : NULL;
    buf_puts(out, h->before ? h->before : "");
    /* before our models: of two of one name the first counts */
    memristor_put(h->memristor ? h->memristor : &c->memristor, model, out);
    if (h->devices)
        include_devices(c, h->as, out);
    else
        include_columns(c, h->as, out);
    /* of the overridden ones, those that no included file knows are harmless */
    param_render(&c->params, true, out);
    if (c->include && !h->devices)
        include(h->as, c->include, c->include[0] == '/' ? &c->include_text : NULL, out);
    buf_puts(out, h->after ? h->after : "");
}

struct deck_pulse circuit_pulse(const struct circuit *c)
{
    const struct cell *l = &c->cell;
    return (struct deck_pulse){l->gate_V, l->rise_s, l->width_s, l->fall_s, l->vto_V};
}

/* The largest time step that keeps the membrane within simulate.accuracy (percent of its
 * peak), s, or simulate.step if that is given: 0.2913 ms for 0.1 %, as its square root
 * (an odd number: see spice/faults.c). Measured on six of the shipped digits, all levers
 * on, steps of 0.19, 0.24, 0.29, 0.34, 0.39, 0.58 ms against circuit_reference: the
 * farthest point of any membrane is 0.044, 0.055, 0.065, 0.084, 0.113, 0.157 % of the
 * largest maximum off. Test: steps_keep_the_accuracy. */
static double step_s(const struct study *s)
{
    if (s->simulate.step_s > 0)
        return s->simulate.step_s;
    return fmin(fmax(0.2913e-3 * sqrt(s->simulate.accuracy / 0.1), 1e-6), 2e-3);
}

void circuit_solver(const struct circuit *c, int rung, struct deck_solver *s)
{
    struct deck_solver ladder[DECK_RUNGS],
        first = {.name = "as asked",
                 .reltol = c->study->simulate.reltol,
                 .vntol_V = c->study->simulate.vntol_V,
                 .abstol_A = c->study->simulate.abstol_A,
                 .gmin_S = c->study->simulate.gmin_S,
                 .step_s = step_s(c->study)};
    deck_ladder(&first, ladder);
    *s = ladder[rung > 0 && rung < DECK_RUNGS ? rung : 0];
}

/* The model below the folder needs no mention: it is not absolute then. The other files
 * of the user's stand in the decks. */
void circuit_readable(const struct circuit *c, struct pool_options *o)
{
    o->readable[0] = c->folder;
    o->readable[1] = c->model && c->model[0] == '/' ? c->model : NULL;
    o->readable[2] = NULL;
}

/* Of an image of the shipped digits, the farthest of ten maxima from one with 2.39 us,
 * reltol 1e-7 and 48 breakpoints a ramp, ngspice 39.3, in thousandths of a percent:
 *
 *     step (us)    4 points   12    24    48    time points with 48
 *     38.2                         0.64
 *     19.1           20       3.5  0.74  0.25   9777
 *      9.55          17            0.74  0.04   14908
 *      4.77          11                  0.03   25245
 *
 * The ramps are what converges slowly: the current of a cell turns on with a bend that
 * the corners of the source must follow. reltol moves less. The step is an odd number:
 * see spice/faults.c. Test: a_reference_has_converged. */
void circuit_reference(const struct circuit *c, struct deck_solver *s)
{
    circuit_solver(c, 0, s);
    s->name = "reference";
    s->reltol = 1e-6;
    s->vntol_V = 1e-10;
    s->step_s = 19.1e-6;
    s->edges = DECK_EDGES;
}

struct pool_options circuit_pool(const struct circuit *c)
{
    const struct study *s = c->study;
    struct pool_options o = pool_defaults();
    o.jobs = (size_t)s->simulate.jobs;
    o.deadline_s = s->simulate.deadline_s;
    o.retries = (size_t)s->simulate.retries;
    o.recycle = (size_t)s->simulate.recycle;
    circuit_readable(c, &o);
    return o;
}

void circuit_probe(const struct circuit *c, struct probe *p)
{
    *p = (struct probe){.pulse = circuit_pulse(c),
                        .on_time_s = cell_on_time(&c->cell),
                        .read_V = c->cell.read_V,
                        .tau_syn_s = c->study->calibrate.tau_syn_s,
                        .tau_mem_s = fmin(c->study->calibrate.tau_mem_s, 50e-3)};
}

/* ---- models ---- */

int circuit_kernel(const struct circuit *c, const char *model, int window_ms,
                   struct kernel *k, struct err *e)
{
    if (kernel_init(k, model, window_ms, e) < 0)
        return -1;
    k->delay_s = cell_turn_on(&c->cell);
    k->width_s = cell_on_time(&c->cell);
    k->tau_syn_s = param_value(&c->params, "kernel_tau_syn", k->tau_syn_s);
    if (k->model == KERNEL_CIRCUIT)
        k->tau_mem_s = param_value(&c->params, "kernel_tau_mem", k->tau_mem_s);
    return kernel_compute(k, e);
}

/* ---- what numbers depend on ---- */

void circuit_plan(const struct circuit *c, const char *kind, unsigned scope,
                  const char *ngspice_version, struct plan *p)
{
    plan_put(p, "format", "3");
    plan_put(p, "kind", "%s", kind);
    plan_put(p, "ngspice", "%s", ngspice_version);
    study_lines(c->study, scope, &p->text);
    plan_put(p, "circuit.sha256", "%s", c->sha256);
}
