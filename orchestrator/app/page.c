#include "app/page.h"

#include "app/divergence.h"
#include "app/origin.h"
#include "app/simulate.h"
#include "base/file.h"
#include "base/mem.h"
#include "report/figures.h"
#include "report/html.h"
#include "report/score_tables.h"

#include <stdlib.h>
#include <string.h>

static int read_text(const char *folder, const char *name, struct buf *out, struct err *e)
{
    AUTO_FREE char *path = path_join(folder, name);
    return file_read(path, (size_t)1 << 26, out, e);
}

/* The pictures of the page; those that need not be there come after the first ones. */
enum { PICTURES_ALWAYS = 5 };
static const struct report_picture pictures_of_a_run[] = {
    {"pictures/confusion.svg", "Answers",
     "Rows are the true classes, columns the answers; network on the left, circuit on "
     "the right."},
    {"pictures/maxima.svg", "Maxima of the membranes",
     "Every image and output neuron: circuit over network, and the difference below."},
    {"pictures/errors.svg", "Errors of the maxima", NULL},
    {"pictures/worst.svg", "The worst image",
     "Thin lines: network. Pale bands: circuit, over the fitted scale."},
    {"pictures/best.svg", "The best image", NULL},
    {"pictures/disagreement-1.svg", "A disagreement",
     "The first images of the run with "
     "different answers; margins and the stage to blame stand in the tables."},
    {"pictures/disagreement-2.svg", "A disagreement", NULL},
    {"pictures/disagreement-3.svg", "A disagreement", NULL},
    {"pictures/disagreement-4.svg", "A disagreement", NULL},
    {DIVERGENCE_PICTURE ".svg", "Stage by stage",
     "Grey: the error as it is. Colours: what changes when one stage is replaced."},
};
enum { PICTURES = sizeof pictures_of_a_run / sizeof pictures_of_a_run[0] };

static size_t list_pictures(const char *folder, struct report_picture out[PICTURES])
{
    size_t n = 0;
    for (size_t k = 0; k < PICTURES; k++) {
        char *path = path_join(folder, pictures_of_a_run[k].file);
        if (k < PICTURES_ALWAYS || file_exists(path))
            out[n++] = pictures_of_a_run[k];
        free(path);
    }
    return n;
}

static const char replay[] =
    "With --keep-decks every deck of the run stands in decks/ and includes the copies "
    "of\n"
    "the netlists in circuit/. Plain ngspice gives the same numbers:\n\n"
    "    ngspice -b decks/image-00012.cir\n\n"
    "prints for each output j: rest<j>, the rest level of its membrane, and above<j>,\n"
    "the maximum above it (the column circuit_V of scores.csv).\n";

static bool wants_pictures(const char *study)
{
    const char *section = strstr(study, "[report]");
    const char *key = section ? strstr(section, "pictures = ") : NULL;
    return !key || strncmp(key + strlen("pictures = "), "no", 2) != 0;
}

static int draw(const char *folder, const struct score_set *set,
                const struct score_summary *sum, struct err *e)
{
    AUTO_FREE char *pictures = path_join(folder, "pictures");
    bool good = dir_make(pictures, e) == 0 && figures_write(pictures, set, sum, e) == 0;
    return good ? 0 : -1;
}

/* Attempts stand in the store alone: the tables depend on nothing but the plan. */
static int add_attempts(const char *folder, struct score_set *set, struct err *e)
{
    struct store store;
    AUTO(plan_finish) struct plan plan = {0};
    bool good = store_open(&store, folder, e) == 0 && store_load(&store, e) == 0 &&
                plan_read(&plan, folder, e) == 0;
    if (good)
        simulate_collect_attempts(&plan, &store, set);
    store_close(&store);
    return good ? 0 : -1;
}

/* What stands below the verdict: that images may not be new to the weights; or NULL. */
static const char *read_note(const struct summary_facts *facts, struct buf *out)
{
    for (size_t i = 0; i < facts->pairs; i++)
        if (strcmp(facts->pair[i].key, "provenance") == 0 && facts->pair[i].text)
            origin_sentence(facts->pair[i].text, out);
    return out->len ? out->data : NULL;
}

/* The marks in summary.json; pointers into it. */
static size_t read_marks(const cJSON *summary, const char *mark[MARKS])
{
    size_t n = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(summary, "marks"))
    {
        if (cJSON_IsString(item) && n < MARKS)
            mark[n++] = item->valuestring;
    }
    return n;
}

int page_render(const char *folder, struct err *e)
{
    AUTO(scores_finish) struct score_set set = {0};
    struct score_summary sum;
    AUTO(summary_file_finish) struct summary_file file = {0};
    AUTO(buf_finish) struct buf study = {0}, notes = {0};
    AUTO_FREE char *real =
        realpath(folder, NULL); /* gives "." a title, and SQLite no "file:" */
    int status = read_text(folder, "study.ini", &study, e);
    if (status < 0)
        err_hint(e, "expected the folder of a run that came to its end");
    if (status == 0)
        status = score_tables_read(real ? real : folder, &set, e);
    if (status == 0)
        status = add_attempts(folder, &set, e);
    if (status == 0)
        status = summary_read(folder, &file, e);
    if (status == 0) {
        scores_summarise(&set, &sum);
        bool pictures = wants_pictures(buf_text(&study));
        if (pictures && sum.scored)
            status = draw(folder, &set, &sum, e);
        struct divergence_tables tables;
        struct report_picture picture[PICTURES];
        divergence_tables(folder, &tables);
        const char *note = read_note(&file.facts, &notes), *mark[MARKS];
        struct report_page page = {.title = path_base(real ? real : folder),
                                   .set = &set,
                                   .sum = &sum,
                                   .facts = &file.facts,
                                   .marks = read_marks(file.json, mark),
                                   .mark = mark,
                                   .notes = note != NULL,
                                   .note = &note,
                                   .tables = tables.count,
                                   .table = tables.table,
                                   .pictures =
                                       pictures ? list_pictures(folder, picture) : 0,
                                   .picture = picture,
                                   .study_text = buf_text(&study),
                                   .replay_text = replay};
        if (status == 0)
            status = report_write(folder, &page, e);
        divergence_tables_finish(&tables);
    }
    return status;
}
