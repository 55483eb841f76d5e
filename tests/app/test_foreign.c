/* Runs whose circuit, images or weights are not what they should be: what is a tie is
 * called one, what is suspect is marked, in words, and a good run is not. */
#include "folder.h"

#include "app/accuracy.h"
#include "app/verify.h"
#include "base/log.h"
#include "report/json.h"
#include "report/score_tables.h"

#include <math.h>

static const char root[] = SPIKEBAR_SOURCE_ROOT;

/* Membranes that a circuit may have in the place of netlists/lif.sub. The ideal one, as
 * netlists/ideal/lif.sub, divided by 1e7; ... */
#define LEAK "i = cal_syn + (v(m) - cal_rest)*c_mem/kernel_tau_mem\n"
static const char faint[] = ".subckt lif mem\nBleak mem 0 i = cal_syn + 1e7*(v(mem) - "
                            "cal_rest)*c_mem/kernel_tau_mem\nCmem mem 0 "
                            "{1e7*c_mem}\n.ends lif\n";
/* ... one that does the same whatever comes in; ... */
static const char constant[] = ".subckt lif mem\nVmem mem 0 PWL(0 0.2 15m 0.2 20m 0.202 "
                               "50m 0.2)\n.ends lif\n";
/* ... one that falls where it should rise. */
static const char turned[] =
    ".subckt lif mem\nEmem mem s 0 m 1\nVs s 0 {2*cal_rest}\nFm 0 "
    "m Vs 1\nBleak m 0 " LEAK "Cmem m 0 {c_mem}\n.ends lif\n";

static void set(struct study *s, const char *assignment)
{
    struct err e;
    if (study_set(s, assignment, &e) < 0)
        fail_msg("%s", e.text);
}

static void set_path(struct study *s, const char *key, const char *folder,
                     const char *name)
{
    struct buf b = {0};
    buf_printf(&b, "%s=%s/%s", key, folder, name);
    set(s, b.data);
    buf_finish(&b);
}

static void begin(struct study *s)
{
    study_init(s);
    set(s, "simulate.images=3");
    set(s, "report.pictures=no");
}

/* Runs it below the folder, and finishes the study; the caller deletes the summary. */
static cJSON *summary_of(struct study *s, const char *folder)
{
    struct verify_result result;
    struct err e = {0};
    char *out = path_join(folder, "run");
    if (verify_run(s, root, out, NULL, false, &result, &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    assert_int_equal(result.failed, 0);
    free(result.folder), free(out);
    study_finish(s);
    return result.json;
}

/* The words of the marks in front of their colons. */
static void marks_are(const cJSON *summary, const char *expected)
{
    struct buf found = {0};
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(summary, "marks"))
        buf_printf(&found, "%s%.*s", found.len ? " " : "",
                   (int)strcspn(item->valuestring, ":"), item->valuestring);
    assert_string_equal(buf_text(&found), expected);
    assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(summary, "suspect")),
                     expected[0] != '\0');
    buf_finish(&found);
}

static double at(const cJSON *summary, const char *key)
{
    return json_get(summary, key, NAN);
}

/* ---- good ones ---- */

/* ... and its natives: at whole ms a maximum is up to 0.41 % lower, and of the networks
 * of paper 1 the one with w_0 is nearer. */
static void the_shipped_run_has_no_mark(void **state)
{
    struct study s;
    begin(&s);
    double w_0 = s.map.g_low_S / (s.map.g_high_S - s.map.g_low_S);
    cJSON *o = summary_of(&s, *state);
    marks_are(o, "");
    assert_close(at(o, "ties"), 0, 0);
    assert_close(at(o, "agreement"), 1, 0);
    assert_close(at(o, "scale_V") / at(o, "foreseen.scale_V"), 1, 0.01);
    assert_true(at(o, "accuracy.reached") < at(o, "accuracy.asked"));
    assert_true(at(o, "error_max_own") >= at(o, "error_max"));
    assert_true(at(o, "whole_ms_shortfall") > 1e-4 &&
                at(o, "whole_ms_shortfall") < 0.005);
    assert_close(at(o, "w_0"), w_0, 1e-15);
    assert_close(at(o, "paper_1.without_w_0.error_rms"), 0.0104, 0.002);
    assert_close(at(o, "paper_1.with_w_0.error_rms"), 0.00105, 0.0004);
    assert_close(at(o, "paper_1.due_to_w_0_rms"), 0.0101, 0.002);
    /* all maxima rise by nearly one factor, which is in the scale */
    assert_close(at(o, "paper_1.with_w_0.scale_V") / at(o, "scale_V"), 1, 0.003);
    cJSON_Delete(o);
}

/* What is compared with when paper 1's network is asked for is the one without w_0. */
static void paper_1_has_no_w_0(void **state)
{
    struct study s;
    begin(&s);
    set(&s, "simulate.compare=double-exponential");
    cJSON *o = summary_of(&s, *state);
    marks_are(o, "");
    assert_close(at(o, "error_rms"), at(o, "paper_1.without_w_0.error_rms"), 0);
    assert_close(at(o, "scale_V"), at(o, "paper_1.without_w_0.scale_V"), 0);
    assert_close(at(o, "whole_ms_shortfall"), 0, 0); /* it lives in whole ms */
    cJSON_Delete(o);
}

/* ---- circuits ---- */

static cJSON *with_membrane(const char *folder, const char *lif)
{
    struct experiment x;
    struct study s;
    struct err e = {0};
    begin(&s);
    assert_well(experiment_open(&x, &s, root, NULL, &e), e);
    assert_well(circuit_adopt(&x.circuit, folder, &e), e); /* a copy of the files */
    experiment_finish(&x);
    char *file = path_join(folder, "circuit/netlists/lif.sub");
    assert_well(file_write(file, lif, strlen(lif), &e), e);
    free(file);
    set_path(&s, "circuit.folder", folder, "circuit");
    return summary_of(&s, folder);
}

static void a_circuit_with_another_scale_is_marked(void **state)
{
    cJSON *o = with_membrane(*state, faint);
    double scale_V = at(o, "scale_V");
    if (!(scale_V > 1e-12 && scale_V < 1e-10))
        fail_msg("scale %g V", scale_V);
    const cJSON *marks = cJSON_GetObjectItemCaseSensitive(o, "marks");
    assert_holds(marks->child->valuestring, "scale: ");
    assert_holds(marks->child->valuestring, "cal_gain");
    cJSON_Delete(o);
}

static void a_circuit_that_does_always_the_same_is_marked(void **state)
{
    cJSON *o = with_membrane(*state, constant);
    marks_are(o, "scale correlation error output");
    assert_close(at(o, "correlation"), 0, 1e-3);
    assert_close(at(o, "ties"), 3, 0); /* all outputs alike: nothing agrees */
    assert_close(at(o, "circuit_ties"), 3, 0);
    assert_true(isnan(at(o, "agreement")));
    cJSON_Delete(o);
}

static void a_circuit_with_its_sign_turned_is_marked(void **state)
{
    cJSON *o = with_membrane(*state, turned);
    const cJSON *marks = cJSON_GetObjectItemCaseSensitive(o, "marks");
    assert_holds(marks->child->valuestring, "scale: ");
    assert_true(cJSON_GetArraySize(marks) >= 3);
    cJSON_Delete(o);
}

static void a_dead_column_is_named(void **state)
{
    struct study s;
    begin(&s);
    set(&s, "circuit.override=col3.rf=1");
    cJSON *o = summary_of(&s, *state);
    char *text = cJSON_PrintUnformatted(o);
    assert_holds(text, "output: 1 of 10 have a scale of their own");
    assert_holds(text, ": 3 (");
    assert_true(at(o, "error_max") > 0.1);
    cJSON_free(text);
    cJSON_Delete(o);
}

/* ---- weights and images ---- */

static void put_weights(const char *folder, bool equal)
{
    struct buf b = {0};
    for (int k = 0; k < 640; k++)
        buf_printf(&b, "%s%s",
                   equal        ? "0.5"
                   : k % 10 % 2 ? "1"
                                : "0",
                   k % 10 == 9 ? "\n" : ",");
    folder_put(folder, "weights.csv", b.data);
    buf_finish(&b);
}

/* Ten equal columns, and five pairs of each of two kinds. */
static void equal_columns_are_ties(void **state)
{
    for (int equal = 0; equal < 2; equal++) {
        struct study s;
        begin(&s);
        put_weights(*state, equal);
        set_path(&s, "simulate.weights", *state, "weights.csv");
        char *out = folder_sub(*state, equal ? "a" : "b");
        cJSON *o = summary_of(&s, out);
        marks_are(o, "");
        assert_close(at(o, "ties"), 3, 0);
        assert_close(at(o, "native_ties"), 3, 0);
        assert_close(at(o, "circuit_ties"), 3, 0);
        assert_true(isnan(at(o, "agreement")));
        assert_int_equal(
            cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(o, "disagreements")), 0);
        cJSON_Delete(o), free(out);
    }
}

/* Digits of class 3 alone, every other one blank; or none but blank ones. */
static void put_images(const char *folder, bool all_blank)
{
    struct buf b = {0};
    for (int k = 0; k < 8; k++) {
        for (int i = 0; i < 64; i++)
            buf_printf(&b, "%d,", all_blank || k % 2 ? 0 : (7 * i + k) % 17);
        buf_puts(&b, "3\n");
    }
    folder_put(folder, "images.csv", b.data);
    buf_finish(&b);
}

static cJSON *with_images(const char *folder, bool all_blank)
{
    struct study s;
    begin(&s);
    put_images(folder, all_blank);
    set_path(&s, "dataset.path", folder, "images.csv");
    set(&s, "dataset.test_fraction=1");
    set(&s, "simulate.images=0");
    return summary_of(&s, folder);
}

static void blank_images_are_ties(void **state)
{
    cJSON *o = with_images(*state, false);
    marks_are(o, "");
    assert_close(at(o, "ties"), 4, 0);
    assert_close(at(o, "native_ties"), 4, 0);
    assert_close(at(o, "agreement"), 1, 0); /* of the other four */
    cJSON_Delete(o);
}

static void nothing_but_blank_images_is_marked(void **state)
{
    cJSON *o = with_images(*state, true);
    marks_are(o, "silent");
    assert_close(at(o, "ties"), 8, 0);
    cJSON_Delete(o);
}

/* ---- accuracy ---- */

/* Steps of 2 ms under a limit of 0.1 %. What is said of it is three quarters of what
 * steps of 19 us find, for errors grow with the step (circuit/circuit.c), or more. */
static void missed_accuracy_is_found(void **state)
{
    struct study s;
    struct score_set coarse, fine;
    struct err e = {0};
    static const char *const names[] = {"coarse", "fine"};
    double reached = NAN, worst = 0, largest = 0;
    for (int k = 0; k < 2; k++) {
        begin(&s);
        set(&s, "simulate.images=1");
        set(&s, k ? "simulate.step=19.1e-6" : "simulate.step=2e-3");
        set(&s, k ? "report.check=no" : "report.check=yes");
        set(&s, "simulate.exact=yes");
        char *out = folder_sub(*state, names[k]), *run = path_join(out, "run");
        cJSON *o = summary_of(&s, out);
        if (k == 0) {
            reached = at(o, "accuracy.reached");
            marks_are(o, "accuracy");
        } else {
            assert_true(isnan(at(o, "accuracy.reached")));
            marks_are(o, "");
        }
        assert_well(score_tables_read(run, k ? &fine : &coarse, &e), e);
        cJSON_Delete(o), free(out), free(run);
    }
    for (size_t j = 0; j < fine.outputs; j++) {
        double V = fine.image[0].circuit_V[j];
        worst = fmax(worst, fabs(coarse.image[0].circuit_V[j] - V));
        largest = fmax(largest, V);
    }
    assert_true(worst / largest > 1e-3);
    assert_close(reached / (worst / largest), 0.75, 0.1);
    scores_finish(&coarse), scores_finish(&fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(the_shipped_run_has_no_mark),
        in_folder(paper_1_has_no_w_0),
        in_folder(a_circuit_with_another_scale_is_marked),
        in_folder(a_circuit_that_does_always_the_same_is_marked),
        in_folder(a_circuit_with_its_sign_turned_is_marked),
        in_folder(a_dead_column_is_named),
        in_folder(equal_columns_are_ties),
        in_folder(blank_images_are_ties),
        in_folder(nothing_but_blank_images_is_marked),
        in_folder(missed_accuracy_is_found),
    };
    log_set_level(LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
