#include "cm.h"

#include "report/json.h"
#include "report/sample.h"

static void file_is_indented_with_null_for_nan(void **state)
{
    struct err e = {0};
    cJSON *o = cJSON_CreateObject();
    json_numbers(o, "a,b", (double[]){0.1, NAN});
    json_text(o, "c", "x\"y");
    json_text(o, "d", NULL);
    assert_int_equal(json_write_in(*state, "o.json", o, &e), 0);
    char *text = sample_read(*state, "o.json");
    assert_string_equal(text, "{\n\t\"a\":\t0.1,\n\t\"b\":\tnull,\n"
                              "\t\"c\":\t\"x\\\"y\",\n\t\"d\":\tnull\n}\n");
    assert_int_equal(json_write_in("/dev/null/x", "o.json", o, &e), -1);
    free(text);
    cJSON_Delete(o);
}

static void dots_open_inner_objects(void **state)
{
    (void)state;
    cJSON *o = cJSON_Parse("{\"a\": 1, \"b\": {\"c\": {\"d\": 2}}, \"t\": \"3\"}");
    assert_true(json_get(o, "a", 9) == 1);
    assert_true(json_get(o, "b.c.d", 9) == 2);
    assert_true(json_get(o, "b.x.d", 9) == 9);
    assert_true(json_get(o, "b", 9) == 9);
    assert_true(json_get(o, "t", 9) == 9);
    assert_true(json_get(NULL, "a", 9) == 9);
    cJSON_Delete(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_is_indented_with_null_for_nan),
        cmocka_unit_test(dots_open_inner_objects),
    };
    return cmocka_run_group_tests(tests, sample_folder, sample_folder_remove);
}
