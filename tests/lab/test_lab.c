/* The lab's parts in the simulator: pulses carried from deck to deck, conductance
 * against state, write-verify of single cells. */
#include "folder.h"

#include "lab/lab.h"
#include "circuit/statemap.h"
#include "lab/writer.h"
#include "base/rng.h"
#include "num/line.h"

#include <math.h>

static const char root[] = SPIKEBAR_SOURCE_ROOT;

/* A lab in the test's folder; `set` ends with NULL. */
static void lab_with(struct lab *lab, struct study *s, const char *folder,
                     const char *const set[])
{
    struct err e = {0};
    study_init(s);
    assert_well(study_set(s, "report.pictures=no", &e), e);
    for (; set && *set; set++)
        assert_well(study_set(s, *set, &e), e);
    assert_well(lab_open(lab, s, root, false, &e), e);
    assert_well(lab_settle(lab, folder, "device-test", NULL, &e), e);
}

static void close_both(struct lab *lab, struct study *s)
{
    lab_finish(lab);
    study_finish(s);
}

/* ---- one by one and all at once ---- */

static const double volts[] = {2, -0.9, -0.91, -1.2, 1.3, -0.7};
enum { VOLTS = sizeof volts / sizeof volts[0] };

/* Pulse by pulse, each deck from the state that the last one left ... */
static int one_by_one(void *context, size_t unit, void *record, char cause[JOBS_CAUSE])
{
    const struct lab *lab = context;
    struct specimen s;
    struct answer a = {0};
    double *out = record;
    int status = 0;
    (void)unit;
    specimen_init(&s, lab, false);
    for (size_t k = 0; k < VOLTS && status == 0; k++) {
        status = specimen_pulse(&s, lab, a.x, volts[k], 1e-3, 0.05, &a, cause);
        out[2 * k] = a.x;
        out[2 * k + 1] = a.read_S;
    }
    specimen_finish(&s);
    return status;
}

/* ... and as one train in one deck. */
static int all_at_once(void *context, size_t unit, void *record, char cause[JOBS_CAUSE])
{
    const struct lab *lab = context;
    struct specimen s;
    struct wave w = {0};
    struct jobs_deck d = {0};
    double at_s[VOLTS], *out = record;
    (void)unit;
    specimen_init(&s, lab, false);
    wave_start(&w, 0);
    for (size_t k = 0; k < VOLTS; k++) {
        wave_to(&w, PULSE_EDGE_S, volts[k]);
        wave_to(&w, 1e-3, volts[k]);
        wave_to(&w, PULSE_EDGE_S, 0);
        wave_to(&w, PULSE_EDGE_S, 0.05);
        wave_to(&w, PULSE_READ_S, 0.05);
        at_s[k] = wave_end(&w);
        wave_to(&w, PULSE_EDGE_S, 0);
    }
    specimen_deck(&s, lab, "train", 0, &w, 20e-6, &d);
    int status = specimen_simulate(&d, cause);
    const struct trace *t = &d.trace;
    for (size_t k = 0; k < VOLTS && status == 0; k++) {
        out[2 * k] = line_at(t->points, t->time_s, t->value[2], at_s[k]);
        out[2 * k + 1] = -line_at(t->points, t->time_s, t->value[0], at_s[k]) /
                         line_at(t->points, t->time_s, t->value[1], at_s[k]);
    }
    wave_finish(&w);
    jobs_finish(1, &d);
    specimen_finish(&s);
    return status;
}

static void pulses_may_be_simulated_one_by_one(void **state)
{
    struct lab lab;
    struct study s;
    struct err e = {0};
    double one[2 * VOLTS], all[2 * VOLTS];
    lab_with(&lab, &s, *state, NULL);
    assert_well(jobs_records(&lab.pool,
                         &(struct jobs_records){.count = 1,
                                             .size = (2 * VOLTS) * sizeof(double),
                                             .context = &lab,
                                             .run = one_by_one,
                                             .out = one},
                         &e),
                e);
    assert_well(jobs_records(&lab.pool,
                         &(struct jobs_records){.count = 1,
                                             .size = (2 * VOLTS) * sizeof(double),
                                             .context = &lab,
                                             .run = all_at_once,
                                             .out = all},
                         &e),
                e);
    for (size_t k = 0; k < VOLTS; k++) {
        assert_close(one[2 * k], all[2 * k], 1e-3);
        assert_close(one[2 * k + 1] / all[2 * k + 1], 1, 3e-3);
    }
    assert_true(one[0] > 0.8 && one[6] < one[2]); /* they did something */
    close_both(&lab, &s);
}

/* ---- conductance against state ---- */

static void states_have_the_closed_forms_conductance(void **state)
{
    struct lab lab;
    struct study s;
    struct err e = {0};
    struct statemap m;
    lab_with(&lab, &s, *state, NULL);
    assert_well(statemap_measure(&m, &lab.circuit, 0, 1, &e), e);
    const struct cell *c = &lab.circuit.cell;
    for (double x = 0.01; x < 1; x += 0.0937) {
        double charge = cell_charge(c, x) / (c->read_V * cell_on_time(c));
        assert_close(statemap_charge(&m, x) / charge, 1, 1e-3);
        assert_close(statemap_read(&m, x) / (cell_current(c, x, 3) / c->read_V), 1, 1e-3);
        assert_close(statemap_state(&m, charge), x, 1e-3);
    }
    close_both(&lab, &s);
}

/* A conductance that changes within a small part of the states is followed there. */
static void steep_states_are_measured_finer(void **state)
{
    struct lab lab;
    struct study s;
    struct err e = {0};
    struct statemap m;
    folder_put(*state, "steep.sub",
               ".subckt steep te be params: x0=0\nB1 te be i = v(te,be)/(5k + "
               "170k*(1-x0-v(dx)))\n"
               "R1 dx 0 1\n.ends\n");
    char *path = path_join(*state, "steep.sub");
    struct buf model = {0};
    buf_printf(&model, "device.model=%s", path);
    lab_with(&lab, &s, *state, (const char *const[]){model.data, NULL});
    assert_well(statemap_measure(&m, &lab.circuit, 0, 1, &e), e);
    for (double x = 0.9; x < 1; x += 0.00371) {
        double ohm = 5e3 + 170e3 * (1 - x) + 1 / (lab.circuit.cell.beta_A_V2 * 2.3);
        assert_close(statemap_read(&m, x) * ohm, 1, 3e-3);
    }
    free(path);
    buf_finish(&model);
    close_both(&lab, &s);
}

static void a_falling_conductance_is_refused(void **state)
{
    struct lab lab;
    struct study s;
    struct err e = {0};
    struct statemap m;
    folder_put(*state, "falls.sub",
               ".subckt falls te be params: x0=0\n"
               "B1 te be i = v(te,be)*1u*(2 - x0 - v(dx))\nR1 dx 0 1\n.ends\n");
    char *path = path_join(*state, "falls.sub");
    struct buf model = {0};
    buf_printf(&model, "device.model=%s", path);
    lab_with(&lab, &s, *state, (const char *const[]){model.data, NULL});
    assert_int_equal(statemap_measure(&m, &lab.circuit, 0, 1, &e), -1);
    assert_holds(e.text, "expected a conductance that rises");
    free(path);
    buf_finish(&model);
    close_both(&lab, &s);
}

/* ---- write-verify ---- */

struct writing {
    struct writer w;
    const double *aim_S;
};

static int write_one(void *context, size_t unit, void *record, char cause[JOBS_CAUSE])
{
    const struct writing *c = context;
    struct specimen s;
    struct writer_job job = {
        .aim_S = c->aim_S[unit], .device = (uint32_t)unit, .experiment = 7};
    specimen_init(&s, c->w.lab, false);
    int status = writer_run(&c->w, &s, &job, record, NULL, cause);
    specimen_finish(&s);
    return status;
}

/* Without noise and jitter each aim is met truly, within the pulses of its ramp. */
static void quiet_cells_are_written_within_the_window(void **state)
{
    static const double aim_S[] = {6e-6, 30e-6, 100e-6, 170e-6};
    struct lab lab;
    struct study s;
    struct err e = {0};
    struct writing c = {.aim_S = aim_S};
    struct written out[4];
    lab_with(&lab, &s, *state,
             (const char *const[]){"device.noise=0", "device.jitter=0", NULL});
    assert_well(writer_prepare(&c.w, &lab, &e), e);
    for (size_t k = 10; k < WRITER_STOPS; k += 10) /* a ramp begins 0.2 V before it */
        assert_close(writer_start_V(&c.w, c.w.stop_S[k]), c.w.stop_V[k] - 0.2, 1e-9);
    assert_well(jobs_records(&lab.pool,
                         &(struct jobs_records){.count = 4,
                                             .size = sizeof(struct written),
                                             .context = &c,
                                             .run = write_one,
                                             .out = out},
                         &e),
                e);
    for (size_t k = 0; k < 4; k++) {
        assert_int_equal((int)out[k].state, PROGRAMMED);
        assert_close(out[k].read_S / aim_S[k], 1, 0.03);
        assert_true(out[k].pulses <= 30);
        assert_true(out[k].energy_J > 0);
        assert_close(out[k].time_s / (double)out[k].pulses, 1.13e-3, 1e-6);
    }
    close_both(&lab, &s);
}

/* The same cell's course is the same with other cells and workers beside it. */
static void a_course_depends_on_its_indices_alone(void **state)
{
    static const double aim_S[] = {20e-6, 60e-6, 120e-6};
    struct lab lab;
    struct study s;
    struct err e = {0};
    struct writing c = {.aim_S = aim_S};
    struct written alone[1], all[3];
    lab_with(&lab, &s, *state, NULL);
    assert_well(writer_prepare(&c.w, &lab, &e), e);
    struct jobs_records w = {.count = 1,
                          .size = sizeof(struct written),
                          .context = &c,
                          .run = write_one,
                          .out = alone};
    assert_well(jobs_records(&lab.pool, &w, &e), e);
    lab.pool.jobs = 3;
    w.count = 3;
    w.out = all;
    assert_well(jobs_records(&lab.pool, &w, &e), e);
    assert_memory_equal(&alone[0], &all[0], sizeof all[0]);
    close_both(&lab, &s);
}

/* A device that nothing can write is told in one line. */
static void a_resistor_cannot_be_written(void **state)
{
    struct lab lab;
    struct study s;
    struct err e = {0};
    struct writer w;
    folder_put(*state, "r.sub",
               ".subckt r te be params: x0=0\nR1 te be 10k\nR2 dx 0 1\n.ends\n");
    char *path = path_join(*state, "r.sub");
    struct buf model = {0};
    buf_printf(&model, "device.model=%s", path);
    lab_with(&lab, &s, *state, (const char *const[]){model.data, NULL});
    assert_int_equal(writer_prepare(&w, &lab, &e), -1);
    assert_holds(e.text, "changes nothing");
    free(path);
    buf_finish(&model);
    close_both(&lab, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(pulses_may_be_simulated_one_by_one),
        in_folder(states_have_the_closed_forms_conductance),
        in_folder(steep_states_are_measured_finer),
        in_folder(a_falling_conductance_is_refused),
        in_folder(quiet_cells_are_written_within_the_window),
        in_folder(a_course_depends_on_its_indices_alone),
        in_folder(a_resistor_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
