#include "cm.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

/* Known answers of Philox4x32-10 from the Random123 distribution (kat_vectors). */
static void philox_gives_the_published_answer(void **state)
{
    (void)state;
    uint32_t r[4];
    rng_bits(0, 0, 0, 0, 0, r);
    assert_int_equal(r[0], 0x6627e8d5);
    assert_int_equal(r[1], 0xe169c58d);
    assert_int_equal(r[2], 0xbc57ac4c);
    assert_int_equal(r[3], 0x9b00dbd8);
    rng_bits(0x299f31d0a4093822, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, r);
    assert_int_equal(r[0], 0xd16cfe09);
    assert_int_equal(r[1], 0x94fdcceb);
    assert_int_equal(r[2], 0x5001e420);
    assert_int_equal(r[3], 0x24126ea1);
}

static void moments(double mean[4], double (*draw)(uint32_t i))
{
    enum { N = 200000 };
    for (int k = 0; k < 4; k++)
        mean[k] = 0;
    for (uint32_t i = 0; i < N; i++) {
        double x = draw(i), power = 1;
        for (int k = 0; k < 4; k++)
            mean[k] += (power *= x) / N;
    }
}

static double draw_normal(uint32_t i)
{
    return rng_normal(7, RNG_TEST, i, 0, 0);
}

static double draw_normal4(uint32_t i)
{
    double x[4];
    rng_normal4(7, RNG_TEST, i / 4, 1, 0, x);
    return x[i % 4];
}

static double draw_uniform(uint32_t i)
{
    return rng_uniform(7, RNG_TEST, i, 2, 0);
}

/* Tolerances are five standard errors of each moment of 200,000 draws. */
static void moments_are_those_of_the_distribution(void **state)
{
    (void)state;
    double m[4], e = 5 / sqrt(200000.);
    moments(m, draw_normal);
    assert_close(m[0], 0, e);
    assert_close(m[1], 1, e * sqrt(2));
    assert_close(m[2], 0, e * sqrt(15));
    assert_close(m[3], 3, e * sqrt(96));
    moments(m, draw_normal4);
    assert_close(m[0], 0, e);
    assert_close(m[1], 1, e * sqrt(2));
    assert_close(m[3], 3, e * sqrt(96));
    moments(m, draw_uniform);
    assert_close(m[0], 1 / 2., e * sqrt(1 / 12.));
    assert_close(m[1], 1 / 3., e * sqrt(4 / 45.));
}

static void permutation_holds_each_once(void **state)
{
    (void)state;
    enum { N = 1000 };
    uint32_t p[N], q[N];
    char seen[N] = {0};
    rng_permute(3, RNG_TEST, 0, N, p);
    for (int i = 0; i < N; i++) {
        assert_true(p[i] < N && !seen[p[i]]);
        seen[p[i]] = 1;
    }
    rng_permute(3, RNG_TEST, 0, N, q);
    assert_memory_equal(p, q, sizeof p);
    rng_permute(4, RNG_TEST, 0, N, q);
    assert_memory_not_equal(p, q, sizeof p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answer),
        cmocka_unit_test(moments_are_those_of_the_distribution),
        cmocka_unit_test(permutation_holds_each_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
