#include "app/divergence.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "circuit/statemap.h"
#include "num/stats.h"
#include "report/json.h"
#include "report/plot.h"
#include "report/table.h"
#include "spice/jobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is replaced ---- */

struct replacement {
    const char *name;
    const char *block; /* file below netlists/ideal/, or NULL */
    const char *lines; /* parameters, or NULL */
    bool reference;    /* the reference solver */
};

enum { REAL, CELL, TIA, SUMMER, DPI, LIF, SOLVER, OPAMP_60, OPAMP_80, OPAMP_POLE, WAYS };

static const struct replacement ways[WAYS] = {
    [REAL] = {"as it is", NULL, NULL, false},
    [CELL] = {"mapping and select transistor", "cell.sub", NULL, false},
    [TIA] = {"TIA", "tia.sub", NULL, false},
    [SUMMER] = {"V->I", "summer.sub", NULL, false},
    [DPI] = {"DPI", "dpi.sub", NULL, false},
    [LIF] = {"membrane leak", "lif.sub", NULL, false},
    [SOLVER] = {"solver tolerance", NULL, NULL, true},
    [OPAMP_60] = {"op-amps of 60 dB", NULL, ".param a_op = 1e3\n", false},
    [OPAMP_80] = {"op-amps of 80 dB", NULL, ".param a_op = 1e4\n", false},
    [OPAMP_POLE] = {"op-amps of 80 dB, 1 MHz", NULL,
                    ".param a_op = 1e4\n.param t_op = 1.59m\n", false},
};

static const char *const nominal_names[] = {"cal_tia", "cal_vi",  "cal_tot",
                                            "cal_dpi", "cal_syn", "cal_rest"};

/* The ideals have the calibrated values; time constants are the network's. */
static void ideal_lines(const struct experiment *x, struct buf *out)
{
    for (size_t k = 0; k < sizeof nominal_names / sizeof nominal_names[0]; k++)
        buf_printf(out, ".param ideal_%s = %.12g\n", nominal_names[k] + strlen("cal_"),
                   param_value(&x->circuit.params, nominal_names[k], 0));
    buf_printf(out, ".param ideal_tau_syn = %.12g\n.param ideal_tau_mem = %.12g\n",
               param_value(&x->circuit.params, "kernel_tau_syn", 2e-3),
               param_value(&x->circuit.params, "kernel_tau_mem", 15e-3));
}

/* ---- simulating ---- */

struct divergence {
    const struct experiment *x;
    const struct score_set *set;
    const struct score_summary *sum;
    size_t images, sample;            /* the first `sample` of them count in the table */
    const struct score_image **image; /* [images] */
    double *above_V;                  /* [way][image][output] */
    bool *failed;                     /* [way][image] */
    double *ideal_state;              /* of an ideal cell, [input][output] */
    struct buf block[WAYS];           /* text of the ideal that stands in */
    double rms[WAYS], effect[WAYS], gain[WAYS];
    struct probe_reading *column; /* [outputs] */
    bool measured;
};

enum { DISAGREEMENTS_MAX = 20, BLOCK_LIMIT = 1 << 16 };

static void choose_images(struct divergence *d)
{
    size_t asked = (size_t)d->x->study->report.sample, extra = 0;
    d->image = mem_alloc(asked + DISAGREEMENTS_MAX, sizeof(d->image[0]));
    for (size_t k = 0; k < d->set->images && d->images < asked; k++)
        if (!d->set->image[k].failed)
            d->image[d->images++] = &d->set->image[k];
    d->sample = d->images;
    for (size_t k = 0; k < d->set->images && extra < DISAGREEMENTS_MAX; k++)
        if (scores_disagree(d->set, &d->set->image[k])) {
            d->image[d->images++] = &d->set->image[k];
            extra++;
        }
}

/* A deck may include what stands in circuit.folder, which may be the user's: the ideals
 * go in as text. */
static int read_blocks(struct divergence *d, struct err *e)
{
    int status = 0;
    for (size_t w = 0; w < WAYS && status == 0; w++) {
        if (!ways[w].block)
            continue;
        struct buf path = {0};
        buf_printf(&path, "%s/netlists/ideal/%s", d->x->root, ways[w].block);
        status = file_read(path.data, BLOCK_LIMIT, &d->block[w], e);
        buf_finish(&path);
    }
    return status;
}

static void write_deck(const struct divergence *d, size_t way, size_t k,
                       const char *ideals, struct jobs_deck *deck)
{
    const struct experiment *x = d->x;
    struct deck_solver solver;
    AUTO(buf_finish) struct buf before = {0}, after = {0};
    circuit_solver(&x->circuit, 0, &solver);
    if (ways[way].block) {
        buf_puts(&before, buf_text(&d->block[way]));
        buf_puts(&after, ideals);
    }
    buf_puts(&after, ways[way].lines ? ways[way].lines : "");
    if (ways[way].reference)
        circuit_reference(&x->circuit, &solver);
    struct deck_choice choice = {.as = ".",
                                 .active = true,
                                 .fixed = true,
                                 .before = before.data,
                                 .after = after.data,
                                 .state = way == CELL ? d->ideal_state : NULL};
    experiment_deck(x, (uint32_t)d->image[k]->image, &choice, &solver, &deck->text);
    deck->folder = x->circuit.folder;
    deck->stop_s = 1e-3 * x->coding.window_ms;
    for (size_t j = 0; j < x->array.outputs; j++)
        jobs_name(deck, "mem%zu", j);
}

static void take_maxima(struct divergence *d, size_t way, size_t k,
                        const struct jobs_deck *deck)
{
    size_t n = d->x->array.outputs, place = way * d->images + k;
    const struct trace *t = &deck->trace;
    d->failed[place] = deck->cause != NULL;
    if (deck->cause)
        log_say("%s, image %zu: %s", ways[way].name, d->image[k]->image, deck->cause);
    for (size_t j = 0; j < n && !deck->cause; j++)
        d->above_V[place * n + j] = trace_peak(t->points, t->time_s, t->value[j]).above;
}

static int simulate(struct divergence *d, struct err *e)
{
    if (read_blocks(d, e) < 0)
        return -1;
    AUTO_FREE struct jobs_deck *deck = mem_alloc(WAYS * d->images, sizeof *deck);
    struct pool_options pool = circuit_pool(&d->x->circuit);
    AUTO(buf_finish) struct buf ideals = {0};
    ideal_lines(d->x, &ideals);
    for (size_t w = 0; w < WAYS; w++)
        for (size_t k = 0; k < d->images; k++)
            write_deck(d, w, k, buf_text(&ideals), &deck[w * d->images + k]);
    log_say("divergence: %zu simulations with stages replaced", WAYS * d->images);
    int status = jobs_decks(&pool, WAYS * d->images, deck, e);
    for (size_t w = 0; w < WAYS && status == 0; w++)
        for (size_t k = 0; k < d->images; k++)
            take_maxima(d, w, k, &deck[w * d->images + k]);
    jobs_finish(WAYS * d->images, deck);
    return status;
}

/* Each column with one cell at map.g_high that fires once. */
static int measure_columns(struct divergence *d, struct err *e)
{
    const struct experiment *x = d->x;
    size_t n = x->array.outputs;
    struct pool_options pool = circuit_pool(&x->circuit);
    const struct circuit *c = &x->circuit;
    struct jobs_deck deck = {0};
    AUTO(buf_finish) struct buf head = {0};
    struct probe probe;
    AUTO_FREE struct probe_level *level = mem_alloc(n, sizeof *level);
    for (size_t j = 0; j < n; j++)
        level[j] = (struct probe_level){
            1, x->study->map.g_high_S, statemap_find(c, x->study->map.g_high_S, NULL), 1};
    circuit_probe(c, &probe);
    circuit_lines(c, &(struct circuit_head){.as = "."}, &head);
    probe_deck(&probe, &(struct deck_circuit){head.data, &c->params}, n, level,
               &deck.text);
    deck.folder = c->folder;
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < PROBE_VECTORS; k++)
            jobs_name(&deck, probe_vectors[k], j);
    deck.stop_s = probe_window(&probe);
    int status = jobs_decks(&pool, 1, &deck, e);
    if (status == 0 && deck.cause)
        log_say("the columns could not be measured: %s", deck.cause);
    d->measured = status == 0 && !deck.cause;
    for (size_t j = 0; j < n && d->measured; j++)
        probe_read(&probe, &level[j], j, &deck.trace, &d->column[j]);
    jobs_finish(1, &deck);
    return status;
}

/* ---- figures ---- */

static const double *maxima_of(const struct divergence *d, size_t way, size_t k)
{
    return d->above_V + (way * d->images + k) * d->x->array.outputs;
}

/* rms error of one way over the sample with its own scale, over the largest native
 * maximum; effect: rms of what it changes against `as it is`, each over its own scale;
 * gain: its scale over that of `as it is`. */
static void weigh(struct divergence *d)
{
    size_t n = d->x->array.outputs, all = d->sample * n;
    double *native = mem_alloc(3 * all, sizeof *native), *now = native + all;
    double *real = now + all, scale[2], largest = 0;
    for (size_t w = 0; w < WAYS; w++) {
        size_t m = 0;
        for (size_t k = 0; k < d->sample; k++)
            for (size_t j = 0; j < n && !d->failed[w * d->images + k] && !d->failed[k];
                 j++) {
                native[m] = d->image[k]->native[j];
                real[m] = maxima_of(d, REAL, k)[j];
                now[m++] = maxima_of(d, w, k)[j];
            }
        scale[0] = stats_best_scale(m, native, real);
        scale[1] = stats_best_scale(m, native, now);
        largest = m ? native[stats_argmax(m, native)] : NAN; /* nothing was simulated */
        for (size_t i = 0; i < m; i++) {
            real[i] = now[i] / scale[1] - real[i] / scale[0];
            now[i] = now[i] / scale[1] - native[i];
        }
        d->rms[w] = stats_rms(m, now) / largest;
        d->effect[w] = stats_rms(m, real) / largest;
        d->gain[w] = scale[1] / scale[0];
    }
    free(native);
}

/* ---- what is off its calibrated value ---- */

struct fault {
    const char *stage, *what;
    double found, nominal;
};

/* The first thing on the way of a spike that is off by more than 0.4 %; false: none.
 * The nominal values came from the same decks, so that a sound circuit repeats them to
 * 1e-6; 10 mV on variant b's Vmem,tau are worth 0.6 %. */
static bool find_fault(const struct divergence *d, size_t j, struct fault *f)
{
    const struct param_table *t = &d->x->circuit.params;
    const struct probe_reading *r = &d->column[j];
    const struct {
        size_t stage;
        const char *what, *name;
        double found;
    } checks[] = {{CELL, "charge of a spike", "cal_cell", r->cell},
                  {TIA, "transimpedance (ohm)", "cal_tia", r->tia_ohm},
                  {SUMMER, "rest current (A)", "cal_tot", r->rest_tot_A},
                  {SUMMER, "transconductance (S)", "cal_vi", r->vi_S},
                  {DPI, "tau_syn (s)", "cal_tau_syn", r->tau_syn_s},
                  {DPI, "rest current (A)", "cal_syn", r->rest_syn_A},
                  {DPI, "gain", "cal_dpi", r->dpi},
                  {LIF, "tau_mem (s)", "cal_tau_mem", r->tau_mem_s},
                  {LIF, "rest level (V)", "cal_rest", r->rest_V}};
    for (size_t k = 0; k < sizeof checks / sizeof checks[0]; k++) {
        double nominal = param_value(t, checks[k].name, NAN);
        if (isnan(nominal) || fabs(checks[k].found / nominal - 1) <= 0.004)
            continue;
        *f = (struct fault){ways[checks[k].stage].name, checks[k].what, checks[k].found,
                            nominal};
        return true;
    }
    return false;
}

/* Columns with the same fault are one entry. */
static cJSON *list_faults(const struct divergence *d)
{
    size_t n = d->x->array.outputs;
    AUTO(table_finish) struct table t;
    AUTO_FREE bool *told = mem_alloc(n, sizeof *told);
    table_init(&t, "stage:text,columns:text,what:text,found,calibrated");
    for (size_t j = 0; j < n && d->measured; j++) {
        struct fault f, g;
        struct buf columns = {0};
        size_t same = 0;
        if (told[j] || !find_fault(d, j, &f))
            continue;
        for (size_t i = j; i < n; i++)
            if (find_fault(d, i, &g) && g.stage == f.stage && g.what == f.what &&
                fabs(g.found / f.found - 1) < 1e-3) {
                buf_printf(&columns, "%s%zu", same++ ? " " : "", i);
                told[i] = true;
            }
        table_text(&t, f.stage);
        table_text(&t, same == n ? "all" : columns.data);
        table_text(&t, f.what);
        table_numbers(&t, 2, (double[]){f.found, f.nominal});
        buf_finish(&columns);
    }
    return table_json(&t);
}

/* ---- disagreements ---- */

/* How far the network's class is above the circuit's, over the largest, in one way. */
static double lead(const struct divergence *d, size_t way, size_t k)
{
    size_t n = d->x->array.outputs;
    const double *v = maxima_of(d, way, k);
    size_t a = stats_argmax(n, d->image[k]->native);
    size_t b = stats_argmax(n, d->image[k]->circuit_V);
    return (v[a] - v[b]) / v[stats_argmax(n, v)];
}

static cJSON *disagreement_json(const struct divergence *d, size_t k)
{
    const struct score_image *s = d->image[k];
    size_t n = d->x->array.outputs, blame = REAL; /* none */
    for (size_t w = CELL; w <= SOLVER; w++)
        if (!d->failed[w * d->images + k] &&
            (blame == REAL || lead(d, w, k) > lead(d, blame, k)))
            blame = w;
    cJSON *o = cJSON_CreateObject();
    json_numbers(o, "image,label,network,circuit,network_margin,circuit_margin",
                 (double[]){(double)s->image, s->label,
                            (double)stats_argmax(n, s->native),
                            (double)stats_argmax(n, s->circuit_V),
                            scores_margin(n, s->native), scores_margin(n, s->circuit_V)});
    json_text(o, "stage", blame == REAL ? NULL : ways[blame].name);
    json_number(o, "lead_with_its_ideal", blame == REAL ? NAN : lead(d, blame, k));
    return o;
}

/* ---- files ---- */

static cJSON *to_json(const struct divergence *d, const struct table *stages)
{
    cJSON *o = cJSON_CreateObject(), *list = cJSON_CreateArray();
    cJSON_AddItemToObject(o, "stages", table_json(stages));
    cJSON_AddNumberToObject(o, "sample", (double)d->sample);
    cJSON_AddItemToObject(o, "faults", list_faults(d));
    cJSON_AddItemToObject(o, "disagreements", list);
    for (size_t k = d->sample; k < d->images; k++)
        cJSON_AddItemToArray(list, disagreement_json(d, k));
    return o;
}

static int write_files(const struct divergence *d, const char *folder, struct err *e)
{
    AUTO(table_finish) struct table t;
    table_init(&t, "stage:text,error_rms,effect_rms,gain");
    for (size_t w = 0; w < WAYS; w++) {
        table_text(&t, ways[w].name);
        table_numbers(&t, 3, (double[]){d->rms[w], d->effect[w], d->gain[w]});
    }
    int status = table_write(&t, folder, DIVERGENCE_TABLE, e);
    t.column[0].name = "name";
    cJSON *o = to_json(d, &t);
    if (status == 0)
        status = json_write_in(folder, DIVERGENCE_JSON, o, e);
    cJSON_Delete(o);
    return status;
}

/* One bar a stage; its number is that of the row in the table. A series has a bar at
 * every place, of no height but at its own: the width follows from their distance. */
static int draw(const struct divergence *d, const char *folder, struct err *e)
{
    double number[WAYS], height[WAYS];
    struct plot p;
    plot_init(&p, "What each stage does to the maxima",
              "grey: the error as it is; colours: what changes when a stage is replaced");
    struct plot_panel *a = plot_panel(&p, NULL);
    a->x = (struct plot_axis){
        "stage, in the order of the table", 1, -0.7, WAYS - 0.3, false, 0};
    a->y =
        (struct plot_axis){.label = "rms, over the largest maximum (%)", .factor = 100};
    for (size_t w = 0; w < WAYS; w++)
        number[w] = (double)w;
    for (size_t w = 0; w < WAYS; w++) {
        for (size_t i = 0; i < WAYS; i++)
            height[i] = i != w || isnan(d->rms[w]) ? 0 : w ? d->effect[w] : d->rms[w];
        plot_add(&p, ways[w].name, WAYS, number, height, PLOT_BARS,
                 w ? (int)w : PLOT_GREY);
    }
    return plot_save(folder, DIVERGENCE_PICTURE, &p, e);
}

void divergence_forget(const char *folder)
{
    static const char *const files[] = {DIVERGENCE_JSON, DIVERGENCE_TABLE,
                                        DIVERGENCE_PICTURE ".svg",
                                        DIVERGENCE_PICTURE ".png"};
    for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
        AUTO_FREE char *path = path_join(folder, files[k]);
        dir_remove(path);
    }
}

int divergence_run(const struct experiment *x, const struct score_set *set,
                   const struct score_summary *sum, const char *folder, struct err *e)
{
    struct divergence d = {.x = x, .set = set, .sum = sum};
    size_t cells = x->array.inputs * x->array.outputs;
    const struct cell *c = &x->circuit.cell;
    choose_images(&d);
    d.above_V = mem_alloc(WAYS * d.images * x->array.outputs, sizeof(double));
    d.failed = mem_alloc(WAYS * d.images, sizeof(bool));
    d.column = mem_alloc(x->array.outputs, sizeof(struct probe_reading));
    d.ideal_state = mem_alloc(cells, sizeof(double));
    for (size_t i = 0; i < cells; i++)
        d.ideal_state[i] =
            (x->array.target_S[i] - c->g_min_S) / (c->g_max_S - c->g_min_S);
    bool good = simulate(&d, e) == 0 && measure_columns(&d, e) == 0;
    if (good) {
        weigh(&d);
        good = write_files(&d, folder, e) == 0;
    }
    good = good && (!x->study->report.pictures || draw(&d, folder, e) == 0);
    for (size_t w = 0; w < WAYS; w++)
        buf_finish(&d.block[w]);
    free(d.image);
    free(d.above_V);
    free(d.failed);
    free(d.column);
    free(d.ideal_state);
    return good ? 0 : -1;
}
