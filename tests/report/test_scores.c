#include "cm.h"

#include "report/sample.h"

/* Four images of three outputs, counted by hand. The third is a tie of both (class 1 wins
 * over 2), in the fourth the circuit answers 0 where the network answers 2. */
static const double four[] = {4, 1, 2, /**/ 1, 3, 2, /**/ 0, 2, 2, /**/ 2, 1, 2.5};

static void figures_are_those_counted_by_hand(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    sample_fill(&set, 4, 3, four, 0.5);
    int labels[] = {0, 2, 1, 0};
    for (int k = 0; k < 4; k++)
        set.image[k].label = labels[k];
    set.image[3].circuit_V[0] = 1.5;
    set.image[1].attempts = 2;
    set.image[2].rung = 1;
    scores_summarise(&set, &sum);
    assert_int_equal(sum.images, 4);
    assert_int_equal(sum.scored, 4);
    assert_int_equal(sum.failed, 0);
    assert_int_equal(sum.native_right, 2);
    assert_int_equal(sum.circuit_right, 3);
    assert_int_equal(sum.agreeing, 2);
    assert_int_equal(sum.ties, 1);
    assert_close(sum.native_accuracy, 0.5, 0);
    assert_close(sum.native_error, 0.25, 0);              /* sqrt(1/2 1/2 / 4) */
    assert_close(sum.circuit_error, sqrt(3.) / 8, 1e-16); /* sqrt(3/4 1/4 / 4) */
    assert_close(sum.native_low, 0.1500, 5e-5);           /* Wilson: 2 and 3 of 4 */
    assert_close(sum.native_high, 0.8500, 5e-5);
    assert_close(sum.circuit_low, 0.3006, 5e-5);
    assert_close(sum.circuit_high, 0.9544, 5e-5);
    assert_close(sum.agreement, 2. / 3, 1e-16); /* of those that are no ties */
    assert_int_equal(sum.retried, 1);
    assert_int_equal(sum.climbed, 1);
    assert_int_equal(sum.confusion_native[0][0], 1);
    assert_int_equal(sum.confusion_native[0][2], 1);
    assert_int_equal(sum.confusion_native[1][1], 1);
    assert_int_equal(sum.confusion_native[2][1], 1);
    assert_int_equal(sum.confusion_circuit[0][0], 2);
    assert_int_equal(sum.confusion_circuit[0][2], 0);
    scores_finish(&set);
}

static void failed_images_count_for_nothing_else(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    sample_fill(&set, 4, 3, four, 0.5);
    set.image[0].failed = true;
    set.image[0].rung = 3;
    set.image[0].attempts = 3;
    for (int j = 0; j < 3; j++)
        set.image[0].circuit_V[j] = 1e9;
    scores_summarise(&set, &sum);
    assert_int_equal(sum.failed, 1);
    assert_int_equal(sum.scored, 3);
    assert_int_equal(sum.agreeing, 2);
    assert_int_equal(sum.retried, 1);
    assert_int_equal(sum.climbed, 0);
    assert_close(sum.scale_V, 0.5, 1e-15);
    assert_close(sum.native_max, 3, 0);
    assert_close(sum.error_max, 0, 1e-15);
    assert_int_equal(sum.best_image, 1);
    scores_finish(&set);
}

/* ... and intervals from 0 to 1. */
static void nothing_scored_gives_zeros(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum, zero = {.native_high = 1, .circuit_high = 1};
    scores_init(&set, 0, 3);
    scores_summarise(&set, &sum);
    assert_memory_equal(&sum, &zero, sizeof sum);
    scores_finish(&set);
    sample_fill(&set, 2, 3, four, 0.5);
    set.image[0].failed = set.image[1].failed = true;
    scores_summarise(&set, &sum);
    zero.images = zero.failed = 2;
    assert_memory_equal(&sum, &zero, sizeof sum);
    scores_finish(&set);
}

/* All maxima equal: a scale, but no correlation. All of them 0: not even a scale. */
static void constant_maxima_divide_by_nothing(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    const double ones[] = {1, 1, 1, 1}, zeros[4] = {0};
    sample_fill(&set, 2, 2, ones, 0.25);
    scores_summarise(&set, &sum);
    assert_close(sum.scale_V, 0.25, 0);
    assert_close(sum.correlation, 0, 0);
    assert_close(sum.error_rms, 0, 0);
    scores_finish(&set);
    sample_fill(&set, 2, 2, zeros, 0.25);
    scores_summarise(&set, &sum);
    assert_close(sum.scale_V, 0, 0);
    assert_close(sum.error_rms, 0, 0);
    assert_close(sum.error_max, 0, 0);
    scores_finish(&set);
}

/* A circuit that stays at rest is wrong by all that the network says. */
static void dead_circuit_is_no_agreement(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    const double native[] = {3, 4};
    sample_fill(&set, 1, 2, native, 0);
    scores_summarise(&set, &sum);
    assert_close(sum.scale_V, 0, 0);
    assert_close(sum.error_max, 1, 0);
    assert_close(sum.error_rms, sqrt((9. / 16 + 1) / 2), 1e-15);
    scores_finish(&set);
}

/* c = s n + d with d orthogonal to n: the fit gives s back and the errors are those
 * planted. n = (1,1,1,1,2,2), d = e (1,-1,1,-1,1,-1). */
static void planted_errors_come_back(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    const double native[] = {1, 1, 1, 1, 2, 2}, e = 1e-3, s = 0.02;
    sample_fill(&set, 3, 2, native, s);
    for (size_t k = 0; k < 3; k++) {
        set.image[k].circuit_V[0] += s * e;
        set.image[k].circuit_V[1] -= s * e;
    }
    scores_summarise(&set, &sum);
    assert_close(sum.scale_V, s, 1e-16);
    assert_close(sum.error_rms, e / 2, 1e-14); /* relative to the largest, 2 */
    assert_close(sum.error_max, e / 2, 1e-14);
    /* sum dn dc = s 4/3; sum dc^2 = s^2 (4/3 + 6 e^2) */
    assert_close(sum.correlation, sqrt(4. / 3 / (4. / 3 + 6 * e * e)), 1e-12);
    assert_close(scores_image_rms(&set, &sum, 2), e / 2, 1e-14);
    set.image[1].circuit_V[0] += 5 * s * e;
    scores_summarise(&set, &sum);
    assert_int_equal(sum.worst_image, 1);
    scores_finish(&set);
}

/* One image: what its maxima are called, and who left it open. */
static void answer_is(const double native[3], const double circuit_V[3],
                      enum score_answer answer, bool by_native, bool by_circuit)
{
    struct score_set set;
    struct score_summary sum;
    sample_fill(&set, 1, 3, native, 1);
    memcpy(set.image[0].circuit_V, circuit_V, 3 * sizeof circuit_V[0]);
    scores_summarise(&set, &sum);
    assert_int_equal(scores_answer(&set, set.image), answer);
    assert_int_equal(sum.agreeing, answer == SCORE_AGREE);
    assert_int_equal(sum.ties, answer == SCORE_TIE);
    assert_int_equal(sum.native_ties, by_native);
    assert_int_equal(sum.circuit_ties, by_circuit);
    assert_int_equal(scores_disagree(&set, set.image), answer == SCORE_DISAGREE);
    assert_int_equal(isnan(sum.agreement), answer == SCORE_TIE);
    scores_finish(&set);
}

#define THREE(a, b, c)                                                                   \
    (const double[])                                                                     \
    {                                                                                    \
        a, b, c                                                                          \
    }

static void ties_are_no_disagreements(void **state)
{
    (void)state;
    const enum score_answer agree = SCORE_AGREE, disagree = SCORE_DISAGREE,
                            tie = SCORE_TIE;
    answer_is(THREE(4, 4, 1), THREE(4, 3, 1), tie, true, false);
    answer_is(THREE(4, 4, 1), THREE(3, 4, 1), tie, true, false);
    answer_is(THREE(4, 4, 1), THREE(1, 3, 4), disagree, false, false);
    answer_is(THREE(4, 3, 1), THREE(4, 4, 1), tie, false, true);
    answer_is(THREE(1, 3, 4), THREE(4, 4, 1), disagree, false, false);
    answer_is(THREE(0, 0, 0), THREE(0, 0, 0), tie, true, true); /* a blank image */
    answer_is(THREE(0, 0, 0), THREE(8e-11, 3e-11, 9e-11), tie, true, false);
    answer_is(THREE(1, 3, 4), THREE(2, 2, 2), tie, false, true); /* a dead circuit */
    answer_is(THREE(1, 3, 4), THREE(-1, -3, -4), disagree, false, false);
    /* equal but for rounding, and for the solver: half of the bound, and more than it */
    answer_is(THREE(4, 4 * (1 - 0.5e-12), 1), THREE(3, 4, 1), tie, true, false);
    answer_is(THREE(4, 4 * (1 - 1.5e-12), 1), THREE(3, 4, 1), disagree, false, false);
    answer_is(THREE(3, 4, 1), THREE(4, 4 * (1 - 0.5e-6), 1), tie, false, true);
    answer_is(THREE(3, 4, 1), THREE(4, 4 * (1 - 1.5e-6), 1), disagree, false, false);
    answer_is(THREE(4, 3, 1), THREE(4, 4 * (1 - 1.5e-6), 1), agree, false, false);
}

/* c = n but for one maximum of the dim second image, 0.01 off: 0.01/4 of the run's
 * largest, 0.01/2 of its own. A third one is blank and has nothing to be relative to. */
static void errors_are_relative_to_the_image_as_well(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    const double native[] = {4, 1, /**/ 2, 1, /**/ 0, 0};
    sample_fill(&set, 3, 2, native, 1);
    set.image[1].circuit_V[1] += 0.01;
    scores_summarise(&set, &sum);
    double error = 0.01 / 4;
    assert_close(sum.error_max, error, 2e-4); /* the scale takes some of it */
    assert_close(sum.error_max_own, 2 * sum.error_max, 1e-16);
    assert_close(scores_own(&set, &sum, &set.image[1]), 2, 0);
    assert_true(isnan(scores_own(&set, &sum, &set.image[2])));
    double square = 0;
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < 2; j++)
            square += pow((k + 1.) * scores_error(&sum, set.image[k].circuit_V[j],
                                                  set.image[k].native[j]),
                          2);
    assert_close(sum.error_rms_own, sqrt(square / 4), 1e-16);
    scores_finish(&set);
}

/* A circuit that follows the network with w_0 exactly: all of the error against the
 * paper's network, which has none, is due to w_0. n + 0.1 fits n with the scale
 * sum n (n + 0.1)/sum n^2. */
static void what_w_0_does_is_told_apart(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    const double native[] = {1, 3, /**/ 4, 2};
    sample_fill(&set, 2, 2, native, 1);
    scores_summarise(&set, &sum);
    assert_int_equal(sum.paper.maxima, 0); /* nobody gave any */
    assert_true(isnan(sum.paper.error_rms) && isnan(sum.offset_rms));
    assert_true(isnan(sum.whole_ms));
    double scale = 1 + 0.1 * 10 / 30, square = 0;
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < 2; j++) {
            struct score_image *s = &set.image[k];
            double n = s->native[j], c = n + 0.1;
            s->paper[j] = n;
            s->paper_offset[j] = c;
            s->circuit_V[j] = 0.5 * c;
            s->native_ms[j] = n * (k && j ? 0.996 : 0.999);
            square += pow((c / scale - n) / 4, 2);
        }
    scores_summarise(&set, &sum);
    assert_int_equal(sum.paper.maxima, 4);
    assert_close(sum.paper.scale_V, 0.5 * scale, 1e-15);
    assert_close(sum.paper.error_rms, sqrt(square / 4), 1e-15);
    assert_close(sum.paper_offset.error_rms, 0, 1e-15);
    assert_close(sum.paper_offset.native_max, 4.1, 0);
    assert_close(sum.offset_rms, sum.paper.error_rms, 1e-15);
    assert_close(sum.offset_max, sum.paper.error_max, 1e-15);
    assert_close(sum.whole_ms, 0.004, 1e-15);
    set.image[1].circuit_V[0] *= 1.02; /* an error of its own, which is in both */
    scores_summarise(&set, &sum);
    assert_true(sum.paper_offset.error_rms > 1e-3);
    square = 0;
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < 2; j++) {
            const struct score_image *s = &set.image[k];
            double a = s->circuit_V[j] / sum.paper.scale_V - s->paper[j],
                   b = s->circuit_V[j] / sum.paper_offset.scale_V - s->paper_offset[j];
            square += pow(a / 4 - b / 4.1, 2);
        }
    assert_close(sum.offset_rms, sqrt(square / 4), 1e-15);
    set.image[0].failed = true;
    set.image[0].paper[0] = NAN; /* of an image that does not count */
    scores_summarise(&set, &sum);
    assert_int_equal(sum.paper.maxima, 2);
    scores_finish(&set);
}

static void margins_are_relative_to_the_first(void **state)
{
    (void)state;
    assert_close(scores_margin(3, (double[]){1, 4, 3}), 0.25, 0);
    assert_close(scores_margin(3, (double[]){4, 4, 3}), 0, 0);
    assert_close(scores_margin(2, (double[]){-1, 2}), 1.5, 0);
    assert_close(scores_margin(2, (double[]){-1, 0}), 0, 0);
    assert_close(scores_margin(1, (double[]){2}), 1, 0);
    assert_close(scores_margin(0, NULL), 0, 0);
}

static void strange_labels_and_many_classes_are_safe(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    double native[2 * (SCORE_CLASSES + 1)];
    for (int i = 0; i < 2 * (SCORE_CLASSES + 1); i++)
        native[i] = i % (SCORE_CLASSES + 1);
    sample_fill(&set, 2, SCORE_CLASSES + 1, native, 1);
    set.image[0].label = SCORE_CLASSES;
    set.image[1].label = -1;
    scores_summarise(&set, &sum);
    assert_int_equal(sum.native_right, 1);
    assert_int_equal(sum.agreeing, 2);
    scores_finish(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_counted_by_hand),
        cmocka_unit_test(failed_images_count_for_nothing_else),
        cmocka_unit_test(nothing_scored_gives_zeros),
        cmocka_unit_test(constant_maxima_divide_by_nothing),
        cmocka_unit_test(dead_circuit_is_no_agreement),
        cmocka_unit_test(planted_errors_come_back),
        cmocka_unit_test(ties_are_no_disagreements),
        cmocka_unit_test(errors_are_relative_to_the_image_as_well),
        cmocka_unit_test(what_w_0_does_is_told_apart),
        cmocka_unit_test(margins_are_relative_to_the_first),
        cmocka_unit_test(strange_labels_and_many_classes_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
