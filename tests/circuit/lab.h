/* Circuits simulated for a test: decks in, traces out, and the shipped parameters.
 *
 *     struct jobs_deck d = {.text = deck, .stop_s = 0.1};
 *     jobs_name(&d, "mem0");
 *     lab_simulate(1, &d);
 *     ... d.trace ...
 *     jobs_finish(1, &d);
 *
 * A deck that does not come through fails the test.
 */
#ifndef SPIKEBAR_TESTS_LAB_H
#define SPIKEBAR_TESTS_LAB_H

#include "cm.h"

#include "base/buf.h"
#include "spice/jobs.h"
#include "spice/param.h"
#include "xbar/cell.h"

#include <stdlib.h>

#define LAB_ROOT SPIKEBAR_SOURCE_ROOT

static inline void lab_simulate(size_t n, struct jobs_deck deck[n])
{
    struct err e = {0};
    struct pool_options o = pool_defaults();
    o.readable[0] = LAB_ROOT;
    if (jobs_decks(&o, n, deck, &e) < 0 || jobs_check(n, deck, &e) < 0)
        fail_msg("%s", e.text);
}

/* ---- what ships ---- */

/* What decks of one cell or one memristor need. */
static const char lab_models[] = ".include " LAB_ROOT "/netlists/pulse.param\n"
                                 ".include " LAB_ROOT "/models/memristor.param\n"
                                 ".include " LAB_ROOT "/models/memristor.sub\n"
                                 ".include " LAB_ROOT "/models/nmos_select.param\n"
                                 ".include " LAB_ROOT "/models/nmos_select.mod\n"
                                 ".include " LAB_ROOT "/netlists/cell.sub\n";
static const char lab_options[] =
    ".options reltol=1e-4 vntol=1e-8 abstol=1e-15 gmin=1e-15\n.options temp=27\n";

/* All parameters of a variant, "a" or "b", as decks see them. */
static inline void lab_params(const char *variant, struct param_table *t)
{
    static const char *const files[] = {"netlists/pulse.param", "models/memristor.param",
                                        "models/nmos_select.param"};
    struct err e = {0};
    struct buf path = {0};
    *t = (struct param_table){0};
    for (int k = -1; k < 3; k++) {
        buf_clear(&path);
        if (k < 0)
            buf_printf(&path, "%s/netlists/variant_%s.param", LAB_ROOT, variant);
        else
            buf_printf(&path, "%s/%s", LAB_ROOT, files[k]);
        if (param_read(t, path.data, &e) < 0)
            fail_msg("%s: %s", e.place, e.text);
    }
    buf_finish(&path);
}

static inline double lab_value(const struct param_table *t, const char *name)
{
    struct err e = {0};
    double value = 0;
    if (param_get(t, name, &value, &e) < 0)
        fail_msg("%s", e.text);
    return value;
}

static inline struct cell lab_cell(void)
{
    struct param_table t;
    lab_params("a", &t);
    struct cell c = {.g_min_S = lab_value(&t, "g_min"),
                     .g_max_S = lab_value(&t, "g_max"),
                     .v_0_V = lab_value(&t, "v_0"),
                     .r_s_ohm = lab_value(&t, "r_s"),
                     .beta_A_V2 = lab_value(&t, "sel_kp") * lab_value(&t, "sel_w") /
                                  lab_value(&t, "sel_l"),
                     .vto_V = lab_value(&t, "sel_vto"),
                     .read_V = lab_value(&t, "v_read"),
                     .gate_V = lab_value(&t, "v_gate"),
                     .rise_s = lab_value(&t, "t_rise"),
                     .width_s = lab_value(&t, "t_width"),
                     .fall_s = lab_value(&t, "t_fall")};
    param_finish(&t);
    return c;
}

#endif
