/* What a result depends on: what is found, what is done again, which folder is whose. */
#include "cli/tiny.h"

#include <math.h>

/* Training sees the circuit through its kernel: another pulse is another training. */
static void training_follows_the_pulse(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("train", "--json", "--out", "t"));
    user_does(u, TINY("train", "--json", "--out", "t"));
    assert_holds(u->out, "\"found\":\ttrue");
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

/* ... and the measurement of the columns, which blames the cells for it. */
static void divergence_measures_the_users_memristor(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--divergence", "--set", "report.sample=2", "--out",
                      "ours"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tiny(training_follows_the_pulse),
        with_tiny(studies_do_not_share_a_folder),
        with_tiny(the_memristor_is_the_users_everywhere),
        with_tiny(divergence_measures_the_users_memristor),
        with_tiny(files_without_a_header_are_told_of),
        with_tiny(the_study_may_say_which_images_are_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
