/* The numbers of paper 1's table: each part simulates what some rows need, in a folder of
 * its own below `folder`, and notes numbers by the key of the row and what they are:
 * network, circuit, network_error (over trials), network_half (of a 95 % interval) ...
 *
 *     paper1_make(&numbers, e);
 *     x = paper1_noted(&numbers, "bits.3", "circuit");
 *     paper1_numbers_finish(&numbers);
 */
#pragma once

#include "study/study.h"

#include <cjson/cJSON.h>

enum { PAPER1_IMAGES = 100 }; /* that the paper had for a point in SPICE */

struct paper1_numbers {
    const struct study *study;
    const char *root, *folder;
    const char *sparsity; /* files for Fig. 9D, or NULL */
    bool quick;
    cJSON *found;  /* by "key/what" */
    cJSON *device; /* rows of `device paper` */
};

/* All parts; what is in their folders is used again. */
MUST_USE int paper1_make(struct paper1_numbers *n, struct err *e);
void paper1_numbers_finish(struct paper1_numbers *n);

/* nan where there is none. */
double paper1_noted(const struct paper1_numbers *n, const char *key, const char *what);

/* Whether a part makes the numbers of a key. */
bool paper1_makes(const char *key);
