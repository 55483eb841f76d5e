#include "snn/weights.h"

#include "base/file.h"
#include "base/mem.h"
#include "snn/weights_format.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct weights_format formats[] = {
    {"NPY", ".npy", weights_npy_matches, weights_npy_parse, weights_npy_write},
    {"CSV", ".csv", weights_csv_matches, weights_csv_parse, weights_csv_write},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

void weights_init(struct weights *w, size_t inputs, size_t outputs)
{
    *w = (struct weights){.inputs = inputs, .outputs = outputs};
    w->w = mem_alloc(inputs * outputs, sizeof w->w[0]);
}

void weights_finish(struct weights *w)
{
    for (size_t i = 0; i < w->notes; i++) {
        free(w->note[i].key);
        free(w->note[i].value);
    }
    free(w->note);
    free(w->w);
    *w = (struct weights){0};
}

static struct weights_note *find(const struct weights *w, const char *key)
{
    for (size_t i = 0; i < w->notes; i++)
        if (strcmp(w->note[i].key, key) == 0)
            return &w->note[i];
    return NULL;
}

const char *weights_find(const struct weights *w, const char *key)
{
    const struct weights_note *note = find(w, key);
    return note ? note->value : NULL;
}

static struct weights_note *add(struct weights *w, const char *key)
{
    w->note = mem_resize(w->note, w->notes + 1, sizeof w->note[0]);
    struct weights_note *note = &w->note[w->notes++];
    *note = (struct weights_note){.key = mem_copy_string(key)};
    return note;
}

bool weights_key_fits(const char *key)
{
    return *key && strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789-_.") == strlen(key);
}

void weights_note(struct weights *w, const char *key, const char *fmt, ...)
{
    char *value;
    va_list ap;
    assert(weights_key_fits(key) && strcmp(key, "shape") != 0);
    va_start(ap, fmt);
    if (vasprintf(&value, fmt, ap) < 0)
        value = mem_alloc(SIZE_MAX, 1); /* ends the program */
    va_end(ap);
    for (char *c = value; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = ' ';
    struct weights_note *note = find(w, key);
    if (!note)
        note = add(w, key);
    free(note->value);
    note->value = value;
}

bool weights_same(const struct weights *a, const struct weights *b)
{
    return a->inputs == b->inputs && a->outputs == b->outputs &&
           memcmp(a->w, b->w, a->inputs * a->outputs * sizeof a->w[0]) == 0;
}

void weights_take_notes(struct weights *w, const struct weights *from)
{
    for (size_t i = 0; i < from->notes; i++)
        weights_note(w, from->note[i].key, "%s", from->note[i].value);
}

bool weights_name_ends(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n >= m && strcasecmp(name + n - m, ending) == 0;
}

const char *weights_noun(const struct weights_expected *expected)
{
    return expected && expected->noun ? expected->noun : "weight";
}

int weights_format_shape(size_t inputs, size_t outputs,
                         const struct weights_expected *expected, struct err *e)
{
    size_t rows = expected->inputs ? expected->inputs : inputs;
    size_t columns = expected->outputs ? expected->outputs : outputs;
    if (rows == inputs && columns == outputs)
        return 0;
    err_set(e, ERR_INPUT, "expected %zux%zu %ss (inputs x outputs), found %zux%zu", rows,
            columns, weights_noun(expected), inputs, outputs);
    if (rows == outputs && columns == inputs)
        return err_hint(e, "the matrix is transposed");
    return -1;
}

int weights_format_check(double x, const struct weights_expected *expected, struct err *e)
{
    if (!isfinite(x))
        return err_set(e, ERR_INPUT, "expected a finite %s, found %g",
                       weights_noun(expected), x);
    if (expected->low < expected->high && !(x >= expected->low && x <= expected->high))
        return err_set(e, ERR_INPUT, "expected a %s in [%g, %g], found %.17g",
                       weights_noun(expected), expected->low, expected->high, x);
    return 0;
}

int weights_parse(const char *name, size_t n, const unsigned char bytes[],
                  const struct weights_expected *expected, struct weights *w,
                  struct err *e)
{
    static const struct weights_expected anything = {0};
    *w = (struct weights){0};
    if (n == 0) {
        err_set(e, ERR_INPUT, "expected %ss, found an empty file",
                weights_noun(expected));
        return err_place(e, "%s", name);
    }
    for (int i = 0; i < FORMATS; i++) {
        if (!formats[i].matches(name, n, bytes))
            continue;
        int status =
            formats[i].parse(name, n, bytes, expected ? expected : &anything, w, e);
        if (status < 0)
            weights_finish(w);
        return status;
    }
    err_set(e, ERR_INPUT, "unknown format of %ss", weights_noun(expected));
    err_place(e, "%s", name);
    return err_hint(e, "expected a .csv or .npy file");
}

int weights_read(const char *path, const struct weights_expected *expected,
                 struct weights *w, struct err *e)
{
    AUTO(buf_finish) struct buf b = {0};
    *w = (struct weights){0};
    if (file_read(path, WEIGHTS_BYTES_MAX, &b, e) < 0)
        return -1;
    return weights_parse(path, b.len, (const unsigned char *)buf_text(&b), expected, w,
                         e);
}

int weights_write(const char *path, const struct weights *w, struct err *e)
{
    for (int i = 0; i < FORMATS; i++) {
        if (!weights_name_ends(path, formats[i].ending))
            continue;
        struct buf b = {0};
        formats[i].write(w, &b);
        int status = file_write(path, buf_text(&b), b.len, e);
        buf_finish(&b);
        return status;
    }
    err_set(e, ERR_USAGE, "unknown weight format");
    err_place(e, "%s", path);
    return err_hint(e, "give a name that ends in .csv or .npy");
}
