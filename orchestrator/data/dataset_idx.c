/* IDX (MNIST): images of bytes 0..255 in one file, labels in another. Header: 0 0 8,
 * the number of axes, and each axis' size as four bytes, highest first. */
#include "data/dataset_format.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { CLASSES = 10, LEVEL_MAX = 255, FEATURES_MAX = 4096 };

static size_t big_endian(const unsigned char p[4])
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

static bool magic(size_t n, const unsigned char bytes[], int axes)
{
    return n >= 4 && memcmp(bytes, "\0\0\10", 3) == 0 && bytes[3] == axes;
}

static int fail(const char *name, size_t at, struct err *e)
{
    return err_place(e, "%s: byte %zu", name, at);
}

bool dataset_idx_matches(const char *name, size_t n, const unsigned char bytes[])
{
    (void)name;
    return magic(n, bytes, 3);
}

static int read_images(const char *name, size_t n, const unsigned char bytes[],
                       struct dataset *d, struct err *e)
{
    if (n < 16) {
        err_set(e, ERR_INPUT, "expected a header of 16 bytes, found %zu", n);
        return fail(name, n, e);
    }
    size_t count = big_endian(bytes + 4);
    size_t rows = big_endian(bytes + 8), columns = big_endian(bytes + 12);
    if (count == 0 || rows == 0 || columns == 0 || rows > FEATURES_MAX / columns) {
        err_set(e, ERR_INPUT, "expected images of 1 to %d pixels, found %zu of %zux%zu",
                FEATURES_MAX, count, rows, columns);
        return fail(name, 4, e);
    }
    if ((n - 16) / (rows * columns) != count || (n - 16) % (rows * columns)) {
        err_set(e, ERR_INPUT, "expected %zu images of %zu bytes, found %zu bytes", count,
                rows * columns, n - 16);
        return fail(name, 16, e);
    }
    d->count = count, d->features = rows * columns;
    d->classes = CLASSES, d->level_max = LEVEL_MAX;
    d->levels = mem_alloc(count, d->features);
    memcpy(d->levels, bytes + 16, n - 16);
    return 0;
}

int dataset_idx_labels(const char *name, size_t n, const unsigned char bytes[],
                       struct dataset *d, struct err *e)
{
    if (n < 8 || !magic(n, bytes, 1)) {
        err_set(e, ERR_INPUT, "expected an IDX file of labels");
        return fail(name, 0, e);
    }
    if (big_endian(bytes + 4) != d->count || n - 8 != d->count) {
        err_set(e, ERR_INPUT,
                "expected %zu labels as there are images, found %zu in "
                "the header and %zu in the file",
                d->count, big_endian(bytes + 4), n - 8);
        return fail(name, 4, e);
    }
    d->labels = mem_alloc(d->count, 1);
    for (size_t i = 0; i < d->count; i++) {
        if (bytes[8 + i] >= CLASSES) {
            err_set(e, ERR_INPUT, "expected a label 0..%d, found %d", CLASSES - 1,
                    bytes[8 + i]);
            return fail(name, 8 + i, e);
        }
        d->labels[i] = bytes[8 + i];
    }
    return 0;
}

/* "train-images-idx3-ubyte.gz" -> "train-labels-idx1-ubyte.gz", or NULL. */
static char *labels_path(const char *path)
{
    char *copy = mem_copy_string(path);
    char *name = copy + (path_base(path) - path), *at = strstr(name, "images");
    char *axes = strstr(name, "idx3");
    if (!at) {
        free(copy);
        return NULL;
    }
    memcpy(at, "labels", 6);
    if (axes)
        axes[3] = '1';
    return copy;
}

int dataset_idx_parse(const char *name, size_t n, const unsigned char bytes[],
                      struct dataset *d, struct err *e)
{
    AUTO(buf_finish) struct buf b = {0};
    if (read_images(name, n, bytes, d, e) < 0)
        return -1;
    AUTO_FREE char *path = labels_path(name);
    if (!path) {
        err_set(e, ERR_INPUT, "expected 'images' in the name of an IDX file");
        err_place(e, "%s", name);
        return err_hint(e, "the labels stand beside it under the same name with "
                           "'labels'");
    }
    if (dataset_load(path, &b, e) < 0)
        return -1;
    return dataset_idx_labels(path, b.len, (const unsigned char *)buf_text(&b), d, e);
}
