/* A table of numbers under names: what a device experiment writes as CSV.
 *
 *     struct columns t;
 *     columns_init(&t, "voltage_V,current_A");
 *     columns_row(&t, (double[]){1.0, 2e-3});
 *     columns_write(&t, "iv.csv", e);
 *     columns_finish(&t);
 */
#ifndef SPIKEBAR_REPORT_COLUMNS_H
#define SPIKEBAR_REPORT_COLUMNS_H

#include "base/buf.h"
#include "base/err.h"

struct columns {
    char *names; /* with commas between */
    size_t columns, rows, capacity;
    double *value; /* [rows][columns] */
};

void columns_init(struct columns *t, const char *names);
void columns_row(struct columns *t, const double value[]);
double columns_at(const struct columns *t, size_t row, size_t column);
void columns_render(const struct columns *t, struct buf *out); /* 17 digits; nan: empty */
MUST_USE int columns_write(const struct columns *t, const char *path, struct err *e);
void columns_finish(struct columns *t);

#endif
