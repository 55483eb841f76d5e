/* The plan of a run: what its numbers depend on, and how many units it has.
 *
 * A plan is a list of lines "key = value" (the study's essential keys, hashes of
 * weights, data and circuit files, versions), written once into the run's folder as
 * plan.txt. plan_id is the SHA-256 of its bytes. Nothing in it tells time, host,
 * process or order: the same command anywhere makes the same plan.
 *
 *     plan_put(&p, "weights.sha256", "%s", hex);
 *     if (plan_enter(&p, folder, e) < 0) ...    (a folder with another plan: refused)
 */
#pragma once

#include "base/file.h"

struct plan {
    struct buf text;
    size_t units;        /* 0: as many as a command asks for */
    char id[SHA256_HEX]; /* set by plan_seal */
};

void plan_put(struct plan *p, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);
void plan_seal(struct plan *p, size_t units);
void plan_finish(struct plan *p);

/* "results/KIND-01234567": plans of a kind have folders of their own, but for
 * a collision, which plan_enter refuses; the caller frees it. */
char *plan_folder(const struct plan *p, const char *kind);

/* Makes the folder if need be, claims it (run/claim.h) and writes plan.txt, or checks
 * that the plan that is there is this one; if it is not, the error names the first lines
 * that differ. Of plans that come at the same moment one alone enters. */
MUST_USE int plan_enter(const struct plan *p, const char *folder, struct err *e);

/* The plan that stands in a folder. */
MUST_USE int plan_read(struct plan *p, const char *folder, struct err *e);

/* Name of a unit wherever it runs: first 16 digits of SHA-256 over plan, kind, index. */
#define UNIT_ID 17
void plan_unit_id(const struct plan *p, const char *kind, size_t index, char id[UNIT_ID]);
