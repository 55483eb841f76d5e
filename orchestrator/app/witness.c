#include "app/witness.h"

#include "base/log.h"
#include "num/line.h"
#include "spice/gnucap.h"
#include "spice/jobs.h"

#include <math.h>
#include <stdio.h>

#define DEADLINE_S 300

/* Measured with variant b on images 12 and 991 (spice/gnucap.c says what gnucap's own
 * tolerances leave): the cell 0.001 % and 0.0005 % rms at most, the column 0.11 % and
 * 0.12 % rms. A quarter of a percent is then not chance, and a hundredth in a cell. Of
 * variant a, 0.3 mV upon 15 mV of a transistor in weak inversion, gnucap finds the
 * operating point to 20 uV alone and drifts by 2 % of the peak: undecided. */
static const struct {
    const char *what;
    double peak, rms;
} asked[WITNESS_CHECKS] = {{"cell", 1e-4, 1e-4}, {"column", 2.5e-3, 2.5e-3}};

const char *const witness_verdicts[] = {"differ", "agree", "undecided"};

/* ---- the two waves ---- */

static double farthest(size_t n, const double value[n])
{
    double peak = 0;
    for (size_t i = 0; i < n; i++)
        if (fabs(value[i] - value[0]) > fabs(peak))
            peak = value[i] - value[0];
    return peak;
}

void witness_compare(struct witness_check *c, const struct trace *ngspice,
                     const struct trace *gnucap, double first_s)
{
    const struct trace *both[2] = {ngspice, gnucap};
    double sum = 0;
    for (int k = 0; k < 2; k++) {
        c->rest_V[k] = both[k]->value[0][0];
        c->peak_V[k] = farthest(both[k]->points, both[k]->value[0]);
    }
    for (size_t i = 0; i < gnucap->points; i++) {
        double at = line_at(ngspice->points, ngspice->time_s, ngspice->value[0],
                            gnucap->time_s[i]);
        double off = gnucap->value[0][i] - c->rest_V[1] - (at - c->rest_V[0]);
        sum += off * off;
    }
    c->peak_difference = c->peak_V[1] / c->peak_V[0] - 1;
    c->wave_rms = sqrt(sum / (double)gnucap->points) / fabs(c->peak_V[0]);
    c->drift = fabs(line_at(gnucap->points, gnucap->time_s, gnucap->value[0], first_s) -
                    c->rest_V[1]) /
               fabs(c->peak_V[1]);
    bool agree =
        fabs(c->peak_difference) <= c->tolerance_peak && c->wave_rms <= c->tolerance_rms;
    c->verdict = agree                         ? WITNESS_AGREES
                 : c->drift > c->tolerance_rms ? WITNESS_UNDECIDED
                                               : WITNESS_DIFFERS;
}

/* ---- one deck in both ---- */

static int simulate(const struct circuit *c, struct jobs_deck *d, double first_s,
                    struct witness_check *k, struct err *e)
{
    const char *const node = k->node;
    struct pool_options pool = circuit_pool(c);
    struct buf netlist = {0};
    struct trace second = {0};
    jobs_name(d, "%s", k->node);
    bool good =
        jobs_decks(&pool, 1, d, e) == 0 && jobs_check(1, d, e) == 0 &&
        gnucap_translate(buf_text(&d->text), c->folder, 1, &node, &netlist, e) == 0 &&
        gnucap_run(buf_text(&netlist), 1, &node, d->stop_s, DEADLINE_S, &second, e) == 0;
    if (good)
        witness_compare(k, &d->trace, &second, first_s);
    trace_finish(&second);
    buf_finish(&netlist);
    return good ? 0 : -1;
}

/* The input that fires and has the largest conductance of the column. */
static size_t strongest(const struct array *a, const struct raster *r, size_t output)
{
    size_t best = 0;
    double most_S = 0;
    for (size_t i = 0; i < a->inputs; i++)
        if (r->number[i] && a->target_S[i * a->outputs + output] > most_S) {
            most_S = a->target_S[i * a->outputs + output];
            best = i;
        }
    return best;
}

/* The raster of one input's spikes alone. */
static void keep_one(const struct raster *all, size_t input, struct raster *one)
{
    raster_init(one, all->inputs, all->window_ms);
    for (size_t k = 0; k < all->number[input]; k++)
        raster_add(one, input, all->time_ms[all->first[input] + k]);
}

static int check(struct witness *w, const struct experiment *x, int which,
                 const struct raster *r, struct err *e)
{
    struct witness_check *c = &w->check[which];
    struct deck_solver solver;
    struct deck_choice choice = {.title = "spikebar: a second opinion",
                                 .as = ".",
                                 .all_nodes = true,
                                 .first = w->output,
                                 .count = 1,
                                 .active = true,
                                 .maxima = true,
                                 .window_s = 1e-3 * r->window_ms};
    struct jobs_deck d = {.folder = x->circuit.folder, .stop_s = choice.window_s};
    *c = (struct witness_check){.what = asked[which].what,
                                .tolerance_peak = asked[which].peak,
                                .tolerance_rms = asked[which].rms};
    double first_s = d.stop_s;
    for (size_t i = 0; i < r->inputs; i++)
        c->cells += r->number[i] > 0;
    for (size_t k = 0; k < r->count; k++)
        first_s = fmin(first_s, 1e-3 * r->time_ms[k]);
    snprintf(c->node, sizeof c->node, which == WITNESS_CELL ? "tia%zu" : "mem%zu",
             w->output);
    circuit_reference(&x->circuit, &solver);
    d.stop_s =
        array_deck(&x->array, &x->levers, &x->membrane, r, &choice, &solver, &d.text);
    log_say("second opinion: one %s in ngspice and gnucap", c->what);
    int status = simulate(&x->circuit, &d, first_s, c, e);
    jobs_finish(1, &d);
    return status;
}

/* Why gnucap cannot be asked; false if it can. */
static bool cannot_ask(struct witness *w, const struct experiment *x)
{
    const struct lever_state *linear = &x->levers.state[LEVER_LINEAR];
    if (!gnucap_works(w->version))
        snprintf(w->why, sizeof w->why, "%s", w->version);
    else if (!linear->on)
        snprintf(w->why, sizeof w->why,
                 "gnucap has no B sources, and these cells are no resistors: %s",
                 linear->why);
    return w->why[0];
}

int witness_ask(struct witness *w, const struct experiment *x, struct err *e)
{
    struct raster all, one;
    uint32_t image = x->image[0];
    *w = (struct witness){.image = image};
    w->output = (size_t)x->data.labels[image] % x->array.outputs;
    if (cannot_ask(w, x))
        return 0;
    raster_init(&all, x->array.inputs, x->coding.window_ms);
    experiment_raster(x, image, &all);
    keep_one(&all, strongest(&x->array, &all, w->output), &one);
    bool good = check(w, x, WITNESS_CELL, &one, e) == 0 &&
                check(w, x, WITNESS_COLUMN, &all, e) == 0;
    w->asked = good;
    w->verdict = WITNESS_AGREES;
    for (int k = 0; k < WITNESS_CHECKS; k++)
        if (w->verdict != WITNESS_DIFFERS && w->check[k].verdict != WITNESS_AGREES)
            w->verdict = w->check[k].verdict;
    raster_finish(&one);
    raster_finish(&all);
    return good ? 0 : -1;
}
