/* The command line without simulations: help, the study, standard descriptors. */
#include "cli/user.h"

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
        by_user(the_study_is_printed_and_read_back),
        by_user(options_go_before_files),
        by_user(a_full_disk_behind_stdout_is_told),
        by_user(a_deck_goes_through_a_pipe_and_leaves_it_one),
        by_user(closed_descriptors_do_no_harm),
        by_user(the_data_folder_is_found_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
