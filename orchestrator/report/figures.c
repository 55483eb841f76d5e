#include "report/figures.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "num/line.h"
#include "num/stats.h"
#include "report/gnuplot.h"
#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define ORANGE 2
#define BINS 48 /* about so many in a histogram, before rounding */

/* --- confusion matrices --- */

/* A colour between white-ish and full, by `share` in 0..1. */
static unsigned blend(unsigned pale, unsigned full, double share)
{
    unsigned colour = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double a = (double)(pale >> shift & 255), b = (double)(full >> shift & 255);
        colour |= (unsigned)lround(a + (b - a) * share) << shift;
    }
    return colour;
}

/* Cells and counts of one matrix as two gnuplot data blocks. The colour tells the share
 * of the label's images: blue on the diagonal, orange beside it, which starts darker
 * so that a single error is seen. */
static void put_matrix(struct buf *out, size_t n,
                       const size_t count[SCORE_CLASSES][SCORE_CLASSES])
{
    struct buf texts = {0};
    buf_puts(out, "$cells << END\n");
    for (size_t i = 0; i < n; i++) {
        double row = 0;
        for (size_t j = 0; j < n; j++)
            row += (double)count[i][j];
        for (size_t j = 0; j < n; j++) {
            double share = row > 0 ? (double)count[i][j] / row : 0;
            unsigned colour = i == j ? blend(0xd6e6f7, 0x0b4f9e, share)
                                     : blend(0xffdcb8, 0xc44e00, share);
            if (!count[i][j])
                colour = i == j ? 0xf1f4f8 : 0xffffff;
            buf_printf(out, "%zu %zu 0.5 0.5 %u\n", j, i, colour);
            if (count[i][j])
                buf_printf(&texts, "%zu %zu %zu %u\n", j, i, count[i][j],
                           share > 0.5 ? 0xffffffu : 0x202429u);
        }
    }
    buf_printf(out, "END\n$texts << END\n%sEND\n", buf_text(&texts));
    buf_finish(&texts);
}

struct matrix_place {
    double left, right, bottom, top; /* of the axes, shares of the figure */
    double px_x, px_y;               /* a pixel, in the same measure */
};

static void put_matrix_plot(struct buf *out, size_t n, const char *who, size_t right,
                            size_t scored, struct matrix_place p)
{
    double edge = (double)n - 0.5;
    buf_printf(out,
               "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
               "set bmargin at screen %.5f\nset tmargin at screen %.5f\n",
               p.left, p.right, p.bottom, p.top);
    buf_printf(out, "set title '{/sans-serif:Bold %s}: %zu of %zu right'\n", who, right,
               scored);
    buf_printf(out,
               "set label 3 'answer' at screen %.5f,%.5f center\n"
               "set label 4 'label' at screen %.5f,%.5f center rotate\n",
               (p.left + p.right) / 2, p.bottom - 44 * p.px_y, p.left - 40 * p.px_x,
               (p.bottom + p.top) / 2);
    buf_printf(out, "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\n", edge, edge);
    buf_puts(out, "plot $cells using 1:2:3:4:5 with boxxyerror fs solid 1 "
                  "border lc rgb '#d5dae1' fc rgb variable lw 0.7 notitle, "
                  "$texts using 1:2:3:4 with labels tc rgb variable notitle\n");
}

int figure_confusion(const char *path, const struct score_set *set,
                     const struct score_summary *sum, struct err *e)
{
    struct buf out = {0};
    size_t n = set->outputs;
    if (n > SCORE_CLASSES) {
        err_set(e, ERR_INPUT, "no picture: more than %d outputs", SCORE_CLASSES);
        err_place(e, "%s", path);
        return 1;
    }
    double cell = fmin(60, fmax(26, 400 / (double)n)), side = cell * (double)n;
    double w = 2 * (side + 70) + 30, h = side + 140;
    struct matrix_place first = {62 / w,          (62 + side) / w, 98 / h,
                                 (98 + side) / h, 1 / w,           1 / h};
    struct matrix_place second = first;
    second.left += (side + 86) / w;
    second.right += (side + 86) / w;
    buf_puts(&out, "unset key\nset border 15 lc rgb '#d5dae1'\nset tics scale 0 nomirror "
                   "textcolor rgb '#30343a'\nset xtics 1\nset ytics 1\nset format '%g'\n"
                   "set title offset 0,-0.5\nset multiplot\n");
    buf_printf(
        &out,
        "set label 1 'blue: right, orange: wrong; the darker, the larger the share "
        "of that label' at screen 0.5,%.5f center textcolor rgb '#5a6068'\n",
        18 / h);
    put_matrix(&out, n, sum->confusion_native);
    put_matrix_plot(&out, n, "network", sum->native_right, sum->scored, first);
    buf_puts(&out, "unset label 1\n");
    put_matrix(&out, n, sum->confusion_circuit);
    put_matrix_plot(&out, n, "circuit", sum->circuit_right, sum->scored, second);
    buf_puts(&out, "unset multiplot\n");
    int status = gnuplot_draw(path, (unsigned)w, (unsigned)h, out.data, e);
    buf_finish(&out);
    return status;
}

/* --- maxima and their errors --- */

/* Maxima of the scored images, those of the outputs that win in the network first.
 * One block of four arrays; `native` owns it. */
struct cloud {
    size_t n, winners;
    double *native, *circuit, *error_percent;
};

static void cloud_add(struct cloud *c, const struct score_summary *sum,
                      const struct score_image *s, size_t j)
{
    c->native[c->n] = s->native[j];
    c->circuit[c->n] = sum->scale_V == 0 ? 0 : s->circuit_V[j] / sum->scale_V;
    c->error_percent[c->n] = 100 * scores_error(sum, s->circuit_V[j], s->native[j]);
    c->n++;
}

static struct cloud cloud_make(const struct score_set *set,
                               const struct score_summary *sum)
{
    struct cloud c = {0};
    size_t most = sum->scored * set->outputs;
    c.native = mem_alloc(3 * most, sizeof c.native[0]);
    c.circuit = c.native + most;
    c.error_percent = c.circuit + most;
    for (int winners = 1; winners >= 0; winners--) {
        for (size_t k = 0; k < set->images; k++) {
            const struct score_image *s = &set->image[k];
            size_t winner = stats_argmax(set->outputs, s->native);
            for (size_t j = 0; !s->failed && j < set->outputs; j++)
                if ((j == winner) == winners)
                    cloud_add(&c, sum, s, j);
        }
        c.winners = winners ? c.n : c.winners;
    }
    return c;
}

static void describe(const struct score_set *set, const struct score_summary *sum,
                     size_t size, char text[])
{
    snprintf(text, size,
             "%zu maxima; rms error %.3g %%, largest %.3g %% of the largest maximum",
             sum->scored * set->outputs, 100 * sum->error_rms, 100 * sum->error_max);
}

int figure_maxima(const char *path, const struct score_set *set,
                  const struct score_summary *sum, struct err *e)
{
    char subtitle[160];
    struct cloud c = cloud_make(set, sum);
    size_t w = c.winners, rest = c.n - w;
    double largest = fmax(sum->native_max, stats_max_abs(c.n, c.circuit));
    double top = largest > 0 ? 1.04 * largest : 1, low = 0;
    for (size_t i = 0; i < c.n; i++)
        low = fmin(low, fmin(c.circuit[i], c.native[i]));
    const double line[] = {0, top}, zero[] = {0, 0};
    const struct plot_series maxima[] = {
        {"1:1", 2, line, line, PLOT_DASHED, PLOT_GREY, 0},
        {"other outputs", rest, c.native + w, c.circuit + w, PLOT_POINTS, 1, 0},
        {"winning output", w, c.native, c.circuit, PLOT_POINTS, ORANGE, 0},
    };
    const struct plot_series errors[] = {
        {NULL, 2, line, zero, PLOT_DASHED, PLOT_GREY, 0},
        {NULL, rest, c.native + w, c.error_percent + w, PLOT_POINTS, 1, 0},
        {NULL, w, c.native, c.error_percent, PLOT_POINTS, ORANGE, 0},
    };
    const struct plot_panel panels[] = {
        {.y_label = "circuit maximum / scale",
         .x_min = low,
         .x_max = top,
         .y_min = low,
         .y_max = top,
         .height = 2.2,
         .n = c.n ? COUNT(maxima) : 0,
         .series = maxima},
        {.x_label = "network maximum, in peaks of one synapse at w = 1",
         .x_min = low,
         .x_max = top,
         .y_label = "difference, %",
         .n = c.n ? COUNT(errors) : 0,
         .series = errors},
    };
    describe(set, sum, sizeof subtitle, subtitle);
    int status = plot_write(path,
                            &(struct plot_figure){.title = "Membrane maxima",
                                                  .subtitle = subtitle,
                                                  .height_px = 680,
                                                  .n = COUNT(panels),
                                                  .panel = panels},
                            e);
    free(c.native);
    return status;
}

int figure_errors(const char *path, const struct score_set *set,
                  const struct score_summary *sum, struct err *e)
{
    char subtitle[160], legend[64];
    struct cloud c = cloud_make(set, sum);
    double rms = 100 * sum->error_rms, largest = 100 * sum->error_max, peak = 0;
    if (!isfinite(rms) || !isfinite(largest)) /* no bins can hold such */
        c.n = 0, rms = largest = 0;
    double width = plot_round_up(fmax(2 * largest / BINS, 1e-9));
    size_t half = (size_t)ceil(largest / width) + 1, bins = 2 * half + 1;
    double *centre = mem_alloc(2 * bins, sizeof centre[0]), *count = centre + bins;
    for (size_t i = 0; i < bins; i++)
        centre[i] = ((double)i - (double)half) * width;
    for (size_t i = 0; i < c.n; i++) {
        double at = round(c.error_percent[i] / width) + (double)half;
        peak = fmax(peak, ++count[(size_t)at]);
    }
    const double low[] = {-rms, -rms}, high[] = {rms, rms}, up[] = {0, 1.05 * peak};
    snprintf(legend, sizeof legend, "\u00b1 rms, %.3g %%", rms);
    const struct plot_series series[] = {
        {"maxima", bins, centre, count, PLOT_BARS, 1, 0},
        {legend, 2, low, up, PLOT_DASHED, ORANGE, 2},
        {NULL, 2, high, up, PLOT_DASHED, ORANGE, 2},
    };
    const struct plot_panel panel = {
        .x_label = "circuit \u2212 network, % of the largest maximum",
        .y_label = "number of maxima",
        .x_min = centre[0] - width,
        .x_max = centre[bins - 1] + width,
        .y_max = up[1],
        .n = c.n ? COUNT(series) : 0,
        .series = series};
    describe(set, sum, sizeof subtitle, subtitle);
    int status = plot_write(path,
                            &(struct plot_figure){.title = "Errors of the maxima",
                                                  .subtitle = subtitle,
                                                  .n = 1,
                                                  .panel = &panel},
                            e);
    free(centre);
    free(c.native);
    return status;
}

/* --- traces --- */

static double *times(size_t n, const double x[n], double factor)
{
    double *y = mem_alloc(n, sizeof y[0]);
    for (size_t i = 0; x && i < n; i++)
        y[i] = factor * x[i];
    return y;
}

/* The winner is orange; the others take the palette without it, grey beyond. */
static int colour_of(const struct figure_traces *t, size_t j)
{
    size_t place = j - (j > t->winner);
    if (j == t->winner)
        return ORANGE;
    return place >= PLOT_COLOURS - 1 ? PLOT_GREY : (int)(place == 0 ? 1 : place + 2);
}

/* The samples of all traces as they are drawn. */
struct drawn {
    double *native_ms, *circuit_ms, *circuit, *error; /* [natives], [circuits], */
}; /* [outputs][circuits], [outputs][natives] */

static void difference(const struct figure_traces *t, struct drawn *d)
{
    double percent = t->native_max > 0 ? 100 / t->native_max : 0;
    for (size_t j = 0; t->circuits && j < t->outputs; j++)
        for (size_t i = 0; i < t->natives; i++) {
            double circuit = line_at(t->circuits, t->circuit_s,
                                     d->circuit + j * t->circuits, t->native_s[i]);
            d->error[j * t->natives + i] =
                percent * (circuit - t->native[j * t->natives + i]);
        }
}

/* The outputs in order, the winner at the end once more, to lie on top. */
static size_t in_order(const struct figure_traces *t, size_t i)
{
    return i < t->outputs ? i : t->winner;
}

/* Bands of the circuit first, then the lines of the network. Returns how many series
 * it made: two for the legend and two for each output and once more for the winner. */
static size_t membrane_series(const struct figure_traces *t, const struct drawn *d,
                              char (*name)[32], struct plot_series series[])
{
    size_t n = 0;
    series[n++] = (struct plot_series){
        "network (line)", 1, d->native_ms, t->native, PLOT_LINE, PLOT_GREY, 1.6};
    series[n++] = (struct plot_series){
        "circuit (band)", 1, d->circuit_ms, d->circuit, PLOT_BAND, PLOT_GREY, 0};
    for (size_t i = 0; i <= t->outputs; i++) {
        size_t j = in_order(t, i);
        const double *y = d->circuit + j * t->circuits;
        if (i == t->outputs || j != t->winner)
            series[n++] =
                (struct plot_series){NULL,      t->circuits,     d->circuit_ms,         y,
                                     PLOT_BAND, colour_of(t, j), j == t->winner ? 9 : 6};
    }
    for (size_t i = 0; i <= t->outputs; i++) {
        size_t j = in_order(t, i);
        const double *y = t->native + j * t->natives;
        snprintf(name[j], sizeof name[j], "output %zu%s", j,
                 j == t->winner ? ", wins" : "");
        series[n++] = (struct plot_series){i < t->outputs ? name[j] : NULL,
                                           t->natives,
                                           d->native_ms,
                                           y,
                                           PLOT_LINE,
                                           colour_of(t, j),
                                           j == t->winner ? 2.6 : 1.2};
    }
    return n;
}

static size_t error_series(const struct figure_traces *t, const struct drawn *d,
                           struct plot_series series[])
{
    for (size_t j = 0; j < t->outputs; j++)
        series[j] = (struct plot_series){NULL,
                                         t->circuits ? t->natives : 0,
                                         d->native_ms,
                                         d->error + j * t->natives,
                                         PLOT_LINE,
                                         colour_of(t, j),
                                         j == t->winner ? 2.2 : 1.1};
    return t->outputs;
}

int figure_traces(const char *path, const struct figure_traces *t, struct err *e)
{
    double volts = t->scale_V == 0 ? 0 : 1 / t->scale_V;
    struct drawn d = {
        .native_ms = times(t->natives, t->native_s, 1e3),
        .circuit_ms = times(t->circuits, t->circuit_s, 1e3),
        .circuit = times(t->outputs * t->circuits, t->circuit_V, volts),
        .error = mem_alloc(t->outputs * t->natives, sizeof d.error[0]),
    };
    struct plot_series *series = mem_alloc(3 * t->outputs + 3, sizeof series[0]);
    char(*name)[32] = mem_alloc(t->outputs, sizeof name[0]);
    difference(t, &d);
    size_t membranes = membrane_series(t, &d, name, series);
    size_t errors = error_series(t, &d, series + membranes);
    double end = t->natives ? d.native_ms[t->natives - 1] : 0;
    const struct plot_panel panels[] = {
        {.y_label = "membrane, peaks of one synapse",
         .height = 2.4,
         .x_max = end,
         .n = membranes,
         .series = series},
        {.x_label = "time, ms",
         .y_label = "difference, %",
         .x_max = end,
         .n = errors,
         .series = series + membranes},
    };
    int status = plot_write(path,
                            &(struct plot_figure){.title = t->title,
                                                  .subtitle = t->subtitle,
                                                  .height_px = 620,
                                                  .n = COUNT(panels),
                                                  .panel = panels},
                            e);
    free(d.native_ms), free(d.circuit_ms), free(d.circuit), free(d.error);
    free(series), free(name);
    return status;
}

/* --- one neuron --- */

static const struct prefix {
    double unit;
    const char *name;
} prefixes[] = {{1, ""}, {1e-3, "m"}, {1e-6, "\u00b5"}, {1e-9, "n"}, {1e-12, "p"}};

static const struct prefix *prefix_for(size_t n, const double x[n])
{
    double largest = stats_max_abs(n, x);
    for (size_t i = 0; i < COUNT(prefixes); i++)
        if (largest >= prefixes[i].unit)
            return &prefixes[i];
    return &prefixes[0];
}

#define NEURON_PANELS 5

/* Panels as they come together; what they point to is released at the end. */
struct neuron_plot {
    double *time_ms, *native_ms, *spike_ms;
    double *y[NEURON_PANELS], *native;
    char label[NEURON_PANELS][48];
    struct plot_series series[NEURON_PANELS][2];
    struct plot_panel panel[NEURON_PANELS];
    size_t n;
};

static void add_signal(struct neuron_plot *p, const struct figure_neuron *f,
                       const double *x, const char *name, const char *unit, int colour)
{
    size_t i = p->n;
    if (!x || !f->samples)
        return;
    const struct prefix *prefix = prefix_for(f->samples, x);
    p->y[i] = times(f->samples, x, 1 / prefix->unit);
    snprintf(p->label[i], sizeof p->label[i], "%s, %s%s", name, prefix->name, unit);
    p->series[i][0] =
        (struct plot_series){NULL, f->samples, p->time_ms, p->y[i], PLOT_LINE, colour, 0};
    p->panel[i] = (struct plot_panel){
        .y_label = p->label[i], .n = 1, .series = p->series[i], .height = 1};
    p->n++;
}

static void add_spikes(struct neuron_plot *p, const struct figure_neuron *f)
{
    if (!f->spike_s || !f->spikes)
        return;
    p->series[p->n][0] = (struct plot_series){
        NULL, f->spikes, p->spike_ms, f->spike_input, PLOT_SPIKES, PLOT_BLACK, 0};
    p->panel[p->n] = (struct plot_panel){.y_label = "input",
                                         .y_min = -0.5 - 0.04 * (double)f->inputs,
                                         .y_max = 1.04 * (double)f->inputs,
                                         .n = 1,
                                         .series = p->series[p->n],
                                         .height = 1.3};
    p->n++;
}

/* The circuit as a band in volts, the network x scale_V as a line on it. */
static void add_membrane(struct neuron_plot *p, const struct figure_neuron *f)
{
    size_t i = p->n;
    add_signal(p, f, f->membrane_V, "membrane", "V", 1);
    if (p->n == i)
        return;
    double volts = f->scale_V / prefix_for(f->samples, f->membrane_V)->unit;
    p->native = times(f->natives, f->native, volts);
    p->series[i][0].style = PLOT_BAND;
    p->series[i][0].name = "circuit";
    p->series[i][1] = (struct plot_series){
        "network", f->natives, p->native_ms, p->native, PLOT_LINE, ORANGE, 0};
    p->panel[i].n = f->native ? 2 : 1;
    p->panel[i].height = 1.6;
}

int figure_neuron(const char *path, const struct figure_neuron *f, struct err *e)
{
    struct neuron_plot p = {
        .time_ms = times(f->samples, f->time_s, 1e3),
        .native_ms = times(f->natives, f->native_s, 1e3),
        .spike_ms = times(f->spikes, f->spike_s, 1e3),
    };
    add_spikes(&p, f);
    add_signal(&p, f, f->tia_V, "TIA", "V", 3);
    add_signal(&p, f, f->synapse_V, "Vsyn", "V", 4);
    add_signal(&p, f, f->synapse_A, "Isyn", "A", 5);
    add_membrane(&p, f);
    for (size_t i = 0; i < p.n; i++)
        p.panel[i].x_max = f->samples ? p.time_ms[f->samples - 1] : 0;
    if (p.n)
        p.panel[p.n - 1].x_label = "time, ms";
    int status = plot_write(path,
                            &(struct plot_figure){.title = f->title,
                                                  .subtitle = f->subtitle,
                                                  .height_px = 160 + 130 * (unsigned)p.n,
                                                  .n = p.n,
                                                  .panel = p.panel},
                            e);
    for (size_t i = 0; i < NEURON_PANELS; i++)
        free(p.y[i]);
    free(p.time_ms), free(p.native_ms), free(p.spike_ms), free(p.native);
    return status;
}

/* --- all of a run --- */

int figures_write(const char *folder, const struct score_set *set,
                  const struct score_summary *sum, struct err *e)
{
    static const struct {
        const char *name;
        int (*draw)(const char *, const struct score_set *, const struct score_summary *,
                    struct err *);
    } figures[] = {
        {FIGURE_CONFUSION, figure_confusion},
        {FIGURE_MAXIMA, figure_maxima},
        {FIGURE_ERRORS, figure_errors},
    };
    static const char *const endings[] = {"svg", "png"};
    int worst = 0;
    for (size_t i = 0; i < COUNT(figures) * COUNT(endings); i++) {
        struct buf name = {0};
        buf_printf(&name, "%s.%s", figures[i / 2].name, endings[i % 2]);
        char *path = path_join(folder, name.data);
        int status = figures[i / 2].draw(path, set, sum, e);
        free(path);
        buf_finish(&name);
        if (status < 0)
            return status;
        worst = status > worst ? status : worst;
    }
    return worst;
}
