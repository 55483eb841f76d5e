/* The units of a run: what is missing, done, recorded.
 *
 * A unit's record is a JSON object with a "status": done or failed; what else is in it
 * the kind of run decides. It depends on the plan and the unit alone. That a unit took
 * more than one process is a record of its own, {"attempts":n,"cause":".."}. Here alone
 * records are appended to a store. A result without its numbers is as good as none; two
 * that differ are an error.
 *
 *     struct units u = {.plan = &plan, .store = &store, .kind = "cell", .count = 640,
 *                       .what = "programming cells", .context = c, .run = run_cell};
 *     units_run(&u, &options, jobs_pool, e);        only those that the store lacks
 *     const char *record = units_find(&u, 17);
 */
#pragma once

#include "base/log.h"
#include "run/pool.h"
#include "run/store.h"

/* Where a unit that a worker could not go on with begins in the next one. */
struct unit_turn {
    int from;
    size_t processes; /* that it had before */
    char *cause;      /* why the last one could not, or NULL */
};

struct units {
    const struct plan *plan;
    struct store *store;
    const char *kind; /* part of the units' names */
    const char *what; /* of the progress */
    size_t count;
    void *context;
    /* In a worker: the record of a unit (unit_put); true if the worker is spent. u->turn
     * tells where a unit begins: 0, or where an earlier worker said that it should. */
    bool (*run)(const struct units *u, size_t unit, struct buf *record);
    /* Whether a result has its numbers; NULL: any has. */
    bool (*complete)(const struct units *u, const cJSON *record);
    /* What a unit will cost, in any measure: the dearest are run first, so that no worker
     * idles long at the end. NULL: in order. */
    size_t (*load)(void *context, size_t unit);
    /* The name of a unit, where others share it: what of the plan and the context its
     * record depends on. NULL: plan, kind and index. */
    void (*name)(const struct units *u, size_t unit, const char *kind, char id[UNIT_ID]);
    size_t max_failed; /* stop when so many failed; 0: go on */
    /* The progress of a larger work that this is a part of, and how much of that is done
     * before; NULL: its own. */
    struct progress *whole;
    size_t before;
    struct unit_turn *turn; /* [count] while they run */
    /* out: */
    size_t found;   /* that the store had already */
    size_t done;    /* run now, failed ones included */
    size_t failed;  /* of these */
    double seconds; /* wall time of these */
};

/* `pool` is pool_run, or what gives workers a simulator first. Each record is on the disk
 * before the next is waited for. -1 with ERR_INTERRUPTED after Ctrl-C; u->found + u->done
 * tell how far it came. */
MUST_USE int units_run(struct units *u, const struct pool_options *o,
                       int (*pool)(const struct pool_options *o,
                                   const struct pool_work *w, struct err *e),
                       struct err *e);

/* Two results of a unit that differ are an error that names both files; those without
 * their numbers are told and count as torn. Part of units_run. */
MUST_USE int units_check(const struct units *u, struct err *e);

/* The record of a unit, or of its attempts; NULL if there is none. */
const char *units_find(const struct units *u, size_t unit);
const char *units_attempts(const struct units *u, size_t unit);

/* {"status":"done"}, or failed with its cause, to add to; unit_put writes and deletes it.
 */
cJSON *unit_done(void);
cJSON *unit_failed(const char *cause);
/* No record: the unit is to begin at `from`, which is larger than before, in a worker
 * that is fresh. */
cJSON *unit_again(int from, const char *cause);
void unit_put(cJSON *record, struct buf *out);
