/* Rows that fire together as one row, and decks that end early: the same answers. */
#include "cm.h"

#include "app/experiment.h"
#include "circuit/lump.h"
#include "num/line.h"
#include "spice/jobs.h"

#include <math.h>
#include <string.h>

static struct cell shipped(void)
{
    struct circuit x;
    struct study s;
    struct err e = {0};
    study_init(&s);
    if (circuit_open(&x, &s, SPIKEBAR_SOURCE_ROOT, &e) < 0)
        fail_msg("%s", e.text);
    struct cell c = x.cell;
    circuit_finish(&x);
    study_finish(&s);
    return c;
}

enum { ROWS = 7, COLUMNS = 2 };

/* Rows 0, 2, 5 fire alike, 1 and 4 never; 3 and 6 do, but their pulses join. */
static void groups_keep_their_charge(void **state)
{
    (void)state;
    static const double a[] = {7e-3, 40e-3}, b[] = {7e-3, 40e-3},
                        in_a_row[] = {7e-3, 8e-3};
    static const size_t copies[ROWS] = {3, 1, 0, 1, 1, 0, 1};
    const struct deck_spikes spikes[ROWS] = {
        {2, a}, {0, NULL}, {2, b}, {2, in_a_row}, {0, NULL}, {2, a}, {2, in_a_row}};
    struct cell c = shipped();
    double ohm[ROWS * COLUMNS];
    struct lump l;
    for (size_t k = 0; k < ROWS * COLUMNS; k++)
        ohm[k] = 5e3 * pow(1.3, (double)((5 * k) % 14));
    lump_rows(&c, ROWS, COLUMNS, spikes, ohm, &l);
    assert_memory_equal(l.copies, copies, sizeof copies);
    for (size_t j = 0; j < COLUMNS; j++) {
        double sum = 0;
        for (size_t i = 0; i < ROWS; i++)
            if (i == 0 || i == 2 || i == 5)
                sum += cell_resistor_charge(&c, ohm[i * COLUMNS + j]);
        assert_close(3 * cell_resistor_charge(&c, l.ohm[j]) / sum, 1, 1e-11);
        assert_close(l.ohm[3 * COLUMNS + j], ohm[3 * COLUMNS + j], 0);
    }
    lump_finish(&l);
}

/* Equal cells are themselves; the shipped range moves less than 1 %, of which the
 * membrane sees less than 1e-4. Ramps of unequal length cost more. */
static void the_bound_grows_with_the_spread(void **state)
{
    (void)state;
    struct cell c = shipped(), skewed = c;
    double moved = lump_moved(&c, 5e3, 175e3);
    assert_close(lump_moved(&c, 5e3, 5e3), 0, 1e-11);
    assert_true(lump_moved(&c, 5e3, 20e3) < moved && moved < 0.01);
    assert_true(lump_error(&c, moved, 2e-3, 15e-3) < 1e-4);
    skewed.fall_s = 0.3e-3;
    assert_true(lump_error(&skewed, moved, 2e-3, 15e-3) > 1e-4);
}

/* ---- in the simulator ---- */

static void simulate(const struct experiment *x, const struct deck_choice *choice,
                     double step_s, struct jobs_deck *d)
{
    struct deck_solver solver;
    struct pool_options pool = circuit_pool(&x->circuit);
    struct err e = {0};
    circuit_solver(&x->circuit, 0, &solver);
    solver.step_s = step_s;
    *d = (struct jobs_deck){0};
    d->stop_s = experiment_deck(x, x->image[0], choice, &solver, &d->text);
    for (size_t j = 0; j < x->array.outputs; j++)
        jobs_name(d, "mem%zu", j);
    if (jobs_decks(&pool, 1, d, &e) < 0 || d->cause)
        fail_msg("%s", d->cause ? d->cause : e.text);
}

static double peak(const struct jobs_deck *d, size_t j)
{
    return trace_peak(d->trace.points, d->trace.time_s, d->trace.value[j]).above;
}

static void open_one(struct experiment *x, struct study *s)
{
    struct err e = {0};
    study_init(s);
    if (study_set(s, "simulate.images=1", &e) < 0 ||
        experiment_open(x, s, SPIKEBAR_SOURCE_ROOT, NULL, &e) < 0 ||
        experiment_ready(x, &e) < 0)
        fail_msg("%s", e.text);
}

static void close_one(struct experiment *x, struct study *s, struct jobs_deck *a,
                      struct jobs_deck *b)
{
    jobs_finish(1, a);
    jobs_finish(1, b);
    experiment_finish(x);
    study_finish(s);
}

/* A real image with four points a ramp and steps of 20 us: every maximum within the
 * lever's bound and the solver's 2e-5, the membranes within 2e-4 everywhere, and less
 * than half of the cells.
 */
static void lumped_rows_give_the_same_membranes(void **state)
{
    (void)state;
    struct experiment x;
    struct study s;
    struct jobs_deck all, lumped;
    open_one(&x, &s);
    struct deck_choice choice = {.as = x.circuit.folder};
    assert_true(x.levers.state[LEVER_ROWS].on);
    x.levers.state[LEVER_EDGES].on = false; /* whose own error depends on conductances */
    simulate(&x, &choice, 20e-6, &lumped);
    x.levers.state[LEVER_ROWS].on = false;
    simulate(&x, &choice, 20e-6, &all);
    assert_true(2 * lumped.text.len < all.text.len);
    for (size_t j = 0; j < x.array.outputs; j++) {
        double bound = x.levers.state[LEVER_ROWS].bound + 2e-5;
        assert_close(peak(&lumped, j) / peak(&all, j), 1, bound);
        for (size_t i = 0; i < lumped.trace.points; i++) {
            double v = line_at(all.trace.points, all.trace.time_s, all.trace.value[j],
                                lumped.trace.time_s[i]);
            assert_close((lumped.trace.value[j][i] - v) / peak(&all, j), 0, 2e-4);
        }
    }
    close_one(&x, &s, &all, &lumped);
}

/* A deck ends half as much again after its last pulse as the response to a short one
 * takes to its maximum, 15 ms 2 ms/13 ms ln 7.5 = 4.650 ms. The points up to the end are
 * the same ones. */
static void an_early_end_changes_no_maximum(void **state)
{
    (void)state;
    struct experiment x;
    struct study s;
    struct jobs_deck whole, early;
    open_one(&x, &s);
    struct deck_choice choice = {.as = x.circuit.folder};
    simulate(&x, &choice, 0.2913e-3, &whole);
    choice.maxima = true;
    simulate(&x, &choice, 0.2913e-3, &early);
    assert_close(whole.stop_s, 0.1, 1e-12);
    struct raster r;
    int last_ms = 0;
    raster_init(&r, x.array.inputs, 100);
    experiment_raster(&x, x.image[0], &r);
    for (size_t k = 0; k < r.count; k++)
        last_ms = r.time_ms[k] > last_ms ? r.time_ms[k] : last_ms;
    raster_finish(&r);
    assert_close(early.stop_s, 1e-3 * (last_ms + 1.1 + 1.5 * 4.650), 1e-6);
    assert_true(early.trace.points < whole.trace.points);
    for (size_t j = 0; j < x.array.outputs; j++)
        assert_close(peak(&early, j) / peak(&whole, j), 1, 1e-9);
    close_one(&x, &s, &whole, &early);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_keep_their_charge),
        cmocka_unit_test(the_bound_grows_with_the_spread),
        cmocka_unit_test(lumped_rows_give_the_same_membranes),
        cmocka_unit_test(an_early_end_changes_no_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
