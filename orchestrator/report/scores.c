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
        s->circuit_V = mem_alloc(8 * outputs, sizeof s->circuit_V[0]);
        s->circuit_s = s->circuit_V + outputs;
        s->rest_V = s->circuit_s + outputs;
        s->native = s->rest_V + outputs;
        s->native_s = s->native + outputs;
        s->native_ms = s->native_s + outputs;
        s->paper = s->native_ms + outputs;
        s->paper_offset = s->paper + outputs;
        for (size_t j = 0; j < 3 * outputs; j++)
            s->native_ms[j] = NAN;
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

/* One of the arrays of an image. */
typedef const double *pick(const struct score_image *s);

static const double *pick_native(const struct score_image *s)
{
    return s->native;
}

static const double *pick_circuit(const struct score_image *s)
{
    return s->circuit_V;
}

static const double *pick_paper(const struct score_image *s)
{
    return s->paper;
}

static const double *pick_paper_offset(const struct score_image *s)
{
    return s->paper_offset;
}

static size_t gather(const struct score_set *set, pick *of, double out[])
{
    size_t n = 0;
    for (size_t k = 0; k < set->images; k++) {
        if (set->image[k].failed)
            continue;
        memcpy(out + n, of(&set->image[k]), set->outputs * sizeof out[0]);
        n += set->outputs;
    }
    return n;
}

size_t scores_gather(const struct score_set *set, double native[], double circuit_V[])
{
    gather(set, pick_circuit, circuit_V);
    return gather(set, pick_native, native);
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

/* Outputs that equal the largest one within `tolerance` of it. */
static size_t count_largest(size_t n, const double x[n], double tolerance)
{
    double largest = x[stats_argmax(n, x)];
    size_t count = 0;
    for (size_t j = 0; j < n; j++)
        count += x[j] >= largest - tolerance * fabs(largest);
    return count;
}

/* Whether an output is among the largest of both. */
static bool meet(size_t n, const double native[n], const double circuit_V[n])
{
    double a = native[stats_argmax(n, native)], b = circuit_V[stats_argmax(n, circuit_V)];
    for (size_t j = 0; j < n; j++)
        if (native[j] >= a - SCORE_TIE_NATIVE * fabs(a) &&
            circuit_V[j] >= b - SCORE_TIE_CIRCUIT * fabs(b))
            return true;
    return false;
}

bool scores_tie_native(const struct score_set *set, const struct score_image *s)
{
    return count_largest(set->outputs, s->native, SCORE_TIE_NATIVE) > 1;
}

bool scores_tie_circuit(const struct score_set *set, const struct score_image *s)
{
    return !s->failed && count_largest(set->outputs, s->circuit_V, SCORE_TIE_CIRCUIT) > 1;
}

enum score_answer scores_answer(const struct score_set *set, const struct score_image *s)
{
    if (s->failed)
        return SCORE_FAILED;
    if (!meet(set->outputs, s->native, s->circuit_V))
        return SCORE_DISAGREE;
    return scores_tie_native(set, s) || scores_tie_circuit(set, s) ? SCORE_TIE
                                                                   : SCORE_AGREE;
}

bool scores_tie(const struct score_set *set, const struct score_image *s)
{
    return scores_answer(set, s) == SCORE_TIE;
}

bool scores_disagree(const struct score_set *set, const struct score_image *s)
{
    return scores_answer(set, s) == SCORE_DISAGREE;
}

static double error_of(double scale_V, double native_max, double circuit_V, double native)
{
    if (!(native_max > 0))
        return 0;
    double scaled = scale_V == 0 ? 0 : circuit_V / scale_V;
    return (scaled - native) / native_max;
}

double scores_error(const struct score_summary *sum, double circuit_V, double native)
{
    return error_of(sum->scale_V, sum->native_max, circuit_V, native);
}

double scores_own(const struct score_set *set, const struct score_summary *sum,
                  const struct score_image *s)
{
    double largest = s->native[stats_argmax(set->outputs, s->native)];
    return largest > 0 ? sum->native_max / largest : NAN;
}

/* Answers of one scored image into the counts. A label that is no output is never
 * right and has no row in the matrices. */
static void count_answers(const struct score_set *set, const struct score_image *s,
                          struct score_summary *sum)
{
    size_t native = stats_argmax(set->outputs, s->native);
    size_t circuit = stats_argmax(set->outputs, s->circuit_V);
    enum score_answer answer = scores_answer(set, s);
    sum->agreeing += answer == SCORE_AGREE;
    sum->ties += answer == SCORE_TIE;
    sum->native_ties += answer == SCORE_TIE && scores_tie_native(set, s);
    sum->circuit_ties += answer == SCORE_TIE && scores_tie_circuit(set, s);
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

/* Scale, correlation and errors of the maxima x; error[] is where the errors go. */
static struct score_fit fit(size_t n, const double x[n], const double circuit_V[n],
                            double error[n])
{
    struct score_fit f = {.maxima = n};
    bool known = true;
    for (size_t i = 0; i < n; i++)
        known = known && isfinite(x[i]);
    if (!known)
        return (struct score_fit){.scale_V = NAN,
                                  .native_max = NAN,
                                  .correlation = NAN,
                                  .error_rms = NAN,
                                  .error_max = NAN};
    f.scale_V = stats_best_scale(n, x, circuit_V);
    f.correlation = stats_correlation(n, x, circuit_V);
    for (size_t i = 0; i < n; i++)
        f.native_max = fmax(f.native_max, x[i]);
    for (size_t i = 0; i < n; i++)
        error[i] = error_of(f.scale_V, f.native_max, circuit_V[i], x[i]);
    f.error_rms = stats_rms(n, error);
    f.error_max = stats_max_abs(n, error);
    return f;
}

/* Against the networks of paper 1, and what the offset alone changes. */
static void compare_papers(const struct score_set *set, size_t n,
                           const double circuit_V[n], double x[n],
                           struct score_summary *sum)
{
    double *error = mem_alloc(2 * n, sizeof error[0]);
    gather(set, pick_paper, x);
    sum->paper = fit(n, x, circuit_V, error);
    gather(set, pick_paper_offset, x);
    sum->paper_offset = fit(n, x, circuit_V, error + n);
    bool known = sum->paper.maxima && sum->paper_offset.maxima;
    for (size_t i = 0; i < n && known; i++)
        error[i] -= error[n + i];
    sum->offset_rms = known ? stats_rms(n, error) : NAN;
    sum->offset_max = known ? stats_max_abs(n, error) : NAN;
    free(error);
}

/* Errors over the image's own largest maximum, and what whole ms leave out. */
static void compare_own(const struct score_set *set, struct score_summary *sum)
{
    double square = 0;
    size_t n = 0;
    for (size_t k = 0; k < set->images; k++) {
        const struct score_image *s = &set->image[k];
        double own = scores_own(set, sum, s);
        for (size_t j = 0; j < set->outputs && !s->failed && isfinite(own); j++) {
            double error = own * scores_error(sum, s->circuit_V[j], s->native[j]);
            square += error * error;
            sum->error_max_own = fmax(sum->error_max_own, fabs(error));
            n++;
        }
        for (size_t j = 0; j < set->outputs && !s->failed; j++)
            if (s->native[j] > 0)
                sum->whole_ms = fmax(sum->whole_ms, 1 - s->native_ms[j] / s->native[j]);
    }
    sum->error_rms_own = n ? sqrt(square / (double)n) : 0;
}

/* Scale, correlation and errors over all scored maxima. */
static void compare_maxima(const struct score_set *set, struct score_summary *sum)
{
    size_t n = sum->scored * set->outputs;
    if (n == 0)
        return;
    double *native = mem_alloc(n, sizeof native[0]);
    double *circuit_V = mem_alloc(n, sizeof circuit_V[0]);
    double *error = mem_alloc(n, sizeof error[0]);
    scores_gather(set, native, circuit_V);
    struct score_fit f = fit(n, native, circuit_V, error);
    sum->scale_V = f.scale_V;
    sum->correlation = f.correlation;
    sum->native_max = f.native_max;
    sum->error_rms = f.error_rms;
    sum->error_max = f.error_max;
    sum->whole_ms = NAN; /* that fmax passes over */
    compare_own(set, sum);
    compare_papers(set, n, circuit_V, native, sum);
    free(native);
    free(circuit_V);
    free(error);
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
    sum->agreement = n && sum->ties == n ? NAN : share(sum->agreeing, n - sum->ties);
    compare_maxima(set, sum);
}
