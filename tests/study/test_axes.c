/* Axes of a sweep: their words, the points that they span, and what is refused. */
#include "folder.h"

#include "study/axes.h"

#include <math.h>

static int open(struct axes *a, const char *axes, const char *zip, struct err *e)
{
    struct study s;
    study_init(&s);
    *a = (struct axes){0};
    int status = study_put(&s, "sweep.axes", axes, e);
    if (status == 0)
        status = study_put(&s, "sweep.zip", zip, e);
    if (status == 0)
        status = axes_init(a, &s, e);
    study_finish(&s);
    return status;
}

static void assert_values(const char *axes, const char *expected)
{
    struct axes a;
    struct err e = {0};
    struct buf all = {0};
    assert_well(open(&a, axes, "", &e), e);
    for (size_t k = 0; k < a.axis[0].count; k++)
        buf_printf(&all, "%s%s", k ? " " : "", a.axis[0].value[k]);
    assert_string_equal(buf_text(&all), expected);
    buf_finish(&all);
    axes_finish(&a);
}

static void values_are_lists_ranges_and_ratios(void **state)
{
    (void)state;
    assert_values("map.bits=1,2,3,0", "1 2 3 0");
    assert_values("map.tuning_error=0:0.2:0.05", "0 50m 0.1 0.15 0.2");
    assert_values("map.tuning_error=0:0.3:0.1", "0 0.1 0.2 0.3");
    assert_values("map.tuning_error=0.2:0:-0.1,0.5", "0.2 0.1 0 0.5");
    assert_values("map.tuning_error=0:0.25:0.1", "0 0.1 0.2");
    assert_values("simulate.reltol=log(1e-6,1e-2,5)", "1u 10u 100u 1m 10m");
    assert_values("train.seed=3:5:1", "3 4 5");
    assert_values("network.coding=latency,complement", "latency complement");
    assert_values("dataset.path={a.tra,a.tes},b.csv", "a.tra,a.tes b.csv");
    assert_values("circuit.override={rf=2.4k v_thr=1.84},,rf=3k",
                  "rf=2.4k v_thr=1.84  rf=3k");
}

static void the_last_axis_is_the_fastest(void **state)
{
    (void)state;
    struct axes a;
    struct err e = {0};
    struct study s;
    assert_well(open(&a, "map.bits=1,2 map.tuning_error=0,0.1,0.2", "", &e), e);
    assert_int_equal(a.points, 6);
    for (size_t p = 0; p < 6; p++) {
        study_init(&s);
        assert_well(axes_set(&a, p, &s, &e), e);
        assert_int_equal(s.map.bits, 1 + p / 3);
        assert_close(s.map.tuning_error, 0.1 * (double)(p % 3), 1e-15);
        study_finish(&s);
    }
    axes_finish(&a);
}

static void zipped_axes_walk_together(void **state)
{
    (void)state;
    struct axes a;
    struct err e = {0};
    struct study s;
    assert_well(open(&a, "map.bits=1,2 train.seed=5,6,7 map.tuning_error=0.1,0.1",
                     "map.bits,map.tuning_error", &e),
                e);
    assert_int_equal(a.points, 6);
    for (size_t p = 0; p < 6; p++) {
        study_init(&s);
        assert_well(axes_set(&a, p, &s, &e), e);
        assert_int_equal(s.map.bits, 1 + p / 3);
        assert_int_equal(s.train.seed, 5 + p % 3);
        assert_int_equal(axes_index(&a, 2, p), p / 3);
        study_finish(&s);
    }
    axes_finish(&a);
}

static void assert_refused(const char *axes, const char *zip, const char *says)
{
    struct axes a;
    struct err e = {0};
    char line[2048];
    if (open(&a, axes, zip, &e) == 0)
        fail_msg("`%s` was taken", axes);
    err_format(&e, sizeof line, line);
    assert_holds(line, says);
    axes_finish(&a);
}

static void wrong_axes_are_named(void **state)
{
    (void)state;
    assert_refused("map.bit=1", "", "did you mean `map.bits`?");
    assert_refused("map.bits", "", "expected KEY=VALUES, found `map.bits`");
    assert_refused("map.bits=", "", "map.bits: expected a number between commas");
    assert_refused("map.bits=1,,2", "", "map.bits: expected a number between commas");
    assert_refused("map.bits=17", "", "expected a whole number from 0 to 16, found `17`");
    assert_refused("map.bits=1,2,1", "", "map.bits: expected each value once, found `1`");
    assert_refused("map.tuning_error=0.1,.10", "", "found `0.1` twice");
    assert_refused("map.tuning_error=0:0.2:-0.05", "",
                   "a step that leads from the first");
    assert_refused("map.tuning_error=0.2:0:0.05", "", "a step that leads from the first");
    assert_refused("map.tuning_error=0:1:0", "", "a step that leads from the first");
    assert_refused("map.tuning_error=0:0.2", "", "expected from:to:step");
    assert_refused("map.tuning_error=0:1:1e-9", "", "at most");
    assert_refused("simulate.reltol=log(0,1,3)", "", "expected log(from,to,count)");
    assert_refused("simulate.reltol=log(1e-3,1e-2,1)", "", "expected log(from,to,count)");
    assert_refused("simulate.reltol=log(1e-3,1e-2", "", "expected log(from,to,count)");
    assert_refused("train.seed=1:1000:1 simulate.seed=1:1000:1 map.bits=1,2", "",
                   "at most 1000000 points");
    assert_refused(
        "train.seed=1:9999:1 simulate.seed=1:9999:1 dataset.split_seed=1:9999:1", "",
        "at most 1000000 points");
    assert_refused("simulate.images=1,2", "", "give --images");
    assert_refused("map.trial=1,2", "", "give --trials");
    assert_refused("simulate.jobs=1,2", "", "no accuracy depends on it");
    assert_refused("report.pictures=yes,no", "", "no accuracy depends on it");
    assert_refused("device.step=0.1", "", "no accuracy depends on it");
    assert_refused("rehearse.die=1", "", "no accuracy depends on it");
    assert_refused("map.bits=1 map.bits=2", "", "an axis twice");
    assert_refused("map.bits=1,2", "map.bits,train.seed", "expected an axis");
    assert_refused("map.bits=1,2 train.seed=1,2,3", "map.bits,train.seed",
                   "map.bits has 2, train.seed has 3");
}

/* Four values at equal ratios, and the ends to the digits that are kept. */
static void ratios_are_equal(void **state)
{
    (void)state;
    struct axes a;
    struct err e = {0};
    struct study s;
    double last = 0;
    assert_well(open(&a, "train.rate=log(1e-4,3e-1,7)", "", &e), e);
    for (size_t p = 0; p < 7; p++) {
        study_init(&s);
        assert_well(axes_set(&a, p, &s, &e), e);
        if (p)
            assert_close(s.train.rate / last, pow(3e3, 1 / 6.0), 1e-9);
        last = s.train.rate;
        study_finish(&s);
    }
    assert_close(last, 0.3, 1e-13);
    axes_finish(&a);
}

static void a_section_of_the_study_has_axes(void **state)
{
    struct study s;
    struct err e = {0};
    static const char text[] = "[sweep]\nmap.bits = 1,2\ntrials = 3\n"
                               "map.tuning_error=0:0.1:0.1\n";
    folder_write(*state, "s.ini", sizeof text - 1, text);
    char *path = path_join(*state, "s.ini");
    study_init(&s);
    assert_well(study_read(&s, path, &e), e);
    assert_string_equal(s.sweep.axes, "map.bits=1,2 map.tuning_error=0:0.1:0.1");
    assert_int_equal(s.sweep.trials, 3);
    study_finish(&s);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_lists_ranges_and_ratios),
        cmocka_unit_test(the_last_axis_is_the_fastest),
        cmocka_unit_test(zipped_axes_walk_together),
        cmocka_unit_test(wrong_axes_are_named),
        cmocka_unit_test(ratios_are_equal),
        in_folder(a_section_of_the_study_has_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
