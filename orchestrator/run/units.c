#include "run/units.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any unit needs; a worker that lies costs no more. */
enum { TURNS_MAX = 100 };

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

/* Whether a record counts: a failure always does. */
static bool is_whole(const struct units *u, const struct store_record *r)
{
    if (r->status != STORE_DONE || !u->complete)
        return true;
    cJSON *o = cJSON_Parse(r->payload);
    bool whole = u->complete(u, o);
    cJSON_Delete(o);
    return whole;
}

const char *units_find(const struct units *u, size_t unit)
{
    char id[UNIT_ID];
    size_t count;
    name(u, u->kind, unit, id);
    const struct store_record *r = store_all(u->store, id, &count);
    for (; count; count--, r++)
        if (is_whole(u, r))
            return r->payload;
    return NULL;
}

static int refuse(const struct units *u, const char *id, const char *a, const char *b,
                  struct err *e)
{
    err_set(e, ERR_INPUT, "the results of unit %s (%s) in %s and %s differ", id, u->kind,
            a ? a : "memory", b ? b : "memory");
    err_place(e, "%s", u->store->folder);
    return err_hint(e,
                    "move the file that is wrong away and give the same command again");
}

/* 0 with *missing counted up if nothing counts for the unit. */
static int check(const struct units *u, size_t unit, size_t *missing, struct err *e)
{
    char id[UNIT_ID];
    size_t count;
    const struct store_record *good = NULL;
    name(u, u->kind, unit, id);
    const struct store_record *r = store_all(u->store, id, &count);
    for (size_t k = 0; k < count; k++) {
        if (!is_whole(u, &r[k]))
            u->store->torn++;
        else if (good)
            return refuse(u, id, good->file, r[k].file, e);
        else
            good = &r[k];
    }
    *missing += !good;
    return 0;
}

int units_check(const struct units *u, struct err *e)
{
    size_t missing = 0;
    for (size_t unit = 0; unit < u->count; unit++)
        if (check(u, unit, &missing, e) < 0)
            return -1;
    if (missing && u->store->torn)
        log_say("%s: %zu torn record%s; what is missing is done again", u->store->folder,
                u->store->torn, u->store->torn > 1 ? "s" : "");
    return 0;
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

cJSON *unit_again(int from, const char *cause)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddNumberToObject(o, "again", from);
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

/* That there was more than one process, if so, and what the last that failed died of. */
static int record_attempts(const struct units *u, size_t unit,
                           const struct pool_outcome *o, struct err *e)
{
    AUTO(buf_finish) struct buf payload = {0};
    const struct unit_turn *t = &u->turn[unit];
    if (t->processes + o->attempts < 2)
        return 0;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "attempts", (double)(t->processes + o->attempts));
    cJSON_AddStringToObject(object, "cause",
                            o->cause[0] || !t->cause ? o->cause : t->cause);
    unit_put(object, &payload);
    return record(u, "attempts", unit, payload.data, e);
}

/* ---- in the pool ---- */

struct running {
    struct units *u;
    size_t *unit; /* of the pool's units, which of the run */
    size_t agains;
    size_t *again; /* those that want a fresh worker */
    struct progress *progress, own;
};

static bool run(void *context, size_t k, struct buf *reply)
{
    const struct running *r = context;
    return r->u->run(r->u, r->unit[k], reply);
}

/* Whether the reply asks for another turn; then it is noted. From turn to turn a unit
 * must come on: what a worker sends is not trusted. */
static bool take_again(struct running *r, size_t unit, const struct pool_outcome *o)
{
    struct unit_turn *t = &r->u->turn[unit];
    cJSON *reply = o->lost ? NULL : cJSON_ParseWithLength(o->reply, o->length);
    const cJSON *again = cJSON_GetObjectItemCaseSensitive(reply, "again");
    const char *cause =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(reply, "cause"));
    bool wanted = cJSON_IsNumber(again) && cause && again->valueint > t->from &&
                  again->valueint <= TURNS_MAX;
    if (wanted) {
        t->from = again->valueint;
        t->processes += o->attempts;
        free(t->cause);
        t->cause = mem_copy_string(cause);
        r->again[r->agains++] = unit;
    }
    cJSON_Delete(reply);
    return wanted;
}

/* What may stand in the store: a failure, or a result with its numbers. */
static bool is_record(const struct units *u, const char *reply, size_t n)
{
    cJSON *o = cJSON_ParseWithLength(reply, n);
    char *text = cJSON_PrintUnformatted(o);
    enum store_status status = text ? store_status(text) : STORE_OTHER;
    bool good = status == STORE_FAILED ||
                (status == STORE_DONE && (!u->complete || u->complete(u, o)));
    cJSON_free(text);
    cJSON_Delete(o);
    return good && !memchr(reply, '\n', n);
}

static int done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    struct running *r = context;
    struct units *u = r->u;
    AUTO(buf_finish) struct buf payload = {0};
    char note[64] = "";
    if (take_again(r, r->unit[k], o))
        return 0;
    if (o->lost)
        unit_put(unit_failed(o->cause), &payload);
    else if (is_record(u, o->reply, o->length))
        buf_append(&payload, o->reply, o->length);
    else
        unit_put(unit_failed("the worker's answer lacks its numbers"), &payload);
    u->failed += store_status(buf_text(&payload)) == STORE_FAILED;
    int status = record_attempts(u, r->unit[k], o, e);
    if (status == 0)
        status = record(u, u->kind, r->unit[k], buf_text(&payload), e);
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

/* One pool after the other, until no unit wants another turn: the workers of a pool are
 * forked after u->turn was set. */
static int run_in_turns(struct running *r, size_t count, const struct pool_options *o,
                        int (*pool)(const struct pool_options *o,
                                    const struct pool_work *w, struct err *e),
                        struct err *e)
{
    struct pool_work w = {.count = count, .context = r, .run = run, .done = done};
    int status = 0;
    do {
        r->agains = 0;
        status = pool(o, &w, e);
        memcpy(r->unit, r->again, r->agains * sizeof *r->unit);
        w.count = r->agains;
    } while (status == 0 && w.count);
    return status;
}

int units_run(struct units *u, const struct pool_options *o,
              int (*pool)(const struct pool_options *o, const struct pool_work *w,
                          struct err *e),
              struct err *e)
{
    size_t missing = 0;
    u->found = u->done = u->failed = 0;
    if (units_check(u, e) < 0)
        return -1;
    struct running r = {.u = u,
                        .unit = mem_alloc(u->count, sizeof *r.unit),
                        .again = mem_alloc(u->count, sizeof *r.again)};
    u->turn = mem_alloc(u->count, sizeof *u->turn);
    for (size_t unit = 0; unit < u->count; unit++) {
        if (units_find(u, unit))
            u->found++;
        else
            r.unit[missing++] = unit;
    }
    if (u->load)
        sort_by_load(u, missing, r.unit);
    double start_s = clock_s();
    r.progress = u->whole ? u->whole : &r.own;
    if (!u->whole)
        progress_start(&r.own, u->what, u->count);
    progress_set(r.progress, u->before + u->found, "");
    int status = run_in_turns(&r, missing, o, pool, e);
    if (!u->whole)
        progress_end(&r.own);
    u->seconds = clock_s() - start_s;
    for (size_t unit = 0; unit < u->count; unit++)
        free(u->turn[unit].cause);
    free(u->turn);
    u->turn = NULL;
    free(r.again);
    free(r.unit);
    return status;
}
