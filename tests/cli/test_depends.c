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

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tiny(training_follows_the_pulse),
        with_tiny(studies_do_not_share_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
