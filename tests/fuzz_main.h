/* The plain main of a fuzz target: without libFuzzer it replays the files it is
 * given, or mutates a few seeds of its own, the same way each time, and replays what once
 * went wrong (FUZZ_CORPUS, a folder). `--seeds DIR` writes the seeds for libFuzzer.
 *
 * The target defines LLVMFuzzerTestOneInput, then includes this, and calls fuzz_main
 * from main unless SPIKEBAR_LIBFUZZER is defined.
 */
#ifndef SPIKEBAR_TESTS_FUZZ_MAIN_H
#define SPIKEBAR_TESTS_FUZZ_MAIN_H

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct fuzz_seed {
    const void *bytes;
    size_t n;
};

/* A few bytes set, removed or doubled; `out` has room for 2 n + 16. */
static inline size_t fuzz_mutate(const struct fuzz_seed *seed, uint32_t round,
                                 uint8_t out[])
{
    static const uint8_t likely[] = {0, '\n', '\r', ',', '"', '#', '-', '9', 0xff, ' '};
    size_t n = seed->n;
    memcpy(out, seed->bytes, n);
    for (uint32_t k = 0; k <= round % 4 && n > 0; k++) {
        uint32_t r[4];
        rng_bits(round, RNG_TEST, k, 0, 0, r);
        size_t at = r[0] % n, length = 1 + r[1] % 8;
        if (length > n - at)
            length = n - at;
        if (r[2] % 4 == 0) {
            memmove(out + at, out + at + length, n - at - length);
            n -= length;
        } else if (r[2] % 4 == 1 && n + length <= 2 * seed->n + 16) {
            memmove(out + at + length, out + at, n - at);
            n += length;
        } else {
            out[at] = r[2] % 4 == 2 ? likely[r[3] % sizeof likely] : (uint8_t)r[3];
        }
    }
    return n;
}

/* A copy of exact size, so that a sanitizer sees any step past the end. */
static inline void fuzz_one(size_t n, const uint8_t *bytes)
{
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static inline int fuzz_replay(const char *path)
{
    struct buf b = {0};
    struct err e = {0};
    if (file_read(path, (size_t)1 << 30, &b, &e) < 0) {
        fprintf(stderr, "%s: %s\n", e.place, e.text);
        return 1;
    }
    fuzz_one(b.len, (const uint8_t *)buf_text(&b));
    buf_finish(&b);
    return 0;
}

static inline int fuzz_write_seeds(const char *folder, size_t seeds,
                                   const struct fuzz_seed seed[])
{
    struct err e = {0};
    int status = dir_make(folder, &e);
    for (size_t s = 0; s < seeds && status == 0; s++) {
        char name[32];
        snprintf(name, sizeof name, "seed-%zu", s);
        status = file_write_in(folder, name, seed[s].bytes, seed[s].n, &e);
    }
    if (status < 0)
        fprintf(stderr, "%s: %s\n", e.place, e.text);
    return status < 0;
}

/* The files of a folder; it need not be there. */
static inline int fuzz_replay_folder(const char *folder)
{
    struct dirent *entry;
    int status = 0;
    DIR *dir = opendir(folder);
    while (dir && (entry = readdir(dir))) {
        char *path = path_join(folder, entry->d_name);
        if (entry->d_name[0] != '.')
            status |= fuzz_replay(path);
        free(path);
    }
    if (dir)
        closedir(dir);
    return status;
}

static inline int fuzz_main(int argc, char *argv[], size_t seeds,
                            const struct fuzz_seed seed[], uint32_t rounds)
{
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
        return fuzz_write_seeds(argv[2], seeds, seed);
    int status = argc < 2 ? fuzz_replay_folder(FUZZ_CORPUS) : 0;
    for (int i = 1; i < argc; i++)
        status |= fuzz_replay(argv[i]);
    for (size_t s = 0; argc < 2 && s < seeds; s++) {
        uint8_t *bytes = mem_alloc(2 * seed[s].n + 16, 1);
        for (size_t n = 0; n <= seed[s].n && n < 300; n++)
            fuzz_one(n, seed[s].bytes);
        for (uint32_t round = 0; round < rounds; round++)
            fuzz_one(fuzz_mutate(&seed[s], round, bytes), bytes);
        free(bytes);
    }
    return status;
}

#endif
