#include "cm.h"

#include "base/mem.h"
#include "data/split.h"

#include <stdlib.h>
#include <string.h>

static void assert_covers(const struct split *s, size_t count)
{
    char *seen = mem_alloc(count, 1);
    assert_int_equal(s->train_count + s->test_count, count);
    for (size_t i = 0; i < count; i++) {
        uint32_t m = i < s->train_count ? s->train[i] : s->test[i - s->train_count];
        assert_true(m < count && !seen[m]);
        seen[m] = 1;
    }
    free(seen);
}

static void parts_have_the_sizes_of_the_design(void **state)
{
    (void)state;
    struct split s;
    split_random(0, 1797, 0.2, &s);
    assert_int_equal(s.train_count, 1438);
    assert_int_equal(s.test_count, 359);
    assert_covers(&s, 1797);
    split_finish(&s);
    split_random(0, 5620, 0.2, &s);
    assert_int_equal(s.train_count, 4496);
    assert_int_equal(s.test_count, 1124);
    assert_covers(&s, 5620);
    split_finish(&s);
    split_finish(&s);
}

static void extreme_fractions_leave_one_part_empty(void **state)
{
    (void)state;
    struct split s;
    split_random(0, 10, 0, &s);
    assert_int_equal(s.test_count, 0);
    assert_covers(&s, 10);
    split_finish(&s);
    split_random(0, 10, 1, &s);
    assert_int_equal(s.train_count, 0);
    assert_covers(&s, 10);
    split_finish(&s);
}

static void the_seed_decides(void **state)
{
    (void)state;
    struct split a, b, c;
    split_random(1, 100, 0.2, &a);
    split_random(1, 100, 0.2, &b);
    split_random(2, 100, 0.2, &c);
    assert_memory_equal(a.test, b.test, 20 * sizeof a.test[0]);
    assert_memory_equal(a.train, b.train, 80 * sizeof a.train[0]);
    assert_memory_not_equal(a.test, c.test, 20 * sizeof a.test[0]);
    split_finish(&a), split_finish(&b), split_finish(&c);
}

static void a_file_of_its_own_tests(void **state)
{
    (void)state;
    struct split s;
    split_at(7, 5, &s);
    assert_int_equal(s.train_count, 5);
    assert_int_equal(s.train[4], 4);
    assert_int_equal(s.test[0], 5);
    assert_covers(&s, 7);
    split_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_have_the_sizes_of_the_design),
        cmocka_unit_test(extreme_fractions_leave_one_part_empty),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(a_file_of_its_own_tests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
