/* A fresh folder for each test, gone after it; small helpers around files. */
#ifndef SPIKEBAR_TESTS_FOLDER_H
#define SPIKEBAR_TESTS_FOLDER_H

#include "cm.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline int folder_make(void **state)
{
    char name[] = "/tmp/spikebar-test-XXXXXX";
    *state = mem_copy_string(mkdtemp(name) ? name : "");
    return **(char **)state ? 0 : -1;
}

static inline int folder_remove(void **state)
{
    dir_remove(*state);
    free(*state);
    return 0;
}

/* The test with a folder as its state. */
#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

/* Asserts that a function went well, with its error in the message. */
#define assert_well(status, e)                                                           \
    do {                                                                                 \
        if ((status) < 0)                                                                \
            fail_msg("%s: %s; %s", (e).place, (e).text, (e).hint);                       \
    } while (0)

#define assert_holds(text, part)                                                         \
    do {                                                                                 \
        const char *text_ = (text), *part_ = (part);                                     \
        if (!strstr(text_, part_))                                                       \
            fail_msg("expected `%s` in `%s`", part_, text_);                             \
    } while (0)

/* The whole file; freed by the caller. */
static inline char *folder_read(const char *folder, const char *name, size_t *n)
{
    struct buf b = {0};
    struct err e = {0};
    char *path = path_join(folder, name);
    assert_well(file_read(path, (size_t)1 << 28, &b, &e), e);
    free(path);
    if (n)
        *n = b.len;
    return b.data ? b.data : mem_copy_string("");
}

static inline void folder_write(const char *folder, const char *name, size_t n,
                                const void *bytes)
{
    struct err e = {0};
    char *path = path_join(folder, name);
    assert_well(file_write(path, bytes, n, &e), e);
    free(path);
}

static inline void folder_put(const char *folder, const char *name, const char *text)
{
    folder_write(folder, name, strlen(text), text);
}

static inline char *folder_sub(const char *folder, const char *name)
{
    struct err e = {0};
    char *path = path_join(folder, name);
    assert_well(dir_make(path, &e), e);
    return path;
}

#endif
