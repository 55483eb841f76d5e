#include "spice/devicedeck.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void point(struct wave *w, double time_s, double volt)
{
    if (w->n == w->capacity) {
        w->capacity = w->capacity ? 2 * w->capacity : 16;
        w->time_s = mem_resize(w->time_s, w->capacity, sizeof *w->time_s);
        w->volt = mem_resize(w->volt, w->capacity, sizeof *w->volt);
    }
    w->time_s[w->n] = time_s;
    w->volt[w->n++] = volt;
}

void wave_start(struct wave *w, double volt)
{
    w->n = 0;
    point(w, 0, volt);
}

void wave_to(struct wave *w, double after_s, double volt)
{
    assert(w->n && after_s > 0);
    point(w, w->time_s[w->n - 1] + after_s, volt);
}

double wave_end(const struct wave *w)
{
    return w->n ? w->time_s[w->n - 1] : 0;
}

void wave_finish(struct wave *w)
{
    free(w->time_s);
    free(w->volt);
    *w = (struct wave){0};
}

/* From 0 on: see faults.c. */
void devicedeck_source(struct buf *out, const char *node, const struct wave *w)
{
    assert(w->n > 1 && w->volt[0] == 0);
    buf_printf(out, "V%s %s 0 PWL(", node, node);
    for (size_t k = 0; k < w->n; k++)
        buf_printf(out, "%s%.12g %.12g", k % 6 ? " " : "\n+ ", w->time_s[k], w->volt[k]);
    buf_puts(out, ")\n");
}

/* "v.x.y#branch" is i(v.x.y) to .save, all else a voltage. */
static void save(struct buf *out, const char *vector)
{
    const char *branch = strstr(vector, "#branch");
    if (branch)
        buf_printf(out, ".save i(%.*s)\n", (int)(branch - vector), vector);
    else
        buf_printf(out, ".save v(%s)\n", vector);
}

/* ngspice 39 finds a PWL source's next corner by comparing the time with the corner
 * before it to 3 ulp. Where a largest step happens to end there but for rounding, the
 * comparison fails and all later corners of that source are stepped over. An odd step
 * meets no corner that a round number of microseconds away. */
#define ODD_STEP 0.943172

void devicedeck_end(const struct deck_solver *s, double stop_s, double step_s, size_t n,
                    const char *const *vectors, struct buf *out)
{
    step_s *= ODD_STEP;
    buf_printf(out,
               ".options reltol=%.6g vntol=%.6g abstol=%.6g gmin=%.6g\n"
               ".options temp=27 tnom=27\n.tran %.6g %.12g 0 %.6g\n",
               s->reltol, s->vntol_V, s->abstol_A, s->gmin_S, step_s, stop_s, step_s);
    for (size_t k = 0; k < n; k++)
        save(out, vectors[k]);
    buf_puts(out, ".end\n");
}
