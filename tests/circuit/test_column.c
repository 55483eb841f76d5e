/* Columns with few cells, written by spice/deck.h: against the native model, against
 * one another, and against plain ngspice. Variants a and b. */
#include "cm.h"

#include "circuit/lab.h"
#include "num/line.h"
#include "snn/kernel.h"
#include "spice/deck.h"
#include "spice/plain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELLS_MAX = 4 };

static const char *const variants[] = {"a", "b"};

/* Up to four inputs with up to two outputs; what a test leaves at zero is not there. */
struct rig {
    size_t inputs, outputs;
    struct deck_spikes spikes[CELLS_MAX];
    double target_S[CELLS_MAX][2];
    const char *change; /* parameters, "rf=2k" */
    const char *lines;  /* further lines of the deck */
    struct deck_solver solver;
    size_t first, columns; /* columns = 0: all */
    bool dynamic, active;
    double window_s;
};

static struct rig rig_of(size_t inputs, size_t outputs)
{
    return (struct rig){.inputs = inputs,
                        .outputs = outputs,
                        .solver = {.name = "usual",
                                   .reltol = 1e-4,
                                   .vntol_V = 1e-8,
                                   .abstol_A = 1e-15,
                                   .gmin_S = 1e-15,
                                   .step_s = 0.2e-3},
                        .window_s = 0.1};
}

static void rig_write(const struct rig *r, const char *variant, struct jobs_deck *d)
{
    struct param_table t;
    struct err e = {0};
    struct cell c = lab_cell();
    double state[CELLS_MAX][2];
    struct buf head = {0};
    lab_params(variant, &t);
    if (r->change && param_override(&t, r->change, &e) < 0)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < r->inputs; i++)
        for (size_t j = 0; j < r->outputs; j++)
            state[i][j] = cell_state_for(&c, r->target_S[i][j]);
    buf_printf(&head, ".include %s/netlists/variant_%s.param\n", LAB_ROOT, variant);
    buf_printf(&head, ".include %s/netlists/array.inc\n", LAB_ROOT);
    param_render(&t, true, &head);
    struct deck_array a = {.title = "rig",
                           .circuit = {head.data, &t},
                           .pulse = {c.gate_V, c.rise_s, c.width_s, c.fall_s, c.vto_V},
                           .window_s = r->window_s,
                           .inputs = r->inputs,
                           .outputs = r->columns ? r->columns : r->outputs,
                           .first_output = r->first,
                           .spikes = r->spikes,
                           .state = state[0],
                           .state_stride = 2,
                           .dynamic = r->dynamic,
                           .active = r->active,
                           .all_nodes = true};
    *d = (struct jobs_deck){.stop_s = r->window_s};
    deck_write(&a, &r->solver, &d->text);
    if (r->lines) { /* before ".end" */
        d->text.len -= 5;
        buf_printf(&d->text, "%s.end\n", r->lines);
    }
    buf_finish(&head);
    param_finish(&t);
}

/* n rigs at once; the traces hold `vectors` of each, the same number for all. */
static void run_rigs(size_t n, const struct rig rig[n], const char *variant, size_t count,
                     const char *const vector[n * count], struct jobs_deck d[n])
{
    for (size_t k = 0; k < n; k++) {
        rig_write(&rig[k], variant, &d[k]);
        for (size_t i = 0; i < count; i++)
            jobs_name(&d[k], "%s", vector[k * count + i]);
    }
    lab_simulate(n, d);
}

static double above_rest(const struct jobs_deck *d, size_t k, double t_s)
{
    const double *v = d->trace.value[k];
    return line_at(d->trace.points, d->trace.time_s, v, t_s) - v[0];
}

static struct peak peak_of(const struct jobs_deck *d, size_t k)
{
    return trace_peak(d->trace.points, d->trace.time_s, d->trace.value[k]);
}

static const double at_10ms[] = {10e-3}, at_12ms[] = {12e-3}, early[] = {7e-3, 40e-3};

/* ---- against the native model ---- */

/* One spike at 10 ms through 20 and 200 uS: the membrane over its peak is the kernel
 * over its own, within 0.15 % at all whole ms. */
static void membrane_is_the_circuit_kernel(void **state)
{
    (void)state;
    static const char *const mem[] = {"mem0", "mem0"};
    struct kernel k;
    struct err e = {0};
    struct cell c = lab_cell();
    assert_int_equal(kernel_init(&k, "circuit", 100, &e), 0);
    assert_close(k.delay_s, cell_turn_on(&c), 1e-7);
    assert_close(k.width_s, cell_on_time(&c), 1e-7);
    for (int v = 0; v < 2; v++) {
        struct jobs_deck d[2];
        struct rig r[2] = {rig_of(1, 1), rig_of(1, 1)};
        for (int g = 0; g < 2; g++) {
            r[g].spikes[0] = (struct deck_spikes){1, at_10ms};
            r[g].target_S[0][0] = g ? 200e-6 : 20e-6;
        }
        run_rigs(2, r, variants[v], 1, mem, d);
        for (int g = 0; g < 2; g++) {
            struct peak p = peak_of(&d[g], 0);
            assert_close(p.time_s, 10e-3 + k.peak_s, 0.2e-3);
            for (int ms = 0; ms < 100; ms++)
                assert_close(above_rest(&d[g], 0, 1e-3 * ms) / p.above,
                             ms < 10 ? 0 : k.response[ms - 10], 1.5e-3);
        }
        jobs_finish(2, d);
    }
}

/* Maxima are proportional to the conductance, 5.7 to 200 uS, within 0.1 %, and the gain
 * is the one that the variant's file claims with two digits, V/S. */
static void maxima_are_proportional_to_the_conductance(void **state)
{
    (void)state;
    static const double g[] = {5.7e-6, 50e-6, 100e-6, 200e-6}, gain[] = {0.23, 2.08};
    static const char *const mem[] = {"mem0", "mem0", "mem0", "mem0"};
    for (int v = 0; v < 2; v++) {
        struct jobs_deck d[4];
        struct rig r[4];
        for (int k = 0; k < 4; k++) {
            r[k] = rig_of(1, 1);
            r[k].spikes[0] = (struct deck_spikes){1, at_10ms};
            r[k].target_S[0][0] = g[k];
        }
        run_rigs(4, r, variants[v], 1, mem, d);
        double of_largest = peak_of(&d[3], 0).above / g[3];
        assert_close(of_largest / gain[v], 1, 0.02);
        for (int k = 0; k < 3; k++)
            assert_close(peak_of(&d[k], 0).above / g[k] / of_largest, 1, 1e-3);
        jobs_finish(4, d);
    }
}

/* Two cells together give the sum of each alone, within 0.1 % of the maximum: at
 * different times, and in the same ms. */
static void responses_add_up(void **state)
{
    (void)state;
    static const char *const mem[] = {"mem0", "mem0", "mem0"};
    static const double *const second[] = {at_12ms, at_10ms};
    for (int v = 0; v < 4; v++) {
        struct jobs_deck d[3];
        struct rig r[3];
        for (int k = 0; k < 3; k++) { /* the first, the second, both */
            r[k] = rig_of(2, 1);
            r[k].target_S[0][0] = 200e-6;
            r[k].target_S[1][0] = 60e-6;
            if (k != 1)
                r[k].spikes[0] = (struct deck_spikes){1, at_10ms};
            if (k != 0)
                r[k].spikes[1] = (struct deck_spikes){1, second[v / 2]};
        }
        run_rigs(3, r, variants[v % 2], 1, mem, d);
        double top = peak_of(&d[2], 0).above;
        for (int ms = 0; ms < 100; ms++) {
            double t = 1e-3 * ms;
            double sum = above_rest(&d[0], 0, t) + above_rest(&d[1], 0, t);
            assert_close(above_rest(&d[2], 0, t) / top, sum / top, 1e-3);
        }
        jobs_finish(3, d);
    }
}

/* The TIA's output in the middle of a pulse is -rf times the current of the open cells,
 * also where a study changed rf: its .param line wins. */
static void the_tia_shows_the_current(void **state)
{
    (void)state;
    static const char *const tia[] = {"tia0", "tia0"};
    struct cell c = lab_cell();
    struct jobs_deck d[2];
    struct rig r[2];
    for (int k = 0; k < 2; k++) {
        r[k] = rig_of(2, 1);
        r[k].window_s = 15e-3;
        r[k].spikes[0] = r[k].spikes[1] = (struct deck_spikes){1, at_10ms};
        r[k].target_S[0][0] = 150e-6;
        r[k].target_S[1][0] = 30e-6;
    }
    r[1].change = "rf=3.6k";
    run_rigs(2, r, "a", 1, tia, d);
    double i = 0;
    for (int k = 0; k < 2; k++)
        i += cell_current(&c, cell_state_for(&c, r[0].target_S[k][0]), c.gate_V);
    for (int k = 0; k < 2; k++)
        assert_close(above_rest(&d[k], 0, 10.5e-3) / (-1800 * (k + 1) * i), 1, 5e-5);
    jobs_finish(2, d);
}

/* ---- against one another ---- */

/* Each of two columns alone: the same maximum within 1e-6, the same rest. */
static void columns_are_independent(void **state)
{
    (void)state;
    static const char *const both[] = {"mem0", "mem1"}, *const one[] = {"mem0", "mem1"};
    struct rig r = rig_of(3, 2);
    for (int i = 0; i < 3; i++) {
        r.target_S[i][0] = 200e-6 - 30e-6 * i;
        r.target_S[i][1] = 6e-6 + 20e-6 * i;
    }
    r.spikes[0] = (struct deck_spikes){2, early};
    r.spikes[1] = (struct deck_spikes){1, at_10ms};
    r.spikes[2] = (struct deck_spikes){1, at_12ms};
    for (int v = 0; v < 2; v++) {
        struct jobs_deck whole, part[2];
        struct rig alone[2] = {r, r};
        alone[0].columns = alone[1].columns = 1;
        alone[1].first = 1;
        run_rigs(1, &r, variants[v], 2, both, &whole);
        run_rigs(2, alone, variants[v], 1, one, part);
        for (int j = 0; j < 2; j++) {
            struct peak p = peak_of(&whole, (size_t)j), q = peak_of(&part[j], 0);
            assert_close(p.above / q.above, 1, 1e-6);
            assert_close(p.rest, q.rest, 1e-12);
        }
        jobs_finish(1, &whole), jobs_finish(2, part);
    }
}

/* A TIA of twice the gain in one column: twice the signal there, and nothing in the
 * other. Twice the signal is within the DPI's linear range to 0.2 %. */
static void a_part_of_one_column_stays_there(void **state)
{
    (void)state;
    static const char *const mem[] = {"mem0", "mem1", "mem0", "mem1"};
    struct jobs_deck d[2];
    struct rig r[2];
    for (int k = 0; k < 2; k++) {
        r[k] = rig_of(1, 2);
        r[k].target_S[0][0] = r[k].target_S[0][1] = 90e-6;
        r[k].spikes[0] = (struct deck_spikes){1, at_10ms};
    }
    r[1].change = "col1.rf=3.6k";
    run_rigs(2, r, "b", 2, mem, d);
    assert_close(peak_of(&d[1], 0).above / peak_of(&d[0], 0).above, 1, 1e-6);
    assert_close(peak_of(&d[1], 1).above / peak_of(&d[0], 1).above, 2, 4e-3);
    jobs_finish(2, d);
}

/* Inputs that never fire may be left out, and fixed states do for moving ones. */
static void silent_inputs_and_moving_states_change_nothing(void **state)
{
    (void)state;
    static const char *const mem[] = {"mem0", "mem0", "mem0"};
    struct jobs_deck d[3];
    struct rig r[3];
    for (int k = 0; k < 3; k++) {
        r[k] = rig_of(4, 1);
        for (int i = 0; i < 4; i++)
            r[k].target_S[i][0] = 200e-6 / (1 + i);
        r[k].spikes[1] = (struct deck_spikes){1, at_10ms};
        r[k].spikes[3] = (struct deck_spikes){2, early};
    }
    r[1].active = true;
    r[2].dynamic = true;
    run_rigs(3, r, "a", 1, mem, d);
    assert_null(strstr(d[1].text.data, "Xr0c0"));
    assert_non_null(strstr(d[2].text.data, " cell_mod x0="));
    for (int k = 1; k < 3; k++)
        assert_close(peak_of(&d[k], 0).above / peak_of(&d[0], 0).above, 1, 1e-9);
    jobs_finish(3, d);
}

/* Reading at 50 mV does not write: the largest move of a state in 100 ms. */
static void reading_does_not_move_a_state(void **state)
{
    (void)state;
    static const char *const dx[] = {"xr0c0.xm.dx", "xr1c0.xm.dx", "xr2c0.xm.dx"};
    struct rig r = rig_of(3, 1);
    struct jobs_deck d;
    r.dynamic = true;
    r.lines = ".save v(xr0c0.xm.dx) v(xr1c0.xm.dx) v(xr2c0.xm.dx)\n";
    for (int i = 0; i < 3; i++) {
        r.target_S[i][0] = 6e-6 + 97e-6 * i;
        r.spikes[i] = (struct deck_spikes){2, early};
    }
    run_rigs(1, &r, "a", 3, dx, &d);
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < d.trace.points; i++)
            assert_close(d.trace.value[k][i], 0, 1e-9);
    jobs_finish(1, &d);
}

/* Whatever rung of the ladder a deck needs: the same maximum within 0.2 %. */
static void every_rung_gives_the_same_maximum(void **state)
{
    (void)state;
    static const char *const mem[] = {"mem0", "mem0", "mem0", "mem0", "mem0"};
    for (int v = 0; v < 2; v++) {
        struct jobs_deck d[5];
        struct rig r[5];
        struct deck_solver s[DECK_RUNGS];
        struct rig first = rig_of(2, 1);
        deck_ladder(&first.solver, s);
        for (int k = 0; k < 5; k++) {
            r[k] = first;
            r[k].solver = s[k];
            r[k].target_S[0][0] = 120e-6;
            r[k].target_S[1][0] = 80e-6;
            r[k].spikes[0] = (struct deck_spikes){2, early};
            r[k].spikes[1] = (struct deck_spikes){1, at_10ms};
        }
        run_rigs(5, r, variants[v], 1, mem, d);
        for (int k = 1; k < 5; k++)
            assert_close(peak_of(&d[k], 0).above / peak_of(&d[0], 0).above, 1, 2e-3);
        jobs_finish(5, d);
    }
}

/* ---- against plain ngspice ---- */

/* The value of the line "NAMEj = value" that ngspice printed. */
static double measured(const char *said, const char *name, size_t j)
{
    char start[48];
    snprintf(start, sizeof start, "\n%s%zu ", name, j);
    const char *line = strstr(said, start);
    if (!line)
        fail_msg("no %s%zu in\n%s", name, j, said);
    return strtod(strchr(line, '=') + 1, NULL);
}

/* The .meas lines of a deck, 6 digits, say what the program takes from its trace. */
static void plain_ngspice_replays_a_deck(void **state)
{
    (void)state;
    static const char *const mem[] = {"mem0", "mem1"};
    struct rig r = rig_of(3, 2);
    struct jobs_deck d;
    for (int i = 0; i < 3; i++) {
        r.target_S[i][0] = 20e-6 * (1 + i);
        r.target_S[i][1] = 190e-6 - 40e-6 * i;
        r.spikes[i] = (struct deck_spikes){1, i ? at_12ms : at_10ms};
    }
    r.dynamic = true;
    for (int v = 0; v < 2; v++) {
        char folder[PLAIN_FOLDER];
        struct buf said = {0};
        run_rigs(1, &r, variants[v], 2, mem, &d);
        plain_open(folder);
        plain_put(folder, "rig.cir", d.text.data);
        plain_ngspice(folder, (const char *[]){"-b", "rig.cir", NULL}, &said);
        plain_close(folder);
        for (size_t j = 0; j < 2; j++) {
            struct peak p = peak_of(&d, j);
            assert_close(measured(said.data, "above", j) / p.above, 1, 1e-5);
            assert_close(measured(said.data, "rest", j) / p.rest, 1, 1e-5);
        }
        buf_finish(&said);
        jobs_finish(1, &d);
    }
}

/* Every parameter that is read here has the same value there: suffixes, the order of
 * the files, a change by name. */
static void the_simulator_reads_the_same_parameters(void **state)
{
    (void)state;
    for (int v = 0; v < 2; v++) {
        struct param_table t;
        struct err e = {0};
        struct jobs_deck d = {.stop_s = 1e-6};
        lab_params(variants[v], &t);
        assert_true(t.count > 40);
        if (param_override(&t, "r1=1.5Megohm c_syn=130pF v_thr=1.8", &e) < 0)
            fail_msg("%s", e.text);
        buf_printf(&d.text,
                   "* values\n.include %s/netlists/variant_%s.param\n"
                   ".include %s/netlists/array.inc\n",
                   LAB_ROOT, variants[v], LAB_ROOT);
        param_render(&t, true, &d.text);
        for (size_t k = 0; k < t.count; k++) {
            jobs_name(&d, "p%zu", k);
            buf_printf(&d.text, "Vp%zu p%zu 0 {%s}\n", k, k, t.item[k].name);
        }
        buf_puts(&d.text, ".tran 1u 1u\n.end\n");
        lab_simulate(1, &d);
        for (size_t k = 0; k < t.count; k++)
            if (!(fabs(d.trace.value[k][0] - t.item[k].value) <=
                  1e-12 * fabs(t.item[k].value)))
                fail_msg("%s: %.17g here, %.17g there", t.item[k].name, t.item[k].value,
                         d.trace.value[k][0]);
        jobs_finish(1, &d);
        param_finish(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(membrane_is_the_circuit_kernel),
        cmocka_unit_test(maxima_are_proportional_to_the_conductance),
        cmocka_unit_test(responses_add_up),
        cmocka_unit_test(the_tia_shows_the_current),
        cmocka_unit_test(columns_are_independent),
        cmocka_unit_test(a_part_of_one_column_stays_there),
        cmocka_unit_test(silent_inputs_and_moving_states_change_nothing),
        cmocka_unit_test(reading_does_not_move_a_state),
        cmocka_unit_test(every_rung_gives_the_same_maximum),
        cmocka_unit_test(plain_ngspice_replays_a_deck),
        cmocka_unit_test(the_simulator_reads_the_same_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
