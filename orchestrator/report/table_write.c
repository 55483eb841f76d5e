/* The writers of tables. A new one is a function and a row in the table of writers. */
#include "report/table.h"

#include "base/file.h"
#include "base/mem.h"
#include "report/html.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void put_cell(const struct table_cell *c, struct buf *out)
{
    if (c->text)
        buf_puts(out, c->text);
    else if (!c->empty)
        buf_printf(out, "%.17g", c->number);
}

/* ---- csv: as in RFC 4180, with plain line ends ---- */

/* Quoted where needed, a quote doubled. */
static void put_quoted(struct buf *out, const char *s)
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

static int csv(size_t n, const struct table *t, struct buf *out, struct err *e)
{
    (void)e;
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, i ? "\n" : "");
        for (size_t k = 0; k < t[i].columns; k++) {
            buf_puts(out, k ? "," : "");
            put_quoted(out, t[i].column[k].name);
        }
        for (size_t k = 0; k < t[i].cells; k++) {
            buf_puts(out, k % t[i].columns ? "," : "\n");
            if (t[i].cell[k].text)
                put_quoted(out, t[i].cell[k].text);
            else
                put_cell(&t[i].cell[k], out);
        }
        buf_puts(out, "\n");
    }
    return 0;
}

/* ---- json: the rows of one table, or an object of several by their titles ---- */

static int json(size_t n, const struct table *t, struct buf *out, struct err *e)
{
    (void)e;
    cJSON *all = n == 1 ? table_json(&t[0]) : cJSON_CreateObject();
    for (size_t i = 0; i < n && n > 1; i++)
        cJSON_AddItemToObject(all, t[i].title, table_json(&t[i]));
    char *text = cJSON_Print(all);
    buf_printf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(all);
    return 0;
}

/* ---- sqlite: made in memory, so that it is written like any other file ---- */

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

/* Makes the table and the statement that fills it. */
static void base_table(struct base *b, const struct table *t)
{
    static const char *const types[] = {
        [TABLE_REAL] = "REAL", [TABLE_INTEGER] = "INTEGER", [TABLE_TEXT] = "TEXT", ""};
    AUTO(buf_finish) struct buf make = {0}, insert = {0};
    buf_printf(&make, "CREATE TABLE %s (", t->title);
    buf_printf(&insert, "INSERT INTO %s VALUES (", t->title);
    for (size_t i = 0; i < t->columns; i++) {
        buf_printf(&make, "%s\"%s\" %s", i ? ", " : "", t->column[i].name,
                   types[t->column[i].kind]);
        buf_puts(&insert, i ? ",?" : "?");
    }
    if (t->key)
        buf_printf(&make, ", PRIMARY KEY (%s)) WITHOUT ROWID", t->key);
    else
        buf_puts(&make, ")");
    buf_puts(&insert, ")");
    base_run(b, make.data);
    sqlite3_finalize(b->insert);
    b->insert = NULL;
    b->good = b->good &&
              sqlite3_prepare_v2(b->db, insert.data, -1, &b->insert, NULL) == SQLITE_OK;
}

static int bind(sqlite3_stmt *s, int at, const struct table_cell *c, enum table_kind kind)
{
    double x = c->number;
    bool whole = kind == TABLE_INTEGER || kind == TABLE_ANY;
    if (c->text)
        return sqlite3_bind_text(s, at, c->text, -1, SQLITE_STATIC);
    if (c->empty)
        return sqlite3_bind_null(s, at);
    if (whole && fabs(x) < 1e15 && x == floor(x))
        return sqlite3_bind_int64(s, at, (sqlite3_int64)x);
    return sqlite3_bind_double(s, at, x);
}

static void base_fill(struct base *b, const struct table *t)
{
    base_table(b, t);
    for (size_t i = 0; b->good && i < table_rows(t); i++) {
        for (size_t k = 0; b->good && k < t->columns; k++)
            b->good = bind(b->insert, (int)k + 1, table_at(t, i, k), t->column[k].kind) ==
                      SQLITE_OK;
        b->good = b->good && sqlite3_step(b->insert) == SQLITE_DONE &&
                  sqlite3_reset(b->insert) == SQLITE_OK;
    }
}

static int sqlite(size_t n, const struct table *t, struct buf *out, struct err *e)
{
    struct base b = {0};
    unsigned char *image = NULL;
    sqlite3_int64 size = 0;
    int status = 0;
    b.good = sqlite3_open(":memory:", &b.db) == SQLITE_OK;
    base_run(&b, "BEGIN");
    for (size_t i = 0; i < n; i++)
        base_fill(&b, &t[i]);
    base_run(&b, "COMMIT");
    if (b.good)
        image = sqlite3_serialize(b.db, "main", &size, 0);
    if (image)
        buf_append(out, image, (size_t)size);
    else
        status =
            err_set(e, ERR_FILE, "cannot make the data base: %s", sqlite3_errmsg(b.db));
    sqlite3_free(image);
    sqlite3_finalize(b.insert);
    sqlite3_close(b.db);
    return status;
}

/* ---- html: a part of a page; the first column is the heading of its row ---- */

static void put_row(const struct table *t, size_t row, struct buf *out)
{
    AUTO(buf_finish) struct buf text = {0};
    buf_puts(out, "<tr>");
    for (size_t k = 0; k < t->columns; k++) {
        const char *tag = k ? "td" : "th scope=\"row\"";
        const char *class = t->column[k].kind == TABLE_TEXT ? "break" : "n";
        buf_clear(&text);
        put_cell(table_at(t, row, k), &text);
        buf_printf(out, "<%s class=\"%s\">", tag, class);
        html_text(out, buf_text(&text));
        buf_printf(out, "</%.2s>", tag);
    }
    buf_puts(out, "</tr>\n");
}

static int html(size_t n, const struct table *t, struct buf *out, struct err *e)
{
    (void)e;
    for (size_t i = 0; i < n; i++) {
        if (t[i].title)
            html_element(out, "h2", t[i].title);
        buf_puts(out, "<div class=\"wide\"><table><thead><tr>");
        for (size_t k = 0; k < t[i].columns; k++) {
            buf_puts(out, "<th>");
            html_text(out, t[i].column[k].name);
            buf_puts(out, "</th>");
        }
        buf_puts(out, "</tr></thead><tbody>\n");
        for (size_t k = 0; k < table_rows(&t[i]); k++)
            put_row(&t[i], k, out);
        buf_puts(out, "</tbody></table></div>\n");
        if (t[i].caption)
            html_element(out, "p", t[i].caption);
    }
    return 0;
}

/* ---- txt: columns below each other, numbers to the right ---- */

static size_t letters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += (*s & 0xC0) != 0x80; /* UTF-8 */
    return n;
}

/* The text of a cell, or of the heading above row 0. */
static const char *shown(const struct table *t, size_t line, size_t k, struct buf *text)
{
    buf_clear(text);
    if (line == 0)
        return t->column[k].name;
    const struct table_cell *c = table_at(t, line - 1, k);
    if (c->text || c->empty)
        put_cell(c, text);
    else
        buf_printf(text, "%.6g", c->number);
    return buf_text(text);
}

static void put_lines(const struct table *t, struct buf *out)
{
    AUTO(buf_finish) struct buf text = {0};
    size_t *width = mem_alloc(t->columns, sizeof *width), lines = 1 + table_rows(t);
    for (size_t i = 0; i < lines * t->columns; i++) {
        size_t k = i % t->columns, n = letters(shown(t, i / t->columns, k, &text));
        width[k] = n > width[k] ? n : width[k];
    }
    for (size_t i = 0; i < lines * t->columns; i++) {
        size_t k = i % t->columns;
        const char *s = shown(t, i / t->columns, k, &text);
        int room = (int)(width[k] - letters(s));
        bool right = t->column[k].kind != TABLE_TEXT;
        buf_printf(out, "%*s%s%*s", right ? room : 0, "", s, right ? 0 : room, "");
        buf_puts(out, k + 1 < t->columns ? "  " : "\n");
    }
    free(width);
}

static int txt(size_t n, const struct table *t, struct buf *out, struct err *e)
{
    (void)e;
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, i ? "\n" : "");
        put_lines(&t[i], out);
    }
    return 0;
}

/* ---- the choice ---- */

static const struct writer {
    const char *ending;
    int (*render)(size_t n, const struct table *t, struct buf *out, struct err *e);
} writers[] = {
    {"csv", csv}, {"json", json}, {"sqlite", sqlite}, {"html", html}, {"txt", txt},
};

int tables_render(size_t n, const struct table *t, const char *ending, struct buf *out,
                  struct err *e)
{
    for (size_t k = 0; k < sizeof writers / sizeof writers[0]; k++)
        if (strcasecmp(ending, writers[k].ending) == 0)
            return writers[k].render(n, t, out, e);
    err_set(e, ERR_USAGE, "no table can be written as `%.20s`, expected one of:", ending);
    return err_hint(e, "csv, json, sqlite, html, txt");
}

int tables_write(size_t n, const struct table *t, const char *folder, const char *name,
                 struct err *e)
{
    AUTO(buf_finish) struct buf out = {0};
    const char *dot = strrchr(name, '.');
    int status = tables_render(n, t, dot ? dot + 1 : "", &out, e);
    if (status < 0)
        err_place(e, "%s/%s", folder, name);
    else
        status = file_write_in(folder, name, out.data, out.len, e);
    return status;
}

int table_write(const struct table *t, const char *folder, const char *name,
                struct err *e)
{
    return tables_write(1, t, folder, name, e);
}

int table_save(struct table *t, const char *folder, const char *name, struct err *e)
{
    int status = table_write(t, folder, name, e);
    table_finish(t);
    return status;
}
