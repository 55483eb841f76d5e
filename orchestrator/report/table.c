#include "report/table.h"

#include "base/mem.h"
#include "report/json.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum table_kind kind_of(const char *word)
{
    static const char *const words[] = {
        [TABLE_REAL] = "real", [TABLE_INTEGER] = "integer", [TABLE_TEXT] = "text", "any"};
    size_t k = 0;
    while (k < 3 && word && strcmp(word, words[k]) != 0)
        k++;
    return word ? (enum table_kind)k : TABLE_REAL;
}

void table_init(struct table *t, const char *names)
{
    char *own = mem_copy_string(names), *rest = own, *kind;
    *t = (struct table){.names = own};
    while ((kind = strsep(&rest, ","))) {
        char *name = strsep(&kind, ":");
        t->column = mem_resize(t->column, t->columns + 1, sizeof *t->column);
        t->column[t->columns++] = (struct table_column){name, kind_of(kind)};
    }
}

void table_finish(struct table *t)
{
    for (size_t i = 0; i < t->cells; i++)
        free(t->cell[i].text);
    free(t->cell);
    free(t->column);
    free(t->names);
    *t = (struct table){0};
}

static void add(struct table *t, struct table_cell cell)
{
    if (t->cells == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        t->cell = mem_resize(t->cell, t->capacity, sizeof *t->cell);
    }
    t->cell[t->cells++] = cell;
}

void table_number(struct table *t, double x)
{
    add(t, (struct table_cell){.empty = !isfinite(x), .number = x});
}

void table_text(struct table *t, const char *text)
{
    add(t, (struct table_cell){.empty = !text,
                               .number = NAN,
                               .text = text ? mem_copy_string(text) : NULL});
}

void table_print(struct table *t, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    table_text(t, text);
}

void table_numbers(struct table *t, size_t n, const double value[n])
{
    for (size_t k = 0; k < n; k++)
        table_number(t, value[k]);
}

void table_row(struct table *t, const double value[])
{
    table_numbers(t, t->columns, value);
}

size_t table_rows(const struct table *t)
{
    return t->cells / t->columns;
}

const struct table_cell *table_at(const struct table *t, size_t row, size_t column)
{
    assert(row < table_rows(t) && column < t->columns);
    return &t->cell[row * t->columns + column];
}

size_t table_find(const struct table *t, const char *name)
{
    size_t k = 0;
    while (k < t->columns && strcmp(t->column[k].name, name) != 0)
        k++;
    assert(k < t->columns);
    return k;
}

cJSON *table_json(const struct table *t)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < table_rows(t); i++) {
        cJSON *o = cJSON_CreateObject();
        for (size_t k = 0; k < t->columns; k++) {
            const struct table_cell *c = table_at(t, i, k);
            if (c->text || c->empty)
                json_text(o, t->column[k].name, c->text);
            else
                json_number(o, t->column[k].name, c->number);
        }
        cJSON_AddItemToArray(list, o);
    }
    return list;
}
