/* The page is well-formed XML as well, so that a test can check it with a small parser.
 * Every text that is not ours goes through html_text. */
#include "report/html.h"

#include "base/file.h"
#include "base/mem.h"
#include "num/stats.h"
#include "report/page_css.h"
#include "report/score_tables.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MOST_ROWS 200                /* of a list; the tables hold them all */
#define SVG_LIMIT ((size_t)32 << 20) /* bytes of one picture */

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\"/>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n";

static const char style[] = "<style>\n" PAGE_CSS "</style>\n";

void html_text(struct buf *out, const char *s)
{
    for (; s && *s; s++) {
        const char *as = *s == '&'   ? "&amp;"
                         : *s == '<' ? "&lt;"
                         : *s == '>' ? "&gt;"
                         : *s == '"' ? "&quot;"
                                     : NULL;
        bool control = (unsigned char)*s < ' ' && *s != '\n' && *s != '\t';
        if (as)
            buf_puts(out, as);
        else
            buf_append(out, control ? " " : s, 1);
    }
}

void html_element(struct buf *out, const char *tag, const char *text)
{
    buf_printf(out, "<%s>", tag);
    html_text(out, text);
    buf_printf(out, "</%s>\n", tag);
}

/* --- verdict and figures --- */

static void put_verdict(struct buf *out, const struct report_page *page)
{
    AUTO(buf_finish) struct buf verdict = {0};
    const struct score_summary *sum = page->sum;
    bool good = sum->scored && sum->scored == sum->images &&
                sum->agreeing == sum->scored && !page->marks;
    summary_verdict(sum, &verdict);
    buf_printf(out, "<p class=\"verdict%s\">", good ? " good" : "");
    html_text(out, verdict.data);
    buf_puts(out, ".</p>\n");
    for (size_t i = 0; i < page->marks; i++) {
        buf_puts(out, "<p class=\"warning\"><b>WARNING</b> ");
        html_text(out, page->mark[i]);
        buf_puts(out, ".</p>\n");
    }
}

static void put_notes(struct buf *out, const struct report_page *page)
{
    if (!page->notes)
        return;
    buf_puts(out, "<ul class=\"notes\">\n");
    for (size_t i = 0; i < page->notes; i++)
        html_element(out, "li", page->note[i]);
    buf_puts(out, "</ul>\n");
}

/* One row of the figures: what, the value as printed, one sentence. */
static void put_figure(struct buf *out, const char *what, const char *why,
                       const char *fmt, ...) PRINTF_LIKE(4, 5);

static void put_figure(struct buf *out, const char *what, const char *why,
                       const char *fmt, ...)
{
    char value[128];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(value, sizeof value, fmt, ap);
    va_end(ap);
    buf_puts(out, "<tr><th scope=\"row\">");
    html_text(out, what);
    buf_puts(out, "</th><td class=\"n\">");
    html_text(out, value);
    buf_puts(out, "</td><td class=\"why\">");
    html_text(out, why);
    buf_puts(out, "</td></tr>\n");
}

static void put_scores(struct buf *out, const struct score_summary *s)
{
    char share[SUMMARY_SHARE];
    put_figure(out, "Images compared",
               "Simulated to the end and set beside the network; images that failed "
               "count in none of the figures below.",
               "%zu of %zu", s->scored, s->images);
    summary_share(s->native_accuracy, s->native_low, s->native_high, share);
    put_figure(out, "Accuracy of the network",
               "Share of images to which the trained network gives the right label; in "
               "brackets where it lies with so many images (Wilson's interval of 95 %).",
               "%s, %zu right", share, s->native_right);
    summary_share(s->circuit_accuracy, s->circuit_low, s->circuit_high, share);
    put_figure(out, "Accuracy of the circuit",
               "The same for the circuit: the output with the highest membrane maximum "
               "is its answer.",
               "%s, %zu right", share, s->circuit_right);
    if (s->scored == s->ties)
        put_figure(out, "Agreement", "Every image compared is a tie, or there is none.",
                   "none to tell");
    else
        put_figure(out, "Agreement",
                   "Share of images to which both give the same answer, right or wrong; "
                   "ties do not count.",
                   "%.1f %% (%zu of %zu)", 100 * s->agreement, s->agreeing,
                   s->scored - s->ties);
    put_figure(out, "Ties",
               "Images to which network or circuit give several answers, with what the "
               "other says among them: maxima equal but for rounding (network, 1e-12 of "
               "the largest) or for the solver (circuit, 1e-6). The accuracies give "
               "these to the lowest of the outputs.",
               "%zu (network %zu, circuit %zu)", s->ties, s->native_ties,
               s->circuit_ties);
}

static void put_errors(struct buf *out, const struct score_summary *s)
{
    put_figure(out, "Correlation",
               "Pearson's, between the maxima of the circuit and of the network, over "
               "all images and outputs.",
               "%.6f", s->correlation);
    put_figure(out, "Error, rms",
               "Root of the mean square difference of the maxima, relative to the "
               "largest maximum of the network.",
               "%.3g %%", 100 * s->error_rms);
    put_figure(out, "Error, largest",
               "The largest such difference of any image and output.", "%.3g %%",
               100 * s->error_max);
    put_figure(out, "Error over the image's peak, rms",
               "The same differences, each relative to the largest maximum of the "
               "network for the same image.",
               "%.3g %%", 100 * s->error_rms_own);
    put_figure(out, "Error over the image's peak, largest",
               "The largest one; for dim images it is more than relative to the run's.",
               "%.3g %%", 100 * s->error_max_own);
    if (isfinite(s->whole_ms))
        put_figure(out, "Whole milliseconds",
                   "How far a maximum of the network at whole ms, which training looks "
                   "at, is below the one in continuous time that the circuit is "
                   "compared with, at most.",
                   "%.3g %%", 100 * s->whole_ms);
    put_figure(out, "Scale",
               "Membrane of the circuit above rest for one unit of the network (the "
               "peak of one synapse at w = 1), by least squares.",
               "%.5g mV", 1e3 * s->scale_V);
}

/* Paper 1 states an error of 2.1 % for one synapse, Fig. 7C. */
static void put_papers(struct buf *out, const struct score_summary *s)
{
    put_figure(out, "Against paper 1's network",
               "Error, rms and at most, with paper 1's double exponential and the "
               "weights as they were trained: a weight of 0 is nothing there, and "
               "conducts map.g_low (5.7 µS, unless changed) in the circuit.",
               "%.3g %%, %.3g %%", 100 * s->paper.error_rms, 100 * s->paper.error_max);
    put_figure(out, "... with w_0",
               "The same once w_0 = g_low/(g_high - g_low) is added to each weight.",
               "%.3g %%, %.3g %%", 100 * s->paper_offset.error_rms,
               100 * s->paper_offset.error_max);
    put_figure(out, "... due to w_0",
               "What w_0 alone changes in these errors, rms and at most. Paper 1 states "
               "2.1 % (Fig. 7C) for one synapse alone, where w_0 is a common factor and "
               "goes into the scale; of an error of 2.1 % over images, this much would "
               "have been the conductance of the weights that are 0.",
               "%.3g %%, %.3g %%", 100 * s->offset_rms, 100 * s->offset_max);
}

static void put_effort(struct buf *out, const struct score_summary *s,
                       const struct summary_facts *facts)
{
    if (facts->seconds > 0)
        put_figure(out, "Time", "Wall time of the simulations of this run.", "%.1f s",
                   facts->seconds);
    if (facts->images_per_second > 0)
        put_figure(out, "Speed", "Images simulated per second of wall time.", "%.3g /s",
                   facts->images_per_second);
    put_figure(out, "Tried again", "Images whose process was lost and started anew.",
               "%zu", s->retried);
    put_figure(out, "Helped to converge",
               "Images that converged only with more forgiving simulator settings.",
               "%zu", s->climbed);
}

static void put_figures(struct buf *out, const struct report_page *page)
{
    buf_puts(out, "<h2>Figures</h2>\n<div class=\"wide\"><table><tbody>\n");
    put_scores(out, page->sum);
    if (page->sum->scored)
        put_errors(out, page->sum);
    if (page->sum->paper.maxima)
        put_papers(out, page->sum);
    put_effort(out, page->sum, page->facts);
    buf_puts(out, "</tbody></table></div>\n");
}

/* --- lists of images --- */

/* A list is a choice of images, its columns, and what stands in them after the image. */
struct list {
    const char *title, *columns, *none; /* none: said where there is no such image */
    bool (*chosen)(const struct score_set *set, const struct score_image *s);
    void (*put)(struct table *t, const struct score_set *set,
                const struct score_image *s);
};

static bool is_failed(const struct score_set *set, const struct score_image *s)
{
    (void)set;
    return s->failed;
}

static void put_failed(struct table *t, const struct score_set *set,
                       const struct score_image *s)
{
    (void)set;
    table_number(t, s->attempts);
    table_text(t, s->cause ? s->cause : "not known");
}

static bool had_trouble(const struct score_set *set, const struct score_image *s)
{
    (void)set;
    return !s->failed && (s->attempts > 1 || s->rung > 0);
}

static void put_trouble(struct table *t, const struct score_set *set,
                        const struct score_image *s)
{
    (void)set;
    table_numbers(t, 2, (double[]){s->attempts, s->rung});
    table_text(t, s->cause);
}

static void put_disagreement(struct table *t, const struct score_set *set,
                             const struct score_image *s)
{
    size_t n = set->outputs;
    table_number(t, s->label);
    table_number(t, (double)stats_argmax(n, s->native));
    table_print(t, "%.3g %%", 100 * scores_margin(n, s->native));
    table_number(t, (double)stats_argmax(n, s->circuit_V));
    table_print(t, "%.3g %%", 100 * scores_margin(n, s->circuit_V));
}

static const struct list lists[] = {
    {"Failures", "image:integer,attempts:integer,cause:text", "No image failed.",
     is_failed, put_failed},
    {"Disagreements",
     "image:integer,label:integer,network:integer,margin,circuit:integer,margin",
     "Circuit and network give the same answer to every image compared, but "
     "for ties.",
     scores_disagree, put_disagreement},
    {"Tried again or helped to converge",
     "image:integer,attempts:integer,step of the ladder:integer,"
     "what an earlier attempt died of:text",
     "Every image was simulated at the first attempt and with the first settings.",
     had_trouble, put_trouble},
};

static void put_tables(struct buf *out, size_t n, const struct table *t)
{
    struct err none;
    (void)!tables_render(n, t, "html", out, &none); /* which cannot fail */
}

static void put_list(struct buf *out, const struct list *list,
                     const struct score_set *set)
{
    size_t rows = 0;
    AUTO(table_finish) struct table t;
    table_init(&t, list->columns);
    for (size_t k = 0; k < set->images; k++) {
        const struct score_image *s = &set->image[k];
        if (!list->chosen(set, s) || rows++ >= MOST_ROWS)
            continue;
        table_number(&t, (double)s->image);
        list->put(&t, set, s);
    }
    html_element(out, "h2", list->title);
    if (rows == 0)
        html_element(out, "p", list->none);
    else
        put_tables(out, 1, &t);
    if (rows > MOST_ROWS)
        buf_printf(out, "<p>And %zu more; " SCORE_TABLES_IMAGES " has them all.</p>\n",
                   rows - MOST_ROWS);
    if (rows && list->put == put_disagreement)
        buf_puts(out, "<p>Margin: how far the first output is above the second, relative "
                      "to the first.</p>\n");
}

/* --- pictures --- */

/* Names inside of an SVG are the page's as well: each picture gets a prefix of its own.
 * If one of the words that come before a name stands at p, copies it with the prefix
 * and returns what follows. */
static const char *put_name(struct buf *out, const char *p, size_t number)
{
    static const char *const words[] = {" id=\"", " id='", "href=\"#", "href='#",
                                        "url(#"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i]);
        if (strncmp(p, words[i], n) == 0) {
            buf_printf(out, "%sp%zu-", words[i], number);
            return p + n;
        }
    }
    buf_append(out, p, 1);
    return p + 1;
}

/* The picture from <svg> on, without the title that browsers show as a tool tip. */
static void put_svg(struct buf *out, const char *svg, const char *title, size_t number)
{
    static const char open[] = "<title>", close[] = "</title>";
    buf_puts(out, "<svg role=\"img\" aria-label=\"");
    html_text(out, title);
    buf_puts(out, "\"");
    for (const char *p = svg + strlen("<svg"); *p;) {
        const char *end = strncmp(p, open, strlen(open)) ? NULL : strstr(p, close);
        p = end ? end + strlen(close) : put_name(out, p, number);
    }
}

static void put_picture(struct buf *out, const char *folder,
                        const struct report_picture *picture, size_t number)
{
    AUTO(buf_finish) struct buf text = {0};
    struct err ignored = {0};
    AUTO_FREE char *path = path_join(folder, picture->file);
    const char *svg = NULL;
    if (file_read(path, SVG_LIMIT, &text, &ignored) == 0)
        svg = strstr(buf_text(&text), "<svg");
    buf_puts(out, "<figure>\n");
    if (svg)
        put_svg(out, svg, picture->title, number);
    else
        buf_puts(out, "<p class=\"missing\">This picture was not drawn. If gnuplot is "
                      "missing, install the package gnuplot-nox and make the report "
                      "anew.</p>\n");
    buf_puts(out, "<figcaption><b>");
    html_text(out, picture->title);
    buf_puts(out, ".</b> ");
    html_text(out, picture->caption);
    buf_puts(out, "</figcaption>\n</figure>\n");
}

/* --- where it came from --- */

static void put_origin_row(struct buf *out, const char *key, const char *value)
{
    buf_puts(out, "<tr><th scope=\"row\">");
    html_text(out, key);
    buf_puts(out, "</th><td class=\"break\">");
    html_text(out, value);
    buf_puts(out, "</td></tr>\n");
}

static void put_origin(struct buf *out, const struct summary_facts *facts)
{
    char number[32];
    buf_puts(
        out,
        "<h2>Versions, hashes and settings</h2>\n<div class=\"wide\"><table><tbody>\n");
    snprintf(number, sizeof number, "%llu", (unsigned long long)facts->seed);
    put_origin_row(out, "seed", number);
    put_origin_row(out, "ngspice",
                   facts->ngspice_version ? facts->ngspice_version : "not known");
    put_origin_row(out, "weights, SHA-256",
                   facts->weights_sha256 ? facts->weights_sha256 : "not known");
    for (size_t i = 0; i < facts->pairs; i++) {
        const struct summary_pair *pair = &facts->pair[i];
        snprintf(number, sizeof number, "%.9g", pair->number);
        put_origin_row(out, pair->key, pair->text ? pair->text : number);
    }
    buf_puts(out, "</tbody></table></div>\n");
}

static void put_files(struct buf *out)
{
    static const char *const files[][2] = {
        {SCORE_TABLES_MAXIMA, "every maximum, one row an image and output"},
        {SCORE_TABLES_IMAGES, "answers, margins and causes, one row an image"},
        {SCORE_TABLES_NATIVES, "the network at whole ms, and paper 1's network"},
        {SCORE_TABLES_DATABASE, "the same tables for SQLite, and the summary"},
        {SUMMARY_FILE, "the figures of this page for programs"},
    };
    buf_puts(out, "<h2>Files beside this page</h2>\n<ul>\n");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        buf_printf(out, "<li><a href=\"%s\">%s</a>: %s</li>\n", files[i][0], files[i][0],
                   files[i][1]);
    buf_puts(out, "</ul>\n");
}

static void put_page(const char *folder, const struct report_page *page, struct buf *out)
{
    buf_puts(out, head);
    html_element(out, "title", page->title);
    buf_puts(out, style);
    buf_puts(out, "</head>\n<body>\n");
    html_element(out, "h1", page->title);
    if (page->set)
        put_verdict(out, page);
    put_notes(out, page);
    if (page->set)
        put_figures(out, page);
    for (size_t i = 0; page->set && i < sizeof lists / sizeof lists[0]; i++)
        put_list(out, &lists[i], page->set);
    put_tables(out, page->tables, page->table);
    if (page->pictures)
        buf_puts(out, "<h2>Pictures</h2>\n");
    for (size_t i = 0; i < page->pictures; i++)
        put_picture(out, folder, &page->picture[i], i + 1);
    if (page->study_text) {
        buf_puts(out, "<h2>Study</h2>\n<details><summary>The study as it was understood, "
                      "with every value</summary>\n");
        html_element(out, "pre", page->study_text);
        buf_puts(out, "</details>\n");
    }
    if (page->facts)
        put_origin(out, page->facts);
    if (page->replay_text) {
        buf_puts(out, "<h2>Run a deck again</h2>\n");
        html_element(out, "pre", page->replay_text);
    }
    if (page->set)
        put_files(out);
    buf_puts(out, "</body>\n</html>\n");
}

int report_write(const char *folder, const struct report_page *page, struct err *e)
{
    AUTO(buf_finish) struct buf out = {0};
    put_page(folder, page, &out);
    return file_write_in(folder, REPORT_FILE, out.data, out.len, e);
}
