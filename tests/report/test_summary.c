#include "cm.h"

#include "report/sample.h"
#include "report/summary.h"

static const struct summary_pair pairs[] = {
    {"versions.spikebar", "0.1.0", 0},
    {"versions.library.name", "x", 0},
    {"simulated_now", NULL, 97},
};

static const struct summary_facts facts = {
    .seconds = 12.5,
    .images_per_second = 8,
    .seed = ((uint64_t)1 << 53) + 1,
    .ngspice_version = "39.3",
    .pairs = 3,
    .pair = pairs,
};

/* The item at a dotted key, which must be there. */
static const cJSON *at(const cJSON *json, const char *key)
{
    char *names = mem_copy_string(key), *rest = names;
    for (char *name; (name = strsep(&rest, "."));)
        json = cJSON_GetObjectItemCaseSensitive(json, name);
    if (!json)
        fail_msg("no key %s", key);
    free(names);
    return json;
}

static cJSON *written(const char *folder, const struct score_set *set)
{
    struct score_summary sum;
    struct err e = {0};
    scores_summarise(set, &sum);
    assert_int_equal(summary_write(folder, set, &sum, &facts, &e), 0);
    char *text = sample_read(folder, SUMMARY_FILE);
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    free(text);
    return json;
}

static void keys_are_there_and_nested(void **state)
{
    static const char *const numbers[] = {
        "images",
        "failed",
        "native.accuracy",
        "native.right",
        "circuit.accuracy",
        "native.standard_error",
        "circuit.right",
        "agreement",
        "circuit.standard_error",
        "correlation",
        "error_rms",
        "error_max",
        "scale_V",
        "seconds",
        "images_per_second",
        "retried",
        "climbed",
        "simulated_now",
        "native.wilson_low",
        "native.wilson_high",
        "circuit.wilson_low",
        "circuit.wilson_high",
        "ties",
        "native_ties",
        "circuit_ties",
        "error_rms_own",
        "error_max_own",
    };
    struct score_set set;
    sample_run(&set, 12);
    cJSON *json = written(*state, &set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_true(cJSON_IsNumber(at(json, numbers[i])));
    assert_close(at(json, "failed")->valuedouble, 1, 0);
    assert_close(at(json, "simulated_now")->valuedouble, 97, 0);
    assert_string_equal(at(json, "seed")->valuestring, "9007199254740993");
    assert_string_equal(at(json, "ngspice_version")->valuestring, "39.3");
    assert_true(cJSON_IsNull(at(json, "weights_sha256")));
    assert_string_equal(at(json, "versions.spikebar")->valuestring, "0.1.0");
    assert_string_equal(at(json, "versions.library.name")->valuestring, "x");
    assert_int_equal(cJSON_GetArraySize(json), 26 + 2);
    cJSON_Delete(json);
    scores_finish(&set);
}

static void failures_and_disagreements_are_listed(void **state)
{
    struct score_set set;
    const double native[] = {4, 3, /**/ 2, 1, /**/ 1, 2};
    sample_fill(&set, 3, 2, native, 1);
    set.image[0].circuit_V[1] = 5;
    set.image[0].label = 1;
    set.image[2].failed = true;
    set.image[2].circuit_V[1] = 0;
    set.image[2].cause = mem_copy_string("time \"out\"");
    cJSON *json = written(*state, &set);
    const cJSON *list = at(json, "disagreements"), *entry = cJSON_GetArrayItem(list, 0);
    assert_int_equal(cJSON_GetArraySize(list), 1);
    assert_close(at(entry, "image")->valuedouble, 100, 0);
    assert_close(at(entry, "label")->valuedouble, 1, 0);
    assert_close(at(entry, "native")->valuedouble, 0, 0);
    assert_close(at(entry, "circuit")->valuedouble, 1, 0);
    assert_close(at(entry, "native_margin")->valuedouble, 0.25, 0);
    assert_close(at(entry, "circuit_margin")->valuedouble, 0.2, 1e-15);
    list = at(json, "failures");
    assert_int_equal(cJSON_GetArraySize(list), 1);
    assert_close(at(list->child, "image")->valuedouble, 102, 0);
    assert_string_equal(at(list->child, "cause")->valuestring, "time \"out\"");
    cJSON_Delete(json);
    scores_finish(&set);
}

static void fill_papers(struct score_set *set)
{
    for (size_t k = 0; k < set->images; k++)
        for (size_t j = 0; j < set->outputs; j++) {
            struct score_image *s = &set->image[k];
            s->paper[j] = s->native[j] - 0.1;
            s->paper_offset[j] = s->native[j];
            s->native_ms[j] = 0.998 * s->native[j];
        }
}

static void papers_and_marks_are_there(void **state)
{
    (void)state;
    struct score_set set;
    struct score_summary sum;
    struct marks marks = {.count = 2, .text = {"scale: \"off\"", "error: large"}};
    struct summary_facts marked = facts;
    sample_run(&set, 12);
    scores_summarise(&set, &sum);
    cJSON *json = summary_json(&set, &sum, &facts);
    assert_true(cJSON_IsFalse(at(json, "suspect")));
    assert_int_equal(cJSON_GetArraySize(at(json, "marks")), 0);
    assert_false(cJSON_HasObjectItem(json, "paper_1"));
    cJSON_Delete(json);
    fill_papers(&set);
    scores_summarise(&set, &sum);
    marked.marks = &marks;
    json = summary_json(&set, &sum, &marked);
    assert_true(cJSON_IsTrue(at(json, "suspect")));
    assert_string_equal(at(json, "marks")->child->valuestring, "scale: \"off\"");
    assert_close(at(json, "paper_1.without_w_0.error_rms")->valuedouble,
                 sum.paper.error_rms, 0);
    assert_close(at(json, "paper_1.with_w_0.error_rms")->valuedouble, sum.error_rms, 0);
    assert_close(at(json, "paper_1.with_w_0.scale_V")->valuedouble, sum.scale_V, 0);
    assert_close(at(json, "paper_1.due_to_w_0_rms")->valuedouble, sum.offset_rms, 0);
    assert_close(at(json, "paper_1.due_to_w_0_max")->valuedouble, sum.offset_max, 0);
    assert_close(at(json, "whole_ms_shortfall")->valuedouble, 0.002, 1e-15);
    cJSON_Delete(json);
    scores_finish(&set);
}

/* Where nothing but ties is left there is no agreement to tell. */
static void ties_alone_leave_no_agreement(void **state)
{
    struct score_set set;
    const double native[] = {2, 2, /**/ 0, 0};
    sample_fill(&set, 2, 2, native, 1);
    cJSON *json = written(*state, &set);
    assert_true(cJSON_IsNull(at(json, "agreement")));
    assert_close(at(json, "ties")->valuedouble, 2, 0);
    assert_int_equal(cJSON_GetArraySize(at(json, "disagreements")), 0);
    cJSON_Delete(json);
    scores_finish(&set);
}

static void facts_are_read_back(void **state)
{
    struct score_set set;
    struct summary_file file;
    struct err e = {0};
    sample_run(&set, 5);
    cJSON_Delete(written(*state, &set));
    assert_int_equal(summary_read(*state, &file, &e), 0);
    assert_close(file.facts.seconds, 12.5, 0);
    assert_close(file.facts.images_per_second, 8, 0);
    assert_true(file.facts.seed == facts.seed);
    assert_string_equal(file.facts.ngspice_version, "39.3");
    assert_null(file.facts.weights_sha256);
    assert_int_equal(file.facts.pairs, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(file.facts.pair[i].key, pairs[i].key);
        if (pairs[i].text)
            assert_string_equal(file.facts.pair[i].text, pairs[i].text);
        assert_close(file.facts.pair[i].number, pairs[i].number, 0);
    }
    summary_file_finish(&file);
    scores_finish(&set);
}

static void broken_file_is_an_error_with_its_place(void **state)
{
    struct summary_file file;
    struct err e = {0};
    char *path = path_join(*state, SUMMARY_FILE);
    assert_int_equal(file_write(path, "[1, 2", 5, &e), 0);
    assert_int_equal(summary_read(*state, &file, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_string_equal(e.place, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(summary_read(*state, &file, &e), -1);
    assert_int_equal(e.code, ERR_FILE);
    free(path);
}

static void verdict_of(size_t images, size_t failed, size_t agreeing, const char *text)
{
    struct buf b = {0};
    struct score_summary sum = {
        .images = images,
        .failed = failed,
        .scored = images - failed,
        .agreeing = agreeing,
        .native_accuracy = 0.91,
        .native_low = 0.8377,
        .native_high = 0.9519,
        .circuit_accuracy = 1,
        .circuit_low = 0.9630,
        .circuit_high = 1,
    };
    summary_verdict(&sum, &b);
    assert_string_equal(b.data, text);
    buf_finish(&b);
}

#define SHARES                                                                           \
    "accuracy network 91.0 % (95 %: 83.8 to 95.2), circuit 100.0 % (95 %: 96.3 to "      \
    "100.0)"

static void verdict_says_what_happened(void **state)
{
    (void)state;
    verdict_of(100, 0, 100,
               "100 images, none failed: circuit and network agree on all 100; " SHARES);
    verdict_of(
        100, 0, 98,
        "100 images, none failed: circuit and network agree on 98 of 100; " SHARES);
    verdict_of(100, 2, 97,
               "100 images, 2 failed: circuit and network agree on 97 of the 98 "
               "others; " SHARES);
    verdict_of(
        100, 2, 98,
        "100 images, 2 failed: circuit and network agree on all 98 others; " SHARES);
    struct score_summary ties = {.images = 4, .scored = 4, .agreeing = 3, .ties = 1};
    struct buf b = {0};
    summary_verdict(&ties, &b);
    assert_non_null(strstr(b.data, "agree on 3 of 4, 1 is a tie; "));
    buf_finish(&b);
    verdict_of(1, 1, 0, "1 image, all failed: nothing to compare");
    verdict_of(0, 0, 0, "no images: nothing to compare");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_there_and_nested),
        cmocka_unit_test(failures_and_disagreements_are_listed),
        cmocka_unit_test(papers_and_marks_are_there),
        cmocka_unit_test(ties_alone_leave_no_agreement),
        cmocka_unit_test(facts_are_read_back),
        cmocka_unit_test(broken_file_is_an_error_with_its_place),
        cmocka_unit_test(verdict_says_what_happened),
    };
    return cmocka_run_group_tests(tests, sample_folder, sample_folder_remove);
}
