/* Any bytes from a worker that was taken over: each unit comes to its end once, with a
 * reply that ends, or the run ends with an error that does. Byte 0 chooses when the bytes
 * are sent: before or after the worker is ready. */
#include "fuzz_main.h"
#include "run/pool.h"

#include <sys/socket.h>
#include <unistd.h>

enum { UNITS = 2, SOCKET = 3 };

struct lab {
    size_t n;
    const uint8_t *bytes;
    size_t done[UNITS];
};

static void say(const struct lab *l)
{
    if (l->n > 1)
        (void)!send(SOCKET, l->bytes + 1, l->n - 1, MSG_NOSIGNAL);
    _exit(0);
}

static int start(void *context, const struct pool_options *o, struct err *e)
{
    const struct lab *l = context;
    (void)o, (void)e;
    if (l->n && l->bytes[0] & 1)
        say(l);
    return 0;
}

static bool run(void *context, size_t k, struct buf *out)
{
    (void)k, (void)out;
    say(context);
    return true;
}

static int done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    struct lab *l = context;
    (void)e;
    if (k >= UNITS || ++l->done[k] != 1 || strlen(o->cause) > 255)
        abort();
    if (!o->lost && o->length + 24 > l->n + 24) /* a frame's head is 24 bytes */
        abort();
    if (o->lost && (o->length || !o->cause[0]))
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct lab l = {.n = n, .bytes = bytes};
    struct err e = {0};
    struct pool_options o = pool_defaults();
    o.jobs = 1;
    o.retries = 0;
    int status = pool_run(
        &o,
        &(struct pool_work){
            .count = UNITS, .context = &l, .start = start, .run = run, .done = done},
        &e);
    if (status == 0 && (l.done[0] != 1 || l.done[1] != 1))
        abort();
    if (status < 0 && (!memchr(e.text, 0, sizeof e.text) || !e.text[0]))
        abort();
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
static void put_frame(struct buf *b, uint64_t unit, size_t length, const void *bytes)
{
    uint64_t head[3] = {unit, length, 0};
    buf_append(b, head, sizeof head);
    buf_append(b, bytes, length);
}

int main(int argc, char *argv[])
{
    struct buf early = {0}, late = {0};
    struct err e;
    memset(&e, 'x', sizeof e);
    buf_append(&early, "\1", 1);
    put_frame(&early, (uint64_t)-3, sizeof e, &e);
    buf_append(&late, "\0", 1);
    put_frame(&late, 0, 5, "reply");
    put_frame(&late, 1, 3, "two");
    const struct fuzz_seed seeds[] = {{early.data, early.len}, {late.data, late.len}};
    int status = fuzz_main(argc, argv, 2, seeds, 200);
    buf_finish(&early), buf_finish(&late);
    return status;
}
#endif
