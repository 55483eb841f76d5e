/* Margins are set in pixels, from the texts that must fit in them, so that panels stand
 * exactly below each other and nothing overlaps at any size. */
#include "report/plot.h"

#include "base/buf.h"
#include "base/mem.h"
#include "report/gnuplot.h"

#include <math.h>
#include <stdlib.h>

#define DEFAULT_WIDTH 860
#define LEFT_PX 94    /* tick labels and y label */
#define RIGHT_PX 24   /* where there is no legend */
#define LETTER_PX 8.2 /* of the legend */
#define SAMPLE_PX 56  /* line sample of the legend and its gaps */
#define TITLE_PX 30   /* of the figure */
#define SUBTITLE_PX 22
#define PANEL_TITLE_PX 26
#define AXIS_PX 66 /* x tick labels and x label */
#define GAP_PX 20
#define X_LABEL_PX 51    /* from the axes to the middle of the x label */
#define LABEL_PX 21      /* middle of the y label */
#define TICK_PX 28       /* least distance of y ticks */
#define MARK_PX 8        /* least height of a spike's mark */
#define MOST_POINTS 3000 /* of a line; more cannot be seen on paper */
#define GRID 700         /* cells a side, dots in the same cell count once */

static const char *const colours[] = {
    "0b63b0", "d95f02", "1b8a5a", "7b4fa3", "c2255c", "8a6d1a", "0f8b9d",
    "e0a100", "8f2d14", "4c5f7a", "7a8088", "c9ced6", "202429",
};

/* What gnuplot is told, with the colour and the width put in. */
static const struct style {
    const char *with;
    double width;
} styles[] = {
    [PLOT_LINE] = {"with lines lt 1 lc rgb '#00%s' lw %g", 1.6},
    [PLOT_DASHED] = {"with lines dt (8,5) lc rgb '#00%s' lw %g", 1.4},
    [PLOT_BAND] = {"with lines lt 1 lc rgb '#a0%s' lw %g", 6},
    [PLOT_POINTS] = {"with points pt 7 lc rgb '#60%s' ps %g", 0.38},
    [PLOT_MARKED] = {"with linespoints lt 1 pt 7 ps 0.55 lc rgb '#00%s' lw %g", 1.6},
    [PLOT_STEPS] = {"with steps lt 1 lc rgb '#00%s' lw %g", 1.6},
    [PLOT_BARS] = {"with boxes fs solid 0.7 border lc rgb '#0b3f75' lc rgb '#00%s' lw %g",
                   0.5},
    [PLOT_SPIKES] = {"with vectors nohead lt 1 lc rgb '#00%s' lw %g", 1.4},
};

double plot_round_up(double x)
{
    const double steps[] = {1, 2, 5, 10};
    double unit = pow(10, floor(log10(x)));
    size_t i = 0;
    while (i < 3 && x > steps[i] * unit * (1 + 1e-9))
        i++;
    return steps[i] * unit;
}

struct range {
    double min, max;
};

/* What one panel needs to know of its place and its data. */
struct place {
    double top, bottom; /* of the axes, px from the lower edge of the figure */
    struct range x;     /* of its data, or of those it shares its axis with */
    struct range y;     /* of its data, or as asked for */
    bool empty;
};

static bool usable(const struct plot_panel *p, double x, double y)
{
    return isfinite(x) && isfinite(y) && (!p->x.log || x > 0) && (!p->y.log || y > 0);
}

static bool series_empty(const struct plot_panel *p, const struct plot_series *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (usable(p, s->x[i], s->y[i]))
            return false;
    return true;
}

static void put_point(struct buf *out, const struct plot_panel *p, double x, double y)
{
    if (usable(p, x, y))
        buf_printf(out, "%.9g %.9g\n", x, y);
    else
        buf_puts(out, "\n"); /* a gap in the line */
}

/* A long line: first, smallest, largest and last value of each of its stretches. */
static void put_stretches(struct buf *out, const struct plot_panel *p,
                          const struct plot_series *s)
{
    size_t length = 4 * (s->n / MOST_POINTS + 1);
    for (size_t from = 0; from < s->n; from += length) {
        size_t to = from + length < s->n ? from + length : s->n, low = from, high = from;
        for (size_t i = from; i < to; i++) {
            low = s->y[i] < s->y[low] ? i : low;
            high = s->y[i] > s->y[high] ? i : high;
        }
        size_t keep[] = {from, low < high ? low : high, low < high ? high : low, to - 1};
        for (int k = 0; k < 4; k++)
            if (k == 0 || keep[k] != keep[k - 1])
                put_point(out, p, s->x[keep[k]], s->y[keep[k]]);
    }
}

static struct range range_of(size_t n, const double x[n])
{
    struct range r = {INFINITY, -INFINITY};
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]))
            r = (struct range){fmin(r.min, x[i]), fmax(r.max, x[i])};
    return r;
}

static size_t cell_of(struct range r, double x)
{
    return r.max > r.min ? (size_t)((x - r.min) / (r.max - r.min) * (GRID - 1)) : 0;
}

/* A cloud of dots: those that fall on one already drawn are left out. */
static void put_cloud(struct buf *out, const struct plot_panel *p,
                      const struct plot_series *s)
{
    AUTO_FREE bool *taken = mem_alloc((size_t)GRID * GRID, sizeof taken[0]);
    struct range rx = range_of(s->n, s->x), ry = range_of(s->n, s->y);
    for (size_t i = 0; i < s->n; i++) {
        if (!usable(p, s->x[i], s->y[i]))
            continue;
        size_t cell = cell_of(rx, s->x[i]) * GRID + cell_of(ry, s->y[i]);
        if (!taken[cell])
            put_point(out, p, s->x[i], s->y[i]);
        taken[cell] = true;
    }
}

static void put_data(struct buf *out, const struct plot_panel *p,
                     const struct plot_series *s)
{
    if (s->style == PLOT_POINTS && s->n > MOST_POINTS)
        put_cloud(out, p, s);
    else if (s->n > MOST_POINTS && s->style <= PLOT_BAND)
        put_stretches(out, p, s);
    else
        for (size_t i = 0; i < s->n; i++)
            put_point(out, p, s->x[i], s->y[i]);
}

/* Half the height of a spike's mark: most of a row, but not too small to be seen. */
static double half_mark(const struct place *place)
{
    double per_px = (place->y.max - place->y.min) / (place->top - place->bottom);
    return fmax(0.42, 0.5 * MARK_PX * per_px);
}

static void put_series(struct buf *out, const struct plot_panel *p, size_t at,
                       const struct place *place)
{
    const struct plot_series *s = &p->series[at];
    const struct style *style = &styles[s->style];
    size_t colour = s->colour ? (size_t)s->colour - 1 : at % PLOT_COLOURS;
    double half = half_mark(place), width = s->width > 0 ? s->width : style->width;
    buf_printf(out, "$d%zu using ", at);
    if (s->style == PLOT_SPIKES)
        buf_printf(out, "1:($2-%.5g):(0):(%.5g) ", half, 2 * half);
    else
        buf_puts(out, "1:2 ");
    buf_printf(out, style->with, colours[colour], width);
    buf_puts(out, s->name ? " title " : " notitle");
    if (s->name)
        gnuplot_quote(out, s->name);
}

static void put_axis(struct buf *out, char axis, bool log, double min, double max)
{
    buf_printf(out, "%s logscale %c\nset format %c '%s'\nset %ctics autofreq\n",
               log ? "set" : "unset", axis, axis, log ? "10^{%T}" : "%g", axis);
    if (min < max)
        buf_printf(out, "set %crange [%.9g:%.9g]\n", axis, min, max);
    else
        buf_printf(out, "set %crange [*:*]\n", axis);
}

/* A step of the y ticks that leaves room between them. */
static void put_y_step(struct buf *out, const struct plot_panel *p,
                       const struct place *place)
{
    double most = fmax(2, floor((place->top - place->bottom) / TICK_PX));
    double range = place->y.max - place->y.min;
    if (!p->y.log && isfinite(range) && range > 0)
        buf_printf(out, "set ytics %.9g\n", plot_round_up(range / most));
}

/* By their own places, not gnuplot's, which differ from one kind of picture to another:
 * the y labels of all panels stand below each other. */
static void put_axis_labels(struct buf *out, const struct plot *f,
                            const struct plot_panel *p, const struct place *place,
                            double right)
{
    double w = f->width_px, h = f->height_px;
    buf_puts(out, "set label 3 ");
    gnuplot_quote(out, p->y.label);
    buf_printf(out, " at screen %.5f,%.5f center rotate noenhanced\n", LABEL_PX / w,
               (place->top + place->bottom) / 2 / h);
    buf_puts(out, "set label 4 ");
    gnuplot_quote(out, p->x.label);
    buf_printf(out, " at screen %.5f,%.5f center noenhanced\n",
               (LEFT_PX + w - right) / 2 / w, (place->bottom - X_LABEL_PX) / h);
}

static bool shares_axis(const struct plot *f, size_t i)
{
    return !f->panel[i].x.label && i + 1 < f->n;
}

static void put_panel(struct buf *out, const struct plot *f, size_t i,
                      const struct place *place, double right)
{
    const struct plot_panel *p = &f->panel[i];
    double w = f->width_px, h = f->height_px;
    for (size_t k = 0; k < p->n; k++) {
        buf_printf(out, "$d%zu << END\n", k);
        put_data(out, p, &p->series[k]);
        buf_puts(out, "END\n");
    }
    buf_printf(out, "set lmargin at screen %.5f\nset rmargin at screen %.5f\n",
               LEFT_PX / w, 1 - right / w);
    buf_printf(out, "set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
               place->top / h, place->bottom / h);
    buf_printf(out, "set key at screen %.5f,%.5f left top Left reverse noenhanced\n",
               1 - (right - 6) / w, (place->top + 4) / h);
    put_axis(out, 'x', p->x.log, place->x.min, place->x.max);
    put_axis(out, 'y', p->y.log, p->y.min, p->y.max);
    put_y_step(out, p, place);
    put_axis_labels(out, f, p, place, right);
    buf_puts(out, "set title ");
    gnuplot_quote(out, p->title);
    buf_puts(out, " noenhanced\n");
    if (shares_axis(f, i))
        buf_puts(out, "set format x ''\n");
    if (place->empty) {
        buf_puts(out, "unset logscale\nset xrange [0:1]\nset yrange [0:1]\n"
                      "set format ''\nset label 9 'no data' at graph 0.5,0.5 center\n"
                      "plot NaN notitle\nunset label 9\n");
        return;
    }
    const char *separator = "plot ";
    for (size_t k = 0; k < p->n; k++) {
        if (series_empty(p, &p->series[k]))
            continue;
        buf_puts(out, separator);
        put_series(out, p, k, place);
        separator = ", ";
    }
    buf_puts(out, "\n");
}

/* The room that the longest name of the legends wants. */
static double right_margin(const struct plot *f)
{
    size_t longest = 0;
    for (size_t i = 0; i < f->n; i++)
        for (size_t k = 0; k < f->panel[i].n; k++) {
            const char *name = f->panel[i].series[k].name;
            size_t letters = 0;
            for (; name && *name; name++)
                letters += (*name & 0xC0) != 0x80; /* UTF-8 */
            longest = letters > longest ? letters : longest;
        }
    double want = SAMPLE_PX + LETTER_PX * (double)longest;
    return longest ? fmin(want, 0.45 * f->width_px) : RIGHT_PX;
}

/* The ranges of the panel's own data, or those that were asked for. */
static void look_at_data(const struct plot_panel *p, struct place *place)
{
    struct range rx = {INFINITY, -INFINITY}, ry = rx;
    for (size_t k = 0; k < p->n; k++)
        for (size_t i = 0; i < p->series[k].n; i++) {
            double x = p->series[k].x[i], y = p->series[k].y[i];
            if (!usable(p, x, y))
                continue;
            rx = (struct range){fmin(rx.min, x), fmax(rx.max, x)};
            ry = (struct range){fmin(ry.min, y), fmax(ry.max, y)};
        }
    place->empty = rx.min > rx.max;
    place->x = p->x.min < p->x.max ? (struct range){p->x.min, p->x.max} : rx;
    place->y = p->y.min < p->y.max ? (struct range){p->y.min, p->y.max} : ry;
}

/* Panels on one axis get one range; a panel by itself leaves it to gnuplot. */
static void share_ranges(const struct plot *f, struct place place[])
{
    for (size_t i = 0, last; i < f->n; i = last + 1) {
        struct range all = {INFINITY, -INFINITY};
        for (last = i; shares_axis(f, last);)
            last++;
        for (size_t k = i; k <= last; k++)
            all = (struct range){fmin(all.min, place[k].x.min),
                                 fmax(all.max, place[k].x.max)};
        bool own = last == i && !(f->panel[i].x.min < f->panel[i].x.max);
        for (size_t k = i; k <= last; k++)
            place[k].x = own ? (struct range){0, 0} : all;
    }
}

/* From the top down: title, then each panel with the texts around it. What is left of
 * the height goes to the axes in their shares. */
static void put_in_place(const struct plot *f, struct place place[])
{
    double shares = 0, y = f->height_px - 12.0;
    y -= (f->title ? TITLE_PX : 0) + (f->subtitle ? SUBTITLE_PX : 0);
    double room = y;
    for (size_t i = 0; i < f->n; i++) {
        room -= f->panel[i].title ? PANEL_TITLE_PX : 0;
        room -= shares_axis(f, i) ? GAP_PX : AXIS_PX;
        shares += f->panel[i].height > 0 ? f->panel[i].height : 1;
    }
    for (size_t i = 0; i < f->n; i++) {
        double share = (f->panel[i].height > 0 ? f->panel[i].height : 1) / shares;
        place[i].top = y - (f->panel[i].title ? PANEL_TITLE_PX : 0);
        place[i].bottom = place[i].top - share * room;
        y = place[i].bottom - (shares_axis(f, i) ? GAP_PX : AXIS_PX);
    }
}

static void put_head(struct buf *out, const struct plot *f)
{
    double w = f->width_px, h = f->height_px, y = h - 22;
    buf_puts(out, "set border 3 lc rgb '#5a6068' lw 1\n"
                  "set tics nomirror out scale 0.6 textcolor rgb '#30343a'\n"
                  "set grid lt 1 lc rgb '#e4e7eb' lw 0.8\n"
                  "set title offset 0,-0.4\n"
                  "set key samplen 2\nset boxwidth 0.92 relative\n"
                  "set multiplot\n");
    if (f->title) {
        buf_puts(out, "set label 1 ");
        gnuplot_quote_bold(out, f->title);
        buf_printf(out, " at screen %.5f,%.5f left\n", LEFT_PX / w, y / h);
        y -= SUBTITLE_PX;
    }
    if (f->subtitle) {
        buf_puts(out, "set label 2 ");
        gnuplot_quote(out, f->subtitle);
        buf_printf(out, " at screen %.5f,%.5f left textcolor rgb '#5a6068' noenhanced\n",
                   LEFT_PX / w, y / h);
    }
}

static void put_script(struct plot *f, struct buf *out)
{
    f->width_px = f->width_px ? f->width_px : DEFAULT_WIDTH;
    f->height_px = f->height_px ? f->height_px : 140 + 260 * (unsigned)f->n;
    AUTO_FREE struct place *place = mem_alloc(f->n, sizeof place[0]);
    for (size_t i = 0; i < f->n; i++)
        look_at_data(&f->panel[i], &place[i]);
    share_ranges(f, place);
    put_in_place(f, place);
    put_head(out, f);
    double right = right_margin(f);
    for (size_t i = 0; i < f->n; i++) {
        put_panel(out, f, i, &place[i], right);
        buf_puts(out, "unset label 1\nunset label 2\n");
    }
    buf_puts(out, "unset multiplot\n");
}

/* ---- how it grows ---- */

void plot_init(struct plot *p, const char *title, const char *subtitle)
{
    *p = (struct plot){.title = title, .subtitle = subtitle};
}

void plot_finish(struct plot *p)
{
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < p->panel[i].n; k++) {
            free(p->panel[i].series[k].name);
            free(p->panel[i].series[k].x);
        }
        free(p->panel[i].series);
        free(p->panel[i].title);
    }
    free(p->panel);
    *p = (struct plot){0};
}

struct plot_panel *plot_panel(struct plot *p, const char *title)
{
    p->panel = mem_resize(p->panel, p->n + 1, sizeof p->panel[0]);
    p->panel[p->n] = (struct plot_panel){.title = title ? mem_copy_string(title) : NULL};
    return &p->panel[p->n++];
}

static double scaled(const struct plot_axis *a, double x)
{
    double y = a->factor != 0 ? a->factor * x : x;
    return a->floor > 0 ? fmax(fabs(y), a->floor) : y;
}

struct plot_series *plot_add(struct plot *p, const char *name, size_t n, const double *x,
                             const double *y, enum plot_style style, int colour)
{
    struct plot_panel *a = &p->panel[p->n - 1];
    double *own = mem_alloc(2 * n, sizeof *own);
    for (size_t i = 0; i < n; i++) {
        own[i] = scaled(&a->x, x[i]);
        own[n + i] = scaled(&a->y, y[i]);
    }
    a->series = mem_resize(a->series, a->n + 1, sizeof a->series[0]);
    a->series[a->n] = (struct plot_series){
        name ? mem_copy_string(name) : NULL, n, own, own + n, style, colour, 0};
    return &a->series[a->n++];
}

struct plot_series *plot_columns(struct plot *p, const char *name, const struct table *t,
                                 size_t first, size_t n, const char *x, const char *y,
                                 enum plot_style style, int colour)
{
    AUTO_FREE double *value = mem_alloc(2 * n, sizeof *value);
    size_t column[] = {table_find(t, x), table_find(t, y)};
    for (size_t i = 0; i < 2 * n; i++)
        value[i] = table_at(t, first + i % n, column[i / n])->number;
    return plot_add(p, name, n, value, value + n, style, colour);
}

/* ---- files ---- */

int plot_write(const char *path, struct plot *p, struct err *e)
{
    struct buf script = {0};
    put_script(p, &script);
    int status = gnuplot_draw(path, p->width_px, p->height_px, script.data, e);
    buf_finish(&script);
    plot_finish(p);
    return status;
}

int plot_save(const char *folder, const char *name, struct plot *p, struct err *e)
{
    struct buf script = {0};
    put_script(p, &script);
    int status = gnuplot_save(folder, name, p->width_px, p->height_px, script.data, e);
    buf_finish(&script);
    plot_finish(p);
    return status;
}
