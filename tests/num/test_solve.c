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

/* ---- bent functions, and what was tried on the way ---- */

struct trial {
    double (*f)(double x);
    int calls, nans;
    double start, furthest; /* |x - start| */
    double inverse;         /* the largest 1/|f| */
};

static double tried(void *context, double x)
{
    struct trial *t = context;
    double y = t->f(x);
    t->calls++;
    t->nans += isnan(y);
    t->furthest = fmax(t->furthest, fabs(x - t->start));
    t->inverse = fmax(t->inverse, 1 / fabs(y));
    return y;
}

static double rising(double x)
{
    return exp(x) - exp(2);
}

static double falling(double x)
{
    return exp(-x) - exp(-2);
}

static double flattens(double x) /* to both sides */
{
    return atan(8 * (x - 2));
}

static double straight(double x)
{
    return x - 2;
}

static double jumps(double x) /* two sides that are far from equal, and no root */
{
    return x < 2 ? x - 3 : x + 300;
}

static double even(double x)
{
    return 2 + (x > 3 || x < 1 ? fabs(x - 2) : 0);
}

static double hole(double x)
{
    return fabs(x - 2) < 0.3 ? NAN : exp(x) - exp(2);
}

/* From both sides and from far and near: exact where the function says that it is, and
 * superlinear: plain regula falsi, which keeps one end, takes more than 22 evaluations.
 * Its steps grow, but it looks no further than twice as far as the root is. */
static void bent_functions_take_few_evaluations(void **state)
{
    (void)state;
    static double (*const bent[])(double) = {rising, falling, flattens};
    for (size_t k = 0; k < sizeof bent / sizeof bent[0]; k++)
        for (double start = -2; start <= 6; start += 0.37) {
            struct solve_range range = {-3, 7, 0.05, 1e-12};
            struct trial t = {.f = bent[k], .start = start};
            double residual, x = solve_near(tried, &t, start, &range, &residual);
            assert_close(x, 2, 1e-10);
            assert_close(residual, bent[k](x), 0);
            assert_close(residual, 0, 1e-12);
            assert_true(t.calls <= 22);
            assert_true(t.furthest <= 2 * fabs(2 - start) + 0.05);
        }
}

static void ends_where_it_is_accurate_enough(void **state)
{
    (void)state;
    struct solve_range range = {-3, 7, 0.5, 0.01};
    struct trial t = {.f = straight, .start = 2.009};
    double residual, x = solve_near(tried, &t, 2.009, &range, &residual);
    assert_int_equal(t.calls, 1);
    assert_close(x, 2.009, 0);
    assert_close(residual, 0.009, 1e-12);
    t = (struct trial){.f = straight, .start = 1.8};
    x = solve_near(tried, &t, 1.8, &range, NULL);
    assert_close(x, 2, 1e-12);
    assert_int_equal(t.calls, 3); /* the start, one beyond, the chord between */
    t = (struct trial){.f = straight, .start = 1.5};
    x = solve_near(tried, &t, 1.5, &range, NULL);
    assert_close(x, 2, 0);
    assert_int_equal(t.calls, 2); /* the first step is the root */
}

/* A jump is narrowed down for some 60 steps; the point before it is the better one. */
static void a_jump_ends_the_search(void **state)
{
    (void)state;
    for (double start = 0; start < 5; start += 0.37) {
        struct solve_range range = {-3, 7, 0.05, 1e-6};
        struct trial t = {.f = jumps, .start = start};
        double residual, x = solve_near(tried, &t, start, &range, &residual);
        assert_close(x, 2, 1e-4);
        assert_true(x < 2 && residual == x - 3);
        assert_true(t.calls <= 75);
    }
}

/* One look to each side of a minimum that is not a root, or of a plateau. */
static void a_minimum_is_left_alone(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side++) {
        struct solve_range range = {-3, 7, 0.2, 1e-6};
        struct trial t = {.f = even, .start = 2 + 0.8 * side};
        double residual, x = solve_near(tried, &t, t.start, &range, &residual);
        assert_close(x, 2 + 0.8 * side, 0);
        assert_close(residual, 2, 0);
        assert_int_equal(t.calls, 3);
    }
}

/* Nothing is tried beyond the first point that cannot be told. */
static void a_hole_ends_the_search(void **state)
{
    (void)state;
    for (double start = -2; start <= 6; start += 0.37) {
        struct solve_range range = {-3, 7, 0.05, 1e-6};
        struct trial t = {.f = hole, .start = start};
        double residual, x = solve_near(tried, &t, start, &range, &residual);
        bool inside = isnan(hole(start)) != 0;
        assert_int_equal(t.nans, 1);
        assert_true((isnan(residual) != 0) == inside);
        if (inside)
            assert_close(x, start, 0);
        else
            assert_close(fabs(residual) * t.inverse, 1, 1e-15);
        assert_true(inside || residual == hole(x));
    }
    struct solve_range range = {-3, 7, 0.5, 1e-6};
    struct trial t = {.f = hole, .start = 0.9}; /* 1.4 is better, 2.2 is in the hole */
    assert_close(solve_near(tried, &t, 0.9, &range, NULL), 1.4, 1e-12);
}

/* Roots at the bounds are found, and nothing beyond them is tried. */
static void stays_within_its_bounds(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        struct solve_range range = {side ? 2 : -3, side ? 7 : 2, 0.3, 1e-9};
        struct trial t = {.f = straight, .start = 2};
        double far = side ? 7 : -3;
        assert_close(solve_near(tried, &t, far, &range, NULL), 2, 1e-9);
        assert_true(t.furthest <= 5);
        t = (struct trial){.f = straight, .start = 2};
        assert_close(solve_near(tried, &t, far + (side ? 3 : -3), &range, NULL), 2, 1e-9);
        assert_true(t.furthest <= 5); /* a start outside is brought inside */
    }
}

/* ---- systems ---- */

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

/* Eight equations, each with all unknowns: x_i^3 + 4 x_i + sum_j x_j = what x_j = j + 1
 * gives. */
static bool dense(void *context, const double x[], double residual[])
{
    (void)context;
    double sum = 0;
    for (int j = 0; j < SOLVE_MAX; j++)
        sum += x[j];
    for (int i = 0; i < SOLVE_MAX; i++) {
        double root = i + 1;
        residual[i] = x[i] * x[i] * x[i] + 4 * x[i] + sum -
                      (root * root * root + 4 * root + SOLVE_MAX * (SOLVE_MAX + 1) / 2.);
    }
    return true;
}

static void solves_as_many_as_it_may(void **state)
{
    (void)state;
    double x[SOLVE_MAX], residual[SOLVE_MAX];
    for (int i = 0; i < SOLVE_MAX; i++)
        x[i] = 3;
    assert_true(solve_system(SOLVE_MAX, x, dense, NULL, 1e-6, 1e-10, residual));
    for (int i = 0; i < SOLVE_MAX; i++) {
        assert_close(x[i], i + 1, 1e-8);
        assert_close(residual[i], 0, 1e-6);
    }
}

/* Remembers where it was asked; no x makes it zero. */
struct seen {
    int calls, end; /* false from this call on; 0: never */
    double x[3][2]; /* the first three */
    double smallest, at[2];
};

static bool rootless(void *context, const double x[], double residual[])
{
    struct seen *s = context;
    if (s->calls < 3)
        s->x[s->calls][0] = x[0], s->x[s->calls][1] = x[1];
    if (++s->calls == s->end)
        return false;
    residual[0] = x[0] * x[0] + 1;
    residual[1] = x[0] - x[1];
    double size = hypot(residual[0], residual[1]);
    if (size < s->smallest) {
        s->smallest = size;
        s->at[0] = x[0], s->at[1] = x[1];
    }
    return true;
}

/* Without a solution, and where it cannot be evaluated any more: the best point that was
 * seen, with its residual. The first differences have the step asked for. */
static void keeps_the_best_point_without_a_solution(void **state)
{
    (void)state;
    for (int end = 0; end <= 6; end += 3) {
        struct seen s = {.smallest = INFINITY, .end = end};
        double x[2] = {2, -3}, residual[2];
        assert_false(solve_system(2, x, rootless, &s, 1e-3, 1e-9, residual));
        assert_close(x[0], s.at[0], 0);
        assert_close(x[1], s.at[1], 0);
        assert_close(residual[0], x[0] * x[0] + 1, 0);
        assert_close(residual[1], x[0] - x[1], 0);
        assert_close(s.x[1][0], 2 * (1 + 1e-3), 1e-12);
        assert_close(s.x[1][1], -3, 0);
        assert_close(s.x[2][0], 2, 0);
        assert_close(fabs(s.x[2][1] / -3 - 1), 1e-3, 1e-12);
        assert_true(end == 0 || s.calls == end);
    }
    /* The first difference is the best point, and then it ends. */
    struct seen s = {.smallest = INFINITY, .end = 3};
    double x[2] = {-2, 3}, residual[2];
    assert_false(solve_system(2, x, rootless, &s, 1e-3, 1e-9, residual));
    assert_close(x[0], -2 * (1 - 1e-3), 1e-12);
    assert_close(residual[0], x[0] * x[0] + 1, 0);
    /* Not even the start can be evaluated. */
    s = (struct seen){.smallest = INFINITY, .end = 1};
    x[0] = 2, x[1] = -3;
    assert_false(solve_system(2, x, rootless, &s, 1e-3, 1e-9, residual));
    assert_close(x[0], 2, 0);
    assert_close(x[1], -3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_root_from_afar),
        cmocka_unit_test(without_a_root_gives_the_nearest),
        cmocka_unit_test(bent_functions_take_few_evaluations),
        cmocka_unit_test(ends_where_it_is_accurate_enough),
        cmocka_unit_test(a_jump_ends_the_search),
        cmocka_unit_test(a_minimum_is_left_alone),
        cmocka_unit_test(a_hole_ends_the_search),
        cmocka_unit_test(stays_within_its_bounds),
        cmocka_unit_test(solves_two_equations),
        cmocka_unit_test(solves_as_many_as_it_may),
        cmocka_unit_test(keeps_the_best_point_without_a_solution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
