#include "run/units.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void name(const struct units *u, const char *kind, size_t unit, char id[UNIT_ID])
{
    if (u->name)
        u->name(u, unit, kind, id);
    else
        plan_unit_id(u->plan, kind, unit, id);
}

static const char *find(const struct units *u, const char *kind, size_t unit)
{
    char id[UNIT_ID];
    name(u, kind, unit, id);
    return store_find(u->store, id);
}

const char *units_find(const struct units *u, size_t unit)
{
    return find(u, u->kind, unit);
}

const char *units_attempts(const struct units *u, size_t unit)
{
    return find(u, "attempts", unit);
}

/* ---- records ---- */

cJSON *unit_done(void)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "status", "done");
    return o;
}

cJSON *unit_failed(const char *cause)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "status", "failed");
    cJSON_AddStringToObject(o, "cause", cause);
    return o;
}

void unit_put(cJSON *record, struct buf *out)
{
    char *text = cJSON_PrintUnformatted(record);
    buf_puts(out, text);
    cJSON_free(text);
    cJSON_Delete(record);
}

static int record(const struct units *u, const char *kind, size_t unit,
                  const char *payload, struct err *e)
{
    char id[UNIT_ID];
    name(u, kind, unit, id);
    return store_append(u->store, id, payload, e);
}

static int record_attempts(const struct units *u, size_t unit,
                           const struct pool_outcome *o, struct err *e)
{
    AUTO(buf_finish) struct buf payload = {0};
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "attempts", (double)o->attempts);
    cJSON_AddStringToObject(object, "cause", o->cause);
    unit_put(object, &payload);
    return record(u, "attempts", unit, payload.data, e);
}

/* ---- in the pool ---- */

struct running {
    struct units *u;
    size_t *unit; /* of the pool's units, which of the run */
    struct progress *progress, own;
};

static bool run(void *context, size_t k, struct buf *reply)
{
    const struct running *r = context;
    return r->u->run(r->u->context, r->unit[k], reply);
}

static int done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    struct running *r = context;
    struct units *u = r->u;
    struct buf payload = {0};
    char note[64] = "";
    int status = 0;
    if (o->lost)
        unit_put(unit_failed(o->cause), &payload);
    else
        buf_append(&payload, o->reply, o->length);
    u->failed += store_status(buf_text(&payload)) == STORE_FAILED;
    if (o->attempts > 1)
        status = record_attempts(u, r->unit[k], o, e);
    if (status == 0)
        status = record(u, u->kind, r->unit[k], buf_text(&payload), e);
    buf_finish(&payload);
    u->done++;
    if (u->failed)
        snprintf(note, sizeof note, "%zu failed", u->failed);
    progress_set(r->progress, u->before + u->found + u->done, note);
    if (status == 0 && u->max_failed && u->failed >= u->max_failed) {
        err_set(e, ERR_INPUT, "%zu units failed", u->failed);
        status = err_place(e, "%s", u->what);
    }
    return status;
}

/* ---- order ---- */

struct load {
    size_t unit, load;
};

static int dearest_first(const void *a, const void *b)
{
    const struct load *p = a, *q = b;
    if (p->load != q->load)
        return p->load < q->load ? 1 : -1;
    return p->unit < q->unit ? -1 : p->unit > q->unit;
}

static void sort_by_load(const struct units *u, size_t n, size_t *unit)
{
    AUTO_FREE struct load *load = mem_alloc(n, sizeof *load);
    for (size_t k = 0; k < n; k++)
        load[k] = (struct load){unit[k], u->load(u->context, unit[k])};
    qsort(load, n, sizeof *load, dearest_first);
    for (size_t k = 0; k < n; k++)
        unit[k] = load[k].unit;
}

int units_run(struct units *u, const struct pool_options *o,
              int (*pool)(const struct pool_options *o, const struct pool_work *w,
                          struct err *e),
              struct err *e)
{
    struct running r = {.u = u, .unit = mem_alloc(u->count, sizeof *r.unit)};
    struct pool_work w = {.context = &r, .run = run, .done = done};
    u->found = u->done = u->failed = 0;
    for (size_t unit = 0; unit < u->count; unit++) {
        if (units_find(u, unit))
            u->found++;
        else
            r.unit[w.count++] = unit;
    }
    if (u->load)
        sort_by_load(u, w.count, r.unit);
    double start_s = clock_s();
    r.progress = u->whole ? u->whole : &r.own;
    if (!u->whole)
        progress_start(&r.own, u->what, u->count);
    progress_set(r.progress, u->before + u->found, "");
    int status = pool(o, &w, e);
    if (!u->whole)
        progress_end(&r.own);
    u->seconds = clock_s() - start_s;
    free(r.unit);
    return status;
}
