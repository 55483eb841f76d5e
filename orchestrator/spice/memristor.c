#include "spice/memristor.h"

#include "base/mem.h"
#include "base/text.h"
#include "spice/includes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_LIMIT (1 << 20)
enum { WORDS_MAX = 256 };

/* From `;`, `//` or a `$` behind a blank or a comma on. In doubt more is read than
 * ngspice reads. */
static char *without_comment(char *line)
{
    for (char *p = line; *p; p++) {
        bool apart = p == line || isspace((unsigned char)p[-1]) || p[-1] == ',';
        if (*p == ';' || (p[0] == '/' && p[1] == '/') || (*p == '$' && apart))
            *p = '\0';
        if (!*p)
            break;
    }
    return line;
}

/* The file as logical lines: lower case, continuations joined, comments gone. */
static char **logical_lines(const char *text, size_t *count, size_t **number)
{
    char *copy = mem_copy_string(text), *rest = copy, *line, **list = NULL;
    size_t n = 0, at = 0;
    *number = NULL;
    while ((line = strsep(&rest, "\n"))) {
        at++;
        line = text_trim(line);
        if (*line != '*')
            line = text_trim(without_comment(line));
        for (char *c = line; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        if (!*line || *line == '*')
            continue;
        if (*line == '+' && n) {
            size_t have = strlen(list[n - 1]), more = strlen(line);
            list[n - 1] = mem_resize(list[n - 1], have + more + 1, 1);
            memcpy(list[n - 1] + have, line, more + 1);
            list[n - 1][have] = ' ';
            continue;
        }
        list = mem_resize(list, n + 1, sizeof *list);
        *number = mem_resize(*number, n + 1, sizeof **number);
        (*number)[n] = at;
        list[n++] = mem_copy_string(line);
    }
    free(copy);
    *count = n;
    return list;
}

static bool begins(const char *line, const char *word)
{
    size_t n = strlen(word);
    return strncmp(line, word, n) == 0 && (!line[n] || isspace((unsigned char)line[n]));
}

/* Splits `line`, which is changed, at blanks and around '='. */
static size_t split(char *line, char *word[WORDS_MAX])
{
    size_t n = 0;
    for (char *c = line; *c; c++)
        if (*c == '=' || *c == '(' || *c == ')' || *c == ',')
            *c = *c == '=' ? '\1' : ' ';
    char *rest = line, *w;
    while ((w = strsep(&rest, " \t")) && n + 2 < WORDS_MAX)
        for (char *part; (part = strsep(&w, "\1"));) {
            if (*part)
                word[n++] = part;
            if (w && n < WORDS_MAX)
                word[n++] = (char *)(uintptr_t) "=";
        }
    return n;
}

/* ---- what a model file may hold ----
 *
 * ngspice takes `.controlx` and `.incx` for `.control` and `.include`, so words that do
 * harm cannot be listed. What is listed is what a device needs. */

/* The letters of elements, and how many words such a line has at least. Left out: code
 * models (a), Verilog-A (n) and what reaches further (p, u, y). */
static size_t words_of_element(char letter)
{
    static const struct {
        const char *letters;
        size_t words;
    } least[] = {{"x", 2},         {"iv", 3}, {"bcdklr", 4},
                 {"efghjoqtz", 5}, {"w", 5},  {"ms", 6}};
    for (size_t k = 0; k < sizeof least / sizeof least[0]; k++)
        if (letter && strchr(least[k].letters, letter))
            return least[k].words;
    return 0;
}

static bool is_element(size_t n, char *const word[])
{
    size_t least = n ? words_of_element(word[0][0]) : 0;
    return least && n >= least;
}

/* Kinds that are part of ngspice itself and read no file. */
static bool is_model(size_t n, char *const word[])
{
    static const char *const kinds[] = {"r",   "res", "c",    "l",    "d",
                                        "npn", "pnp", "nmos", "pmos", "njf",
                                        "pjf", "nmf", "pmf",  "sw",   "csw"};
    for (size_t k = 0; n >= 3 && k < sizeof kinds / sizeof kinds[0]; k++)
        if (strcmp(word[2], kinds[k]) == 0)
            return true;
    return false;
}

/* What was expected in place of a logical line, or NULL; *depth counts .subckt. */
static const char *expected_card(const char *line, size_t *depth)
{
    char *copy = mem_copy_string(line), *word[WORDS_MAX];
    size_t n = split(copy, word);
    const char *expected = NULL;
    if (n == 0 || *line == '+') {
        expected = "a card before its continuation";
    } else if (strcmp(word[0], ".subckt") == 0) {
        ++*depth;
    } else if (strcmp(word[0], ".ends") == 0) {
        expected = *depth ? NULL : "a .subckt before its .ends";
        *depth -= *depth > 0;
    } else if (strcmp(word[0], ".model") == 0) {
        expected = is_model(n, word) ? NULL
                                     : ".model NAME and a kind of R, C, L, D, NPN, "
                                       "PNP, NMOS, PMOS, NJF, PJF, SW, CSW";
    } else if (strcmp(word[0], ".param") != 0 && strcmp(word[0], ".func") != 0) {
        if (!*depth || !is_element(n, word))
            expected = *depth ? ".ends, .param, .func, .model or an element"
                              : ".subckt, .param, .func or .model";
    }
    free(copy);
    return expected;
}

/* Words that ngspice, or another version of it, might see in a comment. */
static const char *expected_comment(const char *line)
{
    const char *p = line + strspn(line, "*");
    p += strspn(p, " \t");
    if (*p == '#' || strncasecmp(p, "ng_script", 9) == 0)
        return "a comment that cannot be taken for a command";
    return NULL;
}

/* What was expected in place of a physical line, or NULL: text, and no bytes that
 * different readers take for different things. */
static const char *expected_text(const char *line)
{
    size_t n = strlen(line);
    if (n && line[n - 1] == '\r')
        n--;
    for (size_t k = 0; k < n; k++)
        if ((unsigned char)line[k] < ' ' && line[k] != '\t')
            return "text without control characters";
    line += strspn(line, " \t");
    if (*line == '*')
        return expected_comment(line);
    for (const char *p = line; *p && *p != ';'; p++)
        if (strchr("\"`\\", *p) || (unsigned char)*p >= 0x7f)
            return "a card without \", `, \\ and letters beyond ASCII";
    return NULL;
}

static int refuse(const struct memristor *m, size_t number, const char *expected,
                  const char *line, struct err *e)
{
    char shown[41] = "";
    for (size_t k = 0; k + 1 < sizeof shown && line[k]; k++)
        shown[k] = line[k] < ' ' || line[k] > '~' ? '?' : line[k];
    err_set(e, ERR_INPUT, "expected %s, found `%s`", expected, shown);
    err_hint(e, "a model file holds .subckt, .ends, .param, .func, .model and elements; "
                "it runs no commands and reads no other file");
    return err_place(e, "%s:%zu", m->path, number);
}

static int check_text(const struct memristor *m, const char *text, struct err *e)
{
    char *copy = mem_copy_string(text), *rest = copy, *line;
    size_t number = 0;
    int status = 0;
    while (status == 0 && (line = strsep(&rest, "\n"))) {
        const char *expected = expected_text(line);
        number++;
        if (expected)
            status = refuse(m, number, expected, line, e);
    }
    free(copy);
    return status;
}

static int check_cards(const struct memristor *m, size_t n, char *const *line,
                       const size_t *number, struct err *e)
{
    size_t depth = 0;
    for (size_t k = 0; k < n; k++) {
        const char *expected = expected_card(line[k], &depth);
        if (expected)
            return refuse(m, number[k], expected, line[k], e);
    }
    return 0;
}

/* ---- the contract ---- */

/* ".subckt NAME te be [params:] x0 = 0 ..."; `line` is changed. */
static int check_terminals(const char *line, struct memristor *m, struct err *e)
{
    char *copy = mem_copy_string(line), *word[WORDS_MAX];
    size_t n = split(copy, word), nodes = 0;
    int status = 0;
    bool has_x0 = false;
    for (size_t k = 2; k < n; k++) {
        bool parameter = strcmp(word[k], "params:") == 0 ||
                         (k + 1 < n && strcmp(word[k + 1], "=") == 0);
        if (parameter)
            break;
        nodes++;
    }
    for (size_t k = 2 + nodes; k + 1 < n; k++)
        has_x0 |= strcmp(word[k], "x0") == 0 && strcmp(word[k + 1], "=") == 0;
    if (nodes != 2)
        status = err_set(e, ERR_INPUT,
                         "memristor `%s`: expected two terminals te be, "
                         "found %zu",
                         m->subckt, nodes);
    else if (!has_x0)
        status = err_set(e, ERR_INPUT,
                         "memristor `%s`: expected a parameter x0, the "
                         "state at the start (0..1)",
                         m->subckt);
    for (size_t k = 2 + nodes; status == 0 && k + 2 < n; k++) {
        double value;
        struct buf line_of_one = {0};
        if (strcmp(word[k + 1], "=") != 0 || !text_to_spice(word[k + 2], &value))
            continue;
        buf_printf(&line_of_one, ".param %s = %s\n", word[k], word[k + 2]);
        status = param_parse(&m->declared, line_of_one.data, m->path, e);
        buf_finish(&line_of_one);
    }
    if (status == 0 && param_override(&m->declared, m->params, e) < 0)
        status = err_place(e, "device.params");
    free(copy);
    return status;
}

static bool names_node(const char *line, const char *node)
{
    size_t n = strlen(node);
    for (const char *p = line; (p = strstr(p, node)); p += n)
        if (p > line && isspace((unsigned char)p[-1]) &&
            (!p[n] || isspace((unsigned char)p[n])))
            return true;
    return false;
}

/* The device's lines are those between its .subckt and .ends. */
static int check(struct memristor *m, const char *wanted, size_t n, char *const *line,
                 const size_t *number, struct err *e)
{
    size_t at = n;
    bool inside = false, has_dx = false, ended = false;
    for (size_t k = 0; k < n; k++) {
        char name[64] = "";
        if (at == n && begins(line[k], ".subckt") &&
            sscanf(line[k] + 7, "%63s", name) == 1 &&
            (!*wanted || strcasecmp(name, wanted) == 0)) {
            memcpy(m->subckt, name, sizeof name);
            at = k;
            inside = true;
        } else if (inside && begins(line[k], ".ends")) {
            inside = false;
            ended = true;
        } else if (inside) {
            has_dx |= names_node(line[k], "dx");
        }
    }
    if (at == n) {
        err_set(e, ERR_INPUT, "expected `.subckt %s te be params: x0=0`, found none",
                *wanted ? wanted : "NAME");
        return err_place(e, "%s", m->path);
    }
    int status = check_terminals(line[at], m, e);
    if (status == 0 && !ended)
        status =
            err_set(e, ERR_INPUT, "memristor `%s`: .subckt without .ends", m->subckt);
    if (status == 0 && !has_dx) {
        status = err_set(e, ERR_INPUT,
                         "memristor `%s`: expected an inner node dx that "
                         "carries the state less x0",
                         m->subckt);
        err_hint(e, "see models/memristor.sub");
    }
    return status < 0 ? err_place(e, "%s:%zu", m->path, number[at]) : 0;
}

int memristor_open(struct memristor *m, const char *path, const char *subckt,
                   const char *params, struct err *e)
{
    struct buf text = {0};
    size_t n = 0, *number = NULL;
    *m = (struct memristor){0};
    if (!path || !*path)
        return 0;
    m->path = realpath(path, NULL);
    m->params = mem_copy_string(params);
    if (!m->path) {
        err_errno(e, "read", path);
        return err_hint(e, "device.model names a file with your memristor's .subckt");
    }
    if (strpbrk(m->path, "\"';$\n"))
        return err_set(e, ERR_USAGE,
                       "device.model: a path without quotes, `;` and `$` is "
                       "needed, found `%.200s`",
                       m->path);
    int status = file_read(m->path, FILE_LIMIT, &text, e);
    if (status == 0 && memchr(buf_text(&text), '\0', text.len)) {
        status = err_set(e, ERR_INPUT, "expected text, found a zero byte");
        err_place(e, "%s", m->path);
    }
    if (status == 0)
        status = check_text(m, buf_text(&text), e);
    if (status == 0) {
        char **line = logical_lines(buf_text(&text), &n, &number);
        status = check_cards(m, n, line, number, e);
        if (status == 0)
            status = check(m, subckt, n, line, number, e);
        for (size_t k = 0; k < n; k++)
            free(line[k]);
        free(line);
        free(number);
        sha256_hex(buf_text(&text), text.len, m->sha256);
    }
    buf_finish(&text);
    return status;
}

void memristor_finish(struct memristor *m)
{
    free(m->path);
    free(m->params);
    param_finish(&m->declared);
    *m = (struct memristor){0};
}

void memristor_put(const struct memristor *m, const char *path, struct buf *out)
{
    static const char *const forms[] = {"memristor", "memristor_static"};
    if (!m->path)
        return;
    includes_put(path ? path : m->path, out);
    for (size_t k = 0; k < 2; k++)
        buf_printf(out,
                   ".subckt %s te be params: x0=0\nXu te be %s x0={x0} %s\n"
                   ".ic v(xu.dx)=0\n.ends %s\n",
                   forms[k], m->subckt, m->params, forms[k]);
}

bool memristor_param(const struct memristor *m, const char *name, double *value)
{
    struct err e;
    return param_get(&m->declared, name, value, &e) == 0;
}
