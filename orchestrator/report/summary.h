/* The summary of a run: one JSON object, and one sentence for people.
 *
 * What follows from the maxima stands in `struct score_summary`; what does not (time,
 * versions, hashes) the caller states as facts. Facts own nothing: their strings and
 * pairs belong to whoever made them.
 *
 *     struct summary_pair pair[] = {{"versions.spikebar", "0.1.0", 0},
 *                                   {"simulated_now", NULL, 97}};
 *     struct summary_facts facts = {.seed = 1, .pairs = 2, .pair = pair};
 *     summary_write(folder, &set, &sum, &facts, &e);
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "report/marks.h"
#include "report/scores.h"

#include <cjson/cJSON.h>
#include <stdint.h>

#define SUMMARY_FILE "summary.json"

struct summary_pair {
    const char *key;  /* a dot opens an inner object: "versions.ngspice" */
    const char *text; /* NULL: the number counts */
    double number;
};

struct summary_facts {
    double seconds;           /* wall time of the simulations, s */
    double images_per_second; /* of this run */
    uint64_t seed;
    const char *ngspice_version; /* these two may be NULL */
    const char *weights_sha256;
    const struct marks *marks; /* what makes the run suspect; NULL: nothing */
    size_t pairs;
    const struct summary_pair *pair; /* [pairs], further keys, after the fixed ones */
};

/* The whole object, with the keys of `summary.json`. Owned by the caller
 * (cJSON_Delete). A number that is not finite is null; a seed beyond 2^53, which no
 * JSON reader keeps as a number, is a string. */
cJSON *summary_json(const struct score_set *set, const struct score_summary *sum,
                    const struct summary_facts *facts);

/* folder/summary.json */
MUST_USE int summary_write(const char *folder, const struct score_set *set,
                           const struct score_summary *sum,
                           const struct summary_facts *facts, struct err *e);

/* Calls back for each number, string or null of an object, inner ones with dotted
 * keys; arrays are left out. */
void summary_each(const cJSON *object,
                  void (*visit)(void *context, const char *key, const cJSON *value),
                  void *context);

/* "92.0 % (95 %: 85.0 to 95.9)": a share with its interval, all three as fractions. */
#define SUMMARY_SHARE 96
void summary_share(double p, double low, double high, char out[SUMMARY_SHARE]);

/* "100 images, none failed: circuit and network agree on all 100; accuracy ..." */
void summary_verdict(const struct score_summary *sum, struct buf *out);

/* The facts that stand in folder/summary.json, to make a report anew. The file owns
 * what its facts point to. */
struct summary_file {
    struct summary_facts facts;
    cJSON *json;
    struct summary_pair *pair;
    size_t pairs;
    char **key; /* [pairs] */
};

MUST_USE int summary_read(const char *folder, struct summary_file *file, struct err *e);
void summary_file_finish(struct summary_file *file);
