/* Line plots of one or more panels, one above the other, as SVG or PNG.
 *
 * A panel without an x label shows the x axis of the one below it. Names of series
 * stand to the right of the panel, never in it. Everything is borrowed for the call.
 *
 *     struct plot_series loss = {.name = "loss", .n = n, .x = epoch, .y = y};
 *     struct plot_panel panel = {.x_label = "epoch", .y_label = "loss",
 *                                .n = 1, .series = &loss};
 *     plot_write("loss.svg", &(struct plot_figure){.n = 1, .panel = &panel}, &e);
 */
#ifndef SPIKEBAR_REPORT_PLOT_H
#define SPIKEBAR_REPORT_PLOT_H

#include "base/err.h"

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
    const char *name; /* NULL: not in the legend */
    size_t n;         /* values; those that are not finite leave a gap */
    const double *x, *y;
    enum plot_style style;
    int colour;   /* 1..PLOT_COLOURS, PLOT_GREY, ...; 0: by its place in the panel */
    double width; /* of the line, px; 0: the style's own */
};

struct plot_panel {
    const char *title, *x_label, *y_label; /* each may be NULL; labels say the unit */
    bool x_log, y_log;
    double x_min, x_max, y_min, y_max; /* both equal: from the data */
    double height;                     /* share of the figure's; 0: 1 */
    size_t n;
    const struct plot_series *series;
};

struct plot_figure {
    const char *title, *subtitle; /* may be NULL */
    unsigned width_px, height_px; /* 0: 860, and 340 and a bit for each panel */
    size_t n;
    const struct plot_panel *panel;
};

/* 0; 1 if there is no gnuplot (nothing is written, `e` says what to install); -1 if the
 * file cannot be written. */
MUST_USE int plot_write(const char *path, const struct plot_figure *figure,
                        struct err *e);

/* The smallest of 1, 2, 5 x 10^k that is not below x > 0: a step for axes and bins. */
double plot_round_up(double x);

#endif
