/* Fixed slots, one worker and one pollfd a slot. Frames on the socket: the parent
 * sends a unit number (8 bytes); the worker answers with a struct frame and the bytes.
 * A broken socket is how both sides learn of the other's death. */
#include "run/pool.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPLY_LIMIT ((uint64_t)1 << 30)
#define NO_UNIT ((uint64_t)-1)
#define STARTED ((uint64_t)-2) /* first frame of a worker: its `start` is done */
#define START_FAILED ((uint64_t)-3)

enum { SOCKET = 3 }; /* a worker's */

struct frame {
    uint64_t unit;
    uint64_t length;
    uint64_t replace; /* the worker wants to be replaced */
};

struct slot {
    pid_t pid; /* 0 = empty */
    int fd;
    char *folder;
    int place;     /* the folder, locked while the parent lives and needs it; or -1 */
    uint64_t unit; /* what it works on, or NO_UNIT */
    size_t done;   /* units since it was forked */
    double deadline_s;
    bool ready; /* said STARTED */
    bool timed_out;
    struct buf in; /* bytes of a frame that is not whole yet */
};

/* A unit that waits, and how its attempts went. */
struct task {
    size_t attempts;
    char cause[256];
};

struct pool {
    const struct pool_options *o;
    const struct pool_work *w;
    size_t jobs, next, finished;
    size_t bad_starts; /* workers in a row that died before they were ready */
    size_t again_count;
    size_t *again; /* [count] units to be tried once more, before new ones */
    struct task *task;
    struct slot *slot; /* [jobs] */
};

struct pool_options pool_defaults(void)
{
    return (struct pool_options){
        .deadline_s = 600, .retries = 1, .recycle = 500, .memory_MB = 512};
}

size_t pool_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? (size_t)n : 1;
}

/* ---- the worker's side ---- */

static bool send_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

static bool receive_all(int fd, void *bytes, size_t n)
{
    char *p = bytes;
    while (n) {
        ssize_t k = recv(fd, p, n, 0);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

static bool reply(int fd, uint64_t unit, const struct buf *b, bool replace)
{
    struct frame f = {unit, b->len, replace};
    return send_all(fd, &f, sizeof f) && send_all(fd, buf_text(b), b->len);
}

/* Closes all that the parent has open but 0, 1, 2 and `fd`, which becomes 3. */
static int keep_only(int fd)
{
    if (fd != SOCKET && dup3(fd, SOCKET, O_CLOEXEC) < 0)
        _exit(1);
    if (close_range(SOCKET + 1, ~0U, 0) < 0) /* a kernel before 5.9 */
        for (int k = SOCKET + 1; k < getdtablesize(); k++)
            close(k);
    return SOCKET;
}

/* A clean place: an empty folder as working folder and HOME, no input, no output on the
 * terminal and no way to it, no core files. */
static void settle(const char *folder)
{
    struct rlimit none = {0, 0};
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3 && null >= 0; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
    setenv("HOME", folder, 1);
    setrlimit(RLIMIT_CORE, &none);
    setsid();
    if (chdir(folder) < 0)
        _exit(1);
}

/* `statm` is open since before `start`, which may hide /proc. */
static size_t resident_MB(int statm)
{
    char text[128] = "";
    ssize_t n = pread(statm, text, sizeof text - 1, 0);
    unsigned long pages = 0;
    if (n > 0)
        sscanf(text, "%*u %lu", &pages);
    return pages * (size_t)sysconf(_SC_PAGESIZE) >> 20;
}

static void work(const struct pool *p, int fd)
{
    const struct pool_work *w = p->w;
    struct buf out = {0};
    struct err e = {0};
    uint64_t unit;
    int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (w->start && w->start(w->context, p->o, &e) < 0) {
        buf_append(&out, &e, sizeof e);
        reply(fd, START_FAILED, &out, true);
        return;
    }
    if (!reply(fd, STARTED, &out, false))
        return;
    while (receive_all(fd, &unit, sizeof unit)) {
        buf_clear(&out);
        bool replace = w->run(w->context, (size_t)unit, &out);
        if (!reply(fd, unit, &out, replace || resident_MB(statm) > p->o->memory_MB))
            return;
    }
}

static void become_worker(const struct pool *p, const struct slot *s, int fd,
                          pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    settle(s->folder);
    work(p, keep_only(fd));
    _exit(0);
}

/* ---- the parent's side ---- */

#define WORKER "worker" /* of the names of their folders */

/* Removes folders of workers whose programs were killed: those that nobody holds. */
static void clean_places(void)
{
    static const char begin[] = "spikebar-" WORKER "-";
    struct dirent *entry;
    DIR *dir = opendir(dir_temporary());
    while (dir && (entry = readdir(dir))) {
        struct stat st;
        if (strncmp(entry->d_name, begin, strlen(begin)) != 0)
            continue;
        int place = openat(dirfd(dir), entry->d_name,
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (place < 0)
            continue;
        if (fstat(place, &st) == 0 && st.st_uid == geteuid() &&
            flock(place, LOCK_EX | LOCK_NB) == 0) {
            AUTO_FREE char *path = path_join(dir_temporary(), entry->d_name);
            dir_remove(path);
        }
        close(place);
    }
    if (dir)
        closedir(dir);
}

/* An empty folder that is locked as long as this program lives. Whoever cleans up may
 * come between making and locking: then it is gone. */
static int make_place(struct slot *s, struct err *e)
{
    struct stat st;
    for (;;) {
        s->folder = dir_make_temporary(WORKER, e);
        if (!s->folder)
            return -1;
        s->place = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->place < 0 && errno != ENOENT) {
            err_errno(e, "open a worker's folder", s->folder);
            free(s->folder);
            return -1;
        }
        if (s->place >= 0 && flock(s->place, LOCK_EX) < 0)
            return 0; /* a file system without locks: nobody cleans there */
        if (s->place >= 0 && fstat(s->place, &st) == 0 && st.st_nlink > 0)
            return 0;
        if (s->place >= 0)
            close(s->place);
        free(s->folder);
    }
}

static void drop_place(struct slot *s)
{
    if (!s->folder)
        return;
    dir_remove(s->folder);
    free(s->folder);
    s->folder = NULL;
    close(s->place);
    s->place = -1;
}

static int spawn(struct pool *p, struct slot *s, struct err *e)
{
    int pair[2];
    pid_t parent = getpid();
    *s = (struct slot){.unit = NO_UNIT, .place = -1};
    if (make_place(s, e) < 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        err_errno(e, "open a worker's socket", "socketpair");
        drop_place(s);
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        become_worker(p, s, pair[1], parent);
    }
    close(pair[1]);
    if (pid < 0) {
        err_errno(e, "start a worker", "fork");
        close(pair[0]);
        drop_place(s);
        return -1;
    }
    s->pid = pid;
    s->fd = pair[0];
    s->deadline_s = clock_s() + p->o->deadline_s;
    return 0;
}

/* Ends the worker of a slot, if any; says how it died. */
static void reap(struct slot *s, size_t size, char how[])
{
    int status = 0;
    if (!s->pid)
        return;
    close(s->fd);
    while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status))
        snprintf(how, size, "worker killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(how, size, "worker ended with status %d", WEXITSTATUS(status));
    drop_place(s);
    buf_finish(&s->in);
    s->pid = 0;
}

static void end_worker(struct slot *s)
{
    char how[128];
    if (s->pid)
        kill(s->pid, SIGKILL);
    reap(s, sizeof how, how);
}

static int deliver(struct pool *p, uint64_t unit, bool lost, const char *bytes, size_t n,
                   struct err *e)
{
    struct task *t = &p->task[unit];
    struct pool_outcome o = {lost, t->attempts, t->cause, bytes, n};
    p->finished++;
    return p->w->done(p->w->context, (size_t)unit, &o, e);
}

/* The worker of this slot is gone, or must go: its unit pays with an attempt. */
static int lose(struct pool *p, struct slot *s, struct err *e)
{
    char how[128] = "";
    uint64_t unit = s->unit;
    bool ready = s->ready, timed_out = s->timed_out;
    kill(s->pid, SIGKILL);
    reap(s, sizeof how, how);
    if (!ready && ++p->bad_starts > p->jobs + 2)
        return err_set(e, ERR_SIMULATOR, "workers do not start: %s", how);
    if (unit == NO_UNIT)
        return 0;
    struct task *t = &p->task[unit];
    if (timed_out)
        snprintf(t->cause, sizeof t->cause, "deadline: no end after %g s",
                 p->o->deadline_s);
    else
        snprintf(t->cause, sizeof t->cause, "%s", how);
    if (t->attempts > p->o->retries)
        return deliver(p, unit, true, "", 0, e);
    p->again[p->again_count++] = (size_t)unit;
    return 0;
}

static bool take_unit(struct pool *p, uint64_t *unit)
{
    if (p->again_count) {
        *unit = p->again[--p->again_count];
        return true;
    }
    if (p->next == p->w->count)
        return false;
    *unit = p->next++;
    return true;
}

/* One to three seconds more of the processor than the deadline, from now on: for a parent
 * that is stopped. */
static void limit_processor(pid_t pid, double seconds)
{
    clockid_t clock;
    struct timespec used;
    struct rlimit r;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0 ||
        prlimit(pid, RLIMIT_CPU, NULL, &r) < 0)
        return;
    double most = (double)used.tv_sec + ceil(seconds) + 2;
    r.rlim_cur = most < (double)r.rlim_max ? (rlim_t)most : r.rlim_max;
    (void)prlimit(pid, RLIMIT_CPU, &r, NULL);
}

static void feed(struct pool *p, struct slot *s)
{
    if (!s->ready || s->unit != NO_UNIT || !take_unit(p, &s->unit))
        return;
    p->task[s->unit].attempts++;
    s->deadline_s = clock_s() + p->o->deadline_s;
    limit_processor(s->pid, p->o->deadline_s);
    /* If the worker is dead already, the hang-up tells so in the next poll. */
    (void)!send_all(s->fd, &s->unit, sizeof s->unit);
}

/* The simulator has read what it wanted of its folder; nothing is left to clean up
 * even if this program is killed from here on. */
static void begin(struct pool *p, struct slot *s)
{
    s->ready = true;
    p->bad_starts = 0;
    drop_place(s);
}

/* Works off the frame if it is whole by now; a worker owes one at a time. */
static int take_frame(struct pool *p, struct slot *s, struct err *e)
{
    struct frame f;
    if (s->in.len < sizeof f)
        return 0;
    memcpy(&f, s->in.data, sizeof f);
    if (f.length > REPLY_LIMIT)
        return lose(p, s, e);
    if (s->in.len < sizeof f + f.length)
        return 0;
    const char *bytes = s->in.data + sizeof f;
    if (!s->ready && f.unit == START_FAILED && f.length == sizeof *e)
        return err_receive(e, bytes);
    int status = 0;
    if (!s->ready && f.unit == STARTED)
        begin(p, s);
    else if (s->unit != NO_UNIT && f.unit == s->unit)
        status = deliver(p, f.unit, false, bytes, (size_t)f.length, e);
    else /* nobody asked */
        return lose(p, s, e);
    s->unit = NO_UNIT;
    buf_clear(&s->in);
    if (f.unit != STARTED && (f.replace || ++s->done >= p->o->recycle))
        end_worker(s);
    return status;
}

static int hear(struct pool *p, struct slot *s, struct err *e)
{
    char chunk[65536];
    ssize_t n = recv(s->fd, chunk, sizeof chunk, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        return lose(p, s, e);
    buf_append(&s->in, chunk, (size_t)n);
    return take_frame(p, s, e);
}

static int check_deadlines(struct pool *p, struct err *e)
{
    double now = clock_s();
    for (size_t i = 0; i < p->jobs; i++) {
        struct slot *s = &p->slot[i];
        if (!s->pid || (s->ready && s->unit == NO_UNIT) || now < s->deadline_s)
            continue;
        s->timed_out = true;
        if (lose(p, s, e) < 0)
            return -1;
    }
    return 0;
}

static int wait_and_hear(struct pool *p, struct err *e)
{
    struct pollfd *fds = mem_alloc(p->jobs, sizeof *fds);
    int status = 0;
    for (size_t i = 0; i < p->jobs; i++)
        fds[i] = (struct pollfd){p->slot[i].pid ? p->slot[i].fd : -1, POLLIN, 0};
    if (poll(fds, p->jobs, 100) > 0)
        for (size_t i = 0; i < p->jobs && status == 0; i++)
            if (fds[i].revents)
                status = hear(p, &p->slot[i], e);
    free(fds);
    return status;
}

/* Fills empty slots while there is more to do than busy workers. */
static int keep_staffed(struct pool *p, struct err *e)
{
    size_t waiting = p->again_count + (p->w->count - p->next), idle = 0;
    for (size_t i = 0; i < p->jobs; i++)
        idle += p->slot[i].pid && p->slot[i].unit == NO_UNIT;
    for (size_t i = 0; i < p->jobs && idle < waiting; i++) {
        if (p->slot[i].pid)
            continue;
        if (spawn(p, &p->slot[i], e) < 0)
            return -1;
        idle++;
    }
    for (size_t i = 0; i < p->jobs; i++)
        if (p->slot[i].pid)
            feed(p, &p->slot[i]);
    return 0;
}

int pool_run(const struct pool_options *o, const struct pool_work *w, struct err *e)
{
    struct pool p = {.o = o, .w = w};
    int status = 0, dumpable = prctl(PR_GET_DUMPABLE);
    prctl(PR_SET_DUMPABLE, 0); /* closes /proc/PID/mem and the like to the workers */
    p.jobs = o->jobs ? o->jobs : pool_cores();
    if (p.jobs > w->count)
        p.jobs = w->count;
    p.again = mem_alloc(w->count, sizeof *p.again);
    p.task = mem_alloc(w->count, sizeof *p.task);
    p.slot = mem_alloc(p.jobs, sizeof *p.slot);
    clean_places();
    while (status == 0 && p.finished < w->count) {
        status = keep_staffed(&p, e);
        if (status == 0)
            status = wait_and_hear(&p, e);
        if (status == 0)
            status = check_deadlines(&p, e);
        if (status == 0 && stop_requested())
            status = err_set(e, ERR_INTERRUPTED, "stopped");
    }
    for (size_t i = 0; i < p.jobs; i++)
        end_worker(&p.slot[i]);
    if (dumpable == 1)
        prctl(PR_SET_DUMPABLE, 1);
    free(p.slot);
    free(p.task);
    free(p.again);
    return status;
}
