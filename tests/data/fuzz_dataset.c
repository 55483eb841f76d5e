/* Any bytes as a dataset: they are refused with a message or give sound images. */
#include "data/dataset_format.h"
#include "fuzz_main.h"
#include "data/small.h"

static void check(int status, struct dataset *d, const struct err *e)
{
    if (status < 0 && !(e->text[0] && e->place[0] && !d->levels))
        abort();
    for (size_t i = 0; status == 0 && i < d->count * d->features; i++)
        if (d->levels[i] > d->level_max)
            abort();
    for (size_t m = 0; status == 0 && m < d->count; m++)
        if (d->labels[m] >= d->classes)
            abort();
    dataset_finish(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct dataset d, labels = {.count = 3, .classes = 10};
    struct err e = {0};
    check(dataset_parse("fuzz.csv", n, bytes, &d, &e), &d, &e);
    e = (struct err){0};
    check(dataset_idx_labels("fuzz", n, bytes, &labels, &e), &labels, &e);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    struct buf csv = {0}, packed = {0}, images = {0}, labels = {0};
    small_csv(3, "\r\n", &csv);
    small_gzip(csv.len, csv.data, &packed);
    small_idx(3, (unsigned[]){3, 2, 2}, 12, &images);
    small_idx(1, (unsigned[]){3}, 3, &labels);
    const struct fuzz_seed seeds[] = {{csv.data, csv.len},
                                      {packed.data, packed.len},
                                      {images.data, images.len},
                                      {labels.data, labels.len}};
    int status = fuzz_main(argc, argv, 4, seeds, 5000);
    buf_finish(&csv), buf_finish(&packed), buf_finish(&images), buf_finish(&labels);
    return status;
}
#endif
