#include "spice/sandbox.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define DENY SCMP_ACT_ERRNO(EPERM)

static const int denied[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(creat),
    SCMP_SYS(truncate),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchownat),
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(openat2),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(pidfd_send_signal),
};

/* open() and openat() with any flag that writes or creates. */
static int deny_writing(scmp_filter_ctx filter)
{
    static const unsigned flags[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};
    int status = 0;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0] && status == 0; i++) {
        status = seccomp_rule_add(filter, DENY, SCMP_SYS(open), 1,
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
        if (status == 0)
            status = seccomp_rule_add(filter, DENY, SCMP_SYS(openat), 1,
                                      SCMP_A2(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
    }
    return status;
}

/* Threads stay allowed, new processes not. clone3 hides its flags in memory, so it
 * answers "not there" and the C library falls back to clone. */
static int deny_processes(scmp_filter_ctx filter)
{
    int status = seccomp_rule_add(filter, DENY, SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return status;
}

/* A process may still signal itself: abort() does. */
static int deny_signals(scmp_filter_ctx filter)
{
    static const int calls[] = {SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo),
                                SCMP_SYS(rt_tgsigqueueinfo)};
    int status = 0;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0] && status == 0; i++)
        status = seccomp_rule_add(filter, DENY, calls[i], 1,
                                  SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid(), 0));
    return status;
}

int sandbox_enter(struct err *e)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int status = filter ? deny_writing(filter) : -ENOMEM;
    if (status == 0)
        status = deny_processes(filter);
    if (status == 0)
        status = deny_signals(filter);
    for (size_t i = 0; i < sizeof denied / sizeof denied[0] && status == 0; i++)
        status = seccomp_rule_add(filter, DENY, denied[i], 0);
    if (status == 0)
        status = seccomp_load(filter);
    seccomp_release(filter);
    if (status < 0)
        return err_set(e, ERR_SIMULATOR, "cannot lock a worker in (seccomp): %s",
                       strerror(-status));
    return 0;
}
