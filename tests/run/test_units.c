/* Units of a run: only what is missing is run, the dearest first, each recorded once. */
#include "folder.h"

#include "run/units.h"

#include <signal.h>
#include <sys/mman.h>

enum { UNITS = 12 };

/* What the workers did, shared with the test. */
struct course {
    int order[4 * UNITS], runs;
};

struct lab {
    struct course *course;
    struct plan plan;
    struct store store;
    struct units units;
};

/* Unit 3 fails, unit 5 dies in its first process. */
static bool run(void *context, size_t unit, struct buf *record)
{
    struct lab *l = context;
    int turn = __atomic_fetch_add(&l->course->runs, 1, __ATOMIC_SEQ_CST), before = 0;
    for (int k = 0; k < turn; k++)
        before += l->course->order[k] == (int)unit;
    l->course->order[turn] = (int)unit;
    if (unit == 5 && before == 0)
        raise(SIGKILL);
    cJSON *o = unit == 3 ? unit_failed("it is 3, \"status\":\"done\"") : unit_done();
    cJSON_AddNumberToObject(o, "square", (double)(unit * unit));
    unit_put(o, record);
    return false;
}

static size_t load(void *context, size_t unit)
{
    (void)context;
    return unit % 4;
}

static void lab_open(struct lab *l, const char *folder)
{
    struct err e = {0};
    *l = (struct lab){0};
    l->course = mmap(NULL, sizeof *l->course, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    plan_put(&l->plan, "kind", "test");
    plan_seal(&l->plan, UNITS);
    assert_well(store_open(&l->store, folder, &e), e);
    assert_well(store_load(&l->store, &e), e);
    l->units = (struct units){.plan = &l->plan,
                              .store = &l->store,
                              .kind = "square",
                              .what = "squares",
                              .count = UNITS,
                              .context = l,
                              .run = run,
                              .load = load};
}

static void lab_close(struct lab *l)
{
    munmap(l->course, sizeof *l->course);
    store_close(&l->store);
    plan_finish(&l->plan);
}

static void pass(struct lab *l)
{
    struct err e = {0};
    struct pool_options o = pool_defaults();
    o.jobs = 1;
    assert_well(units_run(&l->units, &o, pool_run, &e), e);
}

static void all_are_recorded_the_dearest_first(void **state)
{
    struct lab l;
    lab_open(&l, *state);
    pass(&l);
    assert_int_equal(l.units.found, 0);
    assert_int_equal(l.units.done, UNITS);
    assert_int_equal(l.units.failed, 1);
    assert_int_equal(l.course->runs, UNITS + 1);
    static const int dearest[] = {3, 7, 11, 2, 6, 10};
    assert_memory_equal(l.course->order, dearest, sizeof dearest);
    for (size_t k = 0; k < UNITS; k++) {
        char square[32];
        snprintf(square, sizeof square, "\"square\":%zu}", k * k);
        assert_holds(units_find(&l.units, k), square);
        assert_int_equal(store_status(units_find(&l.units, k)),
                         k == 3 ? STORE_FAILED : STORE_DONE);
    }
    assert_holds(units_attempts(&l.units, 5), "\"attempts\":2");
    assert_null(units_attempts(&l.units, 4));
    lab_close(&l);
}

/* A second run finds them all; forgotten failures alone are run again. */
static void only_what_is_missing_is_run(void **state)
{
    struct lab l;
    lab_open(&l, *state);
    pass(&l);
    lab_close(&l);
    lab_open(&l, *state);
    pass(&l);
    assert_int_equal(l.units.found, UNITS);
    assert_int_equal(l.course->runs, 0);
    store_forget_failures(&l.store);
    pass(&l);
    assert_int_equal(l.units.found, UNITS - 1);
    assert_int_equal(l.course->runs, 1);
    assert_int_equal(l.course->order[0], 3);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(all_are_recorded_the_dearest_first),
        in_folder(only_what_is_missing_is_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
