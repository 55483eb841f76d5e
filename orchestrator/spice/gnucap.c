#include "spice/gnucap.h"

#include "base/child.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A column of image 12 (variant b), maxima above rest against circuit_reference: reltol
 * 1e-4, 1e-5, 1e-6 are 0.14, 0.18, 0.11 % off, and the wave 0.55, 0.48, 0.11 % rms, in 1,
 * 2 and 8 s; with gnucap's bypass, which takes a device for unchanged within a tenth of
 * reltol, 1.3, and 1.0 % rms. Steps of 10 and 5 us leave 0.21 and 0.08 % and 0.13 % rms:
 * what is left is not the step's. */
#define STEP_S 20e-6
static const char tolerances[] = "reltol=1e-6 vntol=1e-8 numdgt=12 nobypass";

enum {
    DEPTH = 16,
    COPIES = 4096,
    WORDS = 4096,
    OUTPUT_LIMIT = 64 << 20,
    FILE_LIMIT = 1 << 20
};

const char *const gnucap_changes[] = {
    "included files stand in place",
    "subcircuits expanded: gnucap's see no parameters from outside, no .global",
    "m=N of a subcircuit as N of them",
    ".save, .meas: one .print",
    "reltol 1e-6, vntol 1e-8, steps of 20 us, no bypass",
    NULL,
};

/* ---- a deck as a list of lines ---- */

struct lines {
    size_t count;
    char **line;
};

static void lines_add(struct lines *l, const char *text)
{
    l->line = mem_resize(l->line, l->count + 1, sizeof *l->line);
    l->line[l->count++] = mem_copy_string(text);
}

static void lines_finish(struct lines *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->line[i]);
    free(l->line);
    *l = (struct lines){0};
}

/* A continuation joins the line before; comments go, as ngspice reads them; no blanks
 * around '='. */
static void take_line(struct lines *l, char *text)
{
    for (char *c = text; *c; c++)
        if (*c == ';' || (*c == '$' && c > text && strchr(" \t,", c[-1])))
            *c = '\0';
    char *line = text_trim(text), *to = line;
    if (!*line || *line == '*')
        return;
    for (const char *c = line; *c; c++) {
        if (isspace((unsigned char)*c) &&
            (c[strspn(c, " \t")] == '=' || (to > line && to[-1] == '=')))
            continue;
        *to++ = (char)tolower((unsigned char)*c);
    }
    *to = '\0';
    if (*line != '+' || l->count == 0) {
        lines_add(l, line);
        return;
    }
    char **last = &l->line[l->count - 1];
    struct buf b = {0};
    buf_printf(&b, "%s %s", *last, line + 1);
    free(*last);
    *last = b.data;
}

/* All lines of a text in `folder` and of what it includes. Names of files keep their
 * letters. */
static int take_text(struct lines *l, const char *text, const char *folder, int depth,
                     struct err *e)
{
    static const char include[] = ".include";
    char *copy = mem_copy_string(text), *rest = copy, *line;
    int status = 0;
    while (status == 0 && (line = strsep(&rest, "\n"))) {
        if (strncasecmp(line, include, strlen(include)) != 0) {
            take_line(l, line);
            continue;
        }
        char *path = path_join(folder, text_trim(line + strlen(include)));
        char *slash = strrchr(path, '/');
        struct buf inner = {0};
        status = depth == DEPTH ? err_set(e, ERR_INPUT, "%s: includes too deep", path)
                                : file_read(path, FILE_LIMIT, &inner, e);
        if (slash)
            *slash = '\0';
        if (status == 0)
            status = take_text(l, buf_text(&inner), slash ? path : folder, depth + 1, e);
        buf_finish(&inner);
        free(path);
    }
    free(copy);
    return status;
}

/* ---- words, names and their values ---- */

/* Splits at blanks that no brace or parenthesis holds; changes `line`. */
static size_t split(char *line, char *word[WORDS])
{
    size_t n = 0;
    int held = 0;
    bool inside = false;
    for (char *c = line; *c; c++) {
        held += (*c == '{' || *c == '(') - (*c == '}' || *c == ')');
        bool blank = held <= 0 && isspace((unsigned char)*c);
        if (blank)
            *c = '\0';
        else if (!inside && n < WORDS)
            word[n++] = c;
        inside = !blank;
    }
    return n;
}

/* Names and what stands for them: parameters and their expressions, or ports and nodes.
 */
struct scope {
    size_t count;
    struct {
        char *name, *value;
    } * item;
};

static const char *scope_find(const struct scope *s, size_t n, const char *name)
{
    for (size_t i = s->count; i-- > 0;)
        if (strlen(s->item[i].name) == n && memcmp(s->item[i].name, name, n) == 0)
            return s->item[i].value;
    return NULL;
}

static void scope_put(struct scope *s, size_t n, const char *name, const char *value)
{
    struct buf b = {0};
    buf_append(&b, name, n);
    s->item = mem_resize(s->item, s->count + 1, sizeof *s->item);
    s->item[s->count].name = b.data;
    s->item[s->count++].value = mem_copy_string(value);
}

static void scope_finish(struct scope *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->item[i].name);
        free(s->item[i].value);
    }
    free(s->item);
    *s = (struct scope){0};
}

/* An expression with the names of a scope replaced; a number such as 1u or 2e-6 is no
 * name. */
static void put_expression(const char *text, size_t n, const struct scope *s,
                           struct buf *out)
{
    for (size_t i = 0, from; i < n; buf_append(out, text + from, i - from)) {
        from = i;
        unsigned char c = (unsigned char)text[i++];
        bool number = isdigit(c) || c == '.', name = isalpha(c) || c == '_';
        while (i < n && (number || name) &&
               (isalnum((unsigned char)text[i]) || strchr("._", text[i]) ||
                (number && strchr("+-", text[i]) && text[i - 1] == 'e')))
            i++;
        const char *value = name ? scope_find(s, i - from, text + from) : NULL;
        if (value) {
            buf_printf(out, "(%s)", value);
            from = i;
        }
    }
}

/* A word with what its braces hold replaced. */
static void put_word(const char *word, const struct scope *s, struct buf *out)
{
    for (const char *open; (open = strchr(word, '{')); word = open) {
        size_t n = strcspn(open, "}");
        buf_append(out, word, (size_t)(open + 1 - word));
        put_expression(open + 1, n - 1, s, out);
        open += n;
    }
    buf_puts(out, word);
}

/* The value of "name=value" for a scope: without braces, names of the outer one gone. */
static void put_value(struct scope *inner, const char *assignment,
                      const struct scope *outer)
{
    size_t n = strcspn(assignment, "=");
    const char *value = assignment + n + (assignment[n] == '=');
    struct buf b = {0};
    size_t length = strlen(value);
    if (*value == '{')
        put_expression(value + 1, length - 2, outer, &b);
    else
        buf_puts(&b, value);
    scope_put(inner, n, assignment, buf_text(&b));
    buf_finish(&b);
}

/* ---- expansion ---- */

struct netlist {
    struct lines deck;
    struct scope nodes_everywhere; /* of .global */
    struct buf *out;
    struct err *e;
};

/* Where an element stands: its subcircuit's path, ports and parameters. */
struct place {
    const char *path; /* "" on top */
    const struct scope *port, *param;
    int depth;
};

static void put_node(const struct netlist *w, const struct place *p, const char *node,
                     struct buf *out)
{
    const char *outer = scope_find(p->port, strlen(node), node);
    bool plain = !*p->path || strcmp(node, "0") == 0 ||
                 scope_find(&w->nodes_everywhere, strlen(node), node);
    if (outer)
        buf_puts(out, outer);
    else if (plain)
        buf_puts(out, node);
    else
        buf_printf(out, "%s_%s", p->path, node);
}

static int put_element(struct netlist *w, const struct place *p, const char *line);

static bool is_card(const char *line, const char *card)
{
    size_t n = strlen(card);
    return strncmp(line, card, n) == 0 && (!line[n] || isspace((unsigned char)line[n]));
}

/* The line behind that of ".subckt NAME", of several the first, as in ngspice; 0: none.
 */
static size_t find_body(const struct netlist *w, const char *name, const char **head)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < w->deck.count; i++) {
        const char *line = w->deck.line[i];
        if (!is_card(line, ".subckt"))
            continue;
        const char *at = line + 7 + strspn(line + 7, " \t");
        if (strncmp(at, name, n) == 0 && (!at[n] || isspace((unsigned char)at[n]))) {
            *head = line;
            return i + 1;
        }
    }
    return 0;
}

static int put_body(struct netlist *w, size_t first, const struct place *p)
{
    int status = 0;
    for (size_t i = first; i < w->deck.count && status == 0; i++) {
        const char *line = w->deck.line[i];
        if (is_card(line, ".ends"))
            break;
        status = *line == '.'
                     ? err_set(w->e, ERR_INPUT,
                               "for gnucap: expected elements in a subcircuit, found "
                               "`%.60s`",
                               line)
                     : put_element(w, p, line);
    }
    return status;
}

/* Ports and parameters of an instance: words 1 .. n - 1 of its line, those of the head. A
 * body sees what its caller sees, as in ngspice: a column's rf is that of its TIA. */
static int bind(const struct netlist *w, const struct place *p, size_t n,
                char *const word[n], const char *head, struct scope *port,
                struct scope *param, size_t *copies)
{
    char *copy = mem_copy_string(head), **formal = mem_alloc(WORDS, sizeof *formal);
    size_t nodes = 1, ports = 0, formals = split(copy, formal);
    for (size_t i = 0; i < p->param->count; i++)
        scope_put(param, strlen(p->param->item[i].name), p->param->item[i].name,
                  p->param->item[i].value);
    while (nodes + 1 < n && !strchr(word[nodes + 1], '='))
        nodes++; /* the last without '=' is the subcircuit's name */
    for (size_t i = 2; i < formals; i++) {
        struct buf b = {0};
        if (strcmp(formal[i], "params:") == 0)
            continue;
        if (strchr(formal[i], '=')) {
            put_value(param, formal[i], p->param);
            continue;
        }
        if (++ports < nodes) {
            put_node(w, p, word[ports], &b);
            scope_put(port, strlen(formal[i]), formal[i], buf_text(&b));
        }
        buf_finish(&b);
    }
    int status = 0;
    if (ports + 1 != nodes)
        status = err_set(w->e, ERR_INPUT, "%s: expected %zu nodes, found %zu", word[0],
                         ports, nodes - 1);
    for (size_t i = nodes + 1; i < n && status == 0; i++) {
        double m;
        if (strncmp(word[i], "m=", 2) != 0)
            put_value(param, word[i], p->param);
        else if (text_to_double(word[i] + 2, &m) && m >= 1 && m <= COPIES &&
                 m == floor(m))
            *copies = (size_t)m;
        else
            status = err_set(w->e, ERR_INPUT, "%s: expected m from 1 to %d, found `%s`",
                             word[0], COPIES, word[i]);
    }
    free(formal);
    free(copy);
    return status;
}

static int put_instance(struct netlist *w, const struct place *p, size_t n,
                        char *const word[n])
{
    struct scope port = {0}, param = {0};
    size_t name = 1, copies = 1;
    const char *head = NULL;
    while (name + 1 < n && !strchr(word[name + 1], '='))
        name++;
    size_t first = n > 1 ? find_body(w, word[name], &head) : 0;
    if (first == 0)
        return err_set(w->e, ERR_INPUT, "%s: no subcircuit `%s`", word[0],
                       word[n > 1 ? name : 0]);
    if (p->depth == DEPTH)
        return err_set(w->e, ERR_INPUT, "%s: subcircuits too deep", word[0]);
    int status = bind(w, p, n, word, head, &port, &param, &copies);
    for (size_t k = 0; k < copies && status == 0; k++) {
        struct buf path = {0};
        buf_printf(&path, "%s%s%s", p->path, *p->path ? "_" : "", word[0]);
        if (copies > 1)
            buf_printf(&path, "_m%zu", k);
        struct place inner = {path.data, &port, &param, p->depth + 1};
        status = put_body(w, first, &inner);
        buf_finish(&path);
    }
    scope_finish(&port);
    scope_finish(&param);
    return status;
}

/* Nodes of an element by its letter; 0: not for gnucap. */
static size_t nodes_of(char letter)
{
    switch (letter) {
    case 'r':
    case 'c':
    case 'v':
        return 2;
    case 'g':
    case 'e':
    case 'm':
        return 4;
    default:
        return 0;
    }
}

static int put_element(struct netlist *w, const struct place *p, const char *line)
{
    char *copy = mem_copy_string(line), **word = mem_alloc(WORDS, sizeof *word);
    size_t n = split(copy, word), nodes = nodes_of(*word[0]);
    int status = 0;
    if (*word[0] == 'x')
        status = put_instance(w, p, n, word);
    else if (nodes == 0 || n < nodes + 2)
        status = err_set(w->e, ERR_INPUT, "gnucap has no element such as `%.60s`%s%s",
                         line, *p->path ? " of " : "", p->path);
    else {
        if (*p->path)
            buf_printf(w->out, "%c_%s_", *word[0], p->path);
        buf_puts(w->out, word[0]);
        for (size_t i = 1; i < n; i++) {
            buf_puts(w->out, " ");
            if (i <= nodes)
                put_node(w, p, word[i], w->out);
            else
                put_word(word[i], p->param, w->out);
        }
        buf_puts(w->out, "\n");
    }
    free(word);
    free(copy);
    return status;
}

/* ---- the whole deck ---- */

/* True if a later line sets the parameter of this one: of two the last counts, also in
 * what was written between them. */
static bool set_later(const struct lines *l, size_t i)
{
    const char *name = l->line[i];
    size_t n = strcspn(name, "=") + 1;
    for (size_t k = i + 1; k < l->count; k++)
        if (strncmp(l->line[k], name, n) == 0)
            return true;
    return false;
}

static void put_params(const struct netlist *w)
{
    for (size_t i = 0; i < w->deck.count; i++)
        if (is_card(w->deck.line[i], ".param") && !set_later(&w->deck, i))
            buf_printf(w->out, "%s\n", w->deck.line[i]);
}

/* gmin, abstol, temp and tnom as they are; the other tolerances are gnucap's own. */
static void put_options(struct netlist *w, const char *line)
{
    static const char *const kept[] = {"gmin=", "abstol=", "temp=", "tnom="};
    char *copy = mem_copy_string(line), *rest = copy, *word;
    while ((word = strsep(&rest, " ")))
        for (size_t k = 0; k < sizeof kept / sizeof kept[0]; k++)
            if (strncmp(word, kept[k], strlen(kept[k])) == 0)
                buf_printf(w->out, ".options %s\n", word);
    free(copy);
}

static int put_analysis(struct netlist *w, const char *line, size_t n,
                        const char *const node[n])
{
    char stop[32];
    double stop_s;
    if (sscanf(line, ".tran %*s %31s", stop) != 1 || !text_to_spice(stop, &stop_s))
        return err_set(w->e, ERR_INPUT, "expected `.tran STEP STOP`, found `%s`", line);
    buf_printf(w->out, ".options %s\n.print tran", tolerances);
    for (size_t k = 0; k < n; k++)
        buf_printf(w->out, " v(%s)", node[k]);
    buf_printf(w->out, "\n.tran %g %.12g\n", STEP_S, stop_s);
    return 0;
}

static int put_line(struct netlist *w, const char *line, size_t n,
                    const char *const node[n], size_t *analyses)
{
    static const char *const gone[] = {".param", ".func", ".global", ".save",
                                       ".meas",  ".end",  ".ends"};
    static const struct scope none = {0};
    static const struct place top = {"", &none, &none, 0};
    if (*line != '.')
        return put_element(w, &top, line);
    for (size_t k = 0; k < sizeof gone / sizeof gone[0]; k++)
        if (is_card(line, gone[k]))
            return 0;
    if (is_card(line, ".model"))
        buf_printf(w->out, "%s\n", line);
    else if (is_card(line, ".options"))
        put_options(w, line);
    else if (is_card(line, ".tran"))
        return ++*analyses == 1 ? put_analysis(w, line, n, node) : 0;
    else
        return err_set(w->e, ERR_INPUT, "gnucap has no line such as `%.60s`", line);
    return 0;
}

static void learn_globals(struct netlist *w)
{
    for (size_t i = 0; i < w->deck.count; i++)
        if (is_card(w->deck.line[i], ".global")) {
            char *copy = mem_copy_string(w->deck.line[i] + 7), *rest = copy, *word;
            while ((word = strsep(&rest, " \t")))
                scope_put(&w->nodes_everywhere, strlen(word), word, word);
            free(copy);
        }
}

int gnucap_translate(const char *deck, const char *folder, size_t n,
                     const char *const node[n], struct buf *out, struct err *e)
{
    struct netlist w = {.out = out, .e = e};
    const char *title = strchr(deck, '\n'); /* the first line is one, whatever it says */
    size_t analyses = 0;
    bool body = false;
    int status = take_text(&w.deck, title ? title + 1 : "", folder, 0, e);
    learn_globals(&w);
    buf_puts(out, "from the deck of ngspice\n");
    put_params(&w);
    /* gnucap obeys line by line: the analysis stands behind all elements */
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < w.deck.count && status == 0; i++) {
            const char *line = w.deck.line[i];
            body = is_card(line, ".subckt") || (body && !is_card(line, ".ends"));
            bool late = is_card(line, ".tran");
            if (!body && late == (last == 1))
                status = put_line(&w, line, n, node, &analyses);
        }
    if (status == 0 && analyses != 1)
        status = err_set(e, ERR_INPUT, "expected one .tran, found %zu", analyses);
    buf_puts(out, ".end\n");
    scope_finish(&w.nodes_everywhere);
    lines_finish(&w.deck);
    return status;
}

/* ---- the run ---- */

/* The version of the program, or why it does not work. */
bool gnucap_works(char said[96])
{
    static const char *const words[] = {"gnucap", "-b", "/dev/stdin", NULL};
    static const char plugins[] = "default plugins:", version[] = "core-lib version:";
    struct child c = {
        .word = words, .input = "\n.end\n", .deadline_s = 10, .limit = 65536};
    struct err e = {0};
    bool ran = child_run(&c, &e) == 0;
    const char *text = buf_text(&c.output), *at = strstr(text, version);
    bool works = ran && at && strstr(text, plugins);
    if (c.missing)
        snprintf(said, 96,
                 "gnucap is not installed (packages gnucap and "
                 "gnucap-default-plugins0)");
    else if (!ran)
        snprintf(said, 96, "%.90s", e.text);
    else if (!works)
        snprintf(said, 96, "gnucap has no models (package gnucap-default-plugins0)");
    else {
        at += strlen(version);
        at += strspn(at, " ");
        snprintf(said, 96, "%.*s", (int)(strcspn(at, "\n") < 60 ? strcspn(at, "\n") : 60),
                 at);
    }
    child_finish(&c);
    return works;
}

/* Numbers of a row "time value value ..": n, or another number but 0 if it is broken. */
static size_t read_row(char *line, size_t n, double row[n])
{
    size_t count = 0;
    char *rest = line, *word;
    while ((word = strsep(&rest, " \t\r"))) {
        if (!*word)
            continue;
        if (count == n || !text_to_spice(word, &row[count++]))
            return n + 1;
    }
    return count;
}

static int append(struct trace *t, size_t *room, const double *row, struct err *e)
{
    if (t->points > 0 && !(row[0] > t->time_s[t->points - 1]))
        return err_set(e, ERR_SIMULATOR, "gnucap's time does not rise at %g s", row[0]);
    if (t->points == *room) {
        *room = *room ? 2 * *room : 1024;
        t->time_s = mem_resize(t->time_s, *room, sizeof *t->time_s);
        for (size_t k = 0; k < t->count; k++)
            t->value[k] = mem_resize(t->value[k], *room, sizeof **t->value);
    }
    t->time_s[t->points] = row[0];
    for (size_t k = 0; k < t->count; k++)
        t->value[k][t->points] = row[k + 1];
    t->points++;
    return 0;
}

int gnucap_read(const char *text, size_t n, const char *const node[n], double stop_s,
                struct trace *t, struct err *e)
{
    const char *table = strstr(text, "#Time");
    char *copy = mem_copy_string(table ? table : ""), *rest = copy, *line;
    double *row = mem_alloc(n + 1, sizeof *row);
    size_t room = 0;
    int status = table ? 0 : err_set(e, ERR_SIMULATOR, "gnucap gave no table");
    trace_init(t, 0, n);
    for (size_t k = 0; k < n; k++)
        t->name[k] = mem_copy_string(node[k]);
    strsep(&rest, "\n");
    while (status == 0 && rest && (line = strsep(&rest, "\n"))) {
        size_t found = *line == ' ' ? read_row(line, n + 1, row) : 0;
        if (found == n + 1)
            status = append(t, &room, row, e);
        else if (found > 0)
            status = err_set(e, ERR_SIMULATOR,
                             "gnucap: row %zu: expected %zu numbers, found another row",
                             t->points + 1, n + 1);
        else if (strstr(line, "did not converge"))
            status = err_set(e, ERR_SIMULATOR, "gnucap: a step did not converge");
    }
    if (status == 0 && (t->points < 2 || t->time_s[t->points - 1] < stop_s - STEP_S))
        status = err_set(e, ERR_SIMULATOR, "gnucap stopped at %g of %g s",
                         t->points ? t->time_s[t->points - 1] : 0, stop_s);
    if (status < 0)
        trace_finish(t);
    free(row);
    free(copy);
    return status;
}

int gnucap_run(const char *netlist, size_t n, const char *const node[n], double stop_s,
               double deadline_s, struct trace *t, struct err *e)
{
    static const char *const words[] = {"gnucap", "-b", "/dev/stdin", NULL};
    struct child c = {
        .word = words, .input = netlist, .deadline_s = deadline_s, .limit = OUTPUT_LIMIT};
    *t = (struct trace){0};
    int status = child_run(&c, e);
    if (status == 0)
        status = gnucap_read(buf_text(&c.output), n, node, stop_s, t, e);
    child_finish(&c);
    return status;
}
