#include "app/decks.h"

#include "app/simulate.h"
#include "base/mem.h"
#include "spice/rawfile.h"
#include "spice/worker.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void decks_name(struct decks_one *d, const char *fmt, ...)
{
    char text[64];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert(d->count < DECKS_VECTORS);
    d->name[d->count++] = mem_copy_string(text);
}

/* The reply is a rawfile, or '!' and the cause. */
static bool run(void *context, size_t k, struct buf *reply)
{
    const struct decks_one *d = (struct decks_one *)context + k;
    struct trace t;
    if (d->folder && chdir(d->folder) < 0)
        buf_printf(reply, "!cannot stand in %s", d->folder);
    if (reply->len)
        return false;
    struct sim_result r = worker_simulate(buf_text(&d->text), d->stop_s, d->count,
                                          (const char *const *)d->name, &t);
    if (r.status == SIM_OK) {
        rawfile_render(&t, "bench", reply);
        trace_finish(&t);
    } else {
        buf_printf(reply, "!%s", r.cause);
    }
    return worker_spent();
}

static int done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    struct decks_one *d = (struct decks_one *)context + k;
    if (o->lost)
        d->cause = mem_copy_string(o->cause);
    else if (o->length && o->reply[0] == '!')
        d->cause = mem_copy_string(o->reply + 1);
    else
        return rawfile_parse(o->reply, o->length, "bench", &d->trace, e);
    return 0;
}

int decks_run(const struct study *s, size_t n, struct decks_one deck[n], struct err *e)
{
    struct pool_options o = simulate_pool(s);
    struct pool_work w = {
        .count = n, .context = deck, .start = simulate_start, .run = run, .done = done};
    return pool_run(&o, &w, e);
}

void decks_finish(size_t n, struct decks_one deck[n])
{
    for (size_t k = 0; k < n; k++) {
        struct decks_one *d = &deck[k];
        for (size_t i = 0; i < d->count; i++)
            free(d->name[i]);
        buf_finish(&d->text);
        trace_finish(&d->trace);
        free(d->cause);
        *d = (struct decks_one){0};
    }
}
