/* Circuit parameters: what stands in .param lines of netlists/ and models/.
 *
 * One source of truth: the same files are included by decks and read here. A file
 * holds one parameter a line, `.param name = number ; unit, meaning`; other lines
 * are comments (`*`), blank, or `.include` and are passed over. Names are lower case.
 * The unit says what a number may be: 1 mohm to 1 Pohm, 1 aF to 1 F, 1 nm to 1 m, 1 fS to
 * 1 kS, 0 to 1 Ms, 1 kV and 1 kA of either sign, 1e-12 to 1e3 A/V^2, 0 to 1e12 of unit 1.
 * The table owns its texts.
 *
 *     struct param_table t = {0};
 *     if (param_read(&t, "netlists/variant_a.param", e) < 0 ||
 *         param_get(&t, "rf", &rf_ohm, e) < 0) ...
 *     param_finish(&t);
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct param {
    char name[48];
    char text[64];     /* the value as written, "2.4k" */
    char comment[128]; /* unit and meaning, may be empty */
    double value;      /* in SI units */
    bool overridden;   /* set by the user, not by the file */
};

/* What one column has for itself, "col3.rf=2.2k". */
struct param_own {
    size_t column;
    char name[48];
    char text[64];
};

struct param_table {
    size_t count, capacity;
    struct param *item; /* [count], in the order of the file */
    size_t owns;
    struct param_own *own; /* [owns], in the order they were given */
};

void param_finish(struct param_table *t);

/* Appends a file's parameters; one that is there already takes the new value. */
MUST_USE int param_read(struct param_table *t, const char *path, struct err *e);
MUST_USE int param_parse(struct param_table *t, const char *text, const char *path,
                         struct err *e);

/* Applies "name=value name=value"; an unknown name is an error that names the
 * nearest known one. "col3.name=value" is for column 3 alone (netlists/column.sub says
 * which parameters a column may have for itself). */
MUST_USE int param_override(struct param_table *t, const char *words, struct err *e);

/* Sets one number, with 9 digits; an unknown name is added with its comment. */
void param_put(struct param_table *t, const char *name, double value,
               const char *comment);

MUST_USE int param_get(const struct param_table *t, const char *name, double *value,
                       struct err *e);

/* The value, or `otherwise` where the table has no such parameter. */
double param_value(const struct param_table *t, const char *name, double otherwise);

/* Whether it was overridden, for all columns or for one. */
bool param_changed(const struct param_table *t, const char *name);

/* The `.param` lines of all (or of the overridden ones alone). */
void param_render(const struct param_table *t, bool only_overridden, struct buf *out);

/* A file's text once more with the values of the table: comments, order and all other
 * lines stay, and a line whose value is the same stays byte for byte. */
void param_rewrite(const struct param_table *t, const char *text, struct buf *out);

/* True if the text assigns the parameter. */
bool param_in_text(const char *text, const char *name);
