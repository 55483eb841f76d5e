#include "report/marks.h"

#include "base/err.h"
#include "base/mem.h"
#include "num/stats.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void mark(struct marks *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void mark(struct marks *m, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(m->text[m->count++], MARKS_TEXT, fmt, ap);
    va_end(ap);
}

static bool off_scale(double found, double wanted)
{
    return !(fabs(found - wanted) < MARKS_SCALE * fabs(wanted));
}

static void mark_scale(const struct score_summary *sum, const struct marks_foreseen *f,
                       struct marks *m)
{
    if (f->scale_V > 0 && off_scale(sum->scale_V, f->scale_V))
        mark(m,
             "scale: the circuit gives %.3g V where its calibration (cal_gain) says %.3g "
             "V for one synapse at w = 1; it is not the circuit that was calibrated: "
             "`spikebar calibrate` sets the biases",
             sum->scale_V, f->scale_V);
}

/* Standard deviation of the native maxima over the largest. */
static double spread_of(const struct score_set *set, const struct score_summary *sum)
{
    size_t n = sum->scored * set->outputs;
    double *native = mem_alloc(2 * n, sizeof native[0]);
    scores_gather(set, native, native + n);
    double spread = stats_deviation(n, native) / sum->native_max;
    free(native);
    return spread;
}

static void mark_correlation(const struct score_set *set, const struct score_summary *sum,
                             const struct marks_foreseen *f, struct marks *m)
{
    double spread = spread_of(set, sum);
    if (!(f->error > 0 && spread > f->error))
        return;
    double least = 1 / sqrt(1 + f->error * f->error / (spread * spread));
    if (!(sum->correlation >= least))
        mark(m,
             "correlation: %.6f between the maxima of circuit and network; errors of "
             "%.3g %% would leave %.4f: the circuit does not follow the network",
             sum->correlation, 100 * f->error, least);
}

static void mark_error(const struct score_summary *sum, const struct marks_foreseen *f,
                       struct marks *m)
{
    if (f->against_circuit && f->error > 0 && !(sum->error_max <= f->error))
        mark(m,
             "error: %.3g %% at most, of the largest maximum; the calibration foresees "
             "%.3g %% (calibrate.spread)",
             100 * sum->error_max, 100 * f->error);
}

/* The scale of one output; 0 where the network leaves it at rest. */
static double scale_of_output(const struct score_set *set, size_t j)
{
    double product = 0, square = 0;
    for (size_t k = 0; k < set->images; k++) {
        const struct score_image *s = &set->image[k];
        product += s->failed ? 0 : s->circuit_V[j] * s->native[j];
        square += s->failed ? 0 : s->native[j] * s->native[j];
    }
    return square > 0 ? product / square : 0;
}

static bool is_at_rest(const struct score_set *set, size_t j)
{
    for (size_t k = 0; k < set->images; k++)
        if (!set->image[k].failed && set->image[k].native[j] > 0)
            return false;
    return true;
}

/* Outputs whose scale is off the median, which one dead column does not move. */
static void mark_outputs(const struct score_set *set, struct marks *m)
{
    size_t n = set->outputs, off = 0;
    double *scale = mem_alloc(2 * n, sizeof scale[0]), *sorted = scale + n;
    char list[128] = "";
    for (size_t j = 0; j < n; j++)
        scale[j] = sorted[j] = scale_of_output(set, j);
    stats_sort(n, sorted);
    double usual = stats_quantile(n, sorted, 0.5);
    for (size_t j = 0; j < n; j++) {
        size_t used = strlen(list);
        if (is_at_rest(set, j) || !off_scale(scale[j], usual))
            continue;
        snprintf(list + used, sizeof list - used, "%s%zu (%.3g V)", off ? ", " : "", j,
                 scale[j]);
        off++;
    }
    if (off && usual != 0)
        mark(m, "output: %zu of %zu have a scale of their own, the others %.3g V: %s",
             off, n, usual, list);
    free(scale);
}

static void mark_accuracy(const struct marks_foreseen *f, struct marks *m)
{
    if (f->reached > f->accuracy)
        mark(m,
             "accuracy: simulate.accuracy asks for %.3g %% of an image's peak, and the "
             "image with the largest error is %.3g %% off one with steps a quarter as "
             "long",
             100 * f->accuracy, 100 * f->reached);
}

void marks_find(const struct score_set *set, const struct score_summary *sum,
                const struct marks_foreseen *f, struct marks *m)
{
    *m = (struct marks){0};
    if (!sum->scored)
        return;
    if (!(sum->native_max > 0)) {
        mark(m, "silent: no image moves a membrane of the network, nothing was compared");
        return;
    }
    mark_scale(sum, f, m);
    mark_correlation(set, sum, f, m);
    mark_error(sum, f, m);
    if (f->against_circuit)
        mark_outputs(set, m);
    mark_accuracy(f, m);
}
