/* The external program gnuplot, which draws all our pictures.
 *
 * It gets the script on its standard input and gives the picture on its standard
 * output; no shell and no file of its own. The ending of the path chooses the kind of
 * picture: .svg or .png. The caller owns the script.
 *
 *     int status = gnuplot_draw("a.svg", 800, 500, "plot sin(x)", &e);
 *
 * A picture that cannot be had (no gnuplot, a gnuplot that fails) is no failure of a
 * run: the status is 1 and `e` says why. A picture that cannot be written is: -1.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

MUST_USE int gnuplot_draw(const char *path, unsigned width_px, unsigned height_px,
                          const char *script, struct err *e);

/* folder/name.svg and .png. A picture that cannot be had is told, once, and 0. */
MUST_USE int gnuplot_save(const char *folder, const char *name, unsigned width_px,
                          unsigned height_px, const char *script, struct err *e);

/* Text from outside as a gnuplot string, quotes included, that stands for itself: one
 * line, no commands, no shell. Whoever uses it says `noenhanced`. */
void gnuplot_quote(struct buf *out, const char *text);

/* The same in bold type; this one is used without `noenhanced`. */
void gnuplot_quote_bold(struct buf *out, const char *text);
