/* Decks in gnucap's dialect: the expansion has a closed form, and what gnucap makes of it
 * (passed over where it is absent) is the voltage that the circuit must have. */
#include "folder.h"

#include "spice/gnucap.h"

#include <math.h>

static const char *const nodes[] = {"out"};

static int translate(const char *folder, const char *deck, struct buf *out, struct err *e)
{
    buf_clear(out);
    return gnucap_translate(deck, folder, 1, nodes, out, e);
}

#define TAIL ".options reltol=1e-4 gmin=1e-15 abstol=1e-15\n.tran 0.2m 1m 0 0.2m\n.end\n"

/* A divider of blocks in blocks: parameters of their caller, of the file, of their own;
 * a global node; copies; an included file beside the including one; comments. */
static const char divider[] = "* title\n"
                              ".include sub/blocks.inc\n"
                              ".param r_low = 3k ; ohm\n"
                              "Xtop supply out pair rr=2k\n"
                              "Xlow out 0 single m=3\n"
                              ".param r_low = 6k\n" TAIL;
static const char blocks[] = ".include more.inc\n"
                             ".global supply\n"
                             ".func f(x) {2*x}\n"
                             ".subckt pair p q params: rr={r_low} k=1\n"
                             "Xa p mid single\n"
                             "Xb mid q single r = {rr/2 * k}\n"
                             ".ends pair\n"
                             ".subckt unused a b\nBno a b i=v(a)\n.ends\n";
static const char more[] = "* other\n"
                           ".subckt single p q params: r={rr} u=7\n"
                           "R1 p q\n+ {r + 1u*rr - rr/1meg}\n"
                           ".ends\n"
                           ".param rr={r_low}\n"
                           "Vs supply 0 pwl(0 5 1 5) $ source\n";

static void put_divider(const char *folder)
{
    char *sub = folder_sub(folder, "sub");
    folder_put(sub, "blocks.inc", blocks);
    folder_put(sub, "more.inc", more);
    free(sub);
}

static void assert_in(const struct buf *text, const char *part)
{
    if (!strstr(buf_text(text), part))
        fail_msg("expected `%s` in `%s`", part, buf_text(text));
}

static void blocks_are_expanded(void **state)
{
    struct buf out = {0};
    struct err e = {0};
    put_divider(*state);
    assert_int_equal(translate(*state, divider, &out, &e), 0);
    assert_in(&out, "r_xtop_xa_r1 supply xtop_mid {((2k)) + 1u*(2k) - (2k)/1meg}\n");
    assert_in(&out, "r_xtop_xb_r1 xtop_mid out {((2k)/2 * (1)) + 1u*(2k) - (2k)/1meg}\n");
    assert_in(&out, "r_xlow_m2_r1 out 0 {");
    assert_null(strstr(buf_text(&out), "xlow_m3"));
    assert_in(&out, ".param r_low=6k\n");
    assert_null(strstr(buf_text(&out), "3k"));
    assert_null(strstr(buf_text(&out), "xa_supply"));
    assert_in(&out, ".print tran v(out)\n.tran 2e-05 0.001\n.end\n");
    assert_in(&out, ".options gmin=1e-15\n");
    buf_finish(&out);
}

/* 2k + 1k over 6k/3 from 5 V: 2 V. */
static void gnucap_sees_the_same_circuit(void **state)
{
    struct buf out = {0};
    struct err e = {0};
    struct trace t;
    char said[96];
    if (!gnucap_works(said)) {
        print_message("PASSED OVER, gnucap: %s\n", said);
        skip();
    }
    put_divider(*state);
    assert_int_equal(translate(*state, divider, &out, &e), 0);
    if (gnucap_run(buf_text(&out), 1, nodes, 1e-3, 60, &t, &e) < 0)
        fail_msg("%s", e.text);
    assert_true(t.points >= 51);
    for (size_t i = 0; i < t.points; i++)
        assert_close(t.value[0][i], 2, 1e-6);
    assert_close(t.time_s[t.points - 1], 1e-3, 1e-9);
    trace_finish(&t);
    buf_finish(&out);
}

static void what_it_cannot_have_is_named(void **state)
{
    static const struct {
        const char *deck, *why;
    } cases[] = {
        {"t\nBx out 0 i=1\n" TAIL, "no element such as `bx out"},
        {"t\nX1 out 0 none\n" TAIL, "x1: no subcircuit `none`"},
        {"t\n.subckt a p q\nR1 p q 1\n.ends\nX1 out a\n" TAIL,
         "expected 2 nodes, found 1"},
        {"t\n.subckt a p\nR1 p 0 1\n.ends\nX1 out a m=0\n" TAIL, "expected m from 1"},
        {"t\n.subckt a p\nX1 p a\n.ends\nX1 out a\n" TAIL, "too deep"},
        {"t\n.control\n" TAIL, "no line such as `.control`"},
        {"t\nR1 out 0 1\n.end\n", "one .tran, found 0"},
        {"t\n.include self.inc\n" TAIL, "too deep"},
        {"t\n.include none.inc\n" TAIL, "cannot"},
    };
    struct buf out = {0};
    folder_put(*state, "self.inc", ".include self.inc\n");
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct err e = {0};
        assert_int_equal(translate(*state, cases[k].deck, &out, &e), -1);
        if (!strstr(e.text, cases[k].why))
            fail_msg("expected `%s`, found `%s`", cases[k].why, e.text);
    }
    buf_finish(&out);
}

static int read_text(const char *text, struct trace *t, struct err *e)
{
    static const char *const two[] = {"a", "b"};
    return gnucap_read(text, 2, two, 1e-3, t, e);
}

static void tables_are_read_with_care(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } broken[] = {
        {"gnucap\n", "no table"},
        {"#Time v(a) v(b)\n 0. 1. 2.\n 500.u 1. 2.\n", "stopped at 0.0005"},
        {"#Time v(a) v(b)\n 0. 1. 2.\n 1.m 1.\n", "row 2: expected 3 numbers"},
        {"#Time v(a) v(b)\n 0. 1. 2.\n 1.m 1. nan\n", "row 2: expected 3 numbers"},
        {"#Time v(a) v(b)\n 0. 1. 2.\n 1.m 1. 2. 3.\n", "row 2: expected 3 numbers"},
        {"#Time v(a) v(b)\n 2.m 1. 2.\n 1.m 1. 2.\n", "does not rise"},
        {"#Time v(a) v(b)\n 0. 1. 2.\ndid not converge\n 1.m 1. 2.\n", "not converge"},
        {"#Time v(a) v(b)\n", "stopped at 0"},
    };
    struct trace t;
    struct err e = {0};
    assert_int_equal(read_text("x\n#Time v(a) v(b)\nopen circuit: internal node 3\n"
                               " 0. 0.2 -3.m\n 20.u 1.5K 2.E-21\n 0.001 4. 5.\n",
                               &t, &e),
                     0);
    assert_int_equal(t.points, 3);
    assert_close(t.time_s[1], 20e-6, 1e-18);
    assert_close(t.value[0][1], 1500, 0);
    assert_close(t.value[1][0], -3e-3, 1e-18);
    trace_finish(&t);
    for (size_t k = 0; k < sizeof broken / sizeof broken[0]; k++) {
        assert_int_equal(read_text(broken[k].text, &t, &e), -1);
        if (!strstr(e.text, broken[k].why))
            fail_msg("expected `%s`, found `%s`", broken[k].why, e.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(blocks_are_expanded),
        in_folder(gnucap_sees_the_same_circuit),
        in_folder(what_it_cannot_have_is_named),
        cmocka_unit_test(tables_are_read_with_care),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
