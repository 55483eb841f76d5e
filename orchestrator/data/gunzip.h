/* Decompression of whole gzip files in memory. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

bool gunzip_magic(size_t n, const unsigned char bytes[]);

/* Appends the contents of all members to `out`, at most `limit` bytes. A torn or
 * damaged file is an error with the byte position in the compressed file. */
MUST_USE int gunzip(const char *name, size_t n, const unsigned char bytes[], size_t limit,
                    struct buf *out, struct err *e);
