/* The user's own memristor: what is taken and what is refused, and why. */
#include "folder.h"

#include "spice/memristor.h"

static int open_text(const char *folder, const char *text, const char *subckt,
                     const char *params, struct memristor *m, struct err *e)
{
    folder_put(folder, "m.sub", text);
    char *path = path_join(folder, "m.sub");
    int status = memristor_open(m, path, subckt, params, e);
    free(path);
    return status;
}

static void refused(void **state, const char *text, const char *params, const char *why)
{
    struct memristor m;
    struct err e = {0};
    char line[2048];
    int status = open_text(*state, text, "", params, &m, &e);
    memristor_finish(&m);
    assert_int_equal(status, -1);
    err_format(&e, sizeof line, line);
    assert_holds(line, why);
    assert_null(strchr(line, '\n'));
}

#define GOOD "R1 te be 1k\nR2 dx 0 1\n.ends\n"

static void bad_models_are_refused(void **state)
{
    refused(state, ".subckt a te params: x0=0\nR1 te dx 1k\n.ends\n", "",
            "expected two terminals");
    refused(state, ".subckt a te be x params: x0=0\n" GOOD, "", "found 3");
    refused(state, ".subckt a te be\n" GOOD, "", "expected a parameter x0");
    refused(state, ".subckt a te be params: x0=0\nR1 te be 1k\n.ends\n", "",
            "inner node dx");
    refused(state, ".subckt a te be params: x0=0\nR1 te be 1k\nR2 dx 0 1\n", "",
            "without .ends");
    refused(state, "nothing\n", "", "expected `.subckt NAME te be");
    refused(state, "", "", "expected `.subckt NAME te be");
}

static void commands_are_refused(void **state)
{
    static const char *const lines[] = {".control", ".CONTROL",   "  .control ; x",
                                        ".exec a",  "shell date", "+ x\n.endc"};
    for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++) {
        struct buf b = {0};
        buf_printf(&b, ".subckt a te be params: x0=0\n%s\n" GOOD, lines[k]);
        refused(state, b.data, "", "runs commands");
        buf_finish(&b);
    }
    refused(state, ".include /etc/passwd\n.subckt a te be params: x0=0\n" GOOD, "",
            "m.sub:1: a memristor model that reads another file");
    refused(state, "* one\n.lib x y\n.subckt a te be params: x0=0\n" GOOD, "",
            "m.sub:2:");
}

static void parameters_go_by_name(void **state)
{
    static const char text[] =
        "* mine\n.SUBCKT Mine te be PARAMS: x0=0\n+ r_on=5k k = 2\n" GOOD;
    struct memristor m;
    struct err e = {0};
    struct buf deck = {0};
    double value;
    assert_well(open_text(*state, text, "", "r_on=4k", &m, &e), e);
    assert_string_equal(m.subckt, "mine");
    assert_true(memristor_param(&m, "r_on", &value));
    assert_close(value, 4e3, 1e-9);
    assert_true(memristor_param(&m, "k", &value));
    assert_close(value, 2, 0);
    assert_false(memristor_param(&m, "r_off", &value));
    memristor_put(&m, "user.sub", &deck);
    assert_holds(deck.data, ".include user.sub\n.subckt memristor te be params: x0=0\n"
                            "Xu te be mine x0={x0} r_on=4k\n");
    assert_holds(deck.data, ".subckt memristor_static te be");
    buf_finish(&deck);
    memristor_finish(&m);
    refused(state, text, "r_onn=4k", "did you mean `r_on`");
    refused(state, text, "r_on", "expected name=value");
}

static void the_one_asked_for_is_taken(void **state)
{
    static const char text[] =
        ".subckt other a b c\n.ends\n.subckt mine te be params: x0=0\n" GOOD;
    struct memristor m;
    struct err e = {0};
    assert_well(open_text(*state, text, "MINE", "", &m, &e), e);
    memristor_finish(&m);
    assert_int_equal(open_text(*state, text, "yours", "", &m, &e), -1);
    memristor_finish(&m);
}

static void ours_needs_nothing(void **state)
{
    (void)state;
    struct memristor m;
    struct err e = {0};
    struct buf deck = {0};
    assert_well(memristor_open(&m, "", "", "", &e), e);
    memristor_put(&m, NULL, &deck);
    assert_int_equal(deck.len, 0);
    memristor_finish(&m);
}

static void those_that_ship_are_taken(void **state)
{
    (void)state;
    static const char *const names[] = {"vteam", "yakopcic"};
    for (size_t k = 0; k < 2; k++) {
        struct memristor m;
        struct err e = {0};
        char path[512];
        snprintf(path, sizeof path, "%s/models/%s.sub", SPIKEBAR_SOURCE_ROOT, names[k]);
        assert_well(memristor_open(&m, path, "", "", &e), e);
        assert_string_equal(m.subckt, names[k]);
        memristor_finish(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(bad_models_are_refused),    in_folder(commands_are_refused),
        in_folder(parameters_go_by_name),     in_folder(the_one_asked_for_is_taken),
        cmocka_unit_test(ours_needs_nothing), cmocka_unit_test(those_that_ship_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
