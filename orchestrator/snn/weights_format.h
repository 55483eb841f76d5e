/* What a weight format offers; inside orchestrator/snn only.
 *
 * A new format is a file with these functions and a row in weights.c's table. parse
 * fills empty weights and may leave arrays there when it fails: the caller releases
 * them. It holds shape and weights against `expected` with the two functions below.
 */
#pragma once

#include "base/buf.h"
#include "snn/weights.h"

#include <stdbool.h>

#define WEIGHTS_BYTES_MAX ((size_t)256 << 20)
#define WEIGHTS_AXIS_MAX ((size_t)1 << 20)

struct weights_format {
    const char *name, *ending;
    bool (*matches)(const char *name, size_t n, const unsigned char bytes[]);
    int (*parse)(const char *name, size_t n, const unsigned char bytes[],
                 const struct weights_expected *expected, struct weights *w,
                 struct err *e);
    void (*write)(const struct weights *w, struct buf *out);
};

bool weights_csv_matches(const char *name, size_t n, const unsigned char bytes[]);
int weights_csv_parse(const char *name, size_t n, const unsigned char bytes[],
                      const struct weights_expected *expected, struct weights *w,
                      struct err *e);
/* The same, fed to libcsv in pieces of `chunk` bytes: no cut may change the result. */
int weights_csv_parse_cut(const char *name, size_t n, const unsigned char bytes[],
                          size_t chunk, const struct weights_expected *expected,
                          struct weights *w, struct err *e);
void weights_csv_write(const struct weights *w, struct buf *out);

bool weights_npy_matches(const char *name, size_t n, const unsigned char bytes[]);
int weights_npy_parse(const char *name, size_t n, const unsigned char bytes[],
                      const struct weights_expected *expected, struct weights *w,
                      struct err *e);
void weights_npy_write(const struct weights *w, struct buf *out);

bool weights_key_fits(const char *key);                       /* letters, digits, -_. */
bool weights_name_ends(const char *name, const char *ending); /* in any case */

/* What one of the numbers is called: `expected` (or NULL) may have its own word. */
const char *weights_noun(const struct weights_expected *expected);

/* 0, or -1 and "expected 64x10 weights, found 63x10"; the caller adds the place. */
int weights_format_shape(size_t inputs, size_t outputs,
                         const struct weights_expected *expected, struct err *e);

/* The same for a weight that is not finite or out of the range. */
int weights_format_check(double x, const struct weights_expected *expected,
                         struct err *e);
