/* report.html: what a run found, as one page that stands by itself.
 *
 * No script and nothing from outside: style and pictures are in the page, and its own
 * policy forbids the browser anything else. Made from the same things as the tables,
 * without a clock: the same run gives the same page. Everything is borrowed.
 *
 *     struct report_page page = {.title = "Digits, 5 bits", .set = &set, .sum = &sum,
 *                                .facts = &facts, .study_text = study};
 *     report_write(folder, &page, &e);
 */
#pragma once

#include "base/buf.h"
#include "report/summary.h"
#include "report/table.h"

#define REPORT_FILE "report.html"

struct report_picture {
    const char *file; /* an .svg, absolute or below the run's folder; if it is not
                         there, the page says so */
    const char *title, *caption; /* the caption may be NULL */
};

struct report_page {
    const char *title;           /* of the run */
    const struct score_set *set; /* NULL, and the next two: a page of notes, tables and
                                    pictures */
    const struct score_summary *sum;
    const struct summary_facts *facts;
    size_t marks;
    const char *const *mark; /* [marks], what makes the run suspect: loud */
    size_t notes;
    const char *const *note; /* [notes], sentences below the verdict */
    size_t tables;
    const struct table *table; /* [tables], after the lists of images */
    size_t pictures;
    const struct report_picture *picture; /* [pictures], in this order */
    const char *study_text;               /* the study as understood; may be NULL */
    const char *replay_text;              /* how to run a deck again; may be NULL */
};

/* folder/report.html; pictures are read from the folder. */
MUST_USE int report_write(const char *folder, const struct report_page *page,
                          struct err *e);

/* Text that stands for itself, and an element with one in it. */
void html_text(struct buf *out, const char *s);
void html_element(struct buf *out, const char *tag, const char *text);
