/* What makes a run suspect, in sentences: a circuit that is not the one that was
 * calibrated, or does not follow the network.
 *
 *     struct marks_foreseen foreseen = {.scale_V = cal_gain * (g_high - g_low),
 *                                       .error = 0.015, .against_circuit = true};
 *     marks_find(&set, &sum, &foreseen, &marks);
 *     ... marks.text[0 .. marks.count - 1] ...
 *
 * scale        scale_V is a tenth or more off the calibrated one: 5 mV on one gate move
 *              it by that much, and the fitted scale hides it from every error.
 * correlation  below 1/sqrt(1 + (error/spread)^2), which maxima of this spread (standard
 *              deviation over the largest) keep with errors of the size foreseen; not
 *              asked where the spread is no larger than these errors.
 * error        the largest one is above what is foreseen; asked against the network that
 *              has the circuit's conductances alone.
 * output       its own scale is a tenth or more off the median one: a column is dead;
 * asked as `error` is. accuracy     maxima are farther from a tighter simulation than was
 * asked for. silent       no image moves the network: nothing was compared.
 */
#pragma once

#include "report/scores.h"

enum { MARKS = 6, MARKS_TEXT = 320 };

#define MARKS_SCALE 0.1 /* relative; see above */

struct marks_foreseen {
    double scale_V;       /* of the calibration; nan: not known */
    double error;         /* largest error of a maximum, of the largest; 0: not known */
    bool against_circuit; /* the network has the circuit's own conductances */
    double accuracy;      /* that was asked for, of an image's largest maximum */
    double reached;       /* the same, measured; nan: it was not */
};

struct marks {
    size_t count;
    char text[MARKS][MARKS_TEXT]; /* "scale: ..." */
};

/* None of a run without a scored image, whose failures speak for themselves. */
void marks_find(const struct score_set *set, const struct score_summary *sum,
                const struct marks_foreseen *f, struct marks *m);
