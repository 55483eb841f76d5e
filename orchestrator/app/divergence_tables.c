/* divergence.json as tables for the report. */
#include "app/divergence.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

/* A column of a table: a key of the JSON objects, and how a number is printed. */
struct column {
    struct table_column head;
    const char *key;
    double factor;
    const char *format; /* of number times factor */
};

/* A table, and the key of the JSON array that it shows. */
static const struct shown {
    const char *key, *title, *caption;
    size_t columns;
    struct column column[8];
} shown[DIVERGENCE_TABLES] = {
    {"faults",
     "Off their calibrated values",
     "The first stage on the way of a spike that is more than 0.4 % off what the "
     "parameter file says (cal_...), measured with one spike in each column.",
     5,
     {{{"stage", TABLE_TEXT}, "stage", 0, NULL},
      {{"columns", TABLE_TEXT}, "columns", 0, NULL},
      {{"what", TABLE_TEXT}, "what", 0, NULL},
      {{"found", TABLE_REAL}, "found", 1, "%.5g"},
      {{"calibrated", TABLE_REAL}, "calibrated", 1, "%.5g"}}},
    {"stages",
     "Stage by stage",
     "A sample of the images once more, each time with one stage replaced by its ideal. "
     "Error left: against the network, over the largest maximum, with a fitted scale. "
     "Changes by: against the circuit as it is.",
     4,
     {{{"stage replaced", TABLE_TEXT}, "name", 0, NULL},
      {{"error left, rms", TABLE_REAL}, "error_rms", 100, "%.4f %%"},
      {{"changes the maxima by, rms", TABLE_REAL}, "effect_rms", 100, "%.4f %%"},
      {{"common gain", TABLE_REAL}, "gain", 1, "%.5f"}}},
    {"disagreements",
     "Who is to blame for disagreements",
     "The stage whose ideal gives the network's answer the largest lead over the "
     "circuit's.",
     8,
     {{{"image", TABLE_INTEGER}, "image", 1, "%.0f"},
      {{"label", TABLE_INTEGER}, "label", 1, "%.0f"},
      {{"network", TABLE_INTEGER}, "network", 1, "%.0f"},
      {{"margin", TABLE_REAL}, "network_margin", 100, "%.3f %%"},
      {{"circuit", TABLE_INTEGER}, "circuit", 1, "%.0f"},
      {{"margin", TABLE_REAL}, "circuit_margin", 100, "%.3f %%"},
      {{"stage", TABLE_TEXT}, "stage", 0, NULL},
      {{"the network's lead with its ideal", TABLE_REAL},
       "lead_with_its_ideal",
       100,
       "%.3f %%"}}},
};

static void put_cell(struct table *t, const cJSON *item, const struct column *c)
{
    char text[64];
    if (cJSON_IsNumber(item) && c->format) {
        snprintf(text, sizeof text, c->format, c->factor * item->valuedouble);
        table_text(t, text);
    } else {
        table_text(t, cJSON_GetStringValue(item));
    }
}

static void fill(struct table *t, const struct shown *s, const cJSON *rows)
{
    struct table_column column[8];
    const cJSON *row;
    for (size_t k = 0; k < s->columns; k++)
        column[k] = s->column[k].head;
    table_init_columns(t, s->columns, column);
    t->title = s->title;
    t->caption = s->caption;
    cJSON_ArrayForEach(row, rows)
    {
        for (size_t k = 0; k < s->columns; k++)
            put_cell(t, cJSON_GetObjectItemCaseSensitive(row, s->column[k].key),
                     &s->column[k]);
    }
}

void divergence_tables(const char *folder, struct divergence_tables *t)
{
    struct buf text = {0};
    struct err ignored;
    char *path = path_join(folder, DIVERGENCE_JSON);
    *t = (struct divergence_tables){0};
    if (file_exists(path) && file_read(path, 1 << 24, &text, &ignored) == 0) {
        cJSON *o = cJSON_Parse(buf_text(&text));
        for (size_t k = 0; k < DIVERGENCE_TABLES; k++) {
            const cJSON *rows = cJSON_GetObjectItemCaseSensitive(o, shown[k].key);
            if (cJSON_GetArraySize(rows) > 0)
                fill(&t->table[t->count++], &shown[k], rows);
        }
        cJSON_Delete(o);
    }
    buf_finish(&text);
    free(path);
}

void divergence_tables_finish(struct divergence_tables *t)
{
    for (size_t k = 0; k < t->count; k++)
        table_finish(&t->table[k]);
    *t = (struct divergence_tables){0};
}
