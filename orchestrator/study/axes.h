/* Axes of a sweep: keys of the study, each with the values that it takes.
 *
 *     map.bits=1,2,3                a list
 *     map.tuning_error=0:0.2:0.05   from, to (where a step ends there), step
 *     train.rate=log(1e-4,1e-2,5)   five values at equal ratios
 *     dataset.path={a.tra,a.tes},b  braces keep a comma
 *
 * A point has a value of each axis. The points are the product of the axes, the last one
 * fastest; axes that are zipped walk together and count once, in the place of the first.
 *
 *     axes_init(&a, &study, e);           sweep.axes and sweep.zip of the study
 *     for (size_t p = 0; p < a.points; p++)
 *         axes_set(&a, p, &its_own, e);   its_own: a copy of the study
 *     axes_finish(&a);
 */
#pragma once

#include "study/study.h"

enum { AXES_MAX = 16, AXES_VALUES = 10000 }; /* most axes, and values of one */
#define AXES_POINTS 1000000 /* the most, trials included: a table of 100 MB */

struct axis {
    const char *key; /* of the study's table */
    bool number;     /* and not a word */
    size_t count;
    char **value;  /* [count], as the study prints them, none twice */
    size_t walk;   /* axes with the same number walk together */
    size_t stride; /* points from one value to the next */
};

struct axes {
    size_t count, points;
    struct axis axis[AXES_MAX];
};

/* Reads the axes and checks every value on a copy of the study. Errors name the axis: an
 * unknown key, one that no result of a sweep depends on, an empty range, a step of the
 * wrong sign, zipped axes of different lengths, too many points. */
MUST_USE int axes_init(struct axes *a, const struct study *s, struct err *e);
void axes_finish(struct axes *a);

/* Which value of an axis a point has. */
size_t axes_index(const struct axes *a, size_t axis, size_t point);

/* Sets the keys of the axes as they are at a point. */
MUST_USE int axes_set(const struct axes *a, size_t point, struct study *s, struct err *e);
