#include "cm.h"

#include "snn/kernel.h"
#include "snn/stepped.h"

#include <math.h>
#include <string.h>

static struct kernel usual(const char *name)
{
    struct kernel k;
    struct err e = {0};
    assert_int_equal(kernel_init(&k, name, 100, &e), 0);
    assert_string_equal(kernel_name(&k), name);
    return k;
}

/* Coefficients and time of the peak as measured with the circuit (circuit.md). */
static void circuit_has_the_published_coefficients(void **state)
{
    (void)state;
    struct kernel k = usual("circuit");
    struct steps s = steps_of(&k);
    assert_close(s.gain_q, 1.63476, 1e-5);
    assert_close(s.gain_p, 2.09835, 1e-5);
    assert_int_equal(s.taps, 2);
    assert_close(s.tap[0], 0.46359, 1e-5);
    assert_close(s.tap[1], 0.00193, 1e-5);
    assert_close(k.peak_s, 5.226e-3, 5e-7);
}

static void circuit_recursion_gives_the_closed_form(void **state)
{
    (void)state;
    struct kernel k = usual("circuit");
    struct err e = {0};
    for (int round = 0; round < 2; round++) {
        struct steps s = steps_of(&k);
        double p = 1, q = 1;
        assert_int_equal(s.taps, round ? 7 : 2);
        for (int n = 0; n < k.window_ms; n++, p *= s.a, q *= s.b) {
            double v = s.gain_q * q - s.gain_p * p + (n < s.taps ? s.tap[n] : 0);
            assert_close(k.response[n], v, 1e-14);
            assert_close(kernel_at(&k, 1e-3 * n), v, 1e-13);
        }
        k.width_s = 5.2e-3, k.delay_s = 0.9e-3, k.tau_syn_s = 20e-3;
        assert_int_equal(kernel_compute(&k, &e), 0);
    }
}

/* Fourth-order Runge-Kutta of the model's equations, in ms. The time steps meet the
 * edges of the pulse. x[0], x[1]: synaptic states, x[2]: membrane. */
static void slope(const struct kernel *k, int on, const double x[3], double dx[3])
{
    double current = x[0] - x[1];
    if (k->model == KERNEL_CIRCUIT) {
        dx[0] = (on - x[0]) / (1e3 * k->tau_syn_s);
        dx[1] = 0;
    } else {
        dx[0] = -x[0] / (1e3 * k->tau_fall_s);
        dx[1] = -x[1] / (1e3 * k->tau_rise_s);
    }
    dx[2] = (current - x[2]) / (1e3 * k->tau_mem_s);
}

static void runge_kutta(const struct kernel *k, int on, double h, double x[3])
{
    static const double part[] = {0, 0.5, 0.5, 1}, weight[] = {1, 2, 2, 1};
    double d[3] = {0}, sum[3] = {0}, y[3];
    for (int s = 0; s < 4; s++) {
        for (int i = 0; i < 3; i++)
            y[i] = x[i] + h * part[s] * d[i];
        slope(k, on, y, d);
        for (int i = 0; i < 3; i++)
            sum[i] += weight[s] * d[i];
    }
    for (int i = 0; i < 3; i++)
        x[i] += h * sum[i] / 6;
}

static void response_solves_the_differential_equations(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++) {
        struct kernel k = usual(m ? "circuit" : "double-exponential");
        k.delay_s = 0.02e-3, k.width_s = 1.06e-3; /* multiples of the step */
        struct err e = {0};
        assert_int_equal(kernel_compute(&k, &e), 0);
        double x[3] = {!m, !m, 0}, v[5001], peak = 0;
        for (int n = 0; n <= 5000; n++) {
            v[n] = x[2];
            peak = fmax(peak, v[n]);
            runge_kutta(&k, n >= 2 && n < 108, 0.01, x);
        }
        for (int n = 0; n <= 5000; n += 7)
            assert_close(kernel_at(&k, 1e-5 * n), v[n] / peak, 1e-6);
        assert_close(kernel_at(&k, -1e-3), 0, 0);
    }
}

/* v[n] = (1-b) [(b^n - a^n)/(b-a) - (b^n - c^n)/(b-c)], the sum of the recursion. */
static void double_exponential_has_its_closed_form(void **state)
{
    (void)state;
    struct kernel k = usual("double-exponential");
    double a = exp(-1 / 2.), b = exp(-1 / 15.), c = exp(-1 / 0.5), peak = 0;
    for (int n = 0; n < 100; n++) {
        double v = (1 - b) * ((pow(b, n) - pow(a, n)) / (b - a) -
                              (pow(b, n) - pow(c, n)) / (b - c));
        assert_close(k.response[n], v / k.peak, 1e-13);
        peak = fmax(peak, k.response[n]);
    }
    assert_close(peak, 1, 0);
    assert_close(k.peak_s, 6e-3, 1e-15);
    assert_close(k.response[6], 1, 0);
    assert_close(k.response[0], 0, 0);
}

static void peak_does_not_depend_on_the_window(void **state)
{
    (void)state;
    struct kernel wide = usual("double-exponential"), narrow;
    struct err e = {0};
    assert_int_equal(kernel_init(&narrow, "double-exponential", 3, &e), 0);
    assert_close(narrow.peak, wide.peak, 0);
    assert_close(narrow.response[2], wide.response[2], 0);
}

/* circuit.md, Figure 7: spikes at 10, 110, 115 and 120 ms, both waveforms divided by
 * their peak: the circuit and the double exponential differ by 2.57 %. */
static void models_differ_as_the_circuit_was_measured_to(void **state)
{
    (void)state;
    static const double spikes[] = {10, 110, 115, 120};
    struct kernel k[2] = {usual("circuit"), usual("double-exponential")};
    double v[2][1600], peak[2] = {0}, most = 0;
    for (int m = 0; m < 2; m++)
        for (int n = 0; n < 1600; n++) {
            v[m][n] = 0;
            for (int s = 0; s < 4; s++)
                v[m][n] += kernel_at(&k[m], 1e-3 * (0.1 * n - spikes[s]));
            peak[m] = fmax(peak[m], v[m][n]);
        }
    for (int n = 0; n < 1600; n++)
        most = fmax(most, fabs(v[0][n] / peak[0] - v[1][n] / peak[1]));
    assert_close(most, 0.0257, 4e-4);
}

static void constants_out_of_range_are_refused(void **state)
{
    (void)state;
    struct kernel k, circuit = usual("circuit"), paper = usual("double-exponential");
    struct err e = {0};
    assert_int_equal(kernel_init(&k, "box", 100, &e), -1);
    assert_string_equal(e.text, "unknown neuron model 'box'");
    assert_int_equal(kernel_init(&k, "circuit", 1025, &e), -1);
    assert_string_equal(e.text, "expected a window of 1 to 1024 ms, found 1025");
    k = circuit, k.tau_mem_s = k.tau_syn_s;
    assert_int_equal(kernel_compute(&k, &e), -1);
    assert_non_null(strstr(e.text, "expected tau_mem to differ"));
    k = circuit, k.width_s = 9e-3;
    assert_int_equal(kernel_compute(&k, &e), -1);
    assert_non_null(strstr(e.text, "a pulse that ends within 8 ms"));
    k = paper, k.tau_rise_s = 3e-3;
    assert_int_equal(kernel_compute(&k, &e), -1);
    assert_non_null(strstr(e.text, "expected tau_rise < tau_fall"));
    k = paper, k.tau_fall_s = NAN;
    assert_int_equal(kernel_compute(&k, &e), -1);
    assert_non_null(strstr(e.text, "expected time constants of 10 us to 1 s"));
    assert_int_equal(e.code, ERR_USAGE);
}

static int changed(const struct kernel *from, double tau_s, double tau_mem_s)
{
    struct kernel k = *from;
    struct err e = {0};
    k.tau_syn_s = k.tau_fall_s = tau_s;
    k.tau_mem_s = tau_mem_s;
    return kernel_compute(&k, &e);
}

/* 10 us to 1 s, and apart by 1e-6 of the larger one; a pulse of up to 8 ms. */
static void constants_are_good_up_to_their_bounds(void **state)
{
    (void)state;
    struct kernel circuit = usual("circuit"), paper = usual("double-exponential"), k;
    struct err e = {0};
    assert_int_equal(changed(&circuit, 1e-5, 15e-3), 0);
    assert_int_equal(changed(&circuit, 0.99e-5, 15e-3), -1);
    assert_int_equal(changed(&circuit, 2e-3, 1), 0);
    assert_int_equal(changed(&circuit, 2e-3, 1.01), -1);
    assert_int_equal(changed(&circuit, 2e-3, 2e-3 * (1 - 1.5e-6)), 0);
    assert_int_equal(changed(&circuit, 2e-3, 2e-3 * (1 + 0.5e-6)), -1);
    assert_int_equal(changed(&paper, 2e-3, 0.5e-3), -1); /* tau_rise */
    assert_int_equal(changed(&paper, 0.5e-3, 15e-3), -1);
    k = circuit, k.delay_s = 1e-3, k.width_s = 7e-3;
    assert_int_equal(kernel_compute(&k, &e), 0);
    k = circuit, k.delay_s = 0;
    assert_int_equal(kernel_compute(&k, &e), 0);
    k = circuit, k.delay_s = -1e-6;
    assert_int_equal(kernel_compute(&k, &e), -1);
    k = circuit, k.width_s = 0;
    assert_int_equal(kernel_compute(&k, &e), -1);
    assert_int_equal(kernel_init(&k, "circuit", 1024, &e), 0);
    assert_int_equal(kernel_init(&k, "circuit", 1, &e), 0);
    assert_int_equal(kernel_init(&k, "circuit", 0, &e), -1);
}

/* 3 V with a threshold of 0.7 V, ramps of 0.1 ms around 0.9 ms. */
static void the_pulse_is_that_above_the_threshold(void **state)
{
    (void)state;
    struct kernel k = usual("circuit");
    double first = NAN, last = NAN;
    for (int n = 0; n < 1100000; n++) { /* ns */
        double t = 1e-9 * (n + 0.5);
        double gate = 3 * fmin(1, fmin(t / 0.1e-3, (1.1e-3 - t) / 0.1e-3));
        if (gate > 0.7)
            first = isnan(first) ? t : first, last = t;
    }
    assert_close(k.delay_s, first, 1e-9);
    assert_close(k.width_s, last - first, 2e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circuit_has_the_published_coefficients),
        cmocka_unit_test(circuit_recursion_gives_the_closed_form),
        cmocka_unit_test(response_solves_the_differential_equations),
        cmocka_unit_test(double_exponential_has_its_closed_form),
        cmocka_unit_test(peak_does_not_depend_on_the_window),
        cmocka_unit_test(models_differ_as_the_circuit_was_measured_to),
        cmocka_unit_test(constants_out_of_range_are_refused),
        cmocka_unit_test(constants_are_good_up_to_their_bounds),
        cmocka_unit_test(the_pulse_is_that_above_the_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
