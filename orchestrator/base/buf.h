/* A growing byte buffer, always NUL-terminated: texts are put together in it.
 *
 *     struct buf b = {0};
 *     buf_printf(&b, "%d", 42);
 *     buf_finish(&b);
 *
 * The buffer owns `data`; buf_finish releases it and may be called twice.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>

struct buf {
    char *data; /* NULL while empty, else NUL-terminated */
    size_t len; /* bytes without the NUL */
    size_t cap;
};

void buf_append(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_clear(struct buf *b);             /* keeps the memory */
const char *buf_text(const struct buf *b); /* never NULL */
void buf_finish(struct buf *b);
