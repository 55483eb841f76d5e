/* JSON as we write it: indented, a line end after it, null for what is not finite.
 *
 *     json_number(o, "error_rms", rms);
 *     json_write_in(folder, "summary.json", o, e);
 *     json_print(o);
 */
#pragma once

#include "base/err.h"

#include <cjson/cJSON.h>

void json_number(cJSON *object, const char *key, double x);
void json_numbers(cJSON *object, const char *keys, const double x[]); /* "a,b,c" */
void json_text(cJSON *object, const char *key, const char *text);     /* NULL: null */

/* The number at the key, `otherwise` if there is none; a dot opens an inner object. */
double json_get(const cJSON *object, const char *key, double otherwise);

void json_print(const cJSON *object); /* on stdout */
void json_print_and_delete(cJSON *object);
MUST_USE int json_write_in(const char *folder, const char *name, const cJSON *object,
                           struct err *e);
