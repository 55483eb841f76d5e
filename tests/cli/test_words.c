/* The command line without simulations: help, wrong words, wrong files, wrong places. */
#include "cli/user.h"

static const char digits[] = SPIKEBAR_SOURCE_ROOT "/datasets/digits.csv.gz";
static const char weights[] = SPIKEBAR_SOURCE_ROOT "/weights/digits-64x10.csv";

static void version_and_overview_go_to_stdout(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("--version"));
    assert_int_equal(strncmp(u->out, "spikebar ", 9), 0);
    assert_true(u->out[9] >= '0' && u->out[9] <= '9');
    assert_string_equal(u->err, "");
    user_does(u, WORDS("--help"));
    assert_holds(u->out, "usage: spikebar COMMAND");
    assert_holds(u->out, "  verify ");
    char *help = mem_copy_string(u->out);
    user_does(u, WORDS("help"));
    assert_string_equal(u->out, help);
    free(help);
}

static void no_words_are_a_mistake(void **state)
{
    struct user *u = *state;
    assert_int_equal(user_run(u, (const char *const[]){NULL}), 1);
    assert_string_equal(u->out, "");
    assert_holds(u->err, "usage: spikebar COMMAND");
}

/* Every command of the overview, by asking the program itself. */
static void every_command_has_help_with_examples(void **state)
{
    struct user *u = *state;
    size_t commands = 0;
    user_does(u, WORDS("--help"));
    char *overview = mem_copy_string(strstr(u->out, "Commands:\n")), *rest = overview,
         *line;
    while ((line = strsep(&rest, "\n"))) {
        char name[32], usage[64];
        if (strncmp(line, "  ", 2) != 0 || sscanf(line, "%31s", name) != 1)
            continue;
        snprintf(usage, sizeof usage, "usage: spikebar %s", name);
        user_does(u, WORDS(name, "--help"));
        assert_int_equal(strncmp(u->out, usage, strlen(usage)), 0);
        assert_holds(u->out, "\nExamples:\n  spikebar ");
        assert_holds(u->out, "--set KEY=VALUE");
        assert_string_equal(u->err, "");
        commands++;
    }
    assert_true(commands >= 8);
    free(overview);
}

static void help_mentions_each_option(void **state)
{
    struct user *u = *state;
    static const struct {
        const char *command, *options[9];
    } table[] = {
        {"run",
         {"--out", "--images", "--jobs", "--seed", "--keep-decks", "--retry-failed"}},
        {"verify",
         {"--out", "--images", "--jobs", "--seed", "--keep-decks", "--retry-failed",
          "--weights"}},
        {"train", {"--out", "--seed", "--epochs"}},
        {"netlist", {"--image", "--out", "--weights", "--all-nodes"}},
        {"trace", {"--image", "--neuron", "--out", "--weights"}},
        {"report", {"DIR"}},
        {"study", {"--study", "--set", "--data", "--json", "--quiet", "--verbose"}},
        {"doctor", {"--data"}},
        {"manual", {"man|bash"}},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        user_does(u, WORDS(table[i].command, "--help"));
        for (const char *const *o = table[i].options; *o; o++)
            assert_holds(u->out, *o);
    }
}

static void the_manual_has_every_command(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("manual", "man"));
    assert_holds(u->out, ".SS spikebar verify");
    assert_holds(u->out, "retry\\-failed");
    user_does(u, WORDS("manual", "bash"));
    assert_holds(u->out, "verify) words=\" --out");
    user_is_refused(u, WORDS("manual", "html"), "expected man or bash, found `html`");
    user_is_refused(u, WORDS("study", "--json"), "spikebar study has no JSON to print");
    user_is_refused(u, WORDS("netlist", "--json"), "has no JSON to print");
}

static void wrong_words_name_what_was_meant(void **state)
{
    struct user *u = *state;
    static const struct {
        const char *word[6], *said;
    } wrong[] = {
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
        {{"verify", "--images", "-1"},
         "--images: simulate.images: expected a whole number"},
        {{"verify", "--images", "ten"}, "found `ten`"},
        {{"verify", "--images", "3.5"}, "found `3.5`"},
        {{"verify", "--jobs", "999999"},
         "--jobs: simulate.jobs: expected a whole number"},
        {{"verify", "--set", "simulate.image=3"},
         "--set: unknown key `simulate.image`; did "
         "you mean `simulate.images`?"},
        {{"verify", "--set", "images"},
         "--set: expected section.key=value, found `images`"},
        {{"verify", "--set", "map.bits=40"}, "--set: map.bits: expected a whole number"},
        {{"netlist", "--image", "1797"}, "--image: expected a number from 0 to 1796"},
        {{"netlist", "--image", "-1"}, "--image: expected a number from 0 to 1796"},
        {{"netlist"}, "--image: expected a number"},
        {{"trace", "--image", "99999999999999999999", "--neuron", "0"},
         "--image: expected"},
        {{"trace", "--image", "0", "--neuron", "10"},
         "--neuron: expected a number from 0 to"},
        {{"verify", "--data", "/nonexistent"}, "--data /nonexistent: expected a folder"},
        {{"verify", "--set", "map.g_low=1"}, "map.g_low: expected less than map.g_high"},
        {{"train", "--set", "map.g_low=1"}, "map.g_low: expected less than map.g_high"},
        {{"verify", "--set", "circuit.variant=z"}, "variant_z.param: cannot read"},
        {{"verify", "--set", "circuit.override=nosuch=1"}, "circuit.override: "},
        {{"verify", "--set", "circuit.folder=/nonexistent"}, "/nonexistent: cannot read"},
        {{"verify", "--set", "dataset.test_fraction=0"},
         "dataset.test_fraction: no test"},
        {{"train", "--set", "dataset.test_fraction=1"},
         "dataset.test_fraction: no training"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        user_is_refused(u, wrong[i].word, wrong[i].said);
    assert_int_equal(user_count_entries(u->folder), 1); /* tmp */
}

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
    folder_put(u->folder, "a file", "in the place of a folder\n");
}

static void wrong_files_are_told_with_their_place(void **state)
{
    struct user *u = *state;
    static const struct {
        const char *word[6], *said;
    } wrong[] = {
        {{"verify", "--set", "dataset.path=none.csv"},
         "none.csv: cannot read: No such file"},
        {{"train", "--set", "dataset.path=none.csv"},
         "none.csv: cannot read: No such file"},
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
    };
    put_wrong_files(u);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        user_is_refused(u, wrong[i].word, wrong[i].said);
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

static void the_study_is_printed_and_read_back(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("study", "--set", "map.bits=3", "--set", "dataset.path=a b.csv"));
    folder_put(u->folder, "s.ini", u->out);
    assert_holds(u->out, "; Images with their labels");
    char *first = mem_copy_string(u->out);
    user_does(u, WORDS("study", "--study", "s.ini"));
    assert_string_equal(u->out, first);
    free(first);
}

/* Options and --set go before study files, wherever they stand; among themselves the
 * last one counts. */
static void options_go_before_files(void **state)
{
    struct user *u = *state;
    folder_put(u->folder, "a.ini",
               "[simulate]\nimages = 3\nseed = 4\n[circuit]\nvariant=a\n");
    folder_put(u->folder, "b.ini", "[simulate]\nseed = 5\n");
    user_does(u, WORDS("study", "--set", "simulate.images=6", "--set=simulate.images=7",
                       "--study", "a.ini", "--study=b.ini"));
    assert_holds(u->out, "\nimages = 7\n");
    assert_holds(u->out, "\nseed = 5\n");
    assert_holds(u->out, "\nvariant = a\n");
}

static void a_full_disk_behind_stdout_is_told(void **state)
{
    struct user *u = *state;
    u->out_to = "/dev/full";
    static const char *const word[][4] = {
        {"--version"}, {"--help"},        {"train", "--help"},
        {"study"},     {"manual", "man"}, {"netlist", "--image", "0"}};
    for (size_t i = 0; i < sizeof word / sizeof word[0]; i++) {
        assert_int_equal(user_run(u, word[i]), 1);
        user_hears(u, "standard output: cannot write: No space left on device");
    }
}

static void a_deck_goes_through_a_pipe_and_leaves_it_one(void **state)
{
    struct user *u = *state;
    struct stat st;
    char *path = path_join(u->folder, "pipe"), deck[65536];
    assert_int_equal(mkfifo(path, 0600), 0);
    int pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    user_does(u, WORDS("netlist", "--image", "0", "--out", "pipe"));
    ssize_t n = read(pipe, deck, sizeof deck - 1);
    assert_true(n > 0);
    deck[n] = '\0';
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    user_does(u, WORDS("netlist", "--image", "0"));
    assert_string_equal(u->out, deck);
    close(pipe);
    free(path);
}

/* Without standard descriptors the files of a command take their place. */
static void closed_descriptors_do_no_harm(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("netlist", "--image", "0", "--out", "heard.cir"));
    u->deaf = true;
    assert_int_equal(user_run(u, WORDS("netlist", "--image", "0", "--out", "deaf.cir")),
                     0);
    assert_int_equal(user_run(u, WORDS("netlist", "--image", "0")), 1);
    assert_int_equal(user_run(u, WORDS("train", "--out", "t", "--epochs", "1", "--set",
                                       "train.ann=no")),
                     1);
    assert_same_file(u, "heard.cir", "deaf.cir");
    char *text = user_reads(u, "t/history.csv");
    assert_int_equal(strncmp(text, "epoch,loss,train_accuracy_noisy,", 32), 0);
    free(text);
}

static void the_data_folder_is_found_and_checked(void **state)
{
    struct user *u = *state;
    u->data = "/nonexistent";
    user_is_refused(u, WORDS("netlist", "--image", "0"),
                    "SPIKEBAR_DATA /nonexistent: expected a folder");
    user_does(u, WORDS("study"));
    user_does(u, WORDS("netlist", "--image", "0", "--data", SPIKEBAR_SOURCE_ROOT));
    u->data = "";
    user_does(u, WORDS("netlist", "--image", "0", "--weights", weights));
    assert_holds(u->out, "\n.end\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        by_user(version_and_overview_go_to_stdout),
        by_user(no_words_are_a_mistake),
        by_user(every_command_has_help_with_examples),
        by_user(help_mentions_each_option),
        by_user(the_manual_has_every_command),
        by_user(wrong_words_name_what_was_meant),
        by_user(wrong_files_are_told_with_their_place),
        by_user(places_that_cannot_be_written_are_told_first),
        by_user(the_study_is_printed_and_read_back),
        by_user(options_go_before_files),
        by_user(a_full_disk_behind_stdout_is_told),
        by_user(a_deck_goes_through_a_pipe_and_leaves_it_one),
        by_user(closed_descriptors_do_no_harm),
        by_user(the_data_folder_is_found_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
