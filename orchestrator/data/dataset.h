/* Labelled images: pixel levels and classes, read from files.
 *
 * Axis order [image][pixel], pixels row by row; a level is 0 .. level_max and stands
 * for the intensity level / level_max. A path list is comma separated; the images of
 * its files follow one another. A dataset owns its arrays.
 *
 *     struct dataset d;
 *     if (dataset_read("optdigits.tra,optdigits.tes", &d, &e) < 0)
 *         return -1;
 *     dataset_finish(&d);
 *
 * Formats: .csv, .tra and .tes (64 levels 0..16 and the label, comma separated, no
 * header) and IDX pairs (MNIST; the list names the images file, the labels are found
 * beside it); any of them compressed with gzip. The place of an error is
 * file:line:column where column counts the fields of the line, from 1.
 */
#pragma once

#include "base/file.h"

#include <stddef.h>
#include <stdint.h>

struct dataset {
    size_t count, features, classes;
    int level_max;
    uint8_t *levels;         /* [count][features], 0 .. level_max */
    uint8_t *labels;         /* [count], 0 .. classes - 1 */
    char sha256[SHA256_HEX]; /* of the contents, however they were stored */
};

/* On failure the dataset is empty and needs no release. */
MUST_USE int dataset_read(const char *paths, struct dataset *d, struct err *e);

/* One file's bytes, compressed or not. The name chooses the format, stands in the
 * errors, and says where an IDX file's labels are. */
MUST_USE int dataset_parse(const char *name, size_t n, const unsigned char bytes[],
                           struct dataset *d, struct err *e);

/* SHA-256 of a line with the program's name and the shape, the levels and the labels. A
 * file that an earlier version wrote, under another name, holds the hash of that name. */
void dataset_hash(const struct dataset *d, const char *program, char hex[SHA256_HEX]);

/* Appends the images of `more`, which must have the same shape; d->sha256 follows. */
MUST_USE int dataset_append(struct dataset *d, const struct dataset *more, struct err *e);

void dataset_finish(struct dataset *d); /* may be called twice */
