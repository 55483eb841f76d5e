/* Fits of synaptic curves: closed forms, and laws that are known beforehand. */
#include "cm.h"

#include "xbar/plasticity.h"
#include "xbar/writing.h"

#include <math.h>
#include <stdbool.h>

enum { N = 100 };

/* d = 1 and f = 0 leave dr = k (b - r): r approaches b geometrically. */
static void the_linear_law_is_geometric(void **state)
{
    (void)state;
    struct plasticity_law law = {
        .a = 0.1, .b = 0.9, .c = 1, .d = 1, .i = 1, .f = 0, .g = 0, .h = 1};
    double r[N];
    plasticity_curve(&law, 0.1, N, r);
    for (int n = 0; n < N; n++)
        assert_close(r[n], 0.9 - 0.8 * pow(1 - 0.05, n), 1e-13);
    assert_close(plasticity_step(&law, 0.95), 0, 0); /* beyond the end */
}

/* Eq. 2 with every coefficient in play, as one power of e. */
static void a_step_is_the_law(void **state)
{
    (void)state;
    struct plasticity_law l = {
        .a = 0.03, .b = 1.2, .c = 0.9, .d = 1.7, .i = 0.6, .f = 2.1, .g = -0.4, .h = 1.3};
    for (double r = -0.5; r < 1.3; r += 0.1) {
        double base = log(1.2 - 0.9 * r), below = log(0.6 + exp(2.1 * r - 0.4));
        assert_close(plasticity_step(&l, r) / (0.03 * exp(1.7 * base - 1.3 * below)), 1,
                     1e-13);
    }
}

/* A wild trial of the fit stays finite: +-1000 of the largest conductance at most. */
static void a_wild_curve_is_cut(void **state)
{
    (void)state;
    double r[4];
    for (int sign = -1; sign <= 1; sign += 2) {
        struct plasticity_law l = {.a = 600 * sign, .b = 1e9, .i = 1};
        plasticity_curve(&l, 0, 4, r);
        assert_close(r[1], 600 * sign, 1e-9);
        assert_close(r[2], 1000 * sign, 0);
        assert_close(r[3], 1000 * sign, 0);
        l.a = 1e308 * sign, l.d = 2;
        plasticity_curve(&l, 0, 4, r);
        assert_close(r[1], 1000 * sign, 0);
    }
}

static const struct plasticity_law known[] = {
    {.a = 0.08, .b = 1.05, .c = 1, .d = 1, .i = 1, .f = 0, .g = 0, .h = 1},
    {.a = 0.3, .b = 1.1, .c = 1, .d = 2, .i = 1, .f = 2, .g = -1, .h = 1.5},
    {.a = -0.05, .b = -0.05, .c = -1, .d = 1, .i = 1, .f = -1, .g = 0.5, .h = 0.7},
};

static void known_laws_are_found(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        struct plasticity_law found;
        struct err e = {0};
        double r[N], again[N], rms;
        plasticity_curve(&known[k], known[k].a > 0 ? 0.1 : 1, N, r);
        if (plasticity_fit(N, r, &found, &rms, &e) < 0)
            fail_msg("law %zu: %s", k, e.text);
        assert_close(rms, 0, 2e-3);
        assert_close(found.i, 1, 0);
        assert_close(found.c, known[k].c, 0);
        assert_true(found.b - found.c * r[N - 1] > 0); /* it ends beyond the curve */
        plasticity_curve(&found, r[0], N, again);
        for (int n = 0; n < N; n++)
            assert_close(again[n], r[n], 0.01);
    }
}

/* The residual that is told is that of the curve. */
static void the_residual_is_that_of_the_curve(void **state)
{
    (void)state;
    struct plasticity_law found;
    struct err e = {0};
    double r[N], again[N], rms, sum = 0;
    for (int n = 0; n < N; n++)
        r[n] = 0.2 + 0.7 * n / (N - 1) + 0.03 * sin(0.3 * n);
    assert_int_equal(plasticity_fit(N, r, &found, &rms, &e), 0);
    plasticity_curve(&found, r[0], N, again);
    for (int n = 0; n < N; n++)
        sum += (again[n] - r[n]) * (again[n] - r[n]);
    assert_close(rms / (sqrt(sum / N) / fabs(r[N - 1] - r[0])), 1, 1e-9);
    assert_true(rms > 0.01);
}

static void a_flat_curve_is_refused(void **state)
{
    (void)state;
    struct plasticity_law found;
    struct err e = {0};
    double r[N] = {0}, rms;
    assert_int_equal(plasticity_fit(N, r, &found, &rms, &e), -1);
    assert_int_equal(plasticity_fit(7, (double[]){1, 2, 3, 4, 5, 6, 7}, &found, &rms, &e),
                     -1);
}

static void windows_are_found(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        double dt[12], change[12], rms;
        struct timing_window w;
        struct err e = {0};
        for (int k = 0; k < 12; k++) {
            dt[k] = 5e-6 * (k + 1);
            change[k] = sign * 0.13 * exp(-dt[k] / 17e-6);
        }
        assert_int_equal(timing_fit(12, dt, change, &w, &rms, &e), 0);
        assert_close(w.amplitude, sign * 0.13, 1e-6);
        assert_close(w.tau_s, 17e-6, 1e-10);
        assert_close(rms, 0, 1e-7);
    }
}

/* The least that fits take, and what they say of points beside the curve. */
static void short_curves_and_scatter(void **state)
{
    (void)state;
    struct plasticity_law law;
    struct timing_window w;
    struct err e = {0};
    double r[8], dt[9], change[9], rms, sum = 0;
    for (int n = 0; n < 8; n++)
        r[n] = 1 - pow(0.7, n);
    assert_int_equal(plasticity_fit(8, r, &law, &rms, &e), 0);
    assert_close(rms, 0, 1e-4);
    for (int k = 0; k < 9; k++) {
        dt[k] = 4e-6 * (k + 1);
        change[k] = -0.2 * exp(-dt[k] / 11e-6) + (k % 2 ? 0.01 : -0.01);
    }
    assert_int_equal(timing_fit(3, dt, change, &w, &rms, &e), 0);
    assert_int_equal(timing_fit(2, dt, change, &w, &rms, &e), -1);
    assert_int_equal(timing_fit(9, dt, (double[9]){0}, &w, &rms, &e), -1);
    assert_int_equal(timing_fit(9, dt, change, &w, &rms, &e), 0);
    for (int k = 0; k < 9; k++)
        sum += pow(w.amplitude * exp(-dt[k] / w.tau_s) - change[k], 2);
    assert_close(rms / (sqrt(sum / 9) / fabs(change[0])), 1, 1e-9);
    assert_close(w.amplitude, -0.2, 0.03);
    /* The least squares: any other window near it is worse. */
    for (int side = -1; side <= 1; side += 2)
        for (int which = 0; which < 2; which++) {
            double other = 0, a = w.amplitude * (1 + 0.01 * side * which);
            double tau_s = w.tau_s * (1 + 0.01 * side * !which);
            for (int k = 0; k < 9; k++)
                other += pow(a * exp(-dt[k] / tau_s) - change[k], 2);
            assert_true(other > sum);
        }
}

/* ---- writing in closed form ---- */

static const struct writing_law writing = {.cell = {.g_min_S = 5.7e-6,
                                                    .g_max_S = 200e-6,
                                                    .v_0_V = 0.48,
                                                    .r_s_ohm = 100,
                                                    .beta_A_V2 = 55.7e-6 * 65,
                                                    .vto_V = 0.7},
                                           .v_set_V = 0.7,
                                           .v_full_V = 1.77,
                                           .v_reset_V = 0.5,
                                           .v_off_V = 2};

/* Table 1's bounds; and a transistor without resistance leaves the whole supply. */
static void writing_keeps_the_bounds(void **state)
{
    (void)state;
    static const enum writing_way lifts[] = {WRITING_MOD_RESET_SOURCE, WRITING_MOS_SET};
    static const enum writing_way full[] = {WRITING_MOD_SET, WRITING_MOD_RESET_TOP,
                                            WRITING_MOS_RESET};
    for (double v = 1.5; v <= 4; v += 0.5) {
        for (size_t k = 0; k < 2; k++) {
            double got = writing_voltage(&writing, lifts[k], v, v);
            assert_true(got > 0.3 * v && got < v - 0.7);
        }
        for (size_t k = 0; k < 3; k++) {
            double got = writing_voltage(&writing, full[k], v, v);
            assert_true(got > 0.75 * v && got < v);
        }
    }
    struct writing_law wide = writing;
    wide.cell.beta_A_V2 = 1e6;
    assert_close(writing_voltage(&wide, WRITING_MOD_SET, 2, 2), 2, 1e-6);
    assert_close(writing_voltage(&wide, WRITING_MOS_SET, 2, 2), 1.3, 1e-4);
}

/* A negative top electrode makes the drain the source: it conducts with a gate below the
 * threshold, as soon as the rest of the supply lifts it over. */
static void a_negative_top_electrode_opens_the_gate(void **state)
{
    (void)state;
    double left = 2 - writing_voltage(&writing, WRITING_MOD_RESET_TOP, 2, 0.5);
    assert_true(left > 0.2 && left < 0.5);
    assert_close(writing_voltage(&writing, WRITING_MOD_SET, 2, 0.5), 0, 1e-3);
}

/* The transistor's current less the memristor's, straight from the equations of
 * xbar/writing.h and models/memristor.sub, and the voltage on the memristor. */
static double surplus(enum writing_way way, double beta, double supply, double gate,
                      double vi, double *v)
{
    const double v_e = 1.5 / log(200 / 5.7);
    bool sets = way == WRITING_MOD_SET || way == WRITING_MOS_SET;
    double g = sets ? 5.7e-6 + 194.3e-6 * fmin(1, fmax(0, (vi - 0.7) / 1.07))
                    : fmax(5.7e-6, fmin(200e-6, 200e-6 * exp((0.5 - vi) / v_e)));
    double i = 0.48 * g * sinh(vi / 0.48), vds, vgs;
    *v = vi + 100 * i;
    vds = supply - *v;
    vgs = gate;
    if (way == WRITING_MOD_RESET_TOP)
        vgs = gate + vds;
    if (way == WRITING_MOD_RESET_SOURCE || way == WRITING_MOS_SET)
        vgs = gate - *v;
    if (vds < 0 || vgs < 0.7)
        return -i;
    vds = fmin(vds, vgs - 0.7);
    return beta * ((vgs - 0.7) * vds - vds * vds / 2) - i;
}

/* The first root on the way down from the supply, by a scan and then by halving; how
 * often the sign changes at all. */
static double outermost(enum writing_way way, double beta, double supply, int *changes)
{
    const double step_V = 1e-3;
    double v, low = NAN;
    bool before = false;
    *changes = 0;
    for (double vi = supply; vi > 0; vi -= step_V) {
        bool now = surplus(way, beta, supply, 1.6, vi, &v) > 0;
        low = now && isnan(low) ? vi : low;
        *changes += now != before;
        before = now;
    }
    double high = low + step_V;
    for (int k = 0; k < 40; k++) {
        double middle = (low + high) / 2;
        *(surplus(way, beta, supply, 1.6, middle, &v) > 0 ? &low : &high) = middle;
    }
    return v;
}

/* Where a reset has three roots (the hump of the current near v_reset) it is the one
 * beyond the hump. */
static void writing_finds_the_outermost_root(void **state)
{
    (void)state;
    static const double betas[] = {60e-6, 180e-6, 260e-6, 280e-6, 300e-6, 1e-3, 3.6e-3};
    int humps = 0, changes;
    for (int way = WRITING_MOD_SET; way <= WRITING_MOS_RESET; way++)
        for (size_t k = 0; k < sizeof betas / sizeof betas[0]; k++)
            for (double supply = 0.4; supply <= 3; supply += 0.53) {
                struct writing_law law = writing;
                law.cell.beta_A_V2 = betas[k];
                double expected =
                    outermost((enum writing_way)way, betas[k], supply, &changes);
                humps += changes > 1;
                assert_close(writing_voltage(&law, (enum writing_way)way, supply, 1.6),
                             expected, 1e-9);
            }
    assert_true(humps > 3);
}

/* What ngspice gives, netlists/bench/cell_write.cir. */
static void writing_is_what_the_bench_gives(void **state)
{
    (void)state;
    assert_close(writing_voltage(&writing, WRITING_MOD_SET, 2, 2), 1.724, 0.002);
    assert_close(writing_voltage(&writing, WRITING_MOD_RESET_SOURCE, 2, 2), 1.048, 0.002);
    assert_close(writing_voltage(&writing, WRITING_MOD_RESET_TOP, 2, 2), 1.981, 0.002);
    assert_close(writing_voltage(&writing, WRITING_MOS_SET, 3, 3), 1.605, 0.002);
    assert_close(writing_voltage(&writing, WRITING_MOS_RESET, 3, 3), 2.933, 0.002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_linear_law_is_geometric),
        cmocka_unit_test(a_step_is_the_law),
        cmocka_unit_test(a_wild_curve_is_cut),
        cmocka_unit_test(known_laws_are_found),
        cmocka_unit_test(the_residual_is_that_of_the_curve),
        cmocka_unit_test(a_flat_curve_is_refused),
        cmocka_unit_test(windows_are_found),
        cmocka_unit_test(short_curves_and_scatter),
        cmocka_unit_test(writing_keeps_the_bounds),
        cmocka_unit_test(a_negative_top_electrode_opens_the_gate),
        cmocka_unit_test(writing_finds_the_outermost_root),
        cmocka_unit_test(writing_is_what_the_bench_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
