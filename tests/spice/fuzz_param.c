/* Any text as a parameter file, and as the changes to one: refused with a message, or
 * finite numbers that are the same after writing and reading back. */
#include "fuzz_main.h"
#include "spice/param.h"

#include <math.h>

static void check_refused(int status, const struct err *e)
{
    if (status < 0 && !e->text[0])
        abort();
}

/* What is written for a deck must be as many lines as there are parameters: a value
 * must not carry a line of its own into the netlist. */
static void check_lines(const struct param_table *t, const struct buf *b)
{
    size_t lines = 0;
    for (size_t i = 0; i < b->len; i++)
        lines += b->data[i] == '\n';
    if (lines != t->count)
        abort();
}

static void check_round_trip(const struct param_table *t)
{
    struct param_table back = {0};
    struct err e = {0};
    struct buf b = {0};
    param_render(t, false, &b);
    check_lines(t, &b);
    if (param_parse(&back, buf_text(&b), "back", &e) < 0 || back.count != t->count)
        abort();
    for (size_t i = 0; i < t->count; i++)
        if (!isfinite(t->item[i].value) || back.item[i].value != t->item[i].value ||
            strcmp(back.item[i].name, t->item[i].name) != 0)
            abort();
    param_finish(&back);
    buf_finish(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char known[] = ".param rf = 1.8k ; ohm\n.param c_syn = 260p\n";
    struct param_table t = {0}, changed = {0};
    struct err e = {0};
    struct buf text = {0};
    buf_append(&text, bytes, n);
    check_refused(param_parse(&t, text.data, "fuzz", &e), &e);
    check_round_trip(&t);
    e = (struct err){0};
    if (param_parse(&changed, known, "known", &e) < 0)
        abort();
    check_refused(param_override(&changed, text.data, &e), &e);
    check_round_trip(&changed);
    param_finish(&t), param_finish(&changed);
    buf_finish(&text);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    static const char file[] = "* Variant\r\n.include x\n.param rf = 1.8k   ; ohm, TIA\n"
                               ".PARAM c_syn=260pF\n.param a = {2*rf}\n.param b='c'\n"
                               ".param v_dd = -2.4399e0 ; V\n.param v_dd=3;\n";
    static const char words[] = "rf=2.4k,c_syn=1p\trf=1.6meg  C_SYN=3e-10";
    const struct fuzz_seed seeds[] = {{file, sizeof file - 1}, {words, sizeof words - 1}};
    return fuzz_main(argc, argv, 2, seeds, 20000);
}
#endif
