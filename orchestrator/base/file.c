#include "base/file.h"

#include "base/mem.h"

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

static int replace(const char *path, const void *data, size_t n, struct err *e)
{
    struct buf temporary = {0};
    int status = -1, saved;
    buf_printf(&temporary, "%s.tmp%ld", path, (long)getpid());
    int fd = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        goto done;
    status = write_all(fd, data, n);
    if (status == 0)
        status = fsync(fd);
    saved = errno;
    if (close(fd) < 0)
        status = -1;
    else
        errno = saved;
    if (status == 0)
        status = rename(temporary.data, path);
    if (status < 0) {
        saved = errno;
        unlink(temporary.data);
        errno = saved;
    } else {
        sync_folder_of(path);
    }
done:
    if (status < 0)
        err_errno(e, "write", path);
    buf_finish(&temporary);
    return status < 0 ? -1 : 0;
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

char *dir_make_temporary(struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    char *path = path_join(tmp && *tmp ? tmp : "/tmp", "spikebar-XXXXXX");
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
