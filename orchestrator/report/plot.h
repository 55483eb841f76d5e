/* Line plots of one or more panels, one above the other, as SVG or PNG.
 *
 * A plot grows: a panel, its axes, its series, the next panel. Values are copied when a
 * series is added, times the factors that its axes have then, so that callers stay with
 * SI units and the labels say others. Names of series stand to the right of the panel,
 * never in it. Titles of panels and names are copied; labels and the plot's own title are
 * borrowed.
 *
 *     struct plot p;
 *     plot_init(&p, "Memristor", NULL);
 *     struct plot_panel *a = plot_panel(&p, "pinched loop");
 *     a->x.label = "voltage (V)";
 *     a->y = (struct plot_axis){.label = "current (uA)", .factor = 1e6};
 *     plot_add(&p, "set", n, volt_V, current_A, PLOT_LINE, 0);
 *     plot_save(folder, "iv", &p, e);
 */
#pragma once

#include "base/err.h"
#include "report/table.h"

#include <stdbool.h>
#include <stddef.h>

enum plot_style {
    PLOT_LINE,
    PLOT_DASHED,
    PLOT_BAND,   /* wide and pale, to lie below a line */
    PLOT_POINTS, /* small dots */
    PLOT_MARKED, /* line with a dot at each value */
    PLOT_STEPS,
    PLOT_BARS,   /* boxes around x, from 0 to y */
    PLOT_SPIKES, /* short upright marks at (x, y): a raster */
};

#define PLOT_COLOURS 10
enum { PLOT_GREY = PLOT_COLOURS + 1, PLOT_PALE, PLOT_BLACK };

struct plot_series {
    char *name; /* NULL: not in the legend */
    size_t n;   /* values; those that are not finite leave a gap */
    double *x, *y;
    enum plot_style style;
    int colour;   /* 1..PLOT_COLOURS, PLOT_GREY, ...; 0: by its place in the panel */
    double width; /* of the line, px; 0: the style's own */
};

struct plot_axis {
    const char
        *label;      /* with the unit; an x axis without one is that of the next panel */
    double factor;   /* of the values that are added; 0: 1 */
    double min, max; /* both equal: from the data */
    bool log;
    double floor; /* above 0: magnitudes are drawn, none below it */
};

struct plot_panel {
    char *title; /* may be NULL */
    struct plot_axis x, y;
    double height; /* share of the plot's; 0: 1 */
    size_t n;
    struct plot_series *series;
};

struct plot {
    const char *title, *subtitle; /* may be NULL */
    unsigned width_px, height_px; /* 0: 860, and 340 and a bit for each panel */
    size_t n;
    struct plot_panel *panel;
};

void plot_init(struct plot *p, const char *title, const char *subtitle);
void plot_finish(struct plot *p);

/* The next panel; valid until the one after it. */
struct plot_panel *plot_panel(struct plot *p, const char *title);

/* A series of the last panel; valid until the one after it. */
struct plot_series *plot_add(struct plot *p, const char *name, size_t n, const double *x,
                             const double *y, enum plot_style style, int colour);

/* The same from two columns of a table, n rows of it from `first` on. */
struct plot_series *plot_columns(struct plot *p, const char *name, const struct table *t,
                                 size_t first, size_t n, const char *x, const char *y,
                                 enum plot_style style, int colour);

/* These two release the plot. */

/* 0; 1 if there is no gnuplot (nothing is written, `e` says what to install); -1 if the
 * file cannot be written. */
MUST_USE int plot_write(const char *path, struct plot *p, struct err *e);

/* folder/name.svg and .png; where there is no gnuplot, that is told once and is no
 * error. */
MUST_USE int plot_save(const char *folder, const char *name, struct plot *p,
                       struct err *e);

/* The smallest of 1, 2, 5 x 10^k that is not below x > 0: a step for axes and bins. */
double plot_round_up(double x);
