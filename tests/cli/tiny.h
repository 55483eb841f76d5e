/* A circuit of 4 inputs and 10 outputs with its images: simulated in some 30 ms.
 *
 * tiny.ini in the user's folder names all of it by absolute paths; 12 images, of which
 * a split of one half leaves 6 to test, of which 4 are simulated.
 */
#ifndef SPIKEBAR_TESTS_CLI_TINY_H
#define SPIKEBAR_TESTS_CLI_TINY_H

#include "cli/user.h"

enum { TINY_IMAGES = 12, TINY_TESTED = 4, TINY_INPUTS = 4, TINY_OUTPUTS = 10 };

static inline void tiny_images(const struct user *u)
{
    static const unsigned char image_head[] = {0, 0, 8, 3, 0, 0, 0, TINY_IMAGES,
                                               0, 0, 0, 2, 0, 0, 0, 2};
    static const unsigned char label_head[] = {0, 0, 8, 1, 0, 0, 0, TINY_IMAGES};
    static const unsigned char level[] = {0, 90, 120, 160, 200, 240, 255};
    struct buf images = {0}, labels = {0};
    buf_append(&images, image_head, sizeof image_head);
    buf_append(&labels, label_head, sizeof label_head);
    for (unsigned m = 0; m < TINY_IMAGES; m++) {
        unsigned char label = (unsigned char)(m % TINY_OUTPUTS);
        for (unsigned i = 0; i < TINY_INPUTS; i++)
            buf_append(&images, &level[(3 * m + 5 * i + m * i) % sizeof level], 1);
        buf_append(&labels, &label, 1);
    }
    folder_write(u->folder, "tiny-images-idx3-ubyte", images.len, images.data);
    folder_write(u->folder, "tiny-labels-idx1-ubyte", labels.len, labels.data);
    buf_finish(&images), buf_finish(&labels);
}

static inline void tiny_weights(const struct user *u)
{
    struct buf b = {0};
    for (unsigned k = 0; k < TINY_INPUTS * TINY_OUTPUTS; k++)
        buf_printf(&b, "%.2f%s", (k * 37 % 100) / 100.0,
                   (k + 1) % TINY_OUTPUTS ? "," : "\n");
    folder_put(u->folder, "tiny.csv", b.data);
    buf_finish(&b);
}

static inline int tiny_make(void **state)
{
    if (user_make(state) < 0)
        return -1;
    struct user *u = *state;
    struct buf b = {0};
    tiny_images(u);
    tiny_weights(u);
    buf_printf(&b, "[dataset]\npath = %s/tiny-images-idx3-ubyte\ntest_fraction = 0.5\n",
               u->folder);
    buf_printf(&b,
               "[simulate]\nweights = %s/tiny.csv\nimages = %d\ndynamic = no\n"
               "step = 1e-3\njobs = 2\n[report]\npictures = no\n",
               u->folder, TINY_TESTED);
    folder_put(u->folder, "tiny.ini", b.data);
    buf_finish(&b);
    return 0;
}

#define with_tiny(test) cmocka_unit_test_setup_teardown(test, tiny_make, user_remove)

/* The words of a run of it, more after them. */
#define TINY(command, ...) WORDS(command, "--study", "tiny.ini", "--quiet", __VA_ARGS__)

#endif
