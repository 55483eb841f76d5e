#include "lab/unit.h"

#include "base/mem.h"
#include "base/text.h"
#include "circuit/statemap.h"
#include "num/stats.h"
#include "report/json.h"
#include "report/plot.h"
#include "report/table.h"
#include "run/claim.h"
#include "spice/jobs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AFTER_S 45e-3 /* simulated after the last spike: three times tau_mem */
#define LONGEST_S 2.0

static int parse_spikes(struct unit *u, const char *text, struct err *e)
{
    char *copy = mem_copy_string(text), *rest = copy, *word;
    int status = 0;
    while (status == 0 && (word = strsep(&rest, ", "))) {
        double ms, before = u->spikes ? u->spike_s[u->spikes - 1] : -1;
        if (!*word)
            continue;
        if (u->spikes == UNIT_SPIKES || !text_to_double(word, &ms) || ms < 0 ||
            1e-3 * ms <= before || 1e-3 * ms > LONGEST_S)
            status = err_set(e, ERR_USAGE,
                             "expected rising start times in ms, at most %d, up to %g; "
                             "found `%.40s`",
                             UNIT_SPIKES, 1e3 * LONGEST_S, word);
        else
            u->spike_s[u->spikes++] = 1e-3 * ms;
    }
    if (status == 0 && u->spikes == 0)
        status = err_set(e, ERR_USAGE, "expected at least one start time in ms");
    free(copy);
    return status < 0 ? err_place(e, "--spikes") : 0;
}

/* ---- the circuit ---- */

static void write_deck(const struct unit *u, const struct circuit *c, struct jobs_deck *d)
{
    struct deck_solver solver;
    struct deck_spikes spikes = {u->spikes, u->spike_s};
    AUTO(buf_finish) struct buf head = {0};
    double state = statemap_find(c, u->conductance_S, NULL);
    circuit_solver(c, 0, &solver);
    circuit_lines(c, &(struct circuit_head){.as = ".", .after = ".save v(g0)\n"}, &head);
    d->folder = c->folder;
    d->stop_s = u->spike_s[u->spikes - 1] + AFTER_S;
    struct deck_array a = {
        .title = "spikebar: unit experiment",
        .circuit = {head.data, &c->params},
        .pulse = circuit_pulse(c),
        .window_s = d->stop_s,
        .inputs = 1,
        .outputs = 1,
        .spikes = &spikes,
        .state = &state,
        .state_stride = 1,
        .dynamic = c->study->simulate.dynamic,
        .all_nodes = true,
    };
    deck_write(&a, &solver, &d->text);
    jobs_name(d, "g0");
    jobs_name(d, "v.xcol0.visyn#branch");
    jobs_name(d, "mem0");
}

static void divide(size_t n, double x[n])
{
    double largest = x[stats_argmax(n, x)];
    for (size_t i = 0; i < n && largest > 0; i++)
        x[i] /= largest;
}

/* Above its first value and over its largest; returns that, where it is in *place. */
static double normalise(size_t n, const double x[n], double out[n], size_t *place)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] - x[0];
    *place = stats_argmax(n, out);
    double largest = out[*place];
    divide(n, out);
    return largest;
}

static int take_trace(struct unit *u, struct jobs_deck *d, struct err *e)
{
    size_t place;
    if (d->cause)
        return err_set(e, ERR_SIMULATOR, "%s", d->cause);
    u->trace = d->trace;
    d->trace = (struct trace){0};
    u->points = u->trace.points;
    u->time_s = u->trace.time_s;
    u->gate_V = u->trace.value[0];
    u->current_A = u->trace.value[1];
    u->membrane_V = u->trace.value[2];
    u->current = mem_alloc(u->points, sizeof(double));
    u->membrane = mem_alloc(u->points, sizeof(double));
    u->rest_A = u->current_A[0];
    u->rest_V = u->membrane_V[0];
    u->peak_A = normalise(u->points, u->current_A, u->current, &place);
    u->peak_V = normalise(u->points, u->membrane_V, u->membrane, &place);
    u->peak_s = u->time_s[place];
    if (u->peak_V > 0 && u->peak_A > 0)
        return 0;
    return err_set(e, ERR_SIMULATOR, "the membrane does not rise at all");
}

/* ---- the native models ---- */

/* Synaptic current at t s after one spike, any unit. `circuit`: a unit current of
 * width_s through the low-pass filter tau_syn, 1 - e^(-t/tau) while it lasts; else
 * e^(-t/tau_fall) - e^(-t/tau_rise) (paper 1, Eqs. 1-4). Test: its largest value is at
 * the pulse's end, or where the derivative of the two exponentials is 0. */
static double current_at(const struct kernel *k, double t_s)
{
    if (k->model == KERNEL_DOUBLE_EXPONENTIAL)
        return t_s <= 0 ? 0 : exp(-t_s / k->tau_fall_s) - exp(-t_s / k->tau_rise_s);
    double on = fmax(t_s - k->delay_s, 0), off = fmax(on - k->width_s, 0);
    return expm1(-off / k->tau_syn_s) - expm1(-on / k->tau_syn_s);
}

static double largest_difference(size_t n, const double a[n], const double b[n])
{
    double d = 0;
    for (size_t i = 0; i < n; i++)
        d = fmax(d, fabs(a[i] - b[i]));
    return d;
}

static void evaluate(const struct unit *u, const struct kernel *k, struct unit_model *m)
{
    for (size_t i = 0; i < u->points; i++) {
        m->current[i] = m->membrane[i] = 0;
        for (size_t s = 0; s < u->spikes; s++) {
            double t_s = u->time_s[i] - u->spike_s[s] - m->shift_s;
            if (t_s <= 0)
                continue;
            m->current[i] += current_at(k, t_s);
            m->membrane[i] += kernel_at(k, t_s);
        }
    }
    divide(u->points, m->current);
    divide(u->points, m->membrane);
    m->current_error = largest_difference(u->points, u->current, m->current);
    m->membrane_error = largest_difference(u->points, u->membrane, m->membrane);
}

/* The shift with the smallest largest difference, by scanning 0 .. 1 ms in steps that
 * become finer: the largest of many differences has no derivative to follow. */
static void fit_shift(const struct unit *u, const struct kernel *k, struct unit_model *m)
{
    double middle = 0.5e-3, reach = 0.5e-3, best = middle, error = INFINITY;
    for (int round = 0; round < 4; round++) {
        for (int i = -10; i <= 10; i++) {
            m->shift_s = middle + reach * i / 10;
            evaluate(u, k, m);
            if (m->membrane_error < error) {
                error = m->membrane_error;
                best = m->shift_s;
            }
        }
        middle = best;
        reach /= 5;
    }
    m->shift_s = best;
    evaluate(u, k, m);
}

static int ask_models(struct unit *u, const struct circuit *c, struct err *e)
{
    static const char *const names[] = {"circuit-matched", "double exponential",
                                        "double exponential, shifted"};
    struct kernel circuit, twofold;
    if (circuit_kernel(c, "circuit", 100, &circuit, e) < 0 ||
        circuit_kernel(c, "double-exponential", 100, &twofold, e) < 0)
        return -1;
    for (int m = 0; m < UNIT_MODELS; m++) {
        u->model[m].name = names[m];
        u->model[m].current = mem_alloc(u->points, sizeof(double));
        u->model[m].membrane = mem_alloc(u->points, sizeof(double));
    }
    evaluate(u, &circuit, &u->model[UNIT_CIRCUIT]);
    evaluate(u, &twofold, &u->model[UNIT_DOUBLE]);
    fit_shift(u, &twofold, &u->model[UNIT_SHIFTED]);
    return 0;
}

int unit_run(struct unit *u, const struct study *s, const char *root, const char *spikes,
             double weight, struct err *e)
{
    struct circuit c;
    struct jobs_deck deck = {0};
    char version[32];
    *u = (struct unit){.study = s, .weight = weight};
    u->conductance_S = s->map.g_low_S + weight * (s->map.g_high_S - s->map.g_low_S);
    if (parse_spikes(u, spikes, e) < 0)
        return -1;
    if (!(weight >= 0 && weight <= 1)) {
        err_set(e, ERR_USAGE, "expected a weight from 0 to 1, found %g", weight);
        return err_place(e, "--weight");
    }
    bool good = circuit_open(&c, s, root, e) == 0 && jobs_version(version, e) == 0 &&
                statemap_learn(&c, e) == 0;
    if (good) {
        struct pool_options pool = circuit_pool(&c);
        circuit_plan(&c, "unit", STUDY_UNIT, version, &u->plan);
        plan_put(&u->plan, "spikes", "%s", spikes);
        plan_put(&u->plan, "weight", "%.17g", weight);
        plan_seal(&u->plan, 1);
        write_deck(u, &c, &deck);
        good = jobs_decks(&pool, 1, &deck, e) == 0;
    }
    good = good && take_trace(u, &deck, e) == 0 && ask_models(u, &c, e) == 0;
    jobs_finish(1, &deck);
    circuit_finish(&c);
    return good ? 0 : -1;
}

void unit_finish(struct unit *u)
{
    for (int m = 0; m < UNIT_MODELS; m++) {
        free(u->model[m].current);
        free(u->model[m].membrane);
    }
    plan_finish(&u->plan);
    free(u->folder);
    trace_finish(&u->trace);
    free(u->current);
    free(u->membrane);
    *u = (struct unit){0};
}

/* ---- files ---- */

static int write_table(const struct unit *u, struct err *e)
{
    const struct unit_model *m = u->model;
    struct table t;
    table_init(&t, "time_s,gate_V,isyn_A,membrane_V,isyn,membrane,isyn_circuit_model,"
                   "membrane_circuit_model,isyn_double,membrane_double,"
                   "isyn_double_shifted,membrane_double_shifted");
    for (size_t i = 0; i < u->points; i++)
        table_row(&t, (double[]){u->time_s[i], u->gate_V[i], u->current_A[i],
                                 u->membrane_V[i], u->current[i], u->membrane[i],
                                 m[0].current[i], m[0].membrane[i], m[1].current[i],
                                 m[1].membrane[i], m[2].current[i], m[2].membrane[i]});
    return table_save(&t, u->folder, "unit.csv", e);
}

cJSON *unit_json(const struct unit *u)
{
    cJSON *o = cJSON_CreateObject();
    struct table models;
    cJSON_AddItemToObject(o, "spikes_s",
                          cJSON_CreateDoubleArray(u->spike_s, (int)u->spikes));
    json_numbers(o, "weight,conductance_S", (double[]){u->weight, u->conductance_S});
    cJSON_AddStringToObject(o, "circuit_variant", u->study->circuit.variant);
    json_numbers(o, "rest_V,rest_A,peak_V,peak_s,peak_A",
                 (double[]){u->rest_V, u->rest_A, u->peak_V, u->peak_s, u->peak_A});
    table_init(&models, "model:text,shift_s,membrane_error,current_error");
    for (const struct unit_model *m = u->model; m < u->model + UNIT_MODELS; m++) {
        table_text(&models, m->name);
        table_numbers(&models, 3,
                      (double[]){m->shift_s, m->membrane_error, m->current_error});
    }
    cJSON_AddItemToObject(o, "models", table_json(&models));
    table_finish(&models);
    cJSON_AddNumberToObject(o, "paper_1_membrane_error", 0.021);
    return o;
}

/* A panel with the circuit as a band and two models as lines. */
static struct plot_panel *add_panel(struct plot *p, const char *label,
                                    const struct unit *u, const double *circuit,
                                    const double *matched, const double *twofold)
{
    char shifted[64];
    struct plot_panel *a = plot_panel(p, NULL);
    snprintf(shifted, sizeof shifted, "double exp. + %.3f ms",
             1e3 * u->model[UNIT_SHIFTED].shift_s);
    a->x.factor = 1e3;
    a->y.label = label;
    if (circuit)
        plot_add(p, "circuit", u->points, u->time_s, circuit, PLOT_BAND, 1);
    plot_add(p, "circuit-matched", u->points, u->time_s, matched, PLOT_LINE, 1);
    plot_add(p, shifted, u->points, u->time_s, twofold, PLOT_DASHED, 2);
    return a;
}

static int draw(const struct unit *u, struct err *e)
{
    const struct unit_model *c = &u->model[UNIT_CIRCUIT], *d = &u->model[UNIT_SHIFTED];
    size_t n = u->points;
    double *by_circuit = mem_alloc(2 * n, sizeof *by_circuit),
           *by_double = by_circuit + n;
    struct plot p;
    for (size_t i = 0; i < n; i++) {
        by_circuit[i] = 100 * (u->membrane[i] - c->membrane[i]);
        by_double[i] = 100 * (u->membrane[i] - d->membrane[i]);
    }
    plot_init(&p, "One synapse: circuit and network", NULL);
    p.height_px = 980;
    struct plot_panel *a = plot_panel(&p, NULL);
    a->height = 0.5;
    a->x.factor = 1e3;
    a->y.label = "gate (V)";
    plot_add(&p, "gate", n, u->time_s, u->gate_V, PLOT_LINE, PLOT_GREY);
    add_panel(&p, "Isyn over its peak", u, u->current, c->current, d->current)->y.max =
        1.05;
    add_panel(&p, "membrane over its peak", u, u->membrane, c->membrane, d->membrane)
        ->y.max = 1.05;
    a = add_panel(&p, "difference (%)", u, NULL, by_circuit, by_double);
    a->height = 0.7;
    a->x.label = "time (ms)";
    free(by_circuit);
    return plot_save(u->folder, "unit", &p, e);
}

int unit_write(struct unit *u, const char *folder, struct err *e)
{
    u->folder = folder ? mem_copy_string(folder) : plan_folder(&u->plan, "unit");
    if (dir_make(u->folder, e) < 0 || claim_folder(u->folder, u->plan.id, e) < 0 ||
        write_table(u, e) < 0)
        return -1;
    cJSON *o = unit_json(u);
    int status = json_write_in(u->folder, "unit.json", o, e);
    cJSON_Delete(o);
    return status == 0 && u->study->report.pictures ? draw(u, e) : status;
}
