#include "spice/jobs.h"

#include "base/log.h"
#include "base/mem.h"
#include "spice/rawfile.h"
#include "spice/worker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int start(void *context, const struct pool_options *o, struct err *e)
{
    (void)context;
    return worker_start(o, e);
}

int jobs_pool(const struct pool_options *o, const struct pool_work *w, struct err *e)
{
    struct pool_work own = *w;
    own.start = start;
    return pool_run(o, &own, e);
}

int jobs_simulate(const char *deck, double stop_s, size_t n, const char *const vectors[n],
                  struct trace *t, char cause[JOBS_CAUSE])
{
    struct sim_result r = worker_simulate(deck, stop_s, n, vectors, t);
    if (r.status == SIM_OK)
        return 0;
    snprintf(cause, JOBS_CAUSE, "%s: %s",
             r.status == SIM_BAD_DECK ? "circuit refused" : "no convergence", r.cause);
    return -1;
}

/* The cause of a unit that gave nothing: a lost worker, or '!' and words. */
static const char *failure(const struct pool_outcome *o)
{
    if (o->lost)
        return o->cause;
    if (o->length == 0)
        return "no reply";
    return o->reply[0] == '!' ? o->reply + 1 : NULL;
}

static int fail(const char *cause, struct err *e)
{
    err_set(e, ERR_SIMULATOR, "the simulation fails: %.400s", cause);
    return err_hint(e, "look at the memristor model and the voltages that it gets");
}

/* ---- traces of a function ---- */

struct cost {
    double seconds, memory_MB;
};

static struct cost cost_so_far(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (struct cost){(double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                             1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec),
                         (double)u.ru_maxrss / 1024};
}

/* The reply is '=', the cost and a rawfile, or '!' and the cause. */
static bool run_trace(void *context, size_t k, struct buf *reply)
{
    const struct jobs_traces *w = context;
    struct trace t;
    char cause[JOBS_CAUSE] = "";
    double start_s = cost_so_far().seconds;
    if (w->run(w->context, k, &t, cause) < 0) {
        buf_printf(reply, "!%s", cause);
        return w->fresh || worker_spent();
    }
    struct cost cost = cost_so_far();
    cost.seconds -= start_s;
    buf_puts(reply, "=");
    buf_append(reply, &cost, sizeof cost);
    rawfile_render(&t, "trace", reply);
    trace_finish(&t);
    return w->fresh || worker_spent();
}

static int trace_done(void *context, size_t k, const struct pool_outcome *o,
                      struct err *e)
{
    const struct jobs_traces *w = context;
    struct jobs_answer a = {.cause = failure(o)};
    size_t head = 1 + sizeof(struct cost);
    struct cost cost = {0};
    if (!a.cause && o->length < head)
        a.cause = "short reply";
    if (!a.cause) {
        memcpy(&cost, o->reply + 1, sizeof cost);
        if (rawfile_parse(o->reply + head, o->length - head, "trace", &a.trace, e) < 0)
            return -1;
    }
    a.seconds = cost.seconds;
    a.memory_MB = cost.memory_MB;
    return w->done(w->context, k, &a, e);
}

int jobs_traces(const struct pool_options *o, const struct jobs_traces *w, struct err *e)
{
    struct jobs_traces copy = *w;
    struct pool_work p = {
        .count = w->count, .context = &copy, .run = run_trace, .done = trace_done};
    return jobs_pool(o, &p, e);
}

/* ---- decks ---- */

void jobs_name(struct jobs_deck *d, const char *fmt, ...)
{
    char text[64];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    d->name = mem_resize(d->name, d->count + 1, sizeof *d->name);
    d->name[d->count++] = mem_copy_string(text);
}

static int run_deck(void *context, size_t k, struct trace *t, char cause[JOBS_CAUSE])
{
    const struct jobs_deck *d = (const struct jobs_deck *)context + k;
    if (d->folder && chdir(d->folder) < 0) {
        snprintf(cause, JOBS_CAUSE, "cannot stand in %s", d->folder);
        return -1;
    }
    return jobs_simulate(buf_text(&d->text), d->stop_s, d->count,
                         (const char *const *)d->name, t, cause);
}

static int deck_done(void *context, size_t k, struct jobs_answer *a, struct err *e)
{
    struct jobs_deck *d = (struct jobs_deck *)context + k;
    (void)e;
    d->trace = a->trace;
    d->seconds = a->seconds;
    d->cause = a->cause ? mem_copy_string(a->cause) : NULL;
    return 0;
}

int jobs_decks(const struct pool_options *o, size_t n, struct jobs_deck deck[n],
               struct err *e)
{
    struct jobs_traces w = {
        .count = n, .context = deck, .run = run_deck, .done = deck_done};
    return jobs_traces(o, &w, e);
}

int jobs_check(size_t n, const struct jobs_deck deck[n], struct err *e)
{
    for (size_t k = 0; k < n; k++)
        if (deck[k].cause)
            return fail(deck[k].cause, e);
    return 0;
}

void jobs_finish(size_t n, struct jobs_deck deck[n])
{
    for (size_t k = 0; k < n; k++) {
        struct jobs_deck *d = &deck[k];
        for (size_t i = 0; i < d->count; i++)
            free(d->name[i]);
        free(d->name);
        buf_finish(&d->text);
        trace_finish(&d->trace);
        free(d->cause);
        *d = (struct jobs_deck){0};
    }
}

/* ---- records of a function ---- */

struct running {
    const struct jobs_records *w;
    size_t finished;
    struct progress progress;
};

static bool run_record(void *context, size_t k, struct buf *reply)
{
    const struct jobs_records *w = ((struct running *)context)->w;
    void *out = mem_alloc(w->size, 1);
    char cause[JOBS_CAUSE] = "";
    if (w->run(w->context, k, out, cause) < 0) {
        buf_printf(reply, "!%s", cause);
    } else {
        buf_puts(reply, "=");
        buf_append(reply, out, w->size);
    }
    free(out);
    return worker_spent();
}

static int record_done(void *context, size_t k, const struct pool_outcome *o,
                       struct err *e)
{
    struct running *r = context;
    const struct jobs_records *w = r->w;
    if (failure(o))
        return fail(failure(o), e);
    if (o->length != 1 + w->size)
        return fail("short reply", e);
    memcpy((char *)w->out + k * w->size, o->reply + 1, w->size);
    if (w->what)
        progress_set(&r->progress, ++r->finished, "");
    return 0;
}

int jobs_records(const struct pool_options *o, const struct jobs_records *w,
                 struct err *e)
{
    struct running r = {.w = w};
    struct pool_options own = *o;
    struct pool_work p = {
        .count = w->count, .context = &r, .run = run_record, .done = record_done};
    own.recycle = 100000; /* short decks: memory_MB watches over what leaks */
    if (w->what)
        progress_start(&r.progress, w->what, w->count);
    int status = jobs_pool(&own, &p, e);
    if (w->what)
        progress_end(&r.progress);
    return status;
}

/* ---- version ---- */

static bool tell_version(void *context, size_t k, struct buf *reply)
{
    (void)context, (void)k;
    buf_puts(reply, worker_ngspice_version());
    return false;
}

static int hear_version(void *context, size_t k, const struct pool_outcome *o,
                        struct err *e)
{
    (void)k;
    if (o->lost)
        return err_set(e, ERR_SIMULATOR, "libngspice does not answer: %s", o->cause);
    snprintf(context, 32, "%.*s", (int)o->length, o->reply);
    return 0;
}

int jobs_version(char said[32], struct err *e)
{
    struct pool_options o = pool_defaults();
    struct pool_work w = {
        .count = 1, .context = said, .run = tell_version, .done = hear_version};
    return jobs_pool(&o, &w, e);
}
