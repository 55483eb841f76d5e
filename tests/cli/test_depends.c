/* What a result depends on: what is found, what is done again, which folder is whose. */
#include "cli/tiny.h"

#include <math.h>

/* Training sees the circuit through its kernel: another pulse is another training. */
static void training_follows_the_pulse(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("train", "--json", "--out", "t"));
    user_does(u, TINY("train", "--json", "--out", "t"));
    assert_holds(u->out, "\"found\":\ttrue");
    user_does(u, TINY("train", "--json", "--out", "t", "--set",
                      "circuit.override=t_width=3m"));
    assert_holds(u->out, "\"found\":\tfalse");
    user_does(u, TINY("train", "--json", "--out", "t", "--set",
                      "circuit.override=rf=2k t_width=3m"));
    assert_holds(u->out, "\"found\":\ttrue"); /* no gain of the circuit's is in it */
}

/* Without --out each study has a folder of its own, also where only a file differs. */
static void studies_do_not_share_a_folder(void **state)
{
    struct user *u = *state;
    folder_put(u->folder, "half.csv", "");
    user_does(u, TINY("verify", NULL));
    user_does(u, TINY("verify", "--set", "device.model=vteam.sub"));
    user_does(u, TINY("verify", "--set", "device.model=vteam.sub", "--set",
                      "device.params=r_on=6k"));
    user_does(u, TINY("verify", NULL));
    char *results = path_join(u->folder, "results");
    assert_int_equal(user_count_entries(results), 3);
    user_does(u, TINY("unit", NULL));
    user_does(u, TINY("unit", "--weight", "1"));
    user_does(u, TINY("unit", "--set", "circuit.override=rf=1k"));
    assert_int_equal(user_count_entries(results), 6);
    user_does(u, TINY("device", "transistor"));
    user_does(u, TINY("device", "transistor", "--set", "circuit.override=sel_kp=1m"));
    assert_int_equal(user_count_entries(results), 8);
    free(results);
}

/* A memristor that never conducts more than 40 uS, in place of ours with 200 uS. */
#define WEAK                                                                             \
    "--set", "device.model=vteam.sub", "--set", "device.params=r_on=25k r_off=200k"

/* One synapse and one column have the user's memristor in them, too. */
static void the_memristor_is_the_users_everywhere(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("unit", "--json", "--weight", "1", "--out", "ours"));
    double ours_V = json_number(u->out, "peak_V");
    user_does(u, TINY("unit", "--json", "--weight", "1", "--out", "theirs", WEAK));
    assert_close(json_number(u->out, "peak_V") / ours_V, 40e-6 / 200e-6, 0.02);
    user_does(u, TINY("calibrate", "--set", "calibrate.tune=no", "--out", "c"));
    assert_int_equal(user_run(u, TINY("calibrate", "--set", "calibrate.tune=no", "--out",
                                      "d", WEAK)),
                     1); /* the gain is not reached */
    assert_holds(u->out, "NOT REACHED");
}

/* ... and the measurement of the columns, which blames the cells for it. */
static void divergence_measures_the_users_memristor(void **state)
{
    struct user *u = *state;
    user_does(u, TINY("verify", "--divergence", "--set", "report.sample=2", "--out",
                      "ours"));
    char *found = user_reads(u, "ours/divergence.json");
    assert_null(strstr(found, "mapping and select transistor\",\n\t\t\t\"columns"));
    free(found);
    user_does(u, TINY("verify", "--divergence", "--set", "report.sample=2", "--out",
                      "theirs", WEAK));
    found = user_reads(u, "theirs/divergence.json");
    assert_holds(found, "mapping and select transistor\",\n\t\t\t\"columns\":\t\"all\"");
    free(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tiny(training_follows_the_pulse),
        with_tiny(studies_do_not_share_a_folder),
        with_tiny(the_memristor_is_the_users_everywhere),
        with_tiny(divergence_measures_the_users_memristor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
