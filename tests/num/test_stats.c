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
        cmocka_unit_test(quantiles_lie_between_the_sorted_values),
        cmocka_unit_test(argmax_takes_the_first_of_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
