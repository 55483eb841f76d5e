/* Calibration, the unit experiment, and planted faults, with the shipped circuit. */
#include "cm.h"

#include "lab/calibrate.h"
#include "lab/unit.h"
#include "base/file.h"
#include "base/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(struct study *s, const char *assignment)
{
    struct err e;
    if (study_set(s, assignment, &e) < 0)
        fail_msg("%s", e.text);
}

static void calibrate(struct study *s, struct calibrate *c)
{
    struct err e = {0};
    if (calibrate_run(c, s, SPIKEBAR_SOURCE_ROOT, &e) < 0)
        fail_msg("%s", e.text);
}

/* Biases 20 % off come back to the shipped time constants and gain. */
static void comes_back(const char *variant, const char *off)
{
    struct study s;
    struct calibrate c;
    study_init(&s);
    set(&s, variant);
    set(&s, off);
    calibrate(&s, &c);
    const struct param_table *t = &c.circuit.params;
    assert_true(c.good);
    assert_close(c.reached[CALIBRATE_TAU_SYN], 2e-3, 0.01 * 2e-3);
    assert_close(c.reached[CALIBRATE_TAU_MEM], 15e-3, 0.01 * 15e-3);
    double gain = param_value(t, "cal_gain", 0), rest = param_value(t, "cal_rest", 0);
    assert_close(c.reached[CALIBRATE_GAIN], gain, 0.01 * gain);
    assert_close(c.reached[CALIBRATE_REST], rest, 0.01 * rest);
    calibrate_finish(&c);
    study_finish(&s);
}

static void comes_back_from_above(void **state)
{
    (void)state;
    comes_back("circuit.variant=a", "circuit.override=v_tau_syn=1.728 v_tau_mem=0.12 "
                                    "v_thr=1.475 rf=2160 roff=426k");
}

static void comes_back_from_below(void **state)
{
    (void)state;
    comes_back("circuit.variant=a", "circuit.override=v_tau_syn=1.152 v_tau_mem=0.08 "
                                    "v_thr=2.21 rf=1440 roff=640k");
}

static void variant_b_comes_back(void **state)
{
    (void)state;
    comes_back("circuit.variant=b", "circuit.override=v_tau_syn=1.152 v_tau_mem=3.3 "
                                    "v_thr=1.35 rf=1440 roff=640k");
}

static void another_capacitor_and_range(void **state)
{
    (void)state;
    comes_back("circuit.variant=a", "circuit.override=c_syn=400p");
    struct study s;
    struct calibrate c;
    study_init(&s);
    set(&s, "circuit.override=g_min=2u g_max=100u");
    set(&s, "map.g_low=2e-6");
    set(&s, "map.g_high=100e-6");
    calibrate(&s, &c);
    assert_true(c.good);
    calibrate_finish(&c);
    study_finish(&s);
}

static void the_impossible_is_said(void **state)
{
    (void)state;
    struct study s;
    struct calibrate c;
    study_init(&s);
    set(&s, "calibrate.tau_syn=1e-5");
    calibrate(&s, &c);
    assert_false(c.good);
    assert_false(c.met[CALIBRATE_TAU_SYN]);
    assert_true(c.reached[CALIBRATE_TAU_SYN] > 1e-5);
    calibrate_finish(&c);
    study_finish(&s);
}

/* Closed forms of TIA and summer; gain and time constants over the range. */
static void transfers_of_the_shipped(void **state)
{
    (void)state;
    for (int v = 0; v < 2; v++) {
        struct study s;
        struct calibrate c;
        study_init(&s);
        set(&s, v ? "circuit.variant=b" : "circuit.variant=a");
        set(&s, "calibrate.tune=no");
        calibrate(&s, &c);
        assert_true(c.good && c.spread < 0.01);
        for (size_t k = 0; k < CALIBRATE_LEVELS; k++) {
            const struct probe_reading *r = &c.reading[k];
            assert_close(r->tia_ohm, -1800 * 1e5 / (1e5 + 1), 0.01);
            assert_close(r->vi_S, -1 / 1.6e6, 1e-4 / 1.6e6);
            assert_close(r->tau_syn_s, 2e-3, 0.015 * 2e-3);
            assert_close(r->tau_mem_s, 15e-3, 0.015 * 15e-3);
            if (c.level[k].spikes == 1)
                assert_close(r->cell, 1, 1e-3);
        }
        calibrate_finish(&c);
        study_finish(&s);
    }
}

static void file_goes_on_where_it_was_written(void **state)
{
    (void)state;
    struct study s;
    struct calibrate c;
    struct err e = {0};
    char folder[] = "/tmp/spikebar-test-XXXXXX", key[128];
    assert_non_null(mkdtemp(folder));
    study_init(&s);
    set(&s, "report.pictures=no");
    set(&s, "circuit.override=c_syn=300p v_thr=1.8");
    calibrate(&s, &c);
    assert_int_equal(calibrate_write(&c, folder, &e), 0);
    calibrate_finish(&c);
    set(&s, "circuit.override=");
    set(&s, "calibrate.tune=no");
    snprintf(key, sizeof key, "circuit.params=%s/" CALIBRATE_FILE, folder);
    set(&s, key);
    calibrate(&s, &c);
    assert_true(c.good);
    assert_close(param_value(&c.circuit.params, "c_syn", 0), 300e-12, 1e-18);
    calibrate_finish(&c);
    study_finish(&s);
    dir_remove(folder);
}

static void unit_figures(void **state)
{
    (void)state;
    for (int v = 0; v < 2; v++) {
        struct study s;
        struct unit u;
        struct err e = {0};
        study_init(&s);
        set(&s, v ? "circuit.variant=b" : "circuit.variant=a");
        if (unit_run(&u, &s, SPIKEBAR_SOURCE_ROOT, "10,110,115,120", 0.5, &e) < 0)
            fail_msg("%s", e.text);
        assert_true(u.model[UNIT_CIRCUIT].membrane_error < 0.0015);
        assert_true(u.model[UNIT_SHIFTED].membrane_error < 0.011);
        assert_close(u.model[UNIT_SHIFTED].shift_s, 0.11e-3, 0.01e-3);
        assert_close(u.model[UNIT_DOUBLE].membrane_error, 0.0255, 0.001);
        unit_finish(&u);
        study_finish(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_from_above),
        cmocka_unit_test(comes_back_from_below),
        cmocka_unit_test(variant_b_comes_back),
        cmocka_unit_test(another_capacitor_and_range),
        cmocka_unit_test(the_impossible_is_said),
        cmocka_unit_test(transfers_of_the_shipped),
        cmocka_unit_test(file_goes_on_where_it_was_written),
        cmocka_unit_test(unit_figures),
    };
    log_set_level(LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
