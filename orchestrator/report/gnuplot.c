#include "report/gnuplot.h"

#include "base/child.h"
#include "base/file.h"
#include "base/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PICTURE_LIMIT ((size_t)1 << 30)

/* `scale` pixels of the file are one of the picture. */
static const struct terminal {
    const char *ending, *name, *options;
    unsigned scale;
    double spacing; /* of the legend, in gnuplot's heights of a letter */
} terminals[] = {
    {".svg", "svg", "enhanced font 'sans-serif,14' background rgb 'white'", 1, 0.95},
    {".png", "pngcairo",
     "enhanced font 'sans-serif,14' fontscale 1.5 linewidth 2 pointscale 2", 2, 1.25},
};

static const struct terminal *terminal_of(const char *path)
{
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof terminals / sizeof terminals[0]; i++) {
        size_t k = strlen(terminals[i].ending);
        if (n > k && strcasecmp(path + n - k, terminals[i].ending) == 0)
            return &terminals[i];
    }
    return NULL;
}

/* An apostrophe becomes the typographic one: where a quoted text begins with two
 * quotes, gnuplot loses count of them. Characters of `special` get a backslash. */
static void put_inside(struct buf *out, const char *text, const char *special)
{
    for (; text && *text; text++) {
        if (strchr(special, *text))
            buf_puts(out, "\\");
        if (*text == '\'')
            buf_puts(out, "\u2019");
        else
            buf_append(out, (unsigned char)*text < ' ' ? " " : text, 1);
    }
}

void gnuplot_quote(struct buf *out, const char *text)
{
    buf_puts(out, "'");
    put_inside(out, text, "");
    buf_puts(out, "'");
}

void gnuplot_quote_bold(struct buf *out, const char *text)
{
    buf_puts(out, "'{/sans-serif:Bold ");
    put_inside(out, text, "\\{}^_@&~");
    buf_puts(out, "}'");
}

static int no_picture(struct err *e, const char *path, const char *why)
{
    err_set(e, ERR_FILE, "no picture: %s", why);
    err_place(e, "%s", path);
    return 1;
}

/* Runs the script; c->output is the picture then. 0, or 1 if gnuplot could not be started
 * or failed. */
static int run(const char *path, const struct buf *script, struct child *c, struct err *e)
{
    static const char *const words[] = {"gnuplot", "-d", "-", NULL};
    *c = (struct child){.word = words,
                        .input = buf_text(script),
                        .deadline_s = INFINITY,
                        .limit = PICTURE_LIMIT,
                        .heedless = true};
    if (child_run(c, e) == 0 && c->output.len > 0)
        return 0;
    if (c->missing) {
        no_picture(e, path, "gnuplot was not found");
        err_hint(e, "install the package gnuplot-nox (or gnuplot)");
    } else
        no_picture(e, path,
                   c->messages.len ? c->messages.data : "gnuplot ended without a word");
    return 1;
}

int gnuplot_draw(const char *path, unsigned width_px, unsigned height_px,
                 const char *script, struct err *e)
{
    struct buf all = {0};
    struct child c = {0};
    const struct terminal *t = terminal_of(path);
    if (!t) {
        err_set(e, ERR_USAGE, "expected a picture that ends in .svg or .png");
        return err_place(e, "%s", path);
    }
    buf_printf(
        &all, "set encoding utf8\nset terminal %s size %u,%u %s\nset key spacing %g\n",
        t->name, t->scale * width_px, t->scale * height_px, t->options, t->spacing);
    buf_puts(&all, script);
    int status = run(path, &all, &c, e);
    if (status == 0)
        status = file_write(path, c.output.data, c.output.len, e);
    buf_finish(&all);
    child_finish(&c);
    return status;
}

int gnuplot_save(const char *folder, const char *name, unsigned width_px,
                 unsigned height_px, const char *script, struct err *e)
{
    static bool told;
    char line[1024];
    int status = 0;
    for (size_t k = 0; k < sizeof terminals / sizeof terminals[0] && status == 0; k++) {
        struct buf path = {0};
        buf_printf(&path, "%s/%s%s", folder, name, terminals[k].ending);
        status = gnuplot_draw(path.data, width_px, height_px, script, e);
        buf_finish(&path);
    }
    if (status > 0 && !told) {
        err_format(e, sizeof line, line);
        log_say("%s", line);
        told = true;
    }
    return status < 0 ? -1 : 0;
}
