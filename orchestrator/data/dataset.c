#include "data/dataset.h"

#include "base/mem.h"
#include "base/text.h"
#include "data/dataset_format.h"
#include "data/gunzip.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct dataset_format formats[] = {
    {"IDX", dataset_idx_matches, dataset_idx_parse},
    {"CSV", dataset_csv_matches, dataset_csv_parse},
};

static bool ends_with(const char *name, size_t length, const char *ending)
{
    size_t n = strlen(ending);
    return length >= n && strncasecmp(name + length - n, ending, n) == 0;
}

bool dataset_name_ends(const char *name, const char *ending)
{
    size_t length = strlen(name);
    if (ends_with(name, length, ".gz"))
        length -= 3;
    return ends_with(name, length, ending);
}

void dataset_hash(const struct dataset *d, const char *program, char hex[SHA256_HEX])
{
    AUTO(buf_finish) struct buf b = {0};
    buf_printf(&b, "%s-dataset 1 %zu %zu %zu %d\n", program, d->count, d->features,
               d->classes, d->level_max);
    buf_append(&b, d->levels, d->count * d->features);
    buf_append(&b, d->labels, d->count);
    sha256_hex(b.data, b.len, hex);
}

static void hash_contents(struct dataset *d)
{
    dataset_hash(d, "spikebar", d->sha256);
}

static int parse_plain(const char *name, size_t n, const unsigned char bytes[],
                       struct dataset *d, struct err *e)
{
    if (n == 0) {
        err_set(e, ERR_INPUT, "expected images, found an empty file");
        return err_place(e, "%s", name);
    }
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].matches(name, n, bytes))
            return formats[i].parse(name, n, bytes, d, e);
    err_set(e, ERR_INPUT, "unknown dataset format");
    err_place(e, "%s", name);
    return err_hint(e, "names end in .csv, .tra or .tes, or the file is IDX; each may be "
                       "compressed with gzip");
}

static int expand(const char *name, size_t n, const unsigned char bytes[],
                  struct buf *out, struct err *e)
{
    if (gunzip_magic(n, bytes))
        return gunzip(name, n, bytes, DATASET_BYTES_MAX, out, e);
    buf_append(out, bytes, n);
    return 0;
}

int dataset_load(const char *path, struct buf *out, struct err *e)
{
    AUTO(buf_finish) struct buf file = {0};
    if (file_read(path, DATASET_BYTES_MAX, &file, e) < 0)
        return -1;
    return expand(path, file.len, (const unsigned char *)buf_text(&file), out, e);
}

int dataset_parse(const char *name, size_t n, const unsigned char bytes[],
                  struct dataset *d, struct err *e)
{
    AUTO(buf_finish) struct buf plain = {0};
    *d = (struct dataset){0};
    int status = expand(name, n, bytes, &plain, e);
    if (status == 0)
        status =
            parse_plain(name, plain.len, (const unsigned char *)buf_text(&plain), d, e);
    if (status == 0)
        hash_contents(d);
    else
        dataset_finish(d);
    return status;
}

int dataset_append(struct dataset *d, const struct dataset *more, struct err *e)
{
    if (d->features != more->features || d->level_max != more->level_max)
        return err_set(e, ERR_INPUT,
                       "expected %zu pixels with levels 0..%d as in the files before, "
                       "found %zu with levels 0..%d",
                       d->features, d->level_max, more->features, more->level_max);
    size_t count = d->count + more->count, pixels = d->count * d->features;
    d->levels = mem_resize(d->levels, count, d->features);
    d->labels = mem_resize(d->labels, count, 1);
    memcpy(d->levels + pixels, more->levels, more->count * more->features);
    memcpy(d->labels + d->count, more->labels, more->count);
    d->count = count;
    hash_contents(d);
    return 0;
}

static int read_one(const char *path, struct dataset *d, struct err *e)
{
    AUTO(buf_finish) struct buf file = {0};
    *d = (struct dataset){0};
    if (file_read(path, DATASET_BYTES_MAX, &file, e) < 0)
        return -1;
    return dataset_parse(path, file.len, (const unsigned char *)buf_text(&file), d, e);
}

/* Reads a file and appends it to the images before it, if there are any. */
static int read_next(const char *path, struct dataset *d, struct err *e)
{
    AUTO(dataset_finish) struct dataset more = {0};
    if (*path == '\0')
        return err_set(e, ERR_USAGE, "empty name in the list of dataset files");
    if (d->count == 0)
        return read_one(path, d, e);
    if (read_one(path, &more, e) < 0)
        return -1;
    return dataset_append(d, &more, e) < 0 ? err_place(e, "%s", path) : 0;
}

int dataset_read(const char *paths, struct dataset *d, struct err *e)
{
    char *list = mem_copy_string(paths), *next = list;
    int status = 0;
    *d = (struct dataset){0};
    while (status == 0 && next)
        status = read_next(text_trim(strsep(&next, ",")), d, e);
    if (status < 0)
        dataset_finish(d);
    free(list);
    return status;
}

void dataset_finish(struct dataset *d)
{
    free(d->levels);
    free(d->labels);
    *d = (struct dataset){0};
}
