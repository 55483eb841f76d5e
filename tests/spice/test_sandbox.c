#include "cm.h"

#include "base/file.h"
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
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a process may try. Each returns 0 when it came through, else the errno; the
 * folder holds the file "there" and the empty folder "sub". */
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
    int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);
    return fd < 0 ? errno : code(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}

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

struct attempt {
    const char *name;
    int (*act)(void);
};

static const struct attempt refused[] = {
    {"write", write_only},
    {"read and write", read_write},
    {"append", append},
    {"create", create},
    {"create to read", create_for_reading},
    {"truncate by open", empty_it},
    {"nameless file", without_a_name},
    {"open, the old call", old_open},
    {"creat", old_creat},
    {"truncate", shorten},
    {"rename", rename_it},
    {"unlink", remove_it},
    {"rmdir", remove_folder},
    {"mkdir", make_folder},
    {"link", link_it},
    {"symlink", symlink_it},
    {"mkfifo", make_fifo},
    {"chmod", make_executable},
    {"fchmod", make_open_one_executable},
    {"open by handle", open_by_handle},
    {"fork", fork_it},
    {"vfork", vfork_it},
    {"clone", clone_it},
    {"exec", exec_it},
    {"posix_spawn", spawn_it},
    {"socket", open_socket},
    {"unix socket", open_unix_socket},
    {"ptrace", trace_parent},
    {"kill", signal_parent},
    {"tgkill", signal_parents_thread},
    {"tkill", signal_a_thread},
    {"sigqueue", queue_a_signal},
    {"pidfd", signal_by_descriptor},
};
static const struct attempt allowed[] = {{"read", read_it},
                                         {"thread", make_thread},
                                         {"memory", take_memory},
                                         {"folder", list_folder},
                                         {"own signal", signal_itself}};
enum {
    REFUSED = sizeof refused / sizeof refused[0],
    ALLOWED = sizeof allowed / sizeof allowed[0]
};

struct outcome {
    int refused[REFUSED], allowed[ALLOWED], written;
};

static void attempt_all(const char *folder, struct outcome *o)
{
    struct err e = {0};
    int fd = open("/dev/null", O_WRONLY);
    if (chdir(folder) < 0 || sandbox_enter(&e) < 0)
        _exit(1);
    for (int k = 0; k < REFUSED; k++)
        o->refused[k] = refused[k].act();
    for (int k = 0; k < ALLOWED; k++)
        o->allowed[k] = allowed[k].act();
    o->written = (int)write(fd, "x", 1);
    _exit(0);
}

static void what_is_refused_and_what_stays(void **state)
{
    (void)state;
    char folder[PLAIN_FOLDER];
    int status;
    struct outcome *o =
        mmap(NULL, sizeof *o, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    plain_open(folder);
    plain_put(folder, "there", "12345");
    char *sub = path_join(folder, "sub");
    struct err e = {0};
    assert_int_equal(dir_make(sub, &e), 0);
    pid_t pid = fork();
    if (pid == 0)
        attempt_all(folder, o);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    for (int k = 0; k < REFUSED; k++)
        if (o->refused[k] != EPERM)
            fail_msg("%s: expected EPERM, found %s", refused[k].name,
                     o->refused[k] ? strerror(o->refused[k]) : "success");
    for (int k = 0; k < ALLOWED; k++)
        if (o->allowed[k] != 0)
            fail_msg("%s: %s", allowed[k].name, strerror(o->allowed[k]));
    assert_int_equal(o->written, 1);
    munmap(o, sizeof *o);
    free(sub);
    plain_close(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused_and_what_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
