#include "cm.h"

#include "report/sample.h"
#include "report/score_tables.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <dirent.h>

static const struct summary_pair pairs[] = {
    {"versions.spikebar", "0.1.0", 0},
    {"versions.compiler", "cc", 0},
    {"simulated_now", NULL, 97},
};

static const struct summary_facts facts = {
    .seconds = 12.5,
    .images_per_second = 8,
    .seed = 18446744073709551615u,
    .ngspice_version = "39.3",
    .weights_sha256 = "ab",
    .pairs = 3,
    .pair = pairs,
};

static void make(struct score_set *set, struct score_summary *sum)
{
    sample_run(set, 12);
    memcpy(set->image[8].circuit_V, set->image[9].circuit_V, 10 * sizeof(double));
    scores_summarise(set, sum);
}

/* One cell, quotes removed, in place; returns what follows its comma or line end. */
static char *cut_cell(char *p, char **cell)
{
    bool quoted = *p == '"';
    char *to = *cell = p + quoted;
    for (p += quoted; *p && (quoted || (*p != ',' && *p != '\n')); p++) {
        if (quoted && *p == '"' && *++p != '"')
            break;
        *to++ = *p;
    }
    char *next = *p ? p + 1 : p;
    *to = '\0';
    return next;
}

static size_t cut(char *text, size_t max, char *cells[])
{
    size_t n = 0;
    while (*text && n < max)
        text = cut_cell(text, &cells[n++]);
    return n;
}

static void cell_is(const char *cell, double x)
{
    char *end;
    assert_true(strtod(cell, &end) == x); /* to the last bit */
    assert_true(end != cell && *end == '\0');
}

static void csv_gives_every_number_back(void **state)
{
    struct score_set set;
    struct score_summary sum;
    struct err e = {0};
    char *cells[12 * 121 + 1];
    make(&set, &sum);
    assert_int_equal(score_tables_write(*state, &set, &sum, &facts, &e), 0);
    char *text = sample_read(*state, SCORE_TABLES_MAXIMA);
    assert_memory_equal(text,
                        "position,image,label,neuron,circuit_V,circuit_s,rest_V,"
                        "native,native_s,error,status,rung\n0,3,",
                        80);
    assert_int_equal(cut(text, 12 * 121 + 1, cells), 12 * 121);
    for (size_t k = 0; k < 12; k++)
        for (size_t j = 0; j < 10; j++) {
            const struct score_image *s = &set.image[k];
            char **c = cells + 12 * (1 + 10 * k + j);
            cell_is(c[0], (double)k), cell_is(c[1], (double)s->image);
            cell_is(c[2], s->label), cell_is(c[3], (double)j);
            cell_is(c[7], s->native[j]), cell_is(c[8], s->native_s[j]);
            assert_string_equal(c[10], k == 3 ? "failed" : "ok");
            if (k == 3) {
                assert_true(!*c[4] && !*c[5] && !*c[6] && !*c[9] && !*c[11]);
                continue;
            }
            cell_is(c[4], s->circuit_V[j]), cell_is(c[5], s->circuit_s[j]);
            cell_is(c[6], s->rest_V[j]), cell_is(c[11], s->rung);
            cell_is(c[9],
                    (s->circuit_V[j] / sum.scale_V - s->native[j]) / sum.native_max);
        }
    free(text);
    scores_finish(&set);
}

static void images_have_answers_and_causes(void **state)
{
    struct score_set set;
    struct score_summary sum;
    struct err e = {0};
    char *cells[183];
    make(&set, &sum);
    assert_int_equal(score_tables_write(*state, &set, &sum, &facts, &e), 0);
    char *text = sample_read(*state, SCORE_TABLES_IMAGES);
    assert_int_equal(cut(text, 183, cells), 14 * 13);
    assert_string_equal(cells[14 * 4 + 9], set.image[3].cause);
    assert_string_equal(cells[14 * 4 + 4], "");
    assert_string_equal(cells[14 * 4 + 10], ""); /* a failure answers nothing */
    assert_string_equal(cells[14 * 4 + 12], "");
    assert_string_equal(cells[14 * 7 + 9], ""); /* retried, but not failed */
    cell_is(cells[14 + 5], scores_margin(10, set.image[0].native));
    cell_is(cells[14 + 6], scores_margin(10, set.image[0].circuit_V));
    for (size_t k = 0; k < 12; k++) {
        const struct score_image *s = &set.image[k];
        double largest = 0;
        if (s->failed)
            continue;
        for (size_t j = 0; j < 10; j++)
            largest =
                fmax(largest, fabs(scores_error(&sum, s->circuit_V[j], s->native[j])));
        cell_is(cells[14 * (k + 1) + 12], largest);
        cell_is(cells[14 * (k + 1) + 13], largest * scores_own(&set, &sum, s));
    }
    free(text);
    scores_finish(&set);
}

/* One image of each kind, in words. */
static void images_say_who_left_them_open(void **state)
{
    static const double native[] = {4, 1, /**/ 4, 1, /**/ 4, 4, /**/ 4, 1, /**/ 0, 0};
    static const char *const words[][2] = {{"agree", ""},
                                           {"disagree", ""},
                                           {"tie", "network"},
                                           {"tie", "circuit"},
                                           {"tie", "both"}};
    struct score_set set;
    struct score_summary sum;
    struct err e = {0};
    char *cells[14 * 6 + 1];
    sample_fill(&set, 5, 2, native, 1);
    set.image[1].circuit_V[1] = set.image[2].circuit_V[1] = 5;
    set.image[3].circuit_V[1] = 4;
    scores_summarise(&set, &sum);
    assert_int_equal(score_tables_write(*state, &set, &sum, &facts, &e), 0);
    char *text = sample_read(*state, SCORE_TABLES_IMAGES);
    assert_int_equal(cut(text, 14 * 6 + 1, cells), 14 * 6);
    for (size_t k = 0; k < 5; k++) {
        assert_string_equal(cells[14 * (k + 1) + 10], words[k][0]);
        assert_string_equal(cells[14 * (k + 1) + 11], words[k][1]);
    }
    assert_string_equal(cells[14 * 5 + 13], ""); /* blank: no maximum of its own */
    free(text);
    scores_finish(&set);
}

/* Attempts, causes of what went well in the end, and facts about time leave no mark. */
static void csv_bytes_depend_on_results_only(void **state)
{
    struct score_set set;
    struct score_summary sum;
    struct err e = {0};
    make(&set, &sum);
    assert_int_equal(score_tables_write(*state, &set, &sum, &facts, &e), 0);
    char *scores = sample_read(*state, SCORE_TABLES_MAXIMA);
    char *images = sample_read(*state, SCORE_TABLES_IMAGES);
    set.image[1].attempts = 9;
    set.image[1].cause = mem_copy_string("the worker died");
    set.image[3].rung = 3;
    struct summary_facts other = {.seconds = 99};
    assert_int_equal(score_tables_write(*state, &set, &sum, &other, &e), 0);
    char *scores_2 = sample_read(*state, SCORE_TABLES_MAXIMA);
    char *images_2 = sample_read(*state, SCORE_TABLES_IMAGES);
    assert_string_equal(scores, scores_2);
    assert_string_equal(images, images_2);
    free(scores), free(images), free(scores_2), free(images_2);
    scores_finish(&set);
}

/* Every row of a query against the cells of the CSV file, below its row of names. */
static void same_cells(sqlite3 *db, const char *sql, char *cells[], size_t columns,
                       size_t rows)
{
    sqlite3_stmt *query;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_column_count(query), columns);
    for (size_t i = 0; i < rows * columns; i++) {
        int at = (int)(i % columns);
        const char *cell = cells[columns + i];
        if (at == 0)
            assert_int_equal(sqlite3_step(query), SQLITE_ROW);
        assert_string_equal(sqlite3_column_name(query, at), cells[at]);
        if (sqlite3_column_type(query, at) == SQLITE_NULL)
            assert_string_equal(cell, "");
        else if (sqlite3_column_type(query, at) == SQLITE_TEXT)
            assert_string_equal((const char *)sqlite3_column_text(query, at), cell);
        else
            cell_is(cell, sqlite3_column_double(query, at));
    }
    assert_int_equal(sqlite3_step(query), SQLITE_DONE);
    sqlite3_finalize(query);
}

static void value_is(sqlite3 *db, const char *key, const char *value)
{
    sqlite3_stmt *query;
    sqlite3_prepare_v2(db, "SELECT value FROM summary WHERE key = ?", -1, &query, NULL);
    sqlite3_bind_text(query, 1, key, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(query, 0), value);
    sqlite3_finalize(query);
}

static void data_base_equals_the_csv(void **state)
{
    struct score_set set;
    struct score_summary sum;
    struct err e = {0};
    char *cells[12 * 121 + 1];
    sqlite3 *db;
    make(&set, &sum);
    assert_int_equal(score_tables_write(*state, &set, &sum, &facts, &e), 0);
    char *path = path_join(*state, SCORE_TABLES_DATABASE);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    char *text = sample_read(*state, SCORE_TABLES_MAXIMA);
    cut(text, 12 * 121 + 1, cells);
    same_cells(db, "SELECT * FROM maxima ORDER BY position, neuron", cells, 12, 120);
    free(text);
    text = sample_read(*state, SCORE_TABLES_IMAGES);
    cut(text, 12 * 121 + 1, cells);
    same_cells(db, "SELECT * FROM images ORDER BY position", cells, 14, 12);
    free(text);
    text = sample_read(*state, SCORE_TABLES_NATIVES);
    cut(text, 12 * 121 + 1, cells);
    same_cells(db, "SELECT * FROM natives ORDER BY position, neuron", cells, 7, 120);
    free(text);
    value_is(db, "suspect", "0");
    value_is(db, "images", "12");
    value_is(db, "seed", "18446744073709551615");
    value_is(db, "versions.spikebar", "0.1.0");
    value_is(db, "ngspice_version", "39.3");
    sqlite3_close(db);
    free(path);
    scores_finish(&set);
}

static void read_back_is_the_same_set(void **state)
{
    struct score_set set, back;
    struct score_summary sum, sum_back;
    struct err e = {0};
    make(&set, &sum);
    for (size_t k = 0; k < set.images; k++)
        for (size_t j = 0; j < 10; j++) {
            set.image[k].native_ms[j] = set.image[k].native[j] * (1 - 1e-4 * (double)j);
            set.image[k].paper[j] = set.image[k].native[j] - 0.1;
            set.image[k].paper_offset[j] = set.image[k].native[j] - 0.01 * (double)k;
        }
    scores_summarise(&set, &sum);
    assert_int_equal(score_tables_write(*state, &set, &sum, &facts, &e), 0);
    sum.retried = 0; /* is not in the tables */
    assert_int_equal(score_tables_read(*state, &back, &e), 0);
    scores_summarise(&back, &sum_back);
    assert_memory_equal(&sum, &sum_back, sizeof sum);
    for (size_t k = 0; k < set.images; k++) {
        const struct score_image *a = &set.image[k], *b = &back.image[k];
        assert_int_equal(a->image, b->image);
        assert_int_equal(a->label, b->label);
        assert_int_equal(b->attempts, 1);
        assert_int_equal(a->rung, b->rung);
        assert_string_equal(a->failed ? a->cause : "", b->cause ? b->cause : "");
        assert_memory_equal(a->circuit_V, b->circuit_V, 10 * sizeof(double));
        assert_memory_equal(a->native_s, b->native_s, 10 * sizeof(double));
        assert_memory_equal(a->native_ms, b->native_ms, 30 * sizeof(double));
    }
    scores_finish(&set);
    scores_finish(&back);
}

static void other_files_are_no_results(void **state)
{
    struct score_set set = {0};
    struct err e = {0};
    sqlite3 *db;
    char *folder = path_join(*state, "other");
    char *path = path_join(*state, "other/" SCORE_TABLES_DATABASE);
    assert_int_equal(dir_make(folder, &e), 0);
    assert_int_equal(score_tables_read(folder, &set, &e), -1); /* not there */
    assert_int_equal(file_write(path, "some text, no data base", 23, &e), 0);
    assert_int_equal(score_tables_read(folder, &set, &e), -1);
    assert_string_equal(e.place, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK); /* a neuron that lies */
    const char *sql = "CREATE TABLE images (position, image, label, status, rung, cause);"
                      "CREATE TABLE maxima (position, neuron, circuit_V, circuit_s,"
                      " rest_V, native, native_s);"
                      "INSERT INTO images VALUES (0, 0, 0, 'ok', 0, NULL);"
                      "INSERT INTO maxima VALUES (0, 1, 0, 0, 0, 0, 0),"
                      " (0, -7, 0, 0, 0, 0, 0);";
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(score_tables_read(folder, &set, &e), -1);
    assert_null(set.image);
    free(path), free(folder);
}

static size_t files_in(const char *folder)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *d; (d = readdir(dir));)
        n += d->d_name[0] != '.';
    closedir(dir);
    return n;
}

/* With 500 bytes a file nothing fits: one error that names the file, the old files as
 * they were and nothing beside them. */
static void full_disk_leaves_no_torn_file(void **state)
{
    struct score_set set;
    struct score_summary sum;
    struct err e = {0};
    struct rlimit old, small;
    char line[1024], *folder = path_join(*state, "full");
    make(&set, &sum);
    assert_int_equal(dir_make(folder, &e), 0);
    assert_int_equal(score_tables_write(folder, &set, &sum, &facts, &e), 0);
    assert_int_equal(summary_write(folder, &set, &sum, &facts, &e), 0);
    char *before = sample_read(folder, SCORE_TABLES_MAXIMA);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){500, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    set.image[0].native[0] += 1;
    int table = score_tables_write(folder, &set, &sum, &facts, &e);
    err_format(&e, sizeof line, line);
    int summary = summary_write(folder, &set, &sum, &facts, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(table, -1);
    assert_int_equal(summary, -1);
    assert_int_equal(e.code, ERR_FILE);
    assert_non_null(strstr(line, "full/scores.csv: cannot write: File too large"));
    assert_int_equal(files_in(folder), 5);
    char *after = sample_read(folder, SCORE_TABLES_MAXIMA);
    assert_string_equal(before, after);
    free(before), free(after), free(folder);
    scores_finish(&set);
}

/* A view in a table's place could compute for ever, and one row with a large number ask
 * for gigabytes. */
static void a_hostile_data_base_is_refused_at_once(void **state)
{
    static const char *const made[] = {
        "CREATE VIEW images AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
        "FROM c) SELECT x AS position, x AS image, 0 AS label, 'ok' AS status, 0 AS "
        "rung, "
        "NULL AS cause FROM c; CREATE TABLE maxima (position, neuron)",
        "CREATE TABLE images (position, image, label, status, rung, cause);"
        "INSERT INTO images VALUES (0, 0, 0, 'ok', 0, NULL);"
        "CREATE TABLE maxima (position, neuron, circuit_V, circuit_s, rest_V, native, "
        "native_s); INSERT INTO maxima VALUES (0, 200000000, 0, 0, 0, 0, 0)"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        struct score_set set;
        struct err e = {0};
        sqlite3 *db;
        char *path = path_join(*state, SCORE_TABLES_DATABASE);
        unlink(path);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, made[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        assert_int_equal(score_tables_read(*state, &set, &e), -1);
        assert_int_equal(e.code, ERR_INPUT);
        assert_string_equal(e.place, path);
        assert_int_equal(set.images, 0);
        unlink(path);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_gives_every_number_back),
        cmocka_unit_test(images_have_answers_and_causes),
        cmocka_unit_test(images_say_who_left_them_open),
        cmocka_unit_test(csv_bytes_depend_on_results_only),
        cmocka_unit_test(data_base_equals_the_csv),
        cmocka_unit_test(read_back_is_the_same_set),
        cmocka_unit_test(other_files_are_no_results),
        cmocka_unit_test(a_hostile_data_base_is_refused_at_once),
        cmocka_unit_test(full_disk_leaves_no_torn_file),
    };
    return cmocka_run_group_tests(tests, sample_folder, sample_folder_remove);
}
