#include "cm.h"

#include "num/raster.h"

static void spikes_come_back_by_input(void **state)
{
    (void)state;
    struct raster r;
    raster_init(&r, 3, 100);
    for (int round = 0; round < 2; round++) {
        raster_clear(&r);
        raster_add(&r, 2, 7);
        raster_add(&r, 2, 99);
        raster_add(&r, 0, 0);
        assert_int_equal(r.count, 3);
        assert_int_equal(r.number[0], 1);
        assert_int_equal(r.number[1], 0);
        assert_int_equal(r.number[2], 2);
        assert_int_equal(r.time_ms[r.first[0]], 0);
        assert_int_equal(r.time_ms[r.first[2]], 7);
        assert_int_equal(r.time_ms[r.first[2] + 1], 99);
    }
    raster_finish(&r);
    raster_finish(&r);
}

static void grows_beyond_one_spike_an_input(void **state)
{
    (void)state;
    struct raster r;
    raster_init(&r, 2, 1000);
    for (size_t i = 0; i < 2; i++)
        for (int t = 0; t < 1000; t++)
            raster_add(&r, i, t);
    assert_int_equal(r.count, 2000);
    for (size_t i = 0; i < 2; i++)
        for (size_t t = 0; t < 1000; t++)
            assert_int_equal(r.time_ms[r.first[i] + t], t);
    raster_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spikes_come_back_by_input),
        cmocka_unit_test(grows_beyond_one_spike_an_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
