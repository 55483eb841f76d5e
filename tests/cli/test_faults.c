/* Runs to which something happens: each costs what it must and no more, and the same
 * command goes on to the same bytes. */
#include "cli/tiny.h"

/* Some tenth of a second for each image: time enough to do something to a worker. */
#define SLOW "--set", "simulate.step=6e-5", "--jobs", "1"

static size_t lines_of(const char *text)
{
    size_t n = 0;
    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

/* Path of an attempt file in the folder, or NULL. */
static char *attempt_file(const struct user *u, const char *run)
{
    struct buf folder = {0};
    char *found = NULL;
    buf_printf(&folder, "%s/%s/attempts", u->folder, run);
    DIR *dir = opendir(folder.data);
    for (struct dirent *entry; dir && !found && (entry = readdir(dir));)
        if (strstr(entry->d_name, ".jsonl"))
            found = path_join(folder.data, entry->d_name);
    if (dir)
        closedir(dir);
    buf_finish(&folder);
    return found;
}

static size_t records(const struct user *u, const char *run)
{
    char *path = attempt_file(u, run), *text;
    if (!path)
        return 0;
    text = folder_read("", path, NULL);
    size_t n = lines_of(text);
    free(path), free(text);
    return n;
}

/* Waits until the run has recorded an image; false if it ended before. */
static bool begun(const struct user *u, const struct command_running *c, const char *run)
{
    siginfo_t ended = {0};
    while (records(u, run) < 1) {
        waitid(P_PID, (id_t)c->pid, &ended, WEXITED | WNOHANG | WNOWAIT);
        if (ended.si_pid)
            return false;
        usleep(1000);
    }
    return true;
}

/* A process whose parent this is, or 0. */
static pid_t child_of(pid_t parent)
{
    DIR *dir = opendir("/proc");
    pid_t child = 0;
    for (struct dirent *entry; !child && (entry = readdir(dir));) {
        char path[300], text[256];
        int above = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *f = fopen(path, "r");
        if (f && fgets(text, sizeof text, f) && strrchr(text, ')') &&
            sscanf(strrchr(text, ')'), ") %*c %d", &above) == 1 && above == parent)
            child = (pid_t)atoi(entry->d_name);
        if (f)
            fclose(f);
    }
    closedir(dir);
    return child;
}

/* Is it gone, or dead and waiting for its parent? */
static bool gone(pid_t pid)
{
    char path[64], text[256], state = 'X';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (f && fgets(text, sizeof text, f) && strrchr(text, ')'))
        sscanf(strrchr(text, ')'), ") %c", &state);
    if (f)
        fclose(f);
    return state == 'X' || state == 'Z';
}

/* Starts a slow run and ends it by a signal after its first image. If the machine slept
 * so long that the run was over before, the next folder is tried. */
static void stop_in_the_middle(struct user *u, int number, char run[16])
{
    int status = 0;
    for (int k = 0; k < 20 && status == 0; k++) {
        snprintf(run, 16, "stopped%d-%d", number, k);
        struct command_running *c = user_start(u, TINY("verify", SLOW, "--out", run));
        pid_t worker = begun(u, c, run) ? child_of(c->pid) : 0;
        kill(c->pid, number);
        status = user_wait(u, c);
        while (worker && !gone(worker))
            usleep(1000);
    }
    assert_int_equal(status, number == SIGKILL ? -SIGKILL : 130);
}

static void a_stopped_run_goes_on_to_the_same_bytes(void **state)
{
    struct user *u = *state;
    static const int numbers[] = {SIGKILL, SIGINT, SIGTERM};
    user_does(u, TINY("verify", SLOW, "--out", "whole"));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char run[16];
        stop_in_the_middle(u, numbers[i], run);
        char *scores = path_join(run, "scores.csv"),
             *images = path_join(run, "images.csv");
        assert_false(user_has(u, scores));
        user_does(u, TINY("verify", SLOW, "--out", run, "--json"));
        assert_true(json_number(u->out, "found") >= 1);
        assert_same_file(u, "whole/scores.csv", scores);
        assert_same_file(u, "whole/images.csv", images);
        free(scores), free(images);
    }
}

/* The worker of the second image never answers, so the run stops there. */
#define HANGING "--set", "rehearse.hang=1", "--jobs", "1"

static void an_interrupted_run_says_what_it_keeps(void **state)
{
    struct user *u = *state;
    struct command_running *c = user_start(u, TINY("verify", HANGING, "--out", "a"));
    assert_true(begun(u, c, "a"));
    kill(c->pid, SIGINT);
    assert_int_equal(user_wait(u, c), 130);
    assert_string_equal(u->out, "");
    user_hears(u, "stopped; 1 of 4 images are kept in a; the same command goes on there");
    c = user_start(u, TINY("verify", HANGING, "--out", "a"));
    while (!child_of(c->pid)) /* before the first simulation */
        usleep(100);
    kill(c->pid, SIGINT);
    assert_int_equal(user_wait(u, c), 130);
    user_hears(u, "kept");
    assert_holds(u->err, "the same command goes on");
}

/* While it is busy it does not look for its parent by itself. */
static void a_busy_worker_does_not_survive_its_parent(void **state)
{
    struct user *u = *state;
    struct command_running *c = user_start(u, TINY("verify", HANGING, "--out", "a"));
    assert_true(begun(u, c, "a"));
    pid_t worker = child_of(c->pid);
    assert_true(worker > 0);
    kill(c->pid, SIGKILL);
    assert_int_equal(user_wait(u, c), -SIGKILL);
    for (int ms = 0; !gone(worker); ms++) {
        if (ms == 300000) {
            kill(worker, SIGKILL);
            fail_msg("the worker goes on");
        }
        usleep(1000);
    }
}

/* The failure of the image at position 1, and nothing else, in all that tells of it. */
static void one_failure(struct user *u, const char *run, const char *cause,
                        const char *attempts)
{
    char *page = path_join(run, "report.html"), *table = path_join(run, "images.csv");
    char *html = user_reads(u, page), *csv = user_reads(u, table);
    const char *failures = strstr(u->out, "\"failures\"");
    assert_close(json_number(u->out, "failed"), 1, 0);
    assert_holds(failures, cause);
    assert_holds(html, cause);
    assert_holds(strstr(html, cause) - 80, attempts);
    assert_holds(csv, cause);
    assert_holds(strstr(csv, "\n1,"), ",failed,");
    assert_int_equal(lines_of(csv), 1 + TINY_TESTED);
    assert_non_null(strstr(csv, ",ok,"));
    free(page), free(table), free(html), free(csv);
}

/* The rows of the images that did not fail are those of a run without a fault. */
static void others_are_unchanged(struct user *u, const char *run)
{
    char *path = path_join(run, "scores.csv");
    char *sound = user_reads(u, "plain/scores.csv"), *text = user_reads(u, path);
    char *rest = text, *line;
    size_t same = 0;
    while ((line = strsep(&rest, "\n"))) {
        char *end = line;
        for (int comma = 0; *end && comma < 7; end++) /* up to rest_V: no scale in it */
            comma += *end == ',';
        *end = '\0';
        same += *line >= '0' && *line <= '9' && strncmp(line, "1,", 2) != 0 &&
                strstr(sound, line);
    }
    assert_int_equal(same, (TINY_TESTED - 1) * TINY_OUTPUTS);
    free(path), free(sound), free(text);
}

static void faults_cost_their_own_image(void **state)
{
    struct user *u = *state;
    static const struct {
        const char *set, *more, *cause;
        double retried;
    } faults[] = {
        {"rehearse.die=1", "simulate.retries=1", "worker killed by signal 9", 1},
        {"rehearse.hang=1", "simulate.deadline=30", "deadline: no end after 30 s", 0},
        {"rehearse.diverge=1", "simulate.retries=1", "no convergence on any of 5 rungs",
         0},
    };
    user_does(u, TINY("verify", "--out", "plain"));
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const char *run = strrchr(faults[i].set, '.') + 1;
        int status =
            user_run(u, TINY("verify", "--out", run, "--json", "--set", faults[i].set,
                             "--set", "simulate.retries=0", "--set", faults[i].more));
        assert_int_equal(status, 2);
        one_failure(u, run, faults[i].cause,
                    faults[i].retried > 0 ? "<td class=\"n\">2<" : "<td class=\"n\">1<");
        assert_close(json_number(u->out, "retried"), faults[i].retried, 0);
        others_are_unchanged(u, run);
        status =
            user_run(u, TINY("verify", "--out", run, "--json", "--set", faults[i].set));
        assert_int_equal(status, 2); /* a failure for good is a record too */
        assert_close(json_number(u->out, "simulated_now"), 0, 0);
    }
}

/* Starts a slow run and kills its worker after the first image; until the worker was at
 * work then, which only a sleeping machine can prevent. Returns the exit status. */
static int run_with_a_killed_worker(struct user *u, const char *retries, char run[8])
{
    for (int k = 0; k < 20; k++) {
        snprintf(run, 8, "k%d", k);
        struct command_running *c =
            user_start(u, TINY("verify", SLOW, "--json", "--set", retries, "--out", run));
        pid_t worker = begun(u, c, run) ? child_of(c->pid) : 0;
        if (worker > 0)
            kill(worker, SIGKILL);
        int status = user_wait(u, c);
        if (json_number(u->out, "retried") + json_number(u->out, "failed") > 0)
            return status;
    }
    fail_msg("no worker was at work");
    return -1;
}

static void a_worker_killed_from_outside_costs_one_attempt(void **state)
{
    struct user *u = *state;
    char run[8];
    assert_int_equal(run_with_a_killed_worker(u, "simulate.retries=1", run), 0);
    assert_close(json_number(u->out, "retried"), 1, 0);
    assert_close(json_number(u->out, "failed"), 0, 0);
    user_does(u, TINY("verify", SLOW, "--out", "whole"));
    char *scores = path_join(run, "scores.csv");
    assert_same_file(u, "whole/scores.csv", scores);
    free(scores);
}

static void a_failure_is_mended_when_asked(void **state)
{
    struct user *u = *state;
    char run[8];
    assert_int_equal(run_with_a_killed_worker(u, "simulate.retries=0", run), 2);
    assert_holds(u->out, "signal 9");
    assert_int_equal(user_run(u, TINY("verify", SLOW, "--out", run)), 2);
    user_does(u, TINY("verify", SLOW, "--out", run, "--retry-failed", "--json"));
    assert_close(json_number(u->out, "found"), TINY_TESTED - 1, 0);
    assert_close(json_number(u->out, "simulated_now"), 1, 0);
    user_does(u, TINY("verify", SLOW, "--out", run, "--json"));
    assert_close(json_number(u->out, "found"), TINY_TESTED, 0);
    assert_close(json_number(u->out, "records.conflicts"), 0, 0);
    user_does(u, TINY("verify", SLOW, "--out", "whole"));
    char *scores = path_join(run, "scores.csv");
    assert_same_file(u, "whole/scores.csv", scores);
    free(scores);
}

/* Whoever started us may have ignored SIGCHLD: then no child tells how it ended. */
static void what_a_worker_died_of_is_known_anywhere(void **state)
{
    struct user *u = *state;
    int status = user_run(u, TINY("verify", "--set", "rehearse.die=1", "--out", "plain"));
    assert_int_equal(status, 2);
    signal(SIGCHLD, SIG_IGN);
    struct command_running *c =
        user_start(u, TINY("verify", "--set", "rehearse.die=1", "--out", "a"));
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(user_wait(u, c), 2);
    assert_holds(u->out, "signal 9");
    assert_same_file(u, "plain/images.csv", "a/images.csv");
}

static void two_runs_at_once_share_a_folder(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "plain"));
    struct command_running *a = user_start(u, TINY("verify", "--out", "both"));
    struct command_running *b = user_start(u, TINY("verify", "--out", "both"));
    int status;
    waitpid(a->pid, &status,
            0); /* their temporary folder is the same: empty at the end */
    assert_int_equal(status, 0);
    a->pid = 0;
    close(a->out), close(a->err);
    assert_int_equal(user_wait(u, b), 0);
    assert_same_file(u, "plain/scores.csv", "both/scores.csv");
    user_does(u, TINY("verify", "--out", "both", "--json"));
    assert_close(json_number(u->out, "found"), TINY_TESTED, 0);
    assert_close(json_number(u->out, "records.conflicts"), 0, 0);
    assert_close(json_number(u->out, "records.torn"), 0, 0);
}

/* Cuts the end of the only attempt file. */
static void tear(const struct user *u, const char *run, size_t bytes)
{
    char *path = attempt_file(u, run);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - (off_t)bytes), 0);
    free(path);
}

static void a_torn_record_costs_one_image(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "plain"));
    user_does(u, TINY("verify", "--out", "a", "--jobs", "1"));
    tear(u, "a", 5);
    folder_put(u->folder, "a/scores.csv", "");
    user_does(u, TINY("verify", "--out", "a", "--json"));
    assert_close(json_number(u->out, "found"), TINY_TESTED - 1, 0);
    assert_close(json_number(u->out, "simulated_now"), 1, 0);
    assert_close(json_number(u->out, "records.torn"), 1, 0);
    assert_same_file(u, "plain/scores.csv", "a/scores.csv");
}

static void what_a_run_made_can_be_lost_but_for_its_records(void **state)
{
    struct user *u = *state;
    static const char *const lost[] = {"scores.csv",  "results.sqlite", "summary.json",
                                       "report.html", "study.ini",      "circuit"};
    user_does(u, TINY("verify", "--out", "plain"));
    user_does(u, TINY("verify", "--out", "a"));
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        struct buf path = {0};
        buf_printf(&path, "%s/a/%s", u->folder, lost[i]);
        dir_remove(path.data);
        assert_false(file_exists(path.data));
        buf_finish(&path);
    }
    user_does(u, TINY("verify", "--out", "a", "--json"));
    assert_close(json_number(u->out, "found"), TINY_TESTED, 0);
    assert_same_file(u, "plain/scores.csv", "a/scores.csv");
    assert_same_file(u, "plain/images.csv", "a/images.csv");
}

#define ALL "--images", "0", "--set", "dataset.test_fraction=1"

/* `ulimit -f`: plan and circuit fit, the records of all 12 images do not. */
static void a_full_disk_ends_the_run_and_keeps_what_was(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", ALL, "--out", "plain"));
    char *path = attempt_file(u, "plain");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    u->file_limit = (rlim_t)st.st_size - 20;
    user_is_refused(u, TINY("verify", ALL, "--out", "a"), "attempts: cannot write");
    assert_holds(u->err, "make room and give the same command again");
    u->file_limit = 100;
    user_is_refused(u, TINY("verify", ALL, "--out", "b"),
                    "b/plan.txt: cannot write: File");
    u->file_limit = 0;
    user_does(u, TINY("verify", ALL, "--out", "a", "--json"));
    assert_close(json_number(u->out, "found"), TINY_IMAGES - 1, 0);
    assert_same_file(u, "plain/scores.csv", "a/scores.csv");
    free(path);
}

static void a_full_disk_behind_the_results_is_told(void **state)
{
    struct user *u = *state;
    u->out_to = "/dev/full";
    assert_int_equal(user_run(u, TINY("verify", "--out", "a")), 1);
    user_hears(u, "standard output: cannot write: No space left on device");
    assert_true(user_has(u, "a/report.html"));
}

/* Progress must not go where a descriptor's place was taken by a record's file. */
static void a_run_without_descriptors_is_the_same_run(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "plain"));
    u->deaf = true;
    assert_int_equal(user_run(u, WORDS("verify", "--study", "tiny.ini", "--out", "a")),
                     1);
    u->deaf = false;
    user_does(u, TINY("verify", "--out", "a", "--json"));
    assert_close(json_number(u->out, "found"), TINY_TESTED, 0);
    assert_close(json_number(u->out, "records.torn"), 0, 0);
    assert_same_file(u, "plain/scores.csv", "a/scores.csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tiny(a_stopped_run_goes_on_to_the_same_bytes),
        with_tiny(an_interrupted_run_says_what_it_keeps),
        with_tiny(a_busy_worker_does_not_survive_its_parent),
        with_tiny(faults_cost_their_own_image),
        with_tiny(a_worker_killed_from_outside_costs_one_attempt),
        with_tiny(a_failure_is_mended_when_asked),
        with_tiny(what_a_worker_died_of_is_known_anywhere),
        with_tiny(two_runs_at_once_share_a_folder),
        with_tiny(a_torn_record_costs_one_image),
        with_tiny(what_a_run_made_can_be_lost_but_for_its_records),
        with_tiny(a_full_disk_ends_the_run_and_keeps_what_was),
        with_tiny(a_full_disk_behind_the_results_is_told),
        with_tiny(a_run_without_descriptors_is_the_same_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
