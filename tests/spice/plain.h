/* Plain ngspice, run as a user would, in an empty folder of its own.
 *
 *     char folder[PLAIN_FOLDER];
 *     plain_open(folder);
 *     plain_ngspice(folder, (const char *[]){"-b", deck, NULL}, &said);
 *     plain_close(folder);
 *
 * Without ngspice on the PATH the test fails: it belongs to what is tested.
 */
#ifndef SPIKEBAR_TESTS_PLAIN_H
#define SPIKEBAR_TESTS_PLAIN_H

#include "cm.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLAIN_FOLDER 40

static inline void plain_put(const char *folder, const char *name, const char *text)
{
    struct err e = {0};
    char *path = path_join(folder, name);
    if (file_write(path, text, strlen(text), &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    free(path);
}

/* The folder is HOME too: its .spiceinit is the one that ngspice reads. */
static inline void plain_open(char folder[PLAIN_FOLDER])
{
    strcpy(folder, "/tmp/spikebar-plain-XXXXXX");
    assert_non_null(mkdtemp(folder));
    plain_put(folder, ".spiceinit", "set num_threads=1\n");
}

static inline void plain_close(const char *folder)
{
    dir_remove(folder);
}

/* In the child: never returns. Its output goes into the file `said`. */
static inline void plain_become(const char *folder, const char *const words[])
{
    const char *argv[16] = {"ngspice"};
    for (int k = 0; words[k] && k < 14; k++)
        argv[k + 1] = words[k];
    setenv("HOME", folder, 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    if (chdir(folder) == 0) {
        int in = open("/dev/null", O_RDONLY);
        int out = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(in, 0), dup2(out, 1), dup2(out, 2);
        execvp("ngspice", (char **)(uintptr_t)argv);
    }
    _exit(127);
}

/* Appends what ngspice prints to `said`. */
static inline void plain_ngspice(const char *folder, const char *const words[],
                                 struct buf *said)
{
    struct err e = {0};
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        plain_become(folder, words);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        fail_msg("ngspice is not on the PATH: install the package ngspice");
    char *path = path_join(folder, "said");
    if (file_read(path, (size_t)1 << 26, said, &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    free(path);
    if (!WIFEXITED(status))
        fail_msg("ngspice died of signal %d:\n%s", WTERMSIG(status), buf_text(said));
}

#endif
