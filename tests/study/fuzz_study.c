/* Any text as a study, as `--set` and as a key's value: refused with one line that names
 * the place, or taken, and then what is printed reads back as the same. */
#include "fuzz_main.h"
#include "study/study.h"

static void check_refused(const struct err *e)
{
    char line[2048];
    err_format(e, sizeof line, line);
    if (!e->text[0] || !e->place[0])
        abort();
    for (const char *c = line; *c; c++)
        if ((*c > 0 && *c < ' ') || *c == 127)
            abort();
}

static void check_round_trip(const struct study *s)
{
    struct study back;
    struct err e = {0};
    struct buf text = {0}, again = {0};
    study_init(&back);
    study_print(s, STUDY_BARE, &text);
    /* A line that inih cannot hold is told, not cut. */
    if (study_parse(&back, &text, "back", &e) == 0) {
        study_print(&back, STUDY_BARE, &again);
        if (strcmp(buf_text(&text), buf_text(&again)) != 0)
            abort();
    } else if (!strstr(e.text, "expected lines of less than")) {
        abort();
    }
    study_finish(&back);
    buf_finish(&text), buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct study s;
    struct err e = {0};
    struct buf text = {0};
    buf_append(&text, bytes, n);
    study_init(&s);
    if (study_parse(&s, &text, "fuzz", &e) < 0)
        check_refused(&e);
    else
        check_round_trip(&s);
    e = (struct err){0};
    if (study_set(&s, text.data, &e) < 0)
        check_refused(&e);
    else
        check_round_trip(&s);
    study_finish(&s);
    buf_finish(&text);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    static const char file[] = "; mine\n[map]\nbits = 3\r\ng_low=5.7u\n[dataset]\n"
                               "path = a b.csv ; two\n[train]\nseed = auto\nsigned: yes\n"
                               "[network]\ncoding = latency2\n  more\n",
                      word[] = "circuit.override=rf=2.4k v_thr=1.84";
    const struct fuzz_seed seeds[] = {{file, sizeof file - 1}, {word, sizeof word - 1}};
    return fuzz_main(argc, argv, 2, seeds, 500);
}
#endif
