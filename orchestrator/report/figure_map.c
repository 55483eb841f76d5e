#include "report/figure_map.h"

#include "base/buf.h"
#include "base/log.h"
#include "report/gnuplot.h"

#include <math.h>

enum { MOST = 40 }; /* fields in a row whose numbers can be read */

static void put_tics(struct buf *out, char axis, size_t n, const char *const text[])
{
    buf_printf(out, "set %ctics scale 0 noenhanced (", axis);
    for (size_t k = 0; k < n; k++) {
        buf_puts(out, k ? ", " : "");
        gnuplot_quote(out, text[k]);
        buf_printf(out, " %zu", k);
    }
    buf_puts(out, ")\n");
}

static void put_label(struct buf *out, char axis, const char *text)
{
    buf_printf(out, "set %clabel ", axis);
    gnuplot_quote(out, text);
    buf_puts(out, " noenhanced\n");
}

/* Fields and their numbers; those of the dark half are white. */
static void put_fields(struct buf *out, const struct figure_map *m)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < m->rows * m->columns; k++)
        if (isfinite(m->value[k])) {
            low = fmin(low, m->value[k]);
            high = fmax(high, m->value[k]);
        }
    buf_puts(out, "$fields << END\n");
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->columns; j++) {
            double v = m->value[i * m->columns + j];
            if (isfinite(v))
                buf_printf(out, "%zu %zu %.17g %.1f %d\n", j, i, v, v,
                           v > (low + high) / 2 ? 0xffffff : 0x202429);
        }
    buf_puts(out, "END\n");
    if (low < high)
        buf_printf(out, "set cbrange [%.17g:%.17g]\n", low, high);
}

int figure_map(const char *folder, const char *name, const struct figure_map *m,
               struct err *e)
{
    AUTO(buf_finish) struct buf out = {0};
    if (m->columns > MOST || m->rows > MOST) {
        log_say("no picture of the map: more than %d values of an axis", MOST);
        return 0;
    }
    buf_puts(&out, "unset key\nset border 15 lc rgb '#d5dae1'\nset title ");
    gnuplot_quote_bold(&out, m->title);
    buf_puts(&out, "\nset palette defined (0 '#eef4fb', 1 '#0b4f9e')\nunset colorbox\n");
    put_tics(&out, 'x', m->columns, m->column);
    put_tics(&out, 'y', m->rows, m->row);
    put_label(&out, 'x', m->x);
    put_label(&out, 'y', m->y);
    put_fields(&out, m);
    buf_printf(&out, "set xrange [-0.5:%g]\nset yrange [-0.5:%g]\n",
               (double)m->columns - 0.5, (double)m->rows - 0.5);
    buf_puts(&out,
             "plot $fields using 1:2:(0.5):(0.5):3 with boxxyerror fs solid 1 border "
             "lc rgb '#d5dae1' fc palette lw 0.7 notitle, "
             "$fields using 1:2:4:5 with labels tc rgb variable notitle\n");
    return gnuplot_save(folder, name, (unsigned)(180 + 64 * m->columns),
                        (unsigned)(140 + 44 * m->rows), out.data, e);
}
