/* divergence.json as tables for the report. */
#include "app/divergence.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>

/* Where the cells of a column come from: a key of the JSON objects, and how a number is
 * printed, after it was multiplied by the factor. */
struct column {
    const char *key;
    double factor;
    const char *format; /* NULL: a text */
};

/* A table, and the key of the JSON array that it shows. */
static const struct shown {
    const char *key, *title, *columns, *caption;
    struct column column[8];
} shown[DIVERGENCE_TABLES] = {
    {"faults",
     "Off their calibrated values",
     "stage:text,columns:text,what:text,found,calibrated",
     "The first stage on the way of a spike that is more than 0.4 % off what the "
     "parameter file says (cal_...), measured with one spike in each column.",
     {{"stage", 0, NULL},
      {"columns", 0, NULL},
      {"what", 0, NULL},
      {"found", 1, "%.5g"},
      {"calibrated", 1, "%.5g"}}},
    {"stages",
     "Stage by stage",
     "stage replaced:text,rms error left,changes the maxima by (rms),common gain",
     "A sample of the images once more, each time with one stage replaced by its ideal. "
     "Error left: against the network, over the largest maximum, with a fitted scale. "
     "Changes by: against the circuit as it is.",
     {{"name", 0, NULL},
      {"error_rms", 100, "%.4f %%"},
      {"effect_rms", 100, "%.4f %%"},
      {"gain", 1, "%.5f"}}},
    {"disagreements",
     "Who is to blame for disagreements",
     "image:integer,label:integer,network:integer,margin,circuit:integer,margin,"
     "stage:text,the network's lead with its ideal",
     "The stage whose ideal gives the network's answer the largest lead over the "
     "circuit's.",
     {{"image", 1, "%.0f"},
      {"label", 1, "%.0f"},
      {"network", 1, "%.0f"},
      {"network_margin", 100, "%.3f %%"},
      {"circuit", 1, "%.0f"},
      {"circuit_margin", 100, "%.3f %%"},
      {"stage", 0, NULL},
      {"lead_with_its_ideal", 100, "%.3f %%"}}},
};

static void fill(struct table *t, const struct shown *s, const cJSON *rows)
{
    const cJSON *row;
    char text[64];
    table_init(t, s->columns);
    t->title = s->title;
    t->caption = s->caption;
    cJSON_ArrayForEach(row, rows)
    {
        for (size_t k = 0; k < t->columns; k++) {
            const struct column *c = &s->column[k];
            const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, c->key);
            bool number = cJSON_IsNumber(item) && c->format;
            if (number)
                snprintf(text, sizeof text, c->format, c->factor * item->valuedouble);
            table_text(t, number ? text : cJSON_GetStringValue(item));
        }
    }
}

void divergence_tables(const char *folder, struct divergence_tables *t)
{
    AUTO(buf_finish) struct buf text = {0};
    struct err ignored;
    AUTO_FREE char *path = path_join(folder, DIVERGENCE_JSON);
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
}

void divergence_tables_finish(struct divergence_tables *t)
{
    for (size_t k = 0; k < t->count; k++)
        table_finish(&t->table[k]);
    *t = (struct divergence_tables){0};
}
