/* A table: columns with names, rows of cells that are empty, numbers or texts.
 *
 * It is filled cell after cell, row after row, and written by the writer that the ending
 * of the file's name chooses: csv, json, sqlite, html (a part of a page) or txt. Names of
 * columns say the unit: "voltage_V". The table owns its cells; the title, the key and the
 * caption are borrowed.
 *
 *     struct table t;
 *     table_init(&t, "voltage_V,current_A");
 *     table_row(&t, (double[]){1.0, 2e-3});
 *     table_save(&t, folder, "iv.csv", e);
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

enum table_kind { TABLE_REAL, TABLE_INTEGER, TABLE_TEXT, TABLE_ANY };

struct table_column {
    const char *name;
    enum table_kind kind; /* of its cells, those that are not empty */
};

struct table_cell {
    bool empty;
    double number;
    char *text; /* NULL: the number counts */
};

struct table {
    const char *title;   /* in a data base, for JSON and people; may be NULL */
    const char *key;     /* "position, neuron": primary key in a data base; NULL: none */
    const char *caption; /* a sentence for people; may be NULL */
    size_t columns, cells, capacity;
    struct table_column *column; /* [columns] */
    struct table_cell *cell;     /* [cells], row after row */
    char *names;                 /* of the columns */
};

/* Names with commas between; what is no real number says so: "image:integer,cause:text".
 * The words are real, integer, text and any. */
void table_init(struct table *t, const char *names);
void table_finish(struct table *t);

/* The next cell. A number that is not finite makes an empty one. */
void table_number(struct table *t, double x);
void table_text(struct table *t, const char *text); /* a copy; NULL: empty */
void table_print(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

void table_numbers(struct table *t, size_t n, const double value[n]); /* the next n */
void table_row(struct table *t, const double value[]);                /* [columns] */

size_t table_rows(const struct table *t);
const struct table_cell *table_at(const struct table *t, size_t row, size_t column);
size_t table_find(const struct table *t, const char *name); /* a column that is there */

/* An array of objects, a row each; the caller deletes it. */
cJSON *table_json(const struct table *t);

MUST_USE int table_write(const struct table *t, const char *folder, const char *name,
                         struct err *e);
/* The same, and releases the table. */
MUST_USE int table_save(struct table *t, const char *folder, const char *name,
                        struct err *e);
/* Several tables in one file. */
MUST_USE int tables_write(size_t n, const struct table *t, const char *folder,
                          const char *name, struct err *e);
/* What would stand in a file with this ending, after what is in `out`. */
MUST_USE int tables_render(size_t n, const struct table *t, const char *ending,
                           struct buf *out, struct err *e);
