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
static bool run(const struct units *u, size_t unit, struct buf *record)
{
    struct lab *l = u->context;
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

static bool complete(const struct units *u, const cJSON *record)
{
    (void)u;
    return cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(record, "square"));
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
                              .complete = complete,
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

/* A record of unit k by another process. */
static void append_apart(const char *folder, const struct units *u, size_t k,
                         const char *payload)
{
    struct store st;
    struct err e = {0};
    char id[UNIT_ID];
    plan_unit_id(u->plan, u->kind, k, id);
    assert_well(store_open(&st, folder, &e), e);
    assert_well(store_append(&st, id, payload, &e), e);
    store_close(&st);
}

/* A result without its numbers is simulated again, also beside a whole one. */
static void a_result_without_its_numbers_is_none(void **state)
{
    static const char *const torn[] = {
        "{\"status\":\"done\"}", "{\"status\":\"done\",\"square\":1e999}",
        "{\"status\":\"done\",\"square\":-1e999}",
        "{\"status\":\"done\",\"square\":null}", "{\"status\":\"done\",\"square\":nan}"};
    enum { TORN = sizeof torn / sizeof torn[0] };
    struct lab l;
    lab_open(&l, *state);
    for (size_t k = 0; k < TORN; k++)
        append_apart(*state, &l.units, 6 + k, torn[k]);
    append_apart(*state, &l.units, 0, torn[0]);
    append_apart(*state, &l.units, 0, "{\"status\":\"done\",\"square\":0}");
    lab_close(&l);
    for (int pass_number = 0; pass_number < 2; pass_number++) {
        lab_open(&l, *state);
        pass(&l);
        assert_int_equal(l.units.found, pass_number ? UNITS : 1);
        assert_int_equal(l.store.torn, TORN + 1);
        for (size_t k = 0; k < UNITS; k++)
            assert_holds(units_find(&l.units, k), "\"square\":");
        lab_close(&l);
    }
}

static void differing_results_are_an_error_that_names_both(void **state)
{
    struct lab l;
    struct err e = {0};
    char id[UNIT_ID];
    struct pool_options o = pool_defaults();
    lab_open(&l, *state);
    append_apart(*state, &l.units, 4, "{\"status\":\"done\",\"square\":16}");
    append_apart(*state, &l.units, 4, "{\"status\":\"done\",\"square\":17}");
    append_apart(*state, &l.units, 99, "{\"status\":\"done\",\"square\":1}");
    append_apart(*state, &l.units, 99, "{\"status\":\"done\",\"square\":2}");
    lab_close(&l);
    lab_open(&l, *state);
    assert_int_equal(units_run(&l.units, &o, pool_run, &e), -1);
    assert_int_equal(l.course->runs, 0);
    assert_int_equal(e.code, ERR_INPUT);
    plan_unit_id(&l.plan, "square", 4, id);
    assert_holds(e.text, id);
    assert_holds(e.place, "attempts");
    assert_int_equal(l.store.files, 4);
    size_t named = 0;
    for (size_t k = 0; k < l.store.files; k++)
        named += strstr(e.text, l.store.file[k]) != NULL;
    assert_int_equal(named, 2);
    lab_close(&l);
}

/* Gives up twice in each unit; the third worker, which begins at 7, comes through. Unit 2
 * never gets on. */
static bool run_in_turns(const struct units *u, size_t unit, struct buf *record)
{
    struct lab *l = u->context;
    int from = u->turn[unit].from;
    __atomic_fetch_add(&l->course->runs, 1, __ATOMIC_SEQ_CST);
    l->course->order[2 * unit + (from > 0)] = (int)getpid();
    if (from < 7 || unit == 2) {
        unit_put(unit_again(from && unit != 2 ? 7 : 3, "it gave up"), record);
        return true;
    }
    cJSON *o = unit_done();
    cJSON_AddNumberToObject(o, "square", from);
    unit_put(o, record);
    return false;
}

static void a_unit_goes_on_in_a_fresh_worker(void **state)
{
    struct lab l;
    lab_open(&l, *state);
    l.units.run = run_in_turns;
    pass(&l);
    assert_int_equal(l.units.done, UNITS);
    assert_int_equal(l.units.failed, 1); /* from one place it may not go back */
    assert_int_equal(store_status(units_find(&l.units, 2)), STORE_FAILED);
    assert_holds(units_find(&l.units, 5), "\"square\":7}");
    assert_holds(units_attempts(&l.units, 5),
                 "{\"attempts\":3,\"cause\":\"it gave up\"}");
    assert_int_not_equal(l.course->order[10], l.course->order[11]);
    assert_int_equal(l.course->runs, 3 * UNITS - 1);
    lab_close(&l);
    lab_open(&l, *state);
    pass(&l);
    assert_int_equal(l.units.found, UNITS);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(all_are_recorded_the_dearest_first),
        in_folder(only_what_is_missing_is_run),
        in_folder(a_result_without_its_numbers_is_none),
        in_folder(differing_results_are_an_error_that_names_both),
        in_folder(a_unit_goes_on_in_a_fresh_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
