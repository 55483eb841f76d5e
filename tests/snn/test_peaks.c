/* Maxima in continuous time: closed cases, and a fine scan. */
#include "cm.h"

#include "snn/peaks.h"

static struct network *make(struct network *n, const char *model)
{
    struct kernel k;
    struct err e;
    assert_int_equal(kernel_init(&k, model, 100, &e), 0);
    network_init(n, 3, 2, &k);
    const double w[6] = {1, 0.2, 0.4, 0.9, 0.7, 0.1};
    for (int i = 0; i < 6; i++)
        n->weights[i] = w[i];
    return n;
}

static void one_spike_peaks_at_one(void **state)
{
    (void)state;
    struct network n;
    struct raster r;
    double maxima[2], time_s[2];
    make(&n, "circuit");
    raster_init(&r, 3, 100);
    raster_add(&r, 0, 10);
    assert_int_equal(peaks_find(&n, &r, 2, maxima, time_s), 0);
    assert_close(maxima[0], 1, 1e-9);
    assert_close(maxima[1], 0.2, 1e-9);
    assert_close(time_s[0], 10e-3 + n.kernel.peak_s, 1e-6);
    raster_finish(&r);
    network_finish(&n);
}

static void is_the_largest_of_a_fine_scan(void **state)
{
    (void)state;
    struct network n;
    struct raster r;
    double maxima[2], time_s[2], v[2], scan[2] = {0, 0}, whole[2];
    int time_ms[2];
    make(&n, "circuit");
    raster_init(&r, 3, 100);
    raster_add(&r, 0, 10);
    raster_add(&r, 1, 13);
    raster_add(&r, 2, 40);
    peaks_find(&n, &r, 2, maxima, time_s);
    network_maxima(&n, &r, 2, whole, time_ms);
    for (int i = 0; i < 20000; i++) {
        network_membrane_at(&n, &r, 5e-6 * i, 2, v);
        for (int j = 0; j < 2; j++)
            scan[j] = v[j] > scan[j] ? v[j] : scan[j];
    }
    for (int j = 0; j < 2; j++) {
        assert_close(maxima[j], scan[j], 1e-6);
        assert_true(maxima[j] >= scan[j] - 1e-12 && maxima[j] > whole[j]);
    }
    raster_finish(&r);
    network_finish(&n);
}

static void double_exponential_stays_on_whole_ms(void **state)
{
    (void)state;
    struct network n;
    struct raster r;
    double maxima[2], time_s[2], whole[2];
    int time_ms[2];
    make(&n, "double-exponential");
    raster_init(&r, 3, 100);
    raster_add(&r, 1, 7);
    peaks_find(&n, &r, 2, maxima, time_s);
    network_maxima(&n, &r, 2, whole, time_ms);
    assert_close(maxima[0], whole[0], 0);
    assert_close(time_s[1], 1e-3 * time_ms[1], 0);
    raster_finish(&r);
    network_finish(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_spike_peaks_at_one),
        cmocka_unit_test(is_the_largest_of_a_fine_scan),
        cmocka_unit_test(double_exponential_stays_on_whole_ms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
