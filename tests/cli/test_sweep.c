/* Sweeps: each trial is a run of its own, records are shared, nothing done is lost. */
#include "cli/tiny.h"

#include <math.h>
#include <time.h>

#define SWEEP(...) TINY("sweep", __VA_ARGS__)

/* The cell of a CSV file at a row, from 0 below the names, and a column; the last one of
 * `text` that is asked for is kept. */
static double csv_number(const char *text, size_t row, const char *column)
{
    size_t at = 0, n = strlen(column);
    const char *p = text;
    while (strncmp(p, column, n) != 0 || (p[n] != ',' && p[n] != '\n')) {
        p = strpbrk(p, ",\n");
        if (!p || *p++ == '\n')
            fail_msg("no column %s in `%s`", column, text);
        at++;
    }
    for (p = text; row + 1 && p; row--)
        p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL;
    for (; at && p; at--)
        p = strpbrk(p, ",\n") ? strpbrk(p, ",\n") + 1 : NULL;
    if (!p || !*p)
        fail_msg("row or column %s is missing in `%s`", column, text);
    return *p == ',' || *p == '\n' ? NAN : strtod(p, NULL);
}

static double simulated(const struct user *u)
{
    return json_number(u->out, "simulated_now");
}

/* Trial 1 of the second value is `verify` with the same keys. */
static void a_trial_is_a_run_of_its_own(void **state)
{
    struct user *u = *state;
    user_does(u,
              SWEEP("map.tuning_error=0.1,0.3", "--trials", "2", "--out", "s", "--json"));
    assert_close(simulated(u), 4 * TINY_TESTED, 0);
    char *sweep = user_reads(u, "s/sweep.csv");
    user_does(u, TINY("verify", "--out", "v", "--json", "--set", "map.tuning_error=0.3",
                      "--set", "map.trial=1"));
    assert_close(csv_number(sweep, 3, "map.tuning_error"), 0.3, 0);
    assert_close(csv_number(sweep, 3, "trial"), 1, 0);
    assert_close(csv_number(sweep, 3, "images"), TINY_TESTED, 0);
    assert_close(csv_number(sweep, 3, "native_accuracy"),
                 json_number(u->out, "native.accuracy"), 0);
    assert_close(csv_number(sweep, 3, "circuit_accuracy"),
                 json_number(u->out, "circuit.accuracy"), 0);
    assert_close(csv_number(sweep, 3, "agreement"), json_number(u->out, "agreement"), 0);
    assert_close(csv_number(sweep, 3, "error_rms"), json_number(u->out, "error_rms"), 0);
    assert_close(csv_number(sweep, 3, "error_max"), json_number(u->out, "error_max"), 0);
    assert_true(csv_number(sweep, 2, "error_rms") != csv_number(sweep, 3, "error_rms"));
    free(sweep);
}

/* What is added is all that is simulated, and the order does not matter. */
static void what_is_there_is_used_again(void **state)
{
    struct user *u = *state;
    user_does(u,
              SWEEP("map.tuning_error=0.1,0.3", "--trials", "2", "--out", "s", "--json"));
    char *before = user_reads(u, "s/points.csv");
    user_does(u,
              SWEEP("map.tuning_error=0.1,0.3", "--trials", "3", "--out", "s", "--json"));
    assert_close(simulated(u), 2 * TINY_TESTED, 0);
    assert_close(json_number(u->out, "found"), 4 * TINY_TESTED, 0);
    user_does(u, SWEEP("map.tuning_error=0.3,0.2,0.1", "--trials", "2", "--out", "s",
                       "--json"));
    assert_close(simulated(u), 2 * TINY_TESTED, 0);
    user_does(u, SWEEP("map.tuning_error=0.1,0.3", "--trials", "2", "--out", "s",
                       "--images", "6", "--json"));
    assert_close(simulated(u), 4 * 2, 0);
    user_does(u,
              SWEEP("map.tuning_error=0.1,0.3", "--trials", "2", "--out", "s", "--json"));
    assert_close(simulated(u), 0, 0);
    char *after = user_reads(u, "s/points.csv");
    assert_string_equal(before, after);
    free(before), free(after);
}

/* Without errors to draw the trials are one. */
static void equal_trials_are_simulated_once(void **state)
{
    struct user *u = *state;
    user_does(u, SWEEP("map.bits=1,2", "--trials", "5", "--out", "s", "--json"));
    assert_close(simulated(u), 2 * TINY_TESTED, 0);
    char *points = user_reads(u, "s/points.csv");
    assert_close(csv_number(points, 1, "trials"), 5, 0);
    assert_close(csv_number(points, 1, "circuit_standard_error"), 0, 0);
    free(points);
}

static void workers_and_kills_do_not_show(void **state)
{
    struct user *u = *state;
    const char *const words[] = {"sweep",    "--study", "tiny.ini",
                                 "--quiet",  "--out",   "killed",
                                 "--trials", "3",       "map.tuning_error=0.1,0.2,0.3",
                                 NULL};
    user_does(u, SWEEP("map.tuning_error=0.1,0.2,0.3", "--trials", "3", "--out", "whole",
                       "--jobs", "1"));
    for (int k = 0; k < 3; k++) {
        struct command_running *c = user_start(u, words);
        nanosleep(&(struct timespec){.tv_nsec = 150000000 + 100000000 * k}, NULL);
        kill(c->pid, SIGKILL);
        user_wait(u, c);
    }
    user_does(u, words);
    assert_same_file(u, "whole/points.csv", "killed/points.csv");
}

static void the_network_alone_is_the_same_network(void **state)
{
    struct user *u = *state;
    user_does(u, SWEEP("map.tuning_error=0.1,0.3", "--trials", "2", "--out", "s"));
    user_does(u, SWEEP("map.tuning_error=0.1,0.3", "--trials", "2", "--out", "n",
                       "--native", "--json"));
    assert_close(simulated(u), 0, 0);
    char *both = user_reads(u, "s/points.csv"), *alone = user_reads(u, "n/points.csv");
    for (size_t p = 0; p < 2; p++) {
        assert_close(csv_number(alone, p, "native_accuracy"),
                     csv_number(both, p, "native_accuracy"), 0);
        assert_close(csv_number(alone, p, "native_standard_error"),
                     csv_number(both, p, "native_standard_error"), 0);
        assert_true(isnan(csv_number(alone, p, "circuit_accuracy")));
        assert_true(isnan(csv_number(alone, p, "agreement")));
    }
    free(both), free(alone);
}

/* Mean, standard error and interval by hand. */
static void points_are_means_with_their_errors(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("sweep", "map.tuning_error=0.5", "--trials", "4", "--out", "n",
                       "--native", "--images", "40", "--quiet"));
    char *sweep = user_reads(u, "n/sweep.csv"), *points = user_reads(u, "n/points.csv");
    double x[4], mean = 0, square = 0;
    for (size_t t = 0; t < 4; t++)
        mean += (x[t] = csv_number(sweep, t, "native_accuracy")) / 4;
    for (size_t t = 0; t < 4; t++)
        square += (x[t] - mean) * (x[t] - mean);
    assert_true(square > 0);
    assert_close(csv_number(points, 0, "native_accuracy"), mean, 1e-15);
    assert_close(csv_number(points, 0, "native_standard_error"), sqrt(square / 3 / 4),
                 1e-15);
    double z = 1.959963984540054, n = 40,
           middle = (mean + z * z / 2 / n) / (1 + z * z / n),
           half = z * sqrt(mean * (1 - mean) / n + z * z / 4 / n / n) / (1 + z * z / n);
    assert_close(csv_number(points, 0, "native_wilson_low"), middle - half, 1e-12);
    assert_close(csv_number(points, 0, "native_wilson_high"), middle + half, 1e-12);
    free(sweep), free(points);
}

/* An axis that weights depend on trains; one that they do not depend on shares them. */
static void weights_are_trained_where_they_must(void **state)
{
    struct user *u = *state;
    user_does(u, WORDS("sweep", "train.epochs=1,2", "map.bits=1,0", "--trials", "2",
                       "--redraw", "training", "--set", "train.ann=no", "--quiet",
                       "--native", "--images", "0", "--out", "s"));
    char *points = user_reads(u, "s/sweep.csv");
    double of[8];
    for (size_t k = 0; k < 8; k++)
        of[k] = csv_number(points, k, "native_accuracy");
    char *folder = path_join(u->folder, "s");
    size_t weights = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *d; (d = readdir(dir));)
        weights += strncmp(d->d_name, "train-", 6) == 0;
    closedir(dir);
    assert_int_equal(weights, 4); /* epochs times seeds; bits share them */
    free(folder), free(points);
    /* The same by hand. */
    user_does(u, WORDS("train", "--out", "t", "--quiet", "--set", "train.ann=no", "--set",
                       "train.epochs=2", "--set", "train.seed=1", "--set",
                       "dataset.split_seed=0", "--json"));
    assert_close(json_number(u->out, "test_accuracy"), of[7], 0.006);
    user_does(u, WORDS("sweep", "--native", "--weights", "t/weights.csv", "--images", "0",
                       "--out", "h", "--quiet"));
    char *hand = user_reads(u, "h/sweep.csv");
    assert_close(csv_number(hand, 0, "native_accuracy"), of[7], 0);
    free(hand);
}

static void failures_cost_themselves(void **state)
{
    struct user *u = *state;
    assert_int_equal(
        user_run(u, WORDS("sweep", "--study", "tiny.ini", "map.bits=1,2", "--out", "s",
                          "--set", "rehearse.diverge=1", "--json")),
        2);
    assert_close(json_number(u->out, "failed"), 2, 0);
    assert_holds(u->err, "at map.bits=1: no convergence");
    const char *alone = strstr(u->err, "alone: spikebar trace --image ");
    assert_non_null(alone);
    assert_holds(alone, "--set map.bits=1");
    char *points = user_reads(u, "s/points.csv");
    assert_close(csv_number(points, 0, "failed"), 1, 0);
    assert_close(csv_number(points, 1, "images"), TINY_TESTED, 0);
    free(points);
    /* A memristor that is not there costs its point. */
    assert_int_equal(user_run(u, SWEEP("device.model=nowhere.sub,vteam.sub", "--out", "d",
                                       "--images", "1")),
                     2);
    points = user_reads(u, "d/points.csv");
    assert_close(csv_number(points, 0, "trials"), 0, 0);
    assert_close(csv_number(points, 1, "trials"), 1, 0);
    free(points);
}

static void it_stops_after_enough_failures(void **state)
{
    struct user *u = *state;
    user_is_refused(u,
                    SWEEP("map.bits=1,2,3", "--out", "s", "--set", "rehearse.diverge=1",
                          "--max-fail", "2"),
                    "stopped after 2 failures");
    /* What has not been simulated is no failure. */
    assert_int_equal(user_run(u, WORDS("sweep", "--study", "tiny.ini", "map.bits=1,2",
                                       "--out", "t", "--jobs", "1", "--set",
                                       "rehearse.diverge=1", "--max-fail", "1")),
                     1);
    assert_holds(u->err, "no convergence");
    assert_null(strstr(u->err, "not simulated"));
    assert_int_equal(user_run(u, SWEEP("map.bits=1,2,3", "--out", "s", "--set",
                                       "rehearse.diverge=1", "--json")),
                     2);
    assert_close(json_number(u->out, "failed"), 3, 0);
    /* Those of an earlier run count too: 3 are found, 1 more would come. */
    user_is_refused(u,
                    SWEEP("map.bits=1,2,3,4", "--out", "s", "--set", "rehearse.diverge=1",
                          "--max-fail", "2"),
                    "stopped after 2 failures");
}

static void a_dry_run_writes_nothing(void **state)
{
    struct user *u = *state;
    user_does(u, SWEEP("map.tuning_error=0,0.1,0.2", "--trials", "4", "--out", "s",
                       "--dry-run", "--json"));
    assert_close(json_number(u->out, "points"), 3, 0);
    assert_close(json_number(u->out, "units"), (1 + 4 + 4) * TINY_TESTED, 0);
    assert_close(json_number(u->out, "missing"), (1 + 4 + 4) * TINY_TESTED, 0);
    assert_true(json_number(u->out, "processor_hours") > 0);
    assert_true(json_number(u->out, "disk_MB") > 0);
    assert_false(user_has(u, "s"));
    user_does(u, SWEEP("map.tuning_error=0.1", "--trials", "4", "--out", "s"));
    user_does(u, SWEEP("map.tuning_error=0.1", "--trials", "5", "--out", "s", "--dry-run",
                       "--json"));
    assert_close(json_number(u->out, "missing"), TINY_TESTED, 0);
}

static void wrong_sweeps_get_one_line(void **state)
{
    struct user *u = *state;
    user_is_refused(u, SWEEP("map.bit=1"), "did you mean `map.bits`?");
    user_is_refused(u, SWEEP("map.tuning_error=0.2:0:0.1"), "a step that leads");
    user_is_refused(u, SWEEP("simulate.jobs=1,2"), "no accuracy depends on it");
    user_is_refused(u, SWEEP("train.epochs=1,2"), "weights are given by");
    user_is_refused(u, SWEEP("map.bits=1,2", "--redraw", "split"), "trained anew");
    user_is_refused(u, SWEEP("map.bits=1,2", "--redraw", "everything"),
                    "expected training or split");
    user_is_refused(
        u, SWEEP("train.seed=1:1000:1", "simulate.seed=1:1000:1", "map.bits=1,2"),
        "at most 1000000 points");
    user_is_refused(u, SWEEP("map.bits=1,2,3,4,5", "--trials", "1000000"),
                    "points times trials");
    assert_false(user_has(u, "results"));
    user_does(u, SWEEP("map.bits=1", "--out", "s", "--native"));
    user_is_refused(u, SWEEP("map.tuning_error=0.1", "--out", "s"), "holds another run");
    user_is_refused(u, SWEEP("map.bits=1", "--out", "s"), "here `kind = sweep`");
}

static void read_noise_is_named_and_met_by_the_network(void **state)
{
    struct user *u = *state;
    user_does(u, SWEEP("noise.read=0,0.07", "--trials", "2", "--out", "s", "--json"));
    assert_close(simulated(u), (1 + 2) * TINY_TESTED, 0); /* no noise: trials are one */
    char *sweep = user_reads(u, "s/sweep.csv");
    assert_true(csv_number(sweep, 2, "error_rms") != csv_number(sweep, 3, "error_rms"));
    assert_true(csv_number(sweep, 3, "error_rms") < 3e-3);
    free(sweep);
    user_does(u, TINY("verify", "--out", "v", "--json", "--set", "noise.read=0.07",
                      "--set", "noise.step=2e-4"));
    assert_holds(u->out,
                 "\"white, a draw each 0.0002 s, 0.07 of the conductance, trial 0\"");
    assert_true(json_number(u->out, "error_rms") < 3e-3);
    user_is_refused(u,
                    TINY("verify", "--out", "w", "--set", "noise.read=0.07", "--set",
                         "simulate.compare=double-exponential"),
                    "has no read noise");
}

/* All of it, on four inputs: every row is filled, or says why it is not. */
static void a_paper_is_made_figure_by_figure(void **state)
{
    struct user *u = *state;
    user_is_refused(u, WORDS("paper", "3"), "expected 1, found `3`");
    user_does(u, TINY("paper", "1", "--quick", "--out", "p", "--set", "device.repeats=1",
                      "--set", "train.epochs=2"));
    char *table = user_reads(u, "p/paper.csv");
    char *rest = table, *row;
    size_t rows = 0;
    while ((row = strsep(&rest, "\n"))) { /* one bit is right of no image here */
        rows += *row != '\0';
        if (strstr(row, "one bit is more tolerant"))
            continue;
        if (strstr(row, "not made") && !strstr(row, "Fashion") &&
            !strstr(row, "--sparsity"))
            fail_msg("%s", row);
    }
    assert_true(rows > 40);
    assert_true(user_has(u, "p/report.html") && user_has(u, "p/device/paper.csv"));
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tiny(a_trial_is_a_run_of_its_own),
        with_tiny(what_is_there_is_used_again),
        with_tiny(equal_trials_are_simulated_once),
        with_tiny(workers_and_kills_do_not_show),
        with_tiny(the_network_alone_is_the_same_network),
        by_user(points_are_means_with_their_errors),
        by_user(weights_are_trained_where_they_must),
        with_tiny(failures_cost_themselves),
        with_tiny(it_stops_after_enough_failures),
        with_tiny(a_dry_run_writes_nothing),
        with_tiny(read_noise_is_named_and_met_by_the_network),
        with_tiny(a_paper_is_made_figure_by_figure),
        with_tiny(wrong_sweeps_get_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
