/* Any bytes as a rawfile: refused with a message, or a trace with rising time that is
 * the same after writing and reading back. */
#include "fuzz_main.h"
#include "spice/rawfile.h"

#include <math.h>

enum { NAME_MAX_KEPT = 900 }; /* a written line must fit into the reader's */

static bool writable(const struct trace *t)
{
    for (size_t k = 0; k < t->count; k++)
        if (strlen(t->name[k]) > NAME_MAX_KEPT)
            return false;
    return true;
}

static void check_sound(const struct trace *t)
{
    if (t->points < 1 || t->count < 1)
        abort();
    for (size_t i = 0; i < t->points; i++)
        if (!isfinite(t->time_s[i]) || (i && t->time_s[i] < t->time_s[i - 1]))
            abort();
    for (size_t k = 0; k < t->count; k++)
        if (!t->name[k][0] || !trace_vector(t, t->name[k]))
            abort();
}

static void check_round_trip(const struct trace *t)
{
    struct trace back;
    struct err e = {0};
    struct buf b = {0};
    rawfile_render(t, "fuzz", &b);
    if (rawfile_parse(b.data, b.len, "back", &back, &e) < 0 || back.points != t->points ||
        back.count != t->count)
        abort();
    for (size_t k = 0; k < t->count; k++)
        if (strcmp(back.name[k], t->name[k]) != 0 ||
            memcmp(back.value[k], t->value[k], t->points * sizeof(double)) != 0)
            abort();
    trace_finish(&back);
    buf_finish(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct trace t;
    struct err e = {0};
    if (rawfile_parse(bytes, n, "fuzz", &t, &e) < 0) {
        if (!e.text[0] || !e.place[0] || t.time_s)
            abort();
        return 0;
    }
    check_sound(&t);
    if (writable(&t))
        check_round_trip(&t);
    trace_finish(&t);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    static const char ascii[] =
        "Title: * rc\nDate: Thu Jan  1 00:00:00  1970\nPlotname: Transient Analysis\n"
        "Flags: real\nNo. Variables: 3\nNo. Points: 2       \nVariables:\n"
        "\t0\ttime\ttime\n\t1\tv(out)\tvoltage\n\t2\ti(l1)\tcurrent\nValues:\n"
        " 0\t\t0.000000000000000e+00\n\t0.25\n\t-1e-12\n\n 1\t\t1e-3\n\t0.5\n\t2e-3\n\n";
    struct trace t;
    struct buf binary = {0};
    trace_init(&t, 3, 2);
    t.name[0] = mem_copy_string("mem0");
    t.name[1] = mem_copy_string("v.xcol0.visyn#branch");
    for (int i = 0; i < 3; i++) {
        t.time_s[i] = 1e-4 * i;
        t.value[0][i] = 1 / (1. + i);
    }
    rawfile_render(&t, "fuzz", &binary);
    const struct fuzz_seed seeds[] = {{ascii, sizeof ascii - 1},
                                      {binary.data, binary.len}};
    int status = fuzz_main(argc, argv, 2, seeds, 20000);
    trace_finish(&t);
    buf_finish(&binary);
    return status;
}
#endif
