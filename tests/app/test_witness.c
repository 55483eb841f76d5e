/* Two waves and their verdict. */
#include "cm.h"

#include "app/witness.h"

#include <math.h>

enum { POINTS = 1001 };

/* rest + peak (t/tau) exp(1 - t/tau) from 10 ms on; before that a drift. */
static void make(struct trace *t, double rest, double peak, double drift, double late_s)
{
    trace_init(t, POINTS, 1);
    for (size_t i = 0; i < POINTS; i++) {
        double time_s = 100e-3 * (double)i / (POINTS - 1);
        double on = fmax(time_s - late_s - 10e-3, 0) / 15e-3;
        t->time_s[i] = time_s;
        t->value[0][i] = rest + peak * on * exp(1 - on) + drift * fmin(time_s / 10e-3, 1);
    }
}

static struct witness_check compare(double peak, double drift, double late_s)
{
    struct witness_check c = {.tolerance_peak = 2.5e-3, .tolerance_rms = 2.5e-3};
    struct trace a, b;
    make(&a, 0.2, -2e-3, 0, 0);
    make(&b, 0.3, peak, drift, late_s);
    witness_compare(&c, &a, &b, 10e-3);
    trace_finish(&a);
    trace_finish(&b);
    return c;
}

static void waves_are_compared_above_their_rest(void **state)
{
    (void)state;
    struct witness_check c = compare(-2e-3, 0, 0);
    assert_close(c.peak_V[0], -2e-3, 1e-9);
    assert_close(c.rest_V[1], 0.3, 0);
    assert_close(c.peak_difference, 0, 1e-12);
    assert_close(c.wave_rms, 0, 1e-12);
    assert_int_equal(c.verdict, WITNESS_AGREES);
    c = compare(-2.004e-3, 0, 0); /* 0.2 % more */
    assert_close(c.peak_difference, 2e-3, 1e-9);
    assert_int_equal(c.verdict, WITNESS_AGREES);
    c = compare(-2.006e-3, 0, 0);
    assert_int_equal(c.verdict, WITNESS_DIFFERS);
    assert_int_equal(compare(-1.994e-3, 0, 0).verdict, WITNESS_DIFFERS);
    assert_int_equal(compare(2e-3, 0, 0).verdict, WITNESS_DIFFERS);
    /* as high, but 1 ms late */
    c = compare(-2e-3, 0, 1e-3);
    assert_close(c.peak_difference, 0, 1e-4);
    assert_true(c.wave_rms > 0.01);
    assert_int_equal(c.verdict, WITNESS_DIFFERS);
}

static void who_drifts_is_no_witness(void **state)
{
    (void)state;
    struct witness_check c = compare(-2e-3, 1e-4, 0); /* 5 % before the first spike */
    assert_close(c.drift, 0.1e-3 / 1.9e-3, 1e-4);
    assert_int_equal(c.verdict, WITNESS_UNDECIDED);
    c = compare(-2.1e-3, 2e-6, 0);
    assert_close(c.drift, 0, 2e-3);
    assert_int_equal(c.verdict, WITNESS_DIFFERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waves_are_compared_above_their_rest),
        cmocka_unit_test(who_drifts_is_no_witness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
