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
    } known[] = {{5.7e-6, "5.7u"}, {2e-3, "2m"},  {200e-6, "200u"}, {1e15, "1e+15"},
                 {0, "0"},         {100, "100"},  {-3e-9, "-3n"},   {1e6, "1meg"},
                 {0.1, "0.1"},     {1e-15, "1f"}, {1e-20, "1e-20"}, {2400, "2400"},
                 {24000, "24k"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char text[TEXT_NUMBER];
        text_from_double(known[i].x, text);
        assert_string_equal(text, known[i].text);
    }
    for (uint32_t k = 0; k < 20000; k++) {
        double back = NAN,
               x = ldexp(rng_uniform(3, RNG_TEST, k, 0, 0), (int)(k % 200) - 100);
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

static void only_what_a_terminal_may_have_is_printable(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *out;
    } cases[] = {
        {"plain ~", "plain ~"},
        {"\033[31m", "\\x1b[31m"},
        {"a\x7f\001", "a\\x7f\\x01"},
        {"M\xc3\xbcller \xe2\x86\x92 \xf0\x9f\x98\x80",
         "M\xc3\xbcller \xe2\x86\x92 \xf0\x9f\x98\x80"},
        {"\xc2\x9b", "\\xc2\\x9b"}, /* CSI in one character */
        {"\xc2\xa0", "\xc2\xa0"},   /* the first behind C1 */
        {"\xfc", "\\xfc"},          /* Latin-1 */
        {"\xc3", "\\xc3"},          /* cut */
        {"\xc3(", "\\xc3("},
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},          /* longer than needed */
        {"\xe0\xa0\x80", "\xe0\xa0\x80"},             /* U+0800 */
        {"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"}, /* longer than needed */
        {"\xf0\x90\x80\x80", "\xf0\x90\x80\x80"},     /* U+10000 */
        {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},     /* U+10FFFF, the last */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above it */
        {"\xed\x9f\xbf", "\xed\x9f\xbf"},             /* below the surrogates */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* surrogate */
        {"\xee\x80\x80", "\xee\x80\x80"},             /* above them */
        {"\xe2\x80\xae", "\\xe2\\x80\\xae"},          /* right to left */
        {"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},          /* zero width */
        {"\xe2\x80\x90", "\xe2\x80\x90"},             /* hyphen */
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},          /* line separator */
        {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},          /* isolate */
        {"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},          /* byte order mark */
    };
    char out[64];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        text_printable(strlen(cases[i].bytes), cases[i].bytes, sizeof out, out);
        assert_string_equal(out, cases[i].out);
    }
    text_printable(2, "\0x", sizeof out, out);
    assert_string_equal(out, "\\x00x");
    /* Cut between characters, never inside one. */
    text_printable(4, "ab\xc3\xbc", 4, out);
    assert_string_equal(out, "ab");
    text_printable(4, "ab\xc3\xbc", 5, out);
    assert_string_equal(out, "ab\xc3\xbc");
    text_printable(2, "\001\001", 8, out);
    assert_string_equal(out, "\\x01");
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
        cmocka_unit_test(only_what_a_terminal_may_have_is_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
