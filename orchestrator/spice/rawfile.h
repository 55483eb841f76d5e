/* ngspice rawfiles (one transient plot of real numbers, binary or ASCII).
 *
 * Format: header lines "Key: value", "Variables:" with one line a vector (index,
 * name, type), then "Binary:" and points x variables little-endian doubles in point
 * order, or "Values:" and text. The first variable is the time. A rawfile is
 * untrusted input: every size is checked against the bytes that are there before
 * anything is allocated.
 *
 *     struct trace t;
 *     if (rawfile_read("run.raw", &t, e) < 0) ...
 */
#pragma once

#include "spice/trace.h"

MUST_USE int rawfile_read(const char *path, struct trace *t, struct err *e);
MUST_USE int rawfile_parse(const void *bytes, size_t n, const char *path, struct trace *t,
                           struct err *e);

/* Binary, without a date, so that equal traces are equal bytes. */
void rawfile_render(const struct trace *t, const char *title, struct buf *out);

/* folder/name.raw and, for other programs, name.csv. */
MUST_USE int rawfile_save(const char *folder, const char *name, const struct trace *t,
                          struct err *e);
