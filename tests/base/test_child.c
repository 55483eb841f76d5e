/* Children: what they print comes back; those that go wrong cost their own deadline. */
#include "cm.h"

#include "base/child.h"
#include "base/log.h"

#include <string.h>

#define SHELL(script) ((const char *const[]){"/bin/sh", "-c", script, NULL})

static int run(struct child *c, const char *const *word, struct err *e)
{
    *c = (struct child){.word = word, .input = "a\nb\n", .deadline_s = 60, .limit = 4096};
    return child_run(c, e);
}

static void what_is_printed_comes_back(void **state)
{
    (void)state;
    struct child c;
    struct err e = {0};
    assert_int_equal(run(&c, SHELL("cat; pwd; echo oh >&2"), &e), 0);
    assert_string_equal(buf_text(&c.output), "a\nb\n/\n");
    assert_string_equal(buf_text(&c.messages), "oh\n");
    child_finish(&c);
}

static void assert_fails(const char *const *word, double deadline_s, const char *why,
                         bool missing)
{
    struct err e = {0};
    struct child c = {.word = word, .deadline_s = deadline_s, .limit = 4096};
    assert_int_equal(child_run(&c, &e), -1);
    if (!strstr(e.text, why))
        fail_msg("expected `%s`, found `%s`", why, e.text);
    assert_true(c.missing == missing);
    child_finish(&c);
}

static void what_goes_wrong_is_told(void **state)
{
    (void)state;
    const char *const none[] = {"no-such-program-here", NULL};
    assert_fails(none, 60, "cannot start", true);
    assert_fails(SHELL("exit 3"), 60, "status 3", false);
    assert_fails(SHELL("kill -SEGV $$"), 60, "died", false);
    assert_fails(SHELL("yes"), 60, "more than 4096 bytes", false);
    /* one that never ends, and one that closes its output and goes on; with a child of
     * their own that holds the output open */
    assert_fails(SHELL("sleep 1000 & sleep 1000"), 0.3, "not done within 0.3 s", false);
    assert_fails(SHELL("exec >&-; sleep 1000"), 0.3, "not done within 0.3 s", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_comes_back),
        cmocka_unit_test(what_goes_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
