#include "cm.h"

#include "base/file.h"
#include "base/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* A test with a folder of its own. */
#define alone(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

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

/* Of many that make a file at once one does, and it is whole. */
static void a_file_is_made_by_one_alone(void **state)
{
    enum { AT_ONCE = 8, TRIES = 20 };
    for (int k = 0; k < TRIES; k++) {
        char name[16], text[2];
        int made = 0, ready[2];
        snprintf(name, sizeof name, "f%d", k);
        char *path = path_join(*state, name);
        assert_int_equal(pipe(ready), 0);
        for (int p = 0; p < AT_ONCE; p++)
            if (fork() == 0) {
                struct err e = {0};
                char letter[2] = {(char)('a' + p), (char)('a' + p)};
                close(ready[1]);
                (void)!read(ready[0], text, 1); /* until all are there */
                _exit(file_create(path, letter, 2, &e) + 1);
            }
        close(ready[0]), close(ready[1]);
        for (int p = 0; p < AT_ONCE; p++) {
            int status;
            wait(&status);
            assert_in_range(WEXITSTATUS(status), 1, 2); /* made, or there already */
            made += WEXITSTATUS(status) == 1;
        }
        struct err e = {0};
        struct buf b = {0};
        assert_int_equal(made, 1);
        assert_int_equal(file_read(path, 9, &b, &e), 0);
        assert_int_equal(b.len, 2);
        assert_int_equal(b.data[0], b.data[1]);
        buf_finish(&b);
        free(path);
    }
}

static bool is_there(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    bool there = file_exists(path);
    free(path);
    return there;
}

/* What a killed writer left goes, whatever lives under its number now; what a living one
 * writes stays, and so do files that only look alike. */
static void what_dead_writers_left_is_removed(void **state)
{
    static const char *const left[] = {"scores.csv.tmp1", "a/b/x.sub.tmp99999-3",
                                       "plan.txt.tmp77"};
    static const char *const kept[] = {"living.csv.tmp1", "notes.tmp2020",
                                       "x.tmp",           "x.csv.tmp1a",
                                       "x.csv.tmp1-",     "a/b/c/deep.sub.tmp1"};
    struct err e = {0};
    char *deep = path_join(*state, "a/b/c");
    assert_int_equal(dir_make(deep, &e), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(file_write_in(*state, left[i], "x", 1, &e), 0);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(file_write_in(*state, kept[i], "x", 1, &e), 0);
    char *link = path_join(*state, "link.csv.tmp5");
    assert_int_equal(symlink("x.tmp", link), 0);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t writer = fork();
    if (writer == 0) {
        char *path = path_join(*state, kept[0]);
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        fcntl(open(path, O_WRONLY), F_SETLK, &whole);
        (void)!write(ready[1], "x", 1);
        pause();
    }
    char c;
    assert_int_equal(read(ready[0], &c, 1), 1);
    file_clean(*state, 2);
    for (size_t i = 0; i < 3; i++)
        assert_false(is_there(*state, left[i]));
    for (size_t i = 0; i < 6; i++)
        assert_true(is_there(*state, kept[i]));
    assert_true(is_there(*state, "link.csv.tmp5"));
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    file_clean(*state, 0);
    assert_false(is_there(*state, kept[0]));
    close(ready[0]), close(ready[1]);
    free(link), free(deep);
}

/* While a file is written its temporary one is locked, so that none takes it away. */
static void a_living_writer_keeps_its_file(void **state)
{
    enum { WRITES = 1000 };
    pid_t cleaner = fork();
    if (cleaner == 0)
        for (;;)
            file_clean(*state, 0);
    struct err e = {0};
    char *path = path_join(*state, "x.csv");
    for (int k = 0; k < WRITES; k++)
        if (file_write(path, "hello", 5, &e) < 0) {
            kill(cleaner, SIGKILL);
            fail_msg("%s", e.text);
        }
    kill(cleaner, SIGKILL);
    waitpid(cleaner, NULL, 0);
    free(path);
}

static void room_is_asked_for_without_a_trace(void **state)
{
    struct err e = {0};
    struct rlimit limit, small;
    assert_int_equal(file_room(*state, 100000, &e), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    small = (struct rlimit){.rlim_cur = 99999, .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    int status = file_room(*state, 100000, &e), fits = file_room(*state, 99999, &e);
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(status, -1);
    assert_int_equal(fits, 0);
    assert_non_null(strstr(e.hint, "100000 bytes"));
    assert_int_equal(rmdir(*state), 0); /* empty */
    assert_int_equal(mkdir(*state, 0700), 0);
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
        alone(a_file_is_made_by_one_alone),
        alone(what_dead_writers_left_is_removed),
        alone(a_living_writer_keeps_its_file),
        alone(room_is_asked_for_without_a_trace),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
