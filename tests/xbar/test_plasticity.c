/* Fits of synaptic curves: closed forms, and laws that are known beforehand. */
#include "cm.h"

#include "xbar/plasticity.h"
#include "xbar/writing.h"

#include <math.h>

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
        cmocka_unit_test(known_laws_are_found),
        cmocka_unit_test(the_residual_is_that_of_the_curve),
        cmocka_unit_test(a_flat_curve_is_refused),
        cmocka_unit_test(windows_are_found),
        cmocka_unit_test(writing_keeps_the_bounds),
        cmocka_unit_test(a_negative_top_electrode_opens_the_gate),
        cmocka_unit_test(writing_is_what_the_bench_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
