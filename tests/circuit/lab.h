/* Circuits simulated for a test: decks in, traces out, and the shipped parameters.
 *
 *     struct lab_deck d = {.text = deck, .stop_s = 0.1, .count = 1, .vector = names};
 *     lab_simulate(1, &d);
 *     ... d.trace ...
 *     lab_finish(1, &d);
 *
 * A deck that does not come through fails the test.
 */
#ifndef SPIKEBAR_TESTS_LAB_H
#define SPIKEBAR_TESTS_LAB_H

#include "cm.h"

#include "base/buf.h"
#include "spice/param.h"
#include "run/pool.h"
#include "spice/rawfile.h"
#include "spice/worker.h"
#include "xbar/cell.h"

#include <stdlib.h>

struct lab_deck {
    struct buf text; /* owned */
    double stop_s;
    size_t count;
    const char *const *vector; /* [count] */
    struct trace trace;        /* owned, filled by lab_simulate */
};

static inline int lab_start(void *context, struct err *e)
{
    (void)context;
    return worker_start(e);
}

/* The reply is a rawfile, or '!' and the cause. */
static inline bool lab_run(void *context, size_t k, struct buf *out)
{
    const struct lab_deck *d = (const struct lab_deck *)context + k;
    struct trace t;
    struct sim_result r =
        worker_simulate(buf_text(&d->text), d->stop_s, d->count, d->vector, &t);
    if (r.status == SIM_OK) {
        rawfile_render(&t, "lab", out);
        trace_finish(&t);
    } else {
        buf_printf(out, "!%s", r.cause);
    }
    return worker_spent();
}

static inline int lab_done(void *context, size_t k, const struct pool_outcome *o,
                           struct err *e)
{
    struct lab_deck *d = (struct lab_deck *)context + k;
    if (o->lost)
        return err_set(e, ERR_SIMULATOR, "deck %zu: %s", k, o->cause);
    if (o->reply[0] == '!')
        return err_set(e, ERR_SIMULATOR, "deck %zu: %.300s", k, o->reply + 1);
    return rawfile_parse(o->reply, o->length, "reply", &d->trace, e);
}

static inline void lab_simulate(size_t n, struct lab_deck deck[n])
{
    struct err e = {0};
    struct pool_options o = pool_defaults();
    struct pool_work w = {.count = n,
                          .context = deck,
                          .start = lab_start,
                          .run = lab_run,
                          .done = lab_done};
    if (pool_run(&o, &w, &e) < 0)
        fail_msg("%s", e.text);
}

static inline void lab_finish(size_t n, struct lab_deck deck[n])
{
    for (size_t k = 0; k < n; k++) {
        buf_finish(&deck[k].text);
        trace_finish(&deck[k].trace);
    }
}

/* ---- what ships ---- */

#define LAB_ROOT SPIKEBAR_SOURCE_ROOT

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
