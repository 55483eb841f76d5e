/* Roots of functions with a known answer, and what happens where there is none. */
#include "cm.h"

#include "num/solve.h"

#include <math.h>

static double leak(void *context, double x) /* steep, as a current over a gate voltage */
{
    ++*(int *)context;
    return log(exp(x / 0.04)) - log(exp(1.44 / 0.04));
}

static void finds_the_root_from_afar(void **state)
{
    (void)state;
    struct solve_range range = {0, 2.44, 0.02, 1e-6};
    for (int k = 0; k < 2; k++) {
        int calls = 0;
        double residual,
            x = solve_near(leak, &calls, k ? 1.152 : 1.728, &range, &residual);
        assert_close(x, 1.44, 1e-7);
        assert_close(residual, 0, 1e-6);
        assert_true(calls < 20);
    }
}

static double above(void *context, double x)
{
    (void)context;
    return 1 + x * x;
}

static double blind(void *context, double x)
{
    (void)context;
    return x > 1 ? NAN : x - 3;
}

static void without_a_root_gives_the_nearest(void **state)
{
    (void)state;
    struct solve_range range = {0.5, 9, 0.1, 1e-6};
    double residual;
    assert_close(solve_near(above, NULL, 4, &range, &residual), 0.5, 1e-12);
    assert_close(residual, 1.25, 1e-12);
    double x = solve_near(blind, NULL, 0.6, &range, &residual);
    assert_true(x <= 1 && x > 0.6);
}

static bool coupled(void *context, const double x[], double residual[])
{
    (void)context;
    residual[0] = x[0] * x[0] + x[1] - 3;
    residual[1] = exp(x[1]) - x[0] * exp(2) / 1;
    return isfinite(residual[1]);
}

static void solves_two_equations(void **state)
{
    (void)state;
    double x[2] = {1.3, 1.7}, residual[2];
    assert_true(solve_system(2, x, coupled, NULL, 1e-4, 1e-9, residual));
    assert_close(x[0], 1, 1e-8);
    assert_close(x[1], 2, 1e-8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_root_from_afar),
        cmocka_unit_test(without_a_root_gives_the_nearest),
        cmocka_unit_test(solves_two_equations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
