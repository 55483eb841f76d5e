/* The keys of the study, one row each: name, kind, which results depend on it, where it
 * stands in struct study, default, range, meaning. For study.c alone.
 */
#pragma once

#include "study/study.h"

#include <stddef.h>

enum kind { TEXT, NUMBER, WHOLE, SWITCH, CHOICE };

struct key {
    const char *name; /* section.key */
    enum kind kind;
    unsigned scope;
    size_t place;        /* in struct study */
    const char *value;   /* default */
    double low, high;    /* NUMBER, WHOLE */
    const char *choices; /* CHOICE: words, one blank between */
    const char *help;    /* a sentence or two */
    const char *usual;   /* what the default, printed as `auto`, stands for; or NULL */
};

extern const struct key study_keys[];
extern const size_t study_keys_count;
