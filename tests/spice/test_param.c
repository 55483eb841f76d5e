#include "cm.h"

#include "spice/param.h"

#include <stdio.h>
#include <string.h>

static const struct param *only(const struct param_table *t, const char *name)
{
    const struct param *found = NULL;
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->item[i].name, name) == 0) {
            assert_null(found);
            found = &t->item[i];
        }
    assert_non_null(found);
    return found;
}

static double value_of(const struct param_table *t, const char *name)
{
    struct err e = {0};
    double value = 0;
    assert_int_equal(param_get(t, name, &value, &e), 0);
    return value;
}

static void parse(struct param_table *t, const char *text)
{
    struct err e = {0};
    *t = (struct param_table){0};
    if (param_parse(t, text, "here.param", &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
}

/* Each bound is taken, half and twice of it are not; what has another unit, or was
 * measured, may be anything. */
static void units_say_what_a_number_may_be(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        double low, high;
    } units[] = {{"ohm", 1e-3, 1e15}, {"F", 1e-18, 1},       {"m", 1e-9, 1},
                 {"S", 1e-15, 1e3},   {"V", -1e3, 1e3},      {"A", -1e3, 1e3},
                 {"s", 0, 1e6},       {"A/V^2", 1e-12, 1e3}, {"1", 0, 1e12}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        double low = units[i].low, high = units[i].high;
        const struct {
            double value;
            bool taken;
        } cases[] = {{low, true},
                     {low > 0   ? low / 2
                      : low < 0 ? 2 * low
                                : -1e-30,
                      false},
                     {high, true},
                     {2 * high, false}};
        for (int k = 0; k < 4; k++) {
            struct param_table t = {0};
            struct err e = {0};
            char line[96], word[64];
            snprintf(line, sizeof line, "\n.param x = %g ; %s, meaning", cases[k].value,
                     units[i].unit);
            int status = param_parse(&t, line, "f", &e);
            if ((status == 0) != cases[k].taken)
                fail_msg("%s: status %d", line, status);
            if (status < 0)
                assert_string_equal(e.place, "f:2");
            param_finish(&t);
            snprintf(line, sizeof line, ".param x = %g ; %s", high, units[i].unit);
            parse(&t, line);
            for (int own = 0; own < 2; own++) {
                snprintf(word, sizeof word, "%sx=%g", own ? "col3." : "", cases[k].value);
                assert_int_equal(param_override(&t, word, &e) == 0, cases[k].taken);
            }
            param_finish(&t);
        }
    }
    struct param_table t;
    parse(&t, ".param cal_tia = -1e30 ; ohm\n.param y = -1 ; ohms\n.param z = -1e99\n");
    assert_int_equal(t.count, 3);
    param_finish(&t);
}

static void a_file_becomes_a_table(void **state)
{
    (void)state;
    struct param_table t;
    parse(&t, "* a comment with .param x = 1 inside\n\n.include other.param\n"
              ".param rf = 2.4k   ; ohm, feedback ; of op-amp 1\n"
              "  .PARAM\tC_syn=260p;F\r\n.param v_os = -0.1\n.param last = 7");
    assert_int_equal(t.count, 4);
    assert_string_equal(t.item[0].name, "rf");
    assert_string_equal(t.item[0].text, "2.4k");
    assert_string_equal(t.item[0].comment, "ohm, feedback ; of op-amp 1");
    assert_close(t.item[0].value, 2400, 1e-9);
    assert_false(t.item[0].overridden);
    assert_string_equal(t.item[1].name, "c_syn");
    assert_string_equal(t.item[1].comment, "F");
    assert_close(value_of(&t, "C_SYN") / 260e-12, 1, 1e-15);
    assert_string_equal(t.item[2].comment, "");
    assert_close(value_of(&t, "v_os"), -0.1, 0);
    assert_close(value_of(&t, "last"), 7, 0);
    param_finish(&t);
    param_finish(&t);
    assert_int_equal(t.count, 0);
}

static void suffixes_scale(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } known[] = {
        {"3T", 3e12},  {"3g", 3e9},          {"3Meg", 3e6},      {"3k", 3e3},
        {"3m", 3e-3},  {"3u", 3e-6},         {"3n", 3e-9},       {"3p", 3e-12},
        {"3f", 3e-15}, {"1.6megohm", 1.6e6}, {"260pF", 260e-12}, {"1.5ms", 1.5e-3},
        {"1e5", 1e5},  {"-2.5e-3k", -2.5},   {".5V", 0.5},       {"+7", 7}};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        struct buf line = {0};
        struct param_table t;
        buf_printf(&line, ".param x = %s ; a unit", known[k].text);
        parse(&t, line.data);
        assert_close(value_of(&t, "x") / known[k].value, 1, 1e-15);
        assert_string_equal(t.item[0].text, known[k].text);
        param_finish(&t);
        buf_finish(&line);
    }
}

static void the_last_of_equal_names_wins_in_the_first_place(void **state)
{
    (void)state;
    struct param_table t;
    struct err e = {0};
    parse(&t, ".param a = 1 ; V, old\n.param b = 2\n.param A = 3 ; V, new\n");
    assert_int_equal(t.count, 2);
    assert_ptr_equal(only(&t, "a"), &t.item[0]);
    assert_string_equal(t.item[0].comment, "V, new");
    assert_close(value_of(&t, "a"), 3, 0);
    assert_int_equal(param_parse(&t, ".param b = 5\n.param c = 6\n", "more", &e), 0);
    assert_int_equal(t.count, 3);
    assert_close(value_of(&t, "b"), 5, 0);
    param_finish(&t);
}

static void derived_values_are_left_to_spice(void **state)
{
    (void)state;
    struct param_table t;
    parse(&t, ".param a = 1\n.param b = {2*a}\n.param c = '3*a'\n.param d = 4\n");
    assert_int_equal(t.count, 2);
    assert_close(value_of(&t, "d"), 4, 0);
    param_finish(&t);
}

static void errors_say_where_and_what(void **state)
{
    (void)state;
    static const struct {
        const char *line, *word;
    } bad[] = {{".param a", "no `=`"},
               {".param a = ", "`a = `"},
               {".param a = ten", "`a = ten`"},
               {".param a = nan", "`a = nan`"},
               {".param a = inf", "`a = inf`"},
               {".param a = 0x10", "`a = 0x10`"},
               {".param a = 1e999", "`a = 1e999`"},
               {".param a = 1 2", "`a = 1 2`"},
               {".param a = 1 b = 2", "`a = 1 b = 2`"},
               {".param 2a = 1", "`2a = 1`"},
               {".param a-b = 1", "`a-b = 1`"},
               {".param = 1", "` = 1`"},
               {".parameters a = 1", "eters a"}};
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        struct param_table t = {0};
        struct err e = {0};
        struct buf text = {0};
        buf_printf(&text, "* title\n.param good = 1\n\n%s\n.param later = 1\n",
                   bad[k].line);
        assert_int_equal(param_parse(&t, text.data, "dir/x.param", &e), -1);
        assert_int_equal(e.code, ERR_INPUT);
        assert_string_equal(e.place, "dir/x.param:4");
        if (!strstr(e.text, bad[k].word))
            fail_msg("%s: %s", bad[k].line, e.text);
        param_finish(&t);
        buf_finish(&text);
    }
}

static void names_and_values_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    char name[60], digits[80];
    memset(name, 'a', sizeof name);
    memset(digits, '1', sizeof digits);
    for (int over = 0; over < 2; over++) {
        struct param_table t = {0};
        struct err e = {0};
        struct buf text = {0};
        buf_printf(&text, ".param %.*s = 1\n", 47 + over, name);
        assert_int_equal(param_parse(&t, text.data, "x", &e), -over);
        buf_clear(&text);
        buf_printf(&text, ".param b = %.*s\n", 63 + over, digits);
        assert_int_equal(param_parse(&t, text.data, "x", &e), -over);
        buf_clear(&text);
        buf_printf(&text, ".param c = 1 ; %080d%080d\n", 0, 0);
        assert_int_equal(param_parse(&t, text.data, "x", &e), 0);
        assert_int_equal(strlen(only(&t, "c")->comment), 127);
        param_finish(&t);
        buf_finish(&text);
    }
}

static void overrides_change_known_names_alone(void **state)
{
    (void)state;
    struct param_table t;
    struct err e = {0};
    parse(&t, ".param rf = 1.8k ; ohm\n.param c_syn = 260p\n.param v_dd = 2.44\n");
    assert_int_equal(param_override(&t, " rf=2.4k,\tV_DD=2.5  ", &e), 0);
    assert_close(value_of(&t, "rf"), 2400, 1e-9);
    assert_close(value_of(&t, "v_dd"), 2.5, 0);
    assert_close(value_of(&t, "c_syn"), 260e-12, 1e-25);
    assert_true(t.item[0].overridden && t.item[2].overridden);
    assert_false(t.item[1].overridden);
    assert_string_equal(t.item[0].text, "2.4k");
    assert_string_equal(t.item[0].comment, "ohm");
    assert_int_equal(param_override(&t, "", &e), 0);
    assert_int_equal(param_override(&t, "c_syn=1p\r\nrf=2k\v\n", &e), 0);
    assert_string_equal(t.item[0].text, "2k"); /* a value never breaks its line */
    assert_string_equal(t.item[1].text, "1p");
    assert_int_equal(t.count, 3);
    param_finish(&t);
}

static void bad_overrides_are_errors_with_the_nearest_name(void **state)
{
    (void)state;
    static const struct {
        const char *words, *text, *hint;
    } bad[] = {{"csyn=1p", "`csyn`", "did you mean `c_syn`?"},
               {"rff=1k", "`rff`", "did you mean `rf`?"},
               {"voltage_of_the_moon=1", "`voltage_of_the_moon`", ""},
               {"rf", "found `rf`", ""},
               {"rf= 2k", "a number for `rf`", ""},
               {"rf=2k2", "found `2k2`", ""},
               {"rf={2*c_syn}", "found `{2*c_syn}`", ""},
               {"c_syn=1p\n.control", "found `.control`", ""},
               {"=1", "``", ""}};
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        struct param_table t;
        struct err e = {0};
        parse(&t, ".param rf = 1.8k\n.param c_syn = 260p\n");
        assert_int_equal(param_override(&t, bad[k].words, &e), -1);
        assert_int_equal(e.code, ERR_INPUT);
        if (!strstr(e.text, bad[k].text) ||
            (bad[k].hint[0] && !strstr(e.hint, bad[k].hint)))
            fail_msg("%s: %s; %s", bad[k].words, e.text, e.hint);
        assert_close(value_of(&t, "rf"), 1800, 1e-9);
        assert_false(t.item[0].overridden);
        param_finish(&t);
    }
}

static void a_missing_parameter_is_named(void **state)
{
    (void)state;
    struct param_table t;
    struct err e = {0};
    double value = 4711;
    parse(&t, ".param v_read = 50m\n");
    assert_int_equal(param_get(&t, "v_reed", &value, &e), -1);
    assert_non_null(strstr(e.text, "v_reed"));
    assert_non_null(strstr(e.hint, "v_read"));
    assert_close(value, 4711, 0);
    param_finish(&t);
    e = (struct err){0};
    assert_int_equal(param_get(&t, "v_read", &value, &e), -1);
    assert_string_equal(e.hint, "");
    assert_int_equal(param_read(&t, "/nonexistent/x.param", &e), -1);
    assert_int_equal(e.code, ERR_FILE);
}

static void rendered_lines_read_back(void **state)
{
    (void)state;
    struct param_table t, back;
    struct err e = {0};
    struct buf all = {0}, changed = {0};
    parse(&t, ".param rf = 1.8k ; ohm, TIA\n.param c_syn = 260p\n.param v_dd = 2.44\n");
    assert_int_equal(param_override(&t, "c_syn=130pF", &e), 0);
    param_render(&t, true, &changed);
    assert_string_equal(changed.data, ".param c_syn = 130pF\n");
    param_render(&t, false, &all);
    assert_string_equal(all.data, ".param rf = 1.8k ; ohm, TIA\n"
                                  ".param c_syn = 130pF\n.param v_dd = 2.44\n");
    parse(&back, all.data);
    assert_int_equal(back.count, t.count);
    for (size_t i = 0; i < t.count; i++) {
        assert_close(back.item[i].value, t.item[i].value, 0);
        assert_string_equal(back.item[i].comment, t.item[i].comment);
    }
    buf_finish(&all), buf_finish(&changed);
    param_finish(&t), param_finish(&back);
}

/* What ships: every parameter has a unit and a meaning, none is there twice. */
static void shipped_files_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t count;
    } shipped[] = {{"netlists/variant_a.param", 36},
                   {"netlists/variant_b.param", 36},
                   {"netlists/pulse.param", 5},
                   {"models/memristor.param", 9},
                   {"models/nmos_select.param", 4}};
    for (size_t k = 0; k < sizeof shipped / sizeof shipped[0]; k++) {
        struct param_table t = {0};
        struct err e = {0};
        struct buf path = {0};
        buf_printf(&path, "%s/%s", SPIKEBAR_SOURCE_ROOT, shipped[k].file);
        if (param_read(&t, path.data, &e) < 0)
            fail_msg("%s: %s", e.place, e.text);
        assert_int_equal(t.count, shipped[k].count);
        for (size_t i = 0; i < t.count; i++) {
            only(&t, t.item[i].name);
            if (!strstr(t.item[i].comment, ", "))
                fail_msg("%s: %s: `%s`", path.data, t.item[i].name, t.item[i].comment);
        }
        param_finish(&t);
        buf_finish(&path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_becomes_a_table),
        cmocka_unit_test(units_say_what_a_number_may_be),
        cmocka_unit_test(suffixes_scale),
        cmocka_unit_test(the_last_of_equal_names_wins_in_the_first_place),
        cmocka_unit_test(derived_values_are_left_to_spice),
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(names_and_values_that_do_not_fit_are_refused),
        cmocka_unit_test(overrides_change_known_names_alone),
        cmocka_unit_test(bad_overrides_are_errors_with_the_nearest_name),
        cmocka_unit_test(a_missing_parameter_is_named),
        cmocka_unit_test(rendered_lines_read_back),
        cmocka_unit_test(shipped_files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
