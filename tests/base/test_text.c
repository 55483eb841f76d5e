#include "cm.h"

#include "base/buf.h"
#include "base/rng.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

static void numbers_are_whole_words(void **state)
{
    (void)state;
    double x;
    int64_t n;
    assert_true(text_to_double(" 1.5e-3 ", &x));
    assert_close(x, 1.5e-3, 0);
    const char *bad[] = {"", "x", "1x", "1 2", "nan", "inf", "1e999", "0x10", "--1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(text_to_double(bad[i], &x));
        assert_false(text_to_int(bad[i], &n));
    }
    assert_true(text_to_int("-12", &n));
    assert_int_equal(n, -12);
    assert_false(text_to_int("1.5", &n));
    assert_false(text_to_int("99999999999999999999", &n));
}

static void spice_scales(void **state)
{
    (void)state;
    double x;
    const struct {
        const char *text;
        double value;
    } cases[] = {{"2.4k", 2.4e3},   {"260p", 260e-12}, {"1meg", 1e6}, {"1MEGohm", 1e6},
                 {"3m", 3e-3},      {"5.7uS", 5.7e-6}, {"10", 10},    {"1e-9", 1e-9},
                 {"1.5ms", 1.5e-3}, {"20f", 20e-15},   {"2t", 2e12},  {"-3g", -3e9}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(text_to_spice(cases[i].text, &x));
        assert_close(x / cases[i].value, 1, 1e-15);
    }
    assert_false(text_to_spice("k", &x));
    assert_false(text_to_spice("1 k 2", &x));
}

static void nearest_name_is_found(void **state)
{
    (void)state;
    const char *names[] = {"train.epochs", "train.seed", "map.bits"};
    assert_string_equal(text_nearest("train.epoch", 3, names), "train.epochs");
    assert_string_equal(text_nearest("map.bit", 3, names), "map.bits");
    assert_null(text_nearest("zzzzzzzz", 3, names));
    assert_null(text_nearest("anything", 0, NULL));
}

static void trim_keeps_the_middle(void **state)
{
    (void)state;
    char s[] = "  a b \t\n", blank[] = "   ";
    assert_string_equal(text_trim(s), "a b");
    assert_string_equal(text_trim(blank), "");
}

static void buffer_grows(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_string_equal(buf_text(&b), "");
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%03d,", i);
    assert_int_equal(b.len, 4000);
    assert_int_equal(strncmp(b.data + 3996, "999,", 5), 0);
    buf_finish(&b);
    buf_finish(&b);
}

/* What is printed is read back to the last bit, and is as short as it can be. */
static void numbers_with_scales_keep_every_bit(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *text;
    } known[] = {{5.7e-6, "5.7u"}, {2e-3, "2m"},     {200e-6, "200u"}, {1e15, "1e+15"},
                 {0, "0"},         {100, "100"},     {-3e-9, "-3n"},   {1e6, "1meg"},
                 {0.1, "0.1"},     {1e-15, "1f"},    {1e-20, "1e-20"}, {2400, "2400"}, {24000, "24k"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char text[TEXT_NUMBER];
        text_from_double(known[i].x, text);
        assert_string_equal(text, known[i].text);
    }
    for (uint32_t k = 0; k < 20000; k++) {
        double back = NAN, x = ldexp(rng_uniform(3, RNG_TEST, k, 0, 0), (int)(k % 200) - 100);
        char text[TEXT_NUMBER];
        text_from_double(x, text);
        assert_true(text_to_prefixed(text, &back));
        assert_true(back == x);
    }
    static const char *const wrong[] = {"5.7x", "5.7uS", "u", "1e3k", "5 u", "", "0x1u"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double x;
        if (text_to_prefixed(wrong[i], &x))
            fail_msg("%s was taken", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_with_scales_keep_every_bit),
        cmocka_unit_test(numbers_are_whole_words),
        cmocka_unit_test(spice_scales),
        cmocka_unit_test(nearest_name_is_found),
        cmocka_unit_test(trim_keeps_the_middle),
        cmocka_unit_test(buffer_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
