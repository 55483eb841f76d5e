/* Values between points, areas, tops; and levels. */
#include "cm.h"

#include "base/rng.h"
#include "num/line.h"
#include "num/quantise.h"

#include <math.h>

/* Uneven steps, as a simulator takes them. */
static void uneven(size_t n, double t[n])
{
    t[0] = 0;
    for (size_t i = 1; i < n; i++)
        t[i] = t[i - 1] + 1e-6 + 3e-4 * rng_uniform(1, RNG_TEST, (uint32_t)i, 0, 0);
}

/* A straight line comes back exactly, a curve as its chord, ends are held. */
static void values_between_points_lie_on_the_chord(void **state)
{
    (void)state;
    enum { N = 500 };
    static double t[N], line[N], curve[N];
    uneven(N, t);
    for (int i = 0; i < N; i++) {
        line[i] = 3 - 7 * t[i];
        curve[i] = sin(100 * t[i]);
    }
    for (int i = 0; i < N; i++)
        assert_close(line_at(N, t, curve, t[i]), curve[i], 0);
    for (int k = 0; k < 5000; k++) {
        double at = t[N - 1] * rng_uniform(2, RNG_TEST, (uint32_t)k, 0, 0);
        int i = 1;
        while (t[i] <= at)
            i++;
        double chord = curve[i - 1] +
                       (curve[i] - curve[i - 1]) / (t[i] - t[i - 1]) * (at - t[i - 1]);
        assert_close(line_at(N, t, line, at), 3 - 7 * at, 1e-14);
        assert_close(line_at(N, t, curve, at), chord, 1e-13);
    }
    assert_close(line_at(N, t, line, -1), line[0], 0);
    assert_close(line_at(N, t, line, 1e9), line[N - 1], 0);
    assert_close(line_at(1, t, line, 0.5), line[0], 0);
}

/* A simulator repeats a time at a breakpoint: the later value counts from there on. */
static void a_jump_takes_the_later_value(void **state)
{
    (void)state;
    static const double t[] = {0, 1, 1, 2}, v[] = {0, 0, 5, 5};
    assert_close(line_at(4, t, v, 0.999), 0, 0);
    assert_close(line_at(4, t, v, 1), 5, 0);
    assert_close(line_at(4, t, v, 1.5), 5, 0);
}

/* Beyond the ends the outermost pieces go on; a line is a line everywhere. */
static void lines_go_on_beyond_their_ends(void **state)
{
    (void)state;
    static const double x[] = {0, 1, 3}, y[] = {1, 3, 3.5};
    assert_close(line_beyond(3, x, y, -1), -1, 1e-15);
    assert_close(line_beyond(3, x, y, 0.25), 1.5, 1e-15);
    assert_close(line_beyond(3, x, y, 1), 3, 0);
    assert_close(line_beyond(3, x, y, 5), 4, 1e-15);
    assert_close(line_beyond(2, x, y, 10), 21, 1e-14);
}

/* Straight lines are integrated exactly on any points, sin to second order. */
static void areas_are_those_of_trapezoids(void **state)
{
    (void)state;
    enum { N = 500 };
    static double t[N], line[N], wave[N], two[N];
    uneven(N, t);
    double end = t[N - 1];
    for (int i = 0; i < N; i++) {
        line[i] = 3 - 7 * t[i];
        wave[i] = sin(100 * t[i]);
        two[i] = 2;
    }
    assert_close(line_integral(N, t, line, 0), 3 * end - 3.5 * end * end, 1e-13);
    assert_close(line_integral(N, t, line, 1), 2 * end - 3.5 * end * end, 1e-13);
    assert_close(line_integral(N, t, wave, 0), (1 - cos(100 * end)) / 100, 1e-5);
    assert_close(line_product_integral(N, t, line, two), 6 * end - 7 * end * end, 1e-13);
    assert_close(line_product_integral(N, t, wave, wave),
                 end / 2 - sin(200 * end) / 400, 1e-5);
    assert_close(line_integral(1, t, line, 0), 0, 0);
}

static double hump(const void *context, double x)
{
    double d = x - *(const double *)context;
    return 2 - d * d;
}

static void tops_are_found(void **state)
{
    (void)state;
    static const double at[] = {0.1, 3, 9.9, -1, 11};
    for (int k = 0; k < 5; k++)
        assert_close(line_top(hump, &at[k], 0, 10, 80), fmin(fmax(at[k], 0), 10), 1e-7);
    /* 0.618^n of the interval is left */
    assert_close(line_top(hump, &at[1], 0, 10, 10), 3, 10 * pow(0.619, 10));
}

static void levels_are_the_nearest_ones(void **state)
{
    (void)state;
    static const double x[] = {0, 0.16, 0.17, 0.5, 0.84, 1},
                        expected[] = {0, 0, 1 / 3., 2 / 3., 1, 1};
    for (int i = 0; i < 6; i++)
        assert_close(quantise(x[i], 2), expected[i], 1e-15);
    assert_close(quantise(0.49, 1), 0, 0);
    assert_close(quantise(0.5, 1), 1, 0);
    assert_close(quantise(0.3, 2), 1 / 3., 1e-15);
    assert_close(quantise(0.123456, 0), 0.123456, 0);
    for (int bits = 1; bits < 8; bits++)
        for (double w = 0; w <= 1; w += 1 / 128.)
            assert_true(fabs(quantise(w, bits) - w) <=
                        0.5 / (ldexp(1, bits) - 1) + 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_between_points_lie_on_the_chord),
        cmocka_unit_test(a_jump_takes_the_later_value),
        cmocka_unit_test(lines_go_on_beyond_their_ends),
        cmocka_unit_test(areas_are_those_of_trapezoids),
        cmocka_unit_test(tops_are_found),
        cmocka_unit_test(levels_are_the_nearest_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
