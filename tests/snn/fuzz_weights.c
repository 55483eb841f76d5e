/* Any bytes as a weight file: refused with a message, or finite weights that are the
 * same after writing and reading back. */
#include "fuzz_main.h"
#include "snn/weights_format.h"

#include <math.h>

static void check(const char *name, size_t n, const uint8_t *bytes,
                  const struct weights_expected *x)
{
    struct weights w, back;
    struct err e = {0};
    struct buf b = {0};
    if (weights_parse(name, n, bytes, x, &w, &e) < 0) {
        if (!e.text[0] || !e.place[0] || w.w)
            abort();
        return;
    }
    weights_csv_write(&w, &b);
    if (weights_parse("back.csv", b.len, (unsigned char *)b.data, x, &back, &e) < 0 ||
        back.inputs != w.inputs || back.outputs != w.outputs || back.notes != w.notes)
        abort();
    for (size_t i = 0; i < w.inputs * w.outputs; i++)
        if (!isfinite(w.w[i]) || back.w[i] != w.w[i])
            abort();
    buf_finish(&b);
    weights_finish(&back);
    weights_finish(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct weights_expected positive = {
        .inputs = 2, .outputs = 3, .low = 0, .high = 1};
    check("fuzz.csv", n, bytes, NULL);
    check("fuzz.csv", n, bytes, &positive);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    static const char plain[] = "# by hand\n1,0.5,\"0\"\r\n0.25,1e-3,0\r\n";
    struct weights w;
    struct buf csv = {0}, npy = {0};
    weights_init(&w, 2, 3);
    for (int i = 0; i < 6; i++)
        w.w[i] = i / 7.;
    weights_note(&w, "seed", "3");
    weights_csv_write(&w, &csv);
    weights_npy_write(&w, &npy);
    const struct fuzz_seed seeds[] = {
        {plain, sizeof plain - 1}, {csv.data, csv.len}, {npy.data, npy.len}};
    int status = fuzz_main(argc, argv, 3, seeds, 5000);
    weights_finish(&w);
    buf_finish(&csv), buf_finish(&npy);
    return status;
}
#endif
