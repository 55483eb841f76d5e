/* Wrong inputs: each is refused with one line that names the place and what to do, with
 * nothing for a terminal to obey in it, and leaves no file behind. */
#include "cli/user.h"

static const char digits[] = SPIKEBAR_SOURCE_ROOT "/datasets/digits.csv.gz";

struct wrong {
    const char *word[7], *said;
};

/* ---- words ---- */

#define SET(command, assignment)                                                         \
    {                                                                                    \
        command, "--set", assignment                                                     \
    }
#define CIRCUIT(words) SET("verify", "circuit.override=" words)

static const struct wrong wrong_words[] = {
    {{"verfy"}, "no command `verfy`; did you mean `spikebar verify`?"},
    {{"Train"}, "did you mean `spikebar train`?"},
    {{"xyzzyxyzzy"}, "no command `xyzzyxyzzy`; see spikebar --help"},
    {{""}, "no command ``"},
    {{"-v"}, "no command `-v`"},
    {{"verify", "--imags", "3"}, "no option `--imags`; did you mean --images?"},
    {{"verify", "--imags=/a/long/path/that/is/no/name"}, "did you mean --images?"},
    {{"train", "--weights", "w.csv"}, "spikebar train has no option `--weights`"},
    {{"verify", "--"}, "no option `--`"},
    {{"verify", "--out"}, "--out needs DIR"},
    {{"verify", "--out", ""}, "--out needs DIR"},
    {{"verify", "--out="}, "--out needs DIR"},
    {{"verify", "--weights="}, "--weights needs FILE"},
    {{"verify", "--set"}, "--set needs KEY=VALUE"},
    {{"verify", "--study"}, "--study needs FILE"},
    {{"verify", "--json=yes"}, "--json takes no value"},
    {{"verify", "more"}, "spikebar verify does not take `more`"},
    {{"verify", "-j", "2"}, "spikebar verify does not take `-j`"},
    {{"report"}, "spikebar report needs DIR"},
    {{"report", "a", "b"}, "spikebar report does not take `b`"},
    {{"verify", "--images", "-1"}, "--images: simulate.images: expected a whole number"},
    {{"verify", "--images", "ten"}, "found `ten`"},
    {{"verify", "--images", "3.5"}, "found `3.5`"},
    {{"verify", "--jobs", "999999"}, "--jobs: simulate.jobs: expected a whole number"},
    {{"verify", "--set", "simulate.image=3"},
     "--set: unknown key `simulate.image`; did "
     "you mean `simulate.images`?"},
    {{"verify", "--set", "images"}, "--set: expected section.key=value, found `images`"},
    {{"verify", "--set", "map.bits=40"}, "--set: map.bits: expected a whole number"},
    {{"netlist", "--image", "1797"}, "--image: expected a number from 0 to 1796"},
    {{"netlist", "--image", "-1"}, "--image: expected a number from 0 to 1796"},
    {{"netlist"}, "--image: expected a number"},
    {{"trace", "--image", "99999999999999999999", "--neuron", "0"}, "--image: expected"},
    {{"trace", "--image", "0", "--neuron", "10"},
     "--neuron: expected a number from 0 to"},
    {{"verify", "--data", "/nonexistent"}, "--data /nonexistent: expected a folder"},
    {{"verify", "--set", "map.g_low=1"}, "map.g_low: expected less than map.g_high"},
    {{"train", "--set", "map.g_low=1"}, "map.g_low: expected less than map.g_high"},
    {{"verify", "--set", "circuit.variant=z"}, "variant_z.param: cannot read"},
    {{"verify", "--set", "circuit.override=nosuch=1"}, "circuit.override: "},
    {{"verify", "--set", "circuit.folder=/nonexistent"}, "/nonexistent: cannot read"},
    {{"verify", "--set", "dataset.test_fraction=0"}, "dataset.test_fraction: no test"},
    {{"train", "--set", "dataset.test_fraction=1"}, "dataset.test_fraction: no training"},
    {{"--help", "verify"}, "spikebar --help takes no more words, found `verify`; see"},
    {{"--version", "x"}, "spikebar --version takes no more words, found `x`"},
    {{"help", "verify"}, "see spikebar --help, or spikebar COMMAND --help"},
    {{"verify", "--help", "extra"}, "spikebar verify does not take `extra`"},
    {{"verify", "extra", "--help"}, "spikebar verify does not take `extra`"},
    {{"verify", "--help", "--imags", "3"}, "did you mean --images?"},
    {{"verify", "--help=yes"}, "--help takes no value"},
    {{"verify", "--quiet=no"}, "--quiet takes no value"},
    {{"verify", "--keep-decks=no"}, "--keep-decks takes no value"},
    {{"\033[31mred"}, "no command `\\x1b[31mred`"},
    {{"verify", "--\033[31m"}, "no option `--\\x1b[31m`"},
    {{"verify", "\342\200\256x"}, "does not take `\\xe2\\x80\\xaex`"},
    {SET("verify", "\a=1"), "unknown key `\\x07`"},
    {SET("verify", "map.bits=\033]0;x\a"), "found `\\x1b]0;x\\x07`"},
    {{"verify", "--weights", "\033[2J"}, "\\x1b[2J: cannot read: No such file"},
    {{"verify", "--out", "/proc/\033[2J"}, "/proc/\\x1b[2J: cannot make the folder"},
    {SET("verify", "=3"), "--set: unknown key ``; `spikebar study` lists"},
    {SET("verify", "map.bits="), "--set: map.bits: expected a whole number"},
    {SET("verify", "map.bits=3x"), "found `3x`"},
    {SET("verify", "map.bits=0x3"), "found `0x3`"},
    {SET("verify", "map.bits=nan"), "found `nan`"},
    {SET("verify", "map.bits=auto"), "expected a whole number from 0 to 16, found"},
    {SET("verify", "simulate.reltol=inf"), "simulate.reltol: expected a number"},
    {SET("verify", "simulate.step=-1"), "simulate.step: expected"},
    {SET("verify", "simulate.deadline=-1"), "simulate.deadline: expected"},
    {SET("verify", "simulate.accuracy=1e9"), "simulate.accuracy: expected"},
    {SET("verify", "simulate.dynamic=perhaps"), "expected yes or no, found `perhaps`"},
    {SET("verify", "simulate.compare=spice"), "simulate.compare: expected"},
    {SET("verify", "network.coding="), "network.coding: expected latency"},
    {SET("verify", "network.coding=rate"), "expected latency latency2 complement"},
    {SET("verify", "network.x_thr=1"),
     "network.x_thr: expected a number from 0 to 0.999"},
    {SET("train", "network.t_max=-5"), "network.t_max: expected a number"},
    {SET("verify", "network.window=1"),
     "network.window: expected more than 7.13 ms, when the brightest pixel fires, "
     "found 1 ms; give a longer window or a smaller network.t_max"},
    {SET("train", "network.window=7"), "network.window: expected more than 7.13 ms"},
    {SET("netlist", "network.window=0"), "network.window: expected a whole number"},
    {SET("train", "train.bits=17"), "train.bits: expected a whole number from 0 to 16"},
    {SET("train", "train.batch=0"), "train.batch: expected"},
    {{"train", "--epochs", "0"}, "--epochs: train.epochs: expected"},
    {{"train", "--seed", "-1"}, "--seed: "},
    {{"verify", "--seed", "1e3"}, "found `1e3`"},
    {SET("verify", "map.tuning_error=2"), "map.tuning_error: expected a number from 0"},
    {SET("verify", "circuit.variant="), "circuit.variant names"},
    {SET("verify", "circuit.variant=../b"), "circuit.variant: expected a short name"},
    {SET("verify", "circuit.include=/"),
     "circuit.include: expected a file for every deck, found `/`; name a file"},
    {SET("verify", "circuit.params=none"), "none: cannot read"},
    {CIRCUIT("rf=-1"), "rf: expected 0.001 to 1e+15 ohm, found `-1`"},
    {CIRCUIT("rf=1e300"), "rf: expected 0.001 to 1e+15 ohm, found `1e300`"},
    {CIRCUIT("rf=0"), "circuit.override: rf: expected"},
    {CIRCUIT("rf="), "expected a number for `rf`, found ``"},
    {CIRCUIT("rf=nan"), "expected a number for `rf`, found `nan`"},
    {CIRCUIT("rf"), "expected name=value, found `rf`"},
    {CIRCUIT("c_syn=0"), "c_syn: expected 1e-18 to 1 F, found `0`"},
    {CIRCUIT("c_mem=-1n"), "c_mem: expected 1e-18 to 1 F, found `-1n`"},
    {CIRCUIT("w_leak=2"), "w_leak: expected 1e-09 to 1 m, found `2`"},
    {CIRCUIT("v_dd=1meg"), "v_dd: expected -1000 to 1000 V, found `1meg`"},
    {CIRCUIT("t_rise=-1m"), "t_rise: expected 0 to 1e+06 s, found `-1m`"},
    {CIRCUIT("a_op=-1"), "a_op: expected 0 to 1e+12 1, found `-1`"},
    {CIRCUIT("sel_kp=0"), "sel_kp: expected 1e-12 to 1000 A/V^2, found `0`"},
    {CIRCUIT("g_min=0"), "g_min: expected 1e-15 to 1000 S, found `0`"},
    {CIRCUIT("g_min=300u"), "expected 0 < g_min < g_max"},
    {CIRCUIT("col3.rf=0"), "rf: expected 0.001 to 1e+15 ohm, found `0`"},
    {CIRCUIT("col99.rf=2k"), "there is no column 99, expected 0 to 9"},
    {SET("verify", "device.params=a1=3"),
     "device.params: expected device.model beside it, found none; parameters of our"},
    {SET("unit", "device.subckt=x"), "device.subckt: expected device.model beside it"},
    {SET("verify", "device.model=none.sub"), "none.sub: cannot read"},
    {SET("verify", "dataset.path="), "dataset.path: expected the name of a file, found"},
    {SET("train", "dataset.path=,"), "dataset.path: expected the name of a file, found"},
    {SET("train", "dataset.path=a.csv,,b.csv"), "dataset.path: expected the name of a"},
    {SET("train", "dataset.path=/"), "/: cannot read: Is a directory; dataset.path"},
    {SET("train", "dataset.test_path=none"), "cannot read: No such file or directory; "
                                             "dataset.test_path names it"},
    {{"unit", "--spikes", "a"}, "--spikes: "},
    {{"unit", "--spikes", "-5"}, "--spikes: "},
    {{"unit", "--weight", "2"}, "--weight: "},
    {{"device"}, "spikebar device needs"},
    {{"device", "xyz"}, "xyz"},
    {{"manual"}, "spikebar manual needs"},
    {{"program", "--weights", "MISSING", "--out", "T"}, "MISSING: cannot read"},
    {{"program", "--set", "map.conductances=x.csv"},
     "map.conductances: expected weights"},
    {SET("verify", "map.conductances=x.csv"), "x.csv: cannot read"},
    {{"run", "--weights", "w.csv"}, "no option `--weights`"},
    {{"doctor", "x"}, "spikebar doctor does not take `x`"},
    {{"study", "x"}, "spikebar study does not take `x`"},
};

static void wrong_words_are_refused(void **state)
{
    struct user *u = *state;
    for (size_t i = 0; i < sizeof wrong_words / sizeof wrong_words[0]; i++) {
        user_is_refused(u, wrong_words[i].word, wrong_words[i].said);
        assert_int_equal(user_count_entries(u->folder), 1); /* tmp */
    }
}

/* ---- files ---- */

/* A line of 64 levels and a label, with `wrong` in column `at`; NULL leaves it out. */
static void put_row(struct buf *out, int at, const char *wrong)
{
    for (int i = 0; i < 65; i++) {
        if (i == at && !wrong)
            continue;
        buf_printf(out, "%s%s", i ? "," : "", i == at ? wrong : "3");
    }
    buf_puts(out, "\n");
}

static void put_images(const struct user *u, const char *name, int at, const char *wrong)
{
    struct buf b = {0};
    put_row(&b, 0, "1");
    put_row(&b, at, wrong);
    folder_put(u->folder, name, b.data);
    buf_finish(&b);
}

static void put_weights(const struct user *u, const char *name, int rows,
                        const char *first)
{
    struct buf b = {0};
    for (int i = 0; i < rows; i++)
        buf_printf(&b, "%s,0,0,0,0,0,0,0,0,0\n", i ? "0.5" : first);
    folder_put(u->folder, name, b.data);
    buf_finish(&b);
}

static void put_conductances(const struct user *u, const char *name, int rows)
{
    struct buf b = {0};
    for (int i = 0; i < rows; i++)
        buf_puts(&b, "6e-6,6e-6,6e-6,6e-6,6e-6,6e-6,6e-6,6e-6,6e-6,6e-6\n");
    folder_put(u->folder, name, b.data);
    buf_finish(&b);
}

static void put_long_line(const struct user *u, const char *name)
{
    struct buf b = {0};
    buf_puts(&b, "[map]\nbits = ");
    for (int i = 0; i < 5000; i++)
        buf_puts(&b, "3");
    folder_put(u->folder, name, b.data);
    buf_finish(&b);
}

static void put_wrong_files(const struct user *u)
{
    size_t n;
    char *bytes = folder_read("", digits, &n);
    folder_write(u->folder, "torn.csv.gz", n / 2, bytes);
    free(bytes);
    put_images(u, "short.csv", 7, NULL);
    put_images(u, "letter.csv", 7, "x");
    put_images(u, "level.csv", 7, "17");
    put_images(u, "label.csv", 64, "11");
    folder_put(u->folder, "empty.csv", "");
    put_weights(u, "shape.csv", 63, "0.5");
    put_weights(u, "above.csv", 64, "1.5");
    put_weights(u, "below.csv", 64, "-0.1");
    put_weights(u, "nan.csv", 64, "nan");
    folder_put(u->folder, "bad.ini", "[map]\nbits = 3\nbitss = 4\n");
    folder_put(u->folder, "worse.ini", "[simulate]\n\nimages = many\n");
    folder_write(u->folder, "nul.ini", 17, "[map]\nbits = 3\n\0\n");
    folder_put(u->folder, "random.ini", "\xfe\x01\x9b=\x80\x02\n[\x7f");
    folder_put(u->folder, "colour.ini", "[map]\n\033[31mbits = 3\n");
    folder_put(u->folder, "section.ini", "[map\nbits = 3\n");
    folder_put(u->folder, "bare.ini", "bits = 3\n");
    put_long_line(u, "long.ini");
    put_weights(u, "ohms.csv", 64, "5700");
    put_conductances(u, "few.csv", 63);
    folder_put(u->folder, "negative.param", "* mine\n.param rf = -1k ; ohm, feedback\n");
    folder_put(u->folder, "words.param", ".param rf = much\n");
    folder_put(u->folder, "control.sub", ".subckt m a b\n.control\n.ends\n");
    folder_put(u->folder, "colour.csv", "\033[31m1,2\n");
    folder_put(u->folder, "torn.csv", "# spikebar-weights 1\n# shape: 1 1\n0.5");
    folder_put(u->folder, "future.csv", "# spikebar-weights 9\n# shape: 1 1\n0.5\n");
    folder_write(u->folder, "short.npy", 8, "\x93NUMPY\x01\0");
    folder_put(u->folder, "a file", "in the place of a folder\n");
}

static const struct wrong wrong_files[] = {
    {{"verify", "--set", "dataset.path=none.csv"}, "none.csv: cannot read: No such file"},
    {{"train", "--set", "dataset.path=none.csv"}, "none.csv: cannot read: No such file"},
    {{"verify", "--set", "dataset.path=torn.csv.gz"}, "torn.csv.gz: "},
    {{"train", "--set", "dataset.path=torn.csv.gz"}, "torn.csv.gz: "},
    {{"train", "--set", "dataset.path=short.csv"}, "short.csv:2"},
    {{"train", "--set", "dataset.path=letter.csv"}, "letter.csv:2:8: "},
    {{"train", "--set", "dataset.path=level.csv"}, "level.csv:2:8: "},
    {{"train", "--set", "dataset.path=label.csv"}, "label.csv:2:65: "},
    {{"train", "--set", "dataset.path=empty.csv"}, "empty.csv"},
    {{"verify", "--weights", "none.csv"}, "none.csv: cannot read: No such file"},
    {{"verify", "--weights", "."}, "cannot read: Is a directory"},
    {{"verify", "--weights", "shape.csv"}, "shape.csv"},
    {{"verify", "--weights", "above.csv"}, "above.csv:1:1: "},
    {{"verify", "--weights", "below.csv"}, "below.csv:1:1: "},
    {{"verify", "--weights", "nan.csv"}, "nan.csv:1:1: "},
    {{"netlist", "--image", "0", "--weights", "above.csv"}, "above.csv:1:1: "},
    {{"verify", "--study", "none.ini"}, "none.ini: cannot read: No such file"},
    {{"verify", "--study", "bad.ini"},
     "bad.ini:3: unknown key `map.bitss`; did you mean"},
    {{"verify", "--study", "worse.ini"}, "worse.ini:3: simulate.images: expected"},
    {{"verify", "--set", "circuit.include=none.inc"}, "none.inc: cannot read"},
    {{"report", "none"}, "none/study.ini: cannot read: No such file"},
    {{"report", "tmp"}, "expected the folder of a run"},
    {{"report", "a file"}, "a file/study.ini: cannot read: Not a directory"},
    {{"verify", "--study", "nul.ini"}, "nul.ini:3: expected text, found a zero byte"},
    {{"verify", "--study", "random.ini"}, "random.ini:1: "},
    {{"verify", "--study", "colour.ini"},
     "colour.ini:2: unknown key `map.\\x1b[31mbits`"},
    {{"verify", "--study", "section.ini"}, "section.ini:1: expected [section] or key"},
    {{"verify", "--study", "long.ini"}, "long.ini:2: "},
    {{"verify", "--study", "."}, ".: cannot read: Is a directory"},
    {{"verify", "--study", "bare.ini"}, "bare.ini:1: unknown key `bits`"},
    {SET("verify", "map.conductances=ohms.csv"),
     "ohms.csv:1:1: expected a conductance in [1e-09, 0.005], found 5700; map.cond"},
    {SET("verify", "map.conductances=nan.csv"), "nan.csv:1:1: expected a number"},
    {SET("verify", "map.conductances=shape.csv"),
     "shape.csv:1:1: expected a conductance in"},
    {SET("verify", "map.conductances=few.csv"),
     "expected 64x10 conductances (inputs x outputs), found 63x10"},
    {SET("verify", "map.conductances=empty.csv"),
     "expected conductances, found an empty"},
    {SET("verify", "circuit.params=negative.param"),
     "negative.param:2: rf: expected 0.001 to 1e+15 ohm, found `-1k`"},
    {SET("verify", "circuit.params=words.param"),
     "words.param:1: expected `.param name = number`, found `rf = much`"},
    {SET("verify", "circuit.params=empty.csv"),
     "empty.csv: expected `.param name = number` lines, found none"},
    {SET("verify", "device.model=empty.csv"), "empty.csv"},
    {SET("verify", "device.model=nul.ini"), "nul.ini: expected text, found a zero byte"},
    {SET("verify", "device.model=control.sub"), "control.sub:2"},
    {{"verify", "--weights", "colour.csv"}, "expected a number, found '\\x1b[31m1'"},
    {{"verify", "--weights", "torn.csv"}, "torn file: expected a line end as the last"},
    {{"verify", "--weights", "future.csv"}, "reads version 1 of its weight files"},
    {{"verify", "--weights", "short.npy"}, "short.npy"},
    {{"verify", "--weights", "empty.csv"}, "expected weights, found an empty file"},
    {{"verify", "--weights", "bad.ini"},
     "bad.ini: unknown format of weights; expected a"},
    {SET("train", "dataset.path=short.npy"), "short.npy"},
};

/* What the issue asks for; a row that goes must be replaced. */
_Static_assert(sizeof wrong_words / sizeof wrong_words[0] +
                       sizeof wrong_files / sizeof wrong_files[0] >=
                   105,
               "wrong inputs");

static void wrong_files_are_told_with_their_place(void **state)
{
    struct user *u = *state;
    put_wrong_files(u);
    size_t entries = user_count_entries(u->folder);
    for (size_t i = 0; i < sizeof wrong_files / sizeof wrong_files[0]; i++) {
        user_is_refused(u, wrong_files[i].word, wrong_files[i].said);
        assert_int_equal(user_count_entries(u->folder), entries);
    }
}

/* Told before the work is done that would be lost. */
static void places_that_cannot_be_written_are_told_first(void **state)
{
    struct user *u = *state;
    static const struct {
        const char *out, *said;
    } wrong[] = {
        {"/proc/x", "/proc/x: cannot make the folder"},
        {"a file", "a file: cannot make the folder: Not a directory"},
        {"a file/below", "a file/below: cannot make the folder: Not a directory"},
        {"/dev/full", "/dev/full: cannot make the folder: Not a directory"},
    };
    folder_put(u->folder, "a file", "in the place of a folder\n");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        user_is_refused(u, WORDS("verify", "--out", wrong[i].out), wrong[i].said);
        user_is_refused(u, WORDS("train", "--out", wrong[i].out), wrong[i].said);
        user_is_refused(u, WORDS("run", "--out", wrong[i].out), wrong[i].said);
    }
    user_is_refused(u, WORDS("netlist", "--image", "0", "--out", "none/x.cir"),
                    "none/x.cir: cannot write: No such file");
    assert_int_equal(user_count_entries(u->folder), 2);
}

/* ---- limits of the machine ---- */

/* The words of a command behind a shell's `ulimit`. */
static int run_limited(struct user *u, const char *limit, const char *command)
{
    struct buf line = {0};
    u->program = "/bin/sh";
    buf_printf(&line, "%s; exec %s %s", limit, SPIKEBAR_PROGRAM, command);
    int status = user_run(u, WORDS("-c", line.data));
    buf_finish(&line);
    return status;
}

/* Below 384 KiB the simulator dies; a soft limit is raised. */
static void a_small_stack_is_told(void **state)
{
    struct user *u = *state;
    static const char *const commands[] = {"study", "netlist --image 0", "verify"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        assert_int_equal(run_limited(u, "ulimit -s 64", commands[i]), 1);
        user_hears(u, "limit of the stack: expected a stack of at least 1024 KiB, found "
                      "64 KiB; give `ulimit -s 8192` first");
    }
    assert_int_equal(run_limited(u, "ulimit -s 1023", "study"), 1);
    assert_int_equal(run_limited(u, "ulimit -s 1024", "netlist --image 0"), 0);
    assert_int_equal(run_limited(u, "ulimit -S -s 64", "netlist --image 0"), 0);
    assert_int_equal(user_count_entries(u->folder), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        by_user(wrong_words_are_refused),
        by_user(wrong_files_are_told_with_their_place),
        by_user(places_that_cannot_be_written_are_told_first),
        by_user(a_small_stack_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
