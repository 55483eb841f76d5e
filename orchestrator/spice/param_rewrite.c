/* A .param file written anew: values from the table, everything else as it stood. */
#include "spice/param.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Where name and value of a `.param name = value ; comment` line stand in it. */
struct assignment {
    const char *name, *value;
    size_t name_length, value_length;
};

static bool parse(const char *line, size_t length, struct assignment *a)
{
    static const char key[] = ".param";
    const char *end = memchr(line, ';', length), *p = line;
    end = end ? end : line + length;
    while (p < end && isspace((unsigned char)*p))
        p++;
    if ((size_t)(end - p) < sizeof key || strncasecmp(p, key, sizeof key - 1) != 0)
        return false;
    const char *equals = memchr(p, '=', (size_t)(end - p));
    if (!equals)
        return false;
    for (p += sizeof key - 1; p < equals && isspace((unsigned char)*p); p++)
        continue;
    a->name = p;
    while (p < equals && !isspace((unsigned char)*p))
        p++;
    a->name_length = (size_t)(p - a->name);
    for (p = equals + 1; p < end && isspace((unsigned char)*p); p++)
        continue;
    a->value = p;
    while (end > p && isspace((unsigned char)end[-1]))
        end--;
    a->value_length = (size_t)(end - p);
    return a->name_length > 0 && a->value_length > 0;
}

static bool is_named(const struct assignment *a, const char *name)
{
    return strlen(name) == a->name_length &&
           strncasecmp(a->name, name, a->name_length) == 0;
}

static const struct param *find(const struct param_table *t, const struct assignment *a)
{
    for (size_t i = 0; i < t->count; i++)
        if (is_named(a, t->item[i].name))
            return &t->item[i];
    return NULL;
}

static void rewrite_line(const struct param_table *t, const char *line, size_t length,
                         struct buf *out)
{
    struct assignment a;
    const struct param *p = parse(line, length, &a) ? find(t, &a) : NULL;
    if (!p || *a.value == '{' || *a.value == '\'') {
        buf_append(out, line, length);
        return;
    }
    const char *rest = a.value + a.value_length;
    size_t width = strlen(p->text);
    buf_append(out, line, (size_t)(a.value - line));
    buf_puts(out, p->text);
    /* The comment keeps its place where there is room. */
    while (width < a.value_length) {
        buf_puts(out, " ");
        width++;
    }
    for (; width > a.value_length && rest + 1 < line + length && rest[0] == ' ' &&
           rest[1] == ' ';
         width--)
        rest++;
    buf_append(out, rest, (size_t)(line + length - rest));
}

void param_rewrite(const struct param_table *t, const char *text, struct buf *out)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        rewrite_line(t, text, length, out);
        buf_puts(out, "\n");
        text += length + (text[length] == '\n');
    }
}

bool param_in_text(const char *text, const char *name)
{
    struct assignment a;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
        if (parse(text, strcspn(text, "\n"), &a) && is_named(&a, name))
            return true;
    return false;
}
