#include "report/gnuplot.h"

#include "base/file.h"
#include "base/log.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_LIMIT ((size_t)1 << 20)

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

extern char **environ;

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

/* A file without a name that holds the text, at its start; NULL if there is no room. */
static FILE *hold(const char *text)
{
    int fd = memfd_create("gnuplot", MFD_CLOEXEC);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");
    if (f && (fputs(text, f) < 0 || fseek(f, 0, SEEK_SET) < 0)) {
        fclose(f);
        f = NULL;
    }
    return f;
}

static void shut(FILE **f)
{
    if (*f)
        fclose(*f);
}

static void take(FILE *f, size_t limit, struct buf *out)
{
    char chunk[65536];
    size_t n;
    while (out->len < limit && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_append(out, chunk, n);
}

/* Starts gnuplot with the three descriptors as 0, 1, 2; 0 or an errno. */
static int start(const int fd[3], pid_t *pid)
{
    char *const words[] = {(char[]){"gnuplot"}, (char[]){"-d"}, (char[]){"-"}, NULL};
    posix_spawn_file_actions_t actions;
    int status = posix_spawn_file_actions_init(&actions);
    if (status)
        return status;
    for (int k = 0; k < 3 && status == 0; k++)
        status = posix_spawn_file_actions_adddup2(&actions, fd[k], k);
    if (status == 0)
        status = posix_spawnp(pid, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

static int no_picture(struct err *e, const char *path, const char *why)
{
    err_set(e, ERR_FILE, "no picture: %s", why);
    err_place(e, "%s", path);
    return 1;
}

/* Runs the script; `picture` gets the output, `said` the messages. 0, or 1 if gnuplot
 * could not be started or failed. */
static int run(const char *path, const struct buf *script, struct buf *picture,
               struct buf *said, struct err *e)
{
    int ends[2], ended = 0; /* a pipe: a limit on file sizes would cut the picture */
    pid_t pid;
    AUTO(shut) FILE *in = hold(buf_text(script)), *log = hold("");
    AUTO(shut) FILE *out = pipe2(ends, O_CLOEXEC) < 0 ? NULL : fdopen(ends[0], "r");
    if (!in || !log || !out)
        return no_picture(e, path, strerror(errno));
    int failed = start((int[]){fileno(in), ends[1], fileno(log)}, &pid);
    close(ends[1]);
    if (failed) {
        no_picture(e, path,
                   failed == ENOENT ? "gnuplot was not found" : strerror(failed));
        err_hint(e, "install the package gnuplot-nox (or gnuplot)");
        return 1;
    }
    take(out, SIZE_MAX, picture);
    while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
        ;
    rewind(log);
    take(log, SAID_LIMIT, said);
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0 || picture->len == 0)
        return no_picture(e, path,
                          said->len ? said->data : "gnuplot ended without a word");
    return 0;
}

int gnuplot_draw(const char *path, unsigned width_px, unsigned height_px,
                 const char *script, struct err *e)
{
    AUTO(buf_finish) struct buf all = {0}, picture = {0}, said = {0};
    const struct terminal *t = terminal_of(path);
    if (!t) {
        err_set(e, ERR_USAGE, "expected a picture that ends in .svg or .png");
        return err_place(e, "%s", path);
    }
    buf_printf(
        &all, "set encoding utf8\nset terminal %s size %u,%u %s\nset key spacing %g\n",
        t->name, t->scale * width_px, t->scale * height_px, t->options, t->spacing);
    buf_puts(&all, script);
    if (run(path, &all, &picture, &said, e) != 0)
        return 1;
    return file_write(path, picture.data, picture.len, e);
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
