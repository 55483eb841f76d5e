/* Any two texts as a library and as what includes it: refused with a message of one line,
 * or a text that includes nothing and is the same when it is read again. */
#include "fuzz_folder.h"
#include "fuzz_main.h"
#include "spice/includes.h"

#include <strings.h>

static int read_back(const char *name, struct buf *out)
{
    struct includes s = {.deck = fuzz_folder(), .within = fuzz_folder()};
    struct err e = {0};
    char *path = path_join(fuzz_folder(), name);
    int status = includes_read(&s, path, out, &e);
    if (status < 0 && (!e.text[0] || strpbrk(e.text, "\n\r\x1b")))
        abort();
    free(path);
    return status;
}

static void check_stands_alone(const struct buf *text)
{
    struct buf again = {0};
    char *copy = mem_copy_string(buf_text(text)), *rest = copy, *line;
    while ((line = strsep(&rest, "\n"))) {
        line += strspn(line, " \t");
        if (strncasecmp(line, ".inc", 4) == 0 || strncasecmp(line, ".lib", 4) == 0)
            abort();
    }
    fuzz_put("again", text->len, buf_text(text));
    if (read_back("again", &again) < 0 || again.len != text->len ||
        memcmp(buf_text(&again), buf_text(text), text->len) != 0)
        abort();
    free(copy);
    buf_finish(&again);
}

/* The bytes before the first 0xff are a.inc, those behind it b.lib. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct buf text = {0};
    const uint8_t *cut = n ? memchr(bytes, 0xff, n) : NULL;
    size_t first = cut ? (size_t)(cut - bytes) : n;
    fuzz_put("a.inc", first, bytes);
    fuzz_put("b.lib", cut ? n - first - 1 : 0, cut ? cut + 1 : bytes);
    if (read_back("a.inc", &text) == 0)
        check_stands_alone(&text);
    buf_finish(&text);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    static const char corners[] = "* top\r\n.LIB 'b.lib' tt ; c\n.include \"b.lib\n.end\n"
                                  "\xff.lib tt\nR1 1 0 5\n.lib b.lib all $ c\n.endl\n"
                                  ".lib\n+ all\n+\nR2 1 0 6\n.ENDL all\n";
    static const char nested[] =
        "\xef\xbb\xbf\xef\xbb\xbf.subckt a b\n\t.incx b.lib\n.ends\n@\n.inc\n"
        "\xff.param a=1\n+ b=2\n.inc a.inc\n.inc ~/b.lib\n";
    static const char plain[] =
        ".inc b.lib// two\n.inc ./b.lib\r\r\n+ c\n\xffR3 1 0 7\\\\\n";
    const struct fuzz_seed seeds[] = {{corners, sizeof corners - 1},
                                      {nested, sizeof nested - 1},
                                      {plain, sizeof plain - 1}};
    return fuzz_main(argc, argv, 3, seeds, 3000);
}
#endif
