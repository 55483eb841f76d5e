#include "base/file.h"

#include "base/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

int file_read(const char *path, size_t limit, struct buf *out, struct err *e)
{
    char chunk[65536];
    int status = -1;
    size_t total = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(e, "read", path);
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_errno(e, "read", path);
            break;
        }
        if (n == 0) {
            status = 0;
            break;
        }
        total += (size_t)n;
        if (total > limit) {
            err_set(e, ERR_INPUT, "expected at most %zu bytes, found more", limit);
            err_place(e, "%s", path);
            break;
        }
        buf_append(out, chunk, (size_t)n);
    }
    close(fd);
    return status;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return -1;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

static void sync_folder_of(const char *path)
{
    AUTO_FREE char *folder = mem_copy_string(path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* A pipe or a device is written to, never replaced. */
static int write_through(const char *path, const void *data, size_t n, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), status = -1;
    if (fd >= 0)
        status = write_all(fd, data, n);
    if (fd >= 0 && close(fd) < 0)
        status = -1;
    return status < 0 ? err_errno(e, "write", path) : 0;
}

/* Its writer lives as long as it is locked: on any host, whatever its process number. */
static bool lock(int fd, bool wait)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int status;
    do {
        status = fcntl(fd, wait ? F_SETLKW : F_SETLK, &whole);
    } while (status < 0 && errno == EINTR);
    return status == 0;
}

/* A file beside `path` that nobody else has; it is locked until it is closed. Whoever
 * cleans up may come between opening and locking: then it has no name any more. */
static int open_temporary(const char *path, struct buf *name)
{
    for (int k = 0; k < 1000; k++) {
        struct stat st;
        buf_clear(name);
        buf_printf(name, "%s.tmp%ld", path, (long)getpid());
        if (k)
            buf_printf(name, "-%d", k);
        int fd = open(name->data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            return -1;
        if (fd < 0)
            continue;
        (void)lock(fd, true);
        if (fstat(fd, &st) == 0 && st.st_nlink > 0)
            return fd;
        close(fd);
    }
    errno = EEXIST;
    return -1;
}

/* The temporary file becomes `path`, if there is none. NFS has no renameat2 of this kind,
 * but links; FAT has no links. */
static int become_new(const char *temporary, const char *path)
{
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    return link(temporary, path) == 0 ? unlink(temporary) : -1;
}

/* Writes all under another name and then calls `become`. */
static int write_whole(const char *path, const void *data, size_t n,
                       int (*become)(const char *temporary, const char *path))
{
    AUTO(buf_finish) struct buf temporary = {0};
    int fd = open_temporary(path, &temporary), saved;
    if (fd < 0)
        return -1;
    int status = write_all(fd, data, n);
    if (status == 0)
        status = fsync(fd);
    if (status == 0)
        status = become(temporary.data, path);
    saved = errno;
    if (status < 0)
        unlink(temporary.data);
    if (close(fd) < 0)
        status = -1;
    else
        errno = saved;
    if (status == 0)
        sync_folder_of(path);
    return status;
}

static int replace(const char *path, const void *data, size_t n, struct err *e)
{
    return write_whole(path, data, n, rename) < 0 ? err_errno(e, "write", path) : 0;
}

int file_create(const char *path, const void *data, size_t n, struct err *e)
{
    if (write_whole(path, data, n, become_new) == 0)
        return 0;
    return errno == EEXIST ? 1 : err_errno(e, "write", path);
}

int file_room(const char *folder, size_t bytes, struct err *e)
{
    AUTO(buf_finish) struct buf temporary = {0};
    AUTO_FREE char *path = path_join(folder, "room.txt");
    int fd = open_temporary(path, &temporary);
    int error = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)bytes);
    if (fd >= 0) {
        unlink(temporary.data);
        close(fd);
    }
    if (!error)
        return 0;
    errno = error;
    err_errno(e, "write", folder);
    return err_hint(e, "make room for %zu bytes and give the same command again", bytes);
}

/* "scores.csv.tmp1234", "scores.csv.tmp1234-1" */
static bool is_temporary(const char *name)
{
    const char *end = NULL, *dot = strchr(name, '.');
    for (const char *p = name; (p = strstr(p, ".tmp")); p += 4)
        end = p;
    if (!end || end == dot)
        return false;
    size_t digits = strspn(end + 4, "0123456789");
    const char *rest = end + 4 + digits;
    return digits && (!*rest || (*rest == '-' && rest[1] &&
                                 !rest[1 + strspn(rest + 1, "0123456789")]));
}

/* Between opening and locking its writer may have come to its end and begun another one
 * of this name; while a file is locked here its name stays its own. */
static void clean_one(int folder, const char *name)
{
    struct stat st, now;
    int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && lock(fd, false) &&
        fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
        now.st_ino == st.st_ino && now.st_dev == st.st_dev)
        unlinkat(folder, name, 0);
    close(fd);
}

void file_clean(const char *folder, int depth)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);
    while (dir && (entry = readdir(dir))) {
        if (is_temporary(entry->d_name)) {
            clean_one(dirfd(dir), entry->d_name);
        } else if (depth && entry->d_type == DT_DIR && entry->d_name[0] != '.') {
            AUTO_FREE char *below = path_join(folder, entry->d_name);
            file_clean(below, depth - 1);
        }
    }
    if (dir)
        closedir(dir);
}

int file_write(const char *path, const void *data, size_t n, struct err *e)
{
    struct stat st;
    AUTO_FREE char *real =
        realpath(path, NULL); /* a link stays, what it names is replaced */
    int status;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        status = write_through(path, data, n, e);
    else
        status = replace(real ? real : path, data, n, e);
    return status;
}

int file_write_in(const char *folder, const char *name, const void *data, size_t n,
                  struct err *e)
{
    AUTO_FREE char *path = path_join(folder, name);
    return file_write(path, data, n, e);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int dir_make(const char *path, struct err *e)
{
    if (!*path)
        return err_set(e, ERR_USAGE, "expected the name of a folder, found none");
    AUTO_FREE char *part = mem_copy_string(path);
    int status = 0;
    for (char *p = part + 1; status == 0; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char end = *p;
        *p = '\0';
        if (mkdir(part, 0777) < 0 && errno != EEXIST)
            status = err_errno(e, "make the folder", part);
        *p = end;
        if (!end)
            break;
    }
    struct stat st;
    if (status == 0 && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))) {
        errno = ENOTDIR;
        status = err_errno(e, "make the folder", path);
    }
    return status;
}

const char *dir_temporary(void)
{
    const char *tmp = getenv("TMPDIR");
    return tmp && *tmp ? tmp : "/tmp";
}

char *dir_make_temporary(const char *kind, struct err *e)
{
    struct buf name = {0};
    buf_printf(&name, "%s/spikebar-%s-XXXXXX", dir_temporary(), kind);
    char *path = name.data;
    if (mkdtemp(path))
        return path;
    err_errno(e, "make a folder for temporary files", path);
    err_hint(e, "TMPDIR says where; name a folder that can be written to");
    free(path);
    return NULL;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

void dir_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *path_join(const char *folder, const char *name)
{
    struct buf b = {0};
    if (name[0] == '/')
        buf_puts(&b, name);
    else
        buf_printf(&b, "%s/%s", folder, name);
    return b.data;
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void sha256_hex(const void *data, size_t n, char hex[SHA256_HEX])
{
    SHA256Data(data, n, hex);
}

int sha256_file(const char *path, char hex[SHA256_HEX], struct err *e)
{
    AUTO(buf_finish) struct buf b = {0};
    int status = file_read(path, (size_t)1 << 32, &b, e);
    if (status == 0)
        sha256_hex(buf_text(&b), b.len, hex);
    return status;
}

uint32_t crc32_of(const void *data, size_t n)
{
    uLong crc = crc32(0, Z_NULL, 0);
    return (uint32_t)crc32_z(crc, data, n);
}
