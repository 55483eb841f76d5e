/* What a calibration leaves: parameter file, table, JSON and picture of the transfers. */
#include "lab/calibrate.h"

#include "base/mem.h"
#include "report/json.h"
#include "report/plot.h"
#include "report/table.h"
#include "run/claim.h"

#include <math.h>

/* ---- the parameter file ---- */

struct measured {
    const char *name, *comment;
    double value;
};

enum { MEASURED = 12 };

/* Level 2 is one spike through one cell at map.g_high: the nominal values of the stages,
 * that a report compares a run's circuit with. The network's time constants are the
 * targets, unless they were missed by more than the tolerance. */
static void list_measured(const struct calibrate *c, struct measured m[MEASURED])
{
    const struct probe_reading *r = &c->reading[2];
    double syn_s =
        c->met[CALIBRATE_TAU_SYN] ? c->target[CALIBRATE_TAU_SYN] : r->tau_syn_s;
    double mem_s =
        c->met[CALIBRATE_TAU_MEM] ? c->target[CALIBRATE_TAU_MEM] : r->tau_mem_s;
    const struct measured all[MEASURED] = {
        {"kernel_tau_syn", "s, of the network that is compared with the circuit", syn_s},
        {"kernel_tau_mem", "s, of the network that is compared with the circuit", mem_s},
        {"cal_cell", "1, charge of a spike over that of the conductance wanted", r->cell},
        {"cal_tia", "ohm, output of the TIA over the current of the cells", r->tia_ohm},
        {"cal_vi", "S, tail current of the DPI over the TIA's output", r->vi_S},
        {"cal_tot", "A, tail current at rest", r->rest_tot_A},
        {"cal_dpi", "1, charge of Isyn over that of the tail", r->dpi},
        {"cal_syn", "A, Isyn at rest", r->rest_syn_A},
        {"cal_tau_syn", "s, decay of Isyn", r->tau_syn_s},
        {"cal_tau_mem", "s, decay of the membrane", r->tau_mem_s},
        {"cal_rest", "V, membrane at rest", r->rest_V},
        {"cal_gain", "V/S, peak of one spike", r->peak_V / c->level[2].conductance_S}};
    for (size_t k = 0; k < MEASURED; k++)
        m[k] = all[k];
}

/* A copy of the table with the measured values in it. */
static void copy_params(const struct calibrate *c, struct param_table *t)
{
    const struct param_table *from = &c->circuit.params;
    struct measured m[MEASURED];
    *t = (struct param_table){0};
    t->item = mem_alloc(from->count, sizeof t->item[0]);
    t->count = t->capacity = from->count;
    for (size_t k = 0; k < from->count; k++)
        t->item[k] = from->item[k];
    list_measured(c, m);
    for (size_t k = 0; k < MEASURED; k++)
        param_put(t, m[k].name, m[k].value, m[k].comment);
}

static void append_measured(const struct calibrate *c, const char *before,
                            struct buf *out)
{
    struct measured m[MEASURED];
    bool titled = false;
    list_measured(c, m);
    for (size_t k = 0; k < MEASURED; k++) {
        if (param_in_text(before, m[k].name))
            continue;
        if (!titled)
            buf_puts(out,
                     "\n* Measured by `spikebar calibrate`: one spike through one cell "
                     "at map.g_high.\n");
        titled = true;
        buf_printf(out, ".param %s = %.9g ; %s\n", m[k].name, m[k].value, m[k].comment);
    }
}

static int write_params(const struct calibrate *c, const char *folder, struct err *e)
{
    AUTO(param_finish) struct param_table t;
    AUTO(buf_finish) struct buf before = {0}, after = {0};
    AUTO_FREE char *path = circuit_variant_path(&c->circuit);
    int status = file_read(path, 1 << 20, &before, e);
    copy_params(c, &t);
    param_rewrite(&t, buf_text(&before), &after);
    append_measured(c, buf_text(&before), &after);
    if (status == 0)
        status = file_write_in(folder, CALIBRATE_FILE, after.data, after.len, e);
    return status;
}

/* ---- transfers ---- */

static void fill_transfers(const struct calibrate *c, struct table *t)
{
    table_init(t, "cells,conductance_S,spikes,cell,tia_ohm,vi_S,dpi,tau_syn_s,tau_mem_s,"
                  "membrane_ohm,gain_A_S,gain_relative,peak_V,rest_tot_A,rest_syn_A,"
                  "rest_V");
    for (size_t k = 0; k < CALIBRATE_LEVELS; k++) {
        const struct probe_reading *r = &c->reading[k];
        const struct probe_level *l = &c->level[k];
        table_row(t, (double[]){(double)l->cells, l->conductance_S, (double)l->spikes,
                                r->cell, r->tia_ohm, r->vi_S, r->dpi, r->tau_syn_s,
                                r->tau_mem_s, r->membrane_ohm, r->gain_A_S,
                                r->gain_A_S / c->reading[0].gain_A_S, r->peak_V,
                                r->rest_tot_A, r->rest_syn_A, r->rest_V});
    }
}

static int write_transfers(const struct calibrate *c, const char *folder, struct err *e)
{
    struct table t;
    fill_transfers(c, &t);
    return table_save(&t, folder, "transfer.csv", e);
}

cJSON *calibrate_json(const struct calibrate *c)
{
    cJSON *o = cJSON_CreateObject(), *targets = cJSON_AddArrayToObject(o, "targets");
    for (size_t k = 0; k < CALIBRATE_TARGETS; k++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", calibrate_names[k]);
        cJSON_AddStringToObject(one, "unit", calibrate_units[k]);
        json_numbers(
            one, "target,reached,residual",
            (double[]){c->target[k], c->reached[k], c->reached[k] / c->target[k] - 1});
        cJSON_AddBoolToObject(one, "met", c->met[k]);
        cJSON_AddStringToObject(one, "knob", c->knob[k].name);
        json_numbers(one, "before,after",
                     (double[]){c->knob[k].before, c->knob[k].after});
        cJSON_AddItemToArray(targets, one);
    }
    cJSON_AddNumberToObject(o, "gain_spread", c->spread);
    cJSON_AddBoolToObject(o, "gain_spread_met", c->spread_met);
    cJSON_AddBoolToObject(o, "good", c->good);
    cJSON_AddNumberToObject(o, "simulations", (double)c->simulations);
    AUTO(table_finish) struct table t;
    fill_transfers(c, &t);
    cJSON_AddItemToObject(o, "transfer", table_json(&t));
    return o;
}

static int write_json(const struct calibrate *c, const char *folder, struct err *e)
{
    cJSON *o = calibrate_json(c);
    int status = json_write_in(folder, "transfer.json", o, e);
    cJSON_Delete(o);
    return status;
}

/* ---- the picture ---- */

enum { STAGES = 5, SINGLE = 6 }; /* levels 0 .. 5 fire once, the others five times */

/* A panel of the levels that fire once, or five times. */
static void add_levels(struct plot *p, const struct table *t, bool again,
                       const char *name, const char *column, enum plot_style style,
                       int colour)
{
    plot_columns(p, name, t, again ? SINGLE : 0,
                 again ? CALIBRATE_LEVELS - SINGLE : SINGLE, "total_S", column, style,
                 colour);
}

/* What each stage makes of each level over what it makes of the first, and how far the
 * time constants are off. */
static int draw(const struct calibrate *c, const char *folder, struct err *e)
{
    static const char *const names[STAGES] = {"cell", "TIA", "V->I", "DPI", "membrane"};
    static const char *const titles[] = {"All cells fire once in the same millisecond",
                                         "... in each of five milliseconds"};
    const struct probe_reading *one = &c->reading[0];
    struct plot p;
    AUTO(table_finish) struct table t;
    table_init(&t, "total_S,cell,TIA,V->I,DPI,membrane,tau_syn,tau_mem");
    for (size_t k = 0; k < CALIBRATE_LEVELS; k++) {
        const struct probe_reading *r = &c->reading[k];
        table_row(&t, (double[]){(double)c->level[k].cells * c->level[k].conductance_S,
                                 r->cell / one->cell - 1, r->tia_ohm / one->tia_ohm - 1,
                                 r->vi_S / one->vi_S - 1, r->dpi / one->dpi - 1,
                                 r->membrane_ohm / one->membrane_ohm - 1,
                                 r->tau_syn_s / c->target[CALIBRATE_TAU_SYN] - 1,
                                 r->tau_mem_s / c->target[CALIBRATE_TAU_MEM] - 1});
    }
    plot_init(&p, "Transfer of each stage, against one cell at the lowest conductance",
              NULL);
    for (int k = 0; k < 3; k++) {
        struct plot_panel *a = plot_panel(&p, k < 2 ? titles[k] : NULL);
        a->x = (struct plot_axis){.factor = 1e6, .log = true};
        a->y = (struct plot_axis){.label = "change of the gain (%)", .factor = 100};
        for (int s = 0; s < STAGES && k < 2; s++)
            add_levels(&p, &t, k, names[s], names[s], PLOT_MARKED, s + 1);
    }
    p.panel[2].x.label = "conductance of the cells that fire (uS)";
    p.panel[2].y.label = "off target (%)";
    add_levels(&p, &t, false, "tau_syn, once", "tau_syn", PLOT_MARKED, 1);
    add_levels(&p, &t, false, "tau_mem, once", "tau_mem", PLOT_MARKED, 2);
    add_levels(&p, &t, true, "tau_syn, five times", "tau_syn", PLOT_DASHED, 1);
    add_levels(&p, &t, true, "tau_mem, five times", "tau_mem", PLOT_DASHED, 2);
    return plot_save(folder, "transfer", &p, e);
}

int calibrate_write(struct calibrate *c, const char *out, struct err *e)
{
    c->folder = out ? mem_copy_string(out) : plan_folder(&c->plan, "calibrate");
    const char *folder = c->folder;
    if (dir_make(folder, e) < 0 || claim_folder(folder, c->plan.id, e) < 0 ||
        write_params(c, folder, e) < 0 || write_transfers(c, folder, e) < 0 ||
        write_json(c, folder, e) < 0)
        return -1;
    return c->study->report.pictures ? draw(c, folder, e) : 0;
}
