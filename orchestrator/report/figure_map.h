/* A map of two axes: a field for each pair of values, with its number and colour.
 *
 *     figure_map(folder, "map", &(struct figure_map){...}, e);    map.svg and map.png
 */
#pragma once

#include "base/err.h"

#include <stddef.h>

/* Everything is borrowed. */
struct figure_map {
    const char *title, *x, *y; /* names of the axes */
    size_t columns, rows;
    const char *const *column; /* [columns] values along x */
    const char *const *row;    /* [rows] along y, from below */
    const double *value;       /* [rows][columns]; what is not finite stays white */
};

/* Nothing is drawn of more than 40 columns or rows, which is told. */
MUST_USE int figure_map(const char *folder, const char *name, const struct figure_map *m,
                        struct err *e);
