#include "report/columns.h"

#include "base/file.h"
#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void columns_init(struct columns *t, const char *names)
{
    *t = (struct columns){.names = mem_copy_string(names), .columns = 1};
    for (const char *c = names; *c; c++)
        t->columns += *c == ',';
}

void columns_row(struct columns *t, const double value[])
{
    if (t->rows == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        t->value = mem_resize(t->value, t->capacity * t->columns, sizeof *t->value);
    }
    memcpy(t->value + t->rows++ * t->columns, value, t->columns * sizeof *value);
}

double columns_at(const struct columns *t, size_t row, size_t column)
{
    assert(row < t->rows && column < t->columns);
    return t->value[row * t->columns + column];
}

void columns_render(const struct columns *t, struct buf *out)
{
    buf_printf(out, "%s\n", t->names);
    for (size_t i = 0; i < t->rows; i++)
        for (size_t k = 0; k < t->columns; k++) {
            double x = columns_at(t, i, k);
            if (isfinite(x))
                buf_printf(out, "%.17g", x);
            buf_puts(out, k + 1 < t->columns ? "," : "\n");
        }
}

int columns_write(const struct columns *t, const char *path, struct err *e)
{
    struct buf text = {0};
    columns_render(t, &text);
    int status = file_write(path, text.data, text.len, e);
    buf_finish(&text);
    return status;
}

void columns_finish(struct columns *t)
{
    free(t->names);
    free(t->value);
    *t = (struct columns){0};
}
