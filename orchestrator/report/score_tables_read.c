/* The way back: a score set from results.sqlite. The file may have been anywhere since
 * it was written, so sizes and positions are checked before they are used. */
#include "report/score_tables.h"

#include "base/file.h"
#include "base/mem.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#define VALUES_MAX ((int64_t)1 << 28)

static int fail(sqlite3 *db, const char *path, struct err *e)
{
    err_set(e, ERR_INPUT, "cannot read the results: %s",
            db && sqlite3_errcode(db) != SQLITE_OK ? sqlite3_errmsg(db)
                                                   : "not the tables of a run");
    return err_place(e, "%s", path);
}

static bool ask_number(sqlite3 *db, const char *sql, int64_t *value)
{
    sqlite3_stmt *s = NULL;
    bool good = sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_ROW;
    *value = good ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return good;
}

static bool take_image(sqlite3_stmt *s, struct score_set *set)
{
    int64_t k = sqlite3_column_int64(s, 0), image = sqlite3_column_int64(s, 1);
    if (k < 0 || (size_t)k >= set->images || image < 0)
        return false;
    const char *status = (const char *)sqlite3_column_text(s, 3);
    const char *cause = (const char *)sqlite3_column_text(s, 5);
    struct score_image *to = &set->image[k];
    to->image = (size_t)image;
    to->label = sqlite3_column_int(s, 2);
    to->failed = !status || status[0] != 'o';
    to->rung = sqlite3_column_int(s, 4);
    free(to->cause);
    to->cause = cause ? mem_copy_string(cause) : NULL;
    return true;
}

static bool take_maximum(sqlite3_stmt *s, struct score_set *set)
{
    int64_t k = sqlite3_column_int64(s, 0), j = sqlite3_column_int64(s, 1);
    if (k < 0 || (size_t)k >= set->images || j < 0 || (size_t)j >= set->outputs)
        return false;
    struct score_image *to = &set->image[k];
    to->circuit_V[j] = sqlite3_column_double(s, 2);
    to->circuit_s[j] = sqlite3_column_double(s, 3);
    to->rest_V[j] = sqlite3_column_double(s, 4);
    to->native[j] = sqlite3_column_double(s, 5);
    to->native_s[j] = sqlite3_column_double(s, 6);
    return true;
}

static double number_or_nan(sqlite3_stmt *s, int column)
{
    bool empty = sqlite3_column_type(s, column) == SQLITE_NULL;
    return empty ? NAN : sqlite3_column_double(s, column);
}

static bool take_natives(sqlite3_stmt *s, struct score_set *set)
{
    int64_t k = sqlite3_column_int64(s, 0), j = sqlite3_column_int64(s, 1);
    if (k < 0 || (size_t)k >= set->images || j < 0 || (size_t)j >= set->outputs)
        return false;
    struct score_image *to = &set->image[k];
    to->native_ms[j] = number_or_nan(s, 2);
    to->paper[j] = number_or_nan(s, 3);
    to->paper_offset[j] = number_or_nan(s, 4);
    return true;
}

static bool each_row(sqlite3 *db, const char *sql, struct score_set *set,
                     bool (*take)(sqlite3_stmt *, struct score_set *))
{
    sqlite3_stmt *s = NULL;
    bool good = sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK;
    int step = SQLITE_DONE;
    while (good && (step = sqlite3_step(s)) == SQLITE_ROW)
        good = take(s, set);
    good = good && step == SQLITE_DONE;
    sqlite3_finalize(s);
    return good;
}

/* Tables alone: a view or a trigger could compute for ever. */
static bool restrain(sqlite3 *db)
{
    static const struct {
        int what, on;
    } settings[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (sqlite3_db_config(db, settings[i].what, settings[i].on, NULL) != SQLITE_OK)
            return false;
    return true;
}

int score_tables_read(const char *folder, struct score_set *set, struct err *e)
{
    char *path = path_join(folder, SCORE_TABLES_DATABASE);
    sqlite3 *db = NULL;
    int64_t images = 0, outputs = 0, rows = 0, natives = 0;
    *set = (struct score_set){0};
    bool good = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
                restrain(db) && ask_number(db, "SELECT count(*) FROM images", &images) &&
                ask_number(db, "SELECT count(*) FROM maxima", &rows) &&
                ask_number(db, "SELECT max(neuron) + 1 FROM maxima", &outputs) &&
                images > 0 && outputs > 0 && images <= VALUES_MAX / outputs &&
                images * outputs == rows; /* so that a small file asks for little */
    if (good) {
        scores_init(set, (size_t)images, (size_t)outputs);
        good =
            each_row(db, "SELECT position, image, label, status, rung, cause FROM images",
                     set, take_image) &&
            each_row(db,
                     "SELECT position, neuron, circuit_V, circuit_s, rest_V, native,"
                     " native_s FROM maxima",
                     set, take_maximum) &&
            ask_number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'natives'",
                       &natives) &&
            (!natives || each_row(db,
                                  "SELECT position, neuron, native_ms, paper, paper_w_0"
                                  " FROM natives",
                                  set, take_natives));
    }
    int status = good ? 0 : fail(db, path, e);
    sqlite3_close(db);
    free(path);
    if (!good)
        scores_finish(set);
    return status;
}
