/* The select transistor: transfer and output curves, on-resistance (paper 1, Fig. 1C-E).
 */
#include "lab/device.h"
#include "num/line.h"

#include <math.h>
#include <stdio.h>

enum { SIZES = 6, POINTS = 81, GATES = 7 };

/* The paper's text names 65 and 330; the others lie between and below. */
static const double sizes[SIZES] = {10, 20, 40, 65, 130, 330};
static const double gates_V[GATES] = {1, 1.5, 2, 2.5, 3, 3.5, 4};

/* A ramp of 4 V in 1 s on the gates at a fixed drain voltage, or on the drains. */
static void put_deck(const struct lab *lab, const struct specimen *s, bool gate_ramps,
                     double fixed_V, struct jobs_deck *d)
{
    static const char ramp[] = "PWL(0 0 1 4)";
    char fixed[32];
    snprintf(fixed, sizeof fixed, "%.17g", fixed_V);
    specimen_begin(s, lab, "select transistors of six sizes", &d->text);
    buf_printf(&d->text, "Vg g 0 %s\n", gate_ramps ? ramp : fixed);
    for (size_t k = 0; k < SIZES; k++) {
        buf_printf(&d->text, "Vd%zu d%zu 0 %s\n", k, k, gate_ramps ? fixed : ramp);
        buf_printf(&d->text, "M%zu d%zu g 0 0 nmos_select w={%g*sel_l} l={sel_l}\n", k, k,
                   sizes[k]);
        jobs_name(d, "vd%zu#branch", k);
    }
    specimen_end(lab, 1, 5e-3, d);
}

static double current(const struct jobs_deck *d, size_t size, double volt)
{
    const struct trace *t = &d->trace;
    return -line_at(t->points, t->time_s, t->value[size], volt / 4);
}

enum { TRANSFER, OUTPUT, SMALL, DECKS };

/* Closed form of the square law at a drain voltage, triode. */
static double closed_ohm(const struct lab *lab, double size, double gate_V,
                         double drain_V)
{
    double kp = 0, u = gate_V - lab->circuit.cell.vto_V;
    struct err e;
    if (param_get(&lab->circuit.params, "sel_kp", &kp, &e) < 0 || u < drain_V)
        return NAN;
    return 1 / (kp * size * (u - drain_V / 2));
}

static int write_curves(const struct lab *lab, const struct jobs_deck *deck, double *grid,
                        double curve[2][SIZES][POINTS], struct err *e)
{
    static const char *const files[2] = {"transfer.csv", "output.csv"};
    static const char *const names[2] = {
        "gate_V,wl10_A,wl20_A,wl40_A,wl65_A,wl130_A,wl330_A",
        "drain_V,wl10_A,wl20_A,wl40_A,wl65_A,wl130_A,wl330_A"};
    int status = 0;
    for (size_t c = 0; c < 2 && status == 0; c++) {
        struct table t;
        table_init(&t, names[c]);
        for (size_t i = 0; i < POINTS; i++) {
            double row[1 + SIZES];
            row[0] = grid[i] = 4.0 * (double)i / (POINTS - 1);
            for (size_t k = 0; k < SIZES; k++)
                row[1 + k] = curve[c][k][i] = current(&deck[c], k, grid[i]);
            table_row(&t, row);
        }
        status = table_save(&t, lab->folder, files[c], e);
    }
    return status;
}

static int write_resistances(struct lab *lab, const struct jobs_deck *deck,
                             double ohm[SIZES][GATES], struct err *e)
{
    struct table t;
    table_init(&t, "w_l,gate_V,ron_ohm,closed_form_ohm");
    buf_puts(&lab->text,
             "on-resistance (ohm) at 0.1 V\nW/L    VG 1.0   1.5   2.0   2.5   "
             "3.0   3.5   4.0 V\n");
    for (size_t k = 0; k < SIZES; k++) {
        buf_printf(&lab->text, "%-6g", sizes[k]);
        for (size_t g = 0; g < GATES; g++) {
            ohm[k][g] = 0.1 / current(&deck[TRANSFER], k, gates_V[g]);
            table_row(&t, (double[]){sizes[k], gates_V[g], ohm[k][g],
                                     closed_ohm(lab, sizes[k], gates_V[g], 0.1)});
            buf_printf(&lab->text, " %5.0f", ohm[k][g]);
        }
        buf_puts(&lab->text, "\n");
    }
    double at_10mV = 0.01 / current(&deck[SMALL], 3, 3);
    json_numbers(lab->json,
                 "ron_65_ohm,ron_65_closed_ohm,ron_65_100mV_ohm,ron_330_100mV_ohm,"
                 "saturation_65_A",
                 (double[]){at_10mV, closed_ohm(lab, 65, 3, 0.01), ohm[3][4], ohm[5][4],
                            current(&deck[OUTPUT], 3, 4)});
    buf_printf(&lab->text,
               "W/L 65 at VG 3 V: %.1f ohm at 10 mV (closed form %.1f), %.1f at "
               "0.1 V; paper 1: 120\n",
               at_10mV, closed_ohm(lab, 65, 3, 0.01), ohm[3][4]);
    return table_save(&t, lab->folder, "ron.csv", e);
}

static int draw(const struct lab *lab, const double *grid, double curve[2][SIZES][POINTS],
                double ohm[SIZES][GATES], struct err *e)
{
    static const char *const names[SIZES] = {"W/L 10", "W/L 20",  "W/L 40",
                                             "W/L 65", "W/L 130", "W/L 330"};
    struct plot p;
    plot_init(&p, "Select transistor", "models/nmos_select.mod; paper 1, Fig. 1C-E");
    for (size_t c = 0; c < 2; c++) {
        struct plot_panel *a =
            plot_panel(&p, c ? "output, gate at 3 V" : "transfer, drain at 0.1 V");
        a->x.label = c ? "drain voltage (V)" : "gate voltage (V)";
        a->y = (struct plot_axis){.label = "drain current (mA)", .factor = 1e3};
        for (size_t k = 0; k < SIZES; k++)
            plot_add(&p, c ? NULL : names[k], POINTS, grid, curve[c][k], PLOT_LINE, 0);
    }
    struct plot_panel *a = plot_panel(&p, "on-resistance at 0.1 V");
    a->x = (struct plot_axis){.label = "gate voltage (V)", .max = 4.1};
    a->y = (struct plot_axis){.label = "on-resistance (ohm)", .log = true};
    for (size_t k = 0; k < SIZES; k++)
        plot_add(&p, NULL, GATES, gates_V, ohm[k], PLOT_MARKED, 0);
    return lab_draw(lab, "transistor", &p, e);
}

static int run(struct lab *lab, struct err *e)
{
    struct jobs_deck deck[DECKS] = {0};
    AUTO(specimen_finish) struct specimen s;
    double grid[POINTS], curve[2][SIZES][POINTS], ohm[SIZES][GATES];
    specimen_init(&s, lab, true);
    put_deck(lab, &s, true, 0.1, &deck[TRANSFER]);
    put_deck(lab, &s, false, 3, &deck[OUTPUT]);
    put_deck(lab, &s, true, 0.01, &deck[SMALL]);
    bool good = lab_decks(lab, DECKS, deck, e) == 0 &&
                write_curves(lab, deck, grid, curve, e) == 0 &&
                write_resistances(lab, deck, ohm, e) == 0 &&
                lab_trace(lab, "transfer.raw", &deck[TRANSFER].trace, e) == 0 &&
                lab_trace(lab, "output.raw", &deck[OUTPUT].trace, e) == 0 &&
                draw(lab, grid, curve, ohm, e) == 0;
    jobs_finish(DECKS, deck);
    return good ? 0 : -1;
}

const struct device_experiment device_transistor = {
    "transistor", "select transistor: transfer, output, on-resistance", run};
