/* The circuit that a study names: the head of its decks, its solver, its states. */
#include "folder.h"

#include "circuit/statemap.h"

#include <math.h>

static const char root[] = SPIKEBAR_SOURCE_ROOT;

static void open_with(struct circuit *c, struct study *s, const char *const set[])
{
    struct err e = {0};
    study_init(s);
    for (; set && *set; set++)
        assert_well(study_set(s, *set, &e), e);
    assert_well(circuit_open(c, s, root, &e), e);
}

static void close_both(struct circuit *c, struct study *s)
{
    circuit_finish(c);
    study_finish(s);
}

/* Of blocks of one name the first counts, of parameters the last: the user's memristor
 * before ours, changes after the files that they change. */
static void the_order_lets_changes_win(void **state)
{
    static const char *const order[] = {
        ".subckt before\n",    ".include /c/models/vteam.sub\n",
        "\n.subckt memristor ", "\n.include /c/netlists/variant_b.param\n",
        "\n.include /c/netlists/array.inc\n", "\n.param r1 = 2meg ",
        "/mine.inc\n",         "\n.param after=1\n"};
    struct circuit c;
    struct study s;
    struct buf b = {0}, set = {0};
    folder_put(*state, "mine.inc", "* nothing\n");
    buf_printf(&set, "circuit.include=%s/mine.inc", (char *)*state);
    open_with(&c, &s,
              (const char *[]){"device.model=vteam.sub", "circuit.override=r1=2meg",
                               set.data, NULL});
    free(c.model);
    c.model = mem_copy_string("models/vteam.sub"); /* as after circuit_adopt */
    circuit_lines(&c,
                  &(struct circuit_head){.as = "/c",
                                         .before = ".subckt before\n",
                                         .after = ".param after=1\n"},
                  &b);
    const char *last = b.data;
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        const char *at = strstr(b.data, order[k]);
        if (!at || at < last)
            fail_msg("%s is not in its place in\n%s", order[k], b.data);
        last = at;
    }
    buf_clear(&b);
    circuit_lines(&c, &(struct circuit_head){.as = ".", .devices = true}, &b);
    assert_holds(b.data, "\n.include ./netlists/cell.sub\n");
    assert_holds(b.data, "\n.include ./models/memristor.sub\n");
    assert_null(strstr(b.data, "mine.inc"));
    buf_finish(&b), buf_finish(&set);
    close_both(&c, &s);
}

/* The rungs that the study may ask for are those that there are; a rung beyond them is
 * the first. */
static void the_ladder_is_as_long_as_the_study_says(void **state)
{
    (void)state;
    static const char *const names[] = {"as asked", "tighter steps", "gear", "gmin 1e-12",
                                        "loose tolerances"};
    struct circuit c;
    struct study s;
    struct err e;
    open_with(&c, &s, NULL);
    assert_int_equal(DECK_RUNGS, 5);
    assert_int_equal(s.simulate.rungs, DECK_RUNGS);
    assert_int_equal(study_set(&s, "simulate.rungs=6", &e), -1);
    for (int k = 0; k < DECK_RUNGS; k++) {
        struct deck_solver solver;
        circuit_solver(&c, k, &solver);
        assert_string_equal(solver.name, names[k]);
        circuit_solver(&c, k + DECK_RUNGS, &solver);
        assert_string_equal(solver.name, names[0]);
    }
    close_both(&c, &s);
}

/* The largest step goes with the square root of the accuracy, between 1 us and 2 ms. */
static void the_step_follows_the_accuracy(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        double step_s;
    } with[] = {{"simulate.accuracy=0.1", 0.2913e-3},
                {"simulate.accuracy=0.025", 0.14565e-3},
                {"simulate.accuracy=5", 2e-3},
                {"simulate.step=17u", 17e-6}};
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
        struct circuit c;
        struct study s;
        struct deck_solver solver;
        open_with(&c, &s, (const char *[]){with[i].set, NULL});
        circuit_solver(&c, 0, &solver);
        assert_close(solver.step_s, with[i].step_s, 1e-9);
        close_both(&c, &s);
    }
}

/* Ours in closed form and measured: the same states; the user's within its own range. */
static void states_give_their_conductances(void **state)
{
    (void)state;
    struct circuit c;
    struct study s;
    struct statemap m;
    struct err e = {0};
    double reached_S;
    open_with(&c, &s, NULL);
    assert_well(statemap_learn(&c, &e), e);
    assert_null(c.map);
    assert_well(statemap_measure(&m, &c, 0, 1.1, &e), e);
    for (double g_S = 6e-6; g_S < 200e-6; g_S *= 1.7) {
        double x = statemap_find(&c, g_S, &reached_S);
        assert_close(reached_S, g_S, 0);
        assert_close(statemap_charge(&m, x) / g_S, 1, 1e-3);
    }
    close_both(&c, &s);
    open_with(&c, &s, (const char *[]){"device.model=vteam.sub", NULL});
    assert_well(statemap_learn(&c, &e), e);
    double x = statemap_find(&c, 50e-6, &reached_S);
    assert_true(x > 0 && x < 1);
    assert_close(reached_S, 50e-6, 1e-12);
    assert_close(statemap_find(&c, 1, &reached_S), 1, 0);
    assert_close(reached_S, 195e-6, 10e-6); /* 5 kohm and the transistor */
    /* its conductance is exponential in its state: the states were chosen anew, so that
     * none of them is far from its neighbours */
    double span_S = c.map->charge_S[STATEMAP_STATES - 1] - c.map->charge_S[0];
    for (int k = 1; k < STATEMAP_STATES; k++)
        assert_true(c.map->charge_S[k] - c.map->charge_S[k - 1] <
                    3 * span_S / STATEMAP_STATES);
    assert_true(fabs(c.map->x[32] - 0.5) > 0.1);
    close_both(&c, &s);
}

/* Kind, version, keys of the scope, files: each makes another plan. */
static void the_plan_names_what_numbers_depend_on(void **state)
{
    (void)state;
    struct circuit c;
    struct study s;
    struct plan p = {0};
    open_with(&c, &s, (const char *[]){"circuit.override=rf=2k", NULL});
    circuit_plan(&c, "unit", STUDY_UNIT, "39.3", &p);
    static const char *const lines[] = {"format = 3\n", "kind = unit\n",
                                        "ngspice = 39.3\n",
                                        "circuit.override = rf=2k\n", "circuit.sha256 = "};
    for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++)
        assert_holds(p.text.data, lines[k]);
    assert_holds(p.text.data, c.sha256);
    assert_null(strstr(p.text.data, "dataset."));
    plan_finish(&p);
    close_both(&c, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(the_order_lets_changes_win),
        cmocka_unit_test(the_ladder_is_as_long_as_the_study_says),
        cmocka_unit_test(the_step_follows_the_accuracy),
        cmocka_unit_test(states_give_their_conductances),
        cmocka_unit_test(the_plan_names_what_numbers_depend_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
