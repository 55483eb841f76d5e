/* Any text as a memristor model, with any parameters: refused with a message, or lines
 * that a deck can include. The first line of the input gives the parameters. */
#include "fuzz_main.h"
#include "fuzz_folder.h"
#include "spice/memristor.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct memristor m;
    struct err e = {0};
    struct buf params = {0}, out = {0};
    if (n == 0)
        return 0;
    const uint8_t *end = memchr(bytes, '\n', n);
    size_t head = end ? (size_t)(end - bytes) : 0;
    double x;
    buf_append(&params, bytes, head);
    fuzz_put("model.sub", n - head, bytes + head);
    char *path = path_join(fuzz_folder(), "model.sub");
    if (memristor_open(&m, path, "", params.data, &e) < 0) {
        if (!e.text[0] || !e.place[0])
            abort();
    } else {
        memristor_put(&m, NULL, &out);
        if (!m.subckt[0] || (memristor_param(&m, "x0", &x) && !isfinite(x)))
            abort();
        /* A name or a parameter must not bring a line of its own into a deck. */
        size_t lines = 0;
        for (size_t i = 0; i < out.len; i++)
            lines += out.data[i] == '\n';
        if (lines != 9)
            abort();
    }
    memristor_finish(&m);
    free(path);
    buf_finish(&params), buf_finish(&out);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    static const char *const shipped[] = {"vteam.sub", "yakopcic.sub"};
    static const char small[] = "a1=2\n* mine\n.subckt m te be params: x0=0 a1=1\n"
                                "Cx dx 0 1\n+ ic=0\nRte te be {1k*a1}\n"
                                ".model d d(is=1f)\n.ends m\n";
    struct buf model[2] = {{0}};
    struct err e = {0};
    for (int k = 0; k < 2; k++) {
        char *path = path_join(SPIKEBAR_SOURCE_ROOT "/models", shipped[k]);
        buf_puts(&model[k], "\n");
        if (file_read(path, 1 << 20, &model[k], &e) < 0)
            abort();
        free(path);
    }
    const struct fuzz_seed seeds[] = {{small, sizeof small - 1},
                                      {model[0].data, model[0].len},
                                      {model[1].data, model[1].len}};
    int status = fuzz_main(argc, argv, 3, seeds, 2000);
    buf_finish(&model[0]), buf_finish(&model[1]);
    return status;
}
#endif
