/* A PDK of the user's, anywhere: nested files, corners, blanks in names. The one here
 * sets the resistance of the transimpedance amplifiers, so that all maxima follow its
 * corner. */
#include "cli/tiny.h"

#include <math.h>

static void put_below(const struct user *u, const char *folder, const char *name,
                      const char *text)
{
    char *path = folder_sub(u->folder, folder);
    folder_put(path, name, text);
    free(path);
}

/* "my pdk/lib/corners.lib" with tt, ss, ff; each names a file beside it, which names one
 * in another folder with the same name. */
static void make_pdk(const struct user *u)
{
    put_below(
        u, "my pdk/lib", "corners.lib",
        "* corners\r\n.LIB tt ; typical\r\n.lib corners.lib all\r\n.param rf=1.8k\r\n"
        ".endl tt\r\n.lib ss\n.lib corners.lib all\n.include \"../slow/r.inc\"\n"
        ".endl\n.lib ff\n.include 'fast.inc'\n.endl\n.lib all\n.include r.inc\n"
        ".endl\n");
    put_below(u, "my pdk/lib", "r.inc", ".param pdk_unused=1\n");
    put_below(u, "my pdk/lib", "fast.inc",
              "\xef\xbb\xbf.inc ../slow/r.inc\n.param rf=0.9k");
    put_below(u, "my pdk/slow", "r.inc", ".param\n+ rf = 2.7k\n");
    put_below(u, "my pdk", "tt.inc", ".lib 'lib/corners.lib' tt\n");
    put_below(u, "my pdk", "ss.inc", ".lib 'lib/corners.lib' ss\n");
    put_below(u, "my pdk", "ff.inc", ".lib 'lib/corners.lib' ff\n");
    folder_put(u->folder, "flat tt.inc", ".param rf=1.8k\n");
    folder_put(u->folder, "flat ss.inc", ".param rf=2.7k\n");
}

#define WITH(file) "--set", "circuit.include=" file

/* The largest circuit_V of scores.csv. */
static double largest_V(const struct user *u, const char *run)
{
    char name[64];
    double largest = 0, volt;
    snprintf(name, sizeof name, "%s/scores.csv", run);
    char *text = user_reads(u, name), *rest = text, *line = strsep(&rest, "\n");
    assert_holds(line, "position,image,label,neuron,circuit_V,");
    while ((line = strsep(&rest, "\n")))
        if (sscanf(line, "%*d,%*d,%*d,%*d,%lf", &volt) == 1)
            largest = fmax(largest, volt);
    free(text);
    return largest;
}

static void corners_differ_and_equal_a_flat_file(void **state)
{
    struct user *u = *state;
    make_pdk(u);
    user_does(u, TINY("verify", "--out", "flat tt", WITH("flat tt.inc")));
    user_does(u, TINY("verify", "--out", "t", WITH("my pdk/tt.inc")));
    user_does(u, TINY("verify", "--out", "s", WITH("my pdk/ss.inc")));
    user_does(u, TINY("verify", "--out", "f", WITH("my pdk/ff.inc")));
    user_does(u, TINY("verify", "--out", "flat ss", WITH("flat ss.inc")));
    assert_same_file(u, "t/scores.csv", "flat tt/scores.csv");
    assert_same_file(u, "s/scores.csv", "flat ss/scores.csv");
    double tt_V = largest_V(u, "t");
    assert_true(tt_V > 1e-3);
    assert_true(largest_V(u, "s") > 1.2 * tt_V);
    assert_true(largest_V(u, "f") < 0.8 * tt_V);
}

static size_t folders(const struct user *u)
{
    char *results = path_join(u->folder, "results");
    size_t n = user_count_entries(results);
    free(results);
    return n;
}

/* Another run for other bytes of a nested file; none for the same bytes written again,
 * for a section that is not asked for, or for the same files elsewhere. */
static void the_plan_follows_nested_files(void **state)
{
    struct user *u = *state;
    make_pdk(u);
    user_does(u, TINY("verify", WITH("my pdk/ss.inc")));
    assert_int_equal(folders(u), 1);
    put_below(u, "my pdk/slow", "r.inc", ".param\n+ rf = 2.7k\n");
    put_below(u, "my pdk/lib", "fast.inc", ".param rf=1k\n");
    user_does(u, TINY("verify", "--json", WITH("my pdk/ss.inc")));
    assert_int_equal(folders(u), 1);
    put_below(u, "my pdk/slow", "r.inc", ".param\n+ rf = 2.8k\n");
    user_does(u, TINY("verify", WITH("my pdk/ss.inc")));
    assert_int_equal(folders(u), 2);
    char *from = path_join(u->folder, "my pdk"), *to = path_join(u->folder, "moved");
    assert_int_equal(rename(from, to), 0);
    user_does(u, TINY("verify", WITH("moved/ss.inc")));
    assert_int_equal(folders(u), 2);
    free(from), free(to);
}

/* In the folder of the run, with nothing else of the user's there. */
static void a_kept_deck_stands_alone(void **state)
{
    struct user *u = *state;
    make_pdk(u);
    user_does(u, TINY("verify", "--keep-decks", "--images", "1", "--out", "a b",
                      WITH("my pdk/ss.inc")));
    char *from = path_join(u->folder, "my pdk"), *to = path_join(u->folder, "gone");
    assert_int_equal(rename(from, to), 0);
    double kept_V = largest_V(u, "a b");
    char *decks = path_join(u->folder, "a b/decks"), *deck = NULL;
    DIR *dir = opendir(decks);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            free(deck), deck = mem_copy_string(entry->d_name);
    closedir(dir);
    assert_non_null(deck);
    if (*NGSPICE_PROGRAM) {
        u->program = NGSPICE_PROGRAM;
        u->cwd = "a b/decks";
        u->home = u->folder;
        user_does(u, WORDS("-b", deck));
        double largest = 0, volt;
        for (const char *at = u->out; (at = strstr(at, "\nabove")); at++)
            if (sscanf(at, "\nabove%*d = %lf", &volt) == 1)
                largest = fmax(largest, volt);
        assert_close(largest / kept_V, 1, 1e-3);
    }
    free(from), free(to), free(decks), free(deck);
}

/* Each command that makes decks, not only those that copy files. */
static void other_commands_have_the_pdk_too(void **state)
{
    struct user *u = *state;
    make_pdk(u);
    user_does(u, TINY("unit", "--json", "--weight", "1", "--out", "t"));
    double tt_V = json_number(u->out, "peak_V");
    user_does(
        u, TINY("unit", "--json", "--weight", "1", "--out", "s", WITH("my pdk/ss.inc")));
    double ss_V = json_number(u->out, "peak_V");
    assert_true(ss_V > 1.2 * tt_V);
    user_does(u, TINY("unit", "--json", "--weight", "1", "--out", "o", "--set",
                      "circuit.override=rf=2.7k"));
    assert_close(json_number(u->out, "peak_V") / ss_V, 1, 1e-6);
}

/* Blanks in every path that a study names. */
static void paths_may_have_blanks(void **state)
{
    struct user *u = *state;
    struct buf path = {0};
    folder_put(u->folder, "i.inc", "* nothing\n");
    buf_printf(&path, "circuit.params=%s/netlists/variant_b.param", SPIKEBAR_SOURCE_ROOT);
    user_does(u, TINY("verify", "--out", "plain", "--set", "device.model=vteam.sub",
                      WITH("i.inc"), "--set", path.data));
    char *model = folder_read(SPIKEBAR_SOURCE_ROOT, "models/vteam.sub", NULL),
         *params = folder_read(SPIKEBAR_SOURCE_ROOT, "netlists/variant_b.param", NULL);
    put_below(u, "a  b", "my model.sub", model);
    put_below(u, "a  b", "p 1.param", ".include 'p 2.param'\n");
    put_below(u, "a  b", "p 2.param", params);
    put_below(u, "a  b", "i 1.inc", "* nothing\n");
    for (const char *const *name =
             WORDS("tiny-images-idx3-ubyte", "tiny-labels-idx1-ubyte", "tiny.csv");
         *name; name++) {
        size_t n;
        char *bytes = folder_read(u->folder, *name, &n);
        buf_clear(&path);
        buf_printf(&path, "a  b/%s", *name);
        folder_write(u->folder, path.data, n, bytes);
        free(bytes);
    }
    const char *const sets[] = {
        "dataset.path=a  b/tiny-images-idx3-ubyte", "simulate.weights=a  b/tiny.csv",
        "device.model=a  b/my model.sub", "circuit.params=a  b/p 1.param",
        "circuit.include=a  b/i 1.inc"};
    user_does(u, TINY("verify", "--out", "o  u", "--set", sets[0], "--set", sets[1],
                      "--set", sets[2], "--set", sets[3], "--set", sets[4]));
    assert_same_file(u, "o  u/scores.csv", "plain/scores.csv");
    buf_clear(&path);
    buf_puts(&path, "circuit.folder=o  u/circuit");
    /* Levers differ between an include and blocks of one's own, which the copy is. */
    user_does(u, TINY("verify", "--out", "again", "--set", path.data, "--set", sets[0],
                      "--set", sets[1], "--set", sets[2], "--exact", "--dynamic"));
    user_does(u, TINY("verify", "--out", "exact", "--set", "device.model=vteam.sub",
                      "--exact", "--dynamic"));
    assert_same_file(u, "again/scores.csv", "exact/scores.csv");
    user_does(u, TINY("unit", "--out", "u n", "--set", path.data, "--set", sets[2],
                      "--set", sets[3], "--set", sets[4]));
    free(model), free(params);
    buf_finish(&path);
}

/* A folder's own files may include what stands deeper in it, no more. */
static void the_circuits_own_files_include(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "usual"));
#define OWN "--set", "circuit.folder=usual/circuit"
    char *array = user_reads(u, "usual/circuit/netlists/array.inc");
    struct buf b = {0};
    buf_printf(&b, "%s\n.param rf=2.7k\n", array);
    folder_put(u->folder, "usual/circuit/netlists/array.inc", b.data);
    user_does(u, TINY("verify", OWN, "--out", "flat"));
    buf_clear(&b);
    buf_printf(&b, "%s\n.lib \"deep/my.lib\" Slow\n", array);
    folder_put(u->folder, "usual/circuit/netlists/array.inc", b.data);
    put_below(u, "usual/circuit/netlists/deep", "my.lib",
              ".lib slow\n.inc r.inc\n.endl\n");
    put_below(u, "usual/circuit/netlists/deep", "r.inc", ".param rf=2.7k\n");
    user_does(u, TINY("verify", OWN, "--out", "own"));
    assert_same_file(u, "own/scores.csv", "flat/scores.csv");
    assert_true(largest_V(u, "own") > 1.2 * largest_V(u, "usual"));
    assert_false(user_has(u, "own/circuit/netlists/deep"));
    /* by its whole path: the copy must not name the folder that it came from */
    buf_clear(&b);
    buf_printf(&b, "%s\n.inc %s/usual/circuit/models/own.inc\n", array, u->folder);
    folder_put(u->folder, "usual/circuit/netlists/array.inc", b.data);
    put_below(u, "usual/circuit/models", "own.inc", ".param rf=2.7k\n");
    user_does(u, TINY("verify", OWN, "--out", "whole"));
    assert_same_file(u, "whole/scores.csv", "flat/scores.csv");
    char *copy = user_reads(u, "whole/circuit/netlists/array.inc");
    assert_null(strstr(copy, "usual/circuit"));
    free(copy);
    buf_clear(&b);
    buf_printf(&b, "%s\n.lib \"deep/my.lib\" Slow\n", array);
    folder_put(u->folder, "usual/circuit/netlists/array.inc", b.data);
    put_below(u, "usual/circuit/netlists/deep", "r.inc", ".inc ../../../../tiny.ini\n");
    user_is_refused(u, TINY("verify", OWN, "--out", "no"),
                    "deep/r.inc:1: expected a file");
    assert_holds(u->err, "circuit.include");
    put_below(u, "usual/circuit/netlists/deep", "my.lib", ".lib fast\n.endl\n");
    user_is_refused(u, TINY("verify", OWN, "--out", "no"), "expected a section `Slow`");
    assert_holds(u->err, "found fast");
    free(array);
    buf_finish(&b);
}

static void what_is_wrong_is_said_in_one_line(void **state)
{
    struct user *u = *state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"* one\n.inc none.inc\n",
         "top.inc:2: no such file to include, found `none.inc`"},
        {".inc top.inc\n", "top.inc:1: expected no circle"},
        {".lib 'my pdk/lib/corners.lib' fs\n", "found tt, ss, ff, all"},
        {".inc /etc\n", "top.inc:1: expected a file to include"},
        {".inc private/.key\n", "top.inc:1: expected a file that all may read"},
    };
    make_pdk(u);
    put_below(u, "private", ".key", "V1 SECRET 0\n");
    char *key = path_join(u->folder, "private/.key");
    assert_int_equal(chmod(key, 0600), 0);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        folder_put(u->folder, "top.inc", cases[k].text);
        user_is_refused(u, TINY("verify", "--out", "no", WITH("top.inc")), cases[k].part);
        assert_null(strstr(u->err, "SECRET"));
    }
    assert_false(user_has(u, "no/scores.csv"));
    free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tiny(corners_differ_and_equal_a_flat_file),
        with_tiny(the_plan_follows_nested_files),
        with_tiny(a_kept_deck_stands_alone),
        with_tiny(other_commands_have_the_pdk_too),
        with_tiny(paths_may_have_blanks),
        with_tiny(the_circuits_own_files_include),
        with_tiny(what_is_wrong_is_said_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
