#include "spice/param.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_LIMIT (1 << 20)

void param_finish(struct param_table *t)
{
    free(t->item);
    free(t->own);
    *t = (struct param_table){0};
}

static struct param *find(const struct param_table *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcasecmp(t->item[i].name, name) == 0)
            return &t->item[i];
    return NULL;
}

static struct param *add(struct param_table *t)
{
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        t->item = mem_resize(t->item, t->capacity, sizeof t->item[0]);
    }
    struct param *p = &t->item[t->count++];
    memset(p, 0, sizeof *p);
    return p;
}

static bool is_name(const char *s)
{
    if (!isalpha((unsigned char)*s))
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_')
            return false;
    return true;
}

static bool fits(const char *s, size_t size)
{
    return strlen(s) < size;
}

/* What a value may be, by the unit that its comment begins with: wide enough for any
 * circuit, and no negative resistor or capacitor of nothing. Measured numbers (cal_) may
 * be negative. Other units are anyone's own. */
static const struct range {
    const char *unit;
    double low, high;
} ranges[] = {{"ohm", 1e-3, 1e15}, {"F", 1e-18, 1},       {"m", 1e-9, 1},
              {"S", 1e-15, 1e3},   {"s", 0, 1e6},         {"V", -1e3, 1e3},
              {"A", -1e3, 1e3},    {"A/V^2", 1e-12, 1e3}, {"1", 0, 1e12}};

static int check_range(const char *name, const char *comment, const char *text,
                       double value, struct err *e)
{
    size_t n = strcspn(comment, ", \t");
    if (strncasecmp(name, "cal_", 4) == 0)
        return 0;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct range *r = &ranges[i];
        if (strlen(r->unit) != n || memcmp(r->unit, comment, n) != 0 ||
            (value >= r->low && value <= r->high))
            continue;
        return err_set(e, ERR_INPUT, "%.48s: expected %g to %g %s, found `%.60s`", name,
                       r->low, r->high, r->unit, text);
    }
    return 0;
}

/* "name = value" in `line`, which is changed. Values in braces are derived by SPICE
 * from the others and are passed over. */
static int parse_assignment(struct param_table *t, char *line, const char *comment,
                            const char *path, size_t number, struct err *e)
{
    char *equals = strchr(line, '=');
    if (!equals) {
        err_set(e, ERR_INPUT, "expected `.param name = number`, found no `=`");
        return err_place(e, "%s:%zu", path, number);
    }
    *equals = '\0';
    char *name = text_trim(line), *text = text_trim(equals + 1);
    double value;
    if (*text == '{' || *text == '\'')
        return 0;
    if (!is_name(name) || !fits(name, sizeof t->item->name) ||
        !fits(text, sizeof t->item->text) || !text_to_spice(text, &value)) {
        err_set(e, ERR_INPUT, "expected `.param name = number`, found `%.40s = %.40s`",
                name, text);
        return err_place(e, "%s:%zu", path, number);
    }
    if (check_range(name, comment, text, value, e) < 0)
        return err_place(e, "%s:%zu", path, number);
    struct param *p = find(t, name);
    if (!p)
        p = add(t);
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    snprintf(p->name, sizeof p->name, "%s", name);
    snprintf(p->text, sizeof p->text, "%s", text);
    snprintf(p->comment, sizeof p->comment, "%s", comment);
    p->value = value;
    return 0;
}

int param_parse(struct param_table *t, const char *text, const char *path, struct err *e)
{
    static const char key[] = ".param";
    char *copy = mem_copy_string(text), *rest = copy, *line;
    int status = 0;
    for (size_t number = 1; status == 0 && (line = strsep(&rest, "\n")); number++) {
        char *semicolon = strchr(line, ';');
        if (semicolon)
            *semicolon = '\0';
        line = text_trim(line);
        if (strncasecmp(line, key, sizeof key - 1) == 0)
            status = parse_assignment(t, line + sizeof key - 1,
                                      semicolon ? text_trim(semicolon + 1) : "", path,
                                      number, e);
    }
    free(copy);
    return status;
}

int param_read(struct param_table *t, const char *path, struct err *e)
{
    struct buf text = {0};
    int status = file_read(path, FILE_LIMIT, &text, e);
    if (status == 0)
        status = param_parse(t, buf_text(&text), path, e);
    buf_finish(&text);
    return status;
}

static int unknown(const struct param_table *t, const char *name, struct err *e)
{
    const char **names = mem_alloc(t->count, sizeof *names);
    for (size_t i = 0; i < t->count; i++)
        names[i] = t->item[i].name;
    const char *near = text_nearest(name, t->count, names);
    err_set(e, ERR_INPUT, "no circuit parameter `%.60s`", name);
    if (near)
        err_hint(e, "did you mean `%s`?", near);
    free(names);
    return -1;
}

/* "col3." at the start of a word: its column, and what follows; else the word. */
static char *column_of(char *word, size_t *column)
{
    char *end;
    if (strncasecmp(word, "col", 3) != 0 || !isdigit((unsigned char)word[3]))
        return NULL;
    *column = strtoul(word + 3, &end, 10);
    return *end == '.' ? end + 1 : NULL;
}

static void add_own(struct param_table *t, size_t column, const char *name,
                    const char *text)
{
    t->own = mem_resize(t->own, t->owns + 1, sizeof t->own[0]);
    struct param_own *o = &t->own[t->owns++];
    *o = (struct param_own){.column = column};
    snprintf(o->name, sizeof o->name, "%s", name);
    snprintf(o->text, sizeof o->text, "%s", text);
}

static int override_one(struct param_table *t, char *word, struct err *e)
{
    size_t column = 0;
    char *of_column = column_of(word, &column);
    if (of_column)
        word = of_column;
    char *equals = strchr(word, '=');
    if (!equals)
        return err_set(e, ERR_INPUT, "expected name=value, found `%.60s`", word);
    *equals = '\0';
    struct param *p = find(t, word);
    if (!p)
        return unknown(t, word, e);
    double value;
    if (!fits(equals + 1, sizeof p->text) || !text_to_spice(equals + 1, &value))
        return err_set(e, ERR_INPUT, "expected a number for `%s`, found `%.60s`", word,
                       equals + 1);
    if (check_range(p->name, p->comment, equals + 1, value, e) < 0)
        return -1;
    if (of_column) {
        add_own(t, column, p->name, equals + 1);
        return 0;
    }
    snprintf(p->text, sizeof p->text, "%s", equals + 1);
    p->value = value;
    p->overridden = true;
    return 0;
}

void param_put(struct param_table *t, const char *name, double value, const char *comment)
{
    struct param *p = find(t, name);
    if (!p) {
        p = add(t);
        snprintf(p->name, sizeof p->name, "%s", name);
        snprintf(p->comment, sizeof p->comment, "%s", comment);
    }
    snprintf(p->text, sizeof p->text, "%.9g", value);
    p->value = value;
    p->overridden = true;
}

bool param_changed(const struct param_table *t, const char *name)
{
    const struct param *p = find(t, name);
    if (p && p->overridden)
        return true;
    for (size_t i = 0; i < t->owns; i++)
        if (strcasecmp(t->own[i].name, name) == 0)
            return true;
    return false;
}

double param_value(const struct param_table *t, const char *name, double otherwise)
{
    const struct param *p = find(t, name);
    return p ? p->value : otherwise;
}

int param_override(struct param_table *t, const char *words, struct err *e)
{
    char *copy = mem_copy_string(words), *rest = copy, *word;
    int status = 0;
    while (status == 0 && (word = strsep(&rest, " \t\r\n\v\f,")))
        if (*word)
            status = override_one(t, word, e);
    free(copy);
    return status;
}

int param_get(const struct param_table *t, const char *name, double *value, struct err *e)
{
    const struct param *p = find(t, name);
    if (!p)
        return unknown(t, name, e);
    *value = p->value;
    return 0;
}

void param_render(const struct param_table *t, bool only_overridden, struct buf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct param *p = &t->item[i];
        if (!only_overridden || p->overridden)
            buf_printf(out, ".param %s = %s%s%s\n", p->name, p->text,
                       p->comment[0] ? " ; " : "", p->comment);
    }
}
