#include "base/child.h"

#include "base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { LOOK_MS = 200 }; /* so often is looked whether the user wants to stop */

/* A file without a name that holds the text, at its start; -1 if there is no room. */
static int hold(const char *text)
{
    size_t n = text ? strlen(text) : 0;
    int fd = memfd_create("child", MFD_CLOEXEC);
    while (fd >= 0 && n) {
        ssize_t k = write(fd, text, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0) {
            close(fd);
            return -1;
        }
        text += k;
        n -= (size_t)k;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* 0 or an errno. */
static int start(const struct child *c, const int fd[3], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    char *const *words = (char *const *)(uintptr_t)c->word; /* spawn changes none */
    int status = posix_spawn_file_actions_init(&actions);
    if (status)
        return status;
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0); /* Ctrl-C is ours to pass on */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    status = posix_spawn_file_actions_addchdir_np(&actions, "/");
    for (int k = 0; k < 3 && status == 0; k++)
        status = posix_spawn_file_actions_adddup2(&actions, fd[k], k);
    if (status == 0)
        status = posix_spawnp(pid, c->word[0], &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

static int out_of_time(const struct child *c, double end_s, struct err *e)
{
    if (stop_requested() && !c->heedless)
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    if (clock_s() <= end_s)
        return 0;
    return err_set(e, ERR_SIMULATOR, "%s was not done within %g s", c->word[0],
                   c->deadline_s);
}

/* Reads until the child closes its output; -1 with the cause when it has to go. */
static int listen_to(struct child *c, int fd, double end_s, struct err *e)
{
    char chunk[65536];
    while (out_of_time(c, end_s, e) == 0) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, LOOK_MS) <= 0)
            continue;
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        if (c->output.len + (size_t)n > c->limit)
            return err_set(e, ERR_SIMULATOR, "%s prints more than %zu bytes", c->word[0],
                           c->limit);
        buf_append(&c->output, chunk, (size_t)n);
    }
    return -1;
}

static void take_messages(struct child *c, int fd)
{
    char chunk[4096];
    ssize_t n;
    lseek(fd, 0, SEEK_SET);
    while ((n = read(fd, chunk, sizeof chunk)) > 0 && c->messages.len < c->limit)
        buf_append(&c->messages, chunk, (size_t)n);
}

/* What became of it, in words. */
static int attend(struct child *c, pid_t pid, int out, struct err *e)
{
    double end_s = clock_s() + c->deadline_s;
    int ended = 0, status = listen_to(c, out, end_s, e);
    pid_t gone = 0;
    while (status == 0 && (gone = waitpid(pid, &ended, WNOHANG)) == 0) {
        poll(NULL, 0, 1); /* its output is closed: it ends now, or has to */
        status = out_of_time(c, end_s, e);
    }
    if (status < 0) {
        kill(-pid, SIGKILL);
        while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
            ;
        return -1;
    }
    if (gone < 0)
        return err_errno(e, "wait for", c->word[0]);
    if (WIFSIGNALED(ended))
        return err_set(e, ERR_SIMULATOR, "%s died: %s", c->word[0],
                       strsignal(WTERMSIG(ended)));
    if (WEXITSTATUS(ended) != 0)
        return err_set(e, ERR_SIMULATOR, "%s ended with status %d", c->word[0],
                       WEXITSTATUS(ended));
    return 0;
}

int child_run(struct child *c, struct err *e)
{
    int ends[2] = {-1, -1}, status = -1, failed;
    int in = hold(c->input), said = hold(NULL);
    pid_t pid;
    if (in < 0 || said < 0 || pipe2(ends, O_CLOEXEC) < 0) {
        err_errno(e, "start", c->word[0]);
        goto done;
    }
    failed = start(c, (int[3]){in, ends[1], said}, &pid);
    close(ends[1]);
    if (failed) {
        errno = failed;
        c->missing = failed == ENOENT;
        err_errno(e, "start", c->word[0]);
    } else {
        status = attend(c, pid, ends[0], e);
        take_messages(c, said);
    }
    close(ends[0]);
done:
    if (in >= 0)
        close(in);
    if (said >= 0)
        close(said);
    return status;
}

void child_finish(struct child *c)
{
    buf_finish(&c->output);
    buf_finish(&c->messages);
}
