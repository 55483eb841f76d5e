/* Whether a memristor keeps the contract (spice/memristor.h): a row for each point, with
 * what was measured. A point that an array needs fails the check. */
#include "circuit/array.h"
#include "circuit/contract.h"
#include "circuit/reading.h"
#include "circuit/statemap.h"
#include "lab/device.h"
#include "num/line.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* HOLDS and FAILS are of what an array needs; IS and LACKS of what it does without. */
enum verdict { HOLDS, FAILS, IS, LACKS };
static const char *const verdicts[] = {"holds", "FAILS", "holds", "does not hold"};

#define LINEAR_MAX 0.01  /* of the current at v_read; ours has 0.14 % */
#define REPEATS_MAX 1e-9 /* two runs of one deck give the same bytes but for noise */
#define WINDOW_S 0.1     /* of an image */
enum { SPEED_INPUTS = 64, SPEED_COLUMNS = 10 }; /* the shipped network */

struct check {
    struct lab *lab;
    cJSON *rows;
    struct table table;
    size_t failed;
};

static void row(struct check *c, enum verdict v, const char *what, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

static void row(struct check *c, enum verdict v, const char *what, const char *fmt, ...)
{
    char found[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(found, sizeof found, fmt, ap);
    va_end(ap);
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "check", what);
    cJSON_AddBoolToObject(o, "holds", v == HOLDS || v == IS);
    cJSON_AddBoolToObject(o, "needed", v == HOLDS || v == FAILS);
    cJSON_AddStringToObject(o, "found", found);
    cJSON_AddItemToArray(c->rows, o);
    table_text(&c->table, what);
    table_text(&c->table, verdicts[v]);
    table_text(&c->table, found);
    buf_printf(&c->lab->text, "%-42s %-13s %s\n", what, verdicts[v], found);
    c->failed += v == FAILS;
}

/* ---- points ---- */

static void check_file(struct check *c)
{
    const struct memristor *m = &c->lab->circuit.memristor;
    struct buf all = {0};
    for (size_t k = 0; k < m->declared.count; k++)
        buf_printf(&all, " %s", m->declared.item[k].name);
    row(c, HOLDS, "a .subckt with te be, x0 and dx", "%s te be; parameters%s",
        m->path ? m->subckt : "memristor",
        m->path ? buf_text(&all) : " of models/memristor.param");
    buf_finish(&all);
}

/* -1: nothing else can be measured. */
static int check_states(struct check *c)
{
    const struct circuit *l = &c->lab->circuit;
    struct statemap m;
    struct err e = {0};
    if (statemap_measure(&m, l, 0, 1, &e) < 0) {
        bool simulated = e.code != ERR_SIMULATOR;
        row(c, simulated ? HOLDS : FAILS, "ngspice simulates it", "%s",
            simulated ? "cells from x0 = 0 to 1" : e.text);
        if (simulated)
            row(c, FAILS, "the conductance rises with x0", "%s", e.text);
        return simulated ? 0 : -1;
    }
    row(c, HOLDS, "ngspice simulates it", "cells from x0 = 0 to 1");
    row(c, HOLDS, "the conductance rises with x0", "in %d steps", STATEMAP_STATES - 1);
    double low_S = m.charge_S[0], high_S = m.charge_S[STATEMAP_STATES - 1];
    bool enough =
        low_S <= 1.01 * l->study->map.g_low_S && high_S >= 0.99 * l->study->map.g_high_S;
    row(c, enough ? IS : LACKS, "its range is that of the mapping",
        "a cell has %.4g to %.4g uS; map.g_low to g_high: %.4g to %.4g uS", 1e6 * low_S,
        1e6 * high_S, 1e6 * l->study->map.g_low_S, 1e6 * l->study->map.g_high_S);
    return 0;
}

static void row_pulse(struct check *c, const char *what, bool good, bool reversed,
                      double volt, const struct contract_pulse *p)
{
    row(c,
        reversed ? FAILS
        : good   ? HOLDS
                 : LACKS,
        what, "%+g V for %g s turns %.4g uS into %.4g uS%s", volt,
        c->lab->study->device.width_s, 1e6 * p->before_S, 1e6 * p->after_S,
        reversed ? " (reversed polarity)" : "");
}

static void check_writing(struct check *c)
{
    const struct study *s = c->lab->study;
    struct contract k, again, later;
    struct contract_ask ask = {&c->lab->circuit,       s->device.set_V,
                               s->device.limit_V,      s->device.width_s,
                               s->device.width_s / 50, 0};
    struct err e = {0};
    if (contract_measure(&k, &ask, &e) < 0) {
        row(c, LACKS, "pulses can be simulated", "%s", e.text);
        return;
    }
    const struct contract_pulse *up = &k.set[CONTRACT_MIDDLE],
                                *down = &k.reset[CONTRACT_MIDDLE];
    bool reversed = contract_reversed(&k);
    double least = 1 + CONTRACT_TOLERANCE;
    row_pulse(c, "a positive voltage sets", up->after_S > least * up->before_S, reversed,
              s->device.set_V, up);
    row_pulse(c, "a negative voltage resets", down->before_S > least * down->after_S,
              reversed, -s->device.limit_V, down);
    bool same = (up->last - up->rest) * (up->after_S - up->before_S) >= 0 &&
                (down->last - down->rest) * (down->after_S - down->before_S) >= 0;
    row(c, same ? IS : LACKS, "dx moves as the conductance does",
        "from x0 = 0.5 to %.4g and to %.4g", up->last, down->last);
    double out = contract_out_of_range(&k);
    row(c, out <= CONTRACT_TOLERANCE ? IS : LACKS, "the state stays within 0 and 1",
        "out of it by %.2g at most while it is written", fmax(out, 0));
    if (contract_measure(&again, &ask, &e) == 0) {
        double differs = fabs(again.set[CONTRACT_MIDDLE].after_S / up->after_S - 1);
        row(c, differs <= REPEATS_MAX ? HOLDS : FAILS, "it is deterministic",
            "two runs of one deck differ by %.1e", differs);
    }
    ask.after_s = WINDOW_S;
    if (contract_measure(&later, &ask, &e) == 0) {
        const struct contract_pulse *late = &later.set[CONTRACT_MIDDLE];
        double rests = fabs(late->rest - up->rest),
               differs = fabs(late->before_S / up->before_S - 1);
        bool itself = rests <= CONTRACT_TOLERANCE && differs > CONTRACT_TOLERANCE;
        row(c, itself ? FAILS : HOLDS, "time itself does not matter",
            "after %g s at 0 V the conductance is off by %.2g %%", WINDOW_S,
            100 * differs);
        row(c, rests <= CONTRACT_TOLERANCE ? IS : LACKS, "the state rests at 0 V",
            "after %g s the state 0.5 is off by %.2g", WINDOW_S, rests);
    }
}

static void check_reading(struct check *c)
{
    const struct circuit *l = &c->lab->circuit;
    struct reading r;
    struct err e = {0};
    double moves = 0;
    if (reading_measure(&r, &(struct reading_ask){l, 0, 1, 1, WINDOW_S, NULL}, &e) < 0) {
        row(c, FAILS, "it can be read", "%s", e.text);
        return;
    }
    for (int k = 0; k < READING_STATES; k++)
        moves = fmax(moves, r.charge_C[k] > 0 ? fabs(r.moved_C[k]) / r.charge_C[k] : 0);
    double allowed = l->study->simulate.accuracy / 100;
    row(c, r.start <= allowed ? HOLDS : FAILS, "dx is a state that starts at 0",
        "simulations start %.2g off x0", r.start);
    row(c, moves <= allowed ? IS : LACKS, "reading leaves the state alone",
        "in %g s at v_read, %g V, a pulse's charge changes by %.2g %%", WINDOW_S,
        l->cell.read_V, 100 * moves);
}

/* Twice the current at half of v_read against that at v_read. */
static void check_linear(struct check *c)
{
    struct specimen s;
    struct wave w = {0};
    struct jobs_deck deck[CONTRACT_STATES] = {0};
    struct err e = {0};
    double read_V = c->lab->circuit.cell.read_V, worst = 0;
    specimen_init(&s, c->lab, true);
    wave_start(&w, 0);
    wave_to(&w, 1e-3, read_V);
    for (int k = 0; k < CONTRACT_STATES; k++)
        specimen_deck(&s, c->lab, "current up to v_read", (double)k / 2, &w, 20e-6,
                      &deck[k]);
    bool good = lab_decks(c->lab, CONTRACT_STATES, deck, &e) == 0;
    for (int k = 0; good && k < CONTRACT_STATES; k++) {
        const struct trace *t = &deck[k].trace;
        const double *i = t->value[SPECIMEN_CURRENT];
        double half = line_at(t->points, t->time_s, i, 0.5e-3);
        if (i[t->points - 1] < 0)
            worst = fmax(worst, fabs(2 * half / i[t->points - 1] - 1));
    }
    if (good)
        row(c, worst <= LINEAR_MAX ? IS : LACKS, "it is ohmic up to v_read",
            "within %.2g %% from 0 to %g V", 100 * worst, read_V);
    else
        row(c, LACKS, "it is ohmic up to v_read", "%s", e.text);
    jobs_finish(CONTRACT_STATES, deck);
    wave_finish(&w);
    specimen_finish(&s);
}

/* A column of cells with state equations, three inputs a millisecond. */
static void check_speed(struct check *c)
{
    const struct circuit *l = &c->lab->circuit;
    struct pool_options pool = circuit_pool(l);
    struct array a = {.circuit = l, .inputs = SPEED_INPUTS, .outputs = 1};
    struct raster r;
    struct deck_solver solver;
    struct jobs_deck d = {.folder = l->folder};
    struct err e = {0};
    double state[SPEED_INPUTS];
    raster_init(&r, SPEED_INPUTS, (int)(1e3 * WINDOW_S));
    for (size_t i = 0; i < SPEED_INPUTS; i++) {
        state[i] = (double)i / (SPEED_INPUTS - 1);
        raster_add(&r, i, (int)(i / 3));
    }
    a.state = state;
    circuit_solver(l, 0, &solver);
    struct deck_choice choice = {.title = "a column", .as = ".", .window_s = WINDOW_S};
    d.stop_s = array_deck(&a, NULL, NULL, &r, &choice, &solver, &d.text);
    jobs_name(&d, "mem0");
    if (jobs_decks(&pool, 1, &d, &e) == 0 && !d.cause)
        row(c, IS, "an image can be simulated",
            "%d x %d cells take some %.2g s of a core", SPEED_INPUTS, SPEED_COLUMNS,
            SPEED_COLUMNS * d.seconds);
    else
        row(c, FAILS, "an image can be simulated", "%s", d.cause ? d.cause : e.text);
    jobs_finish(1, &d);
    raster_finish(&r);
}

static int run(struct lab *lab, struct err *e)
{
    struct check c = {.lab = lab, .rows = cJSON_CreateArray()};
    table_init(&c.table, "check:text,verdict:text,found:text");
    check_file(&c);
    if (check_states(&c) == 0) {
        check_writing(&c);
        check_reading(&c);
        check_linear(&c);
        check_speed(&c);
    }
    cJSON_AddItemToObject(lab->json, "checks", c.rows);
    lab_number(lab, "failed", (double)c.failed);
    buf_printf(&lab->text,
               c.failed ? "%zu of the points that an array needs fail\n"
                        : "an array can be simulated with it\n",
               c.failed);
    return table_save(&c.table, lab->folder, "check.csv", e);
}

const struct device_experiment device_check = {
    "check", "whether a memristor (`check FILE`) keeps the contract of device.model",
    run};
