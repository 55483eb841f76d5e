#include "app/study.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <ini.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_LIMIT (1 << 20)

enum kind { TEXT, NUMBER, WHOLE, SWITCH, CHOICE };

struct key {
    const char *name; /* section.key */
    enum kind kind;
    bool essential;      /* changes a number of the result: part of the plan */
    size_t place;        /* in struct study */
    const char *value;   /* default */
    double low, high;    /* NUMBER, WHOLE */
    const char *choices; /* CHOICE: words, one blank between */
    const char *help;    /* lines of the commented file */
};

#define AT(section, field) offsetof(struct study, section.field)

static const struct key keys[] = {
    {"dataset.path", TEXT, true, AT(dataset, path), "digits.csv.gz", 0, 0, NULL,
     "Images with their labels: .csv, .tra, .tes (64 levels 0..16, label last) or IDX,\n"
     "plain or gzip; several with commas between. A name that is not found here is\n"
     "looked for among the data sets that ship."},
    {"dataset.test_path", TEXT, true, AT(dataset, test_path), "", 0, 0, NULL,
     "Test images in a file of their own; empty: split dataset.path."},
    {"dataset.test_fraction", NUMBER, true, AT(dataset, test_fraction), "0.2", 0, 1, NULL,
     "Share of the images that is kept for testing when there is a split."},
    {"dataset.split_seed", WHOLE, true, AT(dataset, split_seed), "-1", -1, 1e15, NULL,
     "Seed of the split; -1: train.seed, and when verifying the one that the weight\n"
     "file was trained with, so that no training image is tested."},
    {"network.coding", CHOICE, true, AT(network, coding), "latency", 0, 0,
     "latency latency2 complement",
     "Spike code: latency (one input a pixel), latency2 (thresholds x_thr and 0.1, two\n"
     "inputs a pixel), complement (x and 1 - x at threshold 0.1, two inputs a pixel)."},
    {"network.t_max", NUMBER, true, AT(network, t_max_s), "20e-3", 1e-3, 1, NULL,
     "Latency scale t_max of paper 1, Eq. 10, in s."},
    {"network.x_thr", NUMBER, true, AT(network, x_thr), "0", 0, 0.999, NULL,
     "Intensity (0..1) below which a pixel never fires; 0: the usual one of the code,\n"
     "0.3 (complement: 0.1)."},
    {"network.window", WHOLE, true, AT(network, window_ms), "100", 1, 1000, NULL,
     "Length of one image in ms."},
    {"network.model", CHOICE, true, AT(network, model), "circuit", 0, 0,
     "circuit double-exponential",
     "Synapse and membrane that training uses: circuit (the response of the circuit,\n"
     "a weight of 0 still conducts map.g_low) or double-exponential (paper 1)."},
    {"train.seed", WHOLE, true, AT(train, seed), "0", 0, 1e15, NULL,
     "Seed of the start, the order, the noise and the split."},
    {"train.epochs", WHOLE, true, AT(train, epochs), "30", 1, 1e6, NULL, "Epochs."},
    {"train.batch", WHOLE, true, AT(train, batch), "5", 1, 1e6, NULL,
     "Images a step of Adam."},
    {"train.rate", NUMBER, true, AT(train, rate), "0", 0, 10, NULL,
     "Adam's rate in the first epoch (it falls as half a cosine); 0: the usual one."},
    {"train.noise", NUMBER, true, AT(train, noise), "-1", -1, 10, NULL,
     "Noise on the weights while training, as a share; -1: the usual one, 0: none."},
    {"train.scale", NUMBER, true, AT(train, scale), "0", 0, 1e6, NULL,
     "Start of the trained scale of the logits; 0: the usual one."},
    {"train.bits", WHOLE, true, AT(train, bits), "0", 0, 16, NULL,
     "Train for 2^bits weight levels (quantisation-aware); 0: continuous weights."},
    {"train.signed", SWITCH, true, AT(train, is_signed), "no", 0, 0, NULL,
     "Signed weights. A 1T1R cell has none, so they cannot be verified in the circuit."},
    {"train.ann", SWITCH, true, AT(train, ann), "yes", 0, 0, NULL,
     "Train the softmax network without spikes too, as the yardstick."},
    {"map.g_low", NUMBER, true, AT(map, g_low_S), "5.7e-6", 1e-9, 1, NULL,
     "Conductance of a cell with weight 0, in S."},
    {"map.g_high", NUMBER, true, AT(map, g_high_S), "200e-6", 1e-9, 1, NULL,
     "Conductance of a cell with weight 1, in S."},
    {"map.bits", WHOLE, true, AT(map, bits), "0", 0, 16, NULL,
     "Round the weights to 2^bits equally spaced levels; 0: as they are."},
    {"map.tuning_error", NUMBER, true, AT(map, tuning_error), "0", 0, 1, NULL,
     "Standard deviation of a cell's relative error in conductance; 0.03 is 3 %."},
    {"map.compensate", SWITCH, true, AT(map, compensate), "yes", 0, 0, NULL,
     "Make up for the resistance of the select transistor in each cell's state."},
    {"map.conductances", TEXT, false, AT(map, conductances), "", 0, 0, NULL,
     "Conductances that the cells have, in S, [input][output] (.csv or .npy), as\n"
     "`spikebar program` leaves them; empty: the mapping's. Part of the plan by its "
     "hash."},
    {"circuit.variant", TEXT, true, AT(circuit, variant), "b", 0, 0, NULL,
     "Component values: netlists/variant_NAME.param. b: Cmem 260 nF, leak in triode, "
     "nine\n"
     "times the signal and half the error; a: 260 pF, leak in weak inversion at 0.1 V."},
    {"circuit.folder", TEXT, false, AT(circuit, folder), "", 0, 0, NULL,
     "Folder with your own netlists/ and models/; empty: those that ship."},
    {"circuit.params", TEXT, false, AT(circuit, params), "", 0, 0, NULL,
     "A parameter file of yours in the variant's place, as `spikebar calibrate` writes\n"
     "it; empty: circuit.variant."},
    {"circuit.override", TEXT, true, AT(circuit, override), "", 0, 0, NULL,
     "Circuit parameters to change, as in `rf=2.4k v_tau_mem=0.11`; `col3.rf=2.4k` is\n"
     "for column 3 alone."},
    {"circuit.include", TEXT, false, AT(circuit, include), "", 0, 0, NULL,
     "A SPICE file of yours that every deck includes after the blocks."},
    {"simulate.weights", TEXT, false, AT(simulate, weights), "digits-64x10.csv", 0, 0,
     NULL,
     "Weight file to verify (.csv or .npy); a name that is not found here is looked for\n"
     "among the weights that ship."},
    {"simulate.images", WHOLE, true, AT(simulate, images), "100", 0, 1e9, NULL,
     "How many of the test images are simulated, drawn by simulate.seed; 0: all."},
    {"simulate.seed", WHOLE, true, AT(simulate, seed), "0", 0, 1e15, NULL,
     "Seed of the choice of images and of the tuning errors."},
    {"simulate.compare", CHOICE, true, AT(simulate, compare), "circuit", 0, 0,
     "circuit double-exponential",
     "Native model that the circuit is compared with: circuit (same conductances, same\n"
     "pulse) or double-exponential (paper 1, 1 ms steps)."},
    {"simulate.dynamic", SWITCH, true, AT(simulate, dynamic), "no", 0, 0, NULL,
     "Simulate the state equation of every memristor; no: where reading is shown to "
     "leave\n"
     "the states alone, they are fixed."},
    {"simulate.exact", SWITCH, true, AT(simulate, exact), "no", 0, 0, NULL,
     "Keep every cell and the whole window; no: inputs that never fire are a leakage,\n"
     "those that fire together are one input of equal cells, and a deck ends when all\n"
     "membranes fall."},
    {"simulate.accuracy", NUMBER, true, AT(simulate, accuracy), "0.1", 1e-4, 5, NULL,
     "Accuracy of the membranes in percent of their peak: sets the largest time step."},
    {"simulate.reltol", NUMBER, true, AT(simulate, reltol), "1e-4", 1e-12, 0.1, NULL,
     "SPICE tolerances: relative,"},
    {"simulate.vntol", NUMBER, true, AT(simulate, vntol_V), "1e-8", 1e-15, 1, NULL,
     "voltages (V),"},
    {"simulate.abstol", NUMBER, true, AT(simulate, abstol_A), "1e-15", 1e-20, 1, NULL,
     "currents (A),"},
    {"simulate.gmin", NUMBER, true, AT(simulate, gmin_S), "1e-15", 1e-20, 1, NULL,
     "smallest conductance of a junction (S)."},
    {"simulate.step", NUMBER, true, AT(simulate, step_s), "0", 0, 1, NULL,
     "Largest time step in s; 0: from simulate.accuracy."},
    {"simulate.rungs", WHOLE, true, AT(simulate, rungs), "5", 1, 5, NULL,
     "Steps of the convergence ladder: as asked, tighter steps, gear, gmin, loose."},
    {"simulate.jobs", WHOLE, false, AT(simulate, jobs), "0", 0, 4096, NULL,
     "Worker processes; 0: one for each core."},
    {"simulate.deadline", NUMBER, false, AT(simulate, deadline_s), "600", 0.01, 1e7, NULL,
     "Seconds that one attempt at an image may take."},
    {"simulate.retries", WHOLE, false, AT(simulate, retries), "1", 0, 100, NULL,
     "Further attempts after a worker died or ran out of time."},
    {"simulate.recycle", WHOLE, false, AT(simulate, recycle), "500", 1, 1e9, NULL,
     "Images after which a worker process is replaced."},
    {"simulate.keep_decks", SWITCH, false, AT(simulate, keep_decks), "no", 0, 0, NULL,
     "Keep every deck in the run's folder, ready for plain ngspice."},
    {"calibrate.tau_syn", NUMBER, false, AT(calibrate, tau_syn_s), "2e-3", 1e-6, 10, NULL,
     "What `spikebar calibrate` aims at: time constant of the synapse in s,"},
    {"calibrate.tau_mem", NUMBER, false, AT(calibrate, tau_mem_s), "15e-3", 1e-6, 100,
     NULL, "time constant of the membrane in s,"},
    {"calibrate.gain", NUMBER, false, AT(calibrate, gain_V_S), "0", 0, 1e9, NULL,
     "membrane peak of one spike in V for each S of the cell; 0: as the parameter file\n"
     "says (cal_gain),"},
    {"calibrate.rest", NUMBER, false, AT(calibrate, rest_V), "0", 0, 1e3, NULL,
     "rest level of the membrane in V; 0: as the parameter file says (cal_rest),"},
    {"calibrate.rest_current", NUMBER, false, AT(calibrate, rest_current_A), "250e-9",
     1e-15, 1, NULL, "rest current of the DPI's tail in A."},
    {"calibrate.tolerance", NUMBER, false, AT(calibrate, tolerance), "5e-3", 1e-6, 1,
     NULL, "Largest relative residual of a target that counts as reached."},
    {"calibrate.spread", NUMBER, false, AT(calibrate, spread), "0.015", 1e-6, 10, NULL,
     "Largest change of the gain from one cell at map.g_low to ten at map.g_high in one\n"
     "ms that counts as reached."},
    {"calibrate.tune", SWITCH, false, AT(calibrate, tune), "yes", 0, 0, NULL,
     "no: leave every parameter as it is, measure alone."},
    {"calibrate.tune_syn", CHOICE, false, AT(calibrate, tune_syn), "v_tau_syn", 0, 0,
     "v_tau_syn v_dd",
     "What sets tau_syn: v_tau_syn (gate of MP1) or v_dd (v_nwell follows)."},
    {"calibrate.tune_mem", CHOICE, false, AT(calibrate, tune_mem), "v_tau_mem", 0, 0,
     "v_tau_mem w_leak",
     "What sets tau_mem: v_tau_mem (gate of MN5) or w_leak (its width)."},
    {"device.model", TEXT, false, AT(device, model), "", 0, 0, NULL,
     "Your own memristor, a file with `.subckt NAME te be params: x0=0` and an inner "
     "node\n"
     "dx (the state less x0); used by device experiments, programming and the array. A\n"
     "name that is not found here is looked for among the models that ship (vteam.sub,\n"
     "yakopcic.sub); empty: models/memristor.sub."},
    {"device.subckt", TEXT, false, AT(device, subckt), "", 0, 0, NULL,
     "Its name; empty: the first of the file."},
    {"device.params", TEXT, false, AT(device, params), "", 0, 0, NULL,
     "Parameters of it, as in `a1=2e-4 v_p=0.5`. (Ours: circuit.override.)"},
    {"device.spread", TEXT, false, AT(device, spread), "", 0, 0, NULL,
     "Memristor parameters that differ between cycles and devices; names joined by + "
     "get\n"
     "one draw. Empty: `g_min+g_max r_s` (paper 1's I0 and Rs) of ours, none of yours."},
    {"device.noise", NUMBER, false, AT(device, noise), "0.02", 0, 1, NULL,
     "Standard deviation of one reading while programming, relative."},
    {"device.jitter", NUMBER, false, AT(device, jitter_V), "0.01", 0, 1, NULL,
     "Cycle to cycle: deviation of a pulse's effective amplitude, in V."},
    {"device.offset", NUMBER, false, AT(device, offset_V), "0.02", 0, 1, NULL,
     "Device to device: deviation of the switching voltages, in V."},
    {"device.mismatch", NUMBER, false, AT(device, mismatch), "0.03", 0, 1, NULL,
     "Device to device: deviation of the parameters in device.spread, relative."},
    {"device.level_noise", NUMBER, false, AT(device, level_noise), "0.0195", 0, 1, NULL,
     "Multi-level experiment: relative noise at 200 uS; grows as 1/sqrt(conductance)."},
    {"device.sweep", NUMBER, false, AT(device, sweep_V), "2", 0.1, 10, NULL,
     "Amplitude of a full set and a full reset sweep, in V."},
    {"device.set", NUMBER, false, AT(device, set_V), "2", 0.1, 10, NULL,
     "Programming: amplitude of the full set, in V."},
    {"device.limit", NUMBER, false, AT(device, limit_V), "2.5", 0.1, 10, NULL,
     "Programming: largest amplitude of either sign, in V."},
    {"device.step", NUMBER, false, AT(device, step_V), "0.01", 1e-4, 1, NULL,
     "Programming: step from pulse to pulse, in V."},
    {"device.width", NUMBER, false, AT(device, width_s), "1e-3", 1e-9, 1, NULL,
     "Programming: width of a pulse, in s."},
    {"device.tolerance", NUMBER, false, AT(device, tolerance), "0.03", 1e-4, 0.5, NULL,
     "Programming: half width of the accepted window, relative."},
    {"device.accept", WHOLE, false, AT(device, accept), "1", 1, 100, NULL,
     "Programming: readings in a row that must lie in the window."},
    {"device.pulses", WHOLE, false, AT(device, pulses), "150", 1, 1e6, NULL,
     "Programming: pulses after which a cell is given up."},
    {"device.repeats", WHOLE, false, AT(device, repeats), "10", 1, 1e4, NULL,
     "Cycles, devices or seeds of an experiment with random variation."},
    {"device.potentiate", NUMBER, false, AT(device, potentiate_V), "1.6", 0.01, 10, NULL,
     "Pulses of potentiation, in V,"},
    {"device.depress", NUMBER, false, AT(device, depress_V), "1.3", 0.01, 10, NULL,
     "and of depression, magnitude in V."},
    {"device.head", NUMBER, false, AT(device, head_V), "0.9", 0.01, 10, NULL,
     "Spike timing: a spike's first 10 us, in V;"},
    {"device.tail", NUMBER, false, AT(device, tail_V), "0.7", 0, 10, NULL,
     "the tail of opposite sign after it begins here, in V,"},
    {"device.tail_time", NUMBER, false, AT(device, tail_s), "20e-6", 1e-7, 1, NULL,
     "and falls with this time constant, in s."},
    {"report.divergence", SWITCH, false, AT(report, divergence), "no", 0, 0, NULL,
     "Tell stage by stage where circuit and network part: simulates a sample of the\n"
     "images again with each stage replaced by its ideal."},
    {"report.sample", WHOLE, false, AT(report, sample), "10", 2, 1e6, NULL,
     "Images of that sample."},
    {"report.pictures", SWITCH, false, AT(report, pictures), "yes", 0, 0, NULL,
     "Draw pictures (needs gnuplot)."},
    {"rehearse.die", WHOLE, true, AT(rehearse, die), "-1", -1, 1e9, NULL,
     "To see what happens when it happens: the worker of the image at this position of\n"
     "the run is killed at every attempt; -1: none."},
    {"rehearse.hang", WHOLE, true, AT(rehearse, hang), "-1", -1, 1e9, NULL,
     "The worker of this one never answers."},
    {"rehearse.diverge", WHOLE, true, AT(rehearse, diverge), "-1", -1, 1e9, NULL,
     "The deck of this one has no solution."},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static void *field(const struct study *s, const struct key *k)
{
    return (char *)(uintptr_t)s + k->place;
}

static const struct key *find(const char *name, struct err *e)
{
    const char *names[KEYS];
    for (size_t i = 0; i < KEYS; i++) {
        names[i] = keys[i].name;
        if (strcmp(name, keys[i].name) == 0)
            return &keys[i];
    }
    const char *near = text_nearest(name, KEYS, names);
    err_set(e, ERR_USAGE, "unknown key `%.80s`", name);
    err_hint(e,
             near ? "did you mean `%s`? (`spikebar study` lists all)"
                  : "`spikebar study` lists all keys%s",
             near ? near : "");
    return NULL;
}

static int refuse(const struct key *k, const char *value, const char *expected,
                  struct err *e)
{
    return err_set(e, ERR_USAGE, "%s: expected %s, found `%.80s`", k->name, expected,
                   value);
}

static int put_number(const struct key *k, void *place, const char *value, struct err *e)
{
    char expected[96];
    double x;
    int64_t n;
    bool whole = k->kind == WHOLE;
    snprintf(expected, sizeof expected, "a %snumber from %g to %g", whole ? "whole " : "",
             k->low, k->high);
    bool read = whole ? text_to_int(value, &n) : text_to_double(value, &x);
    if (read && whole)
        x = (double)n;
    if (!read || x < k->low || x > k->high)
        return refuse(k, value, expected, e);
    if (whole)
        *(int64_t *)place = n;
    else
        *(double *)place = x;
    return 0;
}

static int put_switch(const struct key *k, bool *place, const char *value, struct err *e)
{
    static const char *const words[2][4] = {{"no", "false", "off", "0"},
                                            {"yes", "true", "on", "1"}};
    for (int on = 0; on < 2; on++)
        for (int i = 0; i < 4; i++)
            if (strcasecmp(value, words[on][i]) == 0) {
                *place = on;
                return 0;
            }
    return refuse(k, value, "yes or no", e);
}

static bool is_choice(const char *choices, const char *value)
{
    size_t n = strchr(value, ' ') ? 0 : strlen(value);
    for (const char *p = choices; n && (p = strstr(p, value)); p += n)
        if ((p == choices || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    return false;
}

/* What an INI file gives back as it is: it has no quotes, blanks around a value go, and
 * a semicolon after a blank begins a remark. */
static bool fits_a_line(const char *value)
{
    size_t n = strlen(value);
    if (strpbrk(value, "\r\n") ||
        (n && (isspace((unsigned char)value[0]) || isspace((unsigned char)value[n - 1]))))
        return false;
    for (const char *p = value; (p = strchr(p, ';')); p++)
        if (p == value || isspace((unsigned char)p[-1]))
            return false;
    return true;
}

static int put(struct study *s, const struct key *k, const char *value, struct err *e)
{
    void *place = field(s, k);
    switch (k->kind) {
    case NUMBER:
    case WHOLE:
        return put_number(k, place, value, e);
    case SWITCH:
        return put_switch(k, place, value, e);
    case CHOICE:
        if (!is_choice(k->choices, value))
            return refuse(k, value, k->choices, e);
        break;
    case TEXT:
        if (!fits_a_line(value))
            return refuse(k, value, "one line without blanks around it or before a `;`",
                          e);
        break;
    }
    free(*(char **)place);
    *(char **)place = mem_copy_string(value);
    return 0;
}

void study_init(struct study *s)
{
    struct err e;
    *s = (struct study){0};
    for (size_t i = 0; i < KEYS; i++)
        if (put(s, &keys[i], keys[i].value, &e) < 0)
            abort(); /* a default outside its own range */
}

void study_finish(struct study *s)
{
    for (size_t i = 0; i < KEYS; i++)
        if (keys[i].kind == TEXT || keys[i].kind == CHOICE)
            free(*(char **)field(s, &keys[i]));
    *s = (struct study){0};
}

int study_put(struct study *s, const char *key, const char *value, struct err *e)
{
    const struct key *k = find(key, e);
    return k ? put(s, k, value, e) : -1;
}

int study_set(struct study *s, const char *assignment, struct err *e)
{
    const char *equals = strchr(assignment, '=');
    if (!equals) {
        err_set(e, ERR_USAGE, "expected section.key=value, found `%.80s`", assignment);
        return err_place(e, "--set");
    }
    char *copy = mem_copy_string(assignment);
    copy[equals - assignment] = '\0';
    int status =
        study_put(s, text_trim(copy), text_trim(copy + (equals - assignment) + 1), e);
    free(copy);
    return status < 0 ? err_place(e, "--set") : 0;
}

int study_check(const struct study *s, struct err *e)
{
    if (s->map.g_low_S < s->map.g_high_S)
        return 0;
    err_set(e, ERR_USAGE, "expected less than map.g_high, %g, found %g", s->map.g_high_S,
            s->map.g_low_S);
    return err_place(e, "map.g_low");
}

/* inih calls back per key and reads lines through us, which is how lines get numbers. */
struct reading {
    struct study *study;
    const char *path, *rest;
    int line, wrong_line; /* the latter of the first key that was refused */
    struct err *e;
};

static char *next_line(char *line, int room, void *stream)
{
    struct reading *r = stream;
    if (!*r->rest)
        return NULL;
    const char *end = strchr(r->rest, '\n');
    size_t n = end ? (size_t)(end - r->rest) + 1 : strlen(r->rest);
    r->line++;
    if (n > (size_t)room - 1) {
        err_set(r->e, ERR_INPUT, "expected lines of less than %d bytes", room);
        err_hint(r->e, "give a long value with --set");
        err_place(r->e, "%s:%d", r->path, r->line);
        return NULL;
    }
    memcpy(line, r->rest, n);
    line[n] = '\0';
    r->rest += n;
    return line;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    char key[160];
    if (r->e->code)
        return 1; /* one error is enough */
    snprintf(key, sizeof key, "%s%s%s", section, *section ? "." : "", name);
    if (study_put(r->study, key, value, r->e) < 0) {
        err_place(r->e, "%s:%d", r->path, r->line);
        r->wrong_line = r->line;
    }
    return 1;
}

int study_read(struct study *s, const char *path, struct err *e)
{
    struct buf text = {0};
    struct reading r = {.study = s, .path = path, .wrong_line = INT_MAX, .e = e};
    e->code = ERR_NONE;
    if (file_read(path, FILE_LIMIT, &text, e) < 0)
        return -1;
    r.rest = buf_text(&text);
    int bad_line = ini_parse_stream(next_line, &r, on_key, &r);
    if (bad_line > 0 && bad_line < r.wrong_line) {
        err_set(e, ERR_INPUT, "expected [section] or key = value");
        err_place(e, "%s:%d", path, bad_line);
    } else if (!e->code && r.rest < buf_text(&text) + text.len) {
        err_set(e, ERR_INPUT, "expected text, found a zero byte");
        err_place(e, "%s:%d", path, r.line + 1);
    }
    buf_finish(&text);
    return e->code ? -1 : 0;
}

/* 15 digits, for people, where they say it all. */
static void print_number(double x, struct buf *out)
{
    char text[32];
    snprintf(text, sizeof text, "%.15g", x);
    if (strtod(text, NULL) != x)
        snprintf(text, sizeof text, "%.17g", x);
    buf_puts(out, text);
}

static void print_value(const struct study *s, const struct key *k, struct buf *out)
{
    const void *place = field(s, k);
    switch (k->kind) {
    case NUMBER:
        print_number(*(const double *)place, out);
        break;
    case WHOLE:
        buf_printf(out, "%lld", (long long)*(const int64_t *)place);
        break;
    case SWITCH:
        buf_puts(out, *(const bool *)place ? "yes" : "no");
        break;
    case TEXT:
    case CHOICE:
        buf_puts(out, *(char *const *)place);
        break;
    }
}

static void print_help(const struct key *k, struct buf *out)
{
    char *copy = mem_copy_string(k->help), *rest = copy, *line;
    while ((line = strsep(&rest, "\n")))
        buf_printf(out, "; %s\n", line);
    free(copy);
}

void study_print(const struct study *s, bool commented, struct buf *out)
{
    const char *section = "";
    size_t length = 0;
    for (size_t i = 0; i < KEYS; i++) {
        const struct key *k = &keys[i];
        const char *dot = strchr(k->name, '.');
        if (length != (size_t)(dot - k->name) || strncmp(section, k->name, length) != 0) {
            section = k->name;
            length = (size_t)(dot - k->name);
            buf_printf(out, "%s[%.*s]\n", i ? "\n" : "", (int)length, section);
        } else if (commented) {
            buf_puts(out, "\n");
        }
        if (commented)
            print_help(k, out);
        buf_printf(out, "%s = ", dot + 1);
        print_value(s, k, out);
        buf_puts(out, "\n");
    }
}

void study_essence(const struct study *s, struct buf *out)
{
    for (size_t i = 0; i < KEYS; i++) {
        if (!keys[i].essential)
            continue;
        buf_printf(out, "%s = ", keys[i].name);
        print_value(s, &keys[i], out);
        buf_puts(out, "\n");
    }
}

void study_section(const struct study *s, const char *section, struct buf *out)
{
    size_t n = strlen(section);
    for (size_t i = 0; i < KEYS; i++) {
        if (strncmp(keys[i].name, section, n) != 0 || keys[i].name[n] != '.' ||
            (keys[i].kind == TEXT && !keys[i].essential)) /* paths */
            continue;
        buf_printf(out, "%s = ", keys[i].name);
        print_value(s, &keys[i], out);
        buf_puts(out, "\n");
    }
}
