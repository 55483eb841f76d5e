#include "cm.h"

#include "data/dataset.h"
#include "snn/coding.h"

#include <math.h>
#include <string.h>

static struct coding usual(const char *name)
{
    struct coding c;
    struct err e = {0};
    assert_int_equal(coding_init(&c, name, &e), 0);
    assert_int_equal(coding_check(&c, &e), 0);
    return c;
}

/* The table of the design: 20 ms ln(p / (p - 4.8)), integer part. */
static void levels_fire_at_the_times_of_the_paper(void **state)
{
    (void)state;
    static const int ms[] = {-1, -1, -1, -1, -1, 64, 32, 23, 18,
                             15, 13, 11, 10, 9,  8,  7,  7};
    struct coding c = usual("latency");
    for (int level = 0; level <= 16; level++)
        assert_int_equal(coding_latency(&c, c.x_thr, level / 16.), ms[level]);
}

static void latency_inverts_to_the_intensity(void **state)
{
    (void)state;
    struct coding c = usual("latency");
    c.t_max_s = 1e-3 * 1e4; /* so fine that the integer part does not matter */
    c.window_ms = 1000000;
    for (int k = 1; k < 100; k++) {
        double x = 0.3 + 0.007 * k, ratio = exp(coding_latency(&c, 0.3, x) / 1e4);
        assert_close(0.3 * ratio / (ratio - 1), x, 2e-3);
    }
}

static void steps_and_window_bound_the_times(void **state)
{
    (void)state;
    struct coding c = usual("latency");
    c.step_ms = 5;
    assert_int_equal(coding_latency(&c, 0.3, 8 / 16.), 15);
    c.step_ms = 1;
    c.window_ms = 65;
    assert_int_equal(coding_latency(&c, 0.3, 5 / 16.), 64);
    c.window_ms = 64;
    assert_int_equal(coding_latency(&c, 0.3, 5 / 16.), -1);
    assert_int_equal(coding_latency(&c, 0.3, 0.3), -1);
}

static void image_fires_input_by_input(void **state)
{
    (void)state;
    struct coding c = usual("latency");
    struct raster r;
    const uint8_t levels[4] = {16, 0, 5, 4};
    raster_init(&r, 4, 100);
    raster_add(&r, 1, 50);
    coding_image(&c, 4, 16, levels, &r);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.time_ms[r.first[0]], 7);
    assert_int_equal(r.time_ms[r.first[2]], 64);
    assert_int_equal(r.number[1] + r.number[3], 0);
    c.t_max_s = 1e-3; /* ln(1 / 0.7) = 0.36 ms: at once */
    coding_image(&c, 4, 16, levels, &r);
    assert_int_equal(r.number[0], 1);
    assert_int_equal(r.time_ms[r.first[0]], 0);
    raster_finish(&r);
}

static void variants_double_the_inputs(void **state)
{
    (void)state;
    struct coding two = usual("latency2"), both = usual("complement");
    struct raster r;
    const uint8_t levels[2] = {16, 4};
    assert_int_equal(coding_inputs(&two, 2), 4);
    raster_init(&r, 4, 100);
    coding_image(&two, 2, 16, levels, &r);
    assert_int_equal(r.count, 3);
    assert_int_equal(r.time_ms[r.first[0]], 7);
    assert_int_equal(r.time_ms[r.first[2]], 2);  /* 20 ln(1 / 0.9) = 2.1 */
    assert_int_equal(r.time_ms[r.first[3]], 10); /* 20 ln(0.25 / 0.15) = 10.2 */
    coding_image(&both, 2, 16, levels, &r);
    assert_int_equal(r.count, 3);
    assert_int_equal(r.time_ms[r.first[0]], 2);
    assert_int_equal(r.time_ms[r.first[1]], 10);
    assert_int_equal(r.number[2], 0);
    assert_int_equal(r.time_ms[r.first[3]], 2); /* 20 ln(0.75 / 0.65) = 2.9 */
    raster_finish(&r);
}

/* Paper 1: fewer than 40 % of the inputs fire. 39.2 % of those of the shipped file have
 * level 5 or more. */
static void two_fifths_of_the_inputs_fire(void **state)
{
    (void)state;
    struct dataset d;
    struct err e = {0};
    struct coding c = usual("latency");
    struct raster r;
    size_t spikes = 0;
    assert_int_equal(dataset_read(SPIKEBAR_SOURCE_ROOT "/datasets/digits.csv.gz", &d, &e),
                     0);
    raster_init(&r, 64, 100);
    for (size_t m = 0; m < d.count; m++) {
        coding_image(&c, 64, 16, d.levels + 64 * m, &r);
        spikes += r.count;
    }
    assert_close((double)spikes / (double)(64 * d.count), 0.3925, 1e-4);
    raster_finish(&r);
    dataset_finish(&d);
}

static void wrong_names_and_values_are_refused(void **state)
{
    (void)state;
    struct coding c, good = usual("latency");
    struct err e = {0};
    assert_int_equal(coding_init(&c, "latncy", &e), -1);
    assert_string_equal(e.text, "unknown coding 'latncy'");
    assert_string_equal(e.hint, "did you mean 'latency'?");
    c = good, c.x_thr = 1;
    assert_int_equal(coding_check(&c, &e), -1);
    assert_string_equal(e.text, "expected thresholds in (0, 1), found 1 and 0.1");
    c = good, c.t_max_s = NAN;
    assert_int_equal(coding_check(&c, &e), -1);
    assert_string_equal(e.text, "expected t_max in (0, 10] s, found nan");
    c = good, c.step_ms = 101;
    assert_int_equal(coding_check(&c, &e), -1);
    assert_non_null(strstr(e.text, "found 101 of 100 ms"));
    const double bad_s[] = {0, -1e-3, 10.01, INFINITY}, bad[] = {0, -0.1, 1, NAN};
    for (int k = 0; k < 4; k++) {
        c = good, c.t_max_s = bad_s[k];
        assert_int_equal(coding_check(&c, &e), -1);
        c = good, c.x_thr = bad[k];
        assert_int_equal(coding_check(&c, &e), -1);
        c = good, c.x_thr_extra = bad[k];
        assert_int_equal(coding_check(&c, &e), -1);
    }
    c = good, c.step_ms = 0;
    assert_int_equal(coding_check(&c, &e), -1);
    c = good, c.window_ms = 0;
    assert_int_equal(coding_check(&c, &e), -1);
    c = good, c.t_max_s = 10, c.step_ms = c.window_ms; /* still good */
    assert_int_equal(coding_check(&c, &e), 0);
    c = good, c.step_ms = c.window_ms = 1;
    assert_int_equal(coding_check(&c, &e), 0);
}

/* 20 ms ln(1/0.7) = 7.1335 ms; of two thresholds the higher one counts. */
static void the_brightest_pixel_fires_last_at_the_higher_threshold(void **state)
{
    (void)state;
    struct coding c;
    struct err e;
    assert_int_equal(coding_init(&c, "latency", &e), 0);
    assert_close(coding_brightest_s(&c), 7.13349887877465e-3, 1e-15);
    c.x_thr_extra = 0.5; /* not in use */
    assert_close(coding_brightest_s(&c), 7.13349887877465e-3, 1e-15);
    assert_int_equal(coding_init(&c, "latency2", &e), 0);
    assert_close(coding_brightest_s(&c), 7.13349887877465e-3, 1e-15);
    c.x_thr_extra = 0.5;
    assert_close(coding_brightest_s(&c), 13.8629436111989e-3, 1e-15);
    assert_int_equal(coding_init(&c, "complement", &e), 0);
    assert_close(coding_brightest_s(&c), 2.10721031315653e-3, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_brightest_pixel_fires_last_at_the_higher_threshold),
        cmocka_unit_test(levels_fire_at_the_times_of_the_paper),
        cmocka_unit_test(latency_inverts_to_the_intensity),
        cmocka_unit_test(steps_and_window_bound_the_times),
        cmocka_unit_test(image_fires_input_by_input),
        cmocka_unit_test(variants_double_the_inputs),
        cmocka_unit_test(two_fifths_of_the_inputs_fire),
        cmocka_unit_test(wrong_names_and_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
