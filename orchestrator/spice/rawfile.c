#include "spice/rawfile.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_LIMIT ((size_t)1 << 31)

/* The place in the bytes, and what the header said. */
struct reader {
    const char *p, *end;
    const char *path;
    size_t line;
    int64_t points, variables;
    bool binary;
};

static int bad(const struct reader *r, struct err *e, const char *expected)
{
    err_set(e, ERR_INPUT, "not a rawfile that this reads: expected %s", expected);
    return err_place(e, "%s:%zu", r->path, r->line);
}

/* Copies the next line, cut at size - 1, without its end. */
static bool next_line(struct reader *r, size_t size, char line[])
{
    const char *stop = memchr(r->p, '\n', (size_t)(r->end - r->p));
    if (!stop)
        return false;
    size_t n = (size_t)(stop - r->p);
    if (n >= size)
        n = size - 1;
    memcpy(line, r->p, n);
    line[n] = '\0';
    r->p = stop + 1;
    r->line++;
    return true;
}

static bool value_of(const char *line, const char *key, int64_t *value)
{
    size_t n = strlen(key);
    return strncasecmp(line, key, n) == 0 && text_to_int(line + n, value);
}

static int read_header(struct reader *r, struct err *e)
{
    char line[1024];
    while (next_line(r, sizeof line, line)) {
        value_of(line, "No. Variables:", &r->variables);
        value_of(line, "No. Points:", &r->points);
        if (strncasecmp(line, "Flags:", 6) == 0 && strstr(line, "complex"))
            return bad(r, e, "real numbers, found complex ones");
        if (strncasecmp(line, "Variables:", 10) == 0)
            break;
    }
    size_t left = (size_t)(r->end - r->p);
    if (r->variables < 2 || (uint64_t)r->variables > left)
        return bad(r, e, "a header with `No. Variables:` of 2 or more and `Variables:`");
    if (r->points < 1 || (uint64_t)r->points > left)
        return bad(r, e, "a header with `No. Points:` of 1 or more");
    return 0;
}

/* One line of the list of variables, "\tindex\tname\ttype": its name, in place. */
static char *name_in(char *line)
{
    char *save = NULL;
    return strtok_r(line, " \t", &save) ? strtok_r(NULL, " \t", &save) : NULL;
}

static int read_names(struct reader *r, char **name, struct err *e)
{
    char line[1024];
    for (int64_t k = 0; k < r->variables; k++) {
        char *word = next_line(r, sizeof line, line) ? name_in(line) : NULL;
        if (!word)
            return bad(r, e, "one line `index name type` for each variable");
        if (k > 0)
            name[k - 1] = mem_copy_string(word);
    }
    if (!next_line(r, sizeof line, line))
        return bad(r, e, "`Binary:` or `Values:`");
    r->binary = strncasecmp(line, "Binary:", 7) == 0;
    if (!r->binary && strncasecmp(line, "Values:", 7) != 0)
        return bad(r, e, "`Binary:` or `Values:`");
    return 0;
}

static int read_binary(struct reader *r, double *row, struct err *e)
{
    size_t n = (size_t)r->variables * sizeof(double);
    if ((size_t)(r->end - r->p) < n)
        return bad(r, e, "as many bytes as the header says, found fewer (torn file?)");
    memcpy(row, r->p, n);
    r->p += n;
    return 0;
}

/* A word of the ASCII form; the first of a point stands behind its index. */
static int read_word(struct reader *r, double *x, struct err *e)
{
    char word[64];
    size_t n = 0;
    while (r->p < r->end && strchr(" \t\r\n,", *r->p)) {
        r->line += *r->p == '\n';
        r->p++;
    }
    while (r->p < r->end && !strchr(" \t\r\n,", *r->p) && n < sizeof word - 1)
        word[n++] = *r->p++;
    word[n] = '\0';
    return text_to_double(word, x) ? 0 : bad(r, e, "a number");
}

static int read_ascii(struct reader *r, double *row, struct err *e)
{
    double index;
    if (read_word(r, &index, e) < 0)
        return -1;
    for (int64_t k = 0; k < r->variables; k++)
        if (read_word(r, &row[k], e) < 0)
            return -1;
    return 0;
}

static int read_points(struct reader *r, struct trace *t, struct err *e)
{
    AUTO_FREE double *row = mem_alloc((size_t)r->variables, sizeof *row);
    int status = 0;
    for (size_t i = 0; i < t->points && status == 0; i++) {
        status = r->binary ? read_binary(r, row, e) : read_ascii(r, row, e);
        if (status < 0)
            break;
        t->time_s[i] = row[0];
        for (size_t k = 0; k < t->count; k++)
            t->value[k][i] = row[k + 1];
        if (!isfinite(row[0]) || (i && row[0] < t->time_s[i - 1]))
            status = bad(r, e, "a time that does not run backwards");
    }
    return status;
}

int rawfile_parse(const void *bytes, size_t n, const char *path, struct trace *t,
                  struct err *e)
{
    struct reader r = {.p = bytes, .end = (const char *)bytes + n, .path = path};
    *t = (struct trace){0};
    if (read_header(&r, e) < 0)
        return -1;
    char **name = mem_alloc((size_t)r.variables, sizeof *name);
    int status = read_names(&r, name, e);
    size_t width = r.binary ? sizeof(double) : 1, left = (size_t)(r.end - r.p);
    size_t room = left / width / (size_t)r.variables;
    if (status == 0 && (uint64_t)r.points > room)
        status = bad(&r, e, "as many bytes as the header says, found fewer (torn file?)");
    if (status == 0) {
        trace_init(t, (size_t)r.points, (size_t)r.variables - 1);
        for (size_t k = 0; k < t->count; k++) {
            t->name[k] = name[k];
            name[k] = NULL;
        }
        status = read_points(&r, t, e);
    }
    for (int64_t k = 0; k < r.variables; k++)
        free(name[k]);
    free(name);
    if (status < 0)
        trace_finish(t);
    return status;
}

int rawfile_read(const char *path, struct trace *t, struct err *e)
{
    AUTO(buf_finish) struct buf b = {0};
    if (file_read(path, FILE_LIMIT, &b, e) < 0)
        return -1;
    return rawfile_parse(buf_text(&b), b.len, path, t, e);
}

void rawfile_render(const struct trace *t, const char *title, struct buf *out)
{
    buf_printf(out,
               "Title: %s\nDate: \nPlotname: Transient Analysis\nFlags: real\n"
               "No. Variables: %zu\nNo. Points: %zu\nVariables:\n\t0\ttime\ttime\n",
               title, t->count + 1, t->points);
    for (size_t k = 0; k < t->count; k++) {
        bool current = strstr(t->name[k], "#branch") || strncmp(t->name[k], "i(", 2) == 0;
        buf_printf(out, "\t%zu\t%s\t%s\n", k + 1, t->name[k],
                   current ? "current" : "voltage");
    }
    buf_puts(out, "Binary:\n");
    for (size_t i = 0; i < t->points; i++) {
        buf_append(out, &t->time_s[i], sizeof(double));
        for (size_t k = 0; k < t->count; k++)
            buf_append(out, &t->value[k][i], sizeof(double));
    }
}

int rawfile_save(const char *folder, const char *name, const struct trace *t,
                 struct err *e)
{
    AUTO(buf_finish) struct buf raw = {0}, csv = {0}, file = {0};
    rawfile_render(t, name, &raw);
    trace_csv(t, &csv);
    buf_printf(&file, "%s.raw", name);
    int status = file_write_in(folder, file.data, raw.data, raw.len, e);
    buf_clear(&file);
    buf_printf(&file, "%s.csv", name);
    if (status == 0)
        status = file_write_in(folder, file.data, csv.data, csv.len, e);
    return status;
}
