#include "spice/trace.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void trace_init(struct trace *t, size_t points, size_t count)
{
    t->points = points;
    t->count = count;
    t->time_s = mem_alloc(points, sizeof(double));
    t->name = mem_alloc(count, sizeof(char *));
    t->value = mem_alloc(count, sizeof(double *));
    for (size_t i = 0; i < count; i++)
        t->value[i] = mem_alloc(points, sizeof(double));
}

void trace_finish(struct trace *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->name[i]);
        free(t->value[i]);
    }
    free(t->time_s);
    free(t->name);
    free(t->value);
    *t = (struct trace){0};
}

const double *trace_vector(const struct trace *t, const char *name)
{
    size_t n = strlen(name);
    if (n > 3 && strncasecmp(name, "v(", 2) == 0 && name[n - 1] == ')') {
        name += 2;
        n -= 3;
    }
    for (size_t i = 0; i < t->count; i++) {
        const char *own = t->name[i];
        size_t m = strlen(own);
        if (m > 3 && strncasecmp(own, "v(", 2) == 0 && own[m - 1] == ')') {
            own += 2;
            m -= 3;
        }
        if (m == n && strncasecmp(own, name, n) == 0)
            return t->value[i];
    }
    return NULL;
}

struct peak trace_peak(size_t points, const double *time_s, const double *value)
{
    size_t best = 0;
    if (points == 0)
        return (struct peak){0};
    for (size_t i = 1; i < points; i++)
        if (value[i] > value[best])
            best = i;
    return (struct peak){value[0], value[best] - value[0], time_s[best]};
}

void trace_csv(const struct trace *t, struct buf *out)
{
    buf_puts(out, "time_s");
    for (size_t k = 0; k < t->count; k++)
        buf_printf(out, ",%s", t->name[k]);
    buf_puts(out, "\n");
    for (size_t i = 0; i < t->points; i++) {
        buf_printf(out, "%.17g", t->time_s[i]);
        for (size_t k = 0; k < t->count; k++)
            buf_printf(out, ",%.17g", t->value[k][i]);
        buf_puts(out, "\n");
    }
}
