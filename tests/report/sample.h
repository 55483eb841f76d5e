/* Small sets of scores for the tests of the report.
 *
 *     struct score_set set;
 *     sample_fill(&set, 3, 2, native, 0.5);   circuit_V = 0.5 V x native
 */
#ifndef SPIKEBAR_TESTS_REPORT_SAMPLE_H
#define SPIKEBAR_TESTS_REPORT_SAMPLE_H

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "report/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void sample_fill(struct score_set *set, size_t images, size_t outputs,
                               const double native[], double scale_V)
{
    scores_init(set, images, outputs);
    for (size_t k = 0; k < images; k++) {
        struct score_image *s = &set->image[k];
        s->image = 100 + k;
        for (size_t j = 0; j < outputs; j++) {
            s->native[j] = native[k * outputs + j];
            s->circuit_V[j] = scale_V * s->native[j];
        }
    }
}

/* Numbers as a run has them, with awkward fractions: ten outputs, one near miss in
 * twelve, the circuit off by some tenths of a percent; image 3 failed. */
static inline void sample_run(struct score_set *set, size_t images)
{
    scores_init(set, images, 10);
    for (size_t k = 0; k < images; k++) {
        struct score_image *s = &set->image[k];
        uint32_t a = (uint32_t)k;
        s->image = 7 * k + 3;
        s->label = (int)(rng_uniform(5, RNG_TEST, a, 0, 0) * 10);
        for (uint32_t j = 0; j < 10; j++) {
            bool own = (int)j == s->label;
            double u = rng_uniform(5, RNG_TEST, a, j, 1);
            s->native[j] = own ? 3.3 + 2.2 * u : 1 + 2.8 * u * u;
            s->native_s[j] = 1e-3 * floor(8 + 30 * rng_uniform(5, RNG_TEST, a, j, 4));
            s->circuit_s[j] = s->native_s[j] + 3.1e-5 * u;
            s->rest_V[j] = 0.1 + 1e-3 * u;
            s->circuit_V[j] =
                0.0213 * (s->native[j] + 0.008 * rng_normal(5, RNG_TEST, a, j, 2) +
                          0.012 * (s->native[j] - 2));
        }
    }
    if (images > 3) {
        struct score_image *s = &set->image[3];
        s->failed = true;
        s->attempts = 3;
        s->cause = mem_copy_string("no convergence: \"step\" too small, <script>gone\n"
                                   "after three tries");
        memset(s->circuit_V, 0, 10 * sizeof s->circuit_V[0]);
    }
    if (images > 6) {
        set->image[5].rung = 2;
        set->image[6].attempts = 2;
        set->image[6].cause = mem_copy_string("the worker was killed by signal 9");
    }
}

static inline int sample_folder(void **state)
{
    char name[] = "/tmp/spikebar-test-XXXXXX";
    *state = mkdtemp(name) ? mem_copy_string(name) : NULL;
    return *state ? 0 : -1;
}

static inline int sample_folder_remove(void **state)
{
    dir_remove(*state);
    free(*state);
    return 0;
}

/* The whole file as a text, owned by the caller. */
static inline char *sample_read(const char *folder, const char *name)
{
    struct err e = {0};
    struct buf b = {0};
    char *path = path_join(folder, name);
    int status = file_read(path, (size_t)1 << 28, &b, &e);
    free(path);
    return status == 0 ? mem_resize(b.data, b.len + 1, 1) : NULL;
}

#endif
