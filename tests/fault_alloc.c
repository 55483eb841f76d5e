/* -Dfault=alloc: the program's own allocations, those of the simulator and of libraries
 * left out (the linker's --wrap sees calls from our objects alone; cJSON asks mem_bytes).
 *
 * SPIKEBAR_FAIL_ALLOC=N lets the N-th one of a process fail, with those of the process
 * that forked it before; SPIKEBAR_ALLOC_COUNT=FILE takes the number of all of them when
 * the program ends. See tests/alloc. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
int __real_vasprintf(char **out, const char *fmt, va_list ap);
char *__real_realpath(const char *path, char *out);
DIR *__real_opendir(const char *path);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
int __wrap_vasprintf(char **out, const char *fmt, va_list ap);
char *__wrap_realpath(const char *path, char *out);
DIR *__wrap_opendir(const char *path);

static long count, failing = -1;

static void tell(void)
{
    const char *path = getenv("SPIKEBAR_ALLOC_COUNT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (f) {
        fprintf(f, "%ld\n", count);
        fclose(f);
    }
}

static bool fails(void)
{
    if (failing < 0) {
        const char *n = getenv("SPIKEBAR_FAIL_ALLOC");
        failing = n ? atol(n) : 0;
        atexit(tell);
    }
    if (++count != failing)
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

int __wrap_vasprintf(char **out, const char *fmt, va_list ap)
{
    return fails() ? -1 : __real_vasprintf(out, fmt, ap);
}

char *__wrap_realpath(const char *path, char *out)
{
    return fails() ? NULL : __real_realpath(path, out);
}

DIR *__wrap_opendir(const char *path)
{
    return fails() ? NULL : __real_opendir(path);
}
