/* Takes from this process all that a simulation does not need.
 *
 * After sandbox_enter the process has an allow list of system calls (seccomp): memory
 * that is never executable, files opened for reading, what is open already. All others
 * are answered with EPERM, so no library can be loaded, no program, process or thread
 * started, no other process seen or signalled, no terminal or socket reached. Landlock,
 * where the kernel has it, leaves of the files those below `readable`; on a kernel
 * without it all files of the user's can be read. Limits (rlimit) and capabilities
 * follow. It cannot be undone. On a kernel without seccomp it is an error: decks may
 * come from outside.
 *
 *     const char *readable[] = {folder, NULL};
 *     sandbox_enter(&(struct sandbox){.readable = readable}, e);
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct sandbox {
    const char *const *readable; /* folders and files, ends with NULL; or NULL: none */
    size_t memory_MB;            /* of addresses, besides what there is; 0: no limit */
};

MUST_USE int sandbox_enter(const struct sandbox *s, struct err *e);

/* Whether this kernel keeps the files of others from the process. */
bool sandbox_hides_files(void);

/* "allow list of 51 calls, Landlock ABI 4", or what the kernel lacks. */
void sandbox_describe(size_t size, char line[]);
