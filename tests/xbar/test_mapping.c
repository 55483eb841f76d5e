#include "cm.h"

#include "base/rng.h"
#include "num/stats.h"
#include "xbar/cell.h"
#include "xbar/mapping.h"

#include <math.h>
#include <string.h>

static struct cell shipped(void)
{
    return (struct cell){.g_min_S = 5.7e-6,
                         .g_max_S = 200e-6,
                         .v_0_V = 0.48,
                         .r_s_ohm = 100,
                         .beta_A_V2 = 55.7e-6 * 65,
                         .vto_V = 0.7,
                         .read_V = 0.05,
                         .gate_V = 3,
                         .rise_s = 0.1e-3,
                         .width_s = 0.9e-3,
                         .fall_s = 0.1e-3};
}

/* With a huge sinh scale and no series resistance the cell is two resistors: the
 * transistor in triode obeys i = beta (u v - v^2/2), a quadratic equation for v. */
static void current_solves_the_quadratic(void **state)
{
    (void)state;
    struct cell c = shipped();
    c.v_0_V = 1e4;
    c.r_s_ohm = 0;
    for (double gate = 0.8; gate <= 3; gate += 0.2) {
        double g = c.g_max_S, u = gate - c.vto_V;
        /* g (V - v) = beta (u v - v^2/2) */
        double a = c.beta_A_V2 / 2, b = -(g + c.beta_A_V2 * u), k = g * c.read_V;
        double v = (-b - sqrt(b * b - 4 * a * k)) / (2 * a);
        assert_close(cell_current(&c, 1, gate) / (g * (c.read_V - v)), 1, 1e-9);
    }
    assert_close(cell_current(&c, 1, 0.7), 0, 0);
    assert_close(cell_current(&c, 1, 0.2), 0, 0);
}

/* Just above threshold the transistor saturates and limits the current. */
static void saturation_limits_the_current(void **state)
{
    (void)state;
    struct cell c = shipped();
    double u = 0.01;
    assert_close(cell_current(&c, 1, c.vto_V + u) / (c.beta_A_V2 * u * u / 2), 1, 1e-9);
}

/* Charge against an independent integration: 220,000 midpoints over the whole pulse. The
 * second cell hardly opens, so that much of its ramp is in saturation, and its least
 * conductance is half of the largest one. */
static void charge_is_the_integral(void **state)
{
    (void)state;
    struct cell cells[2] = {shipped(), shipped()};
    cells[1].gate_V = 0.8;
    cells[1].g_min_S = 100e-6;
    cells[1].rise_s = 0.8e-3;
    for (int m = 0; m < 2; m++)
        for (double x = 0; x <= 1.05; x += 0.35) {
            const struct cell *c = &cells[m];
            enum { N = 220000 };
            double length = c->rise_s + c->width_s + c->fall_s, sum = 0;
            for (int k = 0; k < N; k++) {
                double t = (k + 0.5) / N * length, left = length - t;
                double gate = c->gate_V * fmin(1, fmin(t / c->rise_s, left / c->fall_s));
                sum += cell_current(c, x, gate) * length / N;
            }
            assert_close(cell_charge(c, x) / sum, 1, 1e-7);
        }
}

/* The cell with a resistor, in closed form, is the iterated one with a memristor that
 * does not bend: from saturation to the full gate, 1 kohm to 1 Mohm. */
static void a_resistor_is_a_memristor_that_does_not_bend(void **state)
{
    (void)state;
    for (double ohm = 1e3; ohm < 2e6; ohm *= 10) {
        struct cell c = shipped(), straight = c;
        straight.g_min_S = 0;
        straight.g_max_S = 1 / ohm;
        straight.r_s_ohm = 0;
        straight.v_0_V = 1e6;
        for (double gate = 0.701; gate < 3; gate += 0.047)
            assert_close(cell_resistor_current(&c, ohm, gate) /
                             cell_current(&straight, 1, gate),
                         1, 1e-7);
        assert_close(cell_resistor_current(&c, ohm, 0.7), 0, 0);
        double charge_C = cell_resistor_charge(&c, ohm);
        assert_close(charge_C / cell_charge(&straight, 1), 1, 2e-6);
        assert_close(cell_resistor_for(&c, charge_C) / ohm, 1, 1e-10);
        double full_A = cell_resistor_current(&c, ohm, c.gate_V);
        assert_close(cell_resistor_carrying(&c, full_A) / ohm, 1, 1e-9);
    }
}

/* Neither no current, nor as much as the transistor lets through. */
static void some_currents_are_of_no_resistor(void **state)
{
    (void)state;
    struct cell c = shipped();
    double u = c.gate_V - c.vto_V, saturated_A = c.beta_A_V2 * u * u / 2;
    double most_A = c.beta_A_V2 * (u * c.read_V - c.read_V * c.read_V / 2); /* of 0 ohm */
    const double none[] = {0, -1e-9, 1.001 * most_A, 1.001 * saturated_A, NAN};
    for (int k = 0; k < 5; k++)
        assert_true(isinf(cell_resistor_carrying(&c, none[k])));
    assert_true(cell_resistor_carrying(&c, 0.999 * most_A) < 1);
}

/* Charge over that of an ideal resistor at the device's own 50 mV conductance, figures
 * measured in ngspice for r_s = 0 and 100 ohm at 5.7, 50, 100, 200 uS. */
static void charge_loss_is_the_measured_one(void **state)
{
    (void)state;
    static const double g_uS[] = {5.7, 50, 100, 200};
    static const double loss[2][4] = {{.998, .990, .981, .966}, {.998, .985, .972, .947}};
    for (int r = 0; r < 2; r++)
        for (int k = 0; k < 4; k++) {
            struct cell c = shipped();
            c.r_s_ohm = 100 * r;
            double g = g_uS[k] * 1e-6;
            double x = (g - c.g_min_S) / (c.g_max_S - c.g_min_S);
            double chord = g * c.v_0_V / c.read_V * sinh(c.read_V / c.v_0_V);
            double ideal = chord * c.read_V * cell_on_time(&c);
            assert_close(cell_charge(&c, x) / ideal, loss[r][k], 0.0015);
        }
}

static void compensation_gives_the_target_charge(void **state)
{
    (void)state;
    struct cell c = shipped();
    assert_close(cell_on_time(&c), 1.0533e-3, 5e-8);
    assert_close(cell_turn_on(&c), 0.0233e-3, 5e-8);
    for (double g = 5.7e-6; g <= 200e-6; g += 19.43e-6) {
        double x = cell_state_for(&c, g);
        assert_close(cell_charge(&c, x) / (g * c.read_V * cell_on_time(&c)), 1, 1e-12);
    }
    double x = cell_state_for(&c, 200e-6);
    assert_close(c.g_min_S + x * (c.g_max_S - c.g_min_S), 211e-6, 1e-6);
}

/* On the plateau the resistor carries the cell's own current, by Ohm's law with the
 * transistor's triode drop; over the whole spike it is right to 1e-4. A device that bends
 * at 50 mV is told apart. */
static void chord_is_right_on_the_plateau(void **state)
{
    (void)state;
    struct cell c = shipped();
    for (double x = 0; x <= 1.06; x += 0.265) {
        double i = cell_current(&c, x, 3), u = 2.3;
        double drop = u - sqrt(u * u - 2 * i / c.beta_A_V2);
        assert_close(i * cell_chord(&c, x) + drop, 0.05, 1e-12);
        assert_true(fabs(cell_chord_error(&c, x)) < 1e-4);
    }
    c.v_0_V = 0.03;
    assert_true(fabs(cell_chord_error(&c, 1)) > 1e-3);
}

static const struct map_options usual = {.g_low_S = 5.7e-6, .g_high_S = 200e-6};

static void targets_are_linear_in_the_weight(void **state)
{
    (void)state;
    struct err e = {0};
    double w[3] = {0, 0.5, 1}, g[3];
    assert_int_equal(map_weights(1, 3, w, &usual, g, &e), 0);
    assert_close(g[0], 5.7e-6, 1e-18);
    assert_close(g[1], 102.85e-6, 1e-18);
    assert_close(g[2], 200e-6, 1e-18);
}

static void weights_out_of_range_are_refused(void **state)
{
    (void)state;
    struct err e = {0};
    double g[2];
    const double bad[] = {-0.1, 1.5, NAN};
    for (int k = 0; k < 3; k++) {
        double w[2] = {0.5, bad[k]};
        assert_int_equal(map_weights(1, 2, w, &usual, g, &e), -1);
        assert_non_null(strstr(e.text, "input 0, output 1"));
    }
}

/* 6,400 draws of 3 %: mean and deviation within five standard errors; a cell keeps its
 * draw whatever the weights are, and another seed draws anew. */
static void tuning_error_is_relative_and_seeded(void **state)
{
    (void)state;
    enum { N = 6400 };
    static double w[N], g[N], again[N], error[N];
    struct map_options o = usual;
    struct err e = {0};
    o.tuning_error = 0.03;
    for (int i = 0; i < N; i++)
        w[i] = i % 7 / 6.;
    assert_int_equal(map_weights(N, 1, w, &o, g, &e), 0);
    for (int i = 0; i < N; i++)
        error[i] = g[i] / (o.g_low_S + w[i] * (o.g_high_S - o.g_low_S)) - 1;
    assert_close(stats_mean(N, error), 0, 5 * 0.03 / sqrt(N));
    assert_close(stats_deviation(N, error), 0.03, 5 * 0.03 / sqrt(2. * N));
    assert_int_equal(map_weights(N, 1, w, &o, again, &e), 0);
    assert_memory_equal(g, again, sizeof g);
    o.seed++;
    assert_int_equal(map_weights(N, 1, w, &o, again, &e), 0);
    assert_memory_not_equal(g, again, sizeof g);
}

/* The draw of a cell is the one of its index input * outputs + output; where less than
 * 1 % would be left, 1 % is. */
static void a_cell_has_its_own_draw(void **state)
{
    (void)state;
    enum { IN = 40, OUT = 5 };
    static double w[IN * OUT], g[IN * OUT];
    struct map_options o = usual;
    struct err e = {0};
    o.seed = 7;
    for (int wild = 0; wild < 2; wild++) {
        int cut = 0;
        o.tuning_error = wild ? 0.9 : 0.03;
        assert_int_equal(map_weights(IN, OUT, w, &o, g, &e), 0);
        for (uint32_t k = 0; k < IN * OUT; k++) {
            double factor = 1 + o.tuning_error * rng_normal(7, RNG_TUNING, k, 0, 0);
            cut += factor < 0.01;
            assert_close(g[k] / o.g_low_S, factor < 0.01 ? 0.01 : factor, 1e-14);
        }
        assert_true(wild ? cut > 5 : cut == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(current_solves_the_quadratic),
        cmocka_unit_test(saturation_limits_the_current),
        cmocka_unit_test(charge_is_the_integral),
        cmocka_unit_test(a_resistor_is_a_memristor_that_does_not_bend),
        cmocka_unit_test(some_currents_are_of_no_resistor),
        cmocka_unit_test(charge_loss_is_the_measured_one),
        cmocka_unit_test(compensation_gives_the_target_charge),
        cmocka_unit_test(chord_is_right_on_the_plateau),
        cmocka_unit_test(targets_are_linear_in_the_weight),
        cmocka_unit_test(weights_out_of_range_are_refused),
        cmocka_unit_test(tuning_error_is_relative_and_seeded),
        cmocka_unit_test(a_cell_has_its_own_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
