/* The plan: same inputs, same name; a folder takes one plan and no other. */
#include "folder.h"

#include "run/plan.h"

static struct plan plan_of(const char *weights, size_t units)
{
    struct plan p = {0};
    plan_put(&p, "map.bits", "%d", 3);
    plan_put(&p, "weights.sha256", "%s", weights);
    plan_seal(&p, units);
    return p;
}

static void the_same_inputs_make_the_same_plan(void **state)
{
    (void)state;
    struct plan a = plan_of("ab", 3), b = plan_of("ab", 3), c = plan_of("ac", 3),
                d = plan_of("ab", 4);
    assert_string_equal(a.id, b.id);
    assert_string_not_equal(a.id, c.id);
    assert_string_not_equal(a.id, d.id);
    assert_int_equal(strlen(a.id), 64);
    assert_string_equal(a.text.data, "map.bits = 3\nweights.sha256 = ab\nunits = 3\n");
    plan_finish(&a), plan_finish(&b), plan_finish(&c), plan_finish(&d);
}

static void a_folder_is_entered_again_and_again(void **state)
{
    struct plan p = plan_of("ab", 3), there = {0};
    struct err e = {0};
    char *folder = path_join(*state, "a/b");
    for (int k = 0; k < 3; k++)
        assert_well(plan_enter(&p, folder, &e), e);
    assert_well(plan_read(&there, folder, &e), e);
    assert_string_equal(there.id, p.id);
    plan_finish(&p), plan_finish(&there);
    free(folder);
}

static void another_plan_is_refused_with_what_differs(void **state)
{
    struct plan p = plan_of("ab", 3), other = plan_of("abc", 3), more = plan_of("ab", 33);
    struct err e = {0};
    assert_well(plan_enter(&p, *state, &e), e);
    assert_int_equal(plan_enter(&other, *state, &e), -1);
    assert_holds(e.text, "there `weights.sha256 = ab`, here `weights.sha256 = abc`");
    assert_holds(e.place, "plan.txt");
    assert_int_equal(plan_enter(&more, *state, &e), -1);
    assert_holds(e.text, "there `units = 3`, here `units = 33`");
    assert_well(plan_enter(&p, *state, &e), e);
    plan_finish(&p), plan_finish(&other), plan_finish(&more);
}

/* A line more or less has no partner to differ from. */
static void a_plan_with_fewer_lines_is_another(void **state)
{
    struct plan p = plan_of("ab", 3), shorter = {0};
    struct err e = {0};
    plan_put(&shorter, "map.bits", "3");
    plan_seal(&shorter, 3);
    assert_well(plan_enter(&p, *state, &e), e);
    assert_int_equal(plan_enter(&shorter, *state, &e), -1);
    assert_holds(e.text, "there `weights.sha256 = ab`, here `-`");
    plan_finish(&p), plan_finish(&shorter);
}

static void a_torn_plan_is_another_plan(void **state)
{
    struct plan p = plan_of("ab", 3);
    struct err e = {0};
    folder_write(*state, "plan.txt", p.text.len - 3, p.text.data);
    assert_int_equal(plan_enter(&p, *state, &e), -1);
    assert_holds(e.text, "another run");
    folder_write(*state, "plan.txt", 0, "");
    assert_int_equal(plan_enter(&p, *state, &e), -1);
    assert_holds(e.text, "there `-`, here `map.bits = 3`");
    plan_finish(&p);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void units_have_names_of_their_own(void **state)
{
    (void)state;
    enum { EACH = 5000, ALL = 3 * EACH };
    char(*id)[UNIT_ID] = mem_alloc(ALL, sizeof *id);
    char again[UNIT_ID];
    struct plan p = plan_of("ab", 3), q = plan_of("ac", 3);
    for (size_t k = 0; k < EACH; k++) {
        plan_unit_id(&p, "image", k, id[3 * k]);
        plan_unit_id(&p, "attempts", k, id[3 * k + 1]);
        plan_unit_id(&q, "image", k, id[3 * k + 2]);
    }
    plan_unit_id(&p, "image", 77, again);
    assert_string_equal(again, id[3 * 77]);
    assert_int_equal(strspn(again, "0123456789abcdef"), UNIT_ID - 1);
    qsort(id, ALL, sizeof *id, compare);
    for (size_t k = 1; k < ALL; k++)
        assert_string_not_equal(id[k - 1], id[k]);
    free(id);
    plan_finish(&p), plan_finish(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_inputs_make_the_same_plan),
        in_folder(a_folder_is_entered_again_and_again),
        in_folder(another_plan_is_refused_with_what_differs),
        in_folder(a_plan_with_fewer_lines_is_another),
        in_folder(a_torn_plan_is_another_plan),
        cmocka_unit_test(units_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
