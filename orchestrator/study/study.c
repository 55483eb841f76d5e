#include "study/study.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <ini.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_LIMIT (1 << 20)

enum kind { TEXT, NUMBER, WHOLE, SWITCH, CHOICE };

/* Which results depend on a key, in short for the table. */
enum {
    NONE = 0,
    BY_HASH = STUDY_FILES,
    T = STUDY_TRAINS,
    V = STUDY_VERIFIES,
    P = STUDY_PROGRAMS,
    D = STUDY_DEVICES,
    U = STUDY_UNIT,
    C = STUDY_CALIBRATES
};

struct key {
    const char *name; /* section.key */
    enum kind kind;
    unsigned scope;
    size_t place;        /* in struct study */
    const char *value;   /* default */
    double low, high;    /* NUMBER, WHOLE */
    const char *choices; /* CHOICE: words, one blank between */
    const char *help;    /* a sentence or two */
    const char *usual;   /* what the default, printed as `auto`, stands for; or NULL */
};

#define AT(section, field) offsetof(struct study, section.field)

static const struct key keys[] = {
    {"dataset.path", TEXT, T | V, AT(dataset, path), "digits.csv.gz", 0, 0, NULL,
     "Images with their labels: .csv, .tra, .tes (64 levels 0..16, label last) or "
     "IDX, plain or gzip; several with commas between. A name that is not found here "
     "is looked for among the data sets that ship.",
     NULL},
    {"dataset.test_path", TEXT, T | V, AT(dataset, test_path), "", 0, 0, NULL,
     "Test images in a file of their own; empty: split dataset.path.", NULL},
    {"dataset.test_fraction", NUMBER, T | V, AT(dataset, test_fraction), "0.2", 0, 1,
     NULL, "Share of the images that is kept for testing when there is a split.", NULL},
    {"dataset.split_seed", WHOLE, T | V, AT(dataset, split_seed), "-1", -1, 1e15, NULL,
     "Seed of the split.",
     "train.seed, and when verifying the one that the weight file was trained "
     "with, so that no training image is tested"},
    {"network.coding", CHOICE, T | V, AT(network, coding), "latency", 0, 0,
     "latency latency2 complement",
     "Spike code: latency (one input a pixel), latency2 (thresholds x_thr and 0.1, "
     "two inputs a pixel), complement (x and 1 - x at threshold 0.1, two inputs a "
     "pixel).",
     NULL},
    {"network.t_max", NUMBER, T | V, AT(network, t_max_s), "20e-3", 1e-3, 1, NULL,
     "Latency scale t_max of paper 1, Eq. 10, in s.", NULL},
    {"network.x_thr", NUMBER, T | V, AT(network, x_thr), "0", 0, 0.999, NULL,
     "Intensity (0..1) below which a pixel never fires.",
     "that of the code: 0.3, complement 0.1"},
    {"network.window", WHOLE, T | V, AT(network, window_ms), "100", 1, 1000, NULL,
     "Length of one image in ms.", NULL},
    {"network.model", CHOICE, T, AT(network, model), "circuit", 0, 0,
     "circuit double-exponential",
     "Synapse and membrane that training uses: circuit (the response of the circuit, "
     "a weight of 0 still conducts map.g_low) or double-exponential (paper 1).",
     NULL},
    {"train.seed", WHOLE, T, AT(train, seed), "0", 0, 1e15, NULL,
     "Seed of the start, the order, the noise and the split.", NULL},
    {"train.epochs", WHOLE, T, AT(train, epochs), "30", 1, 1e6, NULL, "Epochs.", NULL},
    {"train.batch", WHOLE, T, AT(train, batch), "5", 1, 1e6, NULL,
     "Images a step of Adam.", NULL},
    {"train.rate", NUMBER, T, AT(train, rate), "0", 0, 10, NULL,
     "Adam's rate in the first epoch (it falls as half a cosine).", "2e-3"},
    {"train.noise", NUMBER, T, AT(train, noise), "-1", -1, 10, NULL,
     "Noise on the weights while training, as a share; 0: none.", "0.1"},
    {"train.scale", NUMBER, T, AT(train, scale), "0", 0, 1e6, NULL,
     "Start of the trained scale of the logits.", "1, signed weights 3"},
    {"train.bits", WHOLE, T, AT(train, bits), "0", 0, 16, NULL,
     "Train for 2^bits weight levels (quantisation-aware); 0: continuous weights.", NULL},
    {"train.signed", SWITCH, T, AT(train, is_signed), "no", 0, 0, NULL,
     "Signed weights. A 1T1R cell has none, so they cannot be verified in the "
     "circuit.",
     NULL},
    {"train.ann", SWITCH, T, AT(train, ann), "yes", 0, 0, NULL,
     "Train the softmax network without spikes too, as the yardstick.", NULL},
    {"map.g_low", NUMBER, T | V | P | U | C, AT(map, g_low_S), "5.7e-6", 1e-9, 1, NULL,
     "Conductance of a cell with weight 0, in S.", NULL},
    {"map.g_high", NUMBER, T | V | P | U | C, AT(map, g_high_S), "200e-6", 1e-9, 1, NULL,
     "Conductance of a cell with weight 1, in S.", NULL},
    {"map.bits", WHOLE, V | P, AT(map, bits), "0", 0, 16, NULL,
     "Round the weights to 2^bits equally spaced levels; 0: as they are.", NULL},
    {"map.tuning_error", NUMBER, V | P, AT(map, tuning_error), "0", 0, 1, NULL,
     "Standard deviation of a cell's relative error in conductance; 0.03 is 3 %.", NULL},
    {"map.trial", WHOLE, V | P, AT(map, trial), "0", 0, 1e9, NULL,
     "Which draw of the tuning errors and of the read noise: each number is an array of "
     "its own, with the same images.",
     NULL},
    {"map.compensate", SWITCH, V | P | U | C, AT(map, compensate), "yes", 0, 0, NULL,
     "Make up for the resistance of the select transistor in each cell's state.", NULL},
    {"map.conductances", TEXT, BY_HASH, AT(map, conductances), "", 0, 0, NULL,
     "Conductances that the cells have, in S, [input][output] (.csv or .npy), as "
     "`spikebar program` leaves them; empty: the mapping's. Part of the plan by its "
     "hash.",
     NULL},
    {"noise.read", NUMBER, V, AT(noise, read), "0", 0, 1, NULL,
     "Read noise: deviation of a memristor's conductance while a spike reads it; 0.07 is "
     "7 %. The network has the same draws as the circuit.",
     NULL},
    {"noise.of", CHOICE, V, AT(noise, of), "conductance", 0, 0, "conductance full-scale",
     "What noise.read is relative to: the cell's own conductance, or map.g_high.", NULL},
    {"noise.kind", CHOICE, V, AT(noise, kind), "white", 0, 0, "white telegraph",
     "white: a normal draw for each noise.step; telegraph: jumps between two levels at "
     "the rates noise.up and noise.down.",
     NULL},
    {"noise.step", NUMBER, V, AT(noise, step_s), "0", 0, 1, NULL,
     "How long a draw of white noise holds, in s, from the start of a spike's pulse on; "
     "pieces of this length stand for telegraph noise by their means.",
     "one draw a spike"},
    {"noise.up", NUMBER, V, AT(noise, up_Hz), "100", 1e-3, 1e7, NULL,
     "Telegraph: rate of jumps from the low to the high level, in 1/s.", NULL},
    {"noise.down", NUMBER, V, AT(noise, down_Hz), "100", 1e-3, 1e7, NULL,
     "Telegraph: rate of jumps from the high to the low level, in 1/s.", NULL},
    {"circuit.variant", TEXT, V | P | D | U | C, AT(circuit, variant), "b", 0, 0, NULL,
     "Component values: netlists/variant_NAME.param. b: Cmem 260 nF, leak in triode, "
     "nine times the signal and half the error; a: 260 pF, leak in weak inversion at "
     "0.1 V.",
     NULL},
    {"circuit.folder", TEXT, BY_HASH, AT(circuit, folder), "", 0, 0, NULL,
     "Folder with your own netlists/ and models/; empty: those that ship.", NULL},
    {"circuit.params", TEXT, BY_HASH, AT(circuit, params), "", 0, 0, NULL,
     "A parameter file of yours in the variant's place, as `spikebar calibrate` "
     "writes it; empty: circuit.variant.",
     NULL},
    {"circuit.override", TEXT, V | P | D | U | C, AT(circuit, override), "", 0, 0, NULL,
     "Circuit parameters to change, as in `rf=2.4k v_tau_mem=0.11`; `col3.rf=2.4k` "
     "is for column 3 alone.",
     NULL},
    {"circuit.include", TEXT, BY_HASH, AT(circuit, include), "", 0, 0, NULL,
     "A SPICE file of yours, a PDK's corner say, that every deck includes after the "
     "blocks, with all that its .include and .lib lines name.",
     NULL},
    {"simulate.weights", TEXT, BY_HASH, AT(simulate, weights), "", 0, 0, NULL,
     "Weight file to verify (.csv or .npy); a name that is not found here is looked "
     "for among the weights that ship; empty: digits-64x10.csv of these, or the file "
     "that map.conductances were programmed from.",
     NULL},
    {"simulate.images", WHOLE, V, AT(simulate, images), "100", 0, 1e9, NULL,
     "How many of the test images are simulated, drawn by simulate.seed; 0: all.", NULL},
    {"simulate.seed", WHOLE, V | P | D, AT(simulate, seed), "0", 0, 1e15, NULL,
     "Seed of the choice of images and of the tuning errors.", NULL},
    {"simulate.compare", CHOICE, V, AT(simulate, compare), "circuit", 0, 0,
     "circuit double-exponential",
     "Native model that the circuit is compared with: circuit (same conductances, "
     "same pulse) or double-exponential (paper 1: 1 ms steps, weights as trained, though "
     "a weight of 0 conducts map.g_low).",
     NULL},
    {"simulate.dynamic", SWITCH, V | U, AT(simulate, dynamic), "no", 0, 0, NULL,
     "Simulate the state equation of every memristor; no: where reading is shown to "
     "leave the states alone, they are fixed.",
     NULL},
    {"simulate.exact", SWITCH, V, AT(simulate, exact), "no", 0, 0, NULL,
     "Keep every cell and the whole window; no: inputs that never fire are a "
     "leakage, those that fire together are one input of equal cells, and a deck "
     "ends when all membranes fall.",
     NULL},
    {"simulate.accuracy", NUMBER, V | U, AT(simulate, accuracy), "0.1", 1e-4, 5, NULL,
     "Accuracy of the membranes in percent of their peak: sets the largest time "
     "step.",
     NULL},
    {"simulate.reltol", NUMBER, V | P | D | U, AT(simulate, reltol), "1e-4", 1e-12, 0.1,
     NULL, "SPICE tolerance, relative.", NULL},
    {"simulate.vntol", NUMBER, V | P | D | U, AT(simulate, vntol_V), "1e-8", 1e-15, 1,
     NULL, "SPICE tolerance of voltages, in V.", NULL},
    {"simulate.abstol", NUMBER, V | P | D | U, AT(simulate, abstol_A), "1e-15", 1e-20, 1,
     NULL, "SPICE tolerance of currents, in A.", NULL},
    {"simulate.gmin", NUMBER, V | P | D | U, AT(simulate, gmin_S), "1e-15", 1e-20, 1,
     NULL, "Smallest conductance of a junction, in S.", NULL},
    {"simulate.step", NUMBER, V | U, AT(simulate, step_s), "0", 0, 1, NULL,
     "Largest time step in s.", "from simulate.accuracy: 0.2913 ms for 0.1 %"},
    {"simulate.rungs", WHOLE, V, AT(simulate, rungs), "5", 1, 5, NULL,
     "Steps of the convergence ladder: as asked, tighter steps, gear, gmin, loose.",
     NULL},
    {"simulate.jobs", WHOLE, NONE, AT(simulate, jobs), "0", 0, 4096, NULL,
     "Worker processes.", "one for each core"},
    {"simulate.deadline", NUMBER, NONE, AT(simulate, deadline_s), "600", 0.01, 1e7, NULL,
     "Seconds that one attempt at an image may take.", NULL},
    {"simulate.retries", WHOLE, NONE, AT(simulate, retries), "1", 0, 100, NULL,
     "Further attempts after a worker died or ran out of time.", NULL},
    {"simulate.recycle", WHOLE, NONE, AT(simulate, recycle), "500", 1, 1e9, NULL,
     "Images after which a worker process is replaced.", NULL},
    {"simulate.keep_decks", SWITCH, NONE, AT(simulate, keep_decks), "no", 0, 0, NULL,
     "Keep every deck in the run's folder, ready for plain ngspice.", NULL},
    {"calibrate.tau_syn", NUMBER, C, AT(calibrate, tau_syn_s), "2e-3", 1e-6, 10, NULL,
     "What `spikebar calibrate` aims at: time constant of the synapse, in s.", NULL},
    {"calibrate.tau_mem", NUMBER, C, AT(calibrate, tau_mem_s), "15e-3", 1e-6, 100, NULL,
     "Time constant of the membrane that calibration aims at, in s.", NULL},
    {"calibrate.gain", NUMBER, C, AT(calibrate, gain_V_S), "0", 0, 1e9, NULL,
     "Membrane peak of one spike that calibration aims at, in V for each S of the "
     "cell.",
     "as the parameter file says (cal_gain)"},
    {"calibrate.rest", NUMBER, C, AT(calibrate, rest_V), "0", 0, 1e3, NULL,
     "Rest level of the membrane that calibration aims at, in V.",
     "as the parameter file says (cal_rest)"},
    {"calibrate.rest_current", NUMBER, C, AT(calibrate, rest_current_A), "250e-9", 1e-15,
     1, NULL, "Rest current of the DPI's tail that calibration aims at, in A.", NULL},
    {"calibrate.tolerance", NUMBER, C, AT(calibrate, tolerance), "5e-3", 1e-6, 1, NULL,
     "Largest relative residual of a target that counts as reached.", NULL},
    {"calibrate.spread", NUMBER, C, AT(calibrate, spread), "0.015", 1e-6, 10, NULL,
     "Largest change of the gain from one cell at map.g_low to ten at map.g_high in "
     "one ms that counts as reached.",
     NULL},
    {"calibrate.tune", SWITCH, C, AT(calibrate, tune), "yes", 0, 0, NULL,
     "no: leave every parameter as it is, measure alone.", NULL},
    {"calibrate.tune_syn", CHOICE, C, AT(calibrate, tune_syn), "v_tau_syn", 0, 0,
     "v_tau_syn v_dd",
     "What sets tau_syn: v_tau_syn (gate of MP1) or v_dd (v_nwell follows).", NULL},
    {"calibrate.tune_mem", CHOICE, C, AT(calibrate, tune_mem), "v_tau_mem", 0, 0,
     "v_tau_mem w_leak",
     "What sets tau_mem: v_tau_mem (gate of MN5) or w_leak (its width).", NULL},
    {"device.model", TEXT, BY_HASH, AT(device, model), "", 0, 0, NULL,
     "Your own memristor, a file with `.subckt NAME te be params: x0=0`: a positive "
     "voltage from te to be sets; x0 is the state at the start, 0 least and 1 most "
     "conductive, and the conductance rises with it; an inner node dx carries the state "
     "less x0, in volts. `spikebar device check FILE` tests that; models/template.sub is "
     "a beginning, models/README.md says more. Used by device experiments, programming "
     "and the array. A name that is not found here is looked for among the models that "
     "ship (vteam.sub, yakopcic.sub, template.sub); empty: models/memristor.sub.",
     NULL},
    {"device.subckt", TEXT, BY_HASH, AT(device, subckt), "", 0, 0, NULL,
     "Its name; empty: the first of the file.", NULL},
    {"device.params", TEXT, BY_HASH, AT(device, params), "", 0, 0, NULL,
     "Parameters of it, as in `a1=2e-4 v_p=0.5`. (Ours: circuit.override.)", NULL},
    {"device.spread", TEXT, P | D, AT(device, spread), "", 0, 0, NULL,
     "Memristor parameters that differ between cycles and devices; names joined by + "
     "get one draw. Empty: `g_min+g_max r_s` (paper 1's I0 and Rs) of ours, none of "
     "yours.",
     NULL},
    {"device.noise", NUMBER, P | D, AT(device, noise), "0.02", 0, 1, NULL,
     "Standard deviation of one reading while programming, relative.", NULL},
    {"device.jitter", NUMBER, P | D, AT(device, jitter_V), "0.01", 0, 1, NULL,
     "Cycle to cycle: deviation of a pulse's effective amplitude, in V.", NULL},
    {"device.offset", NUMBER, P | D, AT(device, offset_V), "0.02", 0, 1, NULL,
     "Device to device: deviation of the switching voltages, in V.", NULL},
    {"device.mismatch", NUMBER, P | D, AT(device, mismatch), "0.03", 0, 1, NULL,
     "Device to device: deviation of the parameters in device.spread, relative.", NULL},
    {"device.level_noise", NUMBER, D, AT(device, level_noise), "0.0195", 0, 1, NULL,
     "Multi-level experiment: relative noise at 200 uS; grows as "
     "1/sqrt(conductance).",
     NULL},
    {"device.sweep", NUMBER, D, AT(device, sweep_V), "2", 0.1, 10, NULL,
     "Amplitude of a full set and a full reset sweep, in V.", NULL},
    {"device.set", NUMBER, P | D, AT(device, set_V), "2", 0.1, 10, NULL,
     "Programming: amplitude of the full set, in V.", NULL},
    {"device.limit", NUMBER, P | D, AT(device, limit_V), "2.5", 0.1, 10, NULL,
     "Programming: largest amplitude of either sign, in V.", NULL},
    {"device.step", NUMBER, P | D, AT(device, step_V), "0.01", 1e-4, 1, NULL,
     "Programming: step from pulse to pulse, in V.", NULL},
    {"device.width", NUMBER, P | D, AT(device, width_s), "1e-3", 1e-9, 1, NULL,
     "Programming: width of a pulse, in s.", NULL},
    {"device.tolerance", NUMBER, P | D, AT(device, tolerance), "0.03", 1e-4, 0.5, NULL,
     "Programming: half width of the accepted window, relative.", NULL},
    {"device.accept", WHOLE, P | D, AT(device, accept), "1", 1, 100, NULL,
     "Programming: readings in a row that must lie in the window.", NULL},
    {"device.pulses", WHOLE, P | D, AT(device, pulses), "150", 1, 1e6, NULL,
     "Programming: pulses after which a cell is given up.", NULL},
    {"device.repeats", WHOLE, D, AT(device, repeats), "10", 1, 1e4, NULL,
     "Cycles, devices or seeds of an experiment with random variation.", NULL},
    {"device.potentiate", NUMBER, D, AT(device, potentiate_V), "1.6", 0.01, 10, NULL,
     "Amplitude of pulses of potentiation, in V.", NULL},
    {"device.depress", NUMBER, D, AT(device, depress_V), "1.3", 0.01, 10, NULL,
     "Amplitude of pulses of depression, magnitude in V.", NULL},
    {"device.head", NUMBER, D, AT(device, head_V), "0.9", 0.01, 10, NULL,
     "Spike timing: a spike's first 10 us, in V.", NULL},
    {"device.tail", NUMBER, D, AT(device, tail_V), "0.7", 0, 10, NULL,
     "Spike timing: the tail of opposite sign begins here, in V.", NULL},
    {"device.tail_time", NUMBER, D, AT(device, tail_s), "20e-6", 1e-7, 1, NULL,
     "Spike timing: time constant of the tail, in s.", NULL},
    {"report.check", SWITCH, NONE, AT(report, check), "yes", 0, 0, NULL,
     "Simulate the image with the largest error once more, with smaller steps, and tell "
     "where simulate.accuracy is missed.",
     NULL},
    {"report.divergence", SWITCH, NONE, AT(report, divergence), "no", 0, 0, NULL,
     "Tell stage by stage where circuit and network part: simulates a sample of the "
     "images again with each stage replaced by its ideal.",
     NULL},
    {"report.sample", WHOLE, NONE, AT(report, sample), "10", 2, 1e6, NULL,
     "Images of that sample.", NULL},
    {"report.pictures", SWITCH, NONE, AT(report, pictures), "yes", 0, 0, NULL,
     "Draw pictures (needs gnuplot).", NULL},
    {"sweep.axes", TEXT, NONE, AT(sweep, axes), "", 0, 0, NULL,
     "Keys with their values, in a study file also a line each, `map.bits = 1,2,3`. "
     "Values: a list, from:to:step, log(from,to,count); {a,b} is one value with a comma "
     "in it.",
     NULL},
    {"sweep.zip", TEXT, NONE, AT(sweep, zip), "", 0, 0, NULL,
     "Axes that walk together, with commas between; the others are a product.", NULL},
    {"sweep.trials", WHOLE, NONE, AT(sweep, trials), "1", 1, 1e6, NULL,
     "Repeats of each point. Trial t draws the tuning errors of map.trial + t.", NULL},
    {"sweep.redraw", TEXT, NONE, AT(sweep, redraw), "", 0, 0, NULL,
     "What a trial draws anew beside the tuning errors: training (train.seed + t), "
     "split (dataset.split_seed + t), or both with a blank between.",
     NULL},
    {"sweep.max_failed", WHOLE, NONE, AT(sweep, max_failed), "0", 0, 1e9, NULL,
     "Stop after that many images failed; 0: go on.", NULL},
    {"sweep.native", SWITCH, NONE, AT(sweep, native), "no", 0, 0, NULL,
     "The network alone, without the circuit.", NULL},
    {"rehearse.die", WHOLE, V, AT(rehearse, die), "-1", -1, 1e9, NULL,
     "To see what happens when it happens: the worker of the image at this position "
     "of the run is killed at every attempt; -1: none.",
     NULL},
    {"rehearse.hang", WHOLE, V, AT(rehearse, hang), "-1", -1, 1e9, NULL,
     "The worker of the image at this position never answers; -1: none.", NULL},
    {"rehearse.diverge", WHOLE, V, AT(rehearse, diverge), "-1", -1, 1e9, NULL,
     "The deck of the image at this position has no solution; -1: none.", NULL},
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
    double x;
    int64_t n;
    bool whole = k->kind == WHOLE;
    if (k->usual && strcmp(value, "auto") == 0)
        value = k->value;
    bool read = whole ? text_to_int(value, &n) : text_to_prefixed(value, &x);
    if (read && whole)
        x = (double)n;
    if (!read || x < k->low || x > k->high) {
        char expected[96];
        snprintf(expected, sizeof expected, "a %snumber from %g to %g%s",
                 whole ? "whole " : "", k->low, k->high, k->usual ? ", or auto" : "");
        return refuse(k, value, expected, e);
    }
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

void study_copy(struct study *to, const struct study *from)
{
    *to = *from;
    for (size_t i = 0; i < KEYS; i++)
        if (keys[i].kind == TEXT || keys[i].kind == CHOICE) {
            char **text = field(to, &keys[i]);
            *text = mem_copy_string(*text);
        }
}

int study_find(const char *key, struct study_key *out, struct err *e)
{
    const struct key *k = find(key, e);
    if (k)
        *out =
            (struct study_key){k->name, k->scope, k->kind == NUMBER || k->kind == WHOLE};
    return k ? 0 : -1;
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
    AUTO_FREE char *copy = mem_copy_string(assignment);
    copy[equals - assignment] = '\0';
    int status =
        study_put(s, text_trim(copy), text_trim(copy + (equals - assignment) + 1), e);
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

/* "map.bits = 1,2,3" below [sweep] is one more of sweep.axes. */
static int add_axis(struct study *s, const char *key, const char *values, struct err *e)
{
    struct study_key known;
    struct buf axes = {0};
    if (study_find(key, &known, e) < 0)
        return -1;
    buf_printf(&axes, "%s%s%s=%s", s->sweep.axes, *s->sweep.axes ? " " : "", key, values);
    int status = study_put(s, "sweep.axes", axes.data, e);
    buf_finish(&axes);
    return status;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    char key[160];
    if (r->e->code)
        return 1; /* one error is enough */
    snprintf(key, sizeof key, "%s%s%s", section, *section ? "." : "", name);
    bool axis = strcmp(section, "sweep") == 0 && strchr(name, '.');
    if (axis ? add_axis(r->study, name, value, r->e) < 0
             : study_put(r->study, key, value, r->e) < 0) {
        err_place(r->e, "%s:%d", r->path, r->line);
        r->wrong_line = r->line;
    }
    return 1;
}

int study_parse(struct study *s, const struct buf *text, const char *path, struct err *e)
{
    struct reading r = {.study = s, .path = path, .wrong_line = INT_MAX, .e = e};
    e->code = ERR_NONE;
    r.rest = buf_text(text);
    int bad_line = ini_parse_stream(next_line, &r, on_key, &r);
    if (bad_line > 0 && bad_line < r.wrong_line) {
        err_set(e, ERR_INPUT, "expected [section] or key = value");
        err_place(e, "%s:%d", path, bad_line);
    } else if (!e->code && r.rest < buf_text(text) + text->len) {
        err_set(e, ERR_INPUT, "expected text, found a zero byte");
        err_place(e, "%s:%d", path, r.line + 1);
    }
    return e->code ? -1 : 0;
}

int study_read(struct study *s, const char *path, struct err *e)
{
    struct buf text = {0};
    int status = file_read(path, FILE_LIMIT, &text, e);
    if (status == 0)
        status = study_parse(s, &text, path, e);
    buf_finish(&text);
    return status;
}

/* Whether a key has the value that stands for the usual one. */
static bool is_usual(const struct study *s, const struct key *k)
{
    const void *place = field(s, k);
    double usual = strtod(k->value, NULL);
    if (!k->usual)
        return false;
    return k->kind == WHOLE ? (double)*(const int64_t *)place == usual
                            : *(const double *)place == usual;
}

static void print_value(const struct study *s, const struct key *k, struct buf *out)
{
    const void *place = field(s, k);
    char number[TEXT_NUMBER];
    if (is_usual(s, k)) {
        buf_puts(out, "auto");
        return;
    }
    switch (k->kind) {
    case NUMBER:
        text_from_double(*(const double *)place, number);
        buf_puts(out, number);
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

void study_value(const struct study *s, const char *key, struct buf *out)
{
    struct err e;
    print_value(s, find(key, &e), out);
}

/* In apostrophes, where a shell would see more than a word. */
static void print_shell_word(const char *word, struct buf *out)
{
    if (!word[strcspn(word, " \t'\"$`\\!*?[](){}<>|&;#~")]) {
        buf_puts(out, word);
        return;
    }
    buf_puts(out, "'");
    for (; *word; word++)
        buf_append(out, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    buf_puts(out, "'");
}

void study_settings(const struct study *s, unsigned scope, struct buf *out)
{
    struct study usual;
    study_init(&usual);
    for (size_t i = 0; i < KEYS; i++) {
        struct buf is = {0}, was = {0};
        print_value(s, &keys[i], &is);
        print_value(&usual, &keys[i], &was);
        if (keys[i].scope & scope && strcmp(buf_text(&is), buf_text(&was)) != 0) {
            struct buf word = {0};
            buf_printf(&word, "%s=%s", keys[i].name, buf_text(&is));
            buf_puts(out, " --set ");
            print_shell_word(word.data, out);
            buf_finish(&word);
        }
        buf_finish(&is);
        buf_finish(&was);
    }
    study_finish(&usual);
}

/* A remark, with line ends between words before column 90. */
static void print_remark(const char *text, struct buf *out)
{
    size_t column = 1;
    buf_puts(out, ";");
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column + 1 + n > 90) {
            buf_puts(out, "\n;");
            column = 1;
        }
        buf_printf(out, " %.*s", (int)n, text);
        column += 1 + n;
        text += n + (text[n] == ' ');
    }
    buf_puts(out, "\n");
}

static void print_help(const struct key *k, struct buf *out)
{
    AUTO(buf_finish) struct buf more = {0};
    char low[TEXT_NUMBER], high[TEXT_NUMBER];
    print_remark(k->help, out);
    text_from_double(k->low, low);
    text_from_double(k->high, high);
    if (k->usual)
        buf_printf(&more, "auto: %s. ", k->usual);
    if (k->kind == CHOICE)
        buf_printf(&more, "One of: %s.", k->choices);
    else if (k->kind == SWITCH)
        buf_puts(&more, "yes or no.");
    else if (k->kind == NUMBER || k->kind == WHOLE)
        buf_printf(&more, "%s to %s.", low, high);
    if (more.len)
        print_remark(more.data, out);
}

void study_print(const struct study *s, enum study_form form, struct buf *out)
{
    bool commented = form != STUDY_BARE;
    const char *section = "";
    size_t length = 0;
    for (size_t i = 0; i < KEYS; i++) {
        const struct key *k = &keys[i];
        const char *dot = strchr(k->name, '.');
        if (form == STUDY_COMMENTED && strncmp(k->name, "rehearse.", 9) == 0)
            continue;
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

void study_lines(const struct study *s, unsigned scope, struct buf *out)
{
    for (size_t i = 0; i < KEYS; i++) {
        if (!(keys[i].scope & scope))
            continue;
        buf_printf(out, "%s = ", keys[i].name);
        print_value(s, &keys[i], out);
        buf_puts(out, "\n");
    }
}
