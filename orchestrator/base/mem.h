/* Memory that cannot run out: a failed allocation ends the program with one message.
 *
 * Sizes that come from a file must have been checked by the caller; a product that
 * overflows size_t counts as out of memory. Everything is released with free().
 */
#pragma once

#include "base/err.h"

#include <stddef.h>

/* AUTO (base/err.h) for what free() releases. */
#define AUTO_FREE AUTO(mem_release)
void mem_release(void *place); /* frees the memory that the pointer at `place` holds */

void *mem_alloc(size_t count, size_t size); /* zeroed; never NULL, also for 0 */
void *mem_resize(void *p, size_t count, size_t size);
char *mem_copy_string(const char *s);

/* As malloc, for libraries that take one. */
void *mem_bytes(size_t n);
