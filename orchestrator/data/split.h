/* Which images train and which test.
 *
 * Both parts are lists of image numbers; together they are 0 .. count - 1. A split
 * owns its lists.
 *
 *     struct split s;
 *     split_random(seed, d.count, 0.2, &s);
 *     split_finish(&s);
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct split {
    size_t train_count, test_count;
    uint32_t *train, *test; /* image numbers */
};

/* test_count = round(fraction count), 0 <= fraction <= 1. The test images are the
 * first ones of the permutation that RNG_SPLIT gives for the seed. */
void split_random(uint64_t seed, size_t count, double fraction, struct split *s);

/* The images from number `first_test` on test: those of a file of their own that
 * dataset_append put behind the others. */
void split_at(size_t count, size_t first_test, struct split *s);

void split_finish(struct split *s); /* may be called twice */
