/* Weight files: a matrix [input][output] and notes on where it comes from.
 *
 * Two formats, written by the name's ending and read by what the file holds:
 *
 * CSV (ours, version 1): a line `# spikebar-weights 1`, lines `# key: value`, among
 *     them `# shape: 64 10`, then a line an input, a column an output, 17 digits, and
 *     a line end after the last one, so that a torn file never passes for a whole one.
 *     A matrix of numbers without that first line is read too, with or without lines
 *     `# ...` on top; its shape is what it is.
 * NPY (NumPy, versions 1.0 and 2.0): two axes, '<f8' or '<f4', C or Fortran order;
 *     written as version 1.0, '<f8', C order, without notes.
 *
 * The place of an error is file:line:column with columns counted in numbers, from 1,
 * or in an NPY file the matrix position. Weights own their arrays.
 *
 *     struct weights_expected x = {.inputs = 64, .outputs = 10, .low = 0, .high = 1};
 *     struct weights w;
 *     if (weights_read("w.csv", &x, &w, &e) < 0)
 *         return -1;
 *     weights_finish(&w);
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct weights_note {
    char *key, *value;
};

struct weights {
    size_t inputs, outputs;
    double *w; /* [inputs][outputs] */
    size_t notes;
    struct weights_note *note; /* [notes] in the order of the file */
};

/* What a reader insists on. */
struct weights_expected {
    size_t inputs, outputs; /* 0 for any */
    double low, high;       /* range of a weight; any finite number if low >= high */
    const char *noun;       /* what one is called, if not "weight" */
};

/* w := inputs x outputs zeros without notes. */
void weights_init(struct weights *w, size_t inputs, size_t outputs);
void weights_finish(struct weights *w); /* may be called twice */

/* Adds a note, or replaces the one with that key. A key is a word of letters, digits,
 * '-', '_' and '.', not "shape"; line ends in the value become blanks. */
void weights_note(struct weights *w, const char *key, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
const char *weights_find(const struct weights *w, const char *key); /* or NULL */

/* Whether both are the same matrix, to the bit. */
bool weights_same(const struct weights *a, const struct weights *b);

/* Adds all notes of `from`. */
void weights_take_notes(struct weights *w, const struct weights *from);

/* On failure w is empty and needs no release. `expected` may be NULL. */
MUST_USE int weights_read(const char *path, const struct weights_expected *expected,
                          struct weights *w, struct err *e);
MUST_USE int weights_parse(const char *name, size_t n, const unsigned char bytes[],
                           const struct weights_expected *expected, struct weights *w,
                           struct err *e);

/* The name's ending chooses the format: .csv or .npy. */
MUST_USE int weights_write(const char *path, const struct weights *w, struct err *e);
