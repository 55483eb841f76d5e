/* Small parsers for words and numbers that come from outside. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole word must be the number (white space around it is allowed); false
 * otherwise, also for nan, inf and what does not fit. */
bool text_to_double(const char *s, double *x);
bool text_to_int(const char *s, int64_t *x);

/* A number as SPICE writes it: an optional scale (t g meg k m u n p f, any case)
 * and then letters that are ignored: "2.4k", "260p", "1.5ms". */
bool text_to_spice(const char *s, double *x);

/* A number, with or without one of those scales behind it and nothing else: "5.7u" is
 * 5.7e-6 to the last bit. */
bool text_to_prefixed(const char *s, double *x);

/* The shortest of such words that gives x back: with a scale, with 15 digits, with 17. */
enum { TEXT_NUMBER = 32 };
void text_from_double(double x, char out[TEXT_NUMBER]);

/* The entry of names[] with the smallest edit distance, or NULL if none is near. */
const char *text_nearest(const char *word, size_t n, const char *const names[]);

/* Bytes for a terminal, cut to fit: UTF-8 stays; control characters, marks that change
 * the direction of writing and what is no UTF-8 become \xNN, byte by byte. */
void text_printable(size_t n, const char bytes[], size_t size, char out[size]);

/* The same for a string; line ends and tabs become blanks. */
void text_one_line(char *s, size_t size, char out[size]); /* changes s */

char *text_trim(char *s); /* in place; returns the first kept character */
