/* Any text as the axes of a sweep, what is behind its first line as those that are
 * zipped: refused with one line, or points that a study takes. */
#include "fuzz_main.h"
#include "study/axes.h"

static void check_points(const struct axes *a)
{
    const size_t point[] = {0, a->points / 2, a->points - 1};
    if (a->points < 1 || a->points > AXES_POINTS || a->count > AXES_MAX)
        abort();
    for (size_t k = 0; k < 3; k++) {
        struct study own;
        struct err e = {0};
        study_init(&own);
        if (axes_set(a, point[k], &own, &e) < 0)
            abort();
        for (size_t i = 0; i < a->count; i++)
            if (axes_index(a, i, point[k]) >= a->axis[i].count)
                abort();
        study_finish(&own);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct study s;
    struct axes a;
    struct err e = {0};
    struct buf text = {0};
    buf_append(&text, bytes, n);
    char *zip = strchr(text.data, '\n');
    if (zip)
        *zip++ = '\0';
    study_init(&s);
    if (study_put(&s, "sweep.axes", text.data, &e) == 0 &&
        study_put(&s, "sweep.zip", zip ? zip : "", &e) == 0) {
        e = (struct err){0};
        if (axes_init(&a, &s, &e) == 0)
            check_points(&a);
        else if (!e.text[0] || !e.place[0] || strpbrk(e.text, "\n\033"))
            abort();
        axes_finish(&a);
    }
    study_finish(&s);
    buf_finish(&text);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    static const char some[] = "map.bits=1,2,3 map.tuning_error=0:0.2:0.05 "
                               "train.rate=log(1e-4,1e-2,5)",
                      zipped[] = "map.bits=1,2 train.bits=1,2\nmap.bits+train.bits",
                      words[] = "dataset.path={a.tra,a.tes},b network.coding=latency";
    const struct fuzz_seed seeds[] = {
        {some, sizeof some - 1}, {zipped, sizeof zipped - 1}, {words, sizeof words - 1}};
    return fuzz_main(argc, argv, 3, seeds, 500);
}
#endif
