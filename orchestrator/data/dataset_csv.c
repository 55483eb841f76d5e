/* Handwritten digits as the UCI repository stores them: a line an image, 64 levels
 * 0..16 and the label 0..9, comma separated. Lines end in LF, CR LF or CR. */
#include "data/dataset_format.h"

#include "base/mem.h"
#include "base/text.h"

#include <csv.h>
#include <ctype.h>

enum { FEATURES = 64, CLASSES = 10, LEVEL_MAX = 16, COLUMNS = FEATURES + 1 };

struct reader {
    const char *name;
    struct dataset *d;
    struct err *e;
    size_t line, fields; /* the line being read, from 1; fields it has so far */
    size_t capacity;     /* images that fit */
    bool after_cr;       /* a CR ended the line; an LF right behind belongs to it */
    bool failed;
};

static void fail_at(struct reader *r, size_t column)
{
    err_place(r->e, "%s:%zu:%zu", r->name, r->line, column);
    r->failed = true;
}

/* Digits only; false for anything else or above 999. */
static bool whole_number(size_t n, const unsigned char field[], int *value)
{
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit(field[i]))
            return false;
        *value = 10 * *value + (field[i] - '0');
        if (*value > 999)
            return false;
    }
    return n > 0;
}

static void make_room(struct reader *r)
{
    struct dataset *d = r->d;
    if (d->count < r->capacity)
        return;
    r->capacity = 2 * r->capacity + 256;
    d->levels = mem_resize(d->levels, r->capacity, FEATURES);
    d->labels = mem_resize(d->labels, r->capacity, 1);
}

static void on_field(void *bytes, size_t n, void *context)
{
    struct reader *r = context;
    bool is_label = r->fields == FEATURES;
    int value, max = is_label ? CLASSES - 1 : LEVEL_MAX;
    char found[32];
    r->after_cr = false;
    if (r->failed || ++r->fields > COLUMNS)
        return;
    text_printable(n, bytes, sizeof found, found);
    if (!whole_number(n, bytes, &value)) {
        err_set(r->e, ERR_INPUT, "expected a whole number, found '%s'", found);
        fail_at(r, r->fields);
        return;
    }
    if (value > max) {
        err_set(r->e, ERR_INPUT, "expected a %s 0..%d, found %d",
                is_label ? "label" : "pixel level", max, value);
        fail_at(r, r->fields);
        return;
    }
    make_room(r);
    if (is_label)
        r->d->labels[r->d->count] = (uint8_t)value;
    else
        r->d->levels[r->d->count * FEATURES + r->fields - 1] = (uint8_t)value;
}

/* libcsv reports each CR and LF outside quotes, and -1 for an unfinished last line. */
static void on_line(int end, void *context)
{
    struct reader *r = context;
    if (r->failed)
        return;
    if (r->fields && r->fields != COLUMNS) {
        err_set(r->e, ERR_INPUT, "expected %d columns, found %zu", COLUMNS, r->fields);
        fail_at(r, r->fields < COLUMNS ? r->fields + 1 : COLUMNS + 1);
        return;
    }
    r->d->count += r->fields == COLUMNS;
    r->fields = 0;
    r->line += !(end == CSV_LF && r->after_cr);
    r->after_cr = end == CSV_CR;
}

bool dataset_csv_matches(const char *name, size_t n, const unsigned char bytes[])
{
    (void)n, (void)bytes;
    return dataset_name_ends(name, ".csv") || dataset_name_ends(name, ".tra") ||
           dataset_name_ends(name, ".tes");
}

int dataset_csv_parse_cut(const char *name, size_t n, const unsigned char bytes[],
                          size_t chunk, struct dataset *d, struct err *e)
{
    struct reader r = {.name = name, .d = d, .e = e, .line = 1};
    struct csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
    d->features = FEATURES, d->classes = CLASSES, d->level_max = LEVEL_MAX;
    for (size_t at = 0; at < n && !r.failed; at += chunk) {
        size_t size = n - at < chunk ? n - at : chunk;
        if (csv_parse(&parser, bytes + at, size, on_field, on_line, &r) == size ||
            r.failed)
            continue;
        err_set(e, ERR_INPUT, "expected a number, found a stray quote");
        fail_at(&r, r.fields + 1);
    }
    if (!r.failed && csv_fini(&parser, on_field, on_line, &r) != 0) {
        err_set(e, ERR_INPUT, "expected a closing quote, found the end of the file");
        fail_at(&r, r.fields + 1);
    }
    csv_free(&parser);
    if (!r.failed && d->count == 0) {
        err_set(e, ERR_INPUT, "expected images, found only empty lines");
        fail_at(&r, 1);
    }
    return r.failed ? -1 : 0;
}

int dataset_csv_parse(const char *name, size_t n, const unsigned char bytes[],
                      struct dataset *d, struct err *e)
{
    return dataset_csv_parse_cut(name, n, bytes, 65536, d, e);
}
