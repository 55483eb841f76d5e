#include "cm.h"

#include "report/figures.h"
#include "report/gnuplot.h"
#include "report/plot.h"
#include "report/sample.h"

#include <signal.h>
#include <sys/resource.h>

#define NEEDS_GNUPLOT                                                                    \
    do {                                                                                 \
        if (system("command -v gnuplot >/dev/null 2>&1") != 0)                           \
            skip();                                                                      \
    } while (0)

static const double line_x[] = {0, 1, 2, 3}, line_y[] = {1, 4, 2, 8};

/* What is drawn: one line, with or without its name. */
struct line {
    const char *name;
    size_t n;
    const double *x, *y;
    enum plot_style style;
};

static int draw(const char *path, const struct line *line, bool log, const char *title,
                struct err *e)
{
    struct plot p;
    plot_init(&p, title, NULL);
    struct plot_panel *a = plot_panel(&p, NULL);
    a->x.label = "time, ms";
    a->y = (struct plot_axis){.label = "membrane, V", .log = log};
    plot_add(&p, line->name, line->n, line->x, line->y, line->style, 0);
    return plot_write(path, &p, e);
}

static const struct line one_line = {.name = "a", .n = 4, .x = line_x, .y = line_y};

/* The drawing as a text; the caller owns it. */
static char *drawn(const char *folder, const struct line *series, bool log,
                   const char *title)
{
    struct err e = {0};
    char *path = path_join(folder, "drawn.svg");
    if (draw(path, series, log, title, &e) != 0)
        fail_msg("%s", e.text);
    free(path);
    return sample_read(folder, "drawn.svg");
}

static void ending_chooses_the_kind(void **state)
{
    struct err e = {0};
    struct buf png = {0};
    NEEDS_GNUPLOT;
    char *svg = drawn(*state, &one_line, false, "A title");
    assert_non_null(strstr(svg, "<svg"));
    assert_non_null(strstr(svg, "</svg>"));
    assert_non_null(strstr(svg, "A title"));
    assert_non_null(strstr(svg, "time, ms"));
    assert_non_null(strstr(svg, "membrane, V"));
    char *path = path_join(*state, "a.PNG");
    assert_int_equal(draw(path, &one_line, false, NULL, &e), 0);
    assert_int_equal(file_read(path, 1 << 24, &png, &e), 0);
    assert_memory_equal(png.data, "\x89PNG\r\n", 6);
    assert_memory_equal(png.data + png.len - 8, "IEND", 4);
    buf_finish(&png);
    free(path), free(svg);
}

static void other_endings_are_refused(void **state)
{
    struct err e = {0};
    char *path = path_join(*state, "a.bmp");
    assert_int_equal(draw(path, &one_line, false, NULL, &e), -1);
    assert_int_equal(e.code, ERR_USAGE);
    assert_string_equal(e.place, path);
    free(path);
}

static void missing_gnuplot_is_a_note(void **state)
{
    struct err e = {0};
    char line[1024], *old = mem_copy_string(getenv("PATH"));
    char *path = path_join(*state, "none.svg");
    setenv("PATH", *state, 1); /* nothing to run in there */
    int status = draw(path, &one_line, false, NULL, &e);
    setenv("PATH", "", 1);
    int status_2 = draw(path, &one_line, false, NULL, &e);
    setenv("PATH", old, 1);
    assert_int_equal(status, 1);
    assert_int_equal(status_2, 1);
    err_format(&e, sizeof line, line);
    assert_non_null(strstr(line, "none.svg: no picture: gnuplot was not found; install "
                                 "the package gnuplot-nox"));
    assert_false(file_exists(path));
    free(path), free(old);
}

static void failing_gnuplot_is_a_note_with_its_words(void **state)
{
    struct err e = {0};
    NEEDS_GNUPLOT;
    char *path = path_join(*state, "bad.svg");
    assert_int_equal(gnuplot_draw(path, 100, 100, "plot x\nplot nonsense(x)\n", &e), 1);
    assert_non_null(strstr(e.text, "no picture: "));
    assert_non_null(strstr(e.text, "undefined function: nonsense"));
    assert_false(file_exists(path));
    free(path);
}

static void unwritable_picture_is_an_error(void **state)
{
    struct err e = {0};
    struct rlimit old, small;
    NEEDS_GNUPLOT;
    char *nowhere = path_join(*state, "none/a.svg"), *path = path_join(*state, "big.svg");
    assert_int_equal(draw(nowhere, &one_line, false, NULL, &e), -1);
    assert_int_equal(e.code, ERR_FILE);
    assert_string_equal(e.place, nowhere);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){5000, old.rlim_max}; /* the script fits, the picture not */
    setrlimit(RLIMIT_FSIZE, &small);
    int status = draw(path, &one_line, false, NULL, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, -1);
    assert_non_null(strstr(e.text, "cannot write"));
    assert_false(file_exists(path));
    free(nowhere), free(path);
}

static void texts_are_never_commands(void **state)
{
    struct buf title = {0}, quoted = {0};
    NEEDS_GNUPLOT;
    char *victim = path_join(*state, "victim");
    buf_printf(&title, "'; system('touch %s'); `touch %s`\nset {/Bold \\_^@&~", victim,
               victim);
    struct line series = one_line;
    series.name = title.data;
    char *svg = drawn(*state, &series, false, title.data);
    assert_false(file_exists(victim));
    assert_non_null(strstr(svg, "; system("));
    free(svg);
    svg = drawn(*state, &(struct line){"\\", 4, line_x, line_y, PLOT_LINE}, false,
                "\\");
    gnuplot_quote(&quoted, "a'b\nc\\");
    assert_string_equal(quoted.data, "'a\u2019b c\\'");
    buf_finish(&title), buf_finish(&quoted);
    free(victim), free(svg);
}

static void nothing_to_draw_says_so(void **state)
{
    const double nans[] = {NAN, INFINITY, NAN, NAN}, negative[] = {-1, 0, -2, -3};
    struct line empty = one_line, undefined = one_line, below = one_line;
    NEEDS_GNUPLOT;
    empty.n = 0;
    undefined.y = nans;
    below.y = negative;
    char *a = drawn(*state, &empty, false, NULL);
    char *b = drawn(*state, &undefined, false, NULL);
    char *c = drawn(*state, &below, true, NULL);
    char *d = drawn(*state, &below, false, NULL);
    assert_non_null(strstr(a, "no data"));
    assert_non_null(strstr(b, "no data"));
    assert_non_null(strstr(c, "no data"));
    assert_null(strstr(d, "no data"));
    free(a), free(b), free(c), free(d);
}

/* 200000 samples at 0 and a single one at 1: a small picture, and its axis still
 * reaches from 0 to 1. */
static void long_lines_keep_their_peaks(void **state)
{
    enum { N = 200000 };
    NEEDS_GNUPLOT;
    double *x = mem_alloc(N, sizeof x[0]), *y = mem_alloc(N, sizeof y[0]);
    for (int i = 0; i < N; i++)
        x[i] = i;
    y[77777] = 1;
    struct line series = {.n = N, .x = x, .y = y};
    char *svg = drawn(*state, &series, false, NULL);
    assert_true(strlen(svg) < 200000);
    assert_non_null(strstr(svg, ">0.5<"));
    assert_null(strstr(svg, ">-0."));
    for (int i = 0; i < N; i++)
        y[i] = x[i] = i % 1000;
    series.style = PLOT_POINTS;
    char *cloud = drawn(*state, &series, false, NULL);
    assert_true(strlen(cloud) < 200000);
    free(svg), free(cloud), free(x), free(y);
}

/* The same line by hand, by factors, and out of a table. */
static void factors_do_what_hands_did(void **state)
{
    enum { N = 4 };
    const double V[N] = {0, 1e-3, 2e-3, 3e-3}, A[N] = {-5e-6, 0, 2e-6, 4e-6};
    const double mV[N] = {0, 1, 2, 3}, uA[N] = {5, 0.1, 2, 4};
    struct err e = {0};
    struct table t;
    char *svg[3];
    NEEDS_GNUPLOT;
    table_init(&t, "current_A,voltage_V");
    table_row(&t, (double[]){NAN, NAN});
    for (size_t i = 0; i < N; i++)
        table_row(&t, (double[]){A[i], V[i]});
    for (int way = 0; way < 3; way++) {
        struct plot p;
        plot_init(&p, "one", NULL);
        struct plot_panel *a = plot_panel(&p, NULL);
        a->x = (struct plot_axis){.label = "mV", .factor = way ? 1e3 : 0};
        a->y = (struct plot_axis){
            .label = "uA", .factor = way ? 1e6 : 0, .log = true, .floor = 0.1};
        if (way == 2)
            plot_columns(&p, "a", &t, 1, N, "voltage_V", "current_A", PLOT_MARKED, 3);
        else
            plot_add(&p, "a", N, way ? V : mV, way ? A : uA, PLOT_MARKED, 3);
        assert_int_equal(plot_save(*state, "one", &p, &e), 0);
        assert_null(p.panel);
        svg[way] = sample_read(*state, "one.svg");
    }
    assert_string_equal(svg[0], svg[1]);
    assert_string_equal(svg[0], svg[2]);
    char *png = path_join(*state, "one.png");
    assert_true(file_exists(png));
    free(svg[0]), free(svg[1]), free(svg[2]), free(png);
    table_finish(&t);
}

static void saving_without_gnuplot_is_no_error(void **state)
{
    struct err e = {0};
    char *old = mem_copy_string(getenv("PATH")), *path = path_join(*state, "no.svg");
    setenv("PATH", *state, 1);
    for (int k = 0; k < 2; k++) {
        struct plot p;
        plot_init(&p, "one", NULL);
        plot_panel(&p, NULL);
        plot_add(&p, NULL, 4, line_x, line_y, PLOT_LINE, 0);
        assert_int_equal(plot_save(*state, "no", &p, &e), 0);
    }
    setenv("PATH", old, 1);
    assert_false(file_exists(path));
    free(old), free(path);
}

static void steps_are_round(void **state)
{
    (void)state;
    assert_close(plot_round_up(1), 1, 1e-15);
    assert_close(plot_round_up(1.01), 2, 1e-15);
    assert_close(plot_round_up(0.03), 0.05, 1e-15);
    assert_close(plot_round_up(600), 1000, 1e-12);
}

/* A number of a confusion matrix as it stands in the SVG. */
static size_t times_there(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)); text++)
        n++;
    return n;
}

static void confusion_leaves_zeros_blank(void **state)
{
    struct score_set set;
    struct score_summary sum;
    struct err e = {0};
    const double native[] = {2, 1, 2, 1, 2, 1, 1, 2};
    NEEDS_GNUPLOT;
    sample_fill(&set, 4, 2, native, 1);
    set.image[3].label = 1;
    scores_summarise(&set, &sum); /* 3 at (0,0) and 1 at (1,1), twice */
    assert_int_equal(figure_confusion(*state, &set, &sum, &e), 0);
    char *svg = sample_read(*state, "confusion.svg");
    assert_int_equal(times_there(svg, ">3<"), 2);
    assert_int_equal(times_there(svg, ">1<"), 2 + 4); /* and the axes */
    assert_int_equal(times_there(svg, ">0<"), 4);     /* the axes alone */
    assert_non_null(strstr(svg, "4 of 4 right"));
    free(svg);
    scores_finish(&set);
    scores_init(&set, 1, SCORE_CLASSES + 1);
    scores_summarise(&set, &sum);
    assert_int_equal(figure_confusion("/nowhere", &set, &sum, &e), 0);
    scores_finish(&set);
}

static void strange_runs_are_drawn_too(void **state)
{
    struct score_set set;
    struct score_summary sum;
    struct err e = {0};
    NEEDS_GNUPLOT;
    char *path = path_join(*state, "pictures");
    assert_int_equal(dir_make(path, &e), 0);
    for (int kind = 0; kind < 6; kind++) { /* good, empty, failed, dead, mad */
        sample_run(&set, kind == 1 ? 0 : 12);
        for (size_t k = 0; k < set.images; k++) {
            set.image[k].failed = kind == 2;
            if (kind == 3)
                memset(set.image[k].circuit_V, 0, 10 * sizeof(double));
            if (kind >= 4)
                set.image[k].circuit_V[k % 10] = kind == 4 ? NAN : INFINITY;
        }
        scores_summarise(&set, &sum);
        assert_int_equal(figures_write(path, &set, &sum, &e), 0);
        scores_finish(&set);
    }
    char *png = path_join(path, "errors.png");
    assert_true(file_exists(png));
    free(png), free(path);
}

static void traces_of_any_size_are_drawn(void **state)
{
    struct err e = {0};
    double time[50], x[14 * 50];
    NEEDS_GNUPLOT;
    for (int i = 0; i < 14 * 50; i++) {
        time[i % 50] = 1e-3 * (i % 50);
        x[i] = sin(0.1 * (i % 50)) * (1 + i / 50);
    }
    char *path = path_join(*state, "traces.svg");
    struct figure_traces t = {.title = "Image 1",
                              .outputs = 14,
                              .winner = 13,
                              .scale_V = 1,
                              .native_max = 14,
                              .natives = 50,
                              .native_s = time,
                              .native = x,
                              .circuits = 50,
                              .circuit_s = time,
                              .circuit_V = x};
    assert_int_equal(figure_traces(path, &t, &e), 0);
    char *svg = sample_read(*state, "traces.svg");
    assert_non_null(strstr(svg, "output 13, wins"));
    free(svg);
    t.outputs = 1, t.winner = 0;
    assert_int_equal(figure_traces(path, &t, &e), 0);
    t.circuits = 0; /* a failed image */
    assert_int_equal(figure_traces(path, &t, &e), 0);
    struct figure_neuron f = {.title = "Neuron 3",
                              .inputs = 64,
                              .spikes = 50,
                              .spike_s = time,
                              .spike_input = time,
                              .samples = 50,
                              .time_s = time,
                              .tia_V = x,
                              .membrane_V = x,
                              .natives = 50,
                              .native_s = time,
                              .native = x,
                              .scale_V = 1};
    assert_int_equal(figure_neuron(*state, "neuron", &f, &e), 0);
    svg = sample_read(*state, "neuron.svg");
    assert_non_null(strstr(svg, "TIA, mV"));
    assert_null(strstr(svg, "Vsyn"));
    free(svg), free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ending_chooses_the_kind),
        cmocka_unit_test(other_endings_are_refused),
        cmocka_unit_test(missing_gnuplot_is_a_note),
        cmocka_unit_test(failing_gnuplot_is_a_note_with_its_words),
        cmocka_unit_test(unwritable_picture_is_an_error),
        cmocka_unit_test(texts_are_never_commands),
        cmocka_unit_test(nothing_to_draw_says_so),
        cmocka_unit_test(long_lines_keep_their_peaks),
        cmocka_unit_test(factors_do_what_hands_did),
        cmocka_unit_test(saving_without_gnuplot_is_no_error),
        cmocka_unit_test(steps_are_round),
        cmocka_unit_test(confusion_leaves_zeros_blank),
        cmocka_unit_test(strange_runs_are_drawn_too),
        cmocka_unit_test(traces_of_any_size_are_drawn),
    };
    return cmocka_run_group_tests(tests, sample_folder, sample_folder_remove);
}
