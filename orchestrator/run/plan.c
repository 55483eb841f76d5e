#include "run/plan.h"

#include "base/mem.h"
#include "run/claim.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT (1 << 24)

void plan_put(struct plan *p, const char *key, const char *fmt, ...)
{
    char value[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(value, sizeof value, fmt, ap);
    va_end(ap);
    assert(n >= 0 && (size_t)n < sizeof value); /* what is cut would not count */
    (void)n;
    buf_printf(&p->text, "%s = %s\n", key, value);
}

void plan_seal(struct plan *p, size_t units)
{
    plan_put(p, "units", "%zu", units);
    p->units = units;
    sha256_hex(buf_text(&p->text), p->text.len, p->id);
}

void plan_finish(struct plan *p)
{
    buf_finish(&p->text);
}

char *plan_folder(const struct plan *p, const char *kind)
{
    struct buf name = {0};
    buf_printf(&name, "results/%s-%.8s", kind, p->id);
    return name.data;
}

/* The first line of a that is not in b, without its line end. */
static char *first_difference(const char *a, const char *b)
{
    char *copy = mem_copy_string(a), *rest = copy, *line, *found = NULL;
    while (!found && (line = strsep(&rest, "\n"))) {
        size_t n = strlen(line);
        const char *p = b;
        for (; n && (p = strstr(p, line)); p += n)
            if ((p == b || p[-1] == '\n') && p[n] == '\n')
                break;
        if (n && !p)
            found = mem_copy_string(line);
    }
    free(copy);
    return found;
}

static int refuse(const struct plan *p, const char *there, const char *path,
                  struct err *e)
{
    AUTO_FREE char *old = first_difference(there, buf_text(&p->text));
    AUTO_FREE char *new = first_difference(buf_text(&p->text), there);
    if (!old && !new) /* bytes that are no lines of a plan */
        old = mem_copy_string("damaged");
    err_set(e, ERR_USAGE, "this folder holds another run: there `%s`, here `%s`",
            old ? old : "-", new ? new : "-");
    err_place(e, "%s", path);
    err_hint(e, "choose another --out, or give the same study");
    return -1;
}

/* 0 if the plan stands there, 1 if none does. */
static int compare(const struct plan *p, const char *path, struct err *e)
{
    AUTO(buf_finish) struct buf there = {0};
    if (!file_exists(path))
        return 1;
    int status = file_read(path, FILE_LIMIT, &there, e);
    if (status == 0 && (there.len != p->text.len ||
                        memcmp(buf_text(&there), buf_text(&p->text), there.len) != 0))
        status = refuse(p, buf_text(&there), path, e);
    return status;
}

int plan_enter(const struct plan *p, const char *folder, struct err *e)
{
    AUTO_FREE char *path = path_join(folder, "plan.txt");
    int status = dir_make(folder, e);
    if (status == 0 && compare(p, path, e) < 0) /* no need to wait for the other's end */
        status = -1;
    if (status == 0)
        status = claim_folder(folder, p->id, e);
    if (status == 0)
        status = compare(p, path, e);
    if (status == 1)
        status = file_create(path, buf_text(&p->text), p->text.len, e);
    if (status == 1) /* somebody was faster, where there are no locks */
        status = compare(p, path, e);
    return status == 0 ? 0 : -1;
}

int plan_read(struct plan *p, const char *folder, struct err *e)
{
    AUTO_FREE char *path = path_join(folder, "plan.txt");
    int status = file_read(path, FILE_LIMIT, &p->text, e);
    if (status == 0)
        sha256_hex(buf_text(&p->text), p->text.len, p->id);
    return status;
}

void plan_unit_id(const struct plan *p, const char *kind, size_t index, char id[UNIT_ID])
{
    char text[256], hex[SHA256_HEX];
    int n = snprintf(text, sizeof text, "%s %s %zu", p->id, kind, index);
    sha256_hex(text, (size_t)n, hex);
    memcpy(id, hex, UNIT_ID - 1);
    id[UNIT_ID - 1] = '\0';
}
