/* The store: what is recorded stays, whatever happens to the rest of the file. */
#include "folder.h"

#include "run/store.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { RECORDS = 4 };

static const char *const payload[RECORDS] = {
    "{\"status\":\"done\",\"rung\":0,\"above_V\":[0.00015962666024378971,2.5e-05]}",
    "{\"status\":\"failed\",\"rung\":4,\"cause\":\"no \\\"end\\\" {\\\"unit\\\":\\\"x\"}",
    "{}",
    "{\"status\":\"done\",\"rung\":1,\"above_V\":[1]}",
};

static void unit_id(size_t k, char id[UNIT_ID])
{
    snprintf(id, UNIT_ID, "%016zx", k * 0x9e3779b97f4a7c15u);
}

static struct store opened(const char *folder)
{
    struct store st;
    struct err e = {0};
    assert_well(store_open(&st, folder, &e), e);
    assert_well(store_load(&st, &e), e);
    return st;
}

static void append(struct store *st, size_t unit, const char *text)
{
    char id[UNIT_ID];
    struct err e = {0};
    unit_id(unit, id);
    assert_well(store_append(st, id, text, &e), e);
}

static const char *found(const struct store *st, size_t unit)
{
    char id[UNIT_ID];
    unit_id(unit, id);
    return store_find(st, id);
}

/* Appends through a store of its own, as a process would. */
static void append_apart(const char *folder, size_t unit, const char *text)
{
    struct store st = opened(folder);
    append(&st, unit, text);
    store_close(&st);
}

/* The bytes of an attempt file with all RECORDS records. */
static char *attempt_file(const char *folder, size_t *n)
{
    struct store st = opened(folder);
    char *name = NULL;
    for (size_t k = 0; k < RECORDS; k++)
        append(&st, k, payload[k]);
    DIR *dir = opendir(st.folder);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strstr(entry->d_name, ".jsonl"))
            name = path_join(st.folder, entry->d_name);
    closedir(dir);
    char *bytes = folder_read("", name, n);
    free(name);
    store_close(&st);
    return bytes;
}

/* Which record a scanned one is, or -1 if it is none that was ever written. */
static int which(const struct store_record *r)
{
    for (int k = 0; k < RECORDS; k++) {
        char id[UNIT_ID];
        unit_id((size_t)k, id);
        if (strcmp(r->id, id) == 0)
            return strcmp(r->payload, payload[k]) == 0 ? k : -1;
    }
    return -1;
}

/* Scans the bytes; says how many records are among them, and that no other is. */
static size_t scan(size_t n, const char *bytes, bool there[RECORDS])
{
    struct store st = {.fd = -1};
    char *copy = mem_alloc(n, 1); /* exact size: a step past the end shows */
    memcpy(copy, bytes, n);
    memset(there, 0, RECORDS * sizeof there[0]);
    store_scan(&st, n, copy);
    size_t count = st.count;
    for (size_t i = 0; i < count; i++) {
        int k = which(&st.record[i]);
        assert_true(k >= 0 && !there[k]);
        there[k] = true;
    }
    store_close(&st);
    free(copy);
    return count;
}

static void what_is_appended_is_loaded(void **state)
{
    struct store st = opened(*state);
    assert_null(found(&st, 0));
    for (size_t k = RECORDS; k-- > 0;) {
        append(&st, k, payload[k]);
        assert_string_equal(found(&st, k), payload[k]);
    }
    store_close(&st);
    st = opened(*state);
    assert_int_equal(st.count, RECORDS);
    assert_int_equal(st.torn + st.duplicates + st.conflicts, 0);
    for (size_t k = 0; k < RECORDS; k++)
        assert_string_equal(found(&st, k), payload[k]);
    assert_null(found(&st, RECORDS));
    store_close(&st);
}

static void a_cut_loses_at_most_the_last_record(void **state)
{
    size_t n, whole = 0;
    bool there[RECORDS];
    char *bytes = attempt_file(*state, &n);
    for (size_t cut = 0; cut <= n; cut++) {
        whole += cut > 0 && bytes[cut - 1] == '\n';
        assert_int_equal(scan(cut, bytes, there), whole);
        for (size_t k = 0; k < whole; k++)
            assert_true(there[k]);
    }
    assert_int_equal(whole, RECORDS);
    free(bytes);
}

static void a_wrong_byte_loses_at_most_its_record(void **state)
{
    size_t n, owner = 0;
    bool there[RECORDS];
    char *bytes = attempt_file(*state, &n);
    for (size_t at = 0; at < n; at++) {
        char right = bytes[at];
        for (int mask = 1; mask < 256; mask++) {
            bytes[at] = (char)(right ^ mask);
            scan(n, bytes, there);
            for (size_t k = 0; k < RECORDS; k++)
                if (there[k] == (k == owner))
                    fail_msg("byte %zu ^ %d: record %zu", at, mask, k);
        }
        bytes[at] = right;
        owner += right == '\n';
    }
    free(bytes);
}

static void damage_is_counted_and_the_rest_is_found(void **state)
{
    size_t n;
    char *bytes = attempt_file(*state, &n);
    char *attempts = path_join(*state, "attempts");
    bytes[n / 2] ^= 1;
    folder_write(attempts, "other-1-0.jsonl", n - 2, bytes);
    folder_put(attempts, "notes.txt", "not a record\n");
    folder_put(attempts, "empty.jsonl", "");
    struct store st = opened(*state);
    assert_int_equal(st.count, RECORDS);
    assert_int_equal(st.duplicates, RECORDS - 2);
    assert_int_equal(st.torn, 2);
    store_close(&st);
    free(bytes), free(attempts);
}

static void equal_records_count_once(void **state)
{
    for (int k = 0; k < 3; k++)
        append_apart(*state, 0, payload[0]);
    struct store st = opened(*state);
    assert_int_equal(st.count, 1);
    assert_int_equal(st.duplicates, 2);
    assert_int_equal(st.conflicts, 0);
    store_close(&st);
}

static void differing_results_are_a_conflict_that_all_see_alike(void **state)
{
    append_apart(*state, 0, payload[3]);
    append_apart(*state, 0, payload[0]);
    append_apart(*state, 1, payload[1]);
    struct store st = opened(*state);
    char id[UNIT_ID];
    size_t count;
    unit_id(0, id);
    const struct store_record *r = store_all(&st, id, &count);
    assert_int_equal(st.conflicts, 1);
    assert_int_equal(count, 2);
    assert_string_equal(r[0].payload, payload[0]); /* in order of bytes */
    assert_string_equal(r[1].payload, payload[3]);
    assert_string_not_equal(r[0].file, r[1].file);
    assert_string_equal(found(&st, 0), payload[0]);
    unit_id(1, id);
    store_all(&st, id, &count);
    assert_int_equal(count, 1);
    unit_id(9, id);
    store_all(&st, id, &count);
    assert_int_equal(count, 0);
    store_close(&st);
}

static void a_result_supersedes_failures_in_any_order(void **state)
{
    static const char other[] = "{\"status\":\"failed\",\"rung\":0,\"cause\":\"killed\"}";
    append_apart(*state, 0, payload[1]);
    append_apart(*state, 0, other);
    append_apart(*state, 0, payload[0]);
    append_apart(*state, 1, payload[0]);
    append_apart(*state, 1, payload[1]);
    append_apart(*state, 2, payload[1]);
    append_apart(*state, 2, other);
    struct store st = opened(*state);
    assert_int_equal(st.count, 3);
    assert_string_equal(found(&st, 0), payload[0]);
    assert_string_equal(found(&st, 1), payload[0]);
    assert_non_null(found(&st, 2));
    assert_int_equal(st.conflicts, 0); /* causes of failures are no results */
    store_forget_failures(&st);
    assert_int_equal(st.count, 2);
    assert_null(found(&st, 2));
    append(&st, 2, payload[3]);
    assert_string_equal(found(&st, 2), payload[3]);
    store_close(&st);
}

static void each_process_has_a_file_of_its_own(void **state)
{
    enum { EACH = 30, PROCESSES = 2 };
    pid_t pid[PROCESSES];
    for (size_t p = 0; p < PROCESSES; p++)
        if ((pid[p] = fork()) == 0) {
            struct store st;
            struct err e = {0};
            bool good = store_open(&st, *state, &e) == 0;
            for (size_t k = 0; k < EACH && good; k++) {
                char id[UNIT_ID];
                unit_id(p * EACH + k, id);
                good = store_append(&st, id, payload[k % RECORDS], &e) == 0;
            }
            _exit(!good);
        }
    for (size_t p = 0; p < PROCESSES; p++) {
        int status;
        waitpid(pid[p], &status, 0);
        assert_int_equal(status, 0);
    }
    struct store st = opened(*state);
    assert_int_equal(st.count, PROCESSES * EACH);
    assert_int_equal(st.torn + st.duplicates + st.conflicts, 0);
    for (size_t u = 0; u < PROCESSES * EACH; u++)
        assert_string_equal(found(&st, u), payload[u % EACH % RECORDS]);
    store_close(&st);
}

/* Two stores of one process: as if its number had come round again. */
static void a_process_number_may_come_round_again(void **state)
{
    struct store a = opened(*state), b = opened(*state);
    append(&a, 0, payload[0]);
    append(&b, 1, payload[1]);
    append(&a, 2, payload[2]);
    store_close(&a), store_close(&b);
    a = opened(*state);
    assert_int_equal(a.count, 3);
    assert_int_equal(a.torn, 0);
    store_close(&a);
}

/* A limit on the size of files behaves as a disk that is full: a part is written. */
static void a_full_disk_is_one_error_and_keeps_what_was(void **state)
{
    struct store st = opened(*state);
    struct err e = {0};
    struct rlimit limit, small;
    char id[UNIT_ID];
    signal(SIGXFSZ, SIG_IGN);
    append(&st, 0, payload[0]);
    getrlimit(RLIMIT_FSIZE, &limit);
    small = (struct rlimit){.rlim_cur = 200, .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    unit_id(1, id);
    int status = store_append(&st, id, payload[1], &e);
    const char *kept = found(&st, 1);
    setrlimit(RLIMIT_FSIZE, &limit);
    store_close(&st);
    assert_int_equal(status, -1);
    assert_null(kept);
    assert_int_equal(e.code, ERR_FILE);
    assert_holds(e.text, "cannot write");
    assert_holds(e.place, "attempts");
    assert_holds(e.hint, "same command again");
    append_apart(*state, 1, payload[1]);
    st = opened(*state);
    assert_int_equal(st.count, 2);
    assert_int_equal(st.torn, 1);
    assert_string_equal(found(&st, 0), payload[0]);
    assert_string_equal(found(&st, 1), payload[1]);
    store_close(&st);
}

static void a_folder_that_cannot_be_written_is_named(void **state)
{
    struct store st;
    struct err e = {0};
    folder_put(*state, "attempts", "a file in its place");
    assert_int_equal(store_open(&st, *state, &e), -1);
    assert_holds(e.place, "attempts");
    store_close(&st);
    assert_int_equal(store_open(&st, "/proc/self", &e), -1);
    store_close(&st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(what_is_appended_is_loaded),
        in_folder(a_cut_loses_at_most_the_last_record),
        in_folder(a_wrong_byte_loses_at_most_its_record),
        in_folder(damage_is_counted_and_the_rest_is_found),
        in_folder(equal_records_count_once),
        in_folder(differing_results_are_a_conflict_that_all_see_alike),
        in_folder(a_result_supersedes_failures_in_any_order),
        in_folder(each_process_has_a_file_of_its_own),
        in_folder(a_process_number_may_come_round_again),
        in_folder(a_full_disk_is_one_error_and_keeps_what_was),
        in_folder(a_folder_that_cannot_be_written_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
