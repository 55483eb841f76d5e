/* Any bytes in one of the files that a page is made from, the others whole: refused with
 * a message, or a page in which what the file says is text. Byte 0 chooses the file. */
#include "fuzz_main.h"
#include "fuzz_folder.h"
#include "app/divergence.h"
#include "app/page.h"
#include "report/html.h"
#include "report/score_tables.h"

#include <unistd.h>

/* "[report]" stands first, so that no input has gnuplot draw. */
#define STUDY "[report]\npictures = no\n"

enum { IMAGES = 2, OUTPUTS = 3 };

static const char *const names[] = {"results.sqlite",       "summary.json",
                                    DIVERGENCE_JSON,        "plan.txt",
                                    "attempts/h-1-0.jsonl", "study.ini"};
enum { NAMES = sizeof names / sizeof names[0] };

static struct buf whole[NAMES];

static void read_back(const char *name, struct buf *out)
{
    struct err e;
    char *path = path_join(fuzz_folder(), name);
    if (file_read(path, 1 << 20, out, &e) < 0)
        abort();
    free(path);
}

static void make_whole(void)
{
    static const char divergence[] =
        "{\"stages\":[{\"stage\":\"tia\",\"rms\":0.1,\"largest\":1e-3,\"images\":2}],"
        "\"images\":[{\"image\":1,\"blame\":\"dpi\",\"margin_V\":1e-3}],"
        "\"columns\":[{\"column\":0,\"gain\":1.5}]}";
    struct score_set set;
    struct score_summary sum;
    struct err e = {0};
    struct summary_pair pair[] = {{"versions.spikebar", "0.1.0", 0},
                                  {"provenance", "unknown: x", 0}};
    struct summary_facts facts = {.seed = 1, .pairs = 2, .pair = pair};
    scores_init(&set, IMAGES, OUTPUTS);
    for (size_t k = 0; k < IMAGES; k++)
        for (size_t j = 0; j < OUTPUTS; j++) {
            struct score_image *image = &set.image[k];
            image->image = 10 + k;
            image->label = (int)k;
            image->circuit_V[j] = 1e-3 * (double)(k + 2 * j);
            image->native[j] = 1e-3 * (double)(k + 2 * j) + 1e-5;
        }
    set.image[1].failed = true;
    set.image[1].cause = mem_copy_string("<b>no convergence");
    scores_summarise(&set, &sum);
    if (score_tables_write(fuzz_folder(), &set, &sum, &facts, &e) < 0 ||
        summary_write(fuzz_folder(), &set, &sum, &facts, &e) < 0)
        abort();
    scores_finish(&set);
    read_back("results.sqlite", &whole[0]);
    read_back("summary.json", &whole[1]);
    buf_puts(&whole[2], divergence);
    buf_puts(&whole[3], "units = 2\n");
    buf_puts(&whole[4], "{\"unit\":\"0123456789abcdef\",\"payload\":{},\"crc\":\"0\"}\n");
    buf_puts(&whole[5], "[map]\nbits = 3\n");
}

static void put_files(size_t which, size_t n, const uint8_t *bytes)
{
    struct buf study = {0};
    char *attempts = path_join(fuzz_folder(), "attempts");
    struct err e;
    if (dir_make(attempts, &e) < 0)
        abort();
    free(attempts);
    for (size_t k = 0; k + 1 < NAMES; k++)
        if (k == which)
            fuzz_put(names[k], n, bytes);
        else
            fuzz_put(names[k], whole[k].len, whole[k].data);
    buf_puts(&study, STUDY);
    if (which == NAMES - 1)
        buf_append(&study, bytes, n);
    fuzz_put("study.ini", study.len, study.data);
    buf_finish(&study);
}

/* Nothing from the files is an element or an attribute of its own. */
static void check_page(void)
{
    static const char *const wrong[] = {"<script", "<b>", "<img", "onload", "<iframe"};
    struct buf page = {0};
    read_back(REPORT_FILE, &page);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *at = strstr(page.data, wrong[i]);
        if (at && wrong[i][0] == '<')
            abort();
    }
    if (!strstr(page.data, "</html>"))
        abort();
    buf_finish(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct err e = {0};
    if (n == 0)
        return 0;
    if (!whole[0].len)
        make_whole();
    put_files(bytes[0] % NAMES, n - 1, bytes + 1);
    if (page_render(fuzz_folder(), &e) == 0)
        check_page();
    else if (!e.text[0] || !e.place[0])
        abort();
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    struct fuzz_seed seeds[NAMES];
    struct buf seed[NAMES] = {{0}};
    make_whole();
    for (size_t k = 0; k < NAMES; k++) {
        uint8_t which = (uint8_t)k;
        buf_append(&seed[k], &which, 1);
        buf_append(&seed[k], whole[k].data, whole[k].len);
        seeds[k] = (struct fuzz_seed){seed[k].data, seed[k].len};
    }
    int status = fuzz_main(argc, argv, NAMES, seeds, 50);
    for (size_t k = 0; k < NAMES; k++)
        buf_finish(&seed[k]), buf_finish(&whole[k]);
    return status;
}
#endif
