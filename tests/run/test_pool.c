/* The pool alone: what units see, and what is left when a run ends in whatever way. */
#include "cm.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "run/pool.h"
#include "spice/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { UNITS_MAX = 400 };

/* Seen by the parent and by all workers. */
struct shared {
    atomic_int started, done;
    _Atomic pid_t worker[UNITS_MAX]; /* who worked on a unit */
    atomic_int attempts[UNITS_MAX];
};

struct lab {
    struct shared *shared;
    size_t got[UNITS_MAX]; /* how often `done` saw a unit */
    size_t lost, attempts[UNITS_MAX];
    char cause[256];
    double resident_MB[UNITS_MAX];
    size_t fail_at; /* `done` fails when so many units came */
};

static void lab_open(struct lab *l)
{
    *l = (struct lab){0};
    l->shared = mmap(NULL, sizeof *l->shared, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(l->shared != MAP_FAILED);
}

static void lab_close(struct lab *l)
{
    munmap(l->shared, sizeof *l->shared);
}

static int start(void *context, const struct pool_options *o, struct err *e)
{
    (void)o, (void)e;
    ((struct lab *)context)->shared->started++;
    return 0;
}

static bool run(void *context, size_t k, struct buf *out)
{
    struct shared *s = ((struct lab *)context)->shared;
    s->worker[k] = getpid();
    s->attempts[k]++;
    buf_append(out, &k, sizeof k);
    return false;
}

static int done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    struct lab *l = context;
    l->got[k]++;
    l->lost += o->lost;
    l->attempts[k] = o->attempts;
    snprintf(l->cause, sizeof l->cause, "%s", o->cause);
    l->shared->done++;
    if (l->fail_at && (size_t)l->shared->done >= l->fail_at)
        return err_set(e, ERR_FILE, "the disk is full");
    return 0;
}

static struct pool_options quick(size_t jobs)
{
    struct pool_options o = pool_defaults();
    o.jobs = jobs;
    o.deadline_s = 600;
    return o;
}

static struct pool_work units(struct lab *l, size_t count)
{
    return (struct pool_work){
        .count = count, .context = l, .start = start, .run = run, .done = done};
}

static void assert_each_once(const struct lab *l, size_t n)
{
    for (size_t k = 0; k < n; k++)
        assert_int_equal(l->got[k], 1);
}

static void pass(const struct pool_options *o, const struct pool_work *w)
{
    struct err e = {0};
    if (pool_run(o, w, &e) < 0)
        fail_msg("%s", e.text);
}

static size_t entries(const char *path)
{
    DIR *d = opendir(path);
    size_t n = 0;
    assert_non_null(d);
    for (const struct dirent *f; (f = readdir(d));)
        n += strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void assert_no_children(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* A folder of our own in place of /tmp, so that what is left there is ours. */
static void own_tmp(char folder[32])
{
    strcpy(folder, "/tmp/test-pool-XXXXXX");
    assert_non_null(mkdtemp(folder));
    setenv("TMPDIR", folder, 1);
}

static void drop_tmp(const char *folder)
{
    assert_int_equal(entries(folder), 0);
    assert_int_equal(rmdir(folder), 0);
    unsetenv("TMPDIR");
}

/* ---- what a unit sees ---- */

static void every_unit_comes_once_and_in_any_number_of_workers(void **state)
{
    (void)state;
    for (size_t jobs = 1; jobs <= 8; jobs *= 2)
        for (size_t n = 0; n <= 40; n += 13) {
            struct lab l;
            struct pool_options o = quick(jobs);
            o.recycle = 5;
            lab_open(&l);
            struct pool_work w = units(&l, n);
            pass(&o, &w);
            assert_each_once(&l, n);
            assert_int_equal(l.lost, 0);
            lab_close(&l);
        }
}

static void workers_are_replaced_after_their_share(void **state)
{
    (void)state;
    struct lab l;
    struct pool_options o = quick(1);
    o.recycle = 4;
    lab_open(&l);
    struct pool_work w = units(&l, 12);
    pass(&o, &w);
    assert_int_equal(l.shared->started, 3);
    for (int k = 0; k < 12; k++)
        assert_int_equal(l.shared->worker[k] == l.shared->worker[k - k % 4], 1);
    assert_true(l.shared->worker[3] != l.shared->worker[4]);
    lab_close(&l);
}

static bool ask_to_go(void *context, size_t k, struct buf *out)
{
    run(context, k, out);
    return k % 2 == 1;
}

static void workers_are_replaced_when_they_ask_or_grow(void **state)
{
    (void)state;
    struct lab l;
    struct pool_options o = quick(1);
    lab_open(&l);
    struct pool_work w = units(&l, 6);
    w.run = ask_to_go;
    pass(&o, &w);
    assert_int_equal(l.shared->started, 3);
    lab_close(&l);
    lab_open(&l);
    o.memory_MB = 0;
    w = units(&l, 5);
    pass(&o, &w);
    assert_int_equal(l.shared->started, 5);
    lab_close(&l);
}

/* HOME, working folder, environment and limits, as text "name value" lines. */
static bool look_around(void *context, size_t k, struct buf *out)
{
    char cwd[256], standing[256] = "";
    (void)context, (void)k;
    snprintf(cwd, sizeof cwd, "/proc/%ld/cwd", (long)getpid());
    ssize_t n = readlink(cwd, standing, sizeof standing - 1);
    buf_printf(out, "home %s\ncwd %.*s\n", getenv("HOME"), (int)n, standing);
    char byte;
    buf_printf(out, "input %zd\n", read(0, &byte, 1));
    return false;
}

static int start_in_empty(void *context, const struct pool_options *o, struct err *e)
{
    char *home = getenv("HOME");
    (void)context, (void)o;
    bool empty = home && rmdir(home) == 0; /* only an empty one lets itself be removed */
    return empty ? 0 : err_set(e, ERR_FILE, "HOME is not an empty folder");
}

static int keep_text(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    (void)k, (void)e;
    buf_append(context, o->reply, o->length);
    return 0;
}

static void a_worker_stands_in_a_clean_place(void **state)
{
    (void)state;
    char folder[32], home[256], cwd[256];
    struct buf said = {0};
    struct pool_options o = quick(1);
    struct pool_work w = {.count = 1,
                          .context = &said,
                          .start = start_in_empty,
                          .run = look_around,
                          .done = keep_text};
    own_tmp(folder);
    pass(&o, &w);
    assert_int_equal(sscanf(said.data, "home %255s\ncwd %255s", home, cwd), 2);
    assert_int_equal(strncmp(home, folder, strlen(folder)), 0);
    assert_int_equal(strncmp(cwd, home, strlen(home)), 0);
    assert_non_null(strstr(said.data, "\ninput 0\n"));
    buf_finish(&said);
    drop_tmp(folder);
}

/* ---- workers that were taken over ---- */

enum { OURS = 50 }; /* a descriptor of the parent's */

static bool look_for_the_parent(void *context, size_t k, struct buf *out)
{
    struct rlimit cpu;
    int open_ones = 0;
    (void)context, (void)k;
    for (int fd = 3; fd < 200; fd++)
        open_ones += fcntl(fd, F_GETFD) >= 0;
    getrlimit(RLIMIT_CPU, &cpu);
    buf_printf(out, "open %d, ours %d, session %d, dumpable %d, seconds %lu\n", open_ones,
               fcntl(OURS, F_GETFD) >= 0, getsid(0) == getpid(), prctl(PR_GET_DUMPABLE),
               (unsigned long)cpu.rlim_cur);
    return false;
}

/* Two: its socket and what tells its size. */
static void a_worker_has_nothing_of_the_parents(void **state)
{
    (void)state;
    struct buf said = {0};
    struct pool_options o = quick(1);
    struct pool_work w = {
        .count = 1, .context = &said, .run = look_for_the_parent, .done = keep_text};
    unsigned long seconds = 0;
    assert_int_equal(dup2(1, OURS), OURS);
    o.deadline_s = 100;
    int before = prctl(PR_GET_DUMPABLE);
    pass(&o, &w);
    assert_int_equal(prctl(PR_GET_DUMPABLE), before);
    static const char expected[] = "open 2, ours 0, session 1, dumpable 0, seconds ";
    if (strncmp(said.data, expected, sizeof expected - 1) != 0)
        fail_msg("%s", said.data);
    sscanf(said.data + sizeof expected - 1, "%lu", &seconds);
    assert_true(seconds > 100 && seconds < 200);
    close(OURS);
    buf_finish(&said);
}

/* Frames of a worker's to its socket that nobody asked for. */
static void send_frame(uint64_t unit, uint64_t length)
{
    uint64_t frame[3] = {unit, length, 0};
    (void)!write(3, frame, sizeof frame);
}

static void send_unasked(int number)
{
    (void)number;
    send_frame((uint64_t)-1, 0);
}

/* What the worker of the first unit says in place of its reply. */
static const uint64_t lies[][2] = {
    {(uint64_t)-1, 0}, /* a reply for no unit */
    {(uint64_t)-2, 0}, /* "started" */
    {(uint64_t)-3, 0}, /* "start failed" */
    {(uint64_t)-3, sizeof(struct err)},
    {77, 0},                /* a unit that is not there */
    {0, (uint64_t)1 << 40}, /* a reply without end */
};
static size_t lie;

static bool tell_a_lie(void *context, size_t k, struct buf *out)
{
    run(context, k, out);
    if (k == 0) {
        static const struct err none;
        send_frame(lies[lie][0], lies[lie][1]);
        (void)!write(3, &none, sizeof none);
    }
    return false;
}

static void a_lie_costs_the_unit_alone(void **state)
{
    (void)state;
    for (lie = 0; lie < sizeof lies / sizeof lies[0]; lie++) {
        struct lab l;
        struct pool_options o = quick(1);
        o.retries = 0;
        lab_open(&l);
        struct pool_work w = units(&l, 2);
        w.run = tell_a_lie;
        pass(&o, &w);
        assert_each_once(&l, 2);
        assert_int_equal(l.lost, 1);
        lab_close(&l);
    }
}

/* One worker speaks while it has no unit, and another still works. */
static bool speak_when_idle(void *context, size_t k, struct buf *out)
{
    static const struct itimerval soon = {.it_value.tv_usec = 100000};
    run(context, k, out);
    if (k == 0) {
        signal(SIGALRM, send_unasked);
        setitimer(ITIMER_REAL, &soon, NULL);
    } else {
        usleep(500000);
    }
    return false;
}

static void a_word_of_an_idle_worker_costs_nothing(void **state)
{
    (void)state;
    struct lab l;
    struct pool_options o = quick(2);
    lab_open(&l);
    struct pool_work w = units(&l, 2);
    w.run = speak_when_idle;
    pass(&o, &w);
    assert_each_once(&l, 2);
    assert_int_equal(l.lost, 0);
    lab_close(&l);
}

enum { LONG = 3000000 };

static bool long_reply(void *context, size_t k, struct buf *out)
{
    (void)context;
    for (uint32_t i = 0; i < LONG / 16 * k; i++) {
        uint32_t r[4];
        rng_bits(k, RNG_TEST, i, 0, 0, r);
        buf_append(out, r, sizeof r);
    }
    return false;
}

static int compare_reply(void *context, size_t k, const struct pool_outcome *o,
                         struct err *e)
{
    struct buf whole = {0};
    (void)e;
    long_reply(NULL, k, &whole);
    assert_int_equal(o->length, whole.len);
    assert_memory_equal(o->reply, buf_text(&whole), whole.len);
    ++*(size_t *)context;
    buf_finish(&whole);
    return 0;
}

/* Replies of 0, 3, 6 and 9 MB: many times what a socket holds. */
static void long_replies_come_whole(void **state)
{
    (void)state;
    size_t came = 0;
    struct pool_options o = quick(2);
    struct pool_work w = {
        .count = 4, .context = &came, .run = long_reply, .done = compare_reply};
    pass(&o, &w);
    assert_int_equal(came, 4);
}

/* ---- what goes wrong ---- */

static void an_error_in_done_ends_the_run(void **state)
{
    (void)state;
    char folder[32];
    struct lab l;
    struct err e = {0};
    struct pool_options o = quick(3);
    own_tmp(folder);
    lab_open(&l);
    l.fail_at = 5;
    struct pool_work w = units(&l, 50);
    assert_int_equal(pool_run(&o, &w, &e), -1);
    assert_string_equal(e.text, "the disk is full");
    assert_int_equal(l.shared->done, 5);
    assert_no_children();
    lab_close(&l);
    drop_tmp(folder);
}

/* What start wrote is not trusted: its texts need not end. */
static int fail_without_end(void *context, const struct pool_options *o, struct err *e)
{
    (void)context, (void)o;
    memset(e, 'x', sizeof *e);
    return -1;
}

static void an_error_of_a_worker_ends(void **state)
{
    (void)state;
    struct lab l;
    struct err e = {0};
    lab_open(&l);
    struct pool_options o = quick(1);
    struct pool_work w = units(&l, 1);
    w.start = fail_without_end;
    assert_int_equal(pool_run(&o, &w, &e), -1);
    assert_int_equal(e.code, ERR_SIMULATOR);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
    lab_close(&l);
}

static bool tell_place(void *context, size_t k, struct buf *out)
{
    (void)context, (void)k;
    buf_puts(out, getenv("HOME")); /* the folder's own name is gone by now */
    return false;
}

static int place_is(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    (void)context, (void)k, (void)e;
    assert_int_equal(strncmp(o->reply, tmp, strlen(tmp)), 0);
    assert_int_equal(o->reply[strlen(tmp)], '/');
    return 0;
}

/* However long its name is; empty means the usual one; one that is not there is told. */
static void workers_stand_where_TMPDIR_says(void **state)
{
    (void)state;
    struct lab l;
    struct err e = {0};
    char folder[32], deep[512];
    lab_open(&l);
    own_tmp(folder);
    int n = snprintf(deep, sizeof deep, "%s/%0200d", folder, 0);
    assert_int_equal(mkdir(deep, 0700), 0);
    snprintf(deep + n, sizeof deep - (size_t)n, "/%0200d", 0);
    assert_int_equal(mkdir(deep, 0700), 0);
    struct pool_options o = quick(1);
    struct pool_work w = units(&l, 1);
    w.run = tell_place, w.done = place_is;
    setenv("TMPDIR", deep, 1);
    assert_int_equal(pool_run(&o, &w, &e), 0);
    assert_int_equal(rmdir(deep), 0);
    assert_int_equal(pool_run(&o, &w, &e), -1);
    assert_non_null(strstr(e.text, "cannot make a folder for temporary files: No such"));
    assert_non_null(strstr(e.hint, "TMPDIR"));
    deep[n] = '\0';
    assert_int_equal(rmdir(deep), 0);
    setenv("TMPDIR", "", 1);
    w.done = done;
    assert_int_equal(pool_run(&o, &w, &e), 0);
    drop_tmp(folder);
    lab_close(&l);
}

static int die_at_first(void *context, const struct pool_options *o, struct err *e)
{
    (void)o, (void)e;
    if (((struct lab *)context)->shared->started++ < 3)
        raise(SIGKILL);
    return 0;
}

static int die_every_other_time(void *context, const struct pool_options *o,
                                struct err *e)
{
    (void)o, (void)e;
    if (((struct lab *)context)->shared->started++ % 2 == 0)
        raise(SIGKILL);
    return 0;
}

static int always_die(void *context, const struct pool_options *o, struct err *e)
{
    start(context, o, e);
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return 0;
}

static int never_ready(void *context, const struct pool_options *o, struct err *e)
{
    (void)context, (void)o, (void)e;
    while (pause() < 0) /* always: it returns after signals alone */
        continue;
    return 0;
}

static void a_worker_killed_while_it_starts_is_replaced(void **state)
{
    (void)state;
    struct lab l;
    struct pool_options o = quick(2);
    o.retries = 0; /* no unit had been given to those that died */
    lab_open(&l);
    struct pool_work w = units(&l, 6);
    w.start = die_at_first;
    pass(&o, &w);
    assert_each_once(&l, 6);
    assert_int_equal(l.lost, 0);
    lab_close(&l);
}

/* Nine workers that die, but never two in a row. */
static void bad_starts_count_in_a_row_alone(void **state)
{
    (void)state;
    struct lab l;
    struct pool_options o = quick(1);
    o.recycle = 1;
    lab_open(&l);
    struct pool_work w = units(&l, 9);
    w.start = die_every_other_time;
    pass(&o, &w);
    assert_each_once(&l, 9);
    assert_int_equal(l.shared->started, 18);
    lab_close(&l);
}

static void workers_that_never_start_end_the_run(void **state)
{
    (void)state;
    char folder[32];
    struct lab l;
    struct err e = {0};
    struct pool_options o = quick(2);
    own_tmp(folder);
    lab_open(&l);
    struct pool_work w = units(&l, 6);
    w.start = always_die;
    assert_int_equal(pool_run(&o, &w, &e), -1);
    assert_int_equal(e.code, ERR_SIMULATOR);
    assert_non_null(strstr(e.text, "workers do not start: worker killed by signal 11"));
    assert_true(l.shared->started < 10); /* it gave up soon */
    o.deadline_s = 0.05;
    w.start = never_ready;
    assert_int_equal(pool_run(&o, &w, &e), -1);
    assert_non_null(strstr(e.text, "workers do not start"));
    assert_int_equal(l.shared->done, 0);
    assert_no_children();
    lab_close(&l);
    drop_tmp(folder);
}

/* Unit 0 makes an idle worker; unit 1, in another one, shoots it once its reply has
 * arrived. */
static bool shoot_the_idle(void *context, size_t k, struct buf *out)
{
    struct shared *s = ((struct lab *)context)->shared;
    run(context, k, out);
    while (!s->attempts[1] || (k == 1 && s->done < 1))
        usleep(1000);
    if (k == 1) {
        kill(s->worker[0], SIGKILL);
        while (kill(s->worker[0], 0) == 0) /* until the parent has seen it */
            usleep(1000);
    }
    return false;
}

static void a_worker_killed_while_idle_costs_nothing(void **state)
{
    (void)state;
    struct lab l;
    struct pool_options o = quick(2);
    o.retries = 0;
    lab_open(&l);
    struct pool_work w = units(&l, 2);
    w.run = shoot_the_idle;
    pass(&o, &w);
    assert_each_once(&l, 2);
    assert_int_equal(l.lost, 0);
    assert_int_equal(l.attempts[0] + l.attempts[1], 2);
    assert_int_equal(l.shared->started, 2);
    lab_close(&l);
}

/* Units that die once and once more: attempts are counted in processes. */
static bool die_twice(void *context, size_t k, struct buf *out)
{
    if (((struct lab *)context)->shared->attempts[k] < 2) {
        run(context, k, out);
        if (k == 3)
            _exit(7);
        raise(SIGKILL);
    }
    return run(context, k, out);
}

static void retries_are_counted_in_processes(void **state)
{
    (void)state;
    struct lab l;
    struct pool_options o = quick(2);
    lab_open(&l);
    struct pool_work w = units(&l, 4);
    w.run = die_twice;
    pass(&o, &w);
    assert_each_once(&l, 4);
    assert_int_equal(l.lost, 4);
    lab_close(&l);
    lab_open(&l);
    o.retries = 2;
    w.context = &l;
    pass(&o, &w);
    assert_each_once(&l, 4);
    assert_int_equal(l.lost, 0);
    for (int k = 0; k < 4; k++)
        assert_int_equal(l.attempts[k], 3);
    lab_close(&l);
    lab_open(&l);
    w.count = 1;
    w.context = &l;
    o.retries = 0;
    l.shared->attempts[0] = 1;
    pass(&o, &w);
    assert_string_equal(l.cause, "worker killed by signal 9 (Killed)");
    lab_close(&l);
}

static size_t open_files(void)
{
    return entries("/proc/self/fd");
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    char folder[32];
    struct lab l;
    struct pool_options o = quick(4);
    o.recycle = 3;
    size_t before = open_files();
    own_tmp(folder);
    lab_open(&l);
    struct pool_work w = units(&l, 20);
    w.run = die_twice;
    pass(&o, &w);
    assert_no_children();
    assert_int_equal(open_files(), before);
    lab_close(&l);
    drop_tmp(folder);
}

/* ---- Ctrl-C, and a parent that is shot ---- */

static bool hang(void *context, size_t k, struct buf *out)
{
    run(context, k, out);
    while (pause() < 0)
        continue;
    return false;
}

/* In a child: the program that is interrupted. Its status tells how the run ended. */
static void become_program(struct pool_work *w, size_t jobs)
{
    struct err e = {0};
    struct pool_options o = quick(jobs);
    stop_on_signals();
    int status = pool_run(&o, w, &e);
    _exit(status == -1 && e.code == ERR_INTERRUPTED ? 42 : 1);
}

/* Sends `signal` to a program with two workers once both have come as far as `until`
 * says, and collects it and whatever it leaves behind. Returns its wait status. */
static int interrupt(struct pool_work *w, const atomic_int until[2], int signal)
{
    int status = 0, other;
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* orphans become ours */
    pid_t program = fork();
    assert_true(program >= 0);
    if (program == 0)
        become_program(w, 2);
    while (!until[0] || !until[1])
        usleep(1000);
    kill(program, signal);
    assert_int_equal(waitpid(program, &status, 0), program);
    while (waitpid(-1, &other, 0) > 0) /* blocks as long as a worker lives */
        assert_true(WIFSIGNALED(other) && WTERMSIG(other) == SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    return status;
}

static void an_interrupt_ends_the_run_and_leaves_nothing(void **state)
{
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM};
    for (int k = 0; k < 2; k++) {
        char folder[32];
        struct lab l;
        own_tmp(folder);
        lab_open(&l);
        struct pool_work w = units(&l, 10);
        w.run = hang;
        int status = interrupt(&w, l.shared->attempts, signals[k]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 42);
        assert_int_equal(l.shared->done, 0);
        assert_int_equal(kill(l.shared->worker[0], 0), -1);
        assert_int_equal(kill(l.shared->worker[1], 0), -1);
        lab_close(&l);
        drop_tmp(folder);
    }
}

static int never_ready_told(void *context, const struct pool_options *o, struct err *e)
{
    struct shared *s = ((struct lab *)context)->shared;
    s->attempts[s->started++] = 1;
    return never_ready(context, o, e);
}

/* Folders of killed programs go; one that a living program holds stays, whatever number
 * its process has, and so does what only looks like one. */
static void folders_of_killed_programs_are_removed(void **state)
{
    (void)state;
    struct lab l;
    char folder[32], path[3][96];
    static const char *const names[] = {"spikebar-worker-abcdef",
                                        "spikebar-worker-ghijkl", "spikebar-paper1"};
    own_tmp(folder);
    for (int k = 0; k < 3; k++) {
        snprintf(path[k], sizeof path[k], "%s/%s", folder, names[k]);
        assert_int_equal(mkdir(path[k], 0700), 0);
    }
    char inside[128];
    snprintf(inside, sizeof inside, "%s/b3v3check.log", path[0]);
    close(open(inside, O_WRONLY | O_CREAT, 0600));
    int held = open(path[1], O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(held, LOCK_EX), 0);
    lab_open(&l);
    struct pool_options o = quick(1);
    struct pool_work w = units(&l, 1);
    pass(&o, &w);
    lab_close(&l);
    assert_int_not_equal(access(path[0], F_OK), 0);
    assert_int_equal(rmdir(path[1]), 0);
    assert_int_equal(rmdir(path[2]), 0);
    close(held);
    drop_tmp(folder);
}

static void an_interrupt_while_workers_start_leaves_nothing(void **state)
{
    (void)state;
    char folder[32];
    struct lab l;
    own_tmp(folder);
    lab_open(&l);
    struct pool_work w = units(&l, 10);
    w.start = never_ready_told;
    int status = interrupt(&w, l.shared->attempts, SIGINT);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    lab_close(&l);
    drop_tmp(folder);
}

/* Nobody can clean up after SIGKILL; but the workers end with their parent, and those
 * that had started have no folder any more. */
static void a_killed_program_takes_its_workers_along(void **state)
{
    (void)state;
    char folder[32];
    struct lab l;
    own_tmp(folder);
    lab_open(&l);
    struct pool_work w = units(&l, 10);
    w.run = hang;
    int status = interrupt(&w, l.shared->attempts, SIGKILL);
    assert_true(WIFSIGNALED(status));
    lab_close(&l);
    drop_tmp(folder);
}

/* ---- memory of a simulator that simulates on and on ---- */

static int statm; /* open before /proc is hidden */

static int start_simulator(void *context, const struct pool_options *o, struct err *e)
{
    start(context, o, e);
    statm = open("/proc/self/statm", O_RDONLY);
    return worker_start(o, e);
}

static double resident_MB(void)
{
    char text[128] = "";
    unsigned long pages = 0;
    if (pread(statm, text, sizeof text - 1, 0) > 0)
        sscanf(text, "%*u %lu", &pages);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

/* An RC line of 50 sections. */
static void write_line(struct buf *deck)
{
    buf_puts(deck, "* line\nV1 n0 0 PWL(0 0 1u 1)\n");
    for (int k = 0; k < 50; k++)
        buf_printf(deck, "R%d n%d n%d 1k\nC%d n%d 0 1n\n", k, k, k + 1, k, k + 1);
    buf_puts(deck, ".tran 10u 1m 0 10u\n.end\n");
}

static bool simulate(void *context, size_t k, struct buf *out)
{
    struct trace t;
    struct buf deck = {0};
    double MB = 0;
    run(context, k, out);
    buf_clear(out);
    write_line(&deck);
    struct sim_result r =
        worker_simulate(deck.data, 1e-3, 1, (const char *[]){"n50"}, &t);
    if (r.status == SIM_OK) {
        trace_finish(&t);
        MB = resident_MB();
    }
    buf_append(out, &MB, sizeof MB);
    buf_finish(&deck);
    return false;
}

static int keep_memory(void *context, size_t k, const struct pool_outcome *o,
                       struct err *e)
{
    struct lab *l = context;
    (void)e;
    assert_int_equal(o->length, sizeof(double));
    memcpy(&l->resident_MB[k], o->reply, sizeof(double));
    return 0;
}

/* The 300 circuits take 22 MB if their vectors stay, 25 MB if the circuits do. */
static void three_hundred_circuits_do_not_fill_the_memory(void **state)
{
    (void)state;
    enum { N = 300 };
    struct lab l;
    struct pool_options o = quick(1);
    lab_open(&l);
    struct pool_work w = units(&l, N);
    w.start = start_simulator;
    w.run = simulate;
    w.done = keep_memory;
    pass(&o, &w);
    assert_int_equal(l.shared->started, 1);
    for (int k = 0; k < N; k++)
        assert_true(l.resident_MB[k] > 1);
    if (l.resident_MB[N - 1] - l.resident_MB[9] > 5)
        fail_msg("%g MB after 10 circuits, %g MB after %d", l.resident_MB[9],
                 l.resident_MB[N - 1], N);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_comes_once_and_in_any_number_of_workers),
        cmocka_unit_test(workers_are_replaced_after_their_share),
        cmocka_unit_test(workers_are_replaced_when_they_ask_or_grow),
        cmocka_unit_test(a_worker_stands_in_a_clean_place),
        cmocka_unit_test(a_worker_has_nothing_of_the_parents),
        cmocka_unit_test(a_lie_costs_the_unit_alone),
        cmocka_unit_test(a_word_of_an_idle_worker_costs_nothing),
        cmocka_unit_test(long_replies_come_whole),
        cmocka_unit_test(an_error_in_done_ends_the_run),
        cmocka_unit_test(an_error_of_a_worker_ends),
        cmocka_unit_test(workers_stand_where_TMPDIR_says),
        cmocka_unit_test(a_worker_killed_while_it_starts_is_replaced),
        cmocka_unit_test(bad_starts_count_in_a_row_alone),
        cmocka_unit_test(workers_that_never_start_end_the_run),
        cmocka_unit_test(a_worker_killed_while_idle_costs_nothing),
        cmocka_unit_test(retries_are_counted_in_processes),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(an_interrupt_ends_the_run_and_leaves_nothing),
        cmocka_unit_test(an_interrupt_while_workers_start_leaves_nothing),
        cmocka_unit_test(folders_of_killed_programs_are_removed),
        cmocka_unit_test(a_killed_program_takes_its_workers_along),
        cmocka_unit_test(three_hundred_circuits_do_not_fill_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
