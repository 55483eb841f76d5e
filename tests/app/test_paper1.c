/* Paper 1's table: every row has its numbers, claims are judged by their intervals. */
#include "cm.h"

#include "app/paper1.h"

#include <math.h>

static void every_row_has_its_numbers(void **state)
{
    char key[64];
    (void)state;
    if (!paper1_rows_hold(key))
        fail_msg("no part makes the numbers of %s", key);
}

static void claims_are_judged_by_their_intervals(void **state)
{
    static const struct {
        bool equal;
        double difference, half, margin;
        const char *word;
    } with[] = {
        {true, 0.5, 4, 8, "yes"},
        {true, -0.5, 4, 8, "yes"},
        {true, 3.9, 4, 8, "yes"},
        {true, 4.1, 4, 8, "no"},
        {true, -4.1, 4, 8, "no"},
        {true, 0, 13.7, 8, "cannot tell"},
        {true, 3, 5.1, 8, "cannot tell"},
        {false, 4.7, 4.6, 8, "yes"},
        {false, 4.5, 4.6, 8, "cannot tell"},
        {false, -4.5, 4.6, 8, "cannot tell"},
        {false, -4.7, 4.6, 8, "no"},
        {false, NAN, 4.6, 8, "not made"},
        {true, 0, NAN, 8, "not made"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++)
        assert_string_equal(
            paper1_claim(with[i].equal, with[i].difference, with[i].half, with[i].margin),
            with[i].word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_its_numbers),
        cmocka_unit_test(claims_are_judged_by_their_intervals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
