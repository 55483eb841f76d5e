#include "spice/includes.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* A file, or a section of it, that is being read, and who asked for it. */
struct reading {
    const struct reading *by; /* NULL: the first */
    const char *path;         /* as it was found: names in it are relative to that */
    const char *real;         /* the same without links */
    const char *section;      /* or NULL: all of it */
    size_t number;            /* of the line, from 1 */
    size_t depth;
};

struct closure {
    const struct includes *s;
    const char *first; /* real path */
    struct buf *out;
    size_t limit; /* of out->len */
};

/* ---- lines ---- */

static bool begins(const char *line, const char *word)
{
    return strncasecmp(line, word, strlen(word)) == 0;
}

static const char *blanks(const char *p)
{
    return p + strspn(p, " \t");
}

/* The next line of *rest, without its end; NULL behind the last. */
static char *next_line(char **rest)
{
    if (!*rest || !**rest)
        return NULL;
    char *line = strsep(rest, "\n");
    size_t n = strlen(line);
    while (n && line[n - 1] == '\r')
        line[--n] = '\0';
    return line;
}

static bool is_comment(const char *p, const char *start)
{
    bool apart = p == start || isspace((unsigned char)p[-1]) || p[-1] == ',';
    return *p == ';' || (p[0] == '/' && p[1] == '/') || (*p == '$' && apart);
}

/* The word at *p, in quotes or up to a blank or a comment, and moves *p behind it. NULL
 * if there is none, or no second quote. Owned by the caller. */
static char *take_word(const char **p)
{
    const char *start = blanks(*p), *end = start;
    bool quoted = *start == '"' || *start == '\'';
    if (quoted)
        for (end = ++start; *end && *end != '"' && *end != '\'';)
            end++;
    else
        while (*end && !isspace((unsigned char)*end) && *end != '"' && *end != '\'' &&
               !is_comment(end, start))
            end++;
    if ((quoted && !*end) || end == start)
        return NULL;
    char *word = mem_copy_string(start);
    word[end - start] = '\0';
    *p = end + quoted;
    return word;
}

static const char *behind_first(const char *line)
{
    return line + strcspn(line, " \t");
}

/* Adds the `+` lines that follow a card and counts them. */
static void continue_card(char **rest, size_t *number, struct buf *card)
{
    while (*rest && *blanks(*rest) == '+') {
        char *line = next_line(rest);
        ++*number;
        buf_printf(card, " %s", blanks(line) + 1);
    }
}

static void put_line(struct buf *out, const char *line)
{
    buf_puts(out, line);
    buf_puts(out, "\n");
}

/* ---- errors ---- */

static int at_line(const struct reading *r, struct err *e)
{
    return err_place(e, "%s:%zu", r->path, r->number);
}

static int refuse(const struct reading *r, struct err *e, const char *what,
                  const char *name)
{
    char shown[200];
    text_printable(strlen(name), name, sizeof shown, shown);
    err_set(e, ERR_INPUT, "%s, found `%s`", what, shown);
    return r ? at_line(r, e) : err_place(e, "%s", name);
}

/* ---- which files ---- */

static bool stands_below(const char *folder, const char *path)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && (folder[n - 1] == '/' || path[n] == '/');
}

static char *folder_of(const char *path)
{
    char *folder = mem_copy_string(path), *end = strrchr(folder, '/');
    end[end == folder] = '\0';
    return folder;
}

static bool is_near(const char *first, const char *path)
{
    AUTO_FREE char *folder = folder_of(first);
    return stands_below(folder, path) && !strstr(path + strlen(folder), "/.");
}

/* Whether the closure may have that file; `by` NULL: the study names it. */
static int check_file(const struct closure *c, const struct reading *by, const char *path,
                      struct err *e)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        err_errno(e, "read", path);
        return by ? at_line(by, e) : -1;
    }
    if (!S_ISREG(st.st_mode))
        return refuse(by, e, "expected a file to include, not a folder or a device",
                      path);
    if (st.st_size > (off_t)INCLUDES_LIMIT) {
        refuse(by, e, "expected a file of at most 64 MB to include", path);
        return err_hint(e, "only netlists and models can be included");
    }
    if (c->s->within && !stands_below(c->s->within, path)) {
        refuse(by, e, "expected a file of circuit.folder", path);
        return err_hint(e, "name files from elsewhere by circuit.include");
    }
    if (by && !(st.st_mode & S_IROTH) && !is_near(c->first, path)) {
        refuse(by, e,
               "expected a file that all may read, or one below the first file's "
               "folder",
               path);
        return err_hint(e,
                        "if it belongs to the library, put a copy beside the first file");
    }
    return 0;
}

static char *try_in(const char *folder, const char *name)
{
    AUTO_FREE char *path = path_join(folder, name);
    return file_exists(path) ? mem_copy_string(path) : NULL;
}

static char *try_beside(const char *file, const char *name)
{
    AUTO_FREE char *folder = folder_of(file);
    return try_in(folder, name);
}

/* A path to it, or NULL; owned by the caller. */
static char *resolve(const struct includes *s, const struct reading *r, const char *name)
{
    const char *home = getenv("HOME");
    if (strncmp(name, "~/", 2) == 0 && home)
        return try_in(home, name + 2);
    char *path = try_beside(r->path, name);
    if (!path) /* of a link */
        path = try_beside(r->real, name);
    return path || !s->deck ? path : try_in(s->deck, name);
}

static int read_text(const char *path, struct buf *text, struct err *e)
{
    int status = file_read(path, INCLUDES_LIMIT, text, e);
    if (status == 0 && memchr(buf_text(text), '\0', text->len)) {
        err_set(e, ERR_INPUT, "expected text, found a byte 0");
        return err_place(e, "%s", path);
    }
    return status;
}

/* ---- sections ---- */

/* `.lib SECTION`: the section, owned by the caller; else NULL. */
static char *section_begun(const char *line)
{
    const char *p = blanks(line);
    if (!begins(p, ".lib"))
        return NULL;
    p = behind_first(p);
    AUTO_FREE char *name = take_word(&p);
    AUTO_FREE char *second = name ? take_word(&p) : NULL;
    return name && !second ? mem_copy_string(name) : NULL;
}

/* Moves *rest behind the line that begins the section; those there are go to `others`. */
static bool find_section(char **rest, struct reading *r, struct buf *others)
{
    char *line;
    bool found = false;
    while (!found && (line = next_line(rest))) {
        AUTO(buf_finish) struct buf card = {0};
        r->number++;
        buf_puts(&card, line);
        if (begins(blanks(line), ".lib"))
            continue_card(rest, &r->number, &card);
        AUTO_FREE char *name = section_begun(card.len ? card.data : "");
        if (name && strcasecmp(name, r->section) == 0)
            found = true;
        else if (name && others->len < 300)
            buf_printf(others, "%s%s", others->len ? ", " : "", name);
    }
    return found;
}

static int no_section(const struct reading *r, const struct buf *others, struct err *e)
{
    char shown[320], wanted[64];
    text_printable(others->len, buf_text(others), sizeof shown, shown);
    text_printable(strlen(r->section), r->section, sizeof wanted, wanted);
    err_set(e, ERR_INPUT, "expected a section `%s` in %.250s, found %s", wanted, r->path,
            others->len ? shown : "none");
    return at_line(r->by, e);
}

/* ---- the walk ---- */

static int read_file(struct closure *c, struct reading *r, struct err *e);

/* Whether r is what one of those that led to it is. */
static bool is_circle(const struct reading *r)
{
    for (const struct reading *b = r->by; b; b = b->by)
        if (strcmp(b->real, r->real) == 0 &&
            (b->section && r->section ? strcasecmp(b->section, r->section) == 0
                                      : b->section == r->section))
            return true;
    return false;
}

static int follow(struct closure *c, struct reading *r, struct err *e)
{
    if (is_circle(r))
        return refuse(r->by, e, "expected no circle of includes", r->path);
    if (r->depth > INCLUDES_DEPTH) {
        err_set(e, ERR_INPUT, "expected at most %d files that include one another",
                INCLUDES_DEPTH);
        return at_line(r->by, e);
    }
    if (check_file(c, r->by, r->real, e) < 0)
        return -1;
    char shown[100], section[100] = "";
    text_printable(strlen(path_base(r->path)), path_base(r->path), sizeof shown, shown);
    if (r->section)
        text_printable(strlen(r->section), r->section, sizeof section, section);
    buf_printf(c->out, "* from %s%s%s\n", shown, *section ? " " : "", section);
    int status = read_file(c, r, e);
    buf_printf(c->out, "* end of %s\n", shown);
    return status;
}

/* A file that a line names. */
static int refer(struct closure *c, const struct reading *r, const char *name,
                 const char *section, struct err *e)
{
    AUTO_FREE char *path = resolve(c->s, r, name);
    AUTO_FREE char *real = path ? realpath(path, NULL) : NULL;
    int status;
    if (!real) {
        status = refuse(r, e, "no such file to include", name);
        err_hint(e, "names are relative to the file that has them");
    } else {
        if (c->s->met)
            c->s->met(c->s->context, name, path, section);
        struct reading next = {r, path, real, section, 0, r->depth + 1};
        status = follow(c, &next, e);
    }
    return status;
}

static int include(struct closure *c, const struct reading *r, const char *line,
                   struct err *e)
{
    const char *p = behind_first(blanks(line));
    AUTO_FREE char *name = take_word(&p);
    int status = name ? refer(c, r, name, NULL, e)
                      : refuse(r, e, "expected the name of a file to include", line);
    return status;
}

static int library(struct closure *c, const struct reading *r, const char *line,
                   struct err *e)
{
    const char *p = behind_first(blanks(line));
    AUTO_FREE char *name = take_word(&p);
    AUTO_FREE char *section = name ? take_word(&p) : NULL;
    int status;
    if (section) {
        status = refer(c, r, name, section, e);
    } else {
        status = refuse(r, e, "expected .lib FILE SECTION", line);
        err_hint(e, "a file that has sections is not included whole: name it and one of "
                    "them by .lib");
    }
    return status;
}

/* ngspice overlooks `.end` in an included file. */
static bool is_end(const char *line)
{
    const char *p = blanks(line);
    return begins(p, ".end") && (!p[4] || isspace((unsigned char)p[4]));
}

static int read_line(struct closure *c, struct reading *r, const char *line, char **rest,
                     struct err *e)
{
    const char *p = blanks(line);
    if (c->out->len > c->limit) {
        err_set(e, ERR_INPUT, "expected at most 64 MB with all that is included");
        return at_line(r, e);
    }
    if (begins(p, ".inc"))
        return include(c, r, line, e);
    if (begins(p, ".lib")) {
        AUTO(buf_finish) struct buf card = {0};
        size_t number = r->number;
        buf_puts(&card, line);
        continue_card(rest, &number, &card);
        int status = library(c, r, card.data, e);
        r->number = number;
        return status;
    }
    buf_puts(c->out, is_end(line) ? "*" : "");
    put_line(c->out, line);
    return 0;
}

static int read_lines(struct closure *c, struct reading *r, char *text, struct err *e)
{
    char *rest = text, *line;
    AUTO(buf_finish) struct buf others = {0};
    int status = 0;
    bool ended = !r->section;
    while (begins(rest, "\xef\xbb\xbf")) /* some editors put it there */
        rest += 3;
    if (r->section && !find_section(&rest, r, &others))
        status = no_section(r, &others, e);
    /* `@` is where ngspice stops reading */
    while (status == 0 && (line = next_line(&rest)) && *line != '@') {
        r->number++;
        if (r->section && begins(blanks(line), ".endl")) {
            ended = true;
            break;
        }
        status = read_line(c, r, line, &rest, e);
    }
    if (status == 0 && !ended)
        status = refuse(r, e, "expected .endl behind a section", r->section);
    return status;
}

static int read_file(struct closure *c, struct reading *r, struct err *e)
{
    AUTO(buf_finish) struct buf text = {0};
    int status = read_text(r->path, &text, e);
    if (status == 0 && text.len)
        status = read_lines(c, r, text.data, e);
    else if (status == 0 && r->section)
        status = no_section(r, &text, e);
    return status;
}

int includes_read(const struct includes *s, const char *path, struct buf *out,
                  struct err *e)
{
    AUTO_FREE char *real = realpath(path, NULL);
    if (!real)
        return err_errno(e, "read", path);
    struct closure c = {s, real, out, out->len + INCLUDES_LIMIT};
    struct reading r = {.path = path, .real = real};
    int status = check_file(&c, NULL, real, e);
    if (status == 0)
        status = read_file(&c, &r, e);
    return status;
}

void includes_put(const char *path, struct buf *out)
{
    const char *quote = strpbrk(path, " \t") ? "\"" : "";
    buf_printf(out, ".include %s%s%s\n", quote, path, quote);
}
