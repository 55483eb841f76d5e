/* Circuits that are not what they should be: each is marked, and a good one is not. */
#include "cm.h"

#include "report/marks.h"
#include "report/sample.h"

static const double native[] = {4, 1, 2, /**/ 1, 3, 2, /**/ 1, 2, 5, /**/ 2, 1, 2.5};
static const struct marks_foreseen usual = {.scale_V = 4e-4,
                                            .error = 0.015,
                                            .against_circuit = true,
                                            .accuracy = 1e-3,
                                            .reached = NAN};

static void good(struct score_set *set, double scale_V)
{
    sample_fill(set, 4, 3, native, scale_V);
}

/* The words before the colons, with blanks between: "scale error". Finishes the set. */
static void marks_are(struct score_set *set, const struct marks_foreseen *f,
                      const char *expected)
{
    struct score_summary sum;
    struct marks m;
    struct buf found = {0};
    scores_summarise(set, &sum);
    marks_find(set, &sum, f, &m);
    for (size_t i = 0; i < m.count; i++) {
        assert_non_null(strstr(m.text[i], ": "));
        buf_printf(&found, "%s%.*s", i ? " " : "", (int)strcspn(m.text[i], ":"),
                   m.text[i]);
    }
    assert_string_equal(buf_text(&found), expected);
    buf_finish(&found);
    scores_finish(set);
}

static void a_calibrated_circuit_has_none(void **state)
{
    (void)state;
    struct score_set set;
    good(&set, 4e-4);
    marks_are(&set, &usual, "");
    good(&set, 4e-4); /* of which nothing is known */
    marks_are(&set, &(struct marks_foreseen){.reached = NAN}, "");
}

static void another_scale_is_told(void **state)
{
    (void)state;
    struct score_set set;
    good(&set, 6.8e-11);
    marks_are(&set, &usual, "scale");
    good(&set, 4e-4 * 1.09);
    marks_are(&set, &usual, "");
    good(&set, 4e-4 * 1.11);
    marks_are(&set, &usual, "scale");
    good(&set, 4e-4 * 0.89);
    marks_are(&set, &usual, "scale");
    good(&set, -4e-4); /* the sign turned */
    marks_are(&set, &usual, "scale correlation");
}

static void a_circuit_without_an_answer_is_told(void **state)
{
    (void)state;
    struct score_set set;
    good(&set, 0); /* at rest for ever */
    marks_are(&set, &usual, "scale correlation error");
    good(&set, 4e-4);
    for (size_t k = 0; k < set.images; k++) /* the same whatever comes in */
        for (size_t j = 0; j < set.outputs; j++)
            set.image[k].circuit_V[j] = 9e-4;
    marks_are(&set, &usual, "scale correlation error output");
}

/* Errors d with a scale of its own: the largest is d/5, of the largest maximum. */
static void larger_errors_than_foreseen_are_told(void **state)
{
    (void)state;
    struct score_set set;
    for (int more = 0; more < 2; more++) {
        good(&set, 4e-4);
        set.image[1].circuit_V[0] += 4e-4 * 5 * (more ? 0.016 : 0.014);
        marks_are(&set, &usual, more ? "error" : "");
    }
    struct marks_foreseen other = usual; /* another network: it is no error */
    other.against_circuit = false;
    good(&set, 4e-4);
    set.image[1].circuit_V[0] += 4e-4 * 5 * 0.016;
    marks_are(&set, &other, "");
}

/* Maxima with a spread s and errors e of one size have a correlation of
 * 1/sqrt(1 + (e/s)^2); a tenth more and less than the errors foreseen. */
static void a_low_correlation_is_told(void **state)
{
    (void)state;
    struct marks_foreseen f = {.error = 0.1, .reached = NAN};
    for (int more = 0; more < 2; more++) {
        struct score_set set;
        const double four[] = {1, 1, 3, 3};
        sample_fill(&set, 2, 2, four, 1);
        double d = 3 * 0.1 * sqrt(3. / 4) * (more ? 1.1 : 0.9);
        for (size_t k = 0; k < 2; k++) {
            set.image[k].circuit_V[0] += d;
            set.image[k].circuit_V[1] -= d;
        }
        marks_are(&set, &f, more ? "correlation" : "");
    }
}

/* All maxima within the error: whether they follow cannot be seen. */
static void maxima_without_spread_are_not_asked(void **state)
{
    (void)state;
    struct score_set set;
    const double equal[] = {2, 2, 2, 2};
    sample_fill(&set, 2, 2, equal, 4e-4);
    set.image[0].circuit_V[0] *= 1.001;
    marks_are(&set, &usual, "");
    sample_fill(&set, 2, 2, equal, 4e-4); /* rounding goes the other way */
    set.image[0].native[0] *= 1 + 1e-15;
    set.image[0].circuit_V[0] *= 1 - 1e-9;
    marks_are(&set, &usual, "");
}

static void a_dead_column_is_named(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    struct marks m;
    good(&set, 4e-4);
    for (size_t k = 0; k < set.images; k++)
        set.image[k].circuit_V[1] = 0;
    scores_summarise(&set, &sum);
    marks_find(&set, &sum, &usual, &m);
    assert_int_equal(m.count, 4); /* scale, correlation, error, output */
    assert_non_null(strstr(m.text[3], "output: 1 of 3"));
    assert_non_null(strstr(m.text[3], "0.0004 V: 1 (0 V)"));
    scores_finish(&set);
}

/* ... but not one that the network leaves at rest too. */
static void an_output_at_rest_is_not_dead(void **state)
{
    (void)state;
    struct score_set set;
    good(&set, 4e-4);
    for (size_t k = 0; k < set.images; k++)
        set.image[k].native[1] = set.image[k].circuit_V[1] = 0;
    marks_are(&set, &usual, "");
}

static void blank_images_and_failures_have_no_scale(void **state)
{
    (void)state;
    struct score_set set;
    const double blank[6] = {0};
    sample_fill(&set, 2, 3, blank, 1);
    marks_are(&set, &usual, "silent");
    good(&set, 6.8e-11);
    for (size_t k = 0; k < set.images; k++)
        set.image[k].failed = true;
    marks_are(&set, &usual, "");
    sample_fill(&set, 1, 3, native, 4e-4); /* one blank one among others */
    marks_are(&set, &usual, "");
}

static void a_missed_accuracy_is_told(void **state)
{
    (void)state;
    struct score_set set;
    struct marks_foreseen f = usual;
    f.reached = 0.9e-3;
    good(&set, 4e-4);
    marks_are(&set, &f, "");
    f.reached = 1.1e-3;
    good(&set, 4e-4);
    marks_are(&set, &f, "accuracy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calibrated_circuit_has_none),
        cmocka_unit_test(another_scale_is_told),
        cmocka_unit_test(a_circuit_without_an_answer_is_told),
        cmocka_unit_test(larger_errors_than_foreseen_are_told),
        cmocka_unit_test(a_low_correlation_is_told),
        cmocka_unit_test(maxima_without_spread_are_not_asked),
        cmocka_unit_test(a_dead_column_is_named),
        cmocka_unit_test(an_output_at_rest_is_not_dead),
        cmocka_unit_test(blank_images_and_failures_have_no_scale),
        cmocka_unit_test(a_missed_accuracy_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
