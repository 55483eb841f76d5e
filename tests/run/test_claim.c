/* Claims: one process at a time; the same work waits, other work is refused; what a dead
 * holder left is in nobody's way. */
#include "folder.h"

#include "base/log.h"
#include "run/claim.h"
#include "run/plan.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static const char one[] = "0123456789abcdef", other[] = "0123456789abcdee";

/* A process that claims the folder, tells so, and stays. */
static pid_t start_holder(const char *folder, const char *id)
{
    int ready[2];
    char c = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct err e = {0};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        c = claim_folder(folder, id, &e) == 0 ? 'y' : 'n';
        (void)!write(ready[1], &c, 1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(c, 'y');
    close(ready[0]), close(ready[1]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* In a process of its own, for claims stay. */
static int claim_apart(const char *folder, const char *id, struct err *e)
{
    int answer[2], status;
    assert_int_equal(pipe(answer), 0);
    pid_t pid = fork();
    if (pid == 0) {
        *e = (struct err){0};
        status = claim_folder(folder, id, e);
        (void)!write(answer[1], e, sizeof *e);
        _exit(status < 0);
    }
    assert_int_equal(read(answer[0], e, sizeof *e), sizeof *e);
    close(answer[0]), close(answer[1]);
    waitpid(pid, &status, 0);
    return -WEXITSTATUS(status);
}

static void other_work_is_refused_with_the_holder(void **state)
{
    struct err e;
    char pid[32];
    pid_t holder = start_holder(*state, one);
    assert_int_equal(claim_apart(*state, other, &e), -1);
    assert_int_equal(e.code, ERR_USAGE);
    snprintf(pid, sizeof pid, "process %d on ", (int)holder);
    assert_holds(e.text, pid);
    assert_holds(e.place, "/lock");
    assert_holds(e.hint, "--out");
    end(holder);
    assert_well(claim_apart(*state, other, &e), e);
}

static void the_same_work_waits_for_the_end(void **state)
{
    int answer[2];
    char c = 0;
    pid_t holder = start_holder(*state, one);
    assert_int_equal(pipe(answer), 0);
    pid_t second = fork();
    if (second == 0) {
        struct err e = {0};
        c = claim_folder(*state, one, &e) == 0 ? 'y' : 'n';
        (void)!write(answer[1], &c, 1);
        _exit(0);
    }
    usleep(300000); /* if it does not wait, it is through by now */
    int status;
    assert_int_equal(waitpid(second, &status, WNOHANG), 0);
    end(holder);
    assert_int_equal(read(answer[0], &c, 1), 1);
    assert_int_equal(c, 'y');
    waitpid(second, &status, 0);
    close(answer[0]), close(answer[1]);
}

static void who_waits_can_be_stopped(void **state)
{
    pid_t holder = start_holder(*state, one);
    pid_t second = fork();
    if (second == 0) {
        struct err e = {0};
        stop_on_signals();
        raise(SIGINT);
        _exit(claim_folder(*state, one, &e) < 0 && e.code == ERR_INTERRUPTED ? 7 : 0);
    }
    int status;
    waitpid(second, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 7);
    end(holder);
}

/* The words of a holder that is gone must not speak for the one that holds it now. */
static void what_an_earlier_holder_wrote_is_not_believed(void **state)
{
    struct err e;
    end(start_holder(*state, one));
    char *old = folder_read(*state, "lock", NULL);
    pid_t holder = start_holder(*state, other);
    char *path = path_join(*state, "lock");
    FILE *f = fopen(path, "r+"); /* as it is before the new one has written */
    fputs(old, f);
    fclose(f);
    assert_int_equal(claim_apart(*state, one, &e), -1); /* else it would wait for ever */
    assert_holds(e.text, "another process works in this folder");
    end(holder);
    free(old), free(path);
}

/* Again and again, and in what a process forks nothing is held. */
static void a_process_keeps_what_it_has(void **state)
{
    pid_t first = fork();
    if (first == 0) {
        struct err e = {0};
        bool good = claim_folder(*state, one, &e) == 0;
        if (fork() == 0) {
            sleep(2); /* outlives its parent */
            _exit(0);
        }
        good = good && claim_folder(*state, other, &e) == 0; /* stays as it was */
        good = good && claim_apart(*state, other, &e) == -1 &&
               claim_apart(*state, other, &e) == -1;
        _exit(good ? 7 : 0);
    }
    int status;
    struct err e;
    waitpid(first, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_well(claim_apart(*state, other, &e), e);
}

static void a_claim_cleans_up(void **state)
{
    static const char *const left[] = {"scores.csv.tmp123", "traces/best.raw.tmp5",
                                       "circuit/models/nmos.mod.tmp5",
                                       "circuits/ab/circuit/netlists/x.sub.tmp9"};
    struct err e;
    free(folder_sub(*state, "traces")), free(folder_sub(*state, "mine"));
    free(folder_sub(*state, "circuit/models"));
    free(folder_sub(*state, "circuits/ab/circuit/netlists"));
    folder_put(*state, "mine/data.csv.tmp1", "not of ours");
    for (size_t i = 0; i < 4; i++)
        folder_put(*state, left[i], "x");
    assert_well(claim_apart(*state, one, &e), e);
    for (size_t i = 0; i < 4; i++) {
        char *path = path_join(*state, left[i]);
        assert_false(file_exists(path));
        free(path);
    }
    free(folder_read(*state, "mine/data.csv.tmp1", NULL));
}

/* Two plans at once, again and again: one of them enters, and it is its plan that stands
 * there. */
static void of_two_plans_at_once_one_enters(void **state)
{
    enum { TRIES = 50 };
    for (int k = 0; k < TRIES; k++) {
        char name[16];
        int ready[2], entered = -1, status;
        pid_t pid[2];
        snprintf(name, sizeof name, "t%d", k);
        char *folder = path_join(*state, name);
        assert_int_equal(pipe(ready), 0);
        for (int p = 0; p < 2; p++)
            if ((pid[p] = fork()) == 0) {
                struct plan plan = {0};
                struct err e = {0};
                char c;
                plan_put(&plan, "process", "%d", p);
                plan_seal(&plan, 1);
                close(ready[1]);
                (void)!read(ready[0], &c, 1);
                _exit(plan_enter(&plan, folder, &e) < 0);
            }
        close(ready[0]), close(ready[1]);
        for (int p = 0; p < 2; p++) {
            waitpid(pid[p], &status, 0);
            if (WEXITSTATUS(status) == 0) {
                assert_int_equal(entered, -1);
                entered = p;
            }
        }
        assert_true(entered >= 0);
        char *text = folder_read(folder, "plan.txt", NULL);
        assert_holds(text, entered ? "process = 1" : "process = 0");
        free(text), free(folder);
    }
}

int main(void)
{
    log_set_level(LOG_QUIET);
    const struct CMUnitTest tests[] = {
        in_folder(other_work_is_refused_with_the_holder),
        in_folder(the_same_work_waits_for_the_end),
        in_folder(who_waits_can_be_stopped),
        in_folder(what_an_earlier_holder_wrote_is_not_believed),
        in_folder(a_process_keeps_what_it_has),
        in_folder(a_claim_cleans_up),
        in_folder(of_two_plans_at_once_one_enters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
