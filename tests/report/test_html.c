#include "cm.h"

#include "report/html.h"
#include "report/sample.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#define HOSTILE "<script>alert(\"1\")</script> & 'x' > y"

/* A picture with names of its own, as gnuplot makes them, and a title to lose. */
static const char svg[] =
    "<?xml version=\"1.0\"?>\n<svg width=\"10\" viewBox=\"0 0 10 10\">\n"
    "<title>Gnuplot</title>\n<defs><circle id='dot' r='1'/></defs>\n"
    "<g id=\"plot\"><use xlink:href='#dot'/><path fill=\"url(#dot)\"/></g>\n</svg>\n";

static const struct report_picture pictures[] = {
    {"a.svg", "First " HOSTILE, "Caption " HOSTILE},
    {"a.svg", "Second", NULL},
    {"none.svg", "Third", "Not there"},
};

static const char *const notes[] = {"Note " HOSTILE};
static const struct summary_pair pairs[] = {{"key" HOSTILE, HOSTILE, 0}};
static const struct summary_facts facts = {.seconds = 2,
                                           .ngspice_version = HOSTILE,
                                           .weights_sha256 = "00",
                                           .pairs = 1,
                                           .pair = pairs};

/* The page of a set with everything in it that a page can have. */
static char *page_of(const char *folder, const struct score_set *set)
{
    struct err e = {0};
    struct score_summary sum;
    struct report_page page = {.title = "Run " HOSTILE,
                               .set = set,
                               .sum = &sum,
                               .facts = &facts,
                               .notes = 1,
                               .note = notes,
                               .pictures = 3,
                               .picture = pictures,
                               .study_text = HOSTILE,
                               .replay_text = HOSTILE};
    char *path = path_join(folder, "a.svg");
    scores_summarise(set, &sum);
    assert_int_equal(file_write(path, svg, sizeof svg - 1, &e), 0);
    assert_int_equal(report_write(folder, &page, &e), 0);
    free(path);
    return sample_read(folder, REPORT_FILE);
}

#define DEEPEST 64

/* Checks from one '<' to its '>': quotes closed, an end tag fits the last open one.
 * `open` holds where the names of the open elements begin. */
static const char *check_tag(const char *p, size_t *depth, const char *open[])
{
    const char *name = p + 1 + (p[1] == '/');
    size_t n =
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    const char *end = name;
    for (char quote = 0; *end && (quote || *end != '>'); end++) {
        assert_int_not_equal(*end, '<');
        if (quote ? *end == quote : *end == '"' || *end == '\'')
            quote = quote ? 0 : *end;
    }
    assert_int_equal(*end, '>');
    if (p[1] == '/') {
        assert_true(*depth > 0);
        assert_memory_equal(open[--*depth], name, n);
        assert_true(!isalnum((unsigned char)open[*depth][n]));
    } else if (p[1] != '!' && end[-1] != '/') {
        assert_true(n > 0 && *depth < DEEPEST);
        open[(*depth)++] = name;
    }
    return end + 1;
}

static void check_balanced(const char *p)
{
    const char *open[DEEPEST];
    size_t depth = 0;
    while (*p) {
        if (*p == '<') {
            p = check_tag(p, &depth, open);
            continue;
        }
        assert_int_not_equal(*p, '>');
        if (*p == '&')
            assert_true(!strncmp(p, "&amp;", 5) || !strncmp(p, "&lt;", 4) ||
                        !strncmp(p, "&gt;", 4) || !strncmp(p, "&quot;", 6));
        p++;
    }
    assert_int_equal(depth, 0);
}

static void page_is_well_formed_and_escapes_all(void **state)
{
    struct score_set set;
    sample_run(&set, 12);
    char *page = page_of(*state, &set);
    check_balanced(page);
    assert_null(strstr(page, "<script"));
    assert_non_null(strstr(page, "too small, &lt;script&gt;gone"));
    assert_non_null(strstr(page, "<h1>Run &lt;script&gt;alert(&quot;1&quot;)"));
    assert_non_null(strstr(page, "default-src 'none'"));
    free(page);
    scores_finish(&set);
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)); text++)
        n++;
    return n;
}

static void pictures_do_not_share_names(void **state)
{
    struct score_set set;
    sample_run(&set, 4);
    char *page = page_of(*state, &set);
    for (int k = 1; k <= 2; k++) {
        char word[32];
        snprintf(word, sizeof word, "id='p%d-dot'", k);
        assert_int_equal(count(page, word), 1);
        snprintf(word, sizeof word, "href='#p%d-dot'", k);
        assert_int_equal(count(page, word), 1);
        snprintf(word, sizeof word, "url(#p%d-dot)", k);
        assert_int_equal(count(page, word), 1);
    }
    assert_int_equal(count(page, "<title>"), 1);
    assert_null(strstr(page, "<?xml"));
    assert_int_equal(count(page, "This picture was not drawn"), 1);
    assert_non_null(strstr(page, "gnuplot-nox"));
    free(page);
    scores_finish(&set);
}

static void nothing_comes_from_outside(void **state)
{
    struct score_set set;
    sample_run(&set, 4);
    char *page = page_of(*state, &set);
    assert_null(strstr(page, "src="));
    assert_null(strstr(page, "@import"));
    assert_null(strstr(page, "http:"));
    assert_null(strstr(page, "https:"));
    for (char *p = page; (p = strstr(p, "href=")); p += 5)
        assert_true(
            p[6] == '#' || !strncmp(p + 6, "scores.csv", 10) ||
            !strncmp(p + 6, "images.csv", 10) || !strncmp(p + 6, "natives.csv", 11) ||
            !strncmp(p + 6, "results.sqlite", 14) || !strncmp(p + 6, "summary.json", 12));
    free(page);
    scores_finish(&set);
}

static void page_says_what_was_found(void **state)
{
    struct score_set set;
    sample_run(&set, 12);
    set.image[8].label = 2;
    for (size_t j = 0; j < 10; j++) {
        set.image[8].native[j] = j == 2 ? 4 : 2;
        set.image[8].circuit_V[j] = j == 7 ? 0.1 : 0.05;
    }
    char *page = page_of(*state, &set);
    assert_non_null(strstr(page, "12 images, 1 failed: circuit and network agree on 10 "
                                 "of the 11 others"));
    assert_non_null(strstr(page, "circuit 90.9 % (95 %: 62.3 to 98.4).</p>"));
    assert_non_null(
        strstr(page, "<td class=\"n\">90.9 % (95 %: 62.3 to 98.4), 10 right"));
    assert_null(strstr(page, "\u00b1"));
    assert_non_null(strstr(page, "<tr><th scope=\"row\" class=\"n\">24</th>"
                                 "<td class=\"n\">3</td>")); /* the failure, 3 attempts */
    assert_non_null(strstr(page,
                           "<tr><th scope=\"row\" class=\"n\">59</th><td class=\"n\">"
                           "2</td><td class=\"n\">2</td><td class=\"n\">50 %</td>"
                           "<td class=\"n\">7</td><td class=\"n\">50 %</td>"));
    assert_non_null(strstr(page, "killed by signal 9"));
    free(page);
    scores_finish(&set);
}

static void write_and_read(const char *folder, const struct report_page *page,
                           struct buf *out)
{
    struct err e = {0};
    char *path = path_join(folder, REPORT_FILE);
    assert_int_equal(report_write(folder, page, &e), 0);
    assert_int_equal(file_read(path, 1 << 24, out, &e), 0);
    free(path);
}

/* A run of which all agrees, but that is marked, with a tie and paper 1's network. */
static void page_is_loud_about_marks_and_ties(void **state)
{
    static const double native[] = {4, 1, /**/ 2, 2};
    static const char *const marks[] = {"scale: " HOSTILE, "error: large"};
    struct score_set set;
    struct score_summary sum;
    struct buf out = {0};
    struct report_page page = {.title = "t", .set = &set, .sum = &sum, .facts = &facts};
    sample_fill(&set, 2, 2, native, 1);
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < 2; j++) {
            set.image[k].paper[j] = set.image[k].native[j] - 0.1;
            set.image[k].paper_offset[j] = set.image[k].native[j];
            set.image[k].native_ms[j] = 0.996 * set.image[k].native[j];
        }
    scores_summarise(&set, &sum);
    write_and_read(*state, &page, &out);
    assert_int_equal(count(out.data, "class=\"warning\""), 0);
    assert_non_null(strstr(out.data, "agree on 1 of 2, 1 is a tie"));
    assert_non_null(strstr(out.data, "100.0 % (1 of 1)"));
    assert_non_null(strstr(out.data, "1 (network 1, circuit 1)"));
    assert_non_null(strstr(out.data, "Against paper 1"));
    assert_non_null(strstr(out.data, "<td class=\"n\">0.4 %</td>")); /* whole ms */
    buf_finish(&out);
    page.marks = 2, page.mark = marks;
    write_and_read(*state, &page, &out);
    check_balanced(out.data);
    assert_int_equal(count(out.data, "class=\"warning\"><b>WARNING</b> "), 2);
    assert_null(strstr(out.data, "verdict good"));
    assert_null(strstr(out.data, "<script"));
    buf_finish(&out);
    scores_finish(&set);
    sample_fill(&set, 1, 2, native + 2, 1); /* nothing but a tie, no such network */
    scores_summarise(&set, &sum);
    write_and_read(*state, &page, &out);
    assert_non_null(strstr(out.data, "none to tell"));
    assert_null(strstr(out.data, "Against paper 1"));
    buf_finish(&out);
    scores_finish(&set);
}

static void empty_and_long_lists_fit(void **state)
{
    struct score_set set;
    sample_run(&set, 3);
    char *page = page_of(*state, &set);
    assert_non_null(strstr(page, "No image failed."));
    assert_non_null(strstr(page, "the same answer to every image"));
    free(page);
    scores_finish(&set);
    scores_init(&set, 250, 10);
    for (size_t k = 0; k < 250; k++)
        set.image[k].failed = true;
    page = page_of(*state, &set);
    check_balanced(page);
    assert_int_equal(count(page, "<td class=\"break\">not known</td>"), 200);
    assert_non_null(strstr(page, "And 50 more"));
    assert_non_null(strstr(page, "all failed: nothing to compare"));
    free(page);
    scores_finish(&set);
}

static void same_run_same_page(void **state)
{
    struct score_set set;
    sample_run(&set, 12);
    char *page = page_of(*state, &set), *again = page_of(*state, &set);
    assert_string_equal(page, again);
    free(page), free(again);
    scores_finish(&set);
}

static void full_disk_leaves_the_old_page(void **state)
{
    struct err e = {0};
    struct rlimit old, small;
    struct score_set set;
    struct score_summary sum;
    sample_run(&set, 4);
    char *before = page_of(*state, &set);
    struct report_page page = {
        .title = "other", .set = &set, .sum = &sum, .facts = &facts};
    scores_summarise(&set, &sum);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){500, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    int status = report_write(*state, &page, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, -1);
    assert_int_equal(e.code, ERR_FILE);
    assert_non_null(strstr(e.place, REPORT_FILE));
    char *after = sample_read(*state, REPORT_FILE);
    assert_string_equal(before, after);
    free(before), free(after);
    scores_finish(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_is_well_formed_and_escapes_all),
        cmocka_unit_test(pictures_do_not_share_names),
        cmocka_unit_test(nothing_comes_from_outside),
        cmocka_unit_test(page_says_what_was_found),
        cmocka_unit_test(page_is_loud_about_marks_and_ties),
        cmocka_unit_test(empty_and_long_lists_fit),
        cmocka_unit_test(same_run_same_page),
        cmocka_unit_test(full_disk_leaves_the_old_page),
    };
    return cmocka_run_group_tests(tests, sample_folder, sample_folder_remove);
}
