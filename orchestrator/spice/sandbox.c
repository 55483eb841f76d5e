/* The order matters: Landlock and the limits need calls that the filter refuses. */
#include "spice/sandbox.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef SPIKEBAR_VALGRIND
#include <valgrind/valgrind.h>
#endif

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SHADOW_MEMORY 1 /* terabytes of addresses belong to the sanitizer */
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||               \
    __has_feature(memory_sanitizer)
#define SHADOW_MEMORY 1
#endif
#endif
#ifndef SHADOW_MEMORY
#define SHADOW_MEMORY 0
#endif

/* ---- Landlock; headers of Debian 12 know a part of it ---- */

enum {
    LL_CREATE_RULESET = 444,
    LL_ADD_RULE = 445,
    LL_RESTRICT_SELF = 446,
    LL_VERSION = 1,
    LL_PATH_BENEATH = 1,
    LL_READ_FILE = 1 << 2,
    LL_READ_DIR = 1 << 3,
};

struct ll_ruleset {
    uint64_t files, network, scoped;
};

struct ll_path {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

/* 0: none. Asked for once, as a worker cannot ask any more. */
static int landlock_abi(void)
{
    static int abi = -1;
    if (abi < 0)
        abi = (int)syscall(LL_CREATE_RULESET, NULL, 0, LL_VERSION);
    if (abi < 0)
        abi = 0;
    return abi;
}

/* All accesses to files that a version knows: 13 in the first, then refer, truncate,
 * ioctl; from 4 on TCP, from 6 on abstract sockets and signals. */
static struct ll_ruleset everything(int abi)
{
    int files = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    return (struct ll_ruleset){.files = ((uint64_t)1 << files) - 1,
                               .network = abi >= 4 ? 3 : 0,
                               .scoped = abi >= 6 ? 3 : 0};
}

/* A path that is not there cannot be read anyway. */
static int allow_reading(int ruleset, const char *path)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return 0;
    struct ll_path rule = {.allowed = LL_READ_FILE, .parent = fd};
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        rule.allowed |= LL_READ_DIR;
    int status = (int)syscall(LL_ADD_RULE, ruleset, LL_PATH_BENEATH, &rule, 0);
    close(fd);
    return status;
}

static int hide_files(const char *const *readable, struct err *e)
{
    int abi = landlock_abi();
    if (abi == 0)
        return 0;
    struct ll_ruleset all = everything(abi);
    size_t size = abi >= 6 ? sizeof all : abi >= 4 ? 16 : 8;
    int ruleset = (int)syscall(LL_CREATE_RULESET, &all, size, 0);
    int status = ruleset < 0 ? -1 : 0;
    for (; readable && *readable && status == 0; readable++)
        status = allow_reading(ruleset, *readable);
    if (status == 0)
        status = (int)syscall(LL_RESTRICT_SELF, ruleset, 0);
    if (status < 0)
        err_errno(e, "lock a worker in", "Landlock");
    if (ruleset >= 0)
        close(ruleset);
    return status;
}

bool sandbox_hides_files(void)
{
    return landlock_abi() > 0;
}

/* ---- limits ---- */

static size_t mapped_bytes(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f)
        return 0;
    if (fscanf(f, "%lu", &pages) != 1)
        pages = 0;
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Both the soft and the hard one, but never more than there is. */
static int limit(int what, rlim_t most, struct err *e)
{
    struct rlimit r;
    if (getrlimit((__rlimit_resource_t)what, &r) < 0)
        return err_errno(e, "read", "a worker's limits");
    if (r.rlim_max < most)
        most = r.rlim_max;
    r.rlim_cur = r.rlim_max = most;
    if (setrlimit((__rlimit_resource_t)what, &r) < 0)
        return err_errno(e, "set", "a worker's limits");
    return 0;
}

static int limit_all(const struct sandbox *s, struct err *e)
{
    int status = limit(RLIMIT_FSIZE, 0, e);
    if (status == 0)
        status = limit(RLIMIT_NPROC, 0, e);
    if (status == 0 && s->memory_MB && !SHADOW_MEMORY)
        status = limit(RLIMIT_AS, mapped_bytes() + ((rlim_t)s->memory_MB << 20), e);
    return status;
}

/* Root keeps what it needs to read a user's own files, no more. */
static int drop_capabilities(struct err *e)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &head, data) < 0)
        return err_errno(e, "read", "a worker's capabilities");
    data[0].effective &= 1u << CAP_DAC_READ_SEARCH;
    data[0].permitted = data[0].effective;
    data[1].effective = data[1].permitted = 0;
    data[0].inheritable = data[1].inheritable = 0;
    if (syscall(SYS_capset, &head, data) < 0)
        return err_errno(e, "drop", "a worker's capabilities");
    return 0;
}

/* ---- the allow list ---- */

/* Whatever their arguments: memory, time, what is open, names of files. */
static const int allowed[] = {
    SCMP_SYS(read),          SCMP_SYS(readv),        SCMP_SYS(pread64),
    SCMP_SYS(write),         SCMP_SYS(writev),       SCMP_SYS(lseek),
    SCMP_SYS(close),         SCMP_SYS(fstat),        SCMP_SYS(stat),
    SCMP_SYS(lstat),         SCMP_SYS(newfstatat),   SCMP_SYS(statx),
    SCMP_SYS(access),        SCMP_SYS(faccessat),    SCMP_SYS(faccessat2),
    SCMP_SYS(getdents64),    SCMP_SYS(getcwd),       SCMP_SYS(chdir),
    SCMP_SYS(brk),           SCMP_SYS(munmap),       SCMP_SYS(mremap),
    SCMP_SYS(futex),         SCMP_SYS(sched_yield),  SCMP_SYS(sched_getaffinity),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),     SCMP_SYS(pause),        SCMP_SYS(gettimeofday),
    SCMP_SYS(time),          SCMP_SYS(times),        SCMP_SYS(getrusage),
    SCMP_SYS(getrlimit),     SCMP_SYS(getrandom),    SCMP_SYS(uname),
    SCMP_SYS(getpid),        SCMP_SYS(getppid),      SCMP_SYS(gettid),
    SCMP_SYS(getuid),        SCMP_SYS(geteuid),      SCMP_SYS(getgid),
    SCMP_SYS(getegid),       SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(sigaltstack),  SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),          SCMP_SYS(exit_group),
};

struct rule {
    int call;
    unsigned count;
    struct scmp_arg_cmp argument[2];
    int answer; /* 0: the call is made; else the errno that it gets */
};

/* Flags of open that neither write, create nor start anything. */
#define READING                                                                          \
    (O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_LARGEFILE | 0100000)
#define INT_BITS 0xffffffffu

/* Argument `n`, as the kernel's int, is `x`; has no bit of `x`; is the null pointer. */
#define IS(n, x)                                                                         \
    {                                                                                    \
        .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = INT_BITS,                       \
        .datum_b = (uint32_t)(x)                                                         \
    }
#define LACKS(n, x)                                                                      \
    {                                                                                    \
        .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = (uint32_t)(x), .datum_b = 0     \
    }
#define NULL_AT(n)                                                                       \
    {                                                                                    \
        .arg = (n), .op = SCMP_CMP_EQ, .datum_a = 0                                      \
    }

enum { RULES = 17 };

/* Those whose arguments decide. abort() signals itself; the C library asks for the size
 * of the stack (prlimit64) and whether a stream is a terminal (TCGETS). */
static void checked(struct rule rule[RULES])
{
    const struct rule list[RULES] = {
        {SCMP_SYS(open), 1, {LACKS(1, ~READING)}, 0},
        {SCMP_SYS(openat), 1, {LACKS(2, ~READING)}, 0},
        {SCMP_SYS(mmap), 1, {LACKS(2, PROT_EXEC)}, 0},
        {SCMP_SYS(mprotect), 1, {LACKS(2, PROT_EXEC)}, 0},
        {SCMP_SYS(madvise), 1, {IS(2, MADV_DONTNEED)}, 0},
        {SCMP_SYS(madvise), 1, {IS(2, MADV_FREE)}, 0},
        {SCMP_SYS(madvise), 1, {IS(2, MADV_HUGEPAGE)}, 0},
        {SCMP_SYS(madvise), 1, {IS(2, MADV_NOHUGEPAGE)}, 0},
        {SCMP_SYS(madvise), 1, {IS(2, MADV_DONTDUMP)}, 0},
        {SCMP_SYS(fcntl), 1, {IS(1, F_GETFD)}, 0},
        {SCMP_SYS(fcntl), 1, {IS(1, F_GETFL)}, 0},
        {SCMP_SYS(ioctl), 1, {IS(1, TCGETS)}, ENOTTY},
        {SCMP_SYS(prlimit64), 2, {IS(0, 0), NULL_AT(2)}, 0},
        {SCMP_SYS(tgkill), 1, {IS(0, getpid())}, 0},
        {SCMP_SYS(sendto), 1, {NULL_AT(4)}, 0},
        {SCMP_SYS(recvfrom), 1, {NULL_AT(4)}, 0},
        {SCMP_SYS(ioctl), 1, {IS(1, TIOCGWINSZ)}, ENOTTY},
    };
    memcpy(rule, list, sizeof list);
}

static int add_rules(scmp_filter_ctx filter)
{
    struct rule rule[RULES];
    int status = 0;
    checked(rule);
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && status == 0; i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; i < RULES && status == 0; i++)
        status = seccomp_rule_add_array(
            filter,
            rule[i].answer ? SCMP_ACT_ERRNO((uint32_t)rule[i].answer) : SCMP_ACT_ALLOW,
            rule[i].call, rule[i].count, rule[i].argument);
    return status;
}

static int filter_calls(struct err *e)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int status = filter ? 0 : -ENOMEM;
    if (status == 0)
        status = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (status == 0) /* a tree; an old libseccomp has none */
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (status == 0)
        status = add_rules(filter);
    if (status == 0)
        status = seccomp_load(filter);
    seccomp_release(filter);
    if (status < 0)
        return err_set(e, ERR_SIMULATOR, "cannot lock a worker in (seccomp): %s",
                       strerror(-status));
    return 0;
}

int sandbox_enter(const struct sandbox *s, struct err *e)
{
#ifdef SPIKEBAR_VALGRIND /* it makes code and calls of its own; see tests/memcheck */
    if (RUNNING_ON_VALGRIND)
        return 0;
#endif
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_errno(e, "lock a worker in", "no_new_privs");
    int status = limit_all(s, e);
    if (status == 0)
        status = hide_files(s->readable, e);
    if (status == 0)
        status = drop_capabilities(e);
    if (status == 0)
        status = filter_calls(e);
    return status;
}

void sandbox_describe(size_t size, char line[])
{
    struct rule rule[RULES];
    size_t calls = sizeof allowed / sizeof allowed[0];
    checked(rule);
    for (size_t i = 0; i < RULES; i++) {
        bool again = rule[i].answer != 0;
        for (size_t k = 0; k < i; k++)
            again |= rule[k].call == rule[i].call;
        calls += !again;
    }
    int n = snprintf(line, size, "allow list of %zu calls, ", calls);
    if (landlock_abi())
        snprintf(line + n, size - (size_t)n, "Landlock ABI %d", landlock_abi());
    else
        snprintf(line + n, size - (size_t)n,
                 "Landlock not in this kernel: decks can read the user's files");
}
