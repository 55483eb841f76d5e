#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void one_line(char *s)
{
    for (; *s; s++)
        if (*s == '\n' || *s == '\r' || *s == '\t')
            *s = ' ';
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    va_list ap;
    e->code = code;
    e->place[0] = e->hint[0] = '\0';
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    one_line(e->text);
    return -1;
}

int err_place(struct err *e, const char *fmt, ...)
{
    va_list ap;
    if (e->place[0])
        return -1;
    va_start(ap, fmt);
    vsnprintf(e->place, sizeof e->place, fmt, ap);
    va_end(ap);
    one_line(e->place);
    return -1;
}

int err_hint(struct err *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->hint, sizeof e->hint, fmt, ap);
    va_end(ap);
    one_line(e->hint);
    return -1;
}

int err_errno(struct err *e, const char *doing, const char *path)
{
    int saved = errno;
    err_set(e, ERR_FILE, "cannot %s: %s", doing, strerror(saved));
    return err_place(e, "%s", path);
}

void err_format(const struct err *e, size_t size, char line[])
{
    snprintf(line, size, "spikebar: %s%s%s%s%s", e->place, e->place[0] ? ": " : "",
             e->text, e->hint[0] ? "; " : "", e->hint);
}
