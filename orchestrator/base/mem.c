#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *out_of_memory(size_t count, size_t size)
{
    fprintf(stderr, "spikebar: out of memory (%zu x %zu bytes)\n", count, size);
    _Exit(1);
}

void *mem_alloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    return p ? p : out_of_memory(count, size);
}

void *mem_resize(void *p, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return out_of_memory(count, size);
    size_t bytes = count * size;
    void *q = realloc(p, bytes ? bytes : 1);
    return q ? q : out_of_memory(count, size);
}

void *mem_bytes(size_t n)
{
    void *p = malloc(n ? n : 1);
    return p ? p : out_of_memory(n, 1);
}

char *mem_copy_string(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(mem_alloc(n, 1), s, n);
}

void mem_release(void *place)
{
    free(*(void **)place);
}
