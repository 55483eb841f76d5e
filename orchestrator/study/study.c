#include "study/study.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "study/keys.h"

#include <ctype.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_LIMIT (1 << 20)

static void *field(const struct study *s, const struct key *k)
{
    return (char *)(uintptr_t)s + k->place;
}

static const struct key *find(const char *name, struct err *e)
{
    const char *names[study_keys_count];
    for (size_t i = 0; i < study_keys_count; i++) {
        names[i] = study_keys[i].name;
        if (strcmp(name, study_keys[i].name) == 0)
            return &study_keys[i];
    }
    const char *near = text_nearest(name, study_keys_count, names);
    err_set(e, ERR_USAGE, "unknown key `%.80s`", name);
    err_hint(e,
             near ? "did you mean `%s`? (`spikebar study` lists all)"
                  : "`spikebar study` lists all keys%s",
             near ? near : "");
    return NULL;
}

static int refuse(const struct key *k, const char *value, const char *expected,
                  struct err *e)
{
    return err_set(e, ERR_USAGE, "%s: expected %s, found `%.80s`", k->name, expected,
                   value);
}

static int put_number(const struct key *k, void *place, const char *value, struct err *e)
{
    double x;
    int64_t n;
    bool whole = k->kind == WHOLE;
    if (k->usual && strcmp(value, "auto") == 0)
        value = k->value;
    bool read = whole ? text_to_int(value, &n) : text_to_prefixed(value, &x);
    if (read && whole)
        x = (double)n;
    if (!read || x < k->low || x > k->high) {
        char expected[96];
        snprintf(expected, sizeof expected, "a %snumber from %g to %g%s",
                 whole ? "whole " : "", k->low, k->high, k->usual ? ", or auto" : "");
        return refuse(k, value, expected, e);
    }
    if (whole)
        *(int64_t *)place = n;
    else
        *(double *)place = x;
    return 0;
}

static int put_switch(const struct key *k, bool *place, const char *value, struct err *e)
{
    static const char *const words[2][4] = {{"no", "false", "off", "0"},
                                            {"yes", "true", "on", "1"}};
    for (int on = 0; on < 2; on++)
        for (int i = 0; i < 4; i++)
            if (strcasecmp(value, words[on][i]) == 0) {
                *place = on;
                return 0;
            }
    return refuse(k, value, "yes or no", e);
}

static bool is_choice(const char *choices, const char *value)
{
    size_t n = strchr(value, ' ') ? 0 : strlen(value);
    for (const char *p = choices; n && (p = strstr(p, value)); p += n)
        if ((p == choices || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    return false;
}

/* What an INI file gives back as it is: it has no quotes, blanks around a value go, and
 * a semicolon after a blank begins a remark. */
static bool fits_a_line(const char *value)
{
    size_t n = strlen(value);
    if (strpbrk(value, "\r\n") ||
        (n && (isspace((unsigned char)value[0]) || isspace((unsigned char)value[n - 1]))))
        return false;
    for (const char *p = value; (p = strchr(p, ';')); p++)
        if (p == value || isspace((unsigned char)p[-1]))
            return false;
    return true;
}

static int put(struct study *s, const struct key *k, const char *value, struct err *e)
{
    void *place = field(s, k);
    switch (k->kind) {
    case NUMBER:
    case WHOLE:
        return put_number(k, place, value, e);
    case SWITCH:
        return put_switch(k, place, value, e);
    case CHOICE:
        if (!is_choice(k->choices, value))
            return refuse(k, value, k->choices, e);
        break;
    case TEXT:
        if (!fits_a_line(value))
            return refuse(k, value, "one line without blanks around it or before a `;`",
                          e);
        break;
    }
    free(*(char **)place);
    *(char **)place = mem_copy_string(value);
    return 0;
}

void study_init(struct study *s)
{
    struct err e;
    *s = (struct study){0};
    for (size_t i = 0; i < study_keys_count; i++)
        if (put(s, &study_keys[i], study_keys[i].value, &e) < 0)
            abort(); /* a default outside its own range */
}

void study_finish(struct study *s)
{
    for (size_t i = 0; i < study_keys_count; i++)
        if (study_keys[i].kind == TEXT || study_keys[i].kind == CHOICE)
            free(*(char **)field(s, &study_keys[i]));
    *s = (struct study){0};
}

void study_copy(struct study *to, const struct study *from)
{
    *to = *from;
    for (size_t i = 0; i < study_keys_count; i++)
        if (study_keys[i].kind == TEXT || study_keys[i].kind == CHOICE) {
            char **text = field(to, &study_keys[i]);
            *text = mem_copy_string(*text);
        }
}

int study_find(const char *key, struct study_key *out, struct err *e)
{
    const struct key *k = find(key, e);
    if (k)
        *out =
            (struct study_key){k->name, k->scope, k->kind == NUMBER || k->kind == WHOLE};
    return k ? 0 : -1;
}

int study_put(struct study *s, const char *key, const char *value, struct err *e)
{
    const struct key *k = find(key, e);
    return k ? put(s, k, value, e) : -1;
}

int study_set(struct study *s, const char *assignment, struct err *e)
{
    const char *equals = strchr(assignment, '=');
    if (!equals) {
        err_set(e, ERR_USAGE, "expected section.key=value, found `%.80s`", assignment);
        return err_place(e, "--set");
    }
    AUTO_FREE char *copy = mem_copy_string(assignment);
    copy[equals - assignment] = '\0';
    int status =
        study_put(s, text_trim(copy), text_trim(copy + (equals - assignment) + 1), e);
    return status < 0 ? err_place(e, "--set") : 0;
}

int study_check(const struct study *s, struct err *e)
{
    if (s->map.g_low_S < s->map.g_high_S)
        return 0;
    err_set(e, ERR_USAGE, "expected less than map.g_high, %g, found %g", s->map.g_high_S,
            s->map.g_low_S);
    return err_place(e, "map.g_low");
}

/* inih calls back per key and reads lines through us, which is how lines get numbers. */
struct reading {
    struct study *study;
    const char *path, *rest;
    int line, wrong_line; /* the latter of the first key that was refused */
    struct err *e;
};

static char *next_line(char *line, int room, void *stream)
{
    struct reading *r = stream;
    if (!*r->rest)
        return NULL;
    const char *end = strchr(r->rest, '\n');
    size_t n = end ? (size_t)(end - r->rest) + 1 : strlen(r->rest);
    r->line++;
    if (n > (size_t)room - 1) {
        err_set(r->e, ERR_INPUT, "expected lines of less than %d bytes", room);
        err_hint(r->e, "give a long value with --set");
        err_place(r->e, "%s:%d", r->path, r->line);
        return NULL;
    }
    memcpy(line, r->rest, n);
    line[n] = '\0';
    r->rest += n;
    return line;
}

/* "map.bits = 1,2,3" below [sweep] is one more of sweep.axes. */
static int add_axis(struct study *s, const char *key, const char *values, struct err *e)
{
    struct study_key known;
    struct buf axes = {0};
    if (study_find(key, &known, e) < 0)
        return -1;
    buf_printf(&axes, "%s%s%s=%s", s->sweep.axes, *s->sweep.axes ? " " : "", key, values);
    int status = study_put(s, "sweep.axes", axes.data, e);
    buf_finish(&axes);
    return status;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    char key[160];
    if (r->e->code)
        return 1; /* one error is enough */
    snprintf(key, sizeof key, "%s%s%s", section, *section ? "." : "", name);
    bool axis = strcmp(section, "sweep") == 0 && strchr(name, '.');
    if (axis ? add_axis(r->study, name, value, r->e) < 0
             : study_put(r->study, key, value, r->e) < 0) {
        err_place(r->e, "%s:%d", r->path, r->line);
        r->wrong_line = r->line;
    }
    return 1;
}

int study_parse(struct study *s, const struct buf *text, const char *path, struct err *e)
{
    struct reading r = {.study = s, .path = path, .wrong_line = INT_MAX, .e = e};
    e->code = ERR_NONE;
    r.rest = buf_text(text);
    int bad_line = ini_parse_stream(next_line, &r, on_key, &r);
    if (bad_line > 0 && bad_line < r.wrong_line) {
        err_set(e, ERR_INPUT, "expected [section] or key = value");
        err_place(e, "%s:%d", path, bad_line);
    } else if (!e->code && r.rest < buf_text(text) + text->len) {
        err_set(e, ERR_INPUT, "expected text, found a zero byte");
        err_place(e, "%s:%d", path, r.line + 1);
    }
    return e->code ? -1 : 0;
}

int study_read(struct study *s, const char *path, struct err *e)
{
    struct buf text = {0};
    int status = file_read(path, FILE_LIMIT, &text, e);
    if (status == 0)
        status = study_parse(s, &text, path, e);
    buf_finish(&text);
    return status;
}

/* Whether a key has the value that stands for the usual one. */
static bool is_usual(const struct study *s, const struct key *k)
{
    const void *place = field(s, k);
    double usual = strtod(k->value, NULL);
    if (!k->usual)
        return false;
    return k->kind == WHOLE ? (double)*(const int64_t *)place == usual
                            : *(const double *)place == usual;
}

static void print_value(const struct study *s, const struct key *k, struct buf *out)
{
    const void *place = field(s, k);
    char number[TEXT_NUMBER];
    if (is_usual(s, k)) {
        buf_puts(out, "auto");
        return;
    }
    switch (k->kind) {
    case NUMBER:
        text_from_double(*(const double *)place, number);
        buf_puts(out, number);
        break;
    case WHOLE:
        buf_printf(out, "%lld", (long long)*(const int64_t *)place);
        break;
    case SWITCH:
        buf_puts(out, *(const bool *)place ? "yes" : "no");
        break;
    case TEXT:
    case CHOICE:
        buf_puts(out, *(char *const *)place);
        break;
    }
}

void study_value(const struct study *s, const char *key, struct buf *out)
{
    struct err e;
    print_value(s, find(key, &e), out);
}

/* In apostrophes, where a shell would see more than a word. */
static void print_shell_word(const char *word, struct buf *out)
{
    if (!word[strcspn(word, " \t'\"$`\\!*?[](){}<>|&;#~")]) {
        buf_puts(out, word);
        return;
    }
    buf_puts(out, "'");
    for (; *word; word++)
        buf_append(out, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    buf_puts(out, "'");
}

void study_settings(const struct study *s, unsigned scope, struct buf *out)
{
    struct study usual;
    study_init(&usual);
    for (size_t i = 0; i < study_keys_count; i++) {
        struct buf is = {0}, was = {0};
        print_value(s, &study_keys[i], &is);
        print_value(&usual, &study_keys[i], &was);
        if (study_keys[i].scope & scope && strcmp(buf_text(&is), buf_text(&was)) != 0) {
            struct buf word = {0};
            buf_printf(&word, "%s=%s", study_keys[i].name, buf_text(&is));
            buf_puts(out, " --set ");
            print_shell_word(word.data, out);
            buf_finish(&word);
        }
        buf_finish(&is);
        buf_finish(&was);
    }
    study_finish(&usual);
}

/* A remark, with line ends between words before column 90. */
static void print_remark(const char *text, struct buf *out)
{
    size_t column = 1;
    buf_puts(out, ";");
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column + 1 + n > 90) {
            buf_puts(out, "\n;");
            column = 1;
        }
        buf_printf(out, " %.*s", (int)n, text);
        column += 1 + n;
        text += n + (text[n] == ' ');
    }
    buf_puts(out, "\n");
}

static void print_help(const struct key *k, struct buf *out)
{
    AUTO(buf_finish) struct buf more = {0};
    char low[TEXT_NUMBER], high[TEXT_NUMBER];
    print_remark(k->help, out);
    text_from_double(k->low, low);
    text_from_double(k->high, high);
    if (k->usual)
        buf_printf(&more, "auto: %s. ", k->usual);
    if (k->kind == CHOICE)
        buf_printf(&more, "One of: %s.", k->choices);
    else if (k->kind == SWITCH)
        buf_puts(&more, "yes or no.");
    else if (k->kind == NUMBER || k->kind == WHOLE)
        buf_printf(&more, "%s to %s.", low, high);
    if (more.len)
        print_remark(more.data, out);
}

void study_print(const struct study *s, enum study_form form, struct buf *out)
{
    bool commented = form != STUDY_BARE;
    const char *section = "";
    size_t length = 0;
    for (size_t i = 0; i < study_keys_count; i++) {
        const struct key *k = &study_keys[i];
        const char *dot = strchr(k->name, '.');
        if (form == STUDY_COMMENTED && strncmp(k->name, "rehearse.", 9) == 0)
            continue;
        if (length != (size_t)(dot - k->name) || strncmp(section, k->name, length) != 0) {
            section = k->name;
            length = (size_t)(dot - k->name);
            buf_printf(out, "%s[%.*s]\n", i ? "\n" : "", (int)length, section);
        } else if (commented) {
            buf_puts(out, "\n");
        }
        if (commented)
            print_help(k, out);
        buf_printf(out, "%s = ", dot + 1);
        print_value(s, k, out);
        buf_puts(out, "\n");
    }
}

void study_lines(const struct study *s, unsigned scope, struct buf *out)
{
    for (size_t i = 0; i < study_keys_count; i++) {
        if (!(study_keys[i].scope & scope))
            continue;
        buf_printf(out, "%s = ", study_keys[i].name);
        print_value(s, &study_keys[i], out);
        buf_puts(out, "\n");
    }
}
