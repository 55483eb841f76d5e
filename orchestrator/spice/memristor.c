#include "spice/memristor.h"

#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_LIMIT (1 << 20)
enum { WORDS_MAX = 256 };

/* The file as logical lines: lower case, continuations joined, comments gone. */
static char **logical_lines(const char *text, size_t *count, size_t **number)
{
    char *copy = mem_copy_string(text), *rest = copy, *line, **list = NULL;
    size_t n = 0, at = 0;
    *number = NULL;
    while ((line = strsep(&rest, "\n"))) {
        at++;
        line[strcspn(line, ";")] = '\0';
        line = text_trim(line);
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

/* Card words that do more than describe a device. */
static const char *forbidden(const char *line)
{
    static const char *const commands[] = {".control", ".endc",  ".exec",     "shell",
                                           "!",        "source", "codemodel", "osdi"};
    static const char *const readers[] = {".include", ".inc", ".lib", ".incl"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (begins(line, commands[i]))
            return "runs commands";
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (begins(line, readers[i]))
            return "reads another file";
    return NULL;
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
static int check(struct memristor *m, const char *wanted, size_t n, char *const line[n],
                 const size_t number[n], struct err *e)
{
    size_t at = n;
    bool inside = false, has_dx = false, ended = false;
    for (size_t k = 0; k < n; k++) {
        const char *why = forbidden(line[k]);
        if (why) {
            err_set(e, ERR_INPUT, "a memristor model that %s is refused: `%.40s`", why,
                    line[k]);
            err_hint(e, "a model file holds .subckt, .param, .func and .model alone");
            return err_place(e, "%s:%zu", m->path, number[k]);
        }
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
    if (strpbrk(m->path, " \t\"'"))
        return err_set(e, ERR_USAGE,
                       "device.model: a path without blanks and quotes is "
                       "needed, found `%.200s`",
                       m->path);
    int status = file_read(m->path, FILE_LIMIT, &text, e);
    if (status == 0 && memchr(buf_text(&text), '\0', text.len))
        status = err_set(e, ERR_INPUT, "%s: expected text", m->path);
    if (status == 0) {
        char **line = logical_lines(buf_text(&text), &n, &number);
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
    buf_printf(out, ".include %s\n", path ? path : m->path);
    for (size_t k = 0; k < 2; k++)
        buf_printf(out,
                   ".subckt %s te be params: x0=0\nXu te be %s x0={x0} %s\n"
                   ".ends %s\n",
                   forms[k], m->subckt, m->params, forms[k]);
}

bool memristor_param(const struct memristor *m, const char *name, double *value)
{
    struct err e;
    return param_get(&m->declared, name, value, &e) == 0;
}
