/* The records of finished units, in files that nothing can tear more than a line of.
 *
 * Each process appends to a file of its own in DIR/attempts (host and pid in the
 * name): one record a line, JSON of unit id and payload and a CRC of the bytes before
 * it, one write() a record and then fdatasync. A file has one writer for ever, so there
 * are no locks, and network file systems will do. Reading takes what checks and skips
 * the rest; a torn tail costs one unit, and so does a record with a number that is none.
 * Equal records of a unit count once; a failure gives way to a result. Differing results
 * of a unit are all kept, in order of their bytes: what they mean is for run/units.h.
 *
 *     store_open(&st, folder, e);  store_load(&st, e);
 *     if (!store_find(&st, id)) { ...; store_append(&st, id, payload, e); }
 *     store_close(&st);
 */
#pragma once

#include "run/plan.h"

#include <cjson/cJSON.h>

enum { STORE_FRAME = 56 }; /* bytes of a record's line around its payload */

/* The "status" of a record's payload. */
enum store_status { STORE_OTHER, STORE_DONE, STORE_FAILED };

struct store_record {
    char id[UNIT_ID];
    char *payload; /* JSON text */
    enum store_status status;
    const char *file; /* of DIR/attempts; NULL: appended by this process */
};

struct store {
    char *folder; /* DIR/attempts */
    int fd;       /* this process's file, -1 until the first record */
    size_t count, capacity;
    struct store_record *record; /* [count]; in order of their ids */
    size_t files;
    char **file; /* [files] names that were read */
    size_t duplicates, conflicts, torn;
};

MUST_USE int store_open(struct store *st, const char *folder, struct err *e);
MUST_USE int store_load(struct store *st, struct err *e);
void store_close(struct store *st);

enum store_status store_status(const char *payload);

/* Passes over failed records, so that their units are missing. */
void store_forget_failures(struct store *st);

/* The payload of a unit, the first if there are several; or NULL. */
const char *store_find(const struct store *st, const char id[UNIT_ID]);

/* All records of a unit, [*count]. */
const struct store_record *store_all(const struct store *st, const char id[UNIT_ID],
                                     size_t *count);

/* On the disk when it returns. The payload is copied. */
MUST_USE int store_append(struct store *st, const char id[UNIT_ID], const char *payload,
                          struct err *e);

/* Adds the records among the bytes of one attempt file. */
void store_scan(struct store *st, size_t n, const char *bytes);
