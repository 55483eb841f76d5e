/* What a result depends on: what is found, what is done again, which folder is whose. */
#include "cli/tiny.h"

#include <math.h>

/* Training sees the circuit through its kernel: another pulse is another training. */
static void training_follows_the_pulse(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("train", "--json", "--out", "t"));
    double epochs = json_number(u->out, "epochs");
    assert_true(epochs > 0);
    user_does(u, TINY("train", "--json", "--out", "t"));
    assert_holds(u->out, "\"found\":\ttrue");
    assert_true(json_number(u->out, "epochs") == epochs);
    assert_holds(u->out, "\"seconds_per_epoch\":\tnull");
    user_does(u, TINY("train", "--json", "--out", "t", "--set",
                      "circuit.override=t_width=3m"));
    assert_holds(u->out, "\"found\":\tfalse");
    user_does(u, TINY("train", "--json", "--out", "t", "--set",
                      "circuit.override=rf=2k t_width=3m"));
    assert_holds(u->out, "\"found\":\ttrue"); /* no gain of the circuit's is in it */
}

/* Without --out each study has a folder of its own, also where only a file differs. */
static void studies_do_not_share_a_folder(void **state)
{
    struct user *u = *state;
    folder_put(u->folder, "half.csv", "");
    user_does(u, TINY("verify", NULL));
    user_does(u, TINY("verify", "--set", "device.model=vteam.sub"));
    user_does(u, TINY("verify", "--set", "device.model=vteam.sub", "--set",
                      "device.params=r_on=6k"));
    user_does(u, TINY("verify", NULL));
    char *results = path_join(u->folder, "results");
    assert_int_equal(user_count_entries(results), 3);
    user_does(u, TINY("unit", NULL));
    user_does(u, TINY("unit", "--weight", "1"));
    user_does(u, TINY("unit", "--set", "circuit.override=rf=1k"));
    assert_int_equal(user_count_entries(results), 6);
    user_does(u, TINY("device", "transistor"));
    user_does(u, TINY("device", "transistor", "--set", "circuit.override=sel_kp=1m"));
    assert_int_equal(user_count_entries(results), 8);
    free(results);
}

/* A memristor that never conducts more than 40 uS, in place of ours with 200 uS. */
#define WEAK                                                                             \
    "--set", "device.model=vteam.sub", "--set", "device.params=r_on=25k r_off=200k"

/* One synapse and one column have the user's memristor in them, too. */
static void the_memristor_is_the_users_everywhere(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("unit", "--json", "--weight", "1", "--out", "ours"));
    double ours_V = json_number(u->out, "peak_V");
    user_does(u, TINY("unit", "--json", "--weight", "1", "--out", "theirs", WEAK));
    assert_close(json_number(u->out, "peak_V") / ours_V, 40e-6 / 200e-6, 0.02);
    user_does(u, TINY("calibrate", "--set", "calibrate.tune=no", "--out", "c"));
    assert_int_equal(user_run(u, TINY("calibrate", "--set", "calibrate.tune=no", "--out",
                                      "d", WEAK)),
                     1); /* the gain is not reached */
    assert_holds(u->out, "NOT REACHED");
}

/* Every way of the table was simulated on every image of the sample. */
static void assert_every_stage(struct user *u)
{
    static const char *const stages[] = {
        "as it is",      "mapping and select transistor", "TIA", "V->I", "DPI",
        "membrane leak", "solver tolerance"};
    char *table = user_reads(u, "ours/divergence.csv");
    for (size_t k = 0; k < sizeof stages / sizeof stages[0]; k++) {
        const char *row = strstr(table, stages[k]);
        double gain;
        if (!row || sscanf(row + strlen(stages[k]), ",%*[^,],%*[^,],%lf", &gain) != 1 ||
            !(fabs(gain - 1) < 0.1))
            fail_msg("%s is not in\n%s", stages[k], table);
    }
    free(table);
    assert_null(strstr(u->err, "refused"));
}

/* ... and the measurement of the columns, which blames the cells for it. */
static void divergence_measures_the_users_memristor(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--divergence", "--set", "report.sample=2", "--out",
                      "ours"));
    assert_every_stage(u);
    char *found = user_reads(u, "ours/divergence.json");
    assert_null(strstr(found, "mapping and select transistor\",\n\t\t\t\"columns"));
    free(found);
    user_does(u, TINY("verify", "--divergence", "--set", "report.sample=2", "--out",
                      "theirs", WEAK));
    found = user_reads(u, "theirs/divergence.json");
    assert_holds(found, "mapping and select transistor\",\n\t\t\t\"columns\":\t\"all\"");
    free(found);
}

/* ---- whether images are new to the weights ---- */

static void put_copy(const struct user *u, const char *from, const char *to)
{
    size_t n;
    char *bytes = folder_read(u->folder, from, &n);
    folder_write(u->folder, to, n, bytes);
    free(bytes);
}

/* What summary.json, the printed summary, the page and stderr say of the run in `out`;
 * said NULL: nothing but "known". */
static void assert_provenance(const struct user *u, const char *out, const char *word,
                              const char *said)
{
    char *folder = path_join(u->folder, out);
    char *json = folder_read(folder, "summary.json", NULL);
    char *page = folder_read(folder, "report.html", NULL);
    struct buf mark = {0}, line = {0};
    buf_printf(&mark, "\"provenance\":\t\"%s", word);
    buf_printf(&line, "provenance   %s", word);
    assert_holds(json, mark.data);
    if (said) {
        assert_holds(json, said);
        assert_holds(page, "<ul class=\"notes\">");
        assert_holds(page, said + 1); /* there it begins with a capital */
        assert_holds(u->out, line.data);
        assert_holds(u->out, said);
    } else {
        assert_null(strstr(page, "<ul class=\"notes\">"));
        assert_null(strstr(u->out, "provenance"));
    }
    buf_finish(&mark), buf_finish(&line);
    free(folder), free(json), free(page);
}

#define LOUD(out, ...)                                                                   \
    WORDS("verify", "--study", "tiny.ini", "--out", out, __VA_ARGS__)

/* The split of the images is that of the training; a file that does not say which that
 * was is told of, and so is the file whose header is used in its place. */
static void files_without_a_header_are_told_of(void **state)
{
    struct user *u = *state;
    static const char silent[] =
        "the weights do not say which images they were trained on";
    user_does(u, TINY("train", "--seed", "3", "--epochs", "1", "--out", "mine"));
    user_does(u, LOUD("a", "--weights", "mine/weights.csv"));
    assert_provenance(u, "a", "known", NULL);
    assert_null(strstr(u->err, "WARNING"));
    user_does(u, LOUD("b", "--weights", "mine/weights.npy"));
    assert_provenance(u, "b", "known", NULL);
    assert_holds(u->err, "mine/weights.csv count, which holds the same matrix");
    assert_same_file(u, "a/scores.csv", "b/scores.csv");
    put_copy(u, "mine/weights.npy", "bare.npy");
    user_does(u, LOUD("c", "--weights", "bare.npy"));
    assert_provenance(u, "c", "unknown", silent);
    assert_holds(u->err, "WARNING: the weights do not say");
    assert_holds(u->err, "; dataset.split_seed or dataset.test_path would tell");
    put_copy(u, "tiny.csv", "bare.csv"); /* another matrix beside it */
    user_does(u, LOUD("c", "--weights", "bare.npy"));
    assert_provenance(u, "c", "unknown", silent);
    user_does(u, LOUD("d", "--weights", "bare.csv"));
    assert_provenance(u, "d", "unknown", silent);
    user_does(u, TINY("verify", "--out", "d", "--weights", "bare.csv"));
    assert_provenance(u, "d", "unknown", silent);
    assert_string_equal(u->err, ""); /* --quiet */
}

/* Who names the split, or images of their own, knows; the result says who said so. */
static void the_study_may_say_which_images_are_new(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("train", "--seed", "3", "--epochs", "1", "--out", "mine"));
    put_copy(u, "mine/weights.npy", "bare.npy");
    user_does(u, LOUD("a", "--weights", "mine/weights.csv"));
    user_does(u, LOUD("b", "--weights", "bare.npy", "--set", "dataset.split_seed=3"));
    assert_provenance(u, "b", "stated",
                      "the test images are those of dataset.split_seed");
    assert_null(strstr(u->err, "WARNING"));
    assert_same_file(u, "a/scores.csv", "b/scores.csv");
    put_copy(u, "tiny-images-idx3-ubyte", "more-images-idx3-ubyte");
    put_copy(u, "tiny-labels-idx1-ubyte", "more-labels-idx1-ubyte");
    char *more = path_join(u->folder, "more-images-idx3-ubyte");
    struct buf own = {0};
    buf_printf(&own, "dataset.test_path=%s", more);
    user_does(u, LOUD("c", "--weights", "bare.npy", "--set", own.data));
    assert_provenance(u, "c", "stated", "the test images are those of dataset.test_path");
    /* weights know that their test images came from a file of their own */
    user_does(u, TINY("train", "--epochs", "1", "--out", "theirs", "--set", own.data));
    user_does(u, LOUD("d", "--weights", "theirs/weights.csv", "--set", own.data));
    assert_provenance(u, "d", "known", NULL);
    buf_clear(&own);
    buf_printf(&own, "dataset.path=%s/tiny-images-idx3-ubyte,%s", u->folder, more);
    user_does(u, LOUD("e", "--weights", "theirs/weights.csv", "--images", "0", "--set",
                      own.data, "--set", "dataset.test_fraction=1"));
    assert_provenance(u, "e", "seen",
                      "the weights were trained on another split, with 12 of these 24");
    assert_holds(u->err, "WARNING: the weights were trained on another split");
    buf_finish(&own);
    free(more);
}

/* ---- conductances, and the weights that were programmed ---- */

/* What summary.json of the run in `out` says of the network. */
static void assert_network(const struct user *u, const char *out, const char *weights,
                           double split_seed, double test_accuracy)
{
    char *folder = path_join(u->folder, out), *path = path_join(u->folder, weights);
    char *json = folder_read(folder, "summary.json", NULL), hex[SHA256_HEX];
    struct err e = {0};
    struct buf mark = {0};
    assert_well(sha256_file(path, hex, &e), e);
    buf_printf(&mark, "\"weights_sha256\":\t\"%s\"", hex);
    assert_holds(json, mark.data);
    assert_close(json_number(json, "split_seed"), split_seed, 0);
    assert_close(json_number(json, "training.test_accuracy"), test_accuracy, 1e-12);
    buf_finish(&mark);
    free(folder), free(path), free(json);
}

/* `mine` trained with seed 3 and programmed, `other` trained with seed 4, and studies
 * that name no weights; returns the test accuracy of `mine`. */
static double array_of_mine(struct user *u)
{
    char *study = user_reads(u, "tiny.ini"), *line = strstr(study, "weights = ");
    memmove(line, strchr(line, '\n') + 1, strlen(strchr(line, '\n') + 1) + 1);
    folder_put(u->folder, "tiny.ini", study);
    free(study);
    user_does(u, TINY("train", "--seed", "4", "--epochs", "1", "--out", "other"));
    user_does(u, TINY("train", "--json", "--seed", "3", "--epochs", "2", "--out", "mine"));
    double accuracy = json_number(u->out, "test_accuracy");
    user_does(u, TINY("program", "--weights", "mine/weights.csv", "--out", "array"));
    return accuracy;
}

#define ACHIEVED "--conductances", "array/conductances.csv"

/* train, program, verify: the images are those that the programmed network has not seen,
 * and the summary is of that network. */
static void an_array_is_verified_as_what_it_was_programmed_from(void **state)
{
    struct user *u = *state;
    double accuracy = array_of_mine(u);
    user_does(u, LOUD("a", ACHIEVED));
    assert_provenance(u, "a", "known", NULL);
    assert_network(u, "a", "mine/weights.csv", 3, accuracy);
    user_does(u, LOUD("b", ACHIEVED, "--weights", "mine/weights.csv"));
    user_does(u, LOUD("c", "--conductances", "array/conductances.npy"));
    assert_holds(u->err, "array/conductances.csv count, which holds the same matrix");
    user_does(u, LOUD("d", ACHIEVED, "--weights", "mine/weights.npy"));
    for (const char *const *run = WORDS("b", "c", "d"); *run; run++) {
        struct buf scores = {0};
        buf_printf(&scores, "%s/scores.csv", *run);
        assert_same_file(u, "a/scores.csv", scores.data);
        assert_provenance(u, *run, "known", NULL);
        buf_finish(&scores);
    }
    user_is_refused(u, LOUD("e", ACHIEVED, "--weights", "other/weights.csv"),
                    "other/weights.csv: array/conductances.csv was programmed from other "
                    "weights: ");
    user_is_refused(u, LOUD("e", ACHIEVED, "--weights", "other/weights.npy"),
                    "was programmed from other weights");
}

/* The conductances are enough for the circuit and for the network with their weights. */
static void weights_that_were_programmed_may_be_gone(void **state)
{
    struct user *u = *state;
    double accuracy = array_of_mine(u);
    user_does(u, LOUD("a", ACHIEVED));
    user_does(u, LOUD("paper", ACHIEVED, "--set", "simulate.compare=double-exponential"));
    char *file = path_join(u->folder, "mine/weights.csv");
    char *away = path_join(u->folder, "away.csv");
    assert_int_equal(rename(file, away), 0);
    user_does(u, LOUD("b", ACHIEVED));
    assert_holds(u->err, "mine/weights.csv, which is not there: its own notes count");
    assert_network(u, "b", "away.csv", 3, accuracy);
    assert_same_file(u, "a/scores.csv", "b/scores.csv");
    assert_same_file(u, "a/plan.txt", "b/plan.txt");
    put_copy(u, "other/weights.csv", "mine/weights.csv");
    user_does(u, LOUD("c", ACHIEVED));
    assert_holds(u->err, "which is another one now");
    assert_network(u, "c", "away.csv", 3, accuracy);
    assert_provenance(u, "c", "known", NULL);
    user_is_refused(u,
                    LOUD("d", ACHIEVED, "--set", "simulate.compare=double-exponential"),
                    "takes the weights as they were trained");
    user_does(u, LOUD("d", ACHIEVED, "--weights", "away.csv", "--set",
                      "simulate.compare=double-exponential"));
    assert_same_file(u, "paper/scores.csv", "d/scores.csv");
    free(file), free(away);
}

/* A matrix of conductances alone says nothing of weights: no network is made up for it. */
static void conductances_without_a_header_are_told_of(void **state)
{
    struct user *u = *state;
    array_of_mine(u);
    put_copy(u, "array/conductances.npy", "alone.npy");
    user_does(u, LOUD("a", "--conductances", "alone.npy"));
    assert_holds(u->err, "WARNING: the weights do not say");
    assert_provenance(u, "a", "unknown", "the weights do not say");
    char *json = user_reads(u, "a/summary.json");
    assert_holds(json, "\"weights_sha256\":\tnull");
    assert_holds(json, "\"test_accuracy\":\tnull");
    free(json);
    user_does(u, LOUD("b", "--conductances", "alone.npy", "--weights", "mine/weights.csv"));
    assert_provenance(u, "b", "stated", "the conductances do not say which weights");
    /* files of earlier versions name the hash alone */
    char *text = user_reads(u, "array/conductances.csv"), hex[SHA256_HEX];
    char *weights = path_join(u->folder, "mine/weights.csv");
    struct err e = {0};
    struct buf old = {0};
    assert_well(sha256_file(weights, hex, &e), e);
    buf_printf(&old, "# spikebar-weights 1\n# shape: 4 10\n# programmed_from: %s\n", hex);
    for (char *line = text; line; line = strchr(line, '\n'), line += line != NULL)
        if (*line != '#') {
            buf_puts(&old, line);
            break;
        }
    folder_put(u->folder, "old.csv", old.data);
    user_is_refused(u, LOUD("c", "--conductances", "old.csv", "--weights",
                            "other/weights.csv"),
                    "old.csv was programmed from other weights");
    user_does(u, LOUD("c", "--conductances", "old.csv", "--weights", "mine/weights.csv"));
    assert_provenance(u, "c", "known", NULL);
    user_does(u, LOUD("d", "--conductances", "old.csv"));
    assert_provenance(u, "d", "unknown", "the weights do not say");
    buf_finish(&old);
    free(text), free(weights);
}

/* A header from outside may name a pipe that nobody writes to. */
static void a_header_that_names_a_pipe_is_not_waited_for(void **state)
{
    struct user *u = *state;
    struct buf b = {0};
    array_of_mine(u);
    char *text = user_reads(u, "array/conductances.csv");
    char *pipe = path_join(u->folder, "pipe"), *path = strstr(text, "# weights_path: ");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    buf_append(&b, text, (size_t)(path - text));
    buf_printf(&b, "# weights_path: %s%s", pipe, strchr(path, '\n'));
    folder_put(u->folder, "odd.csv", b.data);
    user_does(u, LOUD("a", "--conductances", "odd.csv"));
    assert_holds(u->err, "pipe, which is another one now");
    buf_finish(&b);
    free(text), free(pipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tiny(training_follows_the_pulse),
        with_tiny(studies_do_not_share_a_folder),
        with_tiny(the_memristor_is_the_users_everywhere),
        with_tiny(divergence_measures_the_users_memristor),
        with_tiny(files_without_a_header_are_told_of),
        with_tiny(the_study_may_say_which_images_are_new),
        with_tiny(an_array_is_verified_as_what_it_was_programmed_from),
        with_tiny(weights_that_were_programmed_may_be_gone),
        with_tiny(conductances_without_a_header_are_told_of),
        with_tiny(a_header_that_names_a_pipe_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
