#include "run/store.h"

#include "base/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT ((size_t)1 << 33)

int store_open(struct store *st, const char *folder, struct err *e)
{
    *st = (struct store){.folder = path_join(folder, "attempts"), .fd = -1};
    return dir_make(st->folder, e);
}

void store_close(struct store *st)
{
    for (size_t i = 0; i < st->count; i++)
        free(st->record[i].payload);
    for (size_t i = 0; i < st->files; i++)
        free(st->file[i]);
    free(st->file);
    free(st->record);
    free(st->folder);
    if (st->fd >= 0)
        close(st->fd);
    *st = (struct store){.fd = -1};
}

static enum store_status status_of(const cJSON *o)
{
    const char *word =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "status"));
    return !word                         ? STORE_OTHER
           : strcmp(word, "done") == 0   ? STORE_DONE
           : strcmp(word, "failed") == 0 ? STORE_FAILED
                                         : STORE_OTHER;
}

enum store_status store_status(const char *payload)
{
    cJSON *o = cJSON_Parse(payload);
    enum store_status status = status_of(o);
    cJSON_Delete(o);
    return status;
}

/* 1e999 is read as infinity. */
static bool all_finite(const cJSON *o)
{
    const cJSON *item;
    if (cJSON_IsNumber(o))
        return isfinite(o->valuedouble);
    cJSON_ArrayForEach(item, o) if (!all_finite(item)) return false;
    return true;
}

/* False if the payload is no object, or holds a number that is none. */
static bool add(struct store *st, const char *id, const char *payload, size_t n)
{
    char *text = mem_alloc(n + 1, 1);
    memcpy(text, payload, n);
    cJSON *o = cJSON_ParseWithOpts(text, NULL, true);
    bool good = cJSON_IsObject(o) && all_finite(o);
    enum store_status status = status_of(o);
    cJSON_Delete(o);
    if (!good) {
        free(text);
        return false;
    }
    if (st->count == st->capacity) {
        st->capacity = st->capacity ? 2 * st->capacity : 256;
        st->record = mem_resize(st->record, st->capacity, sizeof st->record[0]);
    }
    struct store_record *r = &st->record[st->count++];
    *r = (struct store_record){.payload = text,
                               .status = status,
                               .file = st->files ? st->file[st->files - 1] : NULL};
    memcpy(r->id, id, UNIT_ID - 1);
    return true;
}

/* {"unit":"0123456789abcdef","payload":{...},"crc":"01234567"} */
#define HEAD "{\"unit\":\""
#define MIDDLE "\",\"payload\":"
#define TAIL ",\"crc\":\"00000000\"}"
_Static_assert(sizeof HEAD - 1 + UNIT_ID - 1 + sizeof MIDDLE - 1 + sizeof TAIL ==
                   STORE_FRAME,
               "head, name, middle, tail and line end");

static void render(const char *id, const char *payload, struct buf *out)
{
    buf_printf(out, HEAD "%s" MIDDLE "%s", id, payload);
    buf_printf(out, ",\"crc\":\"%08x\"}\n", crc32_of(out->data, out->len));
}

static bool scan_line(struct store *st, size_t n, const char *line)
{
    size_t head = sizeof HEAD - 1, middle = sizeof MIDDLE - 1, tail = sizeof TAIL - 1;
    char crc[sizeof TAIL + 8];
    if (n < head + UNIT_ID - 1 + middle + tail || memcmp(line, HEAD, head) != 0 ||
        memcmp(line + head + UNIT_ID - 1, MIDDLE, middle) != 0)
        return false;
    snprintf(crc, sizeof crc, ",\"crc\":\"%08x\"}", crc32_of(line, n - tail));
    if (memcmp(line + n - tail, crc, tail) != 0)
        return false;
    const char *payload = line + head + UNIT_ID - 1 + middle;
    return add(st, line + head, payload, (size_t)(line + n - tail - payload));
}

/* After a line that does not check the next record may begin inside it: a damaged line
 * end costs the record before it, not the one behind. */
void store_scan(struct store *st, size_t n, const char *bytes)
{
    const char *end = bytes + n;
    for (const char *p = bytes; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const char *next = stop ? stop + 1 : end;
        if (!stop || !scan_line(st, (size_t)(stop - p), p)) {
            const char *head =
                memmem(p + 1, (size_t)(next - p - 1), HEAD, sizeof HEAD - 1);
            st->torn++;
            next = head ? head : next;
        }
        p = next;
    }
}

static int compare(const void *a, const void *b)
{
    const struct store_record *x = a, *y = b;
    int by_id = strcmp(x->id, y->id);
    return by_id ? by_id : strcmp(x->payload, y->payload);
}

/* Sorts, and drops what is there twice; "done" sorts before "failed", so a failure that
 * a later attempt mended gives way. Only results must agree: what attempts died of
 * depends on the machine. */
static void merge(struct store *st)
{
    size_t kept = 0;
    if (st->count)
        qsort(st->record, st->count, sizeof st->record[0], compare);
    for (size_t i = 0; i < st->count; i++) {
        struct store_record *last = kept ? &st->record[kept - 1] : NULL;
        bool again = last && strcmp(last->id, st->record[i].id) == 0;
        bool equal = again && strcmp(last->payload, st->record[i].payload) == 0;
        bool results =
            again && last->status == STORE_DONE && st->record[i].status == STORE_DONE;
        st->duplicates += equal;
        st->conflicts += results && !equal;
        if (again && (equal || !results))
            free(st->record[i].payload);
        else
            st->record[kept++] = st->record[i];
    }
    st->count = kept;
}

int store_load(struct store *st, struct err *e)
{
    struct dirent *entry;
    int status = 0;
    DIR *dir = opendir(st->folder);
    if (!dir)
        return err_errno(e, "read", st->folder);
    while (status == 0 && (entry = readdir(dir))) {
        size_t n = strlen(entry->d_name);
        if (n < 6 || strcmp(entry->d_name + n - 6, ".jsonl") != 0)
            continue;
        struct buf bytes = {0};
        char *path = path_join(st->folder, entry->d_name);
        status = file_read(path, FILE_LIMIT, &bytes, e);
        if (status == 0) {
            st->file = mem_resize(st->file, st->files + 1, sizeof *st->file);
            st->file[st->files++] = mem_copy_string(entry->d_name);
            store_scan(st, bytes.len, buf_text(&bytes));
        }
        buf_finish(&bytes);
        free(path);
    }
    closedir(dir);
    merge(st);
    return status;
}

void store_forget_failures(struct store *st)
{
    size_t kept = 0;
    for (size_t i = 0; i < st->count; i++) {
        if (st->record[i].status == STORE_FAILED)
            free(st->record[i].payload);
        else
            st->record[kept++] = st->record[i];
    }
    st->count = kept;
}

const struct store_record *store_all(const struct store *st, const char id[UNIT_ID],
                                     size_t *count)
{
    size_t low = 0, high = st->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(st->record[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (*count = 0; low + *count < st->count; ++*count)
        if (strcmp(st->record[low + *count].id, id) != 0)
            break;
    return st->record + low;
}

const char *store_find(const struct store *st, const char id[UNIT_ID])
{
    size_t count;
    const struct store_record *r = store_all(st, id, &count);
    return count ? r->payload : NULL;
}

/* A name that no other process has or had: host, pid, and a number for a pid that
 * came round again. */
static int open_own_file(struct store *st, struct err *e)
{
    char host[128] = "host", name[256];
    gethostname(host, sizeof host - 1);
    for (int k = 0; k < 10000; k++) {
        snprintf(name, sizeof name, "%s-%ld-%d.jsonl", host, (long)getpid(), k);
        char *path = path_join(st->folder, name);
        st->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
        int failed = st->fd < 0 && errno != EEXIST;
        if (failed)
            err_errno(e, "write", path);
        free(path);
        if (st->fd >= 0 || failed)
            return failed ? -1 : 0;
    }
    errno = EEXIST;
    return err_errno(e, "write", st->folder);
}

static void insert(struct store *st, const char id[UNIT_ID], const char *payload)
{
    if (!add(st, id, payload, strlen(payload)))
        return; /* as a later reader will see it */
    st->record[st->count - 1].file = NULL;
    struct store_record last = st->record[st->count - 1];
    size_t i = st->count - 1;
    for (; i > 0 && strcmp(st->record[i - 1].id, id) > 0; i--)
        st->record[i] = st->record[i - 1];
    st->record[i] = last;
}

int store_append(struct store *st, const char id[UNIT_ID], const char *payload,
                 struct err *e)
{
    AUTO(buf_finish) struct buf line = {0};
    int status = 0;
    if (st->fd < 0 && open_own_file(st, e) < 0)
        return -1;
    render(id, payload, &line);
    ssize_t n = write(st->fd, line.data, line.len);
    if (n >= 0 && (size_t)n < line.len)
        errno = ENOSPC;
    if (n < 0 || (size_t)n < line.len || fdatasync(st->fd) < 0) {
        status = err_errno(e, "write", st->folder);
        err_hint(e, "make room and give the same command again: what is done is kept");
    } else {
        insert(st, id, payload);
    }
    return status;
}
