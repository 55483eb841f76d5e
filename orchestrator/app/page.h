/* The page of a folder: pictures and report.html from the tables and the summary that
 * stand in it, so that `spikebar report` makes it anew at any time.
 *
 *     page_render("results/mine", e);
 */
#pragma once

#include "base/err.h"

MUST_USE int page_render(const char *folder, struct err *e);
