/* NumPy's NPY files, versions 1.0 and 2.0 (NEP 1): "\x93NUMPY", two bytes of version,
 * the length of the header in two or four bytes, lowest first, the header (a Python
 * dictionary as text), the numbers. */
#include "snn/weights_format.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC = 6 };

struct scanner {
    const char *name;
    const char *at, *start; /* in the NUL-terminated header */
    size_t offset;          /* of the header in the file */
    struct err *e;
};

struct header {
    char descr[16];
    bool fortran;
    size_t shape[2];
    unsigned seen; /* one bit a key */
};

bool weights_npy_matches(const char *name, size_t n, const unsigned char bytes[])
{
    (void)name;
    return n >= MAGIC && memcmp(bytes, magic, MAGIC) == 0;
}

static uint64_t little_endian(size_t n, const unsigned char p[])
{
    uint64_t x = 0;
    for (size_t i = n; i-- > 0;)
        x = x << 8 | p[i];
    return x;
}

static int fail(struct scanner *s, const char *expected)
{
    char found = *s->at;
    if (isprint((unsigned char)found))
        err_set(s->e, ERR_INPUT, "expected %s, found '%c'", expected, found);
    else
        err_set(s->e, ERR_INPUT, "expected %s, found byte 0x%02x", expected,
                (unsigned char)found);
    return err_place(s->e, "%s: byte %zu", s->name,
                     s->offset + (size_t)(s->at - s->start));
}

static bool take(struct scanner *s, char c)
{
    while (*s->at == ' ')
        s->at++;
    if (*s->at != c)
        return false;
    s->at++;
    return true;
}

static int quoted(struct scanner *s, size_t size, char word[size])
{
    char quote = take(s, '\'') ? '\'' : take(s, '"') ? '"' : '\0';
    size_t n = 0;
    if (!quote)
        return fail(s, "a quoted word");
    while (*s->at && *s->at != quote && n + 1 < size)
        word[n++] = *s->at++;
    word[n] = '\0';
    return take(s, quote) ? 0 : fail(s, "a closing quote");
}

static int axis(struct scanner *s, size_t *length)
{
    take(s, ' ');
    if (!isdigit((unsigned char)*s->at))
        return fail(s, "the length of an axis");
    *length = 0;
    while (isdigit((unsigned char)*s->at) && *length <= WEIGHTS_AXIS_MAX)
        *length = 10 * *length + (size_t)(*s->at++ - '0');
    return *length >= 1 && *length <= WEIGHTS_AXIS_MAX
               ? 0
               : fail(s, "an axis of 1 to 1048576");
}

static int shape(struct scanner *s, size_t lengths[2])
{
    if (!take(s, '('))
        return fail(s, "a shape in parentheses");
    for (int k = 0; k < 2; k++) {
        if (axis(s, &lengths[k]) < 0)
            return -1;
        if (k == 0 && (!take(s, ',') || *s->at == ')'))
            return fail(s, "two axes, inputs and outputs");
    }
    take(s, ',');
    return take(s, ')') ? 0 : fail(s, "two axes, inputs and outputs");
}

static int truth(struct scanner *s, bool *value)
{
    while (*s->at == ' ')
        s->at++;
    *value = strncmp(s->at, "True", 4) == 0;
    if (!*value && strncmp(s->at, "False", 5) != 0)
        return fail(s, "True or False");
    s->at += *value ? 4 : 5;
    return 0;
}

static int entry(struct scanner *s, struct header *h)
{
    char key[16];
    if (quoted(s, sizeof key, key) < 0)
        return -1;
    if (!take(s, ':'))
        return fail(s, "':'");
    if (strcmp(key, "descr") == 0) {
        h->seen |= 1;
        return quoted(s, sizeof h->descr, h->descr);
    }
    if (strcmp(key, "fortran_order") == 0) {
        h->seen |= 2;
        return truth(s, &h->fortran);
    }
    if (strcmp(key, "shape") == 0) {
        h->seen |= 4;
        return shape(s, h->shape);
    }
    return fail(s, "descr, fortran_order and shape as keys");
}

static int dictionary(struct scanner *s, struct header *h)
{
    if (!take(s, '{'))
        return fail(s, "'{'");
    while (!take(s, '}')) {
        if (entry(s, h) < 0)
            return -1;
        if (!take(s, ',') && (take(s, ' '), *s->at != '}'))
            return fail(s, "',' or '}'");
    }
    take(s, ' ');
    if (*s->at != '\n' && *s->at != '\0')
        return fail(s, "the end of the header");
    if (h->seen != 7)
        return fail(s, "descr, fortran_order and shape as keys before it");
    return 0;
}

/* Finds the header's place in the file; checks version and length. */
static int locate(struct scanner *s, size_t n, const unsigned char bytes[],
                  size_t *length)
{
    int major = n > MAGIC ? bytes[MAGIC] : -1,
        minor = n > MAGIC + 1 ? bytes[MAGIC + 1] : 0;
    size_t width = major == 1 ? 2 : 4;
    if ((major != 1 && major != 2) || minor != 0) {
        err_set(s->e, ERR_INPUT,
                "expected an NPY file of version 1.0 or 2.0, found %d.%d", major, minor);
        return err_place(s->e, "%s: byte %d", s->name, MAGIC);
    }
    s->offset = MAGIC + 2 + width;
    if (n >= s->offset)
        *length = (size_t)little_endian(width, bytes + MAGIC + 2);
    if (n < s->offset || n - s->offset < *length) {
        err_set(s->e, ERR_INPUT, "torn file: it ends at byte %zu in the header", n);
        return err_place(s->e, "%s", s->name);
    }
    return 0;
}

static int read_header(struct scanner *s, size_t n, const unsigned char bytes[],
                       struct header *h, size_t *data)
{
    size_t length = 0;
    if (locate(s, n, bytes, &length) < 0)
        return -1;
    AUTO_FREE char *text = mem_alloc(length + 1, 1);
    memcpy(text, bytes + s->offset, length);
    s->at = s->start = text;
    int status = dictionary(s, h);
    *data = s->offset + length;
    s->at = s->start = NULL;
    return status;
}

static double number(const unsigned char *p, size_t width)
{
    uint64_t bits = little_endian(width, p);
    uint32_t low = (uint32_t)bits;
    double x;
    float f;
    memcpy(&x, &bits, sizeof x);
    memcpy(&f, &low, sizeof f);
    return width == 8 ? x : (double)f;
}

static int read_numbers(const char *name, const struct header *h, size_t width,
                        const unsigned char *p, const struct weights_expected *expected,
                        struct weights *w, struct err *e)
{
    size_t rows = h->shape[0], columns = h->shape[1];
    weights_init(w, rows, columns);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            size_t k = h->fortran ? j * rows + i : i * columns + j;
            double x = number(p + k * width, width);
            if (weights_format_check(x, expected, e) < 0)
                return err_place(e, "%s: %s [%zu][%zu]", name, weights_noun(expected), i,
                                 j);
            w->w[i * columns + j] = x;
        }
    return 0;
}

int weights_npy_parse(const char *name, size_t n, const unsigned char bytes[],
                      const struct weights_expected *expected, struct weights *w,
                      struct err *e)
{
    struct scanner s = {.name = name, .e = e};
    struct header h = {0};
    size_t data;
    if (read_header(&s, n, bytes, &h, &data) < 0)
        return -1;
    size_t width = strcmp(h.descr, "<f8") == 0 ? 8 : strcmp(h.descr, "<f4") == 0 ? 4 : 0;
    if (width == 0) {
        err_set(e, ERR_INPUT, "expected numbers of type '<f8' or '<f4', found '%s'",
                h.descr);
        return err_place(e, "%s", name);
    }
    if (weights_format_shape(h.shape[0], h.shape[1], expected, e) < 0)
        return err_place(e, "%s", name);
    size_t size = h.shape[0] * h.shape[1] * width;
    if (n - data != size) {
        err_set(e, ERR_INPUT, "expected %zu bytes of numbers, found %zu", size, n - data);
        return err_place(e, "%s: byte %zu", name, data);
    }
    return read_numbers(name, &h, width, bytes + data, expected, w, e);
}

void weights_npy_write(const struct weights *w, struct buf *out)
{
    char text[128];
    int used = snprintf(text, sizeof text,
                        "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu, %zu), }",
                        w->inputs, w->outputs);
    size_t length = 118; /* with the 10 bytes before it 128, a multiple of 64 */
    unsigned char lead[10] = {0};
    memcpy(lead, magic, MAGIC);
    lead[MAGIC] = 1;
    lead[8] = (unsigned char)length;
    memset(text + used, ' ', length - (size_t)used);
    text[length - 1] = '\n';
    buf_append(out, lead, sizeof lead);
    buf_append(out, text, length);
    for (size_t k = 0; k < w->inputs * w->outputs; k++) {
        unsigned char bytes[8];
        uint64_t bits;
        memcpy(&bits, &w->w[k], sizeof bits);
        for (int b = 0; b < 8; b++)
            bytes[b] = (unsigned char)(bits >> 8 * b);
        buf_append(out, bytes, sizeof bytes);
    }
}
