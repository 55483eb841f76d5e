/* A folder for a fuzz target whose parser reads files: in memory where there is /dev/shm,
 * and plainly written, since syncing to a disk takes a hundred times what parsing does.
 * It goes when the program ends. */
#ifndef SPIKEBAR_TESTS_FUZZ_FOLDER_H
#define SPIKEBAR_TESTS_FUZZ_FOLDER_H

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

static char fuzz_place[64];

static inline void fuzz_leave(void)
{
    dir_remove(fuzz_place);
}

static inline const char *fuzz_folder(void)
{
    if (fuzz_place[0])
        return fuzz_place;
    snprintf(fuzz_place, sizeof fuzz_place, "%s/spikebar-fuzz-XXXXXX",
             file_exists("/dev/shm") ? "/dev/shm" : "/tmp");
    if (!mkdtemp(fuzz_place))
        abort();
    atexit(fuzz_leave);
    return fuzz_place;
}

static inline void fuzz_put(const char *name, size_t n, const void *bytes)
{
    char *path = path_join(fuzz_folder(), name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        abort();
    free(path);
}

#endif
