/* A user with a fresh folder, who gives commands and reads what they print.
 *
 * The place is not friendly: standard input is closed, there is no HOME, the language
 * is German, and the temporary folder is the user's own, so that what a command leaves
 * there shows. `home`, `path`, `cwd`, `out_to` and `file_limit` change that.
 *
 *     struct user *u = *state;
 *     assert_int_equal(user_run(u, WORDS("verify", "--study", "tiny.ini")), 0);
 *     assert_holds(u->out, "accuracy");
 */
#ifndef SPIKEBAR_TESTS_CLI_USER_H
#define SPIKEBAR_TESTS_CLI_USER_H

#include "folder.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

#define WORDS(...)                                                                       \
    (const char *const[])                                                                \
    {                                                                                    \
        __VA_ARGS__, NULL                                                                \
    }

struct command_running {
    pid_t pid;
    int out, err; /* files without a name */
};

struct user {
    char *folder;
    const char *program;           /* spikebar, or another */
    const char *cwd;               /* below the folder, or NULL */
    const char *home;              /* or NULL: no HOME */
    const char *path;              /* PATH, or NULL: the test's own */
    const char *data;              /* SPIKEBAR_DATA, or NULL */
    const char *out_to;            /* where standard output goes, or NULL: to `out` */
    bool deaf;                     /* standard output and error are closed */
    rlim_t file_limit;             /* largest file in bytes; 0: any */
    char *out, *err;               /* of the last command that ended */
    struct command_running now[4]; /* pid 0: free */
};

static inline int user_make(void **state)
{
    struct user *u = mem_alloc(1, sizeof *u);
    void *folder;
    if (folder_make(&folder) < 0)
        return -1;
    u->folder = folder;
    u->program = SPIKEBAR_PROGRAM;
    u->out = mem_copy_string("");
    u->err = mem_copy_string("");
    free(folder_sub(u->folder, "tmp"));
    *state = u;
    return 0;
}

static inline int user_remove(void **state)
{
    struct user *u = *state;
    for (size_t i = 0; i < sizeof u->now / sizeof u->now[0]; i++)
        if (u->now[i].pid > 0) {
            kill(u->now[i].pid, SIGKILL);
            waitpid(u->now[i].pid, NULL, 0);
        }
    dir_remove(u->folder);
    free(u->folder), free(u->out), free(u->err);
    free(u);
    return 0;
}

/* A test whose state is a user. */
#define by_user(test) cmocka_unit_test_setup_teardown(test, user_make, user_remove)

/* ---- starting ---- */

static inline bool user_sets(const char *variable)
{
    static const char *const ours[] = {
        "HOME=", "LANG=", "LC_", "LANGUAGE=", "TMPDIR=", "SPIKEBAR_DATA=", "PATH="};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strncmp(variable, ours[i], strlen(ours[i])) == 0)
            return true;
    return false;
}

static inline char *user_variable(const char *name, const char *value)
{
    struct buf b = {0};
    buf_printf(&b, "%s=%s", name, value);
    return b.data;
}

/* NULL-terminated; the caller frees it and its entries. */
static inline char **user_environment(const struct user *u)
{
    size_t n = 0, room = 16;
    char *tmp = path_join(u->folder, "tmp");
    for (char **v = environ; *v; v++)
        room++;
    char **all = mem_alloc(room, sizeof *all);
    for (char **v = environ; *v; v++)
        if (!user_sets(*v))
            all[n++] = mem_copy_string(*v);
    const char *path = u->path ? u->path : getenv("PATH");
    all[n++] = user_variable("PATH", path ? path : "/usr/bin:/bin");
    all[n++] = user_variable("LANG", "de_DE.UTF-8");
    all[n++] = user_variable("LC_ALL", "de_DE");
    all[n++] = user_variable("TMPDIR", tmp);
    if (u->home)
        all[n++] = user_variable("HOME", u->home);
    if (u->data)
        all[n++] = user_variable("SPIKEBAR_DATA", u->data);
    free(tmp);
    return all;
}

static inline void user_descriptors(const struct user *u, struct command_running *c,
                                    posix_spawn_file_actions_t *actions)
{
    char *cwd = path_join(u->folder, u->cwd ? u->cwd : ".");
    c->out = memfd_create("out", MFD_CLOEXEC);
    c->err = memfd_create("err", MFD_CLOEXEC);
    posix_spawn_file_actions_init(actions);
    posix_spawn_file_actions_addchdir_np(actions, cwd);
    if (u->out_to)
        posix_spawn_file_actions_addopen(actions, 1, u->out_to, O_WRONLY, 0);
    else
        posix_spawn_file_actions_adddup2(actions, c->out, 1);
    posix_spawn_file_actions_adddup2(actions, c->err, 2);
    /* Last: if the test has no standard input itself, c->out is descriptor 0. */
    posix_spawn_file_actions_addclose(actions, 0);
    for (int fd = 1; fd < 3 && u->deaf; fd++)
        posix_spawn_file_actions_addclose(actions, fd);
    free(cwd);
}

/* A limit on files holds for what is spawned; the test itself writes none meanwhile. */
static inline int user_spawn(const struct user *u, struct command_running *c,
                             char *const words[], char *const environment[])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct rlimit before, limit;
    sigset_t usual;
    user_descriptors(u, c, &actions);
    sigemptyset(&usual);
    sigaddset(&usual, SIGXFSZ);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    if (u->file_limit)
        limit.rlim_cur = u->file_limit;
    setrlimit(RLIMIT_FSIZE, &limit);
    int status =
        posix_spawnp(&c->pid, words[0], &actions, &attributes, words, environment);
    setrlimit(RLIMIT_FSIZE, &before);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

/* Starts the program with the words; the user still has to wait for it. */
static inline struct command_running *user_start(struct user *u, const char *const word[])
{
    struct command_running *c = u->now;
    size_t n = 0;
    while (c->pid)
        c++;
    while (word[n])
        n++;
    char **words = mem_alloc(n + 2, sizeof *words), **environment = user_environment(u);
    words[0] = mem_copy_string(u->program);
    for (size_t i = 0; i < n; i++)
        words[i + 1] = mem_copy_string(word[i]);
    if (user_spawn(u, c, words, environment) != 0)
        fail_msg("%s does not start", u->program);
    for (size_t i = 0; words[i]; i++)
        free(words[i]);
    for (size_t i = 0; environment[i]; i++)
        free(environment[i]);
    free(words), free(environment);
    return c;
}

/* ---- waiting ---- */

static inline char *user_catch(int fd)
{
    struct stat st;
    fstat(fd, &st);
    char *text = mem_alloc((size_t)st.st_size + 1, 1);
    assert_int_equal(pread(fd, text, (size_t)st.st_size, 0), st.st_size);
    close(fd);
    return text;
}

static inline size_t user_count_entries(const char *folder)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return n;
}

/* The exit status, or minus the signal that ended it. Fills u->out and u->err. A
 * command that came to its own end has left nothing in the temporary folder. */
static inline int user_wait(struct user *u, struct command_running *c)
{
    int status;
    while (waitpid(c->pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    c->pid = 0;
    free(u->out), free(u->err);
    u->out = user_catch(c->out);
    u->err = user_catch(c->err);
    if (WIFSIGNALED(status))
        return -WTERMSIG(status);
    char *tmp = path_join(u->folder, "tmp");
    assert_int_equal(user_count_entries(tmp), 0);
    free(tmp);
    return WEXITSTATUS(status);
}

static inline int user_run(struct user *u, const char *const word[])
{
    return user_wait(u, user_start(u, word));
}

/* ---- what was printed ---- */

/* The command went well; else its message is in the failure. */
static inline void user_does(struct user *u, const char *const word[])
{
    int status = user_run(u, word);
    if (status != 0)
        fail_msg("%s: status %d: %s", word[0], status, u->err);
}

/* One line on stderr, from spikebar, with `part` in it. */
static inline void user_hears(const struct user *u, const char *part)
{
    const char *end = strchr(u->err, '\n');
    if (!end || end[1] || strncmp(u->err, "spikebar: ", 10) != 0 || !strstr(u->err, part))
        fail_msg("expected one line with `%s`, found `%s`", part, u->err);
}

/* The command is refused: status 1, nothing on stdout, one line on stderr. */
static inline void user_is_refused(struct user *u, const char *const word[],
                                   const char *part)
{
    int status = user_run(u, word);
    if (status != 1)
        fail_msg("expected `%s`, found status %d, `%s`", part, status, u->err);
    assert_string_equal(u->out, "");
    for (const char *c = u->err; *c; c++)
        if ((*c > 0 && *c < ' ' && *c != '\n') || *c == 127)
            fail_msg("a control character is in `%s`", u->err);
    user_hears(u, part);
}

/* A number in the JSON object that is all of `text`; "a.b" is b in the object a. */
static inline double json_number(const char *text, const char *key)
{
    const char *end = NULL;
    cJSON *o = cJSON_ParseWithOpts(text, &end, false);
    if (!cJSON_IsObject(o) || !end || strcmp(end, "\n") != 0)
        fail_msg("not one JSON object: `%s`", text);
    char *copy = mem_copy_string(key), *inner = strchr(copy, '.');
    if (inner)
        *inner++ = '\0';
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, copy);
    if (inner)
        item = cJSON_GetObjectItemCaseSensitive(item, inner);
    if (!cJSON_IsNumber(item))
        fail_msg("no number %s in `%s`", key, text);
    double x = item->valuedouble;
    cJSON_Delete(o);
    free(copy);
    return x;
}

/* ---- files ---- */

static inline char *user_reads(const struct user *u, const char *name)
{
    return folder_read(u->folder, name, NULL);
}

static inline bool user_has(const struct user *u, const char *name)
{
    char *path = path_join(u->folder, name);
    bool there = file_exists(path);
    free(path);
    return there;
}

static inline void assert_same_file(const struct user *u, const char *a, const char *b)
{
    size_t n, m;
    char *x = folder_read(u->folder, a, &n), *y = folder_read(u->folder, b, &m);
    if (n != m || memcmp(x, y, n) != 0)
        fail_msg("%s and %s differ", a, b);
    free(x), free(y);
}

#endif
