/* divergence.json as tables for the report. */
#include "app/divergence.h"

#include "base/file.h"
#include "base/mem.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* A column of a table: a key of the JSON objects, and how a number is printed. */
struct column {
    const char *head, *key;
    double factor;      /* 0: the number itself with 4 digits */
    const char *format; /* of number times factor */
};

enum { COLUMNS_MAX = 8 };

static const struct column stage_columns[] = {
    {"stage replaced", "name", 0, NULL},
    {"error left, rms", "error_rms", 100, "%.4f %%"},
    {"changes the maxima by, rms", "effect_rms", 100, "%.4f %%"},
    {"common gain", "gain", 1, "%.5f"}};
static const struct column fault_columns[] = {{"stage", "stage", 0, NULL},
                                              {"columns", "columns", 0, NULL},
                                              {"what", "what", 0, NULL},
                                              {"found", "found", 1, "%.5g"},
                                              {"calibrated", "calibrated", 1, "%.5g"}};
static const struct column image_columns[] = {
    {"image", "image", 1, "%.0f"},
    {"label", "label", 1, "%.0f"},
    {"network", "network", 1, "%.0f"},
    {"margin", "network_margin", 100, "%.3f %%"},
    {"circuit", "circuit", 1, "%.0f"},
    {"margin", "circuit_margin", 100, "%.3f %%"},
    {"stage", "stage", 0, NULL},
    {"the network's lead with its ideal", "lead_with_its_ideal", 100, "%.3f %%"}};

static char *cell_text(const cJSON *row, const struct column *c)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, c->key);
    char text[64] = "";
    if (cJSON_IsString(item))
        return mem_copy_string(item->valuestring);
    if (cJSON_IsNumber(item) && c->format)
        snprintf(text, sizeof text, c->format, c->factor * item->valuedouble);
    return mem_copy_string(text);
}

static void add_table(struct divergence_tables *t, const cJSON *rows, const char *title,
                      const char *caption, size_t columns, const struct column *column)
{
    const cJSON *row;
    size_t count = (size_t)cJSON_GetArraySize(rows), place = 0;
    if (!cJSON_IsArray(rows) || count == 0)
        return;
    const char **head = mem_alloc(columns, sizeof *head);
    char **cell = mem_alloc(count * columns, sizeof *cell);
    for (size_t c = 0; c < columns; c++)
        head[c] = column[c].head;
    cJSON_ArrayForEach(row, rows)
    {
        for (size_t c = 0; c < columns; c++)
            cell[place++] = cell_text(row, &column[c]);
    }
    t->table[t->count++] =
        (struct report_table){title, caption, columns, count, head, cell};
}

void divergence_tables(const char *folder, struct divergence_tables *t)
{
    struct buf text = {0};
    struct err ignored;
    char *path = path_join(folder, DIVERGENCE_JSON);
    *t = (struct divergence_tables){0};
    if (file_exists(path) && file_read(path, 1 << 24, &text, &ignored) == 0) {
        cJSON *o = cJSON_Parse(buf_text(&text));
        add_table(
            t, cJSON_GetObjectItemCaseSensitive(o, "faults"),
            "Off their calibrated values",
            "The first stage on the way of a spike that is more than 0.4 % off what the "
            "parameter file says (cal_...), measured with one spike in each column.",
            5, fault_columns);
        add_table(
            t, cJSON_GetObjectItemCaseSensitive(o, "stages"), "Stage by stage",
            "A sample of the images once more, each time with one stage replaced by "
            "its ideal. Error left: against the network, over the largest maximum, "
            "with a fitted scale. Changes by: against the circuit as it is.",
            4, stage_columns);
        add_table(
            t, cJSON_GetObjectItemCaseSensitive(o, "disagreements"),
            "Who is to blame for disagreements",
            "The stage whose ideal gives the network's answer the largest lead over "
            "the circuit's.",
            8, image_columns);
        cJSON_Delete(o);
    }
    buf_finish(&text);
    free(path);
}

void divergence_tables_finish(struct divergence_tables *t)
{
    for (size_t k = 0; k < t->count; k++) {
        const struct report_table *one = &t->table[k];
        for (size_t i = 0; i < one->rows * one->columns; i++)
            free(one->cell[i]);
        free((void *)(uintptr_t)one->cell);
        free((void *)(uintptr_t)one->head);
    }
    *t = (struct divergence_tables){0};
}
