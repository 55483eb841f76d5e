#include "report/figures.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "num/line.h"
#include "num/stats.h"
#include "report/gnuplot.h"
#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    AUTO(buf_finish) struct buf texts = {0};
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

int figure_confusion(const char *folder, const struct score_set *set,
                     const struct score_summary *sum, struct err *e)
{
    AUTO(buf_finish) struct buf out = {0};
    size_t n = set->outputs;
    if (n > SCORE_CLASSES) {
        log_say("no picture of the confusion: more than %d outputs", SCORE_CLASSES);
        return 0;
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
    return gnuplot_save(folder, FIGURE_CONFUSION, (unsigned)w, (unsigned)h, out.data, e);
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

/* Line, then the other outputs, then the winning ones on top, to y of the cloud. */
static void add_cloud(struct plot *p, const struct cloud *c, const double *y,
                      const double line_x[2], const double line_y[2], bool named)
{
    size_t w = c->winners, rest = c->n - w;
    if (!c->n)
        return;
    plot_add(p, named ? "1:1" : NULL, 2, line_x, line_y, PLOT_DASHED, PLOT_GREY);
    plot_add(p, named ? "other outputs" : NULL, rest, c->native + w, y + w, PLOT_POINTS,
             1);
    plot_add(p, named ? "winning output" : NULL, w, c->native, y, PLOT_POINTS, ORANGE);
}

static int draw_maxima(const char *folder, const struct score_set *set,
                       const struct score_summary *sum, struct err *e)
{
    char subtitle[160];
    struct plot p;
    struct cloud c = cloud_make(set, sum);
    double largest = fmax(sum->native_max, stats_max_abs(c.n, c.circuit));
    double top = largest > 0 ? 1.04 * largest : 1, low = 0;
    for (size_t i = 0; i < c.n; i++)
        low = fmin(low, fmin(c.circuit[i], c.native[i]));
    const double line[] = {0, top}, zero[] = {0, 0};
    describe(set, sum, sizeof subtitle, subtitle);
    plot_init(&p, "Membrane maxima", subtitle);
    p.height_px = 680;
    struct plot_panel *a = plot_panel(&p, NULL);
    a->height = 2.2;
    a->x = (struct plot_axis){.min = low, .max = top};
    a->y = (struct plot_axis){.label = "circuit maximum / scale", .min = low, .max = top};
    add_cloud(&p, &c, c.circuit, line, line, true);
    a = plot_panel(&p, NULL);
    a->x = (struct plot_axis){
        "network maximum, in peaks of one synapse at w = 1", 1, low, top, false, 0};
    a->y.label = "difference, %";
    add_cloud(&p, &c, c.error_percent, line, zero, false);
    free(c.native);
    return plot_save(folder, FIGURE_MAXIMA, &p, e);
}

static int draw_errors(const char *folder, const struct score_set *set,
                       const struct score_summary *sum, struct err *e)
{
    char subtitle[160], legend[64];
    struct plot p;
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
    describe(set, sum, sizeof subtitle, subtitle);
    plot_init(&p, "Errors of the maxima", subtitle);
    struct plot_panel *a = plot_panel(&p, NULL);
    a->x = (struct plot_axis){.label = "circuit \u2212 network, % of the largest maximum",
                              .min = centre[0] - width,
                              .max = centre[bins - 1] + width};
    a->y = (struct plot_axis){.label = "number of maxima", .max = up[1]};
    if (c.n) {
        plot_add(&p, "maxima", bins, centre, count, PLOT_BARS, 1);
        plot_add(&p, legend, 2, low, up, PLOT_DASHED, ORANGE)->width = 2;
        plot_add(&p, NULL, 2, high, up, PLOT_DASHED, ORANGE)->width = 2;
    }
    free(centre);
    free(c.native);
    return plot_save(folder, FIGURE_ERRORS, &p, e);
}

/* --- traces --- */

/* The winner is orange; the others take the palette without it, grey beyond. */
static int colour_of(const struct figure_traces *t, size_t j)
{
    size_t place = j - (j > t->winner);
    if (j == t->winner)
        return ORANGE;
    return place >= PLOT_COLOURS - 1 ? PLOT_GREY : (int)(place == 0 ? 1 : place + 2);
}

/* Bands of the circuit, lines of the network; the winner last, to lie on top. */
static void add_membranes(struct plot *p, const struct figure_traces *t, double volts)
{
    struct plot_axis *y = &p->panel[p->n - 1].y;
    char name[32];
    plot_add(p, "network (line)", t->natives > 0, t->native_s, t->native, PLOT_LINE,
             PLOT_GREY);
    y->factor = volts;
    plot_add(p, "circuit (band)", t->circuits > 0, t->circuit_s, t->circuit_V, PLOT_BAND,
             PLOT_GREY);
    for (size_t i = 0; i <= t->outputs; i++) {
        size_t j = i < t->outputs ? i : t->winner;
        if (i == t->outputs || j != t->winner)
            plot_add(p, NULL, t->circuits, t->circuit_s, t->circuit_V + j * t->circuits,
                     PLOT_BAND, colour_of(t, j))
                ->width = j == t->winner ? 9 : 6;
    }
    y->factor = 1;
    for (size_t i = 0; i <= t->outputs; i++) {
        size_t j = i < t->outputs ? i : t->winner;
        snprintf(name, sizeof name, "output %zu%s", j, j == t->winner ? ", wins" : "");
        plot_add(p, i < t->outputs ? name : NULL, t->natives, t->native_s,
                 t->native + j * t->natives, PLOT_LINE, colour_of(t, j))
            ->width = j == t->winner ? 2.6 : 1.2;
    }
}

static void add_differences(struct plot *p, const struct figure_traces *t, double volts)
{
    double percent = t->native_max > 0 ? 100 / t->native_max : 0;
    AUTO_FREE double *error = mem_alloc(t->natives, sizeof error[0]);
    for (size_t j = 0; t->circuits && j < t->outputs; j++) {
        for (size_t i = 0; i < t->natives; i++)
            error[i] = percent *
                       (volts * line_at(t->circuits, t->circuit_s,
                                        t->circuit_V + j * t->circuits, t->native_s[i]) -
                        t->native[j * t->natives + i]);
        plot_add(p, NULL, t->natives, t->native_s, error, PLOT_LINE, colour_of(t, j))
            ->width = j == t->winner ? 2.2 : 1.1;
    }
}

int figure_traces(const char *path, const struct figure_traces *t, struct err *e)
{
    double volts = t->scale_V == 0 ? 1 : 1 / t->scale_V;
    double end = t->natives ? 1e3 * t->native_s[t->natives - 1] : 0;
    struct plot p;
    plot_init(&p, t->title, t->subtitle);
    p.height_px = 620;
    struct plot_panel *a = plot_panel(&p, NULL);
    a->height = 2.4;
    a->x = (struct plot_axis){.factor = 1e3, .max = end};
    a->y.label = "membrane, peaks of one synapse";
    add_membranes(&p, t, volts);
    a = plot_panel(&p, NULL);
    a->x = (struct plot_axis){.label = "time, ms", .factor = 1e3, .max = end};
    a->y.label = "difference, %";
    add_differences(&p, t, volts);
    return plot_write(path, &p, e);
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

/* A panel of one signal, with the prefix that fits it; its label goes to `label`. */
static struct plot_panel *add_signal(struct plot *p, const struct figure_neuron *f,
                                     const double *x, const char *name, const char *unit,
                                     int colour, char label[48])
{
    if (!x || !f->samples)
        return NULL;
    const struct prefix *prefix = prefix_for(f->samples, x);
    struct plot_panel *a = plot_panel(p, NULL);
    snprintf(label, 48, "%s, %s%s", name, prefix->name, unit);
    a->x.factor = 1e3;
    a->y = (struct plot_axis){.label = label, .factor = 1 / prefix->unit};
    plot_add(p, NULL, f->samples, f->time_s, x, PLOT_LINE, colour);
    return a;
}

static void add_spikes(struct plot *p, const struct figure_neuron *f)
{
    if (!f->spike_s || !f->spikes)
        return;
    struct plot_panel *a = plot_panel(p, NULL);
    a->height = 1.3;
    a->x.factor = 1e3;
    a->y = (struct plot_axis){
        "input", 1, -0.5 - 0.04 * (double)f->inputs, 1.04 * (double)f->inputs, false, 0};
    plot_add(p, NULL, f->spikes, f->spike_s, f->spike_input, PLOT_SPIKES, PLOT_BLACK);
}

/* The circuit as a band in volts, the network x scale_V as a line on it. */
static void add_membrane(struct plot *p, const struct figure_neuron *f, char label[48])
{
    struct plot_panel *a = add_signal(p, f, f->membrane_V, "membrane", "V", 1, label);
    if (!a)
        return;
    a->height = 1.6;
    a->series[0].style = PLOT_BAND;
    a->series[0].name = mem_copy_string("circuit");
    a->y.factor *= f->scale_V;
    if (f->native && f->scale_V != 0)
        plot_add(p, "network", f->natives, f->native_s, f->native, PLOT_LINE, ORANGE);
}

int figure_neuron(const char *folder, const char *name, const struct figure_neuron *f,
                  struct err *e)
{
    struct plot p;
    char label[4][48];
    plot_init(&p, f->title, f->subtitle);
    add_spikes(&p, f);
    add_signal(&p, f, f->tia_V, "TIA", "V", 3, label[0]);
    add_signal(&p, f, f->synapse_V, "Vsyn", "V", 4, label[1]);
    add_signal(&p, f, f->synapse_A, "Isyn", "A", 5, label[2]);
    add_membrane(&p, f, label[3]);
    for (size_t i = 0; i < p.n; i++)
        p.panel[i].x.max = f->samples ? 1e3 * f->time_s[f->samples - 1] : 0;
    if (p.n)
        p.panel[p.n - 1].x.label = "time, ms";
    p.height_px = 160 + 130 * (unsigned)p.n;
    return plot_save(folder, name, &p, e);
}

/* --- all of a run --- */

int figures_write(const char *folder, const struct score_set *set,
                  const struct score_summary *sum, struct err *e)
{
    if (figure_confusion(folder, set, sum, e) < 0 || draw_maxima(folder, set, sum, e) < 0)
        return -1;
    return draw_errors(folder, set, sum, e);
}
