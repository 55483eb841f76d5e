#include "cm.h"

#include "report/sample.h"
#include "report/table.h"

#include <sqlite3.h>

/* Two rows with all that a cell can be. */
static void make(struct table *t)
{
    table_init(t, "stage:text,gain_V,count:integer");
    t->title = "stages";
    t->key = "stage";
    table_text(t, "a \"big\", <old> stage");
    table_numbers(t, 2, (double[]){0.1, 12});
    table_text(t, "\u00b5");
    table_number(t, NAN);
    table_print(t, "%d of %d", 1, 2);
}

static char *rendered(size_t n, const struct table t[n], const char *ending)
{
    struct buf out = {0};
    struct err e = {0};
    assert_int_equal(tables_render(n, t, ending, &out, &e), 0);
    return out.data;
}

static void numbers_come_back(void **state)
{
    struct table t;
    struct err e = {0};
    table_init(&t, "voltage_V,current_A");
    for (int i = 0; i < 100; i++)
        table_row(&t, (double[]){i, 1 / (i + 0.3)});
    table_row(&t, (double[]){INFINITY, NAN});
    assert_int_equal(table_rows(&t), 101);
    assert_int_equal(table_find(&t, "current_A"), 1);
    assert_true(table_at(&t, 99, 1)->number == 1 / 99.3);
    assert_true(table_at(&t, 100, 0)->empty);
    assert_int_equal(table_write(&t, *state, "t.csv", &e), 0);
    char *text = sample_read(*state, "t.csv"), *p = strchr(text, '\n') + 1;
    assert_memory_equal(text, "voltage_V,current_A\n0,3.33", 26);
    for (int i = 0; i < 100; i++) {
        assert_true(strtod(p, &p) == i);
        assert_true(strtod(p + 1, &p) == 1 / (i + 0.3));
    }
    assert_string_equal(p, "\n,\n");
    table_finish(&t);
    free(text);
}

static void csv_quotes_where_needed(void **state)
{
    (void)state;
    struct table t[2];
    make(&t[0]);
    table_init(&t[1], "x");
    char *text = rendered(2, t, "csv");
    assert_string_equal(text, "stage,gain_V,count\n"
                              "\"a \"\"big\"\", <old> stage\",0.10000000000000001,12\n"
                              "\u00b5,,1 of 2\n"
                              "\nx\n");
    free(text);
    table_finish(&t[0]), table_finish(&t[1]);
}

static void json_has_an_object_a_row(void **state)
{
    (void)state;
    struct table t[2];
    make(&t[0]), make(&t[1]);
    t[1].title = "again";
    char *text = rendered(1, t, "json");
    cJSON *o = cJSON_Parse(text), *row = cJSON_GetArrayItem(o, 1);
    assert_int_equal(cJSON_GetArraySize(o), 2);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(row, "gain_V")));
    assert_string_equal(cJSON_GetObjectItem(row, "count")->valuestring, "1 of 2");
    row = cJSON_GetArrayItem(o, 0);
    assert_true(cJSON_GetObjectItem(row, "gain_V")->valuedouble == 0.1);
    cJSON_Delete(o);
    free(text);
    text = rendered(2, t, "json");
    o = cJSON_Parse(text);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(o, "again")), 2);
    cJSON_Delete(o);
    free(text);
    table_finish(&t[0]), table_finish(&t[1]);
}

static void data_base_has_types_and_nulls(void **state)
{
    struct table t;
    struct err e = {0};
    sqlite3 *db;
    sqlite3_stmt *query;
    make(&t);
    assert_int_equal(table_write(&t, *state, "t.sqlite", &e), 0);
    char *path = path_join(*state, "t.sqlite");
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT * FROM stages ORDER BY stage", -1,
                                        &query, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(query, 0),
                        "a \"big\", <old> stage");
    assert_int_equal(sqlite3_column_type(query, 1), SQLITE_FLOAT);
    assert_int_equal(sqlite3_column_type(query, 2), SQLITE_INTEGER);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    assert_int_equal(sqlite3_column_type(query, 1), SQLITE_NULL);
    sqlite3_finalize(query);
    sqlite3_close(db);
    table_text(&t, "\u00b5"); /* the key twice */
    table_numbers(&t, 2, (double[]){0, 0});
    assert_int_equal(table_write(&t, *state, "t.sqlite", &e), -1);
    assert_string_equal(e.place, path);
    free(path);
    table_finish(&t);
}

static void people_get_pages_and_lines(void **state)
{
    (void)state;
    struct table t;
    make(&t);
    t.caption = "1 < 2";
    char *text = rendered(1, &t, "html");
    assert_non_null(strstr(text, "<th scope=\"row\" class=\"break\">a &quot;big&quot;, "
                                 "&lt;old&gt; stage</th><td class=\"n\">"));
    assert_non_null(strstr(text, "<td class=\"n\"></td><td class=\"n\">1 of 2</td>"));
    assert_non_null(strstr(text, "<p>1 &lt; 2</p>"));
    free(text);
    text = rendered(1, &t, "TXT");
    assert_string_equal(text, "stage                 gain_V   count\n"
                              "a \"big\", <old> stage     0.1      12\n"
                              "\u00b5                             1 of 2\n");
    free(text);
    table_finish(&t);
}

static void other_endings_are_refused(void **state)
{
    struct table t;
    struct err e = {0};
    char line[512];
    make(&t);
    assert_int_equal(table_write(&t, *state, "t.xls", &e), -1);
    err_format(&e, sizeof line, line);
    assert_non_null(strstr(line, "t.xls: no table can be written as `xls`"));
    assert_non_null(strstr(line, "csv, json, sqlite, html, txt"));
    assert_int_equal(table_write(&t, "/dev/null", "t.csv", &e), -1);
    table_finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(csv_quotes_where_needed),
        cmocka_unit_test(json_has_an_object_a_row),
        cmocka_unit_test(data_base_has_types_and_nulls),
        cmocka_unit_test(people_get_pages_and_lines),
        cmocka_unit_test(other_endings_are_refused),
    };
    return cmocka_run_group_tests(tests, sample_folder, sample_folder_remove);
}
