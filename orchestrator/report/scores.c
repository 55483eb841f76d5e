#include "report/scores.h"

#include "base/mem.h"
#include "num/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void scores_init(struct score_set *set, size_t images, size_t outputs)
{
    assert(outputs > 0);
    *set = (struct score_set){.images = images, .outputs = outputs};
    set->image = mem_alloc(images, sizeof set->image[0]);
    for (size_t k = 0; k < images; k++) {
        struct score_image *s = &set->image[k];
        s->attempts = 1;
        s->circuit_V = mem_alloc(5 * outputs, sizeof s->circuit_V[0]);
        s->circuit_s = s->circuit_V + outputs;
        s->rest_V = s->circuit_s + outputs;
        s->native = s->rest_V + outputs;
        s->native_s = s->native + outputs;
    }
}

void scores_finish(struct score_set *set)
{
    for (size_t k = 0; set->image && k < set->images; k++) {
        free(set->image[k].circuit_V);
        free(set->image[k].cause);
    }
    free(set->image);
    *set = (struct score_set){0};
}

/* The maxima of the scored images one after the other; returns how many. */
static size_t gather(const struct score_set *set, double native[], double circuit_V[])
{
    size_t n = 0;
    for (size_t k = 0; k < set->images; k++) {
        if (set->image[k].failed)
            continue;
        memcpy(native + n, set->image[k].native, set->outputs * sizeof native[0]);
        memcpy(circuit_V + n, set->image[k].circuit_V, set->outputs * sizeof native[0]);
        n += set->outputs;
    }
    return n;
}

double scores_margin(size_t n, const double x[])
{
    size_t first = n ? stats_argmax(n, x) : 0;
    double second = -INFINITY;
    if (n == 0 || !(x[first] > 0))
        return 0;
    if (n == 1)
        return 1;
    for (size_t j = 0; j < n; j++)
        if (j != first && x[j] > second)
            second = x[j];
    return (x[first] - second) / x[first];
}

bool scores_disagree(const struct score_set *set, const struct score_image *s)
{
    size_t n = set->outputs;
    return !s->failed && stats_argmax(n, s->native) != stats_argmax(n, s->circuit_V);
}

double scores_error(const struct score_summary *sum, double circuit_V, double native)
{
    if (!(sum->native_max > 0))
        return 0;
    double scaled = sum->scale_V == 0 ? 0 : circuit_V / sum->scale_V;
    return (scaled - native) / sum->native_max;
}

/* Answers of one scored image into the counts. A label that is no output is never
 * right and has no row in the matrices. */
static void count_answers(const struct score_set *set, const struct score_image *s,
                          struct score_summary *sum)
{
    size_t native = stats_argmax(set->outputs, s->native);
    size_t circuit = stats_argmax(set->outputs, s->circuit_V);
    sum->agreeing += native == circuit;
    if (s->label < 0 || (size_t)s->label >= set->outputs)
        return;
    size_t label = (size_t)s->label;
    sum->native_right += native == label;
    sum->circuit_right += circuit == label;
    if (set->outputs <= SCORE_CLASSES) {
        sum->confusion_native[label][native]++;
        sum->confusion_circuit[label][circuit]++;
    }
}

static void count_images(const struct score_set *set, struct score_summary *sum)
{
    sum->images = set->images;
    for (size_t k = 0; k < set->images; k++) {
        const struct score_image *s = &set->image[k];
        sum->retried += s->attempts > 1;
        sum->failed += s->failed;
        sum->climbed += !s->failed && s->rung > 0;
        if (!s->failed)
            count_answers(set, s, sum);
    }
    sum->scored = sum->images - sum->failed;
}

double scores_image_rms(const struct score_set *set, const struct score_summary *sum,
                        size_t position)
{
    assert(position < set->images);
    const struct score_image *s = &set->image[position];
    double square = 0;
    for (size_t j = 0; j < set->outputs; j++) {
        double error = scores_error(sum, s->circuit_V[j], s->native[j]);
        square += error * error;
    }
    return set->outputs ? sqrt(square / (double)set->outputs) : 0;
}

/* Best and worst image by rms; of equal ones the first. */
static void find_extremes(const struct score_set *set, struct score_summary *sum)
{
    double best = INFINITY, worst = -INFINITY;
    for (size_t k = 0; k < set->images; k++) {
        if (set->image[k].failed)
            continue;
        double rms = scores_image_rms(set, sum, k);
        if (rms < best)
            best = rms, sum->best_image = k;
        if (rms > worst)
            worst = rms, sum->worst_image = k;
    }
}

/* Scale, correlation and errors over all scored maxima. */
static void compare_maxima(const struct score_set *set, struct score_summary *sum)
{
    double *native = mem_alloc(sum->scored * set->outputs, sizeof native[0]);
    double *circuit_V = mem_alloc(sum->scored * set->outputs, sizeof circuit_V[0]);
    size_t n = gather(set, native, circuit_V);
    sum->scale_V = stats_best_scale(n, native, circuit_V);
    sum->correlation = stats_correlation(n, native, circuit_V);
    for (size_t i = 0; i < n; i++)
        sum->native_max = fmax(sum->native_max, native[i]);
    for (size_t i = 0; i < n; i++)
        circuit_V[i] = scores_error(sum, circuit_V[i], native[i]);
    sum->error_rms = stats_rms(n, circuit_V);
    sum->error_max = stats_max_abs(n, circuit_V);
    free(native);
    free(circuit_V);
    find_extremes(set, sum);
}

static double share(size_t part, size_t n)
{
    return n ? (double)part / (double)n : 0;
}

void scores_summarise(const struct score_set *set, struct score_summary *sum)
{
    memset(sum, 0, sizeof *sum);
    count_images(set, sum);
    size_t n = sum->scored;
    sum->native_accuracy = share(sum->native_right, n);
    sum->native_error = stats_proportion_error(sum->native_accuracy, n);
    sum->circuit_accuracy = share(sum->circuit_right, n);
    sum->circuit_error = stats_proportion_error(sum->circuit_accuracy, n);
    stats_wilson(sum->native_right, n, STATS_Z95, &sum->native_low, &sum->native_high);
    stats_wilson(sum->circuit_right, n, STATS_Z95, &sum->circuit_low, &sum->circuit_high);
    sum->agreement = share(sum->agreeing, n);
    compare_maxima(set, sum);
}
