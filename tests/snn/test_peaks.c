/* Maxima in continuous time: closed cases, and a fine scan. */
#include "cm.h"

#include "num/stats.h"
#include "snn/anytime.h"
#include "snn/peaks.h"
#include "snn/random_net.h"

#include <math.h>

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

/* Random signed networks with an offset, some membranes below rest all the time, spikes
 * from 0 ms on and some behind the network's window: no point of a scan is above the
 * maximum, which is the membrane at its time. */
static void nothing_is_above_the_maximum(void **state)
{
    (void)state;
    int low = 0, early = 0;
    for (uint32_t round = 0; round < 12; round++) {
        struct network n;
        struct raster r;
        struct kernel k;
        struct err e;
        double maxima[4], time_s[4], v[4];
        assert_int_equal(kernel_init(&k, "circuit", 100, &e), 0);
        network_init(&n, 8, 4, &k);
        n.w_offset = 0.3;
        random_weights(round, -1, 0.6, &n);
        for (size_t i = 0; i < 8; i++)
            n.weights[4 * i] -= 1;
        raster_init(&r, 8, 150);
        if (round % 2)
            random_raster(round, 3, &r);
        else
            for (size_t i = 0; i < 8; i++) /* i = 5: at the end of the window */
                raster_add(&r, i, (int)(20 * i));
        size_t class = peaks_find(&n, &r, 4, maxima, time_s);
        assert_int_equal(class, stats_argmax(4, maxima));
        for (int j = 0; j < 4; j++) {
            network_membrane_at(&n, &r, time_s[j], 4, v);
            assert_close(maxima[j], v[j], 1e-12);
            assert_true(maxima[j] >= 0 && time_s[j] >= 0 && time_s[j] <= 0.1);
            low += maxima[j] == 0 && time_s[j] == 0;
            early += maxima[j] > 0 && time_s[j] < 20e-3;
        }
        for (int i = 0; i <= 10000; i++) {
            network_membrane_at(&n, &r, 1e-5 * i, 4, v);
            for (int j = 0; j < 4; j++)
                assert_true(v[j] <= maxima[j] + 1e-8);
        }
        raster_finish(&r);
        network_finish(&n);
    }
    assert_true(low >= 12 && early > 0);
}

/* A membrane that still rises when the window ends has its maximum there. */
static void the_end_of_the_window_may_be_the_top(void **state)
{
    (void)state;
    struct network n;
    struct raster r;
    double maxima[2], time_s[2], v[2];
    make(&n, "circuit");
    raster_init(&r, 3, 100);
    raster_add(&r, 0, 98);
    assert_int_equal(peaks_find(&n, &r, 2, maxima, time_s), 0);
    network_membrane_at(&n, &r, 0.1, 2, v);
    assert_close(time_s[0], 0.1, 1e-9);
    assert_close(maxima[0], v[0], 1e-6);
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
        cmocka_unit_test(nothing_is_above_the_maximum),
        cmocka_unit_test(the_end_of_the_window_may_be_the_top),
        cmocka_unit_test(double_exponential_stays_on_whole_ms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
