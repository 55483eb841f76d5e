#include "base/err.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One line that a terminal can be given: messages quote what others wrote. */
static void put(size_t size, char out[size], const char *fmt, va_list ap)
{
    char raw[sizeof(struct err)];
    vsnprintf(raw, sizeof raw, fmt, ap);
    text_one_line(raw, size, out);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    va_list ap;
    e->code = code;
    e->place[0] = e->hint[0] = '\0';
    va_start(ap, fmt);
    put(sizeof e->text, e->text, fmt, ap);
    va_end(ap);
    return -1;
}

int err_place(struct err *e, const char *fmt, ...)
{
    va_list ap;
    if (e->place[0])
        return -1;
    va_start(ap, fmt);
    put(sizeof e->place, e->place, fmt, ap);
    va_end(ap);
    return -1;
}

int err_hint(struct err *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put(sizeof e->hint, e->hint, fmt, ap);
    va_end(ap);
    return -1;
}

int err_errno(struct err *e, const char *doing, const char *path)
{
    int saved = errno;
    err_set(e, ERR_FILE, "cannot %s: %s", doing, strerror(saved));
    return err_place(e, "%s", path);
}

int err_receive(struct err *e, const void *bytes)
{
    struct err sent;
    memcpy(&sent, bytes, sizeof sent);
    sent.place[sizeof sent.place - 1] = '\0';
    sent.text[sizeof sent.text - 1] = '\0';
    sent.hint[sizeof sent.hint - 1] = '\0';
    bool known = sent.code > ERR_NONE && sent.code <= ERR_INTERRUPTED;
    err_set(e, known ? sent.code : ERR_SIMULATOR, "%s", sent.text);
    if (sent.place[0])
        err_place(e, "%s", sent.place);
    return err_hint(e, "%s", sent.hint);
}

void err_format(const struct err *e, size_t size, char line[])
{
    snprintf(line, size, "spikebar: %s%s%s%s%s", e->place, e->place[0] ? ": " : "",
             e->text, e->hint[0] ? "; " : "", e->hint);
}
