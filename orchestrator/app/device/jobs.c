#include "app/device/jobs.h"

#include "app/simulate.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/pool.h"
#include "spice/rawfile.h"
#include "spice/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pool_options options_of(const struct study *s)
{
    struct pool_options o = pool_defaults();
    o.jobs = (size_t)s->simulate.jobs;
    o.deadline_s = s->simulate.deadline_s;
    o.retries = (size_t)s->simulate.retries;
    return o;
}

static int failed(const char *cause, struct err *e)
{
    err_set(e, ERR_SIMULATOR, "the simulation fails: %.400s", cause);
    return err_hint(e, "look at the memristor model and the voltages that it gets");
}

int jobs_simulate(const char *deck, double stop_s, size_t n, const char *const vectors[n],
                  struct trace *t, char cause[384])
{
    struct sim_result r = worker_simulate(deck, stop_s, n, vectors, t);
    if (r.status == SIM_OK)
        return 0;
    if (r.status == SIM_BAD_DECK)
        snprintf(cause, 384, "circuit refused: %.300s", r.cause);
    else
        snprintf(cause, 384, "no convergence: %.300s", r.cause);
    return -1;
}

/* ---- decks ---- */

/* The reply is a rawfile, or '!' and the cause. */
static bool run_deck(void *context, size_t k, struct buf *reply)
{
    const struct jobs_deck *d = (const struct jobs_deck *)context + k;
    struct trace t;
    char cause[384];
    if (jobs_simulate(buf_text(&d->deck), d->stop_s, d->vectors, d->vector, &t, cause) <
        0) {
        buf_printf(reply, "!%s", cause);
        return worker_spent();
    }
    rawfile_render(&t, "trace", reply);
    trace_finish(&t);
    return worker_spent();
}

static int deck_done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    struct jobs_deck *d = (struct jobs_deck *)context + k;
    if (o->lost)
        return failed(o->cause, e);
    if (o->length && o->reply[0] == '!')
        return failed(o->reply + 1, e);
    return rawfile_parse(o->reply, o->length, "trace", &d->trace, e);
}

int jobs_decks(const struct study *s, size_t n, struct jobs_deck deck[n], struct err *e)
{
    struct pool_options o = options_of(s);
    struct pool_work w = {.count = n,
                          .context = deck,
                          .start = simulate_start,
                          .run = run_deck,
                          .done = deck_done};
    for (size_t k = 0; k < n; k++)
        deck[k].trace = (struct trace){0};
    return pool_run(&o, &w, e);
}

/* ---- units ---- */

struct running {
    const struct jobs_work *w;
    size_t finished;
    struct progress progress;
};

static bool run_unit(void *context, size_t k, struct buf *reply)
{
    const struct jobs_work *w = ((struct running *)context)->w;
    double *out = mem_alloc(w->room, sizeof *out);
    char cause[384] = "";
    if (w->run(w->context, k, out, cause) < 0)
        buf_printf(reply, "!%s", cause);
    else {
        buf_puts(reply, "=");
        buf_append(reply, out, w->room * sizeof *out);
    }
    free(out);
    return worker_spent();
}

static int unit_done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    struct running *r = context;
    const struct jobs_work *w = r->w;
    if (o->lost)
        return failed(o->cause, e);
    if (o->length != 1 + w->room * sizeof(double) || o->reply[0] != '=')
        return failed(o->length && o->reply[0] == '!' ? o->reply + 1 : "short reply", e);
    memcpy(w->out + k * w->room, o->reply + 1, o->length - 1);
    if (w->what)
        progress_set(&r->progress, ++r->finished, "");
    return 0;
}

int jobs_run(const struct study *s, const struct jobs_work *w, struct err *e)
{
    struct running r = {.w = w};
    struct pool_options o = options_of(s);
    struct pool_work p = {.count = w->count,
                          .context = &r,
                          .start = simulate_start,
                          .run = run_unit,
                          .done = unit_done};
    o.recycle = 100000; /* short decks: memory_MB watches over what leaks */
    if (w->what)
        progress_start(&r.progress, w->what, w->count);
    int status = pool_run(&o, &p, e);
    if (w->what)
        progress_end(&r.progress);
    return status;
}
