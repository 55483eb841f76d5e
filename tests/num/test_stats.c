#include "cm.h"

#include "num/stats.h"

#include <math.h>

static void moments_of_small_arrays(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, 4}, y[] = {-3, 4};
    assert_close(stats_mean(4, x), 2.5, 0);
    assert_close(stats_deviation(4, x), sqrt(5 / 3.), 1e-15);
    assert_close(stats_rms(2, y), sqrt(12.5), 1e-15);
    assert_close(stats_max_abs(2, y), 4, 0);
    assert_close(stats_max_abs(1, y), 3, 0);
}

/* Of two values it is |x - y|/sqrt(2). Far from 0 it is as exact as the values are: the
 * squares are those of the distances from the mean. */
static void deviation_is_that_of_the_distances(void **state)
{
    (void)state;
    double two[] = {1, 4}, far[] = {1e12, 1e12 + 1, 1e12 + 3};
    assert_close(stats_deviation(2, two), 3 / sqrt(2), 1e-15);
    assert_close(stats_deviation(3, far), sqrt(7 / 3.), 1e-6);
}

static void empty_and_single_arrays_give_zero(void **state)
{
    (void)state;
    double x[] = {7};
    assert_close(stats_mean(0, x), 0, 0);
    assert_close(stats_rms(0, x), 0, 0);
    assert_close(stats_max_abs(0, x), 0, 0);
    assert_close(stats_deviation(1, x), 0, 0);
    assert_close(stats_proportion_error(0.5, 0), 0, 0);
}

static void correlation_of_known_pairs(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, 4, 5}, y[] = {2, 1, 4, 3, 5}, line[5], constant[5] = {0};
    assert_close(stats_correlation(5, x, y), 0.8, 1e-15);
    for (int i = 0; i < 5; i++)
        line[i] = 1e6 - 1e-3 * x[i];
    assert_close(stats_correlation(5, x, line), -1, 1e-9);
    assert_true(fabs(stats_correlation(5, x, line)) <= 1);
    assert_close(stats_correlation(5, x, constant), 0, 0);
    assert_close(stats_correlation(5, constant, x), 0, 0);
    for (int i = 0; i < 5; i++) /* as currents are */
        x[i] *= 1e-9, y[i] *= 1e-9;
    assert_close(stats_correlation(5, x, y), 0.8, 1e-15);
}

/* At the best scale the remainder is orthogonal to x. */
static void best_scale_leaves_nothing_along_x(void **state)
{
    (void)state;
    double x[] = {1, -2, 3}, y[] = {2, -3, 7}, zero[3] = {0};
    double s = stats_best_scale(3, x, y), along = 0;
    for (int i = 0; i < 3; i++)
        along += x[i] * (y[i] - s * x[i]);
    assert_close(along, 0, 1e-14);
    assert_close(s, 29 / 14., 1e-15);
    assert_close(stats_best_scale(3, zero, y), 0, 0);
    for (int i = 0; i < 3; i++)
        x[i] *= 1e-9;
    assert_close(1e-9 * stats_best_scale(3, x, y), 29 / 14., 1e-14);
}

static void error_of_a_proportion(void **state)
{
    (void)state;
    assert_close(stats_proportion_error(0.9, 100), 0.03, 1e-15);
    assert_close(stats_proportion_error(1, 100), 0, 0);
}

/* All or none of n: n/(n + z^2) is the end that is not certain. */
static void wilson_of_all_and_of_none(void **state)
{
    (void)state;
    static const size_t trials[] = {1, 10, 359, 100000};
    double low, high, z = 1.3;
    for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++) {
        double n = (double)trials[i];
        stats_wilson(trials[i], trials[i], z, &low, &high);
        assert_close(low, n / (n + z * z), 1e-15);
        assert_close(high, 1, 0);
        stats_wilson(0, trials[i], z, &low, &high);
        assert_close(low, 0, 0);
        assert_close(high, z * z / (n + z * z), 1e-15);
    }
    stats_wilson(0, 0, z, &low, &high);
    assert_close(low, 0, 0);
    assert_close(high, 1, 0);
    stats_wilson(3, 4, 0, &low, &high);
    assert_close(low, 0.75, 0);
    assert_close(high, 0.75, 0);
}

/* At either end the share that was seen is z standard errors of that end away; right and
 * wrong change places with the ends. */
static void wilson_ends_are_z_errors_away(void **state)
{
    (void)state;
    for (size_t n = 2; n < 400; n += 7)
        for (size_t right = 1; right < n; right += 3) {
            double p = (double)right / (double)n, z = STATS_Z95, low, high, a, b;
            stats_wilson(right, n, z, &low, &high);
            assert_true(0 < low && low < p && p < high && high < 1);
            assert_close((p - low) / stats_proportion_error(low, n), z, 1e-9);
            assert_close((high - p) / stats_proportion_error(high, n), z, 1e-9);
            stats_wilson(n - right, n, z, &a, &b);
            assert_close(a, 1 - high, 1e-14);
            assert_close(b, 1 - low, 1e-14);
        }
}

/* Newcombe 1998, Statistics in Medicine 17:857, Table I, method 3 (score): 81 of 263, 15
 * of 148, 0 of 20, 1 of 29; and the two that our own output prints most often. */
static void wilson_as_published(void **state)
{
    (void)state;
    static const struct {
        size_t right, n;
        double low, high, digits;
    } known[] = {
        {81, 263, 0.2553, 0.3662, 5e-5}, {15, 148, 0.0624, 0.1605, 5e-5},
        {0, 20, 0, 0.1611, 5e-5},        {1, 29, 0.0061, 0.1718, 5e-5},
        {10, 10, 0.722, 1, 5e-4},        {92, 100, 0.850, 0.959, 5e-4},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double low, high;
        stats_wilson(known[i].right, known[i].n, STATS_Z95, &low, &high);
        assert_close(low, known[i].low, known[i].digits);
        assert_close(high, known[i].high, known[i].digits);
    }
}

static void quantiles_lie_between_the_sorted_values(void **state)
{
    (void)state;
    double x[] = {4, 1, 3, 2}, one[] = {5};
    stats_sort(4, x);
    for (int i = 0; i < 4; i++)
        assert_close(x[i], i + 1, 0);
    assert_close(stats_quantile(4, x, 0), 1, 0);
    assert_close(stats_quantile(4, x, 0.25), 1.75, 1e-15);
    assert_close(stats_quantile(4, x, 0.5), 2.5, 1e-15);
    assert_close(stats_quantile(4, x, 1), 4, 0);
    assert_close(stats_quantile(1, one, 0.5), 5, 0);
}

static void argmax_takes_the_first_of_equals(void **state)
{
    (void)state;
    double x[] = {-1, 3, 2, 3}, negative[] = {-5, -4};
    assert_int_equal(stats_argmax(4, x), 1);
    assert_int_equal(stats_argmax(1, x), 0);
    assert_int_equal(stats_argmax(2, negative), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_of_small_arrays),
        cmocka_unit_test(deviation_is_that_of_the_distances),
        cmocka_unit_test(empty_and_single_arrays_give_zero),
        cmocka_unit_test(correlation_of_known_pairs),
        cmocka_unit_test(best_scale_leaves_nothing_along_x),
        cmocka_unit_test(error_of_a_proportion),
        cmocka_unit_test(wilson_of_all_and_of_none),
        cmocka_unit_test(wilson_ends_are_z_errors_away),
        cmocka_unit_test(wilson_as_published),
        cmocka_unit_test(quantiles_lie_between_the_sorted_values),
        cmocka_unit_test(argmax_takes_the_first_of_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
