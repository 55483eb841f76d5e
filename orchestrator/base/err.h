/* Errors that have an outside reason.
 *
 * A function that can fail takes a `struct err *` as its last argument and
 * returns 0, or a negative number after filling it. The caller owns the struct;
 * it holds no pointers, so it needs no release. Only the command line prints it. What
 * could not be shown on a terminal is escaped as it is filled in (text_one_line), so
 * that messages may quote any file.
 *
 *     struct err e = {0};
 *     if (file_read(path, &text, &e) < 0)
 *         return err_print(&e);
 */
#pragma once

#include <errno.h>
#include <stddef.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Before a declaration: the variable is released when its block is left, on whichever
 * way, the last one first. It must have a value before the first return behind it, and
 * stands alone in its declaration, unless all names in it are to be released:
 *
 *     AUTO(buf_finish) struct buf text = {0};
 *     AUTO_FREE char *path = path_join(folder, name);
 */
#define AUTO(finish) __attribute__((cleanup(finish)))

enum err_code {
    ERR_NONE = 0,
    ERR_USAGE,       /* a word of the command line or a key of the study is wrong */
    ERR_INPUT,       /* a file's contents are not what they should be */
    ERR_FILE,        /* a file cannot be opened, read or written */
    ERR_SIMULATOR,   /* the circuit simulator is missing or cannot work */
    ERR_INTERRUPTED, /* the user asked to stop; what is done is kept */
};

struct err {
    enum err_code code;
    char place[512]; /* "file:line:column", "--option", a study key; may be empty */
    char text[768];  /* what was expected, what was found */
    char hint[384];  /* what to do; may be empty */
};

/* Fills code and text, clears place and hint. Returns -1, so that a function can
 * `return err_set(...)`. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Adds the place (unless a more exact one stands there) or the hint. Return -1. */
int err_place(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
int err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* "cannot read PATH: No such file or directory", from errno. Returns -1. */
int err_errno(struct err *e, const char *doing, const char *path);

/* Takes over the sizeof(struct err) bytes of an error that another process sent; it is
 * not trusted: texts end, an unknown code is the simulator's. Returns -1. */
int err_receive(struct err *e, const void *bytes);

/* The whole error as one line "spikebar: place: text; hint" without line end. */
void err_format(const struct err *e, size_t size, char line[]);
