#include "lab/calibrate.h"

#include "circuit/statemap.h"
#include "num/solve.h"
#include "spice/jobs.h"
#include "spice/worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const calibrate_names[CALIBRATE_TARGETS] = {
    "rest current of the DPI", "tau_syn", "tau_mem", "rest level of the membrane",
    "gain, peak of one spike"};
const char *const calibrate_units[CALIBRATE_TARGETS] = {"A", "s", "s", "V", "V/S"};

void calibrate_label(const struct probe_level *level, char text[CALIBRATE_LABEL])
{
    AUTO(buf_finish) struct buf b = {0};
    buf_printf(&b, "%zu x %.4g uS", level->cells, 1e6 * level->conductance_S);
    if (level->spikes > 1)
        buf_printf(&b, ", %zu times", level->spikes);
    snprintf(text, CALIBRATE_LABEL, "%s", b.data);
}

/* ---- in the worker: one column, looked at ---- */

/* The membrane's peak that one unit of charge per second would give: the box kernel,
 * which turns a gain for small signals into volts per siemens. */
static double peak_per_gain(const struct calibrate *c, const struct probe_point *p)
{
    struct kernel k;
    struct err ignored;
    if (kernel_init(&k, "circuit", 100, &ignored) < 0)
        return NAN;
    k.delay_s = cell_turn_on(&c->circuit.cell);
    k.width_s = cell_on_time(&c->circuit.cell);
    k.tau_syn_s = p->tau_syn_s;
    k.tau_mem_s = p->tau_mem_s;
    return kernel_compute(&k, &ignored) < 0 ? NAN : k.peak / p->leak_S;
}

static bool look(struct calibrate *c, enum probe_look how, struct probe_point *p)
{
    AUTO(buf_finish) struct buf deck = {0}, head = {0};
    AUTO(trace_finish) struct trace t = {0};
    circuit_lines(&c->circuit, &(struct circuit_head){.as = "."}, &head);
    probe_look_deck(&(struct deck_circuit){head.data, &c->circuit.params}, how,
                    c->target[CALIBRATE_REST], &deck);
    struct sim_result r =
        how == PROBE_REST
            ? worker_sweep(deck.data, PROBE_LOOK_VECTORS, probe_look_names, &t)
            : worker_small_signal(deck.data, PROBE_LOOK_VECTORS, probe_look_names, &t);
    c->simulations++;
    if (r.status != SIM_OK)
        return false;
    probe_look_read(&c->probe, how, &t, p);
    return true;
}

static double logratio(double x, double wanted)
{
    return x > 0 ? log(x / wanted) : NAN;
}

/* How far one target is missed, as ln(reached/wanted); nan where it cannot be told. */
static double miss(struct calibrate *c, enum calibrate_target which, const double *wanted)
{
    static const enum probe_look looks[CALIBRATE_TARGETS] = {
        PROBE_REST, PROBE_FORWARD, PROBE_LEAK, PROBE_REST, PROBE_FORWARD};
    struct probe_point p;
    if (!look(c, looks[which], &p) ||
        (which == CALIBRATE_GAIN && !look(c, PROBE_LEAK, &p)))
        return NAN;
    switch (which) {
    case CALIBRATE_REST_CURRENT:
        return logratio(p.tot_A, wanted[which]);
    case CALIBRATE_TAU_SYN:
        return logratio(p.tau_syn_s, wanted[which]);
    case CALIBRATE_TAU_MEM:
        return logratio(p.tau_mem_s, wanted[which]);
    case CALIBRATE_REST: /* at rest the DPI gives what the leak takes */
        return p.leak_A > 0 ? logratio(p.syn_A, p.leak_A) : NAN;
    case CALIBRATE_GAIN:
        return logratio(p.gain_A_S * peak_per_gain(c, &p), wanted[which]);
    case CALIBRATE_TARGETS:
        break;
    }
    return NAN;
}

/* ---- knobs ---- */

static bool is_logarithmic(const char *name)
{
    return name[0] != 'v';
}

static double knob_value(const struct calibrate *c, size_t k)
{
    double value = param_value(&c->circuit.params, c->knob[k].name, NAN);
    return is_logarithmic(c->knob[k].name) ? log(value) : value;
}

/* The n-well goes with the supply. */
static void turn(struct calibrate *c, size_t k, double x)
{
    const char *name = c->knob[k].name;
    struct param_table *t = &c->circuit.params;
    double value = is_logarithmic(name) ? exp(x) : x;
    if (strcmp(name, "v_dd") == 0)
        param_put(t, "v_nwell",
                  param_value(t, "v_nwell", 0) + value - param_value(t, name, 0), "");
    param_put(t, name, value, "");
}

struct turning {
    struct calibrate *c;
    size_t k;
};

static double turn_and_miss(void *context, double x)
{
    const struct turning *t = context;
    turn(t->c, t->k, x);
    return miss(t->c, (enum calibrate_target)t->k, t->c->target);
}

/* Where a knob may go: voltages from ground to the supply and a bit beyond, resistances
 * and widths three decades to both sides. */
static struct solve_range range_of(const struct calibrate *c, size_t k)
{
    const char *name = c->knob[k].name;
    const struct param_table *t = &c->circuit.params;
    double v_dd = param_value(t, "v_dd", 3), now = knob_value(c, k);
    struct solve_range r = {0, v_dd, 0.02, 1e-3};
    if (is_logarithmic(name))
        r = (struct solve_range){now - 7, now + 7, 0.2, 1e-3};
    else if (strcmp(name, "v_dd") == 0)
        r.low = param_value(t, "v_tau_syn", 0), r.high = r.low + 3;
    else if (strcmp(name, "v_thr") == 0)
        r.low = 0.5 * v_dd, r.high = 0.98 * v_dd;
    else if (strcmp(name, "v_tau_mem") == 0)
        r.low = -0.5, r.high = v_dd + 1;
    return r;
}

static void tune(struct calibrate *c, size_t k, double (*f)(void *context, double x))
{
    struct turning t = {c, k};
    struct solve_range range = range_of(c, k);
    turn(c, k, solve_near(f, &t, knob_value(c, k), &range, NULL));
}

static void tune_alone(struct calibrate *c, size_t k)
{
    tune(c, k, turn_and_miss);
}

/* tau_syn means something only while the DPI gives about its rest current: Vthr follows
 * each step of the leak. */
static double turn_and_follow(void *context, double x)
{
    const struct turning *t = context;
    turn(t->c, t->k, x);
    tune_alone(t->c, CALIBRATE_REST);
    return miss(t->c, (enum calibrate_target)t->k, t->c->target);
}

/* Resistances act in proportion: two steps do it. */
static void tune_resistance(struct calibrate *c, size_t k, double sign)
{
    for (int step = 0; step < 3; step++) {
        double m = miss(c, (enum calibrate_target)k, c->target);
        if (isfinite(m))
            turn(c, k, knob_value(c, k) + sign * fmax(-5, fmin(5, m)));
    }
}

/* Isyn = Igain (Itot/Itau - 1) has the slope Isyn/(Itot - Itau): where Isyn/Itot is small
 * against the slope, the leak Itau eats the rest current, and what looks like a time
 * constant there is the edge of the dead zone. */
static bool is_starved(struct calibrate *c)
{
    struct probe_point p;
    tune_alone(c, CALIBRATE_REST);
    if (miss(c, CALIBRATE_REST, c->target) < -0.1)
        return true; /* no Vthr gives enough */
    return look(c, PROBE_REST, &p) && look(c, PROBE_FORWARD, &p) &&
           p.syn_A < 0.5 * p.dpi * p.tot_A;
}

/* The leak is throttled until it is small against the rest current. */
static void throttle_leak(struct calibrate *c)
{
    const double step =
        strcmp(c->knob[CALIBRATE_TAU_SYN].name, "v_dd") == 0 ? -0.05 : 0.05;
    for (int i = 0; i < 20 && is_starved(c); i++)
        turn(c, CALIBRATE_TAU_SYN, knob_value(c, CALIBRATE_TAU_SYN) + step);
}

static void tune_coarsely(struct calibrate *c)
{
    for (int round = 0; round < 2; round++) {
        tune_resistance(c, CALIBRATE_REST_CURRENT, +1);
        tune_alone(c, CALIBRATE_TAU_MEM);
        throttle_leak(c);
        tune(c, CALIBRATE_TAU_SYN, turn_and_follow);
        tune_alone(c, CALIBRATE_REST);
    }
    tune_resistance(c, CALIBRATE_GAIN, -1);
}

/* ---- all together ---- */

struct together {
    struct calibrate *c;
    double wanted[CALIBRATE_TARGETS];
};

static bool equations(void *context, const double x[], double residual[])
{
    const struct together *s = context;
    bool good = true;
    for (size_t k = 0; k < CALIBRATE_TARGETS; k++)
        turn(s->c, k, x[k]);
    for (size_t k = 0; k < CALIBRATE_TARGETS && good; k++) {
        residual[k] = miss(s->c, (enum calibrate_target)k, s->wanted);
        good = isfinite(residual[k]);
    }
    return good;
}

static void tune_together(struct together *s)
{
    double x[CALIBRATE_TARGETS], residual[CALIBRATE_TARGETS];
    for (size_t k = 0; k < CALIBRATE_TARGETS; k++)
        x[k] = knob_value(s->c, k);
    (void)solve_system(CALIBRATE_TARGETS, x, equations, s, 1e-3, 1e-6, residual);
    for (size_t k = 0; k < CALIBRATE_TARGETS; k++)
        turn(s->c, k, x[k]);
}

/* ---- real spikes ---- */

static bool measure(struct calibrate *c, size_t n, const struct probe_level *level,
                    struct probe_reading *reading)
{
    struct jobs_deck d = {0};
    char ignored[JOBS_CAUSE];
    AUTO(buf_finish) struct buf head = {0};
    circuit_lines(&c->circuit, &(struct circuit_head){.as = "."}, &head);
    probe_deck(&c->probe, &(struct deck_circuit){head.data, &c->circuit.params}, n, level,
               &d.text);
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < PROBE_VECTORS; k++)
            jobs_name(&d, probe_vectors[k], j);
    bool good = jobs_simulate(d.text.data, probe_window(&c->probe), d.count,
                              (const char *const *)d.name, &d.trace, ignored) == 0;
    c->simulations++;
    for (size_t j = 0; j < n && good; j++)
        probe_read(&c->probe, &level[j], j, &d.trace, &reading[j]);
    jobs_finish(1, &d);
    return good;
}

static void take_reached(struct calibrate *c, const struct probe_level *level,
                         const struct probe_reading *r)
{
    c->reached[CALIBRATE_REST_CURRENT] = r->rest_tot_A;
    c->reached[CALIBRATE_TAU_SYN] = r->tau_syn_s;
    c->reached[CALIBRATE_TAU_MEM] = r->tau_mem_s;
    c->reached[CALIBRATE_REST] = r->rest_V;
    c->reached[CALIBRATE_GAIN] = r->peak_V / level->conductance_S;
}

/* What one spike through one cell at map.g_high gives, against the targets. */
static bool measure_one(struct calibrate *c)
{
    struct probe_level one = {1, c->study->map.g_high_S,
                              statemap_find(&c->circuit, c->study->map.g_high_S, NULL),
                              1};
    struct probe_reading r;
    if (!measure(c, 1, &one, &r))
        return false;
    take_reached(c, &one, &r);
    return true;
}

/* The small signals' targets are moved by what the real ones miss. Rest values are the
 * same for both. */
static void mend(struct together *s)
{
    static const enum calibrate_target moved[] = {CALIBRATE_TAU_SYN, CALIBRATE_TAU_MEM,
                                                  CALIBRATE_GAIN};
    for (size_t i = 0; i < 3; i++) {
        double ratio = s->c->target[moved[i]] / s->c->reached[moved[i]];
        if (isfinite(ratio) && ratio > 0.5 && ratio < 2)
            s->wanted[moved[i]] *= ratio;
    }
}

/* What the worker found. */
struct found {
    double reached[CALIBRATE_TARGETS], after[CALIBRATE_TARGETS];
    struct probe_reading reading[CALIBRATE_LEVELS];
    size_t simulations;
};

static int run(void *context, size_t unit, void *out, char cause[JOBS_CAUSE])
{
    struct calibrate *c = context;
    struct found *found = out;
    struct together s = {.c = c};
    (void)unit;
    if (chdir(c->circuit.folder) < 0)
        return -1;
    memcpy(s.wanted, c->target, sizeof s.wanted);
    if (c->study->calibrate.tune)
        tune_coarsely(c);
    for (int round = 0; round < 3; round++) {
        if (c->study->calibrate.tune)
            tune_together(&s);
        if (measure_one(c))
            mend(&s);
    }
    for (size_t k = 0; k < CALIBRATE_TARGETS; k++)
        found->after[k] = param_value(&c->circuit.params, c->knob[k].name, NAN);
    bool good = measure(c, CALIBRATE_LEVELS, c->level, found->reading);
    memcpy(found->reached, c->reached, sizeof found->reached);
    found->simulations = c->simulations;
    snprintf(cause, JOBS_CAUSE, "not with the biases found");
    return good ? 0 : -1;
}

static int find(struct calibrate *c, struct err *e)
{
    struct pool_options o = circuit_pool(&c->circuit);
    struct found found;
    struct jobs_records w = {
        .count = 1, .size = sizeof found, .context = c, .run = run, .out = &found};
    if (jobs_records(&o, &w, e) < 0) {
        if (e->code == ERR_INTERRUPTED)
            return -1;
        err_set(e, ERR_SIMULATOR, "the column cannot be simulated with the biases found");
        return err_hint(e, "the blocks need the nodes and meters of netlists/column.sub");
    }
    memcpy(c->reached, found.reached, sizeof c->reached);
    memcpy(c->reading, found.reading, sizeof c->reading);
    c->simulations = found.simulations;
    for (size_t k = 0; k < CALIBRATE_TARGETS; k++)
        c->knob[k].after = found.after[k];
    return 0;
}

/* ---- targets ---- */

static int choose_targets(struct calibrate *c, struct err *e)
{
    const struct study *s = c->study;
    const struct param_table *t = &c->circuit.params;
    c->target[CALIBRATE_REST_CURRENT] = s->calibrate.rest_current_A;
    c->target[CALIBRATE_TAU_SYN] = s->calibrate.tau_syn_s;
    c->target[CALIBRATE_TAU_MEM] = s->calibrate.tau_mem_s;
    c->target[CALIBRATE_REST] =
        s->calibrate.rest_V > 0 ? s->calibrate.rest_V : param_value(t, "cal_rest", 0);
    c->target[CALIBRATE_GAIN] =
        s->calibrate.gain_V_S > 0 ? s->calibrate.gain_V_S : param_value(t, "cal_gain", 0);
    if (!s->calibrate.tune ||
        (c->target[CALIBRATE_REST] > 0 && c->target[CALIBRATE_GAIN] > 0))
        return 0;
    err_set(e, ERR_USAGE,
            "expected calibrate.gain and calibrate.rest: the parameter file "
            "has no cal_gain and cal_rest");
    return err_hint(e, "variant A: 0.22 V/S and 15e-3 V; B: 1.98 V/S and 0.2 V");
}

static int choose_knobs(struct calibrate *c, struct err *e)
{
    const char *const names[CALIBRATE_TARGETS] = {"roff", c->study->calibrate.tune_syn,
                                                  c->study->calibrate.tune_mem, "v_thr",
                                                  "rf"};
    for (size_t k = 0; k < CALIBRATE_TARGETS; k++) {
        snprintf(c->knob[k].name, sizeof c->knob[k].name, "%s", names[k]);
        if (param_get(&c->circuit.params, names[k], &c->knob[k].before, e) < 0)
            return -1;
        if (is_logarithmic(names[k]) && !(c->knob[k].before > 0))
            return err_set(e, ERR_INPUT, "expected %s above 0, found %g", names[k],
                           c->knob[k].before);
    }
    return 0;
}

static void choose_levels(struct calibrate *c)
{
    double low = c->study->map.g_low_S, high = c->study->map.g_high_S;
    const struct probe_level levels[CALIBRATE_LEVELS] = {
        {1, low, 0, 1},      {1, high / 4, 0, 1},  {1, high, 0, 1},
        {3, high / 2, 0, 1}, {10, high / 2, 0, 1}, {10, high, 0, 1},
        {1, low, 0, 5},      {3, high / 2, 0, 5},  {10, high, 0, 5}};
    memcpy(c->level, levels, sizeof levels);
    for (size_t k = 0; k < CALIBRATE_LEVELS; k++)
        c->level[k].state = statemap_find(&c->circuit, c->level[k].conductance_S, NULL);
}

static void judge(struct calibrate *c)
{
    c->good = true;
    for (size_t k = 0; k < CALIBRATE_TARGETS; k++) {
        if (!(c->target[k] > 0)) /* nothing was asked */
            c->target[k] = c->reached[k];
        double miss = c->reached[k] / c->target[k] - 1;
        c->met[k] = fabs(miss) <= c->study->calibrate.tolerance;
        c->good = c->good && c->met[k];
    }
    for (size_t k = 0; k < CALIBRATE_LEVELS; k++)
        if (c->level[k].spikes == 1)
            c->spread = fmax(c->spread,
                             fabs(c->reading[k].gain_A_S / c->reading[0].gain_A_S - 1));
    c->spread_met = c->spread <= c->study->calibrate.spread;
    c->good = c->good && c->spread_met;
}

int calibrate_run(struct calibrate *c, const struct study *s, const char *root,
                  struct err *e)
{
    char version[32];
    *c = (struct calibrate){.study = s};
    bool good = circuit_open(&c->circuit, s, root, e) == 0 &&
                jobs_version(version, e) == 0 && statemap_learn(&c->circuit, e) == 0 &&
                choose_targets(c, e) == 0 && choose_knobs(c, e) == 0;
    if (good) {
        circuit_plan(&c->circuit, "calibrate", STUDY_CALIBRATES, version, &c->plan);
        plan_seal(&c->plan, 1);
        circuit_probe(&c->circuit, &c->probe);
        choose_levels(c);
        good = find(c, e) == 0;
    }
    if (good) {
        for (size_t k = 0; k < CALIBRATE_TARGETS && s->calibrate.tune; k++)
            turn(c, k,
                 is_logarithmic(c->knob[k].name) ? log(c->knob[k].after)
                                                 : c->knob[k].after);
        judge(c);
    }
    return good ? 0 : -1;
}

void calibrate_finish(struct calibrate *c)
{
    plan_finish(&c->plan);
    free(c->folder);
    circuit_finish(&c->circuit);
    *c = (struct calibrate){0};
}
