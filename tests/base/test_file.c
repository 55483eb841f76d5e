#include "cm.h"

#include "base/file.h"
#include "base/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void written_is_read_back(void **state)
{
    struct err e = {0};
    struct buf b = {0};
    char *folder = path_join(*state, "a/b"), *path = path_join(*state, "a/b/c");
    assert_int_equal(dir_make(folder, &e), 0);
    assert_int_equal(dir_make(folder, &e), 0);
    assert_int_equal(file_write(path, "hello", 5, &e), 0);
    assert_int_equal(file_read(path, 5, &b, &e), 0);
    assert_string_equal(b.data, "hello");
    assert_int_equal(file_read(path, 4, &b, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    buf_clear(&b);
    assert_int_equal(file_write_in(folder, "d", "there", 5, &e), 0);
    char *other = path_join(*state, "a/b/d");
    assert_int_equal(file_read(other, 5, &b, &e), 0);
    assert_string_equal(b.data, "there");
    buf_finish(&b);
    free(folder);
    free(path);
    free(other);
}

static void links_pipes_and_devices_stay_what_they_are(void **state)
{
    struct err e = {0};
    struct buf b = {0};
    struct stat st;
    char *file = path_join(*state, "file"), *name = path_join(*state, "link"),
         *pipe_name = path_join(*state, "pipe"), got[8] = "";
    assert_int_equal(file_write(file, "old", 3, &e), 0);
    assert_int_equal(symlink("file", name), 0);
    assert_int_equal(file_write(name, "new", 3, &e), 0);
    assert_true(lstat(name, &st) == 0 && S_ISLNK(st.st_mode));
    assert_int_equal(file_read(file, 3, &b, &e), 0);
    assert_string_equal(b.data, "new");
    assert_int_equal(mkfifo(pipe_name, 0600), 0);
    int fd = open(pipe_name, O_RDWR);
    assert_int_equal(file_write(pipe_name, "water", 5, &e), 0);
    assert_int_equal(read(fd, got, 5), 5);
    assert_string_equal(got, "water");
    close(fd);
    assert_int_equal(file_write("/dev/full", "x", 1, &e), -1);
    assert_true(stat("/dev/full", &st) == 0 && S_ISCHR(st.st_mode));
    buf_finish(&b);
    free(file), free(name), free(pipe_name);
}

static void errors_say_where_and_why(void **state)
{
    struct err e = {0};
    struct buf b = {0};
    char line[512], *path = path_join(*state, "none/x");
    assert_int_equal(file_read(path, 1, &b, &e), -1);
    err_format(&e, sizeof line, line);
    assert_non_null(strstr(line, "none/x: cannot read: No such file"));
    assert_int_equal(file_write(path, "x", 1, &e), -1);
    assert_int_equal(e.code, ERR_FILE);
    free(path);
    /* /dev/full takes no byte, like a full disk. */
    assert_int_equal(file_write("/dev/full/x", "x", 1, &e), -1);
    assert_int_equal(dir_make("/dev/null/x", &e), -1);
    assert_int_equal(dir_make("/dev/null", &e), -1);
    assert_int_equal(dir_make("", &e), -1);
}

static void error_is_one_line_with_all_parts(void **state)
{
    (void)state;
    struct err e = {0};
    char line[256];
    err_set(&e, ERR_INPUT, "expected %d\nfound %d", 1, 2);
    err_place(&e, "f.csv:%d", 3);
    err_place(&e, "outer");
    err_hint(&e, "mend it");
    err_format(&e, sizeof line, line);
    assert_string_equal(line, "spikebar: f.csv:3: expected 1 found 2; mend it");
}

static void error_shows_no_control_characters(void **state)
{
    (void)state;
    struct err e = {0};
    char line[256];
    err_set(&e, ERR_INPUT, "found `%s`", "\033[2Jx\xfc");
    err_place(&e, "%s:1", "a\bc");
    err_hint(&e, "drop \xc2\x9b or \t");
    err_format(&e, sizeof line, line);
    assert_string_equal(line, "spikebar: a\\x08c:1: found `\\x1b[2Jx\\xfc`; "
                              "drop \\xc2\\x9b or  ");
}

/* Of a worker that was taken over: no text ends, and the code is none. */
static void an_error_from_outside_ends(void **state)
{
    (void)state;
    struct err sent, e = {0};
    memset(&sent, 'x', sizeof sent);
    sent.text[0] = '\033';
    assert_int_equal(err_receive(&e, &sent), -1);
    assert_int_equal(e.code, ERR_SIMULATOR);
    assert_int_equal(strlen(e.place), sizeof e.place - 1);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
    assert_memory_equal(e.text, "\\x1bxx", 6);
    err_set(&sent, ERR_INPUT, "the cause");
    err_place(&sent, "here");
    err_hint(&sent, "do this");
    assert_int_equal(err_receive(&e, &sent), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_string_equal(e.place, "here");
    assert_string_equal(e.text, "the cause");
    assert_string_equal(e.hint, "do this");
}

/* FIPS 180-2 example and the check value of CRC-32. */
static void hashes_are_the_standard_ones(void **state)
{
    (void)state;
    char hex[SHA256_HEX];
    sha256_hex("abc", 3, hex);
    assert_string_equal(
        hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(crc32_of("123456789", 9), 0xcbf43926);
}

static void removing_does_not_follow_links(void **state)
{
    struct err e = {0};
    char *outside = path_join(*state, "outside"), *kept = path_join(*state, "outside/k");
    char *inside = path_join(*state, "inside"), *link = path_join(*state, "inside/l");
    assert_int_equal(dir_make(outside, &e) | dir_make(inside, &e), 0);
    assert_int_equal(file_write(kept, "x", 1, &e), 0);
    assert_int_equal(symlink(outside, link), 0);
    dir_remove(inside);
    assert_false(file_exists(inside));
    assert_true(file_exists(kept));
    free(outside), free(kept), free(inside), free(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_is_read_back),
        cmocka_unit_test(links_pipes_and_devices_stay_what_they_are),
        cmocka_unit_test(errors_say_where_and_why),
        cmocka_unit_test(error_is_one_line_with_all_parts),
        cmocka_unit_test(error_shows_no_control_characters),
        cmocka_unit_test(an_error_from_outside_ends),
        cmocka_unit_test(hashes_are_the_standard_ones),
        cmocka_unit_test(removing_does_not_follow_links),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
