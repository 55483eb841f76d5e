/* `spikebar device paper`: all device experiments, each into a folder of its own, and the
 * table of their numbers beside the papers'.
 *
 *     paper_run(&study, root, folder, raw, &result, e);
 */
#pragma once

#include "lab/device.h"

#define PAPER_NAME "paper"

MUST_USE int paper_run(const struct study *s, const char *root, const char *folder,
                       bool raw, struct device_result *result, struct err *e);
