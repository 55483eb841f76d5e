#include "study/axes.h"

#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one axis ---- */

/* Keys that decide which images there are, or which draw: the sweep's own. */
static const struct {
    const char *key, *instead;
} own[] = {
    {"simulate.images", "give --images"},
    {"map.trial", "give --trials"},
};

static int check_key(const char *key, struct study_key *k, struct err *e)
{
    if (study_find(key, k, e) < 0)
        return -1;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(key, own[i].key) == 0) {
            err_set(e, ERR_USAGE, "%s is no axis: the sweep itself sets it", key);
            return err_hint(e, "%s", own[i].instead);
        }
    if (strncmp(key, "rehearse.", 9) != 0 &&
        k->scope & (STUDY_TRAINS | STUDY_VERIFIES | STUDY_FILES))
        return 0;
    err_set(e, ERR_USAGE, "%s is no axis: no accuracy depends on it", key);
    return err_hint(e, "keys of [dataset], [network], [train], [map], [circuit] and most "
                       "of [simulate] are");
}

/* A value in the study's own spelling, so that 0.10 and .1 are one. */
static int add_value(struct axis *a, struct study *scratch, const char *value,
                     struct err *e)
{
    struct buf text = {0};
    if (a->count >= AXES_VALUES)
        return err_set(e, ERR_USAGE, "expected at most %d values", AXES_VALUES);
    if (study_put(scratch, a->key, value, e) < 0)
        return -1;
    study_value(scratch, a->key, &text);
    if ((a->count & (a->count - 1)) == 0)
        a->value = mem_resize(a->value, a->count ? 2 * a->count : 1, sizeof *a->value);
    a->value[a->count++] = mem_copy_string(buf_text(&text));
    buf_finish(&text);
    return 0;
}

static int add_number(struct axis *a, struct study *scratch, double x, struct err *e)
{
    char text[32];
    snprintf(text, sizeof text, "%.12g", x); /* 3 times 0.1 is 0.3 */
    return add_value(a, scratch, text, e);
}

static int bad_numbers(const char *word, const char *expected, struct err *e)
{
    return err_set(e, ERR_USAGE, "expected %s, found `%.80s`", expected, word);
}

/* Numbers of "a:b:c" or "a,b,c", three of them. */
static bool three(const char *text, const char *between, double x[3])
{
    char *copy = mem_copy_string(text), *rest = copy, *word;
    size_t n = 0;
    bool good = true;
    while (good && (word = strsep(&rest, between)))
        good = n < 3 && text_to_prefixed(word, &x[n++]);
    free(copy);
    return good && n == 3;
}

static int add_range(struct axis *a, struct study *scratch, const char *word,
                     struct err *e)
{
    double x[3];
    if (!three(word, ":", x))
        return bad_numbers(word, "from:to:step", e);
    double steps = (x[1] - x[0]) / x[2];
    if (x[2] == 0 || steps < 0)
        return bad_numbers(word, "a step that leads from the first number to the second",
                           e);
    if (steps >= AXES_VALUES)
        return bad_numbers(word, "at most 10000 steps", e);
    size_t n = (size_t)floor(steps + 1e-9) + 1; /* 0:0.3:0.1 ends at 0.3 */
    for (size_t k = 0; k < n; k++)
        if (add_number(a, scratch, x[0] + (double)k * x[2], e) < 0)
            return -1;
    return 0;
}

static int add_log(struct axis *a, struct study *scratch, const char *word, struct err *e)
{
    static const char expected[] = "log(from,to,count) with numbers above 0 and a whole "
                                   "count from 2 on";
    double x[3];
    char *inside = mem_copy_string(word + strlen("log("));
    size_t n = strlen(inside);
    bool good = n && inside[n - 1] == ')';
    if (good)
        inside[n - 1] = '\0';
    good = good && three(inside, ",", x) && x[0] > 0 && x[1] > 0 && x[2] >= 2 &&
           x[2] <= AXES_VALUES && x[2] == floor(x[2]);
    free(inside);
    if (!good)
        return bad_numbers(word, expected, e);
    for (double k = 0; k < x[2]; k++)
        if (add_number(a, scratch, x[0] * pow(x[1] / x[0], k / (x[2] - 1)), e) < 0)
            return -1;
    return 0;
}

static int add_word(struct axis *a, struct study *scratch, char *word, struct err *e)
{
    size_t n = strlen(word);
    if (n > 1 && word[0] == '{' && word[n - 1] == '}') {
        word[n - 1] = '\0';
        return add_value(a, scratch, word + 1, e);
    }
    if (a->number && strncmp(word, "log(", 4) == 0)
        return add_log(a, scratch, word, e);
    if (a->number && strchr(word, ':'))
        return add_range(a, scratch, word, e);
    if (!n && a->number)
        return bad_numbers(word, "a number between commas", e);
    return add_value(a, scratch, word, e);
}

/* Up to the next of `ends` that stands in no bracket; NULL at the end of the text. */
static char *cut_word(char **rest, const char *ends)
{
    char *word = *rest;
    int depth = 0;
    if (!word)
        return NULL;
    for (char *p = word; *p; p++) {
        depth += (*p == '(' || *p == '{') - (*p == ')' || *p == '}');
        if (depth <= 0 && strchr(ends, *p)) {
            *p = '\0';
            *rest = p + 1;
            return word;
        }
    }
    *rest = NULL;
    return word;
}

static int read_axis(struct axes *a, const struct study *s, char *text, struct err *e)
{
    char *equals = strchr(text, '=');
    if (!equals) {
        err_set(e, ERR_USAGE, "expected KEY=VALUES, found `%.80s`", text);
        return err_hint(e, "as in map.bits=1,2,3 or map.tuning_error=0:0.2:0.05");
    }
    *equals = '\0';
    struct study_key key;
    if (check_key(text, &key, e) < 0)
        return -1;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->axis[i].key, text) == 0)
            return err_set(e, ERR_USAGE, "%s is an axis twice", text);
    if (a->count == AXES_MAX)
        return err_set(e, ERR_USAGE, "expected at most %d axes", AXES_MAX);
    struct axis *axis = &a->axis[a->count];
    *axis = (struct axis){.key = key.name, .number = key.number, .walk = a->count};
    a->count++;
    struct study scratch;
    study_copy(&scratch, s);
    char *rest = equals + 1, *word;
    int status = 0;
    while (status == 0 && (word = cut_word(&rest, ",")))
        status = add_word(axis, &scratch, text_trim(word), e);
    study_finish(&scratch);
    return status < 0 ? err_place(e, "%s", key.name) : 0;
}

/* ---- axes together ---- */

static int zip(struct axes *a, const char *keys, struct err *e)
{
    char *copy = mem_copy_string(keys), *rest = copy, *word;
    struct axis *first = NULL;
    int status = 0;
    while (status == 0 && (word = strsep(&rest, ","))) {
        struct axis *found = NULL;
        word = text_trim(word);
        for (size_t i = 0; i < a->count; i++)
            if (strcmp(a->axis[i].key, word) == 0)
                found = &a->axis[i];
        if (!found)
            status = err_set(e, ERR_USAGE, "expected an axis, found `%.80s`", word);
        else if (first && first->count != found->count)
            status = err_set(e, ERR_USAGE,
                             "axes that walk together need equally many values: %s has "
                             "%zu, %s has %zu",
                             first->key, first->count, found->key, found->count);
        else if (first)
            found->walk = first->walk;
        else
            first = found;
    }
    free(copy);
    return status < 0 ? err_place(e, "sweep.zip") : 0;
}

static bool leads(const struct axes *a, size_t axis)
{
    return a->axis[axis].walk == axis;
}

static int count_points(struct axes *a, struct err *e)
{
    a->points = 1;
    for (size_t i = a->count; i-- > 0;) {
        a->axis[i].stride = a->points;
        if (leads(a, i) && a->axis[i].count > AXES_POINTS / a->points) {
            err_set(e, ERR_USAGE, "expected at most %d points", AXES_POINTS);
            return err_hint(e, "give fewer values, or let axes walk together (--zip)");
        }
        a->points *= leads(a, i) ? a->axis[i].count : 1;
    }
    for (size_t i = 0; i < a->count; i++)
        a->axis[i].stride = a->axis[a->axis[i].walk].stride;
    return 0;
}

/* Whether two values of a walk are the same in all of its axes. */
static int refuse_twice(const struct axes *a, size_t walk, struct err *e)
{
    const struct axis *lead = &a->axis[walk];
    for (size_t k = 0; k < lead->count; k++)
        for (size_t j = 0; j < k; j++) {
            bool same = true;
            for (size_t i = 0; i < a->count && same; i++)
                same = a->axis[i].walk != walk ||
                       strcmp(a->axis[i].value[j], a->axis[i].value[k]) == 0;
            if (same) {
                err_set(e, ERR_USAGE, "expected each value once, found `%.80s` twice",
                        lead->value[k]);
                return err_place(e, "%s", lead->key);
            }
        }
    return 0;
}

int axes_init(struct axes *a, const struct study *s, struct err *e)
{
    char *copy = mem_copy_string(s->sweep.axes), *rest = copy, *word;
    int status = 0;
    *a = (struct axes){0};
    while (status == 0 && (word = cut_word(&rest, " ")))
        if (*word)
            status = read_axis(a, s, word, e);
    free(copy);
    if (status == 0 && s->sweep.zip[0])
        status = zip(a, s->sweep.zip, e);
    for (size_t i = 0; i < a->count && status == 0; i++)
        if (leads(a, i))
            status = refuse_twice(a, i, e);
    if (status == 0)
        status = count_points(a, e);
    return status < 0 ? err_place(e, "sweep.axes") : 0;
}

void axes_finish(struct axes *a)
{
    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < a->axis[i].count; k++)
            free(a->axis[i].value[k]);
        free(a->axis[i].value);
    }
    *a = (struct axes){0};
}

size_t axes_index(const struct axes *a, size_t axis, size_t point)
{
    return point / a->axis[axis].stride % a->axis[axis].count;
}

int axes_set(const struct axes *a, size_t point, struct study *s, struct err *e)
{
    for (size_t i = 0; i < a->count; i++)
        if (study_put(s, a->axis[i].key, a->axis[i].value[axes_index(a, i, point)], e) <
            0)
            return -1;
    return 0;
}
