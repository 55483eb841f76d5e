/* What a reader of a dataset format offers; inside orchestrator/data only.
 *
 * A new format is a file with a parse function and a row in dataset.c's table. The
 * bytes are the file's after decompression. parse fills an empty dataset except for
 * its hash, and may leave arrays there when it fails: the caller releases them.
 */
#pragma once

#include "data/dataset.h"

#include <stdbool.h>

#define DATASET_BYTES_MAX ((size_t)256 << 20) /* of one file, also decompressed */

struct dataset_format {
    const char *name;
    bool (*matches)(const char *name, size_t n, const unsigned char bytes[]);
    int (*parse)(const char *name, size_t n, const unsigned char bytes[],
                 struct dataset *d, struct err *e);
};

bool dataset_csv_matches(const char *name, size_t n, const unsigned char bytes[]);
int dataset_csv_parse(const char *name, size_t n, const unsigned char bytes[],
                      struct dataset *d, struct err *e);
/* The same, fed to libcsv in pieces of `chunk` bytes: no cut may change the result. */
int dataset_csv_parse_cut(const char *name, size_t n, const unsigned char bytes[],
                          size_t chunk, struct dataset *d, struct err *e);

bool dataset_idx_matches(const char *name, size_t n, const unsigned char bytes[]);
int dataset_idx_parse(const char *name, size_t n, const unsigned char bytes[],
                      struct dataset *d, struct err *e);
/* The labels half alone; d->count must stand. */
int dataset_idx_labels(const char *name, size_t n, const unsigned char bytes[],
                       struct dataset *d, struct err *e);

/* Reads a file and decompresses it if it is gzip. Appends to `out`. */
MUST_USE int dataset_load(const char *path, struct buf *out, struct err *e);

/* True if the name ends so, in any case and also with .gz behind it. */
bool dataset_name_ends(const char *name, const char *ending);
