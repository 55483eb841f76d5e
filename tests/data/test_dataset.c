#include "cm.h"

#include "base/mem.h"
#include "data/dataset.h"
#include "data/dataset_format.h"
#include "data/small.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char shipped[] = SPIKEBAR_SOURCE_ROOT "/datasets/digits.csv.gz";

static int make_folder(void **state)
{
    char name[] = "/tmp/spikebar-test-XXXXXX";
    *state = strdup(mkdtemp(name));
    return 0;
}

static int remove_folder(void **state)
{
    dir_remove(*state);
    free(*state);
    return 0;
}

static int parse(const char *name, const struct buf *b, struct dataset *d, struct err *e)
{
    *e = (struct err){0};
    return dataset_parse(name, b->len, (const unsigned char *)buf_text(b), d, e);
}

static void write_file(const char *folder, const char *name, const struct buf *b)
{
    struct err e = {0};
    char *path = path_join(folder, name);
    assert_int_equal(file_write(path, buf_text(b), b->len, &e), 0);
    free(path);
}

/* Class counts of optdigits.tes as its own documentation gives them. */
static void shipped_digits_are_all_there(void **state)
{
    (void)state;
    static const int per_class[] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    struct dataset d;
    struct err e = {0};
    int found[10] = {0};
    assert_int_equal(dataset_read(shipped, &d, &e), 0);
    assert_int_equal(d.count, 1797);
    assert_int_equal(d.features, 64);
    assert_int_equal(d.classes, 10);
    assert_int_equal(d.level_max, 16);
    for (size_t m = 0; m < d.count; m++)
        found[d.labels[m]]++;
    assert_memory_equal(found, per_class, sizeof found);
    assert_int_equal(d.levels[2], 5);
    assert_int_equal(d.levels[64 + 3], 12);
    assert_int_equal(d.labels[1], 1);
    dataset_finish(&d);
    dataset_finish(&d);
}

static void every_line_end_and_packing_gives_the_same(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r\n", "\r", "\n\n"};
    struct dataset d;
    struct err e;
    char sha256[SHA256_HEX] = "";
    for (int k = 0; k < 4; k++) {
        struct buf plain = {0}, packed = {0};
        small_csv(12, ends[k], &plain);
        small_gzip(plain.len, plain.data, &packed);
        for (int p = 0; p < 2; p++) {
            assert_int_equal(
                parse(p ? "a.tes.GZ" : "a.tra", p ? &packed : &plain, &d, &e), 0);
            assert_int_equal(d.count, 12);
            for (size_t i = 0; i < 12 * 64; i++)
                assert_int_equal(d.levels[i], (i / 64 + i % 64) % 17);
            assert_true(!*sha256 || strcmp(sha256, d.sha256) == 0);
            memcpy(sha256, d.sha256, sizeof sha256);
            dataset_finish(&d);
        }
        buf_finish(&plain);
        buf_finish(&packed);
    }
}

/* Whatever is cut off, only whole images are taken, and half a line is an error. */
static void each_truncation_is_whole_lines_or_an_error(void **state)
{
    (void)state;
    struct buf b = {0};
    struct dataset d;
    struct err e;
    small_csv(3, "\n", &b);
    for (size_t n = 0; n <= b.len; n++) {
        struct buf cut = {0};
        buf_append(&cut, b.data, n);
        size_t lines = 0;
        for (size_t i = 0; i < n; i++)
            lines += b.data[i] == '\n';
        bool between = n == 0 || b.data[n - 1] == '\n', complete = b.data[n] == '\n';
        int status = parse("a.csv", &cut, &d, &e);
        assert_int_equal(status, n > 0 && (between || complete) ? 0 : -1);
        assert_int_equal(d.count, status == 0 ? lines + !between : 0);
        assert_true(status == 0 || strstr(e.place, "a.csv"));
        dataset_finish(&d);
        buf_finish(&cut);
    }
    buf_finish(&b);
}

static void no_cut_into_chunks_changes_the_result(void **state)
{
    (void)state;
    struct buf good = {0}, bad = {0};
    small_csv(2, "\r\n", &good);
    small_csv(1, "\r\n", &bad);
    buf_puts(&bad, "1,2,\"3\",x4");
    for (size_t chunk = 1; chunk <= good.len + 1; chunk++) {
        struct dataset d = {0};
        struct err e = {0};
        assert_int_equal(dataset_csv_parse_cut("a.csv", good.len,
                                               (unsigned char *)good.data, chunk, &d, &e),
                         0);
        assert_int_equal(d.count, 2);
        assert_int_equal(d.levels[64 + 63], (1 + 63) % 17);
        dataset_finish(&d);
        assert_int_equal(dataset_csv_parse_cut("a.csv", bad.len,
                                               (unsigned char *)bad.data, chunk, &d, &e),
                         -1);
        assert_string_equal(e.place, "a.csv:2:4");
        assert_string_equal(e.text, "expected a whole number, found 'x4'");
        dataset_finish(&d);
    }
    buf_finish(&good);
    buf_finish(&bad);
}

/* Line 2 of a file whose fields but the named ones are good. */
static void expect_error(const char *line, size_t n, const char *expected)
{
    struct buf b = {0};
    struct dataset d;
    struct err e;
    char found[2048];
    small_csv(1, "\n", &b);
    buf_append(&b, line, n);
    assert_int_equal(parse("a.csv", &b, &d, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_null(d.levels);
    err_format(&e, sizeof found, found);
    assert_string_equal(found, expected);
    buf_finish(&b);
}

#define ZEROS_62                                                                         \
    "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"   \
    "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"

static void errors_name_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {ZEROS_62 "0,3\n", "spikebar: a.csv:2:65: expected 65 columns, found 64"},
        {ZEROS_62 "0,0,3,1\n", "spikebar: a.csv:2:66: expected 65 columns, found 66"},
        {ZEROS_62 "0,0,3,\n", "spikebar: a.csv:2:66: expected 65 columns, found 66"},
        {"0,1z,0\n", "spikebar: a.csv:2:2: expected a whole number, found '1z'"},
        {"0,,0\n", "spikebar: a.csv:2:2: expected a whole number, found ''"},
        {"0,1.5\n", "spikebar: a.csv:2:2: expected a whole number, found '1.5'"},
        {"-1,0\n", "spikebar: a.csv:2:1: expected a whole number, found '-1'"},
        {"0,0,17\n", "spikebar: a.csv:2:3: expected a pixel level 0..16, found 17"},
        {"4294967297\n",
         "spikebar: a.csv:2:1: expected a whole number, found '4294967297'"},
        {ZEROS_62 "0,0,11\n", "spikebar: a.csv:2:65: expected a label 0..9, found 11"},
        {"\n\n5;6\n", "spikebar: a.csv:4:1: expected a whole number, found '5;6'"},
        {"\r\n\r\nx\n", "spikebar: a.csv:4:1: expected a whole number, found 'x'"},
        {"0,\"1\"2\n", "spikebar: a.csv:2:2: expected a number, found a stray quote"},
        {"0,\"12",
         "spikebar: a.csv:2:2: expected a closing quote, found the end of the file"},
        {"0,\"1\n2\",3\n",
         "spikebar: a.csv:2:2: expected a whole number, found '1\\x0a2'"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        expect_error(cases[k].line, strlen(cases[k].line), cases[k].expected);
    expect_error("0,1\0"
                 "2,3\n",
                 8, "spikebar: a.csv:2:2: expected a whole number, found '1\\x002'");
}

static void empty_and_unknown_files_are_refused(void **state)
{
    (void)state;
    struct buf b = {0};
    struct dataset d;
    struct err e;
    assert_int_equal(parse("a.csv", &b, &d, &e), -1);
    assert_string_equal(e.text, "expected images, found an empty file");
    buf_puts(&b, " \n\n");
    assert_int_equal(parse("a.csv", &b, &d, &e), -1);
    assert_string_equal(e.text, "expected images, found only empty lines");
    assert_int_equal(parse("a.png", &b, &d, &e), -1);
    assert_string_equal(e.text, "unknown dataset format");
    assert_non_null(strstr(e.hint, ".tra"));
    buf_finish(&b);
}

static void missing_files_are_errors_of_the_file(void **state)
{
    (void)state;
    struct dataset d;
    struct err e = {0};
    assert_int_equal(dataset_read("/none/a.csv", &d, &e), -1);
    assert_int_equal(e.code, ERR_FILE);
    assert_string_equal(e.place, "/none/a.csv");
    assert_int_equal(dataset_read("", &d, &e), -1);
    assert_int_equal(e.code, ERR_USAGE);
    assert_null(d.levels);
}

static void torn_gzip_names_the_byte(void **state)
{
    (void)state;
    struct buf plain = {0}, packed = {0};
    struct dataset d;
    struct err e;
    char expected[80];
    small_csv(20, "\n", &plain);
    small_gzip(plain.len, plain.data, &packed);
    for (size_t n = 2; n < packed.len; n++) {
        struct buf cut = {0};
        buf_append(&cut, packed.data, n);
        assert_int_equal(parse("a.csv.gz", &cut, &d, &e), -1);
        snprintf(expected, sizeof expected,
                 "torn gzip file: it ends at byte %zu in mid-stream", n);
        assert_string_equal(e.text, expected);
        assert_string_equal(e.place, "a.csv.gz");
        buf_finish(&cut);
    }
    buf_finish(&plain);
    buf_finish(&packed);
}

/* The checksum of gzip: a flipped bit never passes as other data. */
static void damaged_gzip_never_changes_the_data(void **state)
{
    (void)state;
    struct buf plain = {0}, packed = {0};
    struct dataset d, damaged;
    struct err e;
    small_csv(20, "\n", &plain);
    small_gzip(plain.len, plain.data, &packed);
    assert_int_equal(parse("a.csv.gz", &packed, &d, &e), 0);
    for (size_t bit = 0; bit < 8 * packed.len; bit++) {
        packed.data[bit / 8] ^= (char)(1 << bit % 8);
        if (parse("a.csv.gz", &packed, &damaged, &e) == 0)
            assert_string_equal(damaged.sha256, d.sha256);
        else
            assert_true(e.text[0] && e.place[0]);
        dataset_finish(&damaged);
        packed.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    buf_puts(&packed, "rest");
    assert_int_equal(parse("a.csv.gz", &packed, &damaged, &e), -1);
    assert_non_null(strstr(e.text, "expected the end of the gzip file at byte"));
    dataset_finish(&d);
    buf_finish(&plain);
    buf_finish(&packed);
}

static void gzip_members_follow_one_another(void **state)
{
    (void)state;
    struct buf plain = {0}, packed = {0};
    struct dataset d;
    struct err e;
    small_csv(2, "\n", &plain);
    small_gzip(plain.len, plain.data, &packed);
    small_gzip(plain.len, plain.data, &packed);
    assert_int_equal(parse("a.csv.gz", &packed, &d, &e), 0);
    assert_int_equal(d.count, 4);
    dataset_finish(&d);
    buf_finish(&plain);
    buf_finish(&packed);
}

static void files_of_a_list_follow_one_another(void **state)
{
    struct buf two = {0}, three = {0}, list = {0};
    struct dataset d;
    struct err e = {0};
    small_csv(2, "\n", &two);
    small_csv(3, "\n", &three);
    write_file(*state, "two.tra", &two);
    write_file(*state, "three.tes", &three);
    buf_printf(&list, "%s/two.tra, %s/three.tes", (char *)*state, (char *)*state);
    assert_int_equal(dataset_read(list.data, &d, &e), 0);
    assert_int_equal(d.count, 5);
    assert_int_equal(d.labels[1], 1);
    assert_int_equal(d.labels[2], 0);
    assert_int_equal(d.levels[4 * 64], 2);
    dataset_finish(&d);
    buf_puts(&list, ",");
    assert_int_equal(dataset_read(list.data, &d, &e), -1);
    assert_string_equal(e.text, "empty name in the list of dataset files");
    buf_finish(&two), buf_finish(&three), buf_finish(&list);
}

static void read_idx(const char *folder, unsigned images, unsigned labels, size_t bytes,
                     int *status, struct dataset *d, struct err *e)
{
    struct buf b = {0};
    char *path = path_join(folder, "t-images-idx3-ubyte.gz");
    small_idx(3, (unsigned[]){images, 2, 3}, bytes, &b);
    struct buf packed = {0};
    small_gzip(b.len, b.data, &packed);
    write_file(folder, "t-images-idx3-ubyte.gz", &packed);
    buf_clear(&b);
    small_idx(1, (unsigned[]){labels}, labels, &b);
    write_file(folder, "t-labels-idx1-ubyte.gz", &b);
    *e = (struct err){0};
    *status = dataset_read(path, d, e);
    free(path);
    buf_finish(&b);
    buf_finish(&packed);
}

static void idx_pairs_are_read(void **state)
{
    struct dataset d, digits;
    struct err e;
    int status;
    read_idx(*state, 4, 4, 24, &status, &d, &e);
    assert_int_equal(status, 0);
    assert_int_equal(d.count, 4);
    assert_int_equal(d.features, 6);
    assert_int_equal(d.level_max, 255);
    assert_int_equal(d.levels[11], 1);
    assert_int_equal(d.labels[3], 3);
    assert_int_equal(dataset_read(shipped, &digits, &e), 0);
    assert_int_equal(dataset_append(&d, &digits, &e), -1);
    assert_non_null(strstr(e.text, "expected 6 pixels with levels 0..255"));
    dataset_finish(&digits);
    dataset_finish(&d);
}

static void idx_that_lies_about_its_size_is_refused(void **state)
{
    struct dataset d;
    struct err e;
    int status;
    read_idx(*state, 4, 4, 23, &status, &d, &e);
    assert_int_equal(status, -1);
    assert_string_equal(e.text, "expected 4 images of 6 bytes, found 23 bytes");
    assert_non_null(strstr(e.place, "idx3-ubyte.gz: byte 16"));
    read_idx(*state, 4, 4, 25, &status, &d, &e);
    assert_int_equal(status, -1);
    read_idx(*state, 0xffffffff, 4, 24, &status, &d, &e);
    assert_int_equal(status, -1);
    read_idx(*state, 4, 5, 24, &status, &d, &e);
    assert_int_equal(status, -1);
    assert_non_null(strstr(e.text, "expected 4 labels as there are images"));
    read_idx(*state, 11, 11, 66, &status, &d, &e);
    assert_int_equal(status, 0);
    dataset_finish(&d);
}

static void idx_without_labels_is_refused(void **state)
{
    (void)state;
    struct buf b = {0};
    struct dataset d;
    struct err e;
    small_idx(3, (unsigned[]){1, 2, 3}, 6, &b);
    assert_int_equal(parse("numbers", &b, &d, &e), -1);
    assert_non_null(strstr(e.text, "expected 'images' in the name"));
    assert_int_equal(parse("/none/images", &b, &d, &e), -1);
    assert_string_equal(e.place, "/none/labels");
    b.data[15] = 0;
    assert_int_equal(parse("images", &b, &d, &e), -1);
    assert_non_null(strstr(e.text, "expected images of 1 to 4096 pixels"));
    b.len = 15;
    assert_int_equal(parse("images", &b, &d, &e), -1);
    assert_string_equal(e.text, "expected a header of 16 bytes, found 15");
    buf_finish(&b);
}

static void idx_labels_are_checked(void **state)
{
    (void)state;
    struct buf b = {0};
    struct dataset d = {.count = 3};
    struct err e = {0};
    small_idx(1, (unsigned[]){3}, 3, &b);
    b.data[9] = 10;
    assert_int_equal(dataset_idx_labels("l", b.len, (unsigned char *)b.data, &d, &e), -1);
    assert_string_equal(e.text, "expected a label 0..9, found 10");
    assert_string_equal(e.place, "l: byte 9");
    dataset_finish(&d);
    e = (struct err){0};
    assert_int_equal(dataset_idx_labels("l", 7, (unsigned char *)b.data, &d, &e), -1);
    assert_string_equal(e.text, "expected an IDX file of labels");
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_digits_are_all_there),
        cmocka_unit_test(every_line_end_and_packing_gives_the_same),
        cmocka_unit_test(each_truncation_is_whole_lines_or_an_error),
        cmocka_unit_test(no_cut_into_chunks_changes_the_result),
        cmocka_unit_test(errors_name_line_and_column),
        cmocka_unit_test(empty_and_unknown_files_are_refused),
        cmocka_unit_test(missing_files_are_errors_of_the_file),
        cmocka_unit_test(torn_gzip_names_the_byte),
        cmocka_unit_test(damaged_gzip_never_changes_the_data),
        cmocka_unit_test(gzip_members_follow_one_another),
        cmocka_unit_test(files_of_a_list_follow_one_another),
        cmocka_unit_test(idx_pairs_are_read),
        cmocka_unit_test(idx_that_lies_about_its_size_is_refused),
        cmocka_unit_test(idx_without_labels_is_refused),
        cmocka_unit_test(idx_labels_are_checked),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
