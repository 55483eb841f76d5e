#include "lab/lab.h"

#include "base/mem.h"
#include "base/rng.h"
#include "num/line.h"
#include "num/stats.h"
#include "run/claim.h"
#include "spice/rawfile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Names that the memristor has, before a worker stumbles over them. */
static int check_spread(const struct lab *lab, struct err *e)
{
    AUTO(specimen_finish) struct specimen s;
    specimen_init(&s, lab, true);
    return specimen_vary(&s, lab, 0, 0, 0, e);
}

int lab_open(struct lab *lab, const struct study *s, const char *root, bool raw,
             struct err *e)
{
    *lab = (struct lab){
        .study = s, .root = root, .raw = raw, .seed = (uint64_t)s->simulate.seed};
    lab->json = cJSON_CreateObject();
    lab->steps = mmap(NULL, sizeof *lab->steps, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (lab->steps == MAP_FAILED) {
        lab->steps = NULL;
        return err_errno(e, "share", "memory with the workers");
    }
    if (circuit_open(&lab->circuit, s, root, e) < 0 || check_spread(lab, e) < 0)
        return -1;
    circuit_solver(&lab->circuit, 0, &lab->solver);
    lab->pool = circuit_pool(&lab->circuit);
    if (lab->circuit.memristor.path)
        cJSON_AddStringToObject(lab->json, "memristor", lab->circuit.memristor.subckt);
    return 0;
}

int lab_settle(struct lab *lab, const char *folder, const char *kind,
               const struct plan *p, struct err *e)
{
    lab->folder = folder ? mem_copy_string(folder) : plan_folder(p, kind);
    return dir_make(lab->folder, e) < 0 ? -1
                                        : claim_folder(lab->folder, p ? p->id : kind, e);
}

void lab_finish(struct lab *lab)
{
    free(lab->folder);
    circuit_finish(&lab->circuit);
    cJSON_Delete(lab->json);
    buf_finish(&lab->text);
    if (lab->steps)
        munmap(lab->steps, sizeof *lab->steps);
    *lab = (struct lab){0};
}

/* ---- specimens ---- */

void specimen_init(struct specimen *s, const struct lab *lab, bool bare)
{
    *s = (struct specimen){.bare = bare, .model = lab->circuit.memristor};
    s->model.params = mem_copy_string(s->model.params ? s->model.params : "");
}

void specimen_finish(struct specimen *s)
{
    buf_finish(&s->lines);
    free(s->model.params);
    s->model.params = NULL;
}

/* One word of device.spread: "a+b", all times one factor. */
static int vary_word(struct specimen *s, const struct lab *lab, char *word, double factor,
                     struct err *e)
{
    char *rest = word, *name;
    while ((name = strsep(&rest, "+"))) {
        double value;
        if (!s->model.path) {
            if (param_get(&lab->circuit.params, name, &value, e) < 0)
                return err_place(e, "device.spread");
            buf_printf(&s->lines, ".param %s = %.17g\n", name, value * factor);
        } else {
            if (!memristor_param(&s->model, name, &value)) {
                err_set(e, ERR_USAGE, "memristor `%s` has no number for `%.40s`",
                        s->model.subckt, name);
                return err_place(e, "device.spread");
            }
            struct buf more = {0};
            buf_printf(&more, "%s %s=%.17g", s->model.params, name, value * factor);
            free(s->model.params);
            s->model.params = more.data;
        }
    }
    return 0;
}

int specimen_vary(struct specimen *s, const struct lab *lab, uint32_t device,
                  uint32_t cycle, double share, struct err *e)
{
    const char *words = lab->study->device.spread;
    if (!*words)
        words = s->model.path ? "" : "g_min+g_max r_s";
    AUTO_FREE char *copy = mem_copy_string(words);
    char *rest = copy, *word;
    uint32_t k = 1; /* 0 is the offset */
    while ((word = strsep(&rest, " ,"))) {
        if (!*word)
            continue;
        double z = rng_normal(lab->seed, RNG_DEVICE, device, k++, cycle);
        if (vary_word(s, lab, word, fmax(1 + share * z, 0.05), e) < 0)
            return -1;
    }
    return 0;
}

int specimen_other(struct specimen *s, const struct lab *lab, uint32_t device,
                   char cause[JOBS_CAUSE])
{
    const struct study *o = lab->study;
    struct err e = {0};
    s->offset_V = o->device.offset_V * rng_normal(lab->seed, RNG_DEVICE, device, 0, 0);
    int status = specimen_vary(s, lab, device, 0, o->device.mismatch, &e);
    if (status < 0)
        snprintf(cause, JOBS_CAUSE, "%.500s", e.text);
    return status;
}

void specimen_begin(const struct specimen *s, const struct lab *lab, const char *title,
                    struct buf *out)
{
    struct circuit_head h = {
        .as = ".", .devices = true, .after = s->lines.data, .memristor = &s->model};
    buf_printf(out, "* %s\n", title);
    circuit_lines(&lab->circuit, &h, out);
}

void specimen_end(const struct lab *lab, double stop_s, double step_s,
                  struct jobs_deck *d)
{
    d->stop_s = stop_s;
    d->folder = lab->circuit.folder;
    devicedeck_end(&lab->solver, stop_s, step_s, d->count, (const char *const *)d->name,
                   &d->text);
}

void specimen_deck(const struct specimen *s, const struct lab *lab, const char *title,
                   double x, const struct wave *w, double step_s, struct jobs_deck *d)
{
    jobs_name(d, "vt#branch");
    jobs_name(d, "t");
    jobs_name(d, "%s%s", s->bare ? "xm" : "xc.xm", s->model.path ? ".xu.dx" : ".dx");
    specimen_begin(s, lab, title, &d->text);
    devicedeck_source(&d->text, "t", w);
    if (s->bare)
        buf_printf(&d->text, "Xm t 0 memristor x0=%.17g\n", x);
    else
        buf_printf(&d->text, "Vg g 0 %.17g\nXc t g 0 cell_mod x0=%.17g\n",
                   lab->circuit.cell.gate_V, x);
    specimen_end(lab, wave_end(w), step_s, d);
}

int specimen_simulate(struct jobs_deck *d, char cause[JOBS_CAUSE])
{
    if (chdir(d->folder) < 0) {
        snprintf(cause, JOBS_CAUSE, "cannot stand in %s", d->folder);
        return -1;
    }
    return jobs_simulate(buf_text(&d->text), d->stop_s, d->count,
                         (const char *const *)d->name, &d->trace, cause);
}

static double out_of_range(double x, const struct trace *t)
{
    double worst = 0;
    for (size_t i = 0; i < t->points; i++) {
        double state = x + t->value[SPECIMEN_CHANGE][i];
        worst = fmax(worst, fmax(-state, state - 1));
    }
    return worst;
}

/* A state that is cut off at the ends of its range overshoots by its rate times the step;
 * one that runs out of it by itself is given up after two refinements that do not halve
 * what it is out. Steps become 1/8, 1/64 and 1/512. */
enum { FINER = 8, REFINEMENTS = 3, PATIENCE = 2 };

int specimen_run(const struct specimen *s, const struct lab *lab, const char *title,
                 double x, const struct wave *w, double step_s, struct jobs_deck *d,
                 char cause[JOBS_CAUSE])
{
    double share = 1, before = INFINITY;
    double allowed = fmax(STATE_TOLERANCE, 1.01 * fmax(-x, x - 1));
    for (int n = 0, stuck = 0;; n++) {
        specimen_deck(s, lab, title, x, w, share * step_s, d);
        if (specimen_simulate(d, cause) < 0)
            return -1;
        double out = s->model.path ? out_of_range(x, &d->trace) : 0;
        stuck = out > before / 2 ? stuck + 1 : 0;
        if (out <= allowed && n > 0 &&
            !(lab->steps->finest < share && lab->steps->finest > 0))
            lab->steps->finest = share;
        if (out <= allowed)
            return 0;
        if (n == REFINEMENTS || stuck == PATIENCE) {
            lab->steps->out_of_range = fmax(lab->steps->out_of_range, out);
            return 0;
        }
        before = out;
        share /= FINER;
        jobs_finish(1, d);
    }
}

void lab_tell_steps(struct lab *lab)
{
    const struct lab_steps *t = lab->steps;
    if (!lab->circuit.memristor.path)
        return;
    lab_number(lab, "finest_steps", t->finest > 0 ? t->finest : 1);
    lab_number(lab, "state_out_of_range", t->out_of_range);
    if (t->finest > 0)
        buf_printf(
            &lab->text,
            "the state left its range with the usual time steps; down to 1/%.0f of "
            "them kept it within %g of 0 .. 1\n",
            1 / t->finest, STATE_TOLERANCE);
    if (t->out_of_range > 0)
        buf_printf(
            &lab->text,
            "WARNING: the memristor's state leaves 0 .. 1 by %.2g, with finer time "
            "steps too\n",
            t->out_of_range);
}

int specimen_wave(const struct specimen *s, const struct lab *lab, const char *title,
                  const struct wave *w, double step_s, size_t n, const double at_s[n],
                  double *x, double g_S[n], char cause[JOBS_CAUSE])
{
    struct jobs_deck d = {0};
    int status = specimen_run(s, lab, title, *x, w, step_s, &d, cause);
    if (status == 0) {
        const struct trace *t = &d.trace;
        for (size_t k = 0; k < n; k++) /* over the voltage that is there */
            g_S[k] = -line_at(t->points, t->time_s, t->value[SPECIMEN_CURRENT], at_s[k]) /
                     line_at(t->points, t->time_s, t->value[SPECIMEN_VOLT], at_s[k]);
        *x += t->value[SPECIMEN_CHANGE][t->points - 1];
    }
    jobs_finish(1, &d);
    return status;
}

int lab_decks(const struct lab *lab, size_t n, struct jobs_deck deck[n], struct err *e)
{
    if (jobs_decks(&lab->pool, n, deck, e) < 0)
        return -1;
    return jobs_check(n, deck, e);
}

int specimen_pulse(const struct specimen *s, const struct lab *lab, double x,
                   double amplitude_V, double width_s, double read_V, struct answer *a,
                   char cause[JOBS_CAUSE])
{
    struct wave w = {0};
    struct jobs_deck d = {0};
    wave_start(&w, 0);
    if (amplitude_V != 0) {
        double edge_s = fmin(PULSE_EDGE_S, width_s / 5);
        wave_to(&w, edge_s, amplitude_V);
        wave_to(&w, width_s, amplitude_V);
        wave_to(&w, edge_s, 0);
    }
    wave_to(&w, PULSE_EDGE_S, read_V);
    wave_to(&w, PULSE_READ_S, read_V);
    int status = specimen_run(s, lab, "pulse and reading", x, &w,
                              fmax(width_s, PULSE_READ_S) / 20, &d, cause);
    if (status == 0) {
        const struct trace *t = &d.trace;
        size_t last = t->points - 1;
        *a = (struct answer){.x = x + t->value[2][last],
                             .read_S = -t->value[0][last] / read_V,
                             .energy_J = -line_product_integral(t->points, t->time_s,
                                                                t->value[1], t->value[0]),
                             .time_s = wave_end(&w)};
    }
    wave_finish(&w);
    jobs_finish(1, &d);
    return status;
}

/* ---- results ---- */

void lab_number(struct lab *lab, const char *key, double value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(lab->json, key);
    json_number(lab->json, key, value);
}

void lab_numbers(struct lab *lab, const char *before, const char *keys, const char *after,
                 const double value[])
{
    char *own = mem_copy_string(keys), *rest = own, *key;
    while ((key = strsep(&rest, ","))) {
        struct buf whole = {0};
        buf_printf(&whole, "%s%s%s", before, key, after);
        lab_number(lab, whole.data, *value++);
        buf_finish(&whole);
    }
    free(own);
}

double lab_spread(size_t n, size_t points, size_t stride, const double x[], double mean[])
{
    AUTO_FREE double *v = mem_alloc(n, sizeof *v);
    double sum = 0;
    for (size_t i = 0; i < points; i++) {
        for (size_t k = 0; k < n; k++)
            v[k] = x[k * stride + i];
        if (mean)
            mean[i] = stats_mean(n, v);
        sum += stats_deviation(n, v);
    }
    return sum / (double)points;
}

void lab_statistics(struct lab *lab, const char *key, size_t n, const double x[n])
{
    double lowest = x[0], highest = x[0];
    for (size_t k = 0; k < n; k++) {
        lowest = fmin(lowest, x[k]);
        highest = fmax(highest, x[k]);
    }
    lab_numbers(lab, key, "_mean,_deviation,_lowest,_highest", "",
                (double[]){stats_mean(n, x), stats_deviation(n, x), lowest, highest});
}

double lab_get(const struct lab *lab, const char *key)
{
    return json_get(lab->json, key, NAN);
}

int lab_trace(const struct lab *lab, const char *name, const struct trace *t,
              struct err *e)
{
    if (!lab->raw)
        return 0;
    AUTO(buf_finish) struct buf raw = {0};
    rawfile_render(t, name, &raw);
    return file_write_in(lab->folder, name, raw.data, raw.len, e);
}

int lab_draw(const struct lab *lab, const char *name, struct plot *p, struct err *e)
{
    if (lab->study->report.pictures)
        return plot_save(lab->folder, name, p, e);
    plot_finish(p);
    return 0;
}
