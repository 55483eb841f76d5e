/* Files and folders, whole: read, written so that a reader never sees half, hashed.
 *
 * A written file appears under its name only after its bytes are on the disk
 * (temporary name in the same folder, fsync, rename, fsync of the folder). The temporary
 * file, NAME.tmpPID, is locked (fcntl) until then: one that is not was left behind.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SHA256_HEX 65 /* 64 digits and the NUL */

/* Appends the whole file to `out`; more than `limit` bytes is an error. */
MUST_USE int file_read(const char *path, size_t limit, struct buf *out, struct err *e);

/* Whole or not at all: the file is replaced when all of it is on the disk. A link stays
 * and what it names is replaced; a pipe or a device is written to as it stands. */
MUST_USE int file_write(const char *path, const void *data, size_t n, struct err *e);
MUST_USE int file_write_in(const char *folder, const char *name, const void *data,
                           size_t n, struct err *e);

/* The same for a file that must not be there yet; 1, and nothing is changed, if it is.
 * Of any number of processes on any number of hosts one alone makes it. */
MUST_USE int file_create(const char *path, const void *data, size_t n, struct err *e);

/* Whether so many bytes can be written there now; nothing is left of trying. */
MUST_USE int file_room(const char *folder, size_t bytes, struct err *e);

/* Removes what writers that are gone have left behind in a folder, and in those below it
 * down to `depth`. */
void file_clean(const char *folder, int depth);

bool file_exists(const char *path);

/* Makes the folder and its parents; fine if it is there. */
MUST_USE int dir_make(const char *path, struct err *e);

/* TMPDIR, else /tmp. */
const char *dir_temporary(void);

/* An empty folder of our own there, "spikebar-KIND-" and six letters. NULL with *e filled if it
 * cannot be made. Owned by the caller, who also removes the folder. */
char *dir_make_temporary(const char *kind, struct err *e);

/* Removes a folder with all that is in it; never follows a link out of it. */
void dir_remove(const char *path);

/* "folder/name", or name alone if it is absolute. Owned by the caller. */
char *path_join(const char *folder, const char *name);
const char *path_base(const char *path); /* what follows the last '/' */

void sha256_hex(const void *data, size_t n, char hex[SHA256_HEX]);
MUST_USE int sha256_file(const char *path, char hex[SHA256_HEX], struct err *e);
uint32_t crc32_of(const void *data, size_t n); /* zlib's */
