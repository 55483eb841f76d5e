/* Read noise: moments, correlation and what a draw depends on. */
#include "cm.h"

#include "xbar/noise.h"

#include <math.h>
#include <string.h>

#define PULSE_S 1.05333e-3

enum { CELLS = 40000, PIECES_MAX = 16 };

/* Mean of a spike by the lengths of its pieces. */
static double mean_of(const struct noise *n, size_t pieces, const double d[pieces])
{
    double sum = 0, start_s = 0;
    for (size_t k = 0; k < pieces; k++) {
        double end_s = noise_piece_end_s(n, 0, PULSE_S, k);
        sum += d[k] * (end_s - start_s);
        start_s = end_s;
    }
    assert_close(start_s, PULSE_S, 1e-15);
    return sum / PULSE_S;
}

/* Mean, variance of a spike's mean over sigma^2, correlation of two spikes of a cell. */
static void measure(const struct noise *n, double apart_s, double *mean, double *rho,
                    double *correlation)
{
    size_t pieces = noise_pieces(n, PULSE_S);
    double d[2][PIECES_MAX], sum = 0, square = 0, product = 0;
    assert_true(pieces <= PIECES_MAX);
    for (uint32_t cell = 0; cell < CELLS; cell++) {
        noise_draw(n, 7, cell, 2, (double[]){0.01, 0.01 + apart_s}, PULSE_S, pieces,
                   (double(*)[pieces])d);
        double a = mean_of(n, pieces, &d[0][0]),
               b = mean_of(n, pieces, &d[0][0] + pieces);
        sum += a + b;
        square += a * a + b * b;
        product += a * b;
    }
    *mean = sum / (2 * CELLS) / n->sigma;
    *rho = square / (2 * CELLS) / (n->sigma * n->sigma);
    *correlation = 2 * product / square;
}

static const double few = 5 / 282.8; /* five errors of a mean of 80,000 */

static void white_noise_has_its_moments(void **state)
{
    (void)state;
    static const struct {
        double step_s, rho;
    } with[] = {{0, 1}, {1e-3, 0.9039}, {0.5e-3, 0.4533}, {1e-4, 0.09268}};
    for (size_t i = 0; i < 4; i++) {
        struct noise n = {.sigma = 0.07, .step_s = with[i].step_s, .seed = 3};
        double mean, rho, correlation;
        measure(&n, 5e-3, &mean, &rho, &correlation);
        assert_close(noise_rho(&n, PULSE_S), with[i].rho, 2e-4 * with[i].rho);
        assert_close(mean, 0, few * sqrt(with[i].rho));
        assert_close(rho / with[i].rho, 1, few * sqrt(2));
        assert_close(correlation, 0, few * sqrt(2));
    }
}

/* Two levels at any instant; slow ones are one for all spikes, fast ones average out. */
static void telegraph_noise_has_its_moments(void **state)
{
    (void)state;
    static const struct {
        double up_Hz, down_Hz, apart_s;
    } with[] = {{1, 1, 5e-3},        {100, 100, 5e-3},     {30, 90, 10e-3},
                {500, 1500, 1.2e-3}, {20000, 20000, 5e-3}, {3000, 500, 2e-3}};
    for (size_t i = 0; i < 6; i++) {
        struct noise n = {.sigma = 0.07,
                          .kind = NOISE_TELEGRAPH,
                          .step_s = 0.2e-3,
                          .up_Hz = with[i].up_Hz,
                          .down_Hz = with[i].down_Hz,
                          .seed = 4};
        double sum_Hz = n.up_Hz + n.down_Hz, x = PULSE_S * sum_Hz;
        double expected = 2 * (x - 1 + exp(-x)) / (x * x);
        /* Of two pulses: the mean over both of e^(-|t-t'| rate). */
        double overlap = pow((1 - exp(-x)) / x, 2) * exp(x) *
                         exp(-with[i].apart_s * sum_Hz) / expected;
        double mean, rho, correlation;
        measure(&n, with[i].apart_s, &mean, &rho, &correlation);
        /* One side of an uneven pair of levels is rare: its square is counted by few. */
        double rare = fmin(n.up_Hz, n.down_Hz) / sum_Hz;
        assert_close(noise_rho(&n, PULSE_S), expected, 1e-9);
        assert_close(mean, 0, few * sqrt(2 * expected));
        assert_close(rho / expected, 1, few * sqrt(3 / rare));
        assert_close(correlation, overlap, few * sqrt(3 / rare));
    }
}

/* The levels themselves: a slow one does not jump within a pulse. */
static void slow_telegraph_noise_has_two_levels(void **state)
{
    (void)state;
    struct noise n = {
        .sigma = 0.1, .kind = NOISE_TELEGRAPH, .up_Hz = 0.01, .down_Hz = 0.03};
    size_t up = 0, jumped = 0;
    for (uint32_t cell = 0; cell < 4000; cell++) {
        double d;
        noise_draw(&n, 0, cell, 1, (double[]){0}, PULSE_S, 1, (double(*)[1]) & d);
        if (fabs(d - 0.1 * sqrt(3)) < 1e-12)
            up++;
        else if (fabs(d + 0.1 / sqrt(3)) > 1e-12)
            jumped++;
    }
    assert_close((double)up / 4000, 0.25, 5 * sqrt(0.25 * 0.75 / 4000));
    assert_true(jumped < 10);
}

/* More spikes, another order of cells: the same draws; another image or trial: others. */
static void draws_depend_on_what_they_are_for(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct noise n = {.sigma = 0.07,
                          .kind = (enum noise_kind)kind,
                          .step_s = 3e-4,
                          .up_Hz = 2000,
                          .down_Hz = 2000,
                          .seed = 5};
        double one[1][4], two[2][4], other[1][4];
        const double time_s[] = {0.02, 0.03};
        noise_draw(&n, 1, 9, 2, time_s, PULSE_S, 4, two);
        noise_draw(&n, 1, 9, 1, time_s, PULSE_S, 4, one);
        assert_memory_equal(one[0], two[0], sizeof one[0]);
        noise_draw(&n, 2, 9, 1, time_s, PULSE_S, 4, other);
        assert_true(memcmp(one, other, sizeof one) != 0);
        noise_draw(&n, 1, 10, 1, time_s, PULSE_S, 4, other);
        assert_true(memcmp(one, other, sizeof one) != 0);
        n.trial = 1;
        noise_draw(&n, 1, 9, 1, time_s, PULSE_S, 4, other);
        assert_true(memcmp(one, other, sizeof one) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_noise_has_its_moments),
        cmocka_unit_test(telegraph_noise_has_its_moments),
        cmocka_unit_test(slow_telegraph_noise_has_two_levels),
        cmocka_unit_test(draws_depend_on_what_they_are_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
