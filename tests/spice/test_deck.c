#include "cm.h"

#include "base/mem.h"
#include "base/rng.h"
#include "spice/deck.h"
#include "spice/devicedeck.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 4000 };

static const struct deck_pulse shipped = {3, 0.1e-3, 0.9e-3, 0.1e-3, 0.7};
static const struct deck_solver usual = {.name = "usual",
                                         .reltol = 1e-4,
                                         .vntol_V = 1e-8,
                                         .abstol_A = 1e-15,
                                         .gmin_S = 1e-15,
                                         .step_s = 0.2e-3};

struct pwl {
    size_t n;
    double t[POINTS_MAX], v[POINTS_MAX];
};

/* The numbers of a PWL list, pair by pair; times must rise. */
static void read_points(const char *text, struct pwl *w)
{
    char *end = NULL;
    for (w->n = 0;; w->n++) {
        double t = strtod(text, &end);
        if (end == text)
            break;
        assert_true(w->n < POINTS_MAX);
        w->t[w->n] = t;
        w->v[w->n] = strtod(end, &end);
        text = end;
        if (w->n > 0 && !(w->t[w->n] > w->t[w->n - 1]))
            fail_msg("time %g follows %g", w->t[w->n], w->t[w->n - 1]);
    }
    assert_int_equal(strspn(text, " )"), strlen(text));
}

static void make_points(const struct deck_pulse *p, size_t n, const double time_s[n],
                        struct pwl *w)
{
    struct buf b = {0};
    deck_pwl(p, &(struct deck_spikes){n, time_s}, &b);
    read_points(buf_text(&b), w);
    buf_finish(&b);
}

static double level(const struct pwl *w, double t)
{
    size_t i = 1;
    if (t <= w->t[0])
        return w->v[0];
    while (i < w->n && w->t[i] < t)
        i++;
    if (i == w->n)
        return w->v[i - 1];
    double share = (t - w->t[i - 1]) / (w->t[i] - w->t[i - 1]);
    return w->v[i - 1] + share * (w->v[i] - w->v[i - 1]);
}

/* One pulse, from its definition. */
static double trapezoid(const struct deck_pulse *p, double t)
{
    double left = p->rise_s + p->width_s + p->fall_s - t;
    return p->high_V * fmax(0, fmin(1, fmin(t / p->rise_s, left / p->fall_s)));
}

/* Several: a gate stays high from the first to the last of those that touch. */
static double expected(const struct deck_pulse *p, size_t n, const double time_s[n],
                       double t)
{
    double length = p->rise_s + p->width_s + p->fall_s, v = 0;
    for (size_t k = 0; k < n; k++) {
        v = fmax(v, trapezoid(p, t - time_s[k]));
        if (k && time_s[k] <= time_s[k - 1] + length && t >= time_s[k - 1] + p->rise_s &&
            t <= time_s[k] + p->rise_s)
            v = p->high_V;
    }
    return v;
}

static void one_pulse_has_these_points(void **state)
{
    (void)state;
    /* 20 ms; threshold 0.7 V, then 20 mV, 0.1 and 0.5 V above it, on both ramps */
    static const double t_us[] = {
        0,     20000, 20000 + 70 / 3., 20024, 20000 + 80 / 3., 20040, 20100,
        21000, 21060, 21100 - 80 / 3., 21076, 21100 - 70 / 3., 21100};
    static const double v[] = {0, 0, .7, .72, .8, 1.2, 3, 3, 1.2, .8, .72, .7, 0};
    struct pwl w;
    make_points(&shipped, 1, (double[]){20e-3}, &w);
    assert_int_equal(w.n, 13);
    for (size_t i = 0; i < w.n; i++) {
        assert_close(w.t[i], 1e-6 * t_us[i], 1e-11);
        assert_close(w.v[i], v[i], 1e-9);
    }
}

static void a_pulse_at_zero_starts_on_its_ramp(void **state)
{
    (void)state;
    struct pwl w;
    make_points(&shipped, 1, (double[]){0}, &w);
    assert_int_equal(w.n, 12);
    assert_close(w.t[0], 0, 0);
    assert_close(w.v[0], 0, 0);
    assert_close(w.t[11], 1.1e-3, 1e-12);
}

static void thresholds_off_the_ramp_get_no_points(void **state)
{
    (void)state;
    struct deck_pulse p = shipped;
    struct pwl w;
    static const struct {
        double threshold_V;
        size_t points;
    } known[] = {{0.7, 13}, {2.6, 11}, {2.95, 9}, {3, 5}, {5, 5}, {-0.01, 11}, {-1, 5}};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        p.threshold_V = known[k].threshold_V;
        make_points(&p, 1, (double[]){5e-3}, &w);
        assert_int_equal(w.n, known[k].points);
        for (double t = 4.9e-3; t < 6.3e-3; t += 1.7e-6)
            assert_close(level(&w, t), trapezoid(&p, t - 5e-3), 1e-6);
    }
}

static void pulses_that_touch_are_one(void **state)
{
    (void)state;
    static const double close_by[] = {10e-3, 11e-3, 12e-3}, apart[] = {10e-3, 12e-3};
    struct pwl w;
    make_points(&shipped, 3, close_by, &w);
    assert_int_equal(w.n, 13); /* rise of the first, fall of the last */
    assert_close(w.t[7], 13e-3, 1e-12);
    for (double t = 10.1e-3; t <= 13e-3; t += 1e-6)
        assert_close(level(&w, t), 3, 1e-9);
    make_points(&shipped, 2, apart, &w);
    assert_int_equal(w.n, 25);
    assert_close(level(&w, 11.5e-3), 0, 0);
    /* The end of one is the start of the next. */
    make_points(&shipped, 2, (double[]){0, 1.1e-3}, &w);
    assert_int_equal(w.n, 12);
    assert_close(level(&w, 1.1e-3), 3, 0);
}

/* 50 trains with random gaps of 1 to 6 ms or of any length, and random pulses. */
static void the_level_is_the_trapezoid_everywhere(void **state)
{
    (void)state;
    enum { N = 20 };
    for (uint32_t train = 0; train < 50; train++) {
        static struct pwl w;
        double time_s[N], t = 0;
        struct deck_pulse p = shipped;
        if (train >= 25)
            p = (struct deck_pulse){1 + train / 10., 1e-6 * train, 2e-5 * train,
                                    3e-6 * train, 0.03 * train};
        for (uint32_t k = 0; k < N; k++) {
            double gap = rng_uniform(4, RNG_TEST, train, k, 0);
            t += train % 2 ? 1e-3 * ceil(6 * gap) : 1e-5 + 3e-3 * gap;
            time_s[k] = t;
        }
        make_points(&p, N, time_s, &w);
        for (uint32_t k = 0; k < 4000; k++) {
            double at = (t + 3e-3) * rng_uniform(5, RNG_TEST, train, k, 0);
            assert_close(level(&w, at), expected(&p, N, time_s, at), 1e-4);
        }
    }
}

static void no_spikes_make_no_points(void **state)
{
    (void)state;
    struct buf b = {0};
    deck_pwl(&shipped, &(struct deck_spikes){0, NULL}, &b);
    assert_string_equal(buf_text(&b), "");
    buf_finish(&b);
}

/* ---- whole decks: 3 inputs, the second of which is silent, and 4 outputs ---- */

struct rig {
    struct param_table params;
    struct deck_spikes spikes[3];
    double state[3][4];
    struct deck_array a;
};

static const double once[] = {7e-3}, twice[] = {0, 20e-3};

static void rig_init(struct rig *r)
{
    struct err e = {0};
    *r = (struct rig){.spikes = {{1, once}, {0, NULL}, {2, twice}}};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++)
            r->state[i][j] = (1 + 4 * i + j) / 13.;
    if (param_parse(&r->params, ".param rf = 1.8k\n.param r1 = 1.6meg\n", "x", &e) < 0 ||
        param_override(&r->params, "r1=2meg", &e) < 0)
        fail_msg("%s", e.text);
    r->a = (struct deck_array){.title = "digit 7",
                               .circuit = {"* head\n", &r->params},
                               .pulse = shipped,
                               .window_s = 0.1,
                               .inputs = 3,
                               .outputs = 4,
                               .spikes = r->spikes,
                               .state = r->state[0],
                               .state_stride = 4,
                               .dynamic = true};
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;
    while ((text = strstr(text, word))) {
        text += strlen(word);
        n++;
    }
    return n;
}

static void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("no `%s` in\n%s", words, text);
}

static void a_deck_holds_every_cell_and_column(void **state)
{
    (void)state;
    struct rig r;
    struct buf b = {0};
    rig_init(&r);
    deck_write(&r.a, &usual, &b);
    assert_int_equal(strncmp(b.data, "* digit 7\n", 10), 0);
    assert_string_equal(b.data + b.len - 6, "\n.end\n");
    assert_int_equal(count(b.data, " cell_mod x0="), 12);
    assert_int_equal(count(b.data, " column\n"), 4);
    assert_int_equal(count(b.data, "\n.save "), 4);
    assert_int_equal(count(b.data, "\n.meas tran above"), 4);
    assert_int_equal(count(b.data, "\nVg"), 3);
    assert_says(b.data, "\nVg1 g1 0 0\n");
    assert_says(b.data, "\nXcol3 bl3 tia3 vsyn3 mem3 column\n");
    assert_says(b.data, "\n.options reltol=0.0001 vntol=1e-08 abstol=1e-15 gmin=1e-15 "
                        "method=trap\n");
    assert_says(b.data, "\n.tran 0.0002 0.1");
    assert_int_equal(count(b.data, "itl4"), 0);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) {
            struct buf cell = {0};
            buf_printf(&cell, "\nXr%dc%d read g%d bl%d cell_mod x0=", i, j, i, j);
            assert_says(b.data, cell.data);
            const char *at = strstr(b.data, cell.data) + cell.len;
            assert_close(strtod(at, NULL), r.state[i][j], 0);
            buf_finish(&cell);
        }
    param_finish(&r.params);
    buf_finish(&b);
}

/* Row 0 stands for two rows' cells, row 2 is the other one: no gate, no cell of its own;
 * the silent row 1 is lumped as ever. */
static void a_row_may_stand_for_several(void **state)
{
    (void)state;
    static const size_t copies[3] = {2, 1, 0};
    struct rig r;
    struct buf b = {0};
    rig_init(&r);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++)
            r.state[i][j] = 1000 * (1 + 4 * i + j);
    r.a.linear_ohm = r.state[0];
    r.a.copies = copies;
    r.a.active = true;
    r.a.leak_S = 1e-12;
    deck_write(&r.a, &usual, &b);
    assert_int_equal(count(b.data, "\nVg"), 1);
    assert_int_equal(count(b.data, "\nXr"), 4);
    assert_int_equal(count(b.data, "\nRleak"), 4);
    assert_says(b.data, "\nXr0c1 read g0 bl1 cell_mod_linear r=2000 m=2\n");
    assert_says(b.data, "\nRleak0 read bl0 1000000000000\n");
    param_finish(&r.params);
    buf_finish(&b);
}

/* What a deck gets from files stands behind its title and before what uses it. */
static void the_head_comes_first(void **state)
{
    (void)state;
    struct rig r;
    struct buf b = {0};
    rig_init(&r);
    deck_write(&r.a, &usual, &b);
    assert_int_equal(strncmp(b.data, "* digit 7\n* head\nVg0 ", 21), 0);
    assert_int_equal(count(b.data, ".include"), 0);
    param_finish(&r.params);
    buf_finish(&b);
}

static void gates_follow_their_spikes(void **state)
{
    (void)state;
    static struct pwl w;
    static const struct {
        const char *line;
        size_t spikes;
        const double *time_s;
    } gate[] = {{"\nVg0 g0 0 PWL(", 1, once}, {"\nVg2 g2 0 PWL(", 2, twice}};
    struct rig r;
    struct buf b = {0};
    rig_init(&r);
    deck_write(&r.a, &usual, &b);
    for (int k = 0; k < 2; k++) {
        char *at = strstr(b.data, gate[k].line) + strlen(gate[k].line);
        char *line = mem_copy_string(at);
        *strchr(line, '\n') = '\0';
        read_points(line, &w);
        for (double t = 0; t < 25e-3; t += 13e-6)
            assert_close(level(&w, t),
                         expected(&shipped, gate[k].spikes, gate[k].time_s, t), 1e-6);
        free(line);
    }
    param_finish(&r.params);
    buf_finish(&b);
}

/* Columns 1 and 2 of four: the states are those of the whole array. */
/* Two pieces that overlap and one that follows at once: the sum, with edges of 1 us, and
 * nothing left behind the last. A piece from 0 on starts within the first edge. */
static void injected_currents_are_sums_of_pieces(void **state)
{
    (void)state;
    struct rig r;
    struct buf b = {0};
    struct pwl w;
    struct pieces p;
    rig_init(&r);
    pieces_init(&p, 4, r.a.outputs);
    const double start_s[] = {0, 2e-3, 2.5e-3, 3e-3},
                 end_s[] = {1e-3, 3e-3, 3.5e-3, 4e-3};
    for (size_t i = 0; i < 4; i++) {
        p.start_s[i] = start_s[i];
        p.end_s[i] = end_s[i];
        for (size_t j = 0; j < r.a.outputs; j++)
            p.amount[i * p.outputs + j] = 1e-7 * (double)(1 + i) * (j == 1 ? -1 : 0.1);
    }
    r.a.injected = &p;
    deck_write(&r.a, &usual, &b);
    const char *line = strstr(b.data, "\nInoise1 read bl1 PWL(");
    assert_non_null(line);
    char *copy = mem_copy_string(line + strlen("\nInoise1 read bl1 PWL("));
    *strchr(copy, '\n') = '\0';
    read_points(copy, &w);
    const double at_s[] = {0.5e-3, 1.5e-3, 2.25e-3, 2.75e-3, 3.25e-3, 3.75e-3, 5e-3},
                 sum[] = {-1, 0, -2, -5, -7, -4, 0};
    for (size_t i = 0; i < 7; i++)
        assert_close(level(&w, at_s[i]), 1e-7 * sum[i], 1e-18);
    assert_close(level(&w, 0), 0, 0);
    assert_close(level(&w, 2e-3), -1e-7, 1e-12);
    assert_close(level(&w, 2e-3 - 0.5e-6), 0, 1e-12);
    assert_close(level(&w, 2e-3 + 0.5e-6), -2e-7, 1e-12);
    assert_close(level(&w, 2e-3 + 0.25e-6), -1.5e-7, 1e-12);
    free(copy);
    buf_finish(&b);
    param_finish(&r.params);
    pieces_finish(&p);
}

static void a_part_of_the_columns_keeps_their_numbers(void **state)
{
    (void)state;
    struct rig r;
    struct buf whole = {0}, part = {0};
    rig_init(&r);
    deck_write(&r.a, &usual, &whole);
    r.a.first_output = 1;
    r.a.outputs = 2;
    r.a.all_nodes = true;
    r.a.dynamic = false;
    deck_write(&r.a, &usual, &part);
    assert_int_equal(count(part.data, " cell_mod_static x0="), 6);
    assert_int_equal(count(part.data, " column\n"), 2);
    assert_int_equal(count(part.data, "\nXcol0 ") + count(part.data, "\nXcol3 "), 0);
    assert_says(part.data,
                "\n.save v(mem2) v(tia2) v(vsyn2) i(v.xcol2.visyn)\n.meas tran rest2 ");
    for (int i = 0; i < 3; i++)
        for (int j = 1; j < 3; j++) {
            struct buf cell = {0};
            buf_printf(&cell, "\nXr%dc%d read g%d bl%d cell_mod", i, j, i, j);
            const char *here = strstr(part.data, cell.data), *there;
            assert_says(whole.data, cell.data);
            there = strstr(whole.data, cell.data);
            assert_close(strtod(strstr(here, "x0=") + 3, NULL),
                         strtod(strstr(there, "x0=") + 3, NULL), 0);
            buf_finish(&cell);
        }
    param_finish(&r.params);
    buf_finish(&whole), buf_finish(&part);
}

static void vector_names_are_those_saved(void **state)
{
    (void)state;
    static const char *const known[DECK_VECTORS] = {"mem12", "tia12", "vsyn12",
                                                    "v.xcol12.visyn#branch"};
    char *name[DECK_VECTORS];
    deck_vector_names(12, name);
    for (int k = 0; k < DECK_VECTORS; k++) {
        assert_string_equal(name[k], known[k]);
        free(name[k]);
    }
}

static void the_ladder_goes_from_exact_to_lenient(void **state)
{
    (void)state;
    static const char *const known[] = {"as asked", "tighter steps", "gear", "gmin 1e-12",
                                        "loose tolerances"};
    struct deck_solver s[DECK_RUNGS];
    deck_ladder(&usual, s);
    for (int k = 0; k < 5; k++) {
        assert_string_equal(s[k].name, known[k]);
        assert_int_equal(s[k].gear, k >= 2);
        assert_close(s[k].step_s, k ? 0.02e-3 : 0.2e-3, 1e-18);
        assert_close(s[k].gmin_S, k >= 3 ? 1e-12 : 1e-15, 0);
        assert_close(s[k].reltol, k == 4 ? 1e-3 : 1e-4, 1e-18);
        assert_close(s[k].vntol_V, k == 4 ? 1e-6 : 1e-8, 0);
        assert_close(s[k].abstol_A, k == 4 ? 1e-12 : 1e-15, 0);
        assert_int_equal(s[k].itl4, k == 0 ? 0 : k < 3 ? 50 : 200);
    }
}

/* Nobody's tolerances are made tighter by going up. */
static void lenient_wishes_stay_lenient(void **state)
{
    (void)state;
    struct deck_solver lax = usual, s[5];
    lax.reltol = 1e-2;
    lax.vntol_V = 1e-5;
    lax.abstol_A = 1e-9;
    lax.gmin_S = 1e-10;
    deck_ladder(&lax, s);
    assert_close(s[4].reltol, 0.1, 1e-15);
    assert_close(s[4].vntol_V, 1e-5, 0);
    assert_close(s[4].abstol_A, 1e-9, 0);
    assert_close(s[3].gmin_S, 1e-10, 0);
}

static void a_rung_is_written_into_the_deck(void **state)
{
    (void)state;
    struct rig r;
    struct buf b = {0};
    struct deck_solver s[DECK_RUNGS];
    rig_init(&r);
    deck_ladder(&usual, s);
    deck_write(&r.a, &s[4], &b);
    assert_says(b.data, "\n.options reltol=0.001 vntol=1e-06 abstol=1e-12 gmin=1e-12 "
                        "method=gear maxord=2\n.options itl4=200\n");
    assert_says(b.data, "\n.tran 2e-05 0.1");
    param_finish(&r.params);
    buf_finish(&b);
}

/* ---- decks of device experiments ---- */

/* The largest step is a little below the one asked for, and none of a hundred of them
 * ends on a whole microsecond, where corners of sources are. */
static void steps_meet_no_corner(void **state)
{
    (void)state;
    static const double asked_s[] = {5e-6, 20e-6, 70e-6, 1e-3};
    for (size_t i = 0; i < sizeof asked_s / sizeof asked_s[0]; i++) {
        struct buf b = {0};
        devicedeck_end(&usual, 1, asked_s[i], 0, NULL, &b);
        double step_us = 1e6 * strtod(strstr(b.data, ".tran ") + 6, NULL);
        assert_true(step_us < 1e6 * asked_s[i] && step_us > 0.9e6 * asked_s[i]);
        for (int k = 1; k <= 100; k++)
            if (fabs(k * step_us - round(k * step_us)) < 1e-4)
                fail_msg("%d steps of %.9g us end on a corner", k, step_us);
        buf_finish(&b);
    }
}

/* Two points on a ramp, threshold and 0.2 V above it, or as many as a solver asks for. */
static void ramps_have_the_points_asked_for(void **state)
{
    (void)state;
    static const double v[] = {0, 0, .7, .9, 3, 3, .9, .7, 0};
    struct pwl w;
    struct rig r;
    struct buf b = {0};
    struct deck_solver many = usual;
    deck_pwl_coarse(&shipped, &(struct deck_spikes){1, once}, &b);
    read_points(b.data, &w);
    assert_int_equal(w.n, 9);
    for (size_t k = 0; k < 9; k++)
        assert_close(w.v[k], v[k], 1e-9);
    buf_clear(&b);
    rig_init(&r);
    r.a.coarse_edges = true; /* what the solver asks for goes first */
    many.edges = 10;
    deck_write(&r.a, &many, &b);
    char *line = strstr(b.data, "\nVg0 g0 0 PWL(") + sizeof "\nVg0 g0 0 PWL(" - 1;
    *strchr(line, '\n') = '\0';
    read_points(line, &w);
    assert_int_equal(w.n, 1 + 2 * (10 + 2));
    assert_close(w.v[2], 0.7, 1e-9);
    assert_close(w.v[2 + 5], 0.7 + 2.3 / 4, 1e-9);
    param_finish(&r.params);
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_pulse_has_these_points),
        cmocka_unit_test(a_pulse_at_zero_starts_on_its_ramp),
        cmocka_unit_test(thresholds_off_the_ramp_get_no_points),
        cmocka_unit_test(pulses_that_touch_are_one),
        cmocka_unit_test(the_level_is_the_trapezoid_everywhere),
        cmocka_unit_test(no_spikes_make_no_points),
        cmocka_unit_test(a_deck_holds_every_cell_and_column),
        cmocka_unit_test(a_row_may_stand_for_several),
        cmocka_unit_test(the_head_comes_first),
        cmocka_unit_test(gates_follow_their_spikes),
        cmocka_unit_test(injected_currents_are_sums_of_pieces),
        cmocka_unit_test(a_part_of_the_columns_keeps_their_numbers),
        cmocka_unit_test(vector_names_are_those_saved),
        cmocka_unit_test(the_ladder_goes_from_exact_to_lenient),
        cmocka_unit_test(lenient_wishes_stay_lenient),
        cmocka_unit_test(a_rung_is_written_into_the_deck),
        cmocka_unit_test(steps_meet_no_corner),
        cmocka_unit_test(ramps_have_the_points_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
