/* What a sweep leaves for people: tables, pictures and the page. */
#include "report/sweep_tables.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "num/stats.h"
#include "report/figure_map.h"
#include "report/html.h"
#include "report/plot.h"
#include "report/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static size_t index_of(const struct sweep_set *w, size_t axis, size_t point)
{
    return point / w->axis[axis].stride % w->axis[axis].count;
}

/* ---- a point: its trials together ---- */

struct point {
    size_t trials; /* that are there */
    double images, failed, seconds;
    double native, native_error, circuit, circuit_error; /* mean, standard error */
    double agreement, error_rms, error_max;
};

static double share(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : NAN;
}

static double native_of(const struct sweep_set *w, const struct sweep_score *s)
{
    return share(s->native_right, w->native ? s->images : s->images - s->failed);
}

static double circuit_of(const struct sweep_set *w, const struct sweep_score *s)
{
    return w->native ? NAN : share(s->circuit_right, s->images - s->failed);
}

/* Mean of n values and its standard error, sd / sqrt(n); no error of one value. Taken
 * from the first one, so that equal values have none. */
static void mean_of(size_t n, const double x[], double *mean, double *error)
{
    double sum = 0, square = 0;
    for (size_t k = 0; k < n; k++)
        sum += x[k] - x[0];
    *mean = n ? x[0] + sum / (double)n : NAN;
    for (size_t k = 0; k < n; k++)
        square += (x[k] - *mean) * (x[k] - *mean);
    *error = n > 1 ? sqrt(square / (double)(n - 1) / (double)n) : NAN;
}

static struct point point_of(const struct sweep_set *w, size_t p)
{
    const struct sweep_score *score = &w->score[p * w->trials];
    double *native = mem_alloc(2 * w->trials, sizeof *native),
           *circuit = native + w->trials, agreeing = 0, scored = 0, square = 0;
    struct point o = {.error_max = w->native ? NAN : 0};
    for (size_t t = 0; t < w->trials; t++) {
        const struct sweep_score *s = &score[t];
        if (!s->there)
            continue;
        native[o.trials] = native_of(w, s);
        circuit[o.trials++] = circuit_of(w, s);
        o.images = fmax(o.images, (double)s->images);
        o.failed += (double)s->failed;
        o.seconds += s->seconds;
        agreeing += (double)s->agreeing;
        scored += (double)(s->images - s->failed - s->ties);
        square += s->error_rms * s->error_rms;
        o.error_max = fmax(o.error_max, s->error_max);
    }
    mean_of(o.trials, native, &o.native, &o.native_error);
    mean_of(o.trials, circuit, &o.circuit, &o.circuit_error);
    o.agreement = w->native ? NAN : agreeing / scored;
    o.error_rms = w->native ? NAN : sqrt(square / (double)o.trials);
    if (w->native)
        o.error_max = NAN;
    free(native);
    return o;
}

/* Of the mean accuracy, with the images of one trial: how far another set of images
 * might lie. The trials share theirs and do not narrow it. */
static void interval_of(const struct point *p, double accuracy, double *low, double *high)
{
    *low = *high = NAN;
    if (isfinite(accuracy))
        stats_wilson_share(accuracy, (size_t)p->images, STATS_Z95, low, high);
}

/* ---- tables ---- */

static void axis_names(const struct sweep_set *w, const char *rest, struct buf *out)
{
    for (size_t i = 0; i < w->axes; i++)
        buf_printf(out, "%s:%s,", w->axis[i].key, w->axis[i].number ? "real" : "text");
    buf_puts(out, rest);
}

static void put_axes(const struct sweep_set *w, size_t point, struct table *t)
{
    for (size_t i = 0; i < w->axes; i++) {
        const char *text = w->axis[i].value[index_of(w, i, point)];
        double x;
        if (w->axis[i].number && text_to_prefixed(text, &x))
            table_number(t, x);
        else
            table_text(t, text);
    }
}

static void list_trials(const struct sweep_set *w, struct table *t)
{
    struct buf names = {0};
    axis_names(w,
               "trial:integer,images:integer,native_accuracy,circuit_accuracy,agreement,"
               "error_rms,error_max,failed:integer,seconds",
               &names);
    table_init(t, names.data);
    t->title = "sweep";
    for (size_t k = 0; k < w->points * w->trials; k++) {
        const struct sweep_score *s = &w->score[k];
        put_axes(w, k / w->trials, t);
        table_number(t, (double)(k % w->trials));
        if (!s->there) {
            for (int i = 0; i < 8; i++)
                table_number(t, NAN);
            continue;
        }
        table_numbers(
            t, 8,
            (double[]){(double)s->images, native_of(w, s), circuit_of(w, s),
                       w->native ? NAN
                                 : share(s->agreeing, s->images - s->failed - s->ties),
                       w->native ? NAN : s->error_rms, w->native ? NAN : s->error_max,
                       (double)s->failed, s->seconds});
    }
    buf_finish(&names);
}

static void list_points(const struct sweep_set *w, struct table *t)
{
    struct buf names = {0};
    axis_names(w,
               "trials:integer,images:integer,native_accuracy,native_standard_error,"
               "native_wilson_low,native_wilson_high,circuit_accuracy,"
               "circuit_standard_error,circuit_wilson_low,circuit_wilson_high,agreement,"
               "error_rms,error_max,failed:integer",
               &names);
    table_init(t, names.data);
    t->title = "points";
    for (size_t p = 0; p < w->points; p++) {
        struct point o = point_of(w, p);
        double low, high, circuit_low, circuit_high;
        interval_of(&o, o.native, &low, &high);
        interval_of(&o, o.circuit, &circuit_low, &circuit_high);
        put_axes(w, p, t);
        table_numbers(t, 14,
                      (double[]){(double)o.trials, o.trials ? o.images : NAN, o.native,
                                 o.native_error, low, high, o.circuit, o.circuit_error,
                                 circuit_low, circuit_high, o.agreement, o.error_rms,
                                 o.error_max, o.failed});
    }
    buf_finish(&names);
}

/* "91.36 +- 0.25 (88.0 to 93.8)", in percent. */
static void put_share(struct table *t, const struct point *p, double mean, double error)
{
    double low, high;
    char spread[32] = "";
    if (!isfinite(mean)) {
        table_number(t, NAN);
        return;
    }
    interval_of(p, mean, &low, &high);
    if (isfinite(error))
        snprintf(spread, sizeof spread, " +- %.2f", 100 * error);
    table_print(t, "%.2f%s (%.1f to %.1f)", 100 * mean, spread, 100 * low, 100 * high);
}

static void put_percent(struct table *t, double x)
{
    if (isfinite(x))
        table_print(t, "%.3f", 100 * x);
    else
        table_number(t, NAN);
}

/* The points for people, on the page. */
static void show_points(const struct sweep_set *w, struct table *t)
{
    struct buf names = {0};
    for (size_t i = 0; i < w->axes; i++)
        buf_printf(&names, "%s:text,", w->axis[i].key);
    buf_puts(&names, "images:text,network (%):text");
    if (!w->native)
        buf_puts(&names, ",circuit (%):text,agreement (%):text,rms (%):text,largest "
                         "error (%):text,failed:text");
    table_init(t, names.data);
    t->title = "Points";
    t->caption =
        "Accuracy: mean +- its standard error over trials, and Wilson's interval "
        "(95 %) over the images of one trial. Errors are those of the maxima, of "
        "the largest one. More digits: points.csv.";
    for (size_t p = 0; p < w->points; p++) {
        struct point o = point_of(w, p);
        for (size_t i = 0; i < w->axes; i++)
            table_text(t, w->axis[i].value[index_of(w, i, p)]);
        table_print(t, "%.0f", o.images);
        put_share(t, &o, o.native, o.native_error);
        if (w->native)
            continue;
        put_share(t, &o, o.circuit, o.circuit_error);
        put_percent(t, o.agreement);
        put_percent(t, o.error_rms);
        put_percent(t, o.error_max);
        table_print(t, "%.0f", o.failed);
    }
    buf_finish(&names);
}

/* ---- pictures ---- */

enum { LINES = 8 }; /* of a picture */

/* The points that differ from a point in one walk alone, in the order of its values. */
static size_t along(const struct sweep_set *w, size_t walk, size_t point)
{
    return point - index_of(w, walk, point) * w->axis[walk].stride;
}

static bool leads(const struct sweep_set *w, size_t i)
{
    return w->axis[i].walk == i;
}

static bool number_at(const struct sweep_axis *x, size_t index, double *v)
{
    return x->number && text_to_prefixed(x->value[index], v);
}

/* Whether the values are numbers that rise or fall: map.bits=1,2,3,0, where 0 means
 * continuous, are words in this order. */
static bool is_scale(const struct sweep_axis *x)
{
    double last = 0, v, way = 0;
    for (size_t k = 0; k < x->count; k++) {
        if (!number_at(x, k, &v) || (k > 1 && (v - last) * way < 0))
            return false;
        way = k ? v - last : 0;
        last = v;
    }
    return true;
}

/* The place of a value: the number, or for words its index. */
static double place_of(const struct sweep_axis *x, size_t index)
{
    double v;
    return is_scale(x) && number_at(x, index, &v) ? v : (double)index;
}

static void label_axis(const struct sweep_axis *x, char *out, size_t size)
{
    int n = snprintf(out, size, "%s", x->key);
    for (size_t k = 0; k < x->count && k < 8 && !is_scale(x) && n > 0 && (size_t)n < size;
         k++)
        n += snprintf(out + n, size - (size_t)n, "%s%zu %s", k ? ", " : ": ", k,
                      x->value[k]);
}

static bool wants_log(const struct sweep_axis *x)
{
    double low = INFINITY, high = 0;
    for (size_t k = 0; k < x->count; k++) {
        low = fmin(low, place_of(x, k));
        high = fmax(high, place_of(x, k));
    }
    return is_scale(x) && low > 0 && high / low >= 100;
}

/* Upright bars of one standard error, as pieces of one line. */
static void add_bars(struct plot *p, size_t n, const double x[n], const double y[n],
                     const double error[n], int colour)
{
    double *px = mem_alloc(6 * n, sizeof *px), *py = px + 3 * n;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < 3; i++) {
            px[3 * k + i] = x[k];
            py[3 * k + i] = i == 2 ? NAN : y[k] + (i ? error[k] : -error[k]);
        }
    plot_add(p, NULL, 3 * n, px, py, PLOT_LINE, colour);
    free(px);
}

static void name_line(const struct sweep_set *w, size_t walk, size_t point,
                      const char *who, struct buf *out)
{
    buf_puts(out, who);
    for (size_t i = 0; i < w->axes; i++)
        if (w->axis[i].walk != walk)
            buf_printf(out, "%s%s=%s", out->len ? ", " : "", w->axis[i].key,
                       w->axis[i].value[index_of(w, i, point)]);
}

/* A line through the points beside `point`; `which` 0: network, 1: circuit, 2: rms. */
static void add_line(const struct sweep_set *w, const struct point of[], size_t walk,
                     size_t point, int which, struct plot *p, int colour)
{
    const struct sweep_axis *a = &w->axis[walk];
    size_t n = a->count;
    double *x = mem_alloc(3 * n, sizeof *x), *y = x + n, *error = y + n;
    struct buf name = {0};
    for (size_t k = 0; k < n; k++) {
        const struct point *o = &of[point + k * a->stride];
        x[k] = place_of(a, k);
        y[k] = which == 0 ? o->native : which == 1 ? o->circuit : o->error_rms;
        error[k] = which == 0 ? o->native_error : which == 1 ? o->circuit_error : NAN;
    }
    name_line(w, walk, point,
              which == 0   ? "network"
              : which == 1 ? "circuit"
                           : "",
              &name);
    add_bars(p, n, x, y, error, colour);
    plot_add(p, name.len ? name.data : "circuit less network", n, x, y,
             which == 0 && !w->native ? PLOT_DASHED : PLOT_MARKED, colour);
    buf_finish(&name);
    free(x);
}

static void add_lines(const struct sweep_set *w, const struct point of[], size_t walk,
                      int which, struct plot *p)
{
    int colour = 0;
    for (size_t point = 0; point < w->points && colour < LINES; point++)
        if (along(w, walk, point) == point)
            add_line(w, of, walk, point, which, p, ++colour);
}

static int draw_axis(const struct sweep_set *w, const struct point of[], size_t walk,
                     const char *folder, const char *name, struct err *e)
{
    char label[256];
    const struct sweep_axis *a = &w->axis[walk];
    struct plot p;
    label_axis(a, label, sizeof label);
    plot_init(&p, a->key, "bars: a standard error over trials");
    struct plot_panel *panel = plot_panel(&p, NULL);
    panel->x = (struct plot_axis){.label = w->native ? label : NULL, .log = wants_log(a)};
    panel->y = (struct plot_axis){.label = "accuracy (%)", .factor = 100};
    add_lines(w, of, walk, 0, &p);
    if (!w->native) {
        add_lines(w, of, walk, 1, &p);
        panel = plot_panel(&p, NULL);
        panel->height = 0.5;
        panel->x = (struct plot_axis){.label = label, .log = wants_log(a)};
        panel->y = (struct plot_axis){.label = "maxima, rms (%)", .factor = 100};
        add_lines(w, of, walk, 2, &p);
    }
    return plot_save(folder, name, &p, e);
}

/* Two axes as a map of the accuracy. */
static int draw_map(const struct sweep_set *w, const struct point of[],
                    const char *folder, size_t down, size_t right, struct err *e)
{
    const struct sweep_axis *y = &w->axis[down], *x = &w->axis[right];
    double *value = mem_alloc(x->count * y->count, sizeof *value);
    for (size_t i = 0; i < y->count; i++)
        for (size_t j = 0; j < x->count; j++) {
            const struct point *o = &of[i * y->stride + j * x->stride];
            value[i * x->count + j] = 100 * (w->native ? o->native : o->circuit);
        }
    struct figure_map map = {.title = w->native ? "Accuracy of the network (%)"
                                                : "Accuracy of the circuit (%)",
                             .x = x->key,
                             .y = y->key,
                             .columns = x->count,
                             .rows = y->count,
                             .column = (const char *const *)x->value,
                             .row = (const char *const *)y->value,
                             .value = value};
    int status = figure_map(folder, "map", &map, e);
    free(value);
    return status;
}

/* ---- the page ---- */

#define PICTURE_NAME 32

struct pictures {
    size_t n;
    char file[SWEEP_AXES + 1][PICTURE_NAME + 16];
    char title[SWEEP_AXES + 1][160];
};

static void add_picture(struct pictures *list, const char *name, const char *title)
{
    snprintf(list->file[list->n], sizeof list->file[0], "pictures/%s.svg", name);
    snprintf(list->title[list->n++], sizeof list->title[0], "%s", title);
}

static int draw(const struct sweep_set *w, const struct point of[], struct pictures *list,
                struct err *e)
{
    size_t walk[SWEEP_AXES], walks = 0;
    char *folder = path_join(w->folder, "pictures");
    int status = dir_make(folder, e);
    for (size_t i = 0; i < w->axes && status == 0; i++) {
        char name[PICTURE_NAME];
        if (!leads(w, i) || w->axis[i].count < 2)
            continue;
        walk[walks++] = i;
        snprintf(name, sizeof name, "%s", w->axis[i].key);
        status = draw_axis(w, of, i, folder, name, e);
        add_picture(list, name, w->axis[i].key);
    }
    if (walks == 2 && status == 0) {
        status = draw_map(w, of, folder, walk[0], walk[1], e);
        add_picture(list, "map", "Both axes");
    }
    free(folder);
    return status;
}

static int write_page(const struct sweep_set *w, const struct pictures *list,
                      struct err *e)
{
    struct table shown;
    struct report_picture picture[SWEEP_AXES + 1];
    struct buf size = {0};
    char *real = realpath(w->folder, NULL);
    buf_printf(&size, "%zu points of %zu trial%s, %s.", w->points, w->trials,
               w->trials > 1 ? "s" : "",
               w->native ? "the network alone" : "circuit and network side by side");
    show_points(w, &shown);
    for (size_t k = 0; k < list->n; k++)
        picture[k] = (struct report_picture){list->file[k], list->title[k], NULL};
    const char *note[] = {buf_text(&size), w->draws};
    struct report_page page = {.title = path_base(real ? real : w->folder),
                               .notes = w->trials > 1 ? 2 : 1,
                               .note = note,
                               .tables = 1,
                               .table = &shown,
                               .pictures = list->n,
                               .picture = picture,
                               .study_text = w->study_text};
    int status = report_write(w->folder, &page, e);
    table_finish(&shown);
    buf_finish(&size);
    free(real);
    return status;
}

int sweep_tables_write(const struct sweep_set *w, cJSON **points, struct err *e)
{
    struct table t[2];
    struct pictures list = {0};
    list_trials(w, &t[0]);
    list_points(w, &t[1]);
    *points = NULL;
    int status = table_write(&t[0], w->folder, "sweep.csv", e);
    if (status == 0)
        status = table_write(&t[1], w->folder, "points.csv", e);
    if (status == 0)
        status = tables_write(2, t, w->folder, "results.sqlite", e);
    if (status == 0 && w->pictures) {
        struct point *of = mem_alloc(w->points, sizeof *of);
        for (size_t p = 0; p < w->points; p++)
            of[p] = point_of(w, p);
        status = draw(w, of, &list, e);
        free(of);
    }
    if (status == 0)
        status = write_page(w, &list, e);
    if (status == 0)
        *points = table_json(&t[1]);
    table_finish(&t[0]);
    table_finish(&t[1]);
    return status;
}
