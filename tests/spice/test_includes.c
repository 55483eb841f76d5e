#include "folder.h"
#include "spice/includes.h"

#include <sys/stat.h>

static char *read_well(const char *folder, const char *name)
{
    struct includes s = {.deck = folder};
    struct buf b = {0};
    struct err e = {0};
    char *path = path_join(folder, name);
    assert_well(includes_read(&s, path, &b, &e), e);
    free(path);
    return b.data ? b.data : mem_copy_string("");
}

/* The lines that are no comments, with '|' behind each. */
static char *cards(char *text)
{
    struct buf b = {0};
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n")))
        if (*line && *line != '*')
            buf_printf(&b, "%s|", line);
    free(text);
    return b.data ? b.data : mem_copy_string("");
}

static void assert_cards(const char *folder, const char *expected)
{
    char *found = cards(read_well(folder, "top.inc"));
    assert_string_equal(found, expected);
    free(found);
}

static void assert_refused(const char *folder, const char *place, const char *part)
{
    struct includes s = {.deck = folder};
    struct buf b = {0};
    struct err e = {0};
    char *path = path_join(folder, "top.inc");
    assert_int_equal(includes_read(&s, path, &b, &e), -1);
    assert_holds(e.place, place);
    assert_holds(e.text, part);
    assert_null(strchr(e.text, '\n'));
    buf_finish(&b);
    free(path);
}

/* ngspice 39 was asked what it makes of each of these lines. */
static void lines_are_matched_as_the_simulator_does(void **state)
{
    static const char *const includes[] = {
        ".include b.inc",     ".INC b.inc",           "  .include b.inc",
        "\t.inc\tb.inc",      ".incx b.inc",          ".include \"b.inc\"",
        ".inc 'b.inc' junk",  ".include b.inc ; c",   ".include b.inc $ c",
        ".include b.inc// c", ".include b.inc\r",     "\xef\xbb\xbf.include b.inc",
        ".lib c.lib tt",      ".LIB 'c.lib' \"TT\"",  ".libx c.lib tt junk",
        ".lib c.lib\n+ tt",   ".lib \"c.lib\"tt ; c", ".lib c.lib tt $ c"};
    folder_put(*state, "b.inc", "R1 1 0 5");
    folder_put(*state, "c.lib", ".lib tt\nR1 1 0 5\n.endl\n.lib ss\nR1 1 0 6\n.endl\n");
    for (size_t k = 0; k < sizeof includes / sizeof includes[0]; k++) {
        folder_put(*state, "top.inc", includes[k]);
        assert_cards(*state, "R1 1 0 5|");
    }
    folder_put(*state, "b$c", "R2\n");
    folder_put(*state, "top.inc", ".include b$c\n");
    assert_cards(*state, "R2|");
    folder_put(*state, "top.inc",
               "* .include none\n.param a=1\r\n.end\n+ b=2\n@\n.include none");
    assert_cards(*state, ".param a=1|+ b=2|");
}

static void names_are_relative_to_their_file_then_to_the_deck(void **state)
{
    free(folder_sub(*state, "a b"));
    free(folder_sub(*state, "c"));
    folder_put(*state, "top.inc", ".inc 'a b/x.inc'\n.inc c/x.inc\n");
    folder_put(*state, "a b/x.inc", ".inc y.inc\n");
    folder_put(*state, "c/x.inc", ".inc y.inc\n.inc \"../a b/y.inc\"\n.inc z.inc\n");
    folder_put(*state, "a b/y.inc", "Ra\n");
    folder_put(*state, "c/y.inc", "Rc\n");
    folder_put(*state, "y.inc", "Rtop\n");
    folder_put(*state, "z.inc", "Rz");
    assert_cards(*state, "Ra|Rc|Ra|Rz|");
}

static void names_follow_links_and_home(void **state)
{
    char *pdk = folder_sub(*state, "pdk"), *link = path_join(*state, "top.inc");
    folder_put(pdk, "real.inc", ".inc n.mod\n.inc ~/h.inc\n");
    folder_put(pdk, "n.mod", "Rn\n");
    folder_put(*state, "h.inc", "Rh\n");
    assert_int_equal(symlink("pdk/real.inc", link), 0);
    setenv("HOME", *state, 1);
    assert_cards(*state, "Rn|Rh|");
    folder_put(*state, "n.mod", "Rlink\n"); /* where the link stands comes first */
    assert_cards(*state, "Rlink|Rh|");
    free(pdk), free(link);
}

static void sections_are_taken_alone(void **state)
{
    folder_put(*state, "n.lib",
               ".lib tt ; typical\nRtt\n.lib n.lib common\n.endl tt\n"
               ".LIB ss\n.inc missing\n.lib missing tt\n.ENDL\n"
               ".lib\n+ common\nRcommon\n.endl\n.lib open\nRopen\n");
    folder_put(*state, "top.inc", "R1\n.lib n.lib TT\nR2\n");
    assert_cards(*state, "R1|Rtt|Rcommon|R2|");
    folder_put(*state, "top.inc", "R1\n\n.lib n.lib ff\n");
    assert_refused(*state, "top.inc:3", "section `ff`");
    assert_refused(*state, "top.inc:3", "n.lib, found tt, ss, common, open");
    folder_put(*state, "top.inc", ".lib n.lib ss\n");
    assert_refused(*state, "n.lib:6", "missing");
    folder_put(*state, "top.inc", ".lib n.lib open\n");
    assert_refused(*state, "n.lib:14", "expected .endl");
    folder_put(*state, "top.inc", ".inc n.lib\n");
    assert_refused(*state, "n.lib:1", "expected .lib FILE SECTION");
}

static void what_cannot_be_included_is_refused(void **state)
{
    static const struct {
        const char *text, *place, *part;
    } cases[] = {
        {"\n.inc none.inc\n", "top.inc:2", "none.inc"},
        {".inc\n", "top.inc:1", "the name of a file"},
        {".inc 'b\n", "top.inc:1", "the name of a file"},
        {".inc $ fifo\n", "top.inc:1", "the name of a file"},
        {".inc fifo\n", "top.inc:1", "a file to include"},
        {".inc /dev/zero\n", "top.inc:1", "a file to include"},
        {".inc .\n", "top.inc:1", "a file to include"},
        {".inc huge\n", "top.inc:1", "64 MB"},
        {".inc binary\n", "binary", "found a byte 0"},
        {".inc top.inc\n", "top.inc:1", "circle"},
        {".inc round.inc\n", "round.inc:1", "circle"},
        {".lib c.lib tt\n", "c.lib:2", "circle"},
        {".inc \x1b[31m\n", "top.inc:1", "\\x1b[31m"},
    };
    char *fifo = path_join(*state, "fifo"), *huge = path_join(*state, "huge");
    assert_int_equal(mkfifo(fifo, 0666), 0);
    folder_put(*state, "huge", "");
    assert_int_equal(truncate(huge, ((off_t)1 << 26) + 1), 0);
    folder_write(*state, "binary", 4, "R\0 1");
    folder_put(*state, "round.inc", ".inc top.inc\n");
    folder_put(*state, "c.lib", ".lib tt\n.lib c.lib TT\n.endl\n");
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        folder_put(*state, "top.inc", cases[k].text);
        assert_refused(*state, cases[k].place, cases[k].part);
    }
    free(fifo), free(huge);
}

/* A library from a stranger gets no key of the user's into the results. */
static void private_files_are_refused(void **state)
{
    char *pdk = folder_sub(*state, "pdk"), *key = path_join(*state, "key"),
         *near = path_join(pdk, "near"), *hidden = folder_sub(pdk, ".ssh"),
         *id = path_join(hidden, "id");
    struct includes s = {.deck = pdk};
    struct err e = {0};
    static const char *const refused[] = {".inc ../key\n", ".inc link\n",
                                          ".inc .ssh/id\n", ".lib ../key secret\n"};
    folder_put(*state, "key", "secret\n"), folder_put(pdk, "near", "R\n");
    folder_put(hidden, "id", "secret\n");
    char *link = path_join(pdk, "link"), *top = path_join(pdk, "top.inc");
    assert_int_equal(symlink("../key", link), 0);
    chmod(key, 0600), chmod(near, 0600), chmod(id, 0600);
    for (size_t k = 0; k < 4; k++) {
        struct buf b = {0};
        folder_put(pdk, "top.inc", refused[k]);
        assert_int_equal(includes_read(&s, top, &b, &e), -1);
        assert_holds(e.place, "top.inc:1");
        assert_holds(e.text, "a file that all may read");
        assert_holds(e.hint, "a copy beside"); /* no word of opening it to all */
        assert_null(strstr(e.hint, "chmod"));
        assert_null(strstr(buf_text(&b), "secret\n"));
        buf_finish(&b);
    }
    folder_put(pdk, "top.inc", ".inc near\n");
    assert_cards(pdk, "R|");
    chmod(key, 0644);
    folder_put(pdk, "top.inc", ".inc ../key\n");
    assert_cards(pdk, "secret|");
    struct buf b = {0};
    s.within = pdk;
    assert_int_equal(includes_read(&s, top, &b, &e), -1);
    assert_holds(e.text, "a file of circuit.folder");
    buf_finish(&b);
    free(pdk), free(key), free(near), free(hidden), free(id), free(link), free(top);
}

static void chain(const char *folder, int files)
{
    for (int k = 0; k < files; k++) {
        char name[32], text[32];
        snprintf(name, sizeof name, k ? "%d.inc" : "top.inc", k);
        snprintf(text, sizeof text, k + 1 < files ? ".inc %d.inc\n" : "R%d\n", k + 1);
        folder_put(folder, name, text);
    }
}

static void depth_and_number_have_a_limit(void **state)
{
    struct buf many = {0};
    chain(*state, 65); /* the first, and 64 below it */
    assert_cards(*state, "R65|");
    chain(*state, 66);
    assert_refused(*state, "64.inc:1", "at most 64 files");
    folder_put(*state, "b.inc", "R\n");
    for (int k = 0; k < 10000; k++)
        buf_puts(&many, ".inc b.inc\n");
    folder_put(*state, "top.inc", many.data);
    char *text = cards(read_well(*state, "top.inc"));
    assert_int_equal(strlen(text), 20000);
    free(text);
    /* ten times ten times ten .. of a little */
    for (int k = 0; k < 9; k++) {
        char name[32];
        snprintf(name, sizeof name, k ? "%d.inc" : "top.inc", k);
        buf_clear(&many);
        for (int i = 0; i < 40; i++)
            buf_printf(&many, k < 8 ? ".inc %d.inc\n" : "* %d: a kilobyte %01000d\n",
                       k + 1, 0);
        folder_put(*state, name, many.data);
    }
    assert_refused(*state, ".inc:", "at most 64 MB");
    buf_finish(&many);
}

static void blanks_stand_in_quotes(void **state)
{
    (void)state;
    struct buf b = {0};
    includes_put("/a/b.inc", &b);
    includes_put("/a b/c.inc", &b);
    assert_string_equal(b.data, ".include /a/b.inc\n.include \"/a b/c.inc\"\n");
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(lines_are_matched_as_the_simulator_does),
        in_folder(names_are_relative_to_their_file_then_to_the_deck),
        in_folder(names_follow_links_and_home),
        in_folder(sections_are_taken_alone),
        in_folder(what_cannot_be_included_is_refused),
        in_folder(private_files_are_refused),
        in_folder(depth_and_number_have_a_limit),
        cmocka_unit_test(blanks_stand_in_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
