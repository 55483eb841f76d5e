/* What a run should find by its calibration and its study, for the marks of report/marks.
 *
 * scale_V    cal_gain of the parameter file (volts of one spike for each siemens of the
 *            cell) times g_high - g_low, which is a weight of 1
 * error      calibrate.spread: how much the gain may change from the dimmest cell to ten
 *            of the brightest
 * accuracy   simulate.accuracy; `reached` is measured on the image with the largest rms
 *            error, with report.check
 *
 *     struct marks_foreseen f;
 *     foreseen_find(&x, &set, &sum, &f, e);
 */
#pragma once

#include "app/experiment.h"
#include "report/marks.h"

MUST_USE int foreseen_find(const struct experiment *x, const struct score_set *set,
                           const struct score_summary *sum, struct marks_foreseen *f,
                           struct err *e);
