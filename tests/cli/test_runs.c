/* Runs that go well: the same numbers by every way, the files that they leave, and
 * places and surroundings that must not matter. */
#include "cli/tiny.h"

#include "num/stats.h"
#include "spice/faults.h"

#include <math.h>

/* Fast where the digits themselves matter: fixed states, coarse steps, no pictures. */
#define COARSE                                                                           \
    "--quiet", "--set", "simulate.dynamic=no", "--set", "simulate.step=1e-3", "--set",   \
        "report.pictures=no"

static void training_reaches_its_accuracy(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("train", "--json", "--out", "t", "--quiet", "--set",
                       "report.pictures=no"));
    assert_true(json_number(u->out, "test_accuracy") >= 0.88);
    assert_true(json_number(u->out, "train_accuracy") >= 0.88);
    assert_true(json_number(u->out, "ann_test_accuracy") >= 0.93);
    assert_true(json_number(u->out, "seconds_per_epoch") > 0);
    assert_close(json_number(u->out, "test_images"), 359, 0);
    assert_string_equal(u->err, "");
    /* two figures with two names: without noise, and as the epoch went */
    double clean = json_number(u->out, "train_accuracy"),
           noisy = json_number(u->out, "train_accuracy_noisy");
    assert_true(noisy < clean - 0.005 && noisy > clean - 0.05);
    double accuracy = json_number(u->out, "test_accuracy");
    user_does(u, WORDS("train", "--json", "--out", "t", "--quiet"));
    assert_holds(u->out, "\"found\":\ttrue");
    assert_close(json_number(u->out, "test_accuracy"), accuracy, 0);
    assert_holds(u->out, "\"train_accuracy_noisy\":\tnull"); /* it did not train */
    user_does(u, WORDS("train", "--out", "other"));
    struct buf words = {0};
    buf_printf(&words, "training with noise %.1f %%, test %.1f %%", 100 * noisy,
               100 * accuracy);
    assert_holds(u->err, words.data); /* the last epoch */
    words.len = 0;
    buf_printf(&words, "training %.1f %%  in the last epoch", 100 * noisy);
    assert_holds(u->out, words.data);
    words.len = 0;
    buf_printf(&words, "training %.1f %%  test", 100 * clean);
    assert_holds(u->out, words.data);
    buf_finish(&words);
    assert_same_file(u, "t/weights.csv", "other/weights.csv");
    assert_true(user_has(u, "other/training.svg") && user_has(u, "other/training.png"));
}

/* The number behind `key` and blanks and '=', as .meas prints it. */
static double measured(const char *text, const char *key)
{
    const char *p = text;
    size_t n = strlen(key);
    while ((p = strstr(p, key)) && (p[n] != ' ' || (p > text && p[-1] != '\n')))
        p += n;
    if (!p || !(p = strchr(p, '=')))
        fail_msg("no %s in `%s`", key, text);
    return strtod(p + 1, NULL);
}

/* circuit_V and circuit_s of an image and neuron in the text of scores.csv. */
static double score(const char *text, const char *image, size_t neuron, double *time_s)
{
    char wanted[16], found[16], number[4];
    double circuit_V;
    snprintf(wanted, sizeof wanted, "%zu", neuron);
    for (const char *p = text; (p = strchr(p, '\n')) && p[1];) {
        p++;
        if (sscanf(p, "%*[^,],%15[^,],%*[^,],%3[^,],%lf,%lf", found, number, &circuit_V,
                   time_s) == 4 &&
            strcmp(found, image) == 0 && strcmp(number, wanted) == 0)
            return circuit_V;
    }
    fail_msg("no image %s in the scores", image);
    return 0;
}

/* ngspice prints six digits. (Version 39 dies without a HOME.) */
static void replay(struct user *u, const char *deck, const char *scores,
                   const char *image)
{
    u->program = NGSPICE_PROGRAM;
    u->home = u->folder;
    user_does(u, WORDS("-b", deck));
    u->program = SPIKEBAR_PROGRAM;
    u->home = NULL;
    for (size_t j = 0; j < 10; j++) {
        char key[16];
        snprintf(key, sizeof key, "above%zu", j);
        double time_s, V = score(scores, image, j, &time_s);
        assert_true(V > 0);
        assert_close(measured(u->out, key), V, 0.6 * pow(10, floor(log10(V)) - 5));
    }
}

static void plain_ngspice_gives_the_same_maxima(void **state)
{
    struct user *u = *state;
    char image[16];
    if (!NGSPICE_PROGRAM[0])
        skip();
    user_does(u,
              WORDS("verify", COARSE, "--images", "1", "--out", "run", "--keep-decks"));
    char *scores = user_reads(u, "run/scores.csv");
    assert_int_equal(sscanf(strchr(scores, '\n'), "\n0,%15[^,]", image), 1);
    user_does(u, WORDS("netlist", COARSE, "--image", image, "--out", "x.cir"));
    replay(u, "x.cir", scores, image);
    struct buf kept = {0};
    buf_printf(&kept, "run/decks/image-%05d.cir", atoi(image));
    replay(u, kept.data, scores, image);
    user_does(u, WORDS("netlist", COARSE, "--image", image));
    char *written = user_reads(u, "x.cir");
    assert_string_equal(u->out, written);
    buf_finish(&kept);
    free(scores), free(written);
}

/* A membrane of 1.5 s still rises when the deck of a 15 ms one may end: the whole
 * window is simulated after all, and gives what is found with no early end. */
static void a_slow_membrane_is_simulated_to_its_maximum(void **state)
{
    struct user *u = *state;
    char image[16];
    user_does(u, WORDS("verify", "--images", "1", "--out", "e", "--set",
                       "circuit.override=c_mem=26u"));
    user_does(u, WORDS("verify", "--images", "1", "--out", "w", "--exact", "--set",
                       "circuit.override=c_mem=26u"));
    char *early = user_reads(u, "e/scores.csv"), *whole = user_reads(u, "w/scores.csv");
    assert_int_equal(sscanf(strchr(early, '\n'), "\n0,%15[^,]", image), 1);
    for (size_t j = 0; j < 10; j++) {
        double at_s, wanted_s, V = score(early, image, j, &at_s);
        assert_close(V / score(whole, image, j, &wanted_s), 1, 2e-4);
        assert_close(at_s, wanted_s, 0.3e-3);
    }
    free(early), free(whole);
}

static void workers_do_not_change_a_byte(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("verify", COARSE, "--images", "3", "--out", "one", "--jobs", "1"));
    user_does(u, WORDS("verify", COARSE, "--images", "3", "--out", "two", "--jobs", "2",
                       "--set", "simulate.recycle=1"));
    assert_same_file(u, "one/scores.csv", "two/scores.csv");
    assert_same_file(u, "one/images.csv", "two/images.csv");
    assert_same_file(u, "one/plan.txt", "two/plan.txt");
    user_does(u, WORDS("verify", COARSE, "--images", "3", "--out", "one/", "--json"));
    assert_close(json_number(u->out, "found"), 3, 0);
    assert_close(json_number(u->out, "simulated_now"), 0, 0);
    assert_true(json_number(u->out, "correlation") > 0.999);
    assert_same_file(u, "one/scores.csv", "two/scores.csv");
}

static void a_run_trains_and_verifies_in_one_folder(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("run", COARSE, "--images", "1", "--out", "r", "--json", "--set",
                       "train.epochs=3", "--set", "train.ann=no"));
    assert_close(json_number(u->out, "images"), 1, 0);
    assert_true(json_number(u->out, "training.test_accuracy") > 0.5);
    char *weights = user_reads(u, "r/weights.csv");
    user_is_refused(u,
                    WORDS("run", COARSE, "--images", "1", "--out", "r", "--set",
                          "train.epochs=2", "--set", "train.ann=no"),
                    "r/plan.txt: this folder holds a run with other weights");
    char *after = user_reads(u, "r/weights.csv");
    assert_string_equal(after, weights);
    free(weights), free(after);
}

static void json_is_one_object_and_nothing_else(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "a", "--json"));
    assert_close(json_number(u->out, "images"), TINY_TESTED, 0);
    assert_close(json_number(u->out, "failed"), 0, 0);
    assert_close(json_number(u->out, "simulated_now"), TINY_TESTED, 0);
    assert_close(json_number(u->out, "records.torn"), 0, 0);
    assert_string_equal(u->err, "");
    user_does(u, TINY("trace", "--image", "1", "--neuron", "2", "--out", "t", "--json"));
    assert_true(json_number(u->out, "circuit_V") > 0);
    assert_string_equal(u->err, "");
}

/* On stdout, on the page, also when that is made anew, and in summary.json. */
static void ties_and_marks_are_said_aloud(void **state)
{
    struct user *u = *state;
    struct buf equal = {0};
    user_does(u, TINY("verify", "--out", "good", "--set", "simulate.step=0"));
    assert_null(strstr(u->out, "WARNING"));
    assert_null(strstr(u->out, "ties"));
    assert_holds(u->out, "over the image's own largest: ");
    user_does(u, TINY("verify", "--out", "a", "--set", "simulate.step=0", "--set",
                      "circuit.override=rf=4k"));
    assert_holds(u->out, "\nWARNING      scale: the circuit gives ");
    char *json = user_reads(u, "a/summary.json"), *page = user_reads(u, "a/report.html");
    assert_holds(json, "\"suspect\":\ttrue");
    assert_holds(page, "<p class=\"warning\"><b>WARNING</b> scale: ");
    user_does(u, WORDS("report", "a"));
    char *again = user_reads(u, "a/report.html");
    assert_string_equal(again, page);
    for (int k = 0; k < TINY_INPUTS * TINY_OUTPUTS; k++)
        buf_printf(&equal, "0.5%s", (k + 1) % TINY_OUTPUTS ? "," : "\n");
    folder_put(u->folder, "tiny.csv", equal.data);
    user_does(u, TINY("verify", "--out", "b"));
    assert_holds(u->out, "agreement    none to tell: all images are ties\n"
                         "ties         4 of 4 images (left open by the network 4, by the "
                         "circuit 4)\n");
    free(json), free(page), free(again);
    buf_finish(&equal);
}

/* The maximum of `trace` is that of scores.csv, in continuous time; beside it stands the
 * one at whole ms, which natives.csv has too. */
static void a_trace_has_the_maxima_of_the_run(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "a", "--images", "1"));
    char *scores = user_reads(u, "a/scores.csv"),
         *natives = user_reads(u, "a/natives.csv");
    char image[16];
    double native, at_ms, native_s;
    assert_int_equal(sscanf(strstr(scores, "\n0,") + 1,
                            "0,%15[^,],%*[^,],0,%*[^,],%*[^,],%*[^,],%lf,%lf", image,
                            &native, &native_s),
                     3);
    assert_int_equal(sscanf(strstr(natives, "\n0,") + 1, "0,%*[^,],0,%*[^,],%lf", &at_ms),
                     1);
    user_does(u,
              TINY("trace", "--image", image, "--neuron", "0", "--out", "t", "--json"));
    assert_close(json_number(u->out, "native"), native, 1e-15 * native);
    assert_close(json_number(u->out, "native_s"), native_s, 1e-15);
    assert_close(json_number(u->out, "native_ms"), at_ms, 1e-12 * native);
    assert_true(at_ms < native && at_ms > 0.995 * native);
    free(scores), free(natives);
}

/* Printed, on the page and in summary.json. */
static void an_accuracy_comes_with_its_interval(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "a", "--images", "0"));
    char *json = user_reads(u, "a/summary.json"), *page = user_reads(u, "a/report.html");
    double right = json_number(json, "circuit.right");
    double low, high;
    char line[128];
    stats_wilson((size_t)right, 6, STATS_Z95, &low, &high);
    assert_close(json_number(json, "circuit.wilson_low"), low, 1e-12);
    assert_close(json_number(json, "circuit.wilson_high"), high, 1e-12);
    snprintf(line, sizeof line, "circuit %.1f %% (95 %%: %.1f to %.1f)", 100 * right / 6,
             100 * low, 100 * high);
    assert_holds(u->out, line);
    assert_holds(page, line);
    free(json), free(page);
    user_does(u, WORDS("train", "--out", "w", "--epochs", "1", "--quiet", "--set",
                       "train.ann=no"));
    assert_holds(u->out, " % (95 %: ");
    assert_holds(u->out, ") of 359 images");
}

static void a_run_leaves_its_files(void **state)
{
    struct user *u = *state;
    static const char *const names[] = {"plan.txt",
                                        "study.ini",
                                        "scores.csv",
                                        "images.csv",
                                        "results.sqlite",
                                        "summary.json",
                                        "report.html",
                                        "circuit/netlists/array.inc",
                                        "circuit/models/nmos.mod",
                                        "pictures/confusion.svg",
                                        "pictures/maxima.svg",
                                        "pictures/worst.svg"};
    user_does(u, TINY("verify", "--out", "a", "--set", "report.pictures=yes"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = path_join("a", names[i]);
        if (!user_has(u, path))
            fail_msg("no %s", path);
        free(path);
    }
    user_does(u, WORDS("study", "--study", "a/study.ini"));
}

static void a_report_is_made_again_byte_for_byte(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "a", "--set", "report.pictures=yes"));
    char *first = user_reads(u, "a/report.html");
    assert_holds(first, "<title>a");
    static const char *const ways[] = {"a", "a/", "./a", "a//."};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        folder_put(u->folder, "a/report.html", "");
        user_does(u, WORDS("report", ways[i]));
        char *again = user_reads(u, "a/report.html");
        assert_string_equal(again, first);
        free(again);
    }
    free(first);
}

static void a_trace_is_written_in_every_form(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("trace", "--image", "1", "--neuron", "2", "--out", "t", "--set",
                      "report.pictures=yes"));
    assert_holds(u->out, "traces   t/image-00001-neuron-2.csv");
    char *csv = user_reads(u, "t/image-00001-neuron-2.csv");
    char *raw = user_reads(u, "t/image-00001-neuron-2.raw");
    char *native = user_reads(u, "t/image-00001-neuron-2-native.csv");
    size_t n;
    char *png = folder_read(u->folder, "t/image-00001-neuron-2.png", &n);
    assert_int_equal(strncmp(csv, "time_s,mem2,tia2,vsyn2,", 23), 0);
    assert_int_equal(strncmp(raw, "Title: ", 7), 0);
    assert_int_equal(strncmp(native, "time_s,native,native_V\n0,", 25), 0);
    assert_true(n > 1000 && memcmp(png, "\x89PNG", 4) == 0);
    free(csv), free(raw), free(native), free(png);
}

/* Names that a shell, ngspice, SQLite or gnuplot could stumble over. */
static void odd_names_of_folders_do_not_matter(void **state)
{
    struct user *u = *state;
    static const char *const names[] = {"two words/ and blanks ",
                                        "it's",
                                        "say \"so\"",
                                        "a$b;c",
                                        "{x}(y)",
                                        "UPPER",
                                        "\xc3\xa4\xe2\x82\xac",
                                        "back\\slash",
                                        "100%s",
                                        "a,b=c",
                                        "./-dash",
                                        "tail/",
                                        "a//b",
                                        "two\nlines",
                                        "file:x?mode=ro#y"};
    user_does(u, TINY("verify", "--out", "plain"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct buf scores = {0};
        user_does(u, TINY("verify", "--out", names[i]));
        buf_printf(&scores, "%s/scores.csv", names[i]);
        assert_same_file(u, "plain/scores.csv", scores.data);
        buf_finish(&scores);
    }
}

static void the_way_to_a_folder_does_not_matter(void **state)
{
    struct user *u = *state;
    struct buf absolute = {0};
    free(folder_sub(u->folder, "sub/deep"));
    user_does(u, TINY("verify", "--out", "sub/run", "--json"));
    u->cwd = "sub/deep";
    buf_printf(&absolute, "%s/sub/./run//", u->folder);
    const char *const ways[] = {"../run", "../../sub/run/", absolute.data};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        user_does(u, WORDS("verify", "--study", "../../tiny.ini", "--quiet", "--json",
                           "--out", ways[i]));
        assert_close(json_number(u->out, "found"), TINY_TESTED, 0);
    }
    buf_finish(&absolute);
}

/* Names of 200 letters below one another; 255 letters are too many for one. */
static void long_paths_work_or_are_told(void **state)
{
    struct user *u = *state;
    char name[512];
    memset(name, 'x', sizeof name);
    name[200] = '/';
    name[400] = '\0';
    user_does(u, TINY("verify", "--out", name));
    memset(name, 'x', sizeof name);
    name[300] = '\0';
    user_is_refused(u, TINY("verify", "--out", name), "File name too long");
}

static void more_images_than_there_are_is_all_of_them(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "a", "--json", "--images", "1000000"));
    assert_close(json_number(u->out, "images"), TINY_IMAGES / 2, 0);
    user_does(u, TINY("verify", "--out", "b", "--json", "--images", "0"));
    assert_close(json_number(u->out, "images"), TINY_IMAGES / 2, 0);
    assert_same_file(u, "a/scores.csv", "b/scores.csv");
}

static void the_folder_of_another_run_is_refused(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "a"));
    char *before = user_reads(u, "a/scores.csv");
    user_is_refused(
        u, TINY("verify", "--out", "a", "--seed", "3"),
        "a/plan.txt: this folder holds another run: there `simulate.seed = 0`, "
        "here `simulate.seed = 3`");
    user_is_refused(u, TINY("train", "--out", "a", "--epochs", "1"),
                    "this folder holds a run with other weights");
    folder_put(u->folder, "tiny.csv",
               "0,0,0,0,0,0,0,0,0,1\n0,0,0,0,0,0,0,0,0,1\n"
               "0,0,0,0,0,0,0,0,0,1\n0,0,0,0,0,0,0,0,0,1\n");
    user_is_refused(u, TINY("verify", "--out", "a"), "there `weights.sha256 = ");
    char *after = user_reads(u, "a/scores.csv");
    assert_string_equal(after, before);
    free(before), free(after);
}

static const char settings[] = "set temp=100\nset ngbehavior=psa\noption temp=100\n"
                               "option reltol=0.1\necho hello\nquit\n";

/* Settings of the user's own ngspice, in his home, where he stands, and by its
 * environment, are not read. */
static void settings_of_the_users_ngspice_do_not_matter(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "plain"));
    folder_put(u->folder, ".spiceinit", settings);
    folder_put(u->folder, "spinit", settings);
    u->home = u->folder;
    setenv("SPICE_SCRIPTS", u->folder, 1);
    user_does(u, TINY("verify", "--out", "set", "--json"));
    unsetenv("SPICE_SCRIPTS");
    assert_close(json_number(u->out, "images"), TINY_TESTED, 0);
    assert_same_file(u, "plain/scores.csv", "set/scores.csv");
}

/* ngspice asks the user data base for the home; in a name space of its own the test puts
 * another /etc/passwd in place. Where the machine allows none there is nothing to see. */
static void the_home_in_the_user_data_base_is_not_read(void **state)
{
    struct user *u = *state;
    static const char script[] = "mount --bind passwd /etc/passwd && exec \"$@\"";
    struct buf passwd = {0};
    if (access("/usr/bin/unshare", X_OK) != 0)
        skip();
    user_does(u, TINY("verify", "--out", "plain"));
    buf_printf(&passwd, "root:x:0:0::%s:/bin/sh\n", u->folder);
    folder_put(u->folder, "passwd", passwd.data);
    folder_put(u->folder, ".spiceinit", settings);
    buf_finish(&passwd);
    u->program = "/usr/bin/unshare";
    if (user_run(u, WORDS("-rm", "sh", "-c", script, "sh", "true")) != 0)
        skip();
    user_does(u, WORDS("-rm", "sh", "-c", script, "sh", SPIKEBAR_PROGRAM, "verify",
                       "--study", "tiny.ini", "--quiet", "--out", "set"));
    assert_same_file(u, "plain/scores.csv", "set/scores.csv");
}

static void without_gnuplot_a_note_takes_the_pictures_place(void **state)
{
    struct user *u = *state;
    static const char note[] = "gnuplot was not found";
    u->path = "/nonexistent";
    user_does(u, WORDS("verify", "--study", "tiny.ini", "--out", "a", "--set",
                       "report.pictures=yes"));
    assert_holds(u->err, note);
    assert_true(user_has(u, "a/report.html"));
    user_does(u, WORDS("trace", "--study", "tiny.ini", "--out", "t", "--set",
                       "report.pictures=yes", "--image", "0", "--neuron", "0"));
    assert_holds(u->err, note);
    user_does(u, WORDS("train", "--out", "w", "--epochs", "1", "--set", "train.ann=no"));
    assert_holds(u->err, note);
    assert_true(user_has(u, "w/weights.csv"));
}

/* Weights that say what they were trained with, and images that they may have seen. */
static void images_that_the_weights_have_seen_are_told(void **state)
{
    struct user *u = *state;
    struct buf b = {0};
    char *bare = user_reads(u, "tiny.csv");
    buf_printf(&b,
               "# spikebar-weights 1\n# shape: 4 10\n# data_sha256: 00\n"
               "# split_seed: 0\n# test_images: 6\n%s",
               bare);
    folder_put(u->folder, "tiny.csv", b.data);
    user_does(u, WORDS("verify", "--study", "tiny.ini", "--out", "a"));
    assert_holds(u->err, "trained on other data");
    char *plan = user_reads(u, "a/plan.txt"), *hash = strstr(plan, "data.sha256 = ") + 14;
    hash[64] = '\0';
    buf_clear(&b);
    buf_printf(&b,
               "# spikebar-weights 1\n# shape: 4 10\n# data_sha256: %s\n"
               "# split_seed: 0\n# test_images: 6\n%s",
               hash, bare);
    folder_put(u->folder, "tiny.csv", b.data);
    user_does(u, WORDS("verify", "--study", "tiny.ini", "--out", "b"));
    assert_null(strstr(u->err, "trained on"));
    user_does(u, WORDS("verify", "--study", "tiny.ini", "--out", "c", "--set",
                       "dataset.split_seed=1"));
    assert_holds(u->err, "trained on another split");
    user_does(u, WORDS("verify", "--study", "tiny.ini", "--out", "d", "--set",
                       "dataset.test_fraction=0.9"));
    assert_holds(u->err, "trained on another split");
    buf_finish(&b);
    free(bare), free(plan);
}

static void the_doctor_finds_all_that_is_needed(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("doctor", COARSE));
    static const char works[] = "libngspice             works";
    assert_holds(u->out, works);
    double version = atof(strstr(u->out, works) + strlen(works));
    assert_true(version >= 39);
    for (const struct fault *f = NULL; (f = faults_next(version, f));)
        assert_holds(u->out, f->what);
    assert_holds(u->out, "allow list of ");
    assert_holds(u->out, "Landlock ");
    assert_holds(u->out, "array simulation       works");
    assert_null(strstr(u->out, "fails"));
}

static double number_of(const cJSON *o, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(o, key);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

/* The reference's own error is ten times below the errors that are told by it, and what
 * shows that is told too: coarser ones are worse, the finest is what they are measured
 * by. */
static void the_doctor_shows_that_its_reference_has_converged(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("doctor", "--accuracy", "--json", "--set", "simulate.images=1"));
    cJSON *all = cJSON_Parse(u->out);
    const cJSON *o = cJSON_GetObjectItem(all, "accuracy");
    const cJSON *rows = cJSON_GetObjectItem(o, "reference_convergence");
    double error = number_of(o, "reference_error");
    assert_int_equal(cJSON_GetArraySize(rows), 4);
    assert_true(error > 0 && error < 1e-5);
    double coarse = number_of(cJSON_GetArrayItem(rows, 0), "deviation");
    double few = number_of(cJSON_GetArrayItem(rows, 1), "deviation");
    assert_true(coarse > error && few > error);
    assert_close(number_of(cJSON_GetArrayItem(rows, 2), "deviation"), error, 0);
    assert_close(number_of(cJSON_GetArrayItem(rows, 3), "deviation"), 0, 0);
    assert_close(number_of(cJSON_GetArrayItem(rows, 2), "points_a_ramp"), 48, 0);
    const cJSON *rungs = cJSON_GetObjectItem(o, "rungs"), *rung;
    cJSON_ArrayForEach(rung, rungs)
        assert_true(number_of(rung, "deviation") > 10 * error);
    cJSON_Delete(all);
}

/* The object of a second opinion in what the doctor printed; the caller deletes *all. */
static const cJSON *second_opinion(const struct user *u, cJSON **all)
{
    *all = cJSON_Parse(u->out);
    const cJSON *o = cJSON_GetObjectItem(*all, "second_opinion");
    assert_true(cJSON_IsObject(o));
    return o;
}

static const char *text_of(const cJSON *o, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(o, key));
    return text ? text : "";
}

/* A cell agrees in gnucap within a hundredth of a percent, a column within a quarter. */
static void a_second_simulator_agrees(void **state)
{
    static const double most[] = {1e-4, 2.5e-3};
    struct user *u = *state;
    cJSON *all;
    user_does(u, WORDS("doctor", COARSE, "--second-opinion", "--json", "--quiet"));
    const cJSON *o = second_opinion(u, &all), *check;
    if (strcmp(text_of(o, "verdict"), "skipped") == 0) {
        print_message("PASSED OVER: %s\n", text_of(o, "why"));
        assert_holds(text_of(o, "why"), "gnucap-default-plugins0");
        cJSON_Delete(all);
        skip();
    }
    assert_string_equal(text_of(o, "verdict"), "agree");
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(o, "changed_for_gnucap")) >= 4);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(o, "checks")), 2);
    size_t k = 0;
    cJSON_ArrayForEach(check, cJSON_GetObjectItem(o, "checks"))
    {
        assert_close(number_of(check, "peak_difference"), 0, most[k]);
        assert_close(number_of(check, "wave_rms"), 0, most[k]);
        assert_close(number_of(check, "tolerance_peak"), most[k], 0);
        assert_close(number_of(check, "tolerance_rms"), most[k], 0);
        assert_true(fabs(number_of(check, "peak_ngspice_V")) > 1e-4);
        k++;
    }
    cJSON_Delete(all);
}

/* No gnucap, or cells that it cannot have: told loudly, and no failure. */
static void without_a_second_simulator_that_is_told(void **state)
{
    struct user *u = *state;
    cJSON *all;
    const char *path = u->path;
    u->path = "/nowhere";
    user_does(u, WORDS("doctor", COARSE, "--second-opinion"));
    assert_holds(u->out, "second opinion         SKIPPED  gnucap is not installed");
    u->path = path;
    user_does(u, WORDS("doctor", COARSE, "--second-opinion", "--json", "--set",
                       "simulate.dynamic=yes"));
    assert_string_equal(text_of(second_opinion(u, &all), "verdict"), "skipped");
    cJSON_Delete(all);
}

/* The smallest bench there is: every mode, size and count has a number. */
static void the_bench_measures_every_mode(void **state)
{
    struct user *u = *state;
    user_does(u,
              TINY("bench", "--json", "--images", "1", "--repeats", "1", "--units", "2"));
    assert_true(json_number(u->out, "seconds_per_image") > 0);
    assert_true(json_number(u->out, "ratio_default_vs_flat_dynamic") > 0);
    assert_true(json_number(u->out, "memory_last_MB") > 1);
    assert_true(json_number(u->out, "growth_exponent_columns") > 0);
    assert_close(json_number(u->out, "units_of_one_worker"), 2, 0);
    cJSON *o = cJSON_Parse(u->out), *item;
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(o, "sizes")), 14);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(o, "modes")), 12);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(o, "modes"))
        assert_true(cJSON_GetObjectItem(item, "seconds_minimum")->valuedouble > 0);
    cJSON_Delete(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        by_user(training_reaches_its_accuracy),
        by_user(plain_ngspice_gives_the_same_maxima),
        by_user(a_slow_membrane_is_simulated_to_its_maximum),
        by_user(workers_do_not_change_a_byte),
        by_user(a_run_trains_and_verifies_in_one_folder),
        with_tiny(the_bench_measures_every_mode),
        with_tiny(json_is_one_object_and_nothing_else),
        with_tiny(ties_and_marks_are_said_aloud),
        with_tiny(a_trace_has_the_maxima_of_the_run),
        with_tiny(an_accuracy_comes_with_its_interval),
        with_tiny(a_run_leaves_its_files),
        with_tiny(a_report_is_made_again_byte_for_byte),
        with_tiny(a_trace_is_written_in_every_form),
        with_tiny(odd_names_of_folders_do_not_matter),
        with_tiny(the_way_to_a_folder_does_not_matter),
        with_tiny(long_paths_work_or_are_told),
        with_tiny(more_images_than_there_are_is_all_of_them),
        with_tiny(the_folder_of_another_run_is_refused),
        with_tiny(settings_of_the_users_ngspice_do_not_matter),
        with_tiny(the_home_in_the_user_data_base_is_not_read),
        with_tiny(without_gnuplot_a_note_takes_the_pictures_place),
        with_tiny(images_that_the_weights_have_seen_are_told),
        by_user(the_doctor_finds_all_that_is_needed),
        with_tiny(the_doctor_shows_that_its_reference_has_converged),
        by_user(a_second_simulator_agrees),
        by_user(without_a_second_simulator_that_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
