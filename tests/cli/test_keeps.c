/* What stays in a run's folder: for more images and fewer, for who comes at the same
 * moment, for records that contradict each other, for leftovers of the dead. */
#include "cli/tiny.h"

#include "run/store.h"

static void assert_same_tables(const struct user *u, const char *a, const char *b)
{
    static const char *const tables[] = {"scores.csv", "images.csv"};
    for (size_t i = 0; i < 2; i++) {
        char *x = path_join(a, tables[i]), *y = path_join(b, tables[i]);
        assert_same_file(u, x, y);
        free(x), free(y);
    }
}

/* ---- more images, fewer images ---- */

static void a_run_is_extended_and_shortened(void **state)
{
    struct user *u = *state;
    static const struct {
        const char *images;
        double found, now;
    } step[] = {{"2", 0, 2}, {"4", 2, 2}, {"2", 2, 0}, {"3", 3, 0}, {"0", 4, 2}};
    for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
        char fresh[8];
        snprintf(fresh, sizeof fresh, "f%s", step[i].images);
        user_does(u, TINY("verify", "--images", step[i].images, "--out", "d", "--json"));
        assert_close(json_number(u->out, "found"), step[i].found, 0);
        assert_close(json_number(u->out, "simulated_now"), step[i].now, 0);
        user_does(u, TINY("verify", "--images", step[i].images, "--out", fresh));
        assert_same_tables(u, "d", fresh);
    }
    char *plan = user_reads(u, "d/plan.txt");
    assert_null(strstr(plan, "images.sha256"));
    free(plan);
    user_is_refused(u, TINY("verify", "--out", "d", "--set", "simulate.step=2e-3"),
                    "there `simulate.step = 1m`, here `simulate.step = 2m`");
    user_is_refused(u, TINY("verify", "--out", "d", "--seed", "7"),
                    "there `simulate.seed = 0`, here `simulate.seed = 7`");
}

/* Without --out too: the folder's name is that of the plan. */
static void a_run_finds_its_folder_for_any_number_of_images(void **state)
{
    struct user *u = *state;
    static const char *const commands[] = {"verify", "run"};
    for (size_t i = 0; i < 2; i++) {
        user_does(u, TINY(commands[i], "--images", "2", "--json"));
        user_does(u, TINY(commands[i], "--images", "4", "--json"));
        assert_close(json_number(u->out, "found"), 2, 0);
    }
}

/* Its plan names the choice of images, its records their positions. */
static void a_folder_of_an_earlier_version_is_refused(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "d"));
    char *now = user_reads(u, "d/plan.txt"), *images = strstr(now, "simulate.images = 0");
    struct buf earlier = {0};
    buf_printf(&earlier, "%.*ssimulate.images = 4%s", (int)(images - now), now,
               images + strlen("simulate.images = 0"));
    folder_put(u->folder, "d/plan.txt", earlier.data);
    user_is_refused(u, TINY("verify", "--out", "d"),
                    "there `simulate.images = 4`, here `simulate.images = 0`");
    buf_finish(&earlier);
    free(now);
}

/* ---- what an earlier choice left ---- */

static void what_is_shown_is_of_these_images(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "d", "--divergence"));
    assert_true(user_has(u, "d/divergence.json"));
    free(folder_sub(u->folder, "d/pictures"));
    folder_put(u->folder, "d/traces/worst-image-99999.raw", "of an earlier worst one");
    folder_put(u->folder, "d/pictures/disagreement-1.svg", "of an earlier one");
    user_does(u, TINY("verify", "--out", "d"));
    assert_false(user_has(u, "d/traces/worst-image-99999.raw"));
    assert_false(user_has(u, "d/pictures/disagreement-1.svg"));
    assert_true(user_has(u, "d/divergence.json")); /* the images are the same */
    user_does(u, TINY("verify", "--out", "d", "--images", "2"));
    assert_false(user_has(u, "d/divergence.json"));
    assert_false(user_has(u, "d/divergence.csv"));
}

static void leftovers_of_the_dead_are_removed(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "d"));
    folder_put(u->folder, "d/scores.csv.tmp123", "half");
    folder_put(u->folder, "d/circuit/netlists/tia.sub.tmp9", "half");
    free(folder_sub(u->folder, "tmp/spikebar-worker-abcdef"));
    folder_put(u->folder, "tmp/spikebar-worker-abcdef/b3v3check.log", "x");
    user_does(u, TINY("verify", "--out", "d")); /* looks that tmp is empty */
    assert_false(user_has(u, "d/scores.csv.tmp123"));
    assert_false(user_has(u, "d/circuit/netlists/tia.sub.tmp9"));
}

/* ---- records ---- */

/* A record of an image of a run, in a file of its own. */
static void append(const struct user *u, const char *run, unsigned image,
                   const char *payload)
{
    struct store st;
    struct plan plan = {0};
    struct err e = {0};
    char id[UNIT_ID], *folder = path_join(u->folder, run);
    assert_well(plan_read(&plan, folder, &e), e);
    plan_unit_id(&plan, "image", image, id);
    assert_well(store_open(&st, folder, &e), e);
    assert_well(store_append(&st, id, payload, &e), e);
    store_close(&st);
    plan_finish(&plan);
    free(folder);
}

/* The first image of the table. */
static unsigned first_image(const struct user *u, const char *run)
{
    unsigned image = 0;
    char *name = path_join(run, "images.csv"), *csv = user_reads(u, name);
    assert_int_equal(sscanf(strchr(csv, '\n') + 1, "0,%u", &image), 1);
    free(name), free(csv);
    return image;
}

static char *numbers(const char *first)
{
    struct buf b = {0};
    static const char *const keys[] = {"rest_V", "above_V", "time_s"};
    buf_puts(&b, "{\"status\":\"done\",\"rung\":0");
    for (int i = 0; i < 3; i++) {
        buf_printf(&b, ",\"%s\":[%s", keys[i], first);
        for (int j = 1; j < TINY_OUTPUTS; j++)
            buf_puts(&b, ",0.001");
        buf_puts(&b, "]");
    }
    buf_puts(&b, "}");
    return b.data;
}

static void contradicting_records_are_an_error(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "d"));
    char *payload = numbers("0.001");
    append(u, "d", first_image(u, "d"), payload);
    char *before = user_reads(u, "d/scores.csv");
    user_is_refused(u, TINY("verify", "--out", "d"),
                    "differ; move the file that is wrong");
    const char *first = strstr(u->err, ".jsonl");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, ".jsonl"));
    char *after = user_reads(u, "d/scores.csv");
    assert_string_equal(before, after);
    free(payload), free(before), free(after);
}

static void a_record_without_its_numbers_is_simulated_again(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--out", "plain"));
    static const char *const torn[] = {NULL, "1e999", "nan", "-1e999", "null"};
    for (size_t i = 0; i < sizeof torn / sizeof torn[0]; i++) {
        char run[8];
        snprintf(run, sizeof run, "d%zu", i);
        user_does(u, TINY("verify", "--out", run));
        struct buf attempts = {0};
        buf_printf(&attempts, "%s/%s/attempts", u->folder, run);
        dir_remove(attempts.data); /* so that it is the only one */
        buf_finish(&attempts);
        char *payload =
            torn[i] ? numbers(torn[i]) : mem_copy_string("{\"status\":\"done\"}");
        append(u, run, first_image(u, run), payload);
        assert_int_equal(
            user_run(u, WORDS("verify", "--study", "tiny.ini", "--out", run, "--json")),
            0);
        assert_holds(u->err, "1 torn record; what is missing is done again");
        assert_close(json_number(u->out, "found"), 0, 0);
        assert_close(json_number(u->out, "simulated_now"), TINY_TESTED, 0);
        assert_close(json_number(u->out, "records.torn"), 1, 0);
        assert_same_tables(u, "plain", run);
        user_does(u, TINY("verify", "--out", run, "--json"));
        assert_close(json_number(u->out, "found"), TINY_TESTED, 0);
        free(payload);
    }
}

/* The table has the cause, and the deck that is kept is that of the last rung. */
static void a_failed_image_keeps_the_deck_of_its_last_rung(void **state)
{
    struct user *u = *state;
    struct buf name = {0};
    unsigned image = 0;
    assert_int_equal(user_run(u, TINY("verify", "--out", "d", "--keep-decks", "--set",
                                      "rehearse.diverge=0")),
                     2);
    char *csv = user_reads(u, "d/images.csv"), *row = strchr(csv, '\n') + 1;
    assert_int_equal(sscanf(row, "0,%u", &image), 1);
    assert_holds(row, ",failed,,\"no convergence on any of 5 rungs: ");
    buf_printf(&name, "d/decks/image-%05u.cir", image);
    char *deck = user_reads(u, name.data);
    char *other = user_reads(u, "d/study.ini");
    assert_holds(deck, "rung \"loose tolerances\"");
    free(csv), free(deck), free(other);
    buf_finish(&name);
}

/* ---- at the same moment ---- */

/* Waits for both; which of them succeeded, 0 or 1; the other was refused in one line. */
static int winner(struct user *u, struct command_running *c[2])
{
    int won = -1;
    for (int k = 0; k < 2; k++) {
        int status;
        siginfo_t ended;
        waitid(P_PID, (id_t)c[k ^ 1]->pid, &ended, WEXITED | WNOWAIT); /* tmp is shared */
        waitid(P_PID, (id_t)c[k]->pid, &ended, WEXITED | WNOWAIT);
        status = user_wait(u, c[k]);
        if (status == 0) {
            assert_int_equal(won, -1);
            won = k;
        } else {
            assert_int_equal(status, 1);
            user_hears(u, "--out");
        }
    }
    assert_true(won >= 0);
    return won;
}

static void of_two_plans_at_once_one_succeeds(void **state)
{
    enum { TRIES = 5 };
    struct user *u = *state;
    static const char *const step[] = {"simulate.step=1e-3", "simulate.step=7e-4"};
    static const char *const plain[] = {"plain0", "plain1"};
    for (int p = 0; p < 2; p++)
        user_does(u, TINY("verify", "--out", plain[p], "--set", step[p]));
    for (int k = 0; k < TRIES; k++) {
        char run[8], *plan;
        struct buf name = {0};
        struct command_running *c[2];
        snprintf(run, sizeof run, "d%d", k);
        for (int p = 0; p < 2; p++)
            c[p] = user_start(u, TINY("verify", "--out", run, "--set", step[p]));
        int won = winner(u, c);
        assert_same_tables(u, plain[won], run);
        buf_printf(&name, "%s/plan.txt", run);
        plan = user_reads(u, name.data);
        assert_holds(plan, won ? "simulate.step = 700u" : "simulate.step = 1m");
        buf_finish(&name);
        free(plan);
    }
}

/* Training comes before there is a plan. */
static void of_two_whole_runs_at_once_one_succeeds(void **state)
{
    enum { TRIES = 3 };
    struct user *u = *state;
    static const char *const seed[] = {"3", "4"}, *const plain[] = {"plain0", "plain1"};
    for (int p = 0; p < 2; p++)
        user_does(u, TINY("run", "--out", plain[p], "--seed", seed[p]));
    for (int k = 0; k < TRIES; k++) {
        char run[8];
        struct command_running *c[2];
        snprintf(run, sizeof run, "d%d", k);
        for (int p = 0; p < 2; p++)
            c[p] = user_start(u, TINY("run", "--out", run, "--seed", seed[p]));
        int won = winner(u, c);
        assert_same_tables(u, plain[won], run);
    }
}

/* The same command twice: the second waits, says for whom, and finds all done. */
static void the_second_of_two_equal_commands_waits(void **state)
{
    struct user *u = *state;
    static const char *const words[] = {
        "verify", "--study", "tiny.ini",           "--out",
        "d",      "--set",   "simulate.step=6e-5", NULL};
    char pid[64];
    struct command_running *first = user_start(u, words);
    while (!user_has(u, "d/plan.txt"))
        usleep(1000);
    snprintf(pid, sizeof pid, "process %d on ", (int)first->pid);
    struct command_running *second = user_start(u, words);
    siginfo_t ended;
    waitid(P_PID, (id_t)second->pid, &ended, WEXITED | WNOWAIT);
    assert_int_equal(user_wait(u, first), 0);
    assert_int_equal(user_wait(u, second), 0);
    assert_holds(u->err, pid);
    assert_holds(u->err, "waiting for its end");
    assert_holds(u->out, "0 simulated now, 4 found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tiny(a_run_is_extended_and_shortened),
        with_tiny(a_run_finds_its_folder_for_any_number_of_images),
        with_tiny(a_folder_of_an_earlier_version_is_refused),
        with_tiny(what_is_shown_is_of_these_images),
        with_tiny(leftovers_of_the_dead_are_removed),
        with_tiny(contradicting_records_are_an_error),
        with_tiny(a_record_without_its_numbers_is_simulated_again),
        with_tiny(a_failed_image_keeps_the_deck_of_its_last_rung),
        with_tiny(of_two_plans_at_once_one_succeeds),
        with_tiny(of_two_whole_runs_at_once_one_succeeds),
        with_tiny(the_second_of_two_equal_commands_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
