/* Read noise in the circuit: what it is in the cells, how the membranes scatter, and that
 * the network has the same. */
#include "folder.h"

#include "app/experiment.h"
#include "num/line.h"
#include "snn/peaks.h"
#include "spice/jobs.h"
#include "xbar/noise.h"

#include <math.h>

static const char root[] = SPIKEBAR_SOURCE_ROOT;

enum { IMAGE = 12, OUTPUTS = 10 };

static void open_with(struct experiment *x, struct study *s, const char *const set[])
{
    struct err e = {0};
    study_init(s);
    assert_well(study_set(s, "simulate.images=3", &e), e);
    for (; *set; set++)
        assert_well(study_set(s, *set, &e), e);
    assert_well(experiment_open(x, s, root, NULL, &e), e);
    assert_well(experiment_ready(x, &e), e);
}

static void close_both(struct experiment *x, struct study *s)
{
    experiment_finish(x);
    study_finish(s);
}

/* The decks of the image for trials 0 .. n-1. */
static void simulate(struct experiment *x, struct study *s, size_t n,
                     struct jobs_deck deck[n])
{
    struct err e = {0};
    struct pool_options o = circuit_pool(&x->circuit);
    struct deck_choice choice = {.as = "."};
    struct deck_solver solver;
    circuit_solver(&x->circuit, 0, &solver);
    for (size_t t = 0; t < n; t++) {
        deck[t] = (struct jobs_deck){.folder = x->circuit.folder};
        s->map.trial = (int64_t)t;
        deck[t].stop_s = experiment_deck(x, IMAGE, &choice, &solver, &deck[t].text);
        for (size_t j = 0; j < OUTPUTS; j++)
            jobs_name(&deck[t], "mem%zu", j);
    }
    s->map.trial = 0;
    assert_well(jobs_decks(&o, n, deck, &e), e);
    assert_well(jobs_check(n, deck, &e), e);
}

static void raster_of(const struct experiment *x, struct raster *r)
{
    raster_init(r, x->array.inputs, x->coding.window_ms);
    experiment_raster(x, IMAGE, r);
}

static double above_at(const struct trace *t, size_t j, double time_s)
{
    return line_at(t->points, t->time_s, t->value[j], time_s) - t->value[j][0];
}

/* One draw a spike is another conductance of the cell. */
static void a_draw_is_another_conductance(void **state)
{
    (void)state;
    static const char *const kinds[] = {"noise.of=conductance", "noise.of=full-scale"};
    for (int full = 0; full < 2; full++) {
        struct experiment noisy, other;
        struct study s, t;
        struct err e = {0};
        struct jobs_deck deck, changed;
        struct raster r;
        open_with(&noisy, &s,
                  (const char *[]){full ? "noise.read=0.005" : "noise.read=0.07",
                                   kinds[full], NULL});
        open_with(&other, &t, (const char *[]){"map.tuning_error=0", NULL});
        raster_of(&noisy, &r);
        struct noise n = {.sigma = s.noise.read};
        for (size_t k = 0; k < noisy.array.inputs * OUTPUTS; k++) {
            double d, *g = &other.array.target_S[k];
            if (!r.number[k / OUTPUTS])
                continue;
            noise_draw(&n, IMAGE, (uint32_t)k, 1, (double[]){0}, 1e-3, 1,
                       (double(*)[1]) & d);
            *g = fmax(*g + d * (full ? s.map.g_high_S : *g), 1e-9);
        }
        array_find_states(&other.array);
        assert_well(experiment_levers(&other, &e), e);
        simulate(&noisy, &s, 1, &deck);
        simulate(&other, &t, 1, &changed);
        for (size_t j = 0; j < OUTPUTS; j++) {
            double a = trace_peak(deck.trace.points, deck.trace.time_s,
                                  deck.trace.value[j])
                           .above,
                   b = trace_peak(changed.trace.points, changed.trace.time_s,
                                  changed.trace.value[j])
                           .above;
            assert_close(a / b, 1, 5e-4);
        }
        jobs_finish(1, &deck), jobs_finish(1, &changed);
        raster_finish(&r);
        close_both(&noisy, &s), close_both(&other, &t);
    }
}

/* sd(v_j(t)) = sigma sqrt(rho) sqrt(sum over spikes of ((w_ij + w_0) k(t - t_i))^2), in
 * the network, of each column at its maximum. */
static void closed_form(const struct experiment *x, const double time_s[OUTPUTS],
                        double sd[OUTPUTS])
{
    struct raster r;
    const struct study *s = x->study;
    struct noise n = {.sigma = s->noise.read,
                      .kind = strcmp(s->noise.kind, "telegraph") == 0 ? NOISE_TELEGRAPH
                                                                      : NOISE_WHITE,
                      .step_s = s->noise.step_s,
                      .up_Hz = s->noise.up_Hz,
                      .down_Hz = s->noise.down_Hz};
    raster_of(x, &r);
    for (size_t j = 0; j < OUTPUTS; j++) {
        double square = 0;
        for (size_t i = 0; i < r.inputs; i++) {
            assert_true(r.number[i] <= 1);
            if (r.number[i])
                square += pow(x->network.weights[i * OUTPUTS + j] *
                                  kernel_at(&x->network.kernel,
                                            time_s[j] - 1e-3 * r.time_ms[r.first[i]]),
                              2);
        }
        sd[j] = n.sigma * sqrt(noise_rho(&n, x->membrane.width_s) * square);
    }
    raster_finish(&r);
}

static const char *const bands[][5] = {
    {"noise.read=0.07", NULL},
    {"noise.read=0.07", "noise.step=2e-4", NULL},
    {"noise.read=0.07", "noise.kind=telegraph", "noise.up=1000", "noise.down=1000", NULL},
};

/* NOISE_DRAWS=200 for as many as paper 1 would have wanted; ten columns each. */
static size_t draws(void)
{
    const char *text = getenv("NOISE_DRAWS");
    return text ? strtoul(text, NULL, 10) : 24;
}

static void membranes_scatter_as_the_closed_form_says(void **state)
{
    (void)state;
    size_t n = draws();
    for (int b = 0; b < 3; b++) {
        struct experiment x;
        struct study s;
        struct raster r;
        struct jobs_deck *deck = mem_alloc(n, sizeof *deck);
        double native[OUTPUTS], time_s[OUTPUTS], sd[OUTPUTS], sum = 0;
        open_with(&x, &s, bands[b]);
        raster_of(&x, &r);
        peaks_find(&x.network, &r, OUTPUTS, native, time_s);
        closed_form(&x, time_s, sd);
        simulate(&x, &s, n, deck);
        for (size_t j = 0; j < OUTPUTS; j++) {
            double mean = 0, square = 0;
            for (size_t t = 0; t < n; t++)
                mean += above_at(&deck[t].trace, j, time_s[j]) / (double)n;
            for (size_t t = 0; t < n; t++)
                square += pow(above_at(&deck[t].trace, j, time_s[j]) - mean, 2);
            /* Relative to the mean, so that volts do not matter. */
            sum += square / pow(mean * sd[j] / native[j], 2);
        }
        double freedom = (double)(n - 1) * OUTPUTS;
        print_message("# %s %s: deviation %.4f of the closed form, +- %.4f\n", bands[b][0],
                      bands[b][1] ? bands[b][1] : "one draw a spike", sqrt(sum / freedom),
                      1 / sqrt(2 * freedom));
        assert_close(sqrt(sum / freedom), 1, 3.5 / sqrt(2 * freedom));
        jobs_finish(n, deck);
        free(deck);
        raster_finish(&r);
        close_both(&x, &s);
    }
}

static void native_maxima(const struct experiment *x, double maxima[OUTPUTS])
{
    struct raster r;
    struct pieces p;
    double time_s[OUTPUTS], span_S = x->study->map.g_high_S - x->study->map.g_low_S;
    raster_of(x, &r);
    experiment_noise(x, IMAGE, &r, &p);
    for (size_t i = 0; i < p.count * p.outputs; i++)
        p.amount[i] /= span_S;
    peaks_find_with(&x->network, &r, &p, OUTPUTS, maxima, time_s);
    pieces_finish(&p);
    raster_finish(&r);
}

/* Draw by draw: the changes of the maxima, network beside circuit. */
static void the_network_has_the_same_draws(void **state)
{
    (void)state;
    for (int b = 0; b < 3; b++) {
        struct experiment x;
        struct study s;
        struct jobs_deck deck[4];
        double maxima[4][OUTPUTS], changes = 0, differences = 0;
        open_with(&x, &s, bands[b]);
        simulate(&x, &s, 4, deck);
        for (size_t t = 0; t < 4; t++) {
            s.map.trial = (int64_t)t;
            native_maxima(&x, maxima[t]);
        }
        for (size_t t = 1; t < 4; t++)
            for (size_t j = 0; j < OUTPUTS; j++) {
                const struct trace *a = &deck[0].trace, *c = &deck[t].trace;
                double circuit = trace_peak(c->points, c->time_s, c->value[j]).above /
                                     trace_peak(a->points, a->time_s, a->value[j]).above -
                                 1;
                double native = maxima[t][j] / maxima[0][j] - 1;
                changes += native * native;
                differences += pow(circuit - native, 2);
            }
        assert_true(changes > 1e-3); /* sum of 30 squares of some percent */
        assert_true(sqrt(differences / changes) < 0.05);
        jobs_finish(4, deck);
        close_both(&x, &s);
    }
}

/* The currents go into the bit lines, whatever stands for the cells. */
static void the_levers_hold_under_noise(void **state)
{
    (void)state;
    struct experiment x, exact;
    struct study s, t;
    struct jobs_deck deck[2], whole[2];
    open_with(&x, &s, (const char *[]){"noise.read=0.07", "noise.step=5e-4", NULL});
    open_with(&exact, &t,
              (const char *[]){"noise.read=0.07", "noise.step=5e-4", "simulate.exact=yes",
                               "simulate.dynamic=yes", NULL});
    assert_true(x.levers.state[LEVER_ROWS].on && !exact.levers.state[LEVER_ROWS].on);
    simulate(&x, &s, 2, deck);
    simulate(&exact, &t, 2, whole);
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < OUTPUTS; j++) {
            const struct trace *a = &deck[k].trace, *b = &whole[k].trace;
            assert_close(trace_peak(a->points, a->time_s, a->value[j]).above /
                             trace_peak(b->points, b->time_s, b->value[j]).above,
                         1, 1e-3);
        }
    jobs_finish(2, deck), jobs_finish(2, whole);
    close_both(&x, &s), close_both(&exact, &t);
}

static void without_noise_a_deck_is_what_it_was(void **state)
{
    (void)state;
    struct experiment x;
    struct study s;
    struct deck_choice choice = {.as = "."};
    struct deck_solver solver;
    struct buf deck = {0};
    open_with(&x, &s, (const char *[]){"noise.step=1e-4", NULL});
    circuit_solver(&x.circuit, 0, &solver);
    experiment_deck(&x, IMAGE, &choice, &solver, &deck);
    assert_null(strstr(deck.data, "noise"));
    buf_finish(&deck);
    close_both(&x, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_noise_a_deck_is_what_it_was),
        cmocka_unit_test(the_levers_hold_under_noise),
        cmocka_unit_test(a_draw_is_another_conductance),
        cmocka_unit_test(the_network_has_the_same_draws),
        cmocka_unit_test(membranes_scatter_as_the_closed_form_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
