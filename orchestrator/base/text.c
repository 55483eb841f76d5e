#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool only_space(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return *s == '\0';
}

/* strtod also reads "inf", "nan" and hexadecimal, which no file of ours means. */
static bool starts_number(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    if (*s == '+' || *s == '-')
        s++;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
        return false;
    return isdigit((unsigned char)*s) || (*s == '.' && isdigit((unsigned char)s[1]));
}

bool text_to_double(const char *s, double *x)
{
    char *end;
    if (!starts_number(s))
        return false;
    double value = strtod(s, &end);
    if (!only_space(end) || !isfinite(value))
        return false;
    *x = value;
    return true;
}

bool text_to_int(const char *s, int64_t *x)
{
    char *end;
    if (!starts_number(s))
        return false;
    errno = 0;
    long long value = strtoll(s, &end, 10);
    if (errno || !only_space(end))
        return false;
    *x = value;
    return true;
}

static const struct scale {
    const char *suffix;
    int power;
    double scale;
} scales[] = {{"meg", 6, 1e6}, {"t", 12, 1e12},   {"g", 9, 1e9},
              {"k", 3, 1e3},   {"m", -3, 1e-3},   {"u", -6, 1e-6},
              {"n", -9, 1e-9}, {"p", -12, 1e-12}, {"f", -15, 1e-15}};
enum { SCALES = sizeof scales / sizeof scales[0] };

/* The scale that the word begins with, or NULL. */
static const struct scale *scale_at(const char *word)
{
    for (size_t i = 0; i < SCALES; i++)
        if (strncasecmp(word, scales[i].suffix, strlen(scales[i].suffix)) == 0)
            return &scales[i];
    return NULL;
}

/* The decimal number is put together as text: a product of doubles may be off by a bit.
 */
bool text_to_prefixed(const char *s, double *x)
{
    char *end, text[64];
    if (text_to_double(s, x))
        return true;
    if (!starts_number(s))
        return false;
    strtod(s, &end);
    const struct scale *scale = scale_at(end);
    size_t n = (size_t)(end - s);
    if (!scale || !only_space(end + strlen(scale->suffix)) || n > 40 ||
        memchr(s, 'e', n) || memchr(s, 'E', n))
        return false;
    snprintf(text, sizeof text, "%.*se%d", (int)n, s, scale->power);
    return text_to_double(text, x);
}

void text_from_double(double x, char out[TEXT_NUMBER])
{
    double back;
    snprintf(out, TEXT_NUMBER, "%.15g", x);
    if (strtod(out, NULL) != x)
        snprintf(out, TEXT_NUMBER, "%.17g", x);
    for (size_t i = 0; i < SCALES; i++) {
        char word[TEXT_NUMBER];
        double mantissa = fabs(x) / scales[i].scale;
        if (!(mantissa >= 1 && mantissa < 1000))
            continue;
        snprintf(word, sizeof word, "%.15g%s", x / scales[i].scale, scales[i].suffix);
        if (strlen(word) < strlen(out) && text_to_prefixed(word, &back) && back == x)
            snprintf(out, TEXT_NUMBER, "%s", word);
    }
}

bool text_to_spice(const char *s, double *x)
{
    char *end;
    if (!starts_number(s))
        return false;
    double value = strtod(s, &end);
    const struct scale *scale = scale_at(end);
    if (scale)
        value *= scale->scale;
    while (isalpha((unsigned char)*end))
        end++;
    if (!only_space(end) || !isfinite(value))
        return false;
    *x = value;
    return true;
}

/* Levenshtein distance, one row of the table at a time; words are cut at 63. Any number
 * from `limit` on where it is no less: each letter that one has more costs one. */
static int edit_distance(const char *a, const char *b, int limit)
{
    int row[64];
    int n = (int)strnlen(b, 63), longer = abs((int)strnlen(a, 63) - n);
    if (longer >= limit)
        return longer;
    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; a[i - 1] && i < 64; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int above = row[j];
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[n];
}

const char *text_nearest(const char *word, size_t n, const char *const names[])
{
    const char *best = NULL;
    int best_distance = (int)strlen(word) / 2 + 2;
    for (size_t i = 0; i < n; i++) {
        int d = edit_distance(word, names[i], best_distance);
        if (d < best_distance) {
            best_distance = d;
            best = names[i];
        }
    }
    return best;
}

/* Bytes of the character that bytes[] begins with, 0 if it must not be printed. Tables
 * 3-6 and 3-7 of the Unicode standard: the shortest form alone, no surrogates. */
static size_t printable(size_t n, const unsigned char *bytes)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char head = bytes[0];
    size_t length = head < 0x80    ? 1
                    : head < 0xc2  ? 0
                    : head < 0xe0  ? 2
                    : head < 0xf0  ? 3
                    : head <= 0xf4 ? 4
                                   : 0;
    uint32_t code = length < 2 ? head : head & (0x7fU >> length);
    if (length == 0 || length > n)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3fU);
    }
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    /* zero width, direction, line and paragraph ends, invisible operators */
    bool hidden = (code >= 0x200b && code <= 0x200f) ||
                  (code >= 0x2028 && code <= 0x202e) ||
                  (code >= 0x2060 && code <= 0x206f) || code == 0x61c || code == 0xfeff;
    bool wrong =
        code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
    return control || hidden || wrong ? 0 : length;
}

void text_printable(size_t n, const char bytes[], size_t size, char out[size])
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t len = 0;
    for (size_t i = 0; i < n;) {
        size_t length = printable(n - i, p + i), room = length ? length : 4;
        if (len + room + 1 > size)
            break;
        if (length)
            memcpy(out + len, p + i, length);
        else
            snprintf(out + len, size - len, "\\x%02x", p[i]);
        len += room;
        i += length ? length : 1;
    }
    out[len] = '\0';
}

void text_one_line(char *s, size_t size, char out[size])
{
    for (char *c = s; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '\t')
            *c = ' ';
    text_printable(strlen(s), s, size, out);
}

char *text_trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1]))
        s[--n] = '\0';
    return s;
}
