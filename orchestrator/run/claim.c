#include "run/claim.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define FUSE_MAGIC 0x65735546 /* fs/fuse/inode.c; no header has it */

enum {
    LOOKS_S = 20, /* a second: a wait that is over is seen soon, and costs nothing */
    FRESH = 40,   /* looks that a new holder has to write who it is */
    NAME = 16     /* letters of an id that are told: of a hash they do */
};

/* What this process has claimed; released by its end, and not held by what it forks. A
 * file that is opened and closed again would lose its lock, so none is opened twice. */
static struct {
    pid_t pid;
    size_t count;
    struct claim {
        dev_t device;
        ino_t inode;
    } * claim;
} mine;

static bool is_mine(const struct stat *st)
{
    for (size_t k = 0; k < mine.count && mine.pid == getpid(); k++)
        if (mine.claim[k].device == st->st_dev && mine.claim[k].inode == st->st_ino)
            return true;
    return false;
}

static void remember(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return;
    if (mine.pid != getpid())
        mine.count = 0;
    mine.pid = getpid();
    mine.claim = mem_resize(mine.claim, mine.count + 1, sizeof *mine.claim);
    mine.claim[mine.count++] = (struct claim){st.st_dev, st.st_ino};
}

/* ---- who has it ---- */

struct holder {
    long pid;
    char host[128], id[128];
};

/* Who has it, by what stands in the file. False while that is of an earlier holder. */
static bool read_holder(int fd, struct holder *h)
{
    char text[512] = "";
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    *h = (struct holder){0};
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 0 || sscanf(text, "%ld %127s %127s\n", &h->pid, h->host, h->id) != 3)
        return false;
    /* 0 or -1: of another host, or of a container beside us */
    bool its = fcntl(fd, F_GETLK, &whole) < 0 || whole.l_type == F_UNLCK ||
               whole.l_pid <= 0 || whole.l_pid == h->pid;
    if (!its)
        h->pid = 0;
    return its;
}

static int write_holder(int fd, const char *path, const char *id, struct err *e)
{
    char text[512], host[128] = "host";
    gethostname(host, sizeof host - 1);
    int n = snprintf(text, sizeof text, "%ld %s %.*s\n", (long)getpid(), host, NAME, id);
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n)
        return 0;
    err_errno(e, "write", path);
    return err_hint(e, "make room and give the same command again");
}

static int refuse(const struct holder *h, const char *path, struct err *e)
{
    if (h->pid)
        err_set(e, ERR_USAGE, "process %ld on %s computes something else in this folder",
                h->pid, h->host);
    else
        err_set(e, ERR_USAGE, "another process works in this folder");
    err_place(e, "%s", path);
    return err_hint(e, "choose another --out, or wait for its end");
}

/* ---- waiting ---- */

/* 0 once it is locked, 1 where there are no locks. */
static int lock(int fd, const char *path, const char *id, struct err *e)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct holder h;
    bool told = false;
    for (int look = 0; fcntl(fd, F_SETLK, &whole) < 0; look++) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return 1;
        bool known = read_holder(fd, &h);
        if ((known && strncmp(h.id, id, NAME) != 0) || (!known && look == FRESH))
            return refuse(&h, path, e);
        if (known && !told)
            log_say("%s: process %ld on %s computes the same; waiting for its end", path,
                    h.pid, h.host);
        told |= known;
        if (stop_requested())
            return err_set(e, ERR_INTERRUPTED, "stopped while process %ld works there",
                           h.pid);
        nanosleep(&(struct timespec){.tv_nsec = 1000000000 / LOOKS_S}, NULL);
    }
    return 0;
}

/* Says if other hosts may not see the lock. */
static void warn(int fd, const char *path, bool locked)
{
    struct statfs fs;
    bool known = fstatfs(fd, &fs) == 0;
    if (!locked)
        log_say("%s: this file system has no locks; give no second command there", path);
    else if (known && (fs.f_type == FUSE_MAGIC || fs.f_type == V9FS_MAGIC))
        log_say("%s: other hosts may not see locks of this file system; give no second "
                "command there from them",
                path);
}

/* Of a run, a training, a sweep and an experiment. */
static void clean(const char *folder)
{
    static const struct {
        const char *name;
        int depth;
    } below[] = {
        {"circuit", 1}, {"circuits", 3}, {"decks", 0}, {"pictures", 0}, {"traces", 0}};
    file_clean(folder, 0);
    for (size_t k = 0; k < sizeof below / sizeof below[0]; k++) {
        AUTO_FREE char *path = path_join(folder, below[k].name);
        file_clean(path, below[k].depth);
    }
}

int claim_folder(const char *folder, const char *id, struct err *e)
{
    AUTO_FREE char *path = path_join(folder, "lock");
    struct stat st;
    if (stat(path, &st) == 0 && is_mine(&st))
        return 0;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_errno(e, "write", path);
    int status = lock(fd, path, id, e);
    if (status < 0) {
        close(fd);
        return -1;
    }
    warn(fd, path, status == 0);
    clean(folder);
    remember(fd);
    return write_holder(fd, path, id, e);
}
