#include "study/datadir.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool holds_data(const char *folder)
{
    AUTO_FREE char *mark = path_join(folder, "netlists/array.inc");
    return file_exists(mark);
}

/* The folder beside the running program's own, or NULL. */
static char *beside_program(const char *relative)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0)
        return NULL;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    AUTO_FREE char *joined = path_join(path, relative);
    return realpath(joined, NULL);
}

static char *asked_for(const char *folder, const char *by, struct err *e)
{
    char *real = realpath(folder, NULL);
    if (real && holds_data(real))
        return real;
    free(real);
    err_set(e, ERR_FILE, "expected a folder with netlists/array.inc in it");
    err_place(e, "%s %s", by, folder);
    return NULL;
}

char *datadir_find(const char *option, struct err *e)
{
    static const char *const relative[] = {"../share/spikebar", SPIKEBAR_SOURCE_ROOT};
    const char *environment = getenv("SPIKEBAR_DATA");
    if (option)
        return asked_for(option, "--data", e);
    if (environment && *environment)
        return asked_for(environment, "SPIKEBAR_DATA", e);
    for (size_t i = 0; i < sizeof relative / sizeof relative[0]; i++) {
        char *folder = beside_program(relative[i]);
        if (folder && holds_data(folder))
            return folder;
        free(folder);
    }
    err_set(e, ERR_FILE, "cannot find the folder with netlists/, models/, datasets/");
    err_hint(e, "name it with --data DIR or SPIKEBAR_DATA");
    return NULL;
}

char *datadir_resolve(const char *root, const char *kind, const char *name)
{
    char *here = realpath(name, NULL);
    if (here)
        return here;
    if (name[0] != '/') {
        char *folder = path_join(root, kind), *there = path_join(folder, name);
        free(folder);
        if (file_exists(there))
            return there;
        free(there);
    }
    return mem_copy_string(name);
}

char *datadir_resolve_list(const char *root, const char *kind, const char *names)
{
    struct buf out = {0};
    char *copy = mem_copy_string(names), *rest = copy, *name;
    while ((name = strsep(&rest, ","))) {
        char *path = datadir_resolve(root, kind, name);
        buf_printf(&out, "%s%s", out.len ? "," : "", path);
        free(path);
    }
    free(copy);
    return out.data;
}
