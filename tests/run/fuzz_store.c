/* Any bytes as an attempt file: only records whose CRC checks are taken, and what is
 * counted is no more than the lines that there are. */
#include "run/store.h"
#include "fuzz_main.h"

static void check_record(const struct store_record *r, size_t n, const char *bytes)
{
    struct buf line = {0};
    buf_printf(&line, "{\"unit\":\"%s\",\"payload\":%s", r->id, r->payload);
    buf_printf(&line, ",\"crc\":\"%08x\"}\n", crc32_of(line.data, line.len));
    bool whole = strlen(r->id) == UNIT_ID - 1;
    /* A zero byte inside cuts what we print; the CRC was right all the same. */
    if (whole && !memchr(bytes, 0, n) && !memmem(bytes, n, line.data, line.len))
        abort();
    buf_finish(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct store st = {.fd = -1};
    const char *text = (const char *)bytes;
    size_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += bytes[i] == '\n' || bytes[i] == '{';
    store_scan(&st, n, text);
    if (st.count + st.torn > lines)
        abort();
    for (size_t i = 0; i < st.count; i++)
        check_record(&st.record[i], n, text);
    store_close(&st);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
static void put_record(struct buf *out, const char *id, const char *payload)
{
    size_t start = out->len;
    buf_printf(out, "{\"unit\":\"%s\",\"payload\":%s", id, payload);
    buf_printf(out, ",\"crc\":\"%08x\"}\n",
               crc32_of(out->data + start, out->len - start));
}

int main(int argc, char *argv[])
{
    struct buf records = {0}, one = {0};
    put_record(&records, "0123456789abcdef", "{\"status\":\"done\",\"above_V\":[1e-4]}");
    put_record(&records, "fedcba9876543210", "{\"status\":\"failed\",\"cause\":\"x\"}");
    put_record(&records, "0123456789abcdef", "{\"attempts\":2,\"cause\":\"signal 9\"}");
    put_record(&one, "0000000000000000", "{}");
    const struct fuzz_seed seeds[] = {{records.data, records.len}, {one.data, one.len}};
    int status = fuzz_main(argc, argv, 2, seeds, 20000);
    buf_finish(&records), buf_finish(&one);
    return status;
}
#endif
