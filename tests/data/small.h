/* Small dataset files made in memory. */
#ifndef SPIKEBAR_TESTS_DATA_SMALL_H
#define SPIKEBAR_TESTS_DATA_SMALL_H

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Image m, pixel i has level (m + i) mod 17; its label is m mod 10. */
static inline void small_csv(size_t images, const char *line_end, struct buf *out)
{
    for (size_t m = 0; m < images; m++) {
        for (size_t i = 0; i < 64; i++)
            buf_printf(out, "%zu,", (m + i) % 17);
        buf_printf(out, "%zu%s", m % 10, line_end);
    }
}

/* Appends the bytes as one gzip member. */
static inline void small_gzip(size_t n, const void *bytes, struct buf *out)
{
    z_stream z = {0};
    unsigned char *copy = mem_alloc(n, 1), chunk[65536];
    memcpy(copy, bytes, n);
    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    z.next_in = copy, z.avail_in = (uInt)n;
    z.next_out = chunk, z.avail_out = sizeof chunk;
    deflate(&z, Z_FINISH);
    buf_append(out, chunk, sizeof chunk - z.avail_out);
    deflateEnd(&z);
    free(copy);
}

/* An IDX header with the given axes, then n bytes (m + i) mod 10. */
static inline void small_idx(int axes, const unsigned length[], size_t n, struct buf *out)
{
    unsigned char lead[4] = {0, 0, 8, (unsigned char)axes};
    buf_append(out, lead, 4);
    for (int k = 0; k < axes; k++) {
        unsigned x = length[k];
        unsigned char bytes[4] = {(unsigned char)(x >> 24), (unsigned char)(x >> 16),
                                  (unsigned char)(x >> 8), (unsigned char)x};
        buf_append(out, bytes, 4);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char level = (unsigned char)(i % 10);
        buf_append(out, &level, 1);
    }
}

#endif
