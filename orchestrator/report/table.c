/* A row is an array of cells, made once and read by both writers, so that the CSV files
 * and the data base cannot differ. */
#include "report/table.h"

#include "base/file.h"
#include "num/stats.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum cell_kind { CELL_EMPTY, CELL_INTEGER, CELL_REAL, CELL_TEXT };

struct cell {
    enum cell_kind kind;
    int64_t integer;
    double real;
    const char *text; /* not owned */
};

struct column {
    const char *name, *type; /* the type is SQLite's */
};

static const struct column maxima_columns[] = {
    {"position", "INTEGER"}, {"image", "INTEGER"},  {"label", "INTEGER"},
    {"neuron", "INTEGER"},   {"circuit_V", "REAL"}, {"circuit_s", "REAL"},
    {"rest_V", "REAL"},      {"native", "REAL"},    {"native_s", "REAL"},
    {"error", "REAL"},       {"status", "TEXT"},    {"rung", "INTEGER"},
};

static const struct column image_columns[] = {
    {"position", "INTEGER"},       {"image", "INTEGER"},
    {"label", "INTEGER"},          {"native_answer", "INTEGER"},
    {"circuit_answer", "INTEGER"}, {"native_margin", "REAL"},
    {"circuit_margin", "REAL"},    {"status", "TEXT"},
    {"rung", "INTEGER"},           {"cause", "TEXT"},
};

static const struct column summary_columns[] = {{"key", "TEXT"}, {"value", ""}};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define MOST_COLUMNS COUNT(maxima_columns)

static struct cell integer(size_t x)
{
    return (struct cell){.kind = CELL_INTEGER, .integer = (int64_t)x};
}

static struct cell real(double x)
{
    return (struct cell){.kind = CELL_REAL, .real = x};
}

static struct cell text(const char *x)
{
    return (struct cell){.kind = x ? CELL_TEXT : CELL_EMPTY, .text = x};
}

static struct cell unless_failed(const struct score_image *s, struct cell cell)
{
    return s->failed ? (struct cell){0} : cell;
}

/* The cells of maxima_columns. */
static void maximum_row(const struct score_set *set, const struct score_summary *sum,
                        size_t position, size_t neuron, struct cell row[])
{
    const struct score_image *s = &set->image[position];
    double error = scores_error(sum, s->circuit_V[neuron], s->native[neuron]);
    *row++ = integer(position);
    *row++ = integer(s->image);
    *row++ = (struct cell){.kind = CELL_INTEGER, .integer = s->label};
    *row++ = integer(neuron);
    *row++ = unless_failed(s, real(s->circuit_V[neuron]));
    *row++ = unless_failed(s, real(s->circuit_s[neuron]));
    *row++ = unless_failed(s, real(s->rest_V[neuron]));
    *row++ = real(s->native[neuron]);
    *row++ = real(s->native_s[neuron]);
    *row++ = unless_failed(s, real(error));
    *row++ = text(s->failed ? "failed" : "ok");
    *row++ = unless_failed(s, integer((size_t)s->rung));
}

/* The cells of image_columns. What an earlier attempt died of is no result. */
static void image_row(const struct score_set *set, size_t position, struct cell row[])
{
    const struct score_image *s = &set->image[position];
    size_t n = set->outputs;
    *row++ = integer(position);
    *row++ = integer(s->image);
    *row++ = (struct cell){.kind = CELL_INTEGER, .integer = s->label};
    *row++ = integer(stats_argmax(n, s->native));
    *row++ = unless_failed(s, integer(stats_argmax(n, s->circuit_V)));
    *row++ = real(scores_margin(n, s->native));
    *row++ = unless_failed(s, real(scores_margin(n, s->circuit_V)));
    *row++ = text(s->failed ? "failed" : "ok");
    *row++ = unless_failed(s, integer((size_t)s->rung));
    *row++ = text(s->failed ? s->cause : NULL);
}

/* As in RFC 4180, with plain line ends: quoted where needed, a quote doubled. */
static void put_text(struct buf *out, const char *s)
{
    if (!s[strcspn(s, ",\"\r\n")]) {
        buf_puts(out, s);
        return;
    }
    buf_puts(out, "\"");
    for (; *s; s++)
        buf_append(out, "\"\"", *s == '"' ? 2 : 0), buf_append(out, s, *s != '"');
    buf_puts(out, "\"");
}

static void put_row(struct buf *out, size_t n, const struct cell row[n])
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_puts(out, ",");
        if (row[i].kind == CELL_INTEGER)
            buf_printf(out, "%lld", (long long)row[i].integer);
        else if (row[i].kind == CELL_REAL)
            buf_printf(out, "%.17g", row[i].real);
        else if (row[i].kind == CELL_TEXT)
            put_text(out, row[i].text);
    }
    buf_puts(out, "\n");
}

static void put_names(struct buf *out, size_t n, const struct column column[n])
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%s", i ? "," : "", column[i].name);
    buf_puts(out, "\n");
}

static int write_text(const char *folder, const char *name, struct buf *out,
                      struct err *e)
{
    char *path = path_join(folder, name);
    int status = file_write(path, buf_text(out), out->len, e);
    free(path);
    buf_finish(out);
    return status;
}

static int write_scores(const char *folder, const struct score_set *set,
                        const struct score_summary *sum, struct err *e)
{
    struct buf out = {0};
    struct cell row[COUNT(maxima_columns)];
    put_names(&out, COUNT(maxima_columns), maxima_columns);
    for (size_t k = 0; k < set->images; k++)
        for (size_t j = 0; j < set->outputs; j++) {
            maximum_row(set, sum, k, j, row);
            put_row(&out, COUNT(row), row);
        }
    return write_text(folder, TABLE_SCORES, &out, e);
}

static int write_images(const char *folder, const struct score_set *set, struct err *e)
{
    struct buf out = {0};
    struct cell row[COUNT(image_columns)];
    put_names(&out, COUNT(image_columns), image_columns);
    for (size_t k = 0; k < set->images; k++) {
        image_row(set, k, row);
        put_row(&out, COUNT(row), row);
    }
    return write_text(folder, TABLE_IMAGES, &out, e);
}

/* An open data base, the statement that inserts, and whether all went well so far. */
struct base {
    sqlite3 *db;
    sqlite3_stmt *insert;
    bool good;
};

static void base_run(struct base *b, const char *sql)
{
    b->good = b->good && sqlite3_exec(b->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Makes the table and the statement that fills it; `key` is its primary key. */
static void base_table(struct base *b, const char *name, const char *key, size_t n,
                       const struct column column[n])
{
    struct buf make = {0}, insert = {0};
    buf_printf(&make, "CREATE TABLE %s (", name);
    buf_printf(&insert, "INSERT INTO %s VALUES (", name);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&make, "%s %s, ", column[i].name, column[i].type);
        buf_puts(&insert, i ? ",?" : "?");
    }
    buf_printf(&make, "PRIMARY KEY (%s)) WITHOUT ROWID", key);
    buf_puts(&insert, ")");
    base_run(b, make.data);
    sqlite3_finalize(b->insert);
    b->insert = NULL;
    b->good = b->good &&
              sqlite3_prepare_v2(b->db, insert.data, -1, &b->insert, NULL) == SQLITE_OK;
    buf_finish(&make);
    buf_finish(&insert);
}

static void base_insert(struct base *b, size_t n, const struct cell row[n])
{
    for (size_t i = 0; b->good && i < n; i++) {
        int at = (int)i + 1, status;
        if (row[i].kind == CELL_INTEGER)
            status = sqlite3_bind_int64(b->insert, at, row[i].integer);
        else if (row[i].kind == CELL_REAL)
            status = sqlite3_bind_double(b->insert, at, row[i].real);
        else if (row[i].kind == CELL_TEXT)
            status = sqlite3_bind_text(b->insert, at, row[i].text, -1, SQLITE_TRANSIENT);
        else
            status = sqlite3_bind_null(b->insert, at);
        b->good = status == SQLITE_OK;
    }
    b->good = b->good && sqlite3_step(b->insert) == SQLITE_DONE;
    b->good = b->good && sqlite3_reset(b->insert) == SQLITE_OK;
}

static void insert_fact(void *context, const char *key, const cJSON *value)
{
    struct cell row[] = {text(key), text(cJSON_GetStringValue(value))};
    double x = value->valuedouble;
    if (cJSON_IsNumber(value))
        row[1] = x >= 0 && x < 1e15 && x == floor(x) ? integer((size_t)x) : real(x);
    base_insert(context, COUNT(row), row);
}

static void base_fill(struct base *b, const struct score_set *set,
                      const struct score_summary *sum, const struct summary_facts *facts)
{
    struct cell row[MOST_COLUMNS];
    base_run(b, "BEGIN");
    base_table(b, "images", "position", COUNT(image_columns), image_columns);
    for (size_t k = 0; k < set->images; k++) {
        image_row(set, k, row);
        base_insert(b, COUNT(image_columns), row);
    }
    base_table(b, "maxima", "position, neuron", COUNT(maxima_columns), maxima_columns);
    for (size_t k = 0; k < set->images; k++)
        for (size_t j = 0; j < set->outputs; j++) {
            maximum_row(set, sum, k, j, row);
            base_insert(b, COUNT(maxima_columns), row);
        }
    base_table(b, "summary", "key", COUNT(summary_columns), summary_columns);
    cJSON *json = summary_json(set, sum, facts);
    summary_each(json, insert_fact, b);
    cJSON_Delete(json);
    base_run(b, "COMMIT");
}

/* The data base is made in memory and written like any other file: aside, renamed. */
static int write_base(const char *folder, const struct score_set *set,
                      const struct score_summary *sum, const struct summary_facts *facts,
                      struct err *e)
{
    struct base b = {0};
    unsigned char *image = NULL;
    sqlite3_int64 size = 0;
    int status = -1;
    char *path = path_join(folder, TABLE_DATABASE);
    b.good = sqlite3_open(":memory:", &b.db) == SQLITE_OK;
    base_fill(&b, set, sum, facts);
    if (b.good)
        image = sqlite3_serialize(b.db, "main", &size, 0);
    if (image) {
        status = file_write(path, image, (size_t)size, e);
    } else {
        err_set(e, ERR_FILE, "cannot make the data base: %s", sqlite3_errmsg(b.db));
        err_place(e, "%s", path);
    }
    sqlite3_free(image);
    sqlite3_finalize(b.insert);
    sqlite3_close(b.db);
    free(path);
    return status;
}

int table_write(const char *folder, const struct score_set *set,
                const struct score_summary *sum, const struct summary_facts *facts,
                struct err *e)
{
    if (write_scores(folder, set, sum, e) < 0 || write_images(folder, set, e) < 0)
        return -1;
    return write_base(folder, set, sum, facts, e);
}
