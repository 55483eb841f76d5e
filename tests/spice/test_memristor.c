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
    refused(state, ".param nothing=1\n", "", "expected `.subckt NAME te be");
    refused(state, "", "", "expected `.subckt NAME te be");
}

/* Lines that run something, read something, or reach out of the device; each behind the
 * first line and before the .subckt, within it, and behind it. */
static const char *const hidden_commands[] = {
    ".control",
    ".CONTROL",
    ".controlx",
    "  .control",
    "\t.Control",
    ".control;x",
    ".control$ x",
    ".control // x",
    ".control\r",
    ".exec a",
    ".endc",
    ".include /etc/passwd",
    ".inc x",
    ".incx x",
    ".INCLUDEX x",
    " \t.incl x",
    ".incpslt x",
    ".lib x y",
    ".LIB 'x' y",
    ".library x",
    ".endl",
    ".csparam x=1",
    ".csparam\n+ x=1",
    ".options x",
    ".global x",
    ".save all",
    ".tran 1u 1m",
    ".if (1)",
    ".param2 x=1",
    ".params x=1",
    ".end",
    "*ng_script",
    "* NG_SCRIPT",
    "*# shell date",
    "** # shell date",
    "# shell date",
    "shell date",
    "alias x shell date",
    "codemodel evil.cm",
    "pre_codemodel evil.cm",
    "pre_osdi evil.osdi",
    "source x",
    "set x=1",
    "A1 te be filesource",
    "N1 te be model",
    ".model m filesource (file=x)",
    ".model m d_process",
    ".model m",
    "V1 te be pwl file=\"x\"",
    "R1 te be `date`",
    "R1 te be 1k \\\\",
    "R1 te be 1k\r.control",
    "R1 te be 1k\f",
    "\v.control",
    "R1 t\xc2\xa0z be 1k",
};

static void refused_line(void **state, const char *text, int line)
{
    struct memristor m;
    struct err e = {0};
    char place[32];
    int status = open_text(*state, text, "", "", &m, &e);
    memristor_finish(&m);
    if (status != -1)
        fail_msg("taken: %s", text);
    snprintf(place, sizeof place, "m.sub:%d", line);
    assert_holds(e.place, place);
    assert_string_equal(strstr(e.place, "m.sub:"), place);
    assert_int_equal(strncmp(e.text, "expected ", 9), 0);
    assert_holds(e.text, ", found `");
    assert_holds(e.hint, "runs no commands and reads no other file");
    for (const char *p = e.text; *p; p++)
        assert_true(*p >= ' ' && *p <= '~');
}

static void commands_are_refused(void **state)
{
    for (size_t k = 0; k < sizeof hidden_commands / sizeof hidden_commands[0]; k++) {
        const char *line = hidden_commands[k];
        struct buf title = {0}, before = {0}, within = {0}, behind = {0};
        buf_printf(&title, "%s\n.subckt a te be params: x0=0\n" GOOD, line);
        buf_printf(&before, "* t\n\n%s\n.subckt a te be params: x0=0\n" GOOD, line);
        buf_printf(&within, ".subckt a te be\n+ params: x0=0\n%s\n" GOOD, line);
        buf_printf(&behind, ".subckt a te be params: x0=0\n" GOOD "%s\n", line);
        refused_line(state, title.data, 1);
        refused_line(state, before.data, 3);
        refused_line(state, within.data, 3);
        refused_line(state, behind.data, 5);
        buf_finish(&title), buf_finish(&before);
        buf_finish(&within), buf_finish(&behind);
    }
}

/* The deck's card before an .include would go on; elements belong into the device. */
static void lines_without_their_place_are_refused(void **state)
{
    refused_line(state, "+ x\n.subckt a te be params: x0=0\n" GOOD, 1);
    refused_line(state, "* t\n;\n\t+x\n.subckt a te be params: x0=0\n" GOOD, 3);
    refused_line(state, ".ends\n.subckt a te be params: x0=0\n" GOOD, 1);
    refused_line(state, "R1 a b 1k\n.subckt a te be params: x0=0\n" GOOD, 1);
}

static void all_that_a_device_needs_is_taken(void **state)
{
    static const char text[] =
        "* title \xc2\xb5, \"quoted\"\r\n; a\n$ b\n// c\n\n.FUNC f(x) {x*x}\n"
        ".param one = 1 ; \xc2\xb5\n.model dd D (is=1e-14)\n.model s1 sw vt=1\n"
        ".subckt inner a b\nR1 a b {one}\n.ends inner\n"
        "\t.Subckt mine te be params: x0=0\r\n"
        "X1 te be inner\nD1 te be dd\nS1 te be dx 0 s1\nVs te q 0\n"
        "E1 q 0 vol='f(v(dx))'\nB1 dx 0 i = v(te,be) > 0 ?\n* between\n+ 1u : 0 $ d\n"
        "C1 dx 0 1u\n+ ic=0\n  .ends mine\n";
    struct memristor m;
    struct err e = {0};
    assert_well(open_text(*state, text, "mine", "", &m, &e), e);
    memristor_finish(&m);
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
                            "Xu te be mine x0={x0} r_on=4k\n.ic v(xu.dx)=0\n");
    assert_holds(deck.data, ".subckt memristor_static te be");
    buf_finish(&deck);
    memristor_finish(&m);
    refused(state, text, "r_onn=4k", "did you mean `r_on`");
    refused(state, text, "r_on", "expected name=value");
}

/* A dollar is a letter of a name, behind a blank or a comma it begins a comment. */
static void a_dollar_in_a_name_ends_no_line(void **state)
{
    struct memristor m;
    struct err e = {0};
    assert_well(open_text(*state,
                          ".subckt a te be params: x0=0\nR1 te be 1k\nR2 a$ dx 1k\n"
                          ".ends\n",
                          "", "", &m, &e),
                e);
    memristor_finish(&m);
    refused(state, ".subckt a te be params: x0=0\nR1 te be 1k\nR2 a b 1k $ dx\n.ends\n",
            "", "expected an inner node dx");
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
        in_folder(bad_models_are_refused),
        in_folder(commands_are_refused),
        in_folder(lines_without_their_place_are_refused),
        in_folder(all_that_a_device_needs_is_taken),
        in_folder(parameters_go_by_name),
        in_folder(a_dollar_in_a_name_ends_no_line),
        in_folder(the_one_asked_for_is_taken),
        cmocka_unit_test(ours_needs_nothing),
        cmocka_unit_test(those_that_ship_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
