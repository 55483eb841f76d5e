/* What a worker cannot do, tried by native code in a process of its own after
 * sandbox_enter, and by a code model that a deck loads. */
#include "cm.h"

#include "base/file.h"
#include "spice/jobs.h"
#include "spice/plain.h"
#include "spice/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What native code in a worker may try. Each returns 0 when it came through, else the
 * errno. It stands in a folder that may be read, which holds the file "there" and the
 * empty folder "sub"; victim.hidden may not be read. */
static struct {
    pid_t parent;
    int pidfd;       /* of the parent, opened before the sandbox */
    int socket;      /* one end; the parent writes to the other */
    int terminal;    /* a pseudo terminal's slave */
    char *secret;    /* address of a string of the parent's, other than the child's */
    char hidden[64]; /* path of a file in another folder */
} victim;

static int code(long status)
{
    return status < 0 ? errno : 0;
}

static int open_as(const char *name, int flags)
{
    int fd = open(name, flags, 0600);
    return fd < 0 ? errno : close(fd);
}

static int write_only(void)
{
    return open_as("there", O_WRONLY);
}

static int read_write(void)
{
    return open_as("there", O_RDWR);
}

static int append(void)
{
    return open_as("there", O_WRONLY | O_APPEND);
}

static int create(void)
{
    return open_as("new", O_WRONLY | O_CREAT);
}

static int create_for_reading(void)
{
    return open_as("new", O_RDONLY | O_CREAT);
}

static int empty_it(void)
{
    return open_as("there", O_RDONLY | O_TRUNC);
}

static int without_a_name(void)
{
    return open_as(".", O_WRONLY | O_TMPFILE);
}

static int old_open(void)
{
    return code(syscall(SYS_open, "there", O_WRONLY, 0));
}

static int old_creat(void)
{
    return code(syscall(SYS_creat, "there", 0600));
}

static int shorten(void)
{
    return code(truncate("there", 0));
}

static int rename_it(void)
{
    return code(rename("there", "here"));
}

static int remove_it(void)
{
    return code(unlink("there"));
}

static int remove_folder(void)
{
    return code(rmdir("sub"));
}

static int make_folder(void)
{
    return code(mkdir("new", 0700));
}

static int link_it(void)
{
    return code(link("there", "new"));
}

static int symlink_it(void)
{
    return code(symlink("there", "new"));
}

static int make_fifo(void)
{
    return code(mkfifo("new", 0600));
}

static int make_executable(void)
{
    return code(chmod("there", 0700));
}

static int make_open_one_executable(void)
{
    int fd = open("there", O_RDONLY);
    int status = fd < 0 ? errno : code(fchmod(fd, 0700));
    close(fd);
    return status;
}

static int open_by_handle(void)
{
    struct {
        struct file_handle head;
        unsigned char bytes[MAX_HANDLE_SZ];
    } h = {.head.handle_bytes = MAX_HANDLE_SZ};
    int mount, folder = open(".", O_RDONLY | O_DIRECTORY);
    name_to_handle_at(AT_FDCWD, "there", &h.head, &mount, 0);
    int fd = open_by_handle_at(folder, &h.head, O_WRONLY), status = code(fd);
    close(folder);
    return status;
}

static int fork_it(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return code(pid);
}

static int vfork_it(void)
{
    return code(syscall(SYS_vfork));
}

static int clone_it(void)
{
    long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    return code(pid);
}

static int exec_it(void)
{
    return code(execl("/bin/true", "true", (char *)NULL));
}

static int spawn_it(void)
{
    char *argv[] = {(char[]){"true"}, NULL};
    return posix_spawn(&(pid_t){0}, "/bin/true", NULL, NULL, argv, NULL);
}

static int open_socket(void)
{
    return code(socket(AF_INET, SOCK_STREAM, 0));
}

static int open_unix_socket(void)
{
    return code(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int trace_parent(void)
{
    return code(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int signal_parent(void)
{
    return code(kill(getppid(), 0));
}

static int signal_parents_thread(void)
{
    return code(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static int signal_a_thread(void)
{
    return code(syscall(SYS_tkill, getppid(), 0));
}

static int queue_a_signal(void)
{
    return code(sigqueue(getppid(), 0, (union sigval){0}));
}

static int signal_by_descriptor(void)
{
    return code(syscall(SYS_pidfd_send_signal, victim.pidfd, 0, NULL, 0));
}

/* ---- the escapes that a deny list once let through ---- */

static int type_into_the_terminal(void)
{
    return code(ioctl(victim.terminal, TIOCSTI, "x"));
}

static int ask_for_signals_by_ioctl(void)
{
    return code(ioctl(victim.socket, FIOASYNC, &(int){1}));
}

static int take_the_terminal(void)
{
    return code(ioctl(victim.terminal, TIOCSCTTY, 0));
}

static int take_a_descriptor(void)
{
    return code(syscall(SYS_pidfd_getfd, victim.pidfd, 0, 0));
}

static int let_it_be_killed(void)
{
    return code(fcntl(victim.socket, F_SETOWN, victim.parent));
}

static int let_it_be_killed_ex(void)
{
    struct f_owner_ex owner = {F_OWNER_PID, victim.parent};
    return code(fcntl(victim.socket, F_SETOWN_EX, &owner));
}

static int choose_the_signal(void)
{
    return code(fcntl(victim.socket, F_SETSIG, SIGUSR1));
}

static int ask_for_signals(void)
{
    return code(fcntl(victim.socket, F_SETFL, O_ASYNC));
}

static int limit_parent(void)
{
    struct rlimit r;
    getrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = 4;
    return code(prlimit(victim.parent, RLIMIT_NOFILE, &r, NULL));
}

static int limits_of_parent(void)
{
    struct rlimit r;
    return code(prlimit(victim.parent, RLIMIT_NOFILE, NULL, &r));
}

static int lift_own_limit(void)
{
    return code(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1 << 20, 1 << 20}));
}

static int reach_parent(int call)
{
    char text[8];
    struct iovec here = {text, sizeof text}, there = {victim.secret, sizeof text};
    return code(syscall(call, victim.parent, &here, 1, &there, 1, 0));
}

static int read_memory(void)
{
    return reach_parent(SYS_process_vm_readv);
}

static int write_memory(void)
{
    return reach_parent(SYS_process_vm_writev);
}

/* ---- code ---- */

static int map_as(int protection)
{
    void *p = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? errno : munmap(p, 4096);
}

static int map_code(void)
{
    return map_as(PROT_READ | PROT_EXEC);
}

static int map_writable_code(void)
{
    return map_as(PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int map_a_library(void)
{
    int fd = open("there", O_RDONLY);
    void *p = mmap(NULL, 5, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    int status = p == MAP_FAILED ? errno : munmap(p, 5);
    close(fd);
    return status;
}

static int protect_as(int call)
{
    char *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int status = code(syscall(call, p, 4096, PROT_READ | PROT_EXEC, -1));
    munmap(p, 4096);
    return status;
}

static int make_code(void)
{
    return protect_as(SYS_mprotect);
}

static int make_code_with_a_key(void)
{
    return protect_as(SYS_pkey_mprotect);
}

static void *idle(void *p)
{
    return p;
}

static int make_thread(void)
{
    pthread_t t;
    int status = pthread_create(&t, NULL, idle, NULL);
    return status ? status : pthread_join(t, NULL);
}

static int clone_as(unsigned long flags)
{
    long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    return code(pid);
}

static int new_user(void)
{
    return clone_as(CLONE_NEWUSER);
}

static int shared_memory_process(void)
{
    return clone_as(CLONE_PARENT);
}

static int outlive_the_parent(void)
{
    return code(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
}

static int send_a_descriptor(void)
{
    char room[CMSG_SPACE(sizeof(int))] = {0};
    char byte = 0;
    struct iovec v = {&byte, 1};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = room,
                       .msg_controllen = sizeof room};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    return code(sendmsg(victim.socket, &m, 0));
}

static int send_elsewhere(void)
{
    struct sockaddr to = {.sa_family = AF_UNIX};
    return code(sendto(victim.socket, "x", 1, 0, &to, sizeof to));
}

static int map_more_than_allowed(void)
{
    void *p = mmap(NULL, (size_t)1 << 32, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? errno : munmap(p, (size_t)1 << 32);
}

/* ---- files that nobody named ---- */

static int read_a_private_file(void)
{
    return open_as(victim.hidden, O_RDONLY);
}

static int read_upwards(void)
{
    char path[128];
    snprintf(path, sizeof path, "../%s", victim.hidden + 5);
    return open_as(path, O_RDONLY);
}

static int read_behind_a_link(void)
{
    return open_as("link", O_RDONLY);
}

static int read_passwords(void)
{
    return open_as("/etc/passwd", O_RDONLY);
}

static int list_all(void)
{
    return open_as("/", O_RDONLY | O_DIRECTORY);
}

static int open_memory_of_parent(void)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/mem", victim.parent);
    return open_as(path, O_RDONLY);
}

static int read_environment(void)
{
    return open_as("/proc/self/environ", O_RDONLY);
}

static int read_own_memory(void)
{
    return open_as("/proc/self/mem", O_RDONLY);
}

static int open_terminal(void)
{
    return open_as("/dev/null", O_RDONLY);
}

/* ---- what stays ---- */

static int read_it(void)
{
    char text[8];
    int fd = open("there", O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (fd >= 0)
        close(fd);
    return n == 5 ? 0 : errno;
}

static int signal_itself(void)
{
    signal(SIGUSR1, SIG_IGN);
    return raise(SIGUSR1);
}

static int take_memory(void)
{
    void *p =
        mmap(NULL, 1 << 24, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? errno : munmap(p, 1 << 24);
}

static int list_folder(void)
{
    return open_as(".", O_RDONLY | O_DIRECTORY);
}

static int grow_memory(void)
{
    char *p = realloc(malloc(1 << 20), 1 << 25);
    int status = p ? 0 : ENOMEM;
    free(p);
    return status;
}

static int no_terminal(void)
{
    return isatty(victim.terminal) || errno != ENOTTY;
}

static int own_limits(void)
{
    struct rlimit r;
    return code(getrlimit(RLIMIT_FSIZE, &r)) || r.rlim_max != 0;
}

static int talk_to_the_parent(void)
{
    return send(victim.socket, "x", 1, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

struct attempt {
    const char *name;
    int (*act)(void);
    int expected; /* 0: EPERM */
};

static const struct attempt refused[] = {
    {"write", write_only, 0},
    {"read and write", read_write, 0},
    {"append", append, 0},
    {"create", create, 0},
    {"create to read", create_for_reading, 0},
    {"truncate by open", empty_it, 0},
    {"nameless file", without_a_name, 0},
    {"open, the old call", old_open, 0},
    {"creat", old_creat, 0},
    {"truncate", shorten, 0},
    {"rename", rename_it, 0},
    {"unlink", remove_it, 0},
    {"rmdir", remove_folder, 0},
    {"mkdir", make_folder, 0},
    {"link", link_it, 0},
    {"symlink", symlink_it, 0},
    {"mkfifo", make_fifo, 0},
    {"chmod", make_executable, 0},
    {"fchmod", make_open_one_executable, 0},
    {"open by handle", open_by_handle, 0},
    {"fork", fork_it, 0},
    {"vfork", vfork_it, 0},
    {"clone", clone_it, 0},
    {"clone, new user", new_user, 0},
    {"clone, brother", shared_memory_process, 0},
    {"thread", make_thread, 0},
    {"exec", exec_it, 0},
    {"posix_spawn", spawn_it, 0},
    {"socket", open_socket, 0},
    {"unix socket", open_unix_socket, 0},
    {"sendmsg of a descriptor", send_a_descriptor, 0},
    {"sendto an address", send_elsewhere, 0},
    {"ptrace", trace_parent, 0},
    {"kill", signal_parent, 0},
    {"tgkill", signal_parents_thread, 0},
    {"tkill", signal_a_thread, 0},
    {"sigqueue", queue_a_signal, 0},
    {"pidfd_send_signal", signal_by_descriptor, 0},
    {"TIOCSTI", type_into_the_terminal, 0},
    {"TIOCSCTTY", take_the_terminal, 0},
    {"FIOASYNC", ask_for_signals_by_ioctl, 0},
    {"pidfd_getfd", take_a_descriptor, 0},
    {"F_SETOWN", let_it_be_killed, 0},
    {"F_SETOWN_EX", let_it_be_killed_ex, 0},
    {"F_SETSIG", choose_the_signal, 0},
    {"F_SETFL O_ASYNC", ask_for_signals, 0},
    {"prlimit of the parent", limit_parent, 0},
    {"prlimit, read the parent's", limits_of_parent, 0},
    {"setrlimit", lift_own_limit, 0},
    {"process_vm_readv", read_memory, 0},
    {"process_vm_writev", write_memory, 0},
    {"mmap of code", map_code, 0},
    {"mmap of writable code", map_writable_code, 0},
    {"mmap of a library", map_a_library, 0},
    {"mprotect to code", make_code, 0},
    {"pkey_mprotect to code", make_code_with_a_key, 0},
    {"outlive the parent", outlive_the_parent, 0},
};

/* Where the kernel has Landlock. */
static const struct attempt hidden[] = {
    {"a private file", read_a_private_file, EACCES},
    {"a private file, upwards", read_upwards, EACCES},
    {"a private file behind a link", read_behind_a_link, EACCES},
    {"/etc/passwd", read_passwords, EACCES},
    {"list /", list_all, EACCES},
    {"/proc/PARENT/mem", open_memory_of_parent, EACCES},
    {"/proc/self/environ", read_environment, EACCES},
    {"/proc/self/mem", read_own_memory, EACCES},
    {"/dev/null", open_terminal, EACCES},
};

/* Calls with arguments that would fail harmlessly, and not with EPERM, were they made. */
static const struct {
    const char *name;
    int call;
} raw[] = {
    {"fchmodat2", 452},
    {"fchmodat", SYS_fchmodat},
    {"fchownat", SYS_fchownat},
    {"utimensat", SYS_utimensat},
    {"setxattr", SYS_setxattr},
    {"ftruncate", SYS_ftruncate},
    {"fallocate", SYS_fallocate},
    {"copy_file_range", SYS_copy_file_range},
    {"sendfile", SYS_sendfile},
    {"splice", SYS_splice},
    {"openat2", SYS_openat2},
    {"readlinkat", SYS_readlinkat},
    {"unshare", SYS_unshare},
    {"setns", SYS_setns},
    {"clone3", SYS_clone3},
    {"mount", SYS_mount},
    {"umount2", SYS_umount2},
    {"pivot_root", SYS_pivot_root},
    {"fsopen", SYS_fsopen},
    {"open_tree", SYS_open_tree},
    {"memfd_create", SYS_memfd_create},
    {"userfaultfd", SYS_userfaultfd},
    {"bpf", SYS_bpf},
    {"perf_event_open", SYS_perf_event_open},
    {"keyctl", SYS_keyctl},
    {"io_uring_setup", SYS_io_uring_setup},
    {"io_uring_enter", SYS_io_uring_enter},
    {"pidfd_open", SYS_pidfd_open},
    {"kcmp", SYS_kcmp},
    {"process_madvise", 440},
    {"process_mrelease", 448},
    {"move_pages", SYS_move_pages},
    {"sched_setaffinity", SYS_sched_setaffinity},
    {"sched_setscheduler", SYS_sched_setscheduler},
    {"setpriority", SYS_setpriority},
    {"ioprio_set", SYS_ioprio_set},
    {"shmget", SYS_shmget},
    {"shmat", SYS_shmat},
    {"msgget", SYS_msgget},
    {"mq_open", SYS_mq_open},
    {"inotify_init1", SYS_inotify_init1},
    {"socketpair", SYS_socketpair},
    {"recvmsg", SYS_recvmsg},
    {"accept4", SYS_accept4},
    {"timer_create", SYS_timer_create},
    {"personality", SYS_personality},
    {"seccomp", SYS_seccomp},
    {"setresuid", SYS_setresuid},
    {"capset", SYS_capset},
    {"setpgid", SYS_setpgid},
    {"fcntl F_SETLEASE", SYS_fcntl},
    {"ioctl", SYS_ioctl},
};

static const struct attempt allowed[] = {
    {"read", read_it, 0},
    {"memory", take_memory, 0},
    {"more memory", grow_memory, 0},
    {"folder", list_folder, 0},
    {"own signal", signal_itself, 0},
    {"isatty", no_terminal, 0},
    {"own limits", own_limits, 0},
    {"the parent's socket", talk_to_the_parent, 0},
};

enum {
    REFUSED = sizeof refused / sizeof refused[0],
    HIDDEN = sizeof hidden / sizeof hidden[0],
    RAW = sizeof raw / sizeof raw[0],
    ALLOWED = sizeof allowed / sizeof allowed[0]
};

struct outcome {
    int refused[REFUSED], hidden[HIDDEN], raw[RAW], allowed[ALLOWED], written, memory;
};

static void attempt_all(const char *folder, struct outcome *o)
{
    struct err e = {0};
    const char *const readable[] = {folder, NULL};
    int fd = open("/dev/null", O_WRONLY);
    struct sandbox s = {.readable = readable, .memory_MB = 1024};
    if (chdir(folder) < 0 || sandbox_enter(&s, &e) < 0)
        _exit(1);
    for (int k = 0; k < REFUSED; k++)
        o->refused[k] = refused[k].act();
    for (int k = 0; k < HIDDEN; k++)
        o->hidden[k] = hidden[k].act();
    for (int k = 0; k < RAW; k++)
        o->raw[k] = code(syscall(raw[k].call, -1L, -1L, -1L, -1L, -1L, -1L));
    for (int k = 0; k < ALLOWED; k++)
        o->allowed[k] = allowed[k].act();
    o->memory = map_more_than_allowed();
    o->written = (int)write(fd, "x", 1);
    _exit(0);
}

static int check(const char *name, int expected, int found)
{
    if (!expected)
        expected = EPERM;
    if (found != expected)
        fail_msg("%s: expected %s, found %s", name, strerrorname_np(expected),
                 found ? strerror(found) : "success");
    return 1;
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals++;
}

/* The four escapes, as the parent sees them. */
static void assert_unharmed(int far, const struct rlimit *before)
{
    struct rlimit r;
    int typed = -1;
    assert_int_equal(write(far, "y", 1), 1); /* would signal whoever owns it */
    assert_int_equal(signals, 0);
    assert_int_equal(ioctl(victim.terminal, FIONREAD, &typed), 0);
    assert_int_equal(typed, 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
    assert_int_equal(r.rlim_cur, before->rlim_cur);
}

/* Opens what a parent would have open. */
static int expose(int *far)
{
    static char secret[] = "........";
    int pair[2], master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    victim.terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(victim.terminal >= 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    victim.socket = pair[0];
    *far = pair[1];
    victim.parent = getpid();
    victim.pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    victim.secret = secret;
    signals = 0;
    signal(SIGUSR1, count_signal);
    return master;
}

static void conceal(int master, int far)
{
    close(master), close(far);
    close(victim.terminal), close(victim.socket), close(victim.pidfd);
    signal(SIGUSR1, SIG_DFL);
}

static void run_child(const char *folder, struct outcome *o)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        attempt_all(folder, o);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void what_is_refused_and_what_stays(void **state)
{
    (void)state;
    char folder[PLAIN_FOLDER], other[PLAIN_FOLDER];
    int far, denials = 0;
    struct rlimit before;
    struct outcome *o =
        mmap(NULL, sizeof *o, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    plain_open(folder), plain_open(other);
    plain_put(folder, "there", "12345");
    plain_put(other, "secret", "12345");
    snprintf(victim.hidden, sizeof victim.hidden, "%s/secret", other);
    char *sub = path_join(folder, "sub"), *link = path_join(folder, "link");
    struct err e = {0};
    assert_int_equal(dir_make(sub, &e) | symlink(victim.hidden, link), 0);
    int master = expose(&far);
    getrlimit(RLIMIT_NOFILE, &before);
    run_child(folder, o);
    assert_unharmed(far, &before);
    for (int k = 0; k < REFUSED; k++)
        denials += check(refused[k].name, refused[k].expected, o->refused[k]);
    for (int k = 0; k < HIDDEN && sandbox_hides_files(); k++)
        denials += check(hidden[k].name, hidden[k].expected, o->hidden[k]);
    for (int k = 0; k < RAW; k++)
        denials += check(raw[k].name, EPERM, o->raw[k]);
    for (int k = 0; k < ALLOWED; k++)
        if (o->allowed[k] != 0)
            fail_msg("%s: %s", allowed[k].name, strerror(o->allowed[k]));
    assert_true(denials >= 60);
#ifndef __SANITIZE_ADDRESS__
    assert_int_equal(o->memory, ENOMEM);
#endif
    assert_int_equal(o->written, 1);
    conceal(master, far);
    munmap(o, sizeof *o);
    free(sub), free(link);
    plain_close(folder), plain_close(other);
}

/* The counter-test: without the sandbox the parent does get the signal. */
static void without_it_the_parent_is_reached(void **state)
{
    (void)state;
    int far, status;
    int master = expose(&far);
    pid_t pid = fork();
    if (pid == 0)
        _exit(let_it_be_killed() | choose_the_signal() | ask_for_signals() |
              limits_of_parent());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(write(far, "y", 1), 1);
    assert_int_equal(signals, 1);
    conceal(master, far);
}

#ifdef __x86_64__
static void other_call(int kind)
{
    struct err e = {0};
    if (sandbox_enter(&(struct sandbox){0}, &e) < 0)
        _exit(1);
    if (kind == 0)
        syscall(0x40000000L | SYS_getpid);
    else
        __asm__ volatile("int $0x80" : : "a"(20L) : "memory");
    _exit(0);
}
#endif

/* The numbers of x32 and of 32 bits mean other calls: they end the process. */
static void calls_of_other_machines_end_it(void **state)
{
    (void)state;
#ifdef __x86_64__
    for (int kind = 0; kind < 2; kind++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            other_call(kind);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_true(WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
    }
#endif
}

/* ---- through the simulator ---- */

/* EVIL is a code model that ends its process with status 42 as soon as it is loaded. */
static void write_evil(const char *folder, const char *command)
{
    struct buf inc = {0}, library = {0};
    struct err e = {0};
    if (file_read(EVIL, (size_t)1 << 26, &library, &e) < 0 ||
        file_write_in(folder, "evil.cm", library.data, library.len, &e) < 0)
        fail_msg("%s", e.text);
    buf_printf(&inc, ".control\n%s ./evil.cm\n.endc\n", command);
    plain_put(folder, "evil.inc", inc.data);
    buf_finish(&inc), buf_finish(&library);
}

static const char evil_deck[] =
    "* rc\n.include ./evil.inc\nV1 in 0 PWL(0 0 1u 1)\nR1 in out 1k\n"
    "C1 out 0 1u\n.tran 10u 10m 0 10u\n.save v(out)\n.end\n";

static int plain_status(const char *folder)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        plain_become(folder, (const char *[]){"-b", "deck.cir", NULL});
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void a_code_model_of_a_deck_is_not_loaded(void **state)
{
    (void)state;
    static const char *const commands[] = {"codemodel", "pre_codemodel", "CODEMODEL",
                                           "pre_osdi", "osdi"};
    struct err e = {0};
    for (size_t k = 0; k < sizeof commands / sizeof commands[0]; k++) {
        char folder[PLAIN_FOLDER];
        plain_open(folder);
        write_evil(folder, commands[k]);
        struct jobs_deck d = {.stop_s = 0.01, .folder = folder};
        buf_puts(&d.text, evil_deck);
        plain_put(folder, "deck.cir", evil_deck);
        int status = plain_status(folder);
        if (k < 2) /* it would have been */
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
        jobs_name(&d, "out");
        struct pool_options o = pool_defaults();
        o.readable[0] = folder;
        o.retries = 0;
        assert_int_equal(jobs_decks(&o, 1, &d, &e), 0);
        /* No worker was lost. What is told of counts as an error of the deck. */
        if (d.cause ? !strstr(d.cause, "circuit refused: Error: Library ./evil.cm")
                    : k < 2)
            fail_msg("%s: %s", commands[k], d.cause ? d.cause : "silence");
        jobs_finish(1, &d);
        plain_close(folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused_and_what_stays),
        cmocka_unit_test(without_it_the_parent_is_reached),
        cmocka_unit_test(calls_of_other_machines_end_it),
        cmocka_unit_test(a_code_model_of_a_deck_is_not_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
