#include "data/gunzip.h"

#define ZLIB_CONST
#include <zlib.h>

bool gunzip_magic(size_t n, const unsigned char bytes[])
{
    return n >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* One member from bytes[*at] on; moves *at behind it. */
static int one_member(z_stream *z, const char *name, size_t *at, size_t n,
                      const unsigned char bytes[], size_t limit, struct buf *out,
                      struct err *e)
{
    unsigned char chunk[65536];
    int status = Z_OK;
    z->next_in = bytes + *at;
    z->avail_in = (uInt)(n - *at);
    while (status == Z_OK) {
        z->next_out = chunk;
        z->avail_out = sizeof chunk;
        status = inflate(z, Z_NO_FLUSH);
        *at = n - z->avail_in;
        buf_append(out, chunk, sizeof chunk - z->avail_out);
        if (out->len > limit) {
            err_set(e, ERR_INPUT, "expected at most %zu decompressed bytes, found more",
                    limit);
            return err_place(e, "%s", name);
        }
    }
    if (status == Z_STREAM_END)
        return 0;
    if (status == Z_BUF_ERROR)
        err_set(e, ERR_INPUT, "torn gzip file: it ends at byte %zu in mid-stream", *at);
    else
        err_set(e, ERR_INPUT, "damaged gzip file: %s near byte %zu",
                z->msg ? z->msg : "bad data", *at);
    return err_place(e, "%s", name);
}

int gunzip(const char *name, size_t n, const unsigned char bytes[], size_t limit,
           struct buf *out, struct err *e)
{
    z_stream z = {0};
    size_t at = 0;
    int status = 0;
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return err_set(e, ERR_INPUT, "zlib does not start");
    while (status == 0 && at < n) {
        if (at > 0 && !gunzip_magic(n - at, bytes + at)) {
            err_set(e, ERR_INPUT,
                    "expected the end of the gzip file at byte %zu, found "
                    "%zu more",
                    at, n - at);
            status = err_place(e, "%s", name);
            break;
        }
        inflateReset(&z);
        status = one_member(&z, name, &at, n, bytes, limit, out, e);
    }
    inflateEnd(&z);
    return status;
}
