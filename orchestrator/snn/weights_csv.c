/* Weights as text: `#` lines, then numbers (see weights.h). */
#include "base/mem.h"
#include "base/text.h"
#include "snn/weights_format.h"

#include <csv.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "# spikebar-weights"
enum { VERSION = 1, NOTES_MAX = 1000 };

struct reader {
    const char *name;
    const struct weights_expected *expected;
    struct weights *w; /* inputs: lines so far; outputs: columns, once known */
    struct err *e;
    size_t line, fields; /* the line being read, from 1; fields it has so far */
    size_t inputs;       /* as the header says, or 0 */
    size_t count, capacity;
    bool after_cr, failed;
};

static int fail_at(struct reader *r, size_t column)
{
    r->failed = true;
    return err_place(r->e, "%s:%zu:%zu", r->name, r->line, column);
}

/* Length of "# WORD-weights" at the start, 0 if it is none: the project's name has been
 * another one, and its files are good. */
static size_t magic_length(size_t n, const unsigned char bytes[])
{
    static const char tail[] = "-weights";
    size_t i = 2;
    if (n < 2 || memcmp(bytes, "# ", 2) != 0)
        return 0;
    while (i < n && islower(bytes[i]))
        i++;
    bool whole =
        i > 2 && n - i >= strlen(tail) && memcmp(bytes + i, tail, strlen(tail)) == 0;
    return whole ? i + strlen(tail) : 0;
}

bool weights_csv_matches(const char *name, size_t n, const unsigned char bytes[])
{
    return weights_name_ends(name, ".csv") || magic_length(n, bytes) > 0;
}

static int read_version(struct reader *r, const char *line)
{
    int64_t version;
    size_t length = magic_length(strlen(line), (const unsigned char *)line);
    if (text_to_int(line + length, &version) && version == VERSION)
        return 0;
    err_set(r->e, ERR_INPUT, "expected '%s %d', found '%.40s'", MAGIC, VERSION, line);
    fail_at(r, 1);
    return err_hint(r->e, "this program reads version %d of its weight files", VERSION);
}

static int read_shape(struct reader *r, const char *value)
{
    char end;
    if (sscanf(value, "%7zu %7zu %c", &r->inputs, &r->w->outputs, &end) != 2 ||
        r->inputs == 0 || r->w->outputs == 0 || r->inputs > WEIGHTS_AXIS_MAX ||
        r->w->outputs > WEIGHTS_AXIS_MAX) {
        err_set(r->e, ERR_INPUT, "expected 'shape: inputs outputs', found '%.40s'",
                value);
        return fail_at(r, 1);
    }
    if (weights_format_shape(r->inputs, r->w->outputs, r->expected, r->e) < 0)
        return fail_at(r, 1);
    return 0;
}

/* "# key: value" */
static int read_note(struct reader *r, char *line)
{
    char *key = text_trim(line + 1), *colon = strchr(key, ':');
    if (colon)
        *colon = '\0';
    if (!colon || !weights_key_fits(text_trim(key)) || r->w->notes == NOTES_MAX) {
        err_set(r->e, ERR_INPUT, "expected '# key: value', at most %d of them",
                NOTES_MAX);
        return fail_at(r, 1);
    }
    char *value = text_trim(colon + 1);
    if (strcmp(text_trim(key), "shape") == 0)
        return read_shape(r, value);
    weights_note(r->w, text_trim(key), "%s", value);
    return 0;
}

static int read_header_line(struct reader *r, char *line, bool versioned)
{
    if (!versioned)
        return 0;
    return r->line == 1 ? read_version(r, line) : read_note(r, line);
}

/* The `#` lines on top; *at moves behind them. */
static int read_header(struct reader *r, size_t *at, size_t n,
                       const unsigned char bytes[])
{
    bool versioned = magic_length(n, bytes) > 0;
    int status = 0;
    if (versioned && bytes[n - 1] != '\n') {
        err_set(r->e, ERR_INPUT, "torn file: expected a line end as the last byte");
        return err_place(r->e, "%s: byte %zu", r->name, n);
    }
    while (status == 0 && *at < n && bytes[*at] == '#') {
        const unsigned char *end = memchr(bytes + *at, '\n', n - *at);
        size_t length = end ? (size_t)(end - bytes) - *at : n - *at;
        char *line = mem_alloc(length + 1, 1);
        memcpy(line, bytes + *at, length);
        status = read_header_line(r, line, versioned);
        free(line);
        *at += length + (end != NULL);
        r->line++;
    }
    if (status == 0 && versioned && r->inputs == 0) {
        err_set(r->e, ERR_INPUT, "expected a line '# shape: inputs outputs'");
        return fail_at(r, 1);
    }
    return status;
}

static void on_field(void *bytes, size_t n, void *context)
{
    struct reader *r = context;
    char found[48];
    double x;
    r->after_cr = false;
    if (r->failed || (++r->fields > r->w->outputs && r->w->outputs))
        return;
    if (strlen(bytes) != n || !text_to_double(bytes, &x)) {
        text_printable(n, bytes, sizeof found, found);
        err_set(r->e, ERR_INPUT, "expected a number, found '%s'", found);
        fail_at(r, r->fields);
        return;
    }
    if (weights_format_check(x, r->expected, r->e) < 0) {
        fail_at(r, r->fields);
        return;
    }
    if (r->count == r->capacity) {
        r->capacity = 2 * r->capacity + 640;
        r->w->w = mem_resize(r->w->w, r->capacity, sizeof r->w->w[0]);
    }
    r->w->w[r->count++] = x;
}

static void on_line(int end, void *context)
{
    struct reader *r = context;
    if (r->failed)
        return;
    if (r->fields && r->w->outputs == 0)
        r->w->outputs = r->expected->outputs ? r->expected->outputs : r->fields;
    if (r->fields && r->fields != r->w->outputs) {
        err_set(r->e, ERR_INPUT, "expected %zu columns, found %zu", r->w->outputs,
                r->fields);
        fail_at(r, 1 + (r->fields < r->w->outputs ? r->fields : r->w->outputs));
        return;
    }
    r->w->inputs += r->fields > 0;
    r->fields = 0;
    r->line += !(end == CSV_LF && r->after_cr);
    r->after_cr = end == CSV_CR;
}

static void read_body(struct reader *r, size_t n, const unsigned char bytes[],
                      size_t chunk)
{
    struct csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_APPEND_NULL);
    for (size_t at = 0; at < n && !r->failed; at += chunk) {
        size_t size = n - at < chunk ? n - at : chunk;
        if (csv_parse(&parser, bytes + at, size, on_field, on_line, r) == size ||
            r->failed)
            continue;
        err_set(r->e, ERR_INPUT, "expected a number, found a stray quote");
        fail_at(r, r->fields + 1);
    }
    if (!r->failed && csv_fini(&parser, on_field, on_line, r) != 0) {
        err_set(r->e, ERR_INPUT, "expected a closing quote, found the end of the file");
        fail_at(r, r->fields + 1);
    }
    csv_free(&parser);
}

/* The number of lines can only be judged at the end. */
static int check_shape(struct reader *r)
{
    struct weights_expected x = *r->expected;
    if (r->w->inputs == 0) {
        err_set(r->e, ERR_INPUT, "expected %ss, found no line with numbers",
                weights_noun(r->expected));
        return fail_at(r, 1);
    }
    if (r->inputs)
        x.inputs = r->inputs;
    if (weights_format_shape(r->w->inputs, r->w->outputs, &x, r->e) < 0)
        return fail_at(r, 1);
    return 0;
}

int weights_csv_parse_cut(const char *name, size_t n, const unsigned char bytes[],
                          size_t chunk, const struct weights_expected *expected,
                          struct weights *w, struct err *e)
{
    struct reader r = {.name = name, .expected = expected, .w = w, .e = e, .line = 1};
    size_t at = 0;
    if (read_header(&r, &at, n, bytes) < 0)
        return -1;
    read_body(&r, n - at, bytes + at, chunk);
    return r.failed ? -1 : check_shape(&r);
}

int weights_csv_parse(const char *name, size_t n, const unsigned char bytes[],
                      const struct weights_expected *expected, struct weights *w,
                      struct err *e)
{
    return weights_csv_parse_cut(name, n, bytes, 65536, expected, w, e);
}

void weights_csv_write(const struct weights *w, struct buf *out)
{
    buf_printf(out, "%s %d\n# shape: %zu %zu\n", MAGIC, VERSION, w->inputs, w->outputs);
    for (size_t k = 0; k < w->notes; k++)
        buf_printf(out, "# %s: %s\n", w->note[k].key, w->note[k].value);
    for (size_t i = 0; i < w->inputs; i++)
        for (size_t j = 0; j < w->outputs; j++)
            buf_printf(out, "%.17g%c", w->w[i * w->outputs + j],
                       j + 1 < w->outputs ? ',' : '\n');
}
