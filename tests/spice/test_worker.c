/* The simulator in worker processes: closed forms, and everything that can go wrong. */
#include "cm.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/pool.h"
#include "spice/sandbox.h"
#include "spice/worker.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A unit of these tests: a deck, and what came of it. */
struct unit {
    const char *deck;
    int deaths; /* so many attempts end with the worker's death by SIGKILL */
};

struct reply {
    struct sim_result result;
    struct peak peak;
    size_t points;
    char version[32];
};

struct result {
    bool got;
    struct pool_outcome outcome;
    char cause[256];
    struct reply reply;
};

struct bench {
    const struct unit *unit;
    int *attempts; /* [12], shared between the processes */
    struct result result[12];
};

/* What ngspice reads from its surroundings is gone, and it has one thread. */
static int start(void *context, const struct pool_options *o, struct err *e)
{
    (void)context;
    setenv("SPICE_LIB_DIR", "/somewhere", 1);
    if (worker_start(o, e) < 0)
        return -1;
    if (getenv("SPICE_LIB_DIR") || strcmp(getenv("OMP_NUM_THREADS"), "1") != 0 ||
        access(".spiceinit", F_OK) < 0)
        return err_set(e, ERR_SIMULATOR, "the worker has not settled");
    return 0;
}

static bool run(void *context, size_t k, struct buf *out)
{
    const struct bench *b = context;
    const struct unit *u = &b->unit[k];
    struct reply r = {0};
    struct trace t;
    if (b->attempts[k]++ < u->deaths)
        raise(SIGKILL);
    r.result = worker_simulate(u->deck, 0.01, 1, (const char *[]){"out"}, &t);
    if (r.result.status == SIM_OK) {
        r.peak = trace_peak(t.points, t.time_s, t.value[0]);
        r.points = t.points;
        trace_finish(&t);
    }
    strcpy(r.version, worker_ngspice_version());
    buf_append(out, &r, sizeof r);
    return worker_spent();
}

static int done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    struct result *r = &((struct bench *)context)->result[k];
    (void)e;
    assert_false(r->got);
    r->got = true;
    r->outcome = *o;
    snprintf(r->cause, sizeof r->cause, "%s", o->cause);
    if (!o->lost) {
        assert_int_equal(o->length, sizeof r->reply);
        memcpy(&r->reply, o->reply, sizeof r->reply);
    }
    return 0;
}

static void simulate(struct bench *b, size_t n, struct pool_options o)
{
    struct err e = {0};
    b->attempts =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct pool_work w = {
        .count = n, .context = b, .start = start, .run = run, .done = done};
    if (pool_run(&o, &w, &e) < 0)
        fail_msg("%s", e.text);
    for (size_t k = 0; k < n; k++)
        assert_true(b->result[k].got);
    munmap(b->attempts, 4096);
}

static struct pool_options quick(size_t jobs)
{
    struct pool_options o = pool_defaults();
    o.jobs = jobs;
    o.deadline_s = 600;
    return o;
}

/* A step of 1 V on 1 kohm and 1 uF: 1 - exp(-t/tau) at 10 ms = 10 tau. */
static const char rc[] = "* rc\nV1 in 0 PWL(0 0 1u 1)\nR1 in out 1k\nC1 out 0 1u\n"
                         ".tran 10u 10m 0 10u\n.save v(out)\n.end\n";

static void step_response_is_the_closed_form(void **state)
{
    (void)state;
    const struct unit unit[] = {{.deck = rc}};
    struct bench b = {.unit = unit};
    simulate(&b, 1, quick(1));
    assert_int_equal(b.result[0].reply.result.status, SIM_OK);
    assert_close(b.result[0].reply.peak.above, 1 - exp(-10), 1e-4);
    assert_close(b.result[0].reply.peak.time_s, 0.01, 1e-12);
    assert_true(atof(b.result[0].reply.version) >= 39);
}

static void bad_decks_are_named_and_harm_nobody(void **state)
{
    (void)state;
    const struct unit unit[] = {
        {.deck = rc},
        {.deck = "* unknown block\nX1 a b nothere\nV1 a 0 1\n.tran 1u 10m\n.end\n"},
        {.deck = "* missing file\n.include /nonexistent/x.inc\nV1 out 0 1\n"
                 ".tran 1u 10m\n.end\n"},
        {.deck = "* no analysis\nV1 out 0 1\nR1 out 0 1\n.end\n"},
        {.deck = "* other node\nV1 a 0 1\nR1 a 0 1\n.tran 1m 10m\n.end\n"},
        {.deck = "* no solution\nB1 out 0 V = v(out) > 0.5 ? -1 : 2\nR1 out 0 1\n"
                 ".tran 1u 10m\n.end\n"},
        {.deck = rc},
    };
    struct bench b = {.unit = unit};
    simulate(&b, 7, quick(2));
    for (int k = 0; k < 7; k += 6)
        assert_int_equal(b.result[k].reply.result.status, SIM_OK);
    for (int k = 1; k < 5; k++)
        assert_int_equal(b.result[k].reply.result.status, SIM_BAD_DECK);
    assert_non_null(strstr(b.result[1].reply.result.cause, "nothere"));
    assert_non_null(strstr(b.result[2].reply.result.cause, "/nonexistent/x.inc"));
    assert_non_null(strstr(b.result[4].reply.result.cause, "no vector out"));
    assert_int_equal(b.result[5].reply.result.status, SIM_NO_CONVERGENCE);
    assert_non_null(strstr(b.result[5].reply.result.cause, "timestep too small"));
}

/* What ngspice says first of a model's fault, not what follows from it. */
static void a_models_fault_is_told_in_ngspices_words(void **state)
{
    (void)state;
#define FAULTY(lines)                                                                    \
    "* undefined parameter [title]\nV1 out 0 PWL(0 0 10m 1)\n" lines                     \
    ".tran 10u 10m 0 10u\n.save v(out)\n.end\n"
#define MODEL(lines) FAULTY("X1 out 0 m\n.subckt m a b params: g=1\n" lines ".ends\n")
    static const struct {
        struct unit unit;
        enum sim_status status;
        const char *says; /* in this order, blanks between */
    } of[] = {
        {{.deck = MODEL("Rm a b {g*foo}\n")}, SIM_BAD_DECK, "Undefined parameter [foo]"},
        {{.deck = MODEL(".param h={g*bar}\nRm a b {h}\n")},
         SIM_BAD_DECK,
         "Undefined parameter [bar]"},
        {{.deck = MODEL("Bm a b i = ln(v(a,b) - 0.75)\n")},
         SIM_NO_CONVERGENCE,
         "Error: -0.75 out of range for ln in line b.x1.bm"},
        {{.deck = MODEL("Bm a b i = nofunc(v(a,b))\n")},
         SIM_BAD_DECK,
         "Error: no such function 'nofunc' Error on line: b.x1.bm out 0 i= nofunc ("},
        {{.deck = MODEL("Bm a b i = 2 * * v(a,b)\n")},
         SIM_BAD_DECK,
         "syntax error, parsing stopped at * v(out,0)"},
        {{.deck = MODEL("Bm a b i = 2 * (v(a,b)\n")},
         SIM_BAD_DECK,
         "syntax error, parsing stopped at Error on line: b.x1.bm out 0 i="},
        {{.deck = MODEL("Cm a b g=2\n")},
         SIM_BAD_DECK,
         "Error on line: c.x1.cm out 0 g=2 unknown parameter (g)"},
        {{.deck = MODEL("Dm a b nodiode\n")},
         SIM_BAD_DECK,
         "can't find model 'nodiode' from line dm a b nodiode"},
        {{.deck = FAULTY("X1 out 0 nothere\n")},
         SIM_BAD_DECK,
         "Error: unknown subckt: x1 out 0 nothere"},
    };
    enum { N = sizeof of / sizeof of[0] };
    struct unit unit[N];
    struct bench b = {.unit = unit};
    for (size_t k = 0; k < N; k++)
        unit[k] = of[k].unit;
    simulate(&b, N, quick(2));
    for (size_t k = 0; k < N; k++) {
        const struct sim_result *r = &b.result[k].reply.result;
        if (r->status != of[k].status || strchr(r->cause, '\n') ||
            (sandbox_hides_files() && !strstr(r->cause, of[k].says)))
            fail_msg("%zu: status %d, `%s`", k, (int)r->status, r->cause);
    }
}

#define RC_WITH(lines)                                                                   \
    "* Error: rc\nV1 in 0 PWL(0 0 1u 1)\nR1 in out 1k\nC1 out 0 1u\n.tran 10u 10m 0 "    \
    "10u\n.save v(out)\n" lines "\n.end\n"

/* All of these come to their end with the same numbers. */
static void errors_are_failures(void **state)
{
    (void)state;
    static const struct {
        const char *deck, *cause; /* NULL: harmless */
    } cases[] = {
        {RC_WITH(".control\nalter @r99[resistance]=5\n.endc"),
         "device or model name r99"},
        {RC_WITH(".if (1==1)"), "Mismatch of .if"},
        {RC_WITH(".foo 1"), "its substitute: .foo 1"},
        {RC_WITH(".ic v(nowhere)=1"), NULL},
        {RC_WITH(".nodeset v(nowhere)=1"), NULL},
        {RC_WITH(".option nonsense=3"), NULL},
        {RC_WITH(".model m1 nmos foo=3\nM5 in 0 0 0 m1"), NULL},
        {RC_WITH(".model unused nmos level=999"), NULL},
        {RC_WITH("B1 x 0 i=1e-3*ln(v(x)+0.01)\n.nodeset v(x)=4\nRx x 0 1k\nI2 0 x 1u"),
         NULL},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const struct unit unit[] = {{.deck = cases[k].deck}};
        struct bench b = {.unit = unit};
        simulate(&b, 1, quick(1));
        const struct sim_result *r = &b.result[0].reply.result;
        if (r->status != (cases[k].cause ? SIM_BAD_DECK : SIM_OK) ||
            (cases[k].cause && !strstr(r->cause, cases[k].cause)))
            fail_msg("%s gives %d, `%s`", cases[k].deck, (int)r->status, r->cause);
    }
}

static void a_death_costs_one_unit_one_attempt(void **state)
{
    (void)state;
    const struct unit unit[] = {
        {.deck = rc}, {.deck = rc, .deaths = 1}, {.deck = rc, .deaths = 9}, {.deck = rc}};
    struct bench b = {.unit = unit};
    simulate(&b, 4, quick(2));
    for (int k = 0; k < 4; k++)
        assert_int_equal(b.result[k].outcome.lost, k == 2);
    assert_int_equal(b.result[0].outcome.attempts, 1);
    assert_int_equal(b.result[1].outcome.attempts, 2);
    assert_int_equal(b.result[2].outcome.attempts, 2);
    assert_non_null(strstr(b.result[1].cause, "signal 9"));
    assert_non_null(strstr(b.result[2].cause, "signal 9"));
    assert_close(b.result[1].reply.peak.above, b.result[0].reply.peak.above, 0);
}

/* Decks that leave the simulator in an odd state, each followed by one whose numbers
 * must be those of a fresh worker, all in one process. */
static void odd_decks_leave_no_trace(void **state)
{
    (void)state;
    const struct unit unit[] = {
        {.deck = rc},
        {.deck = "* no end\nV1 out 0 1\nR9 out 0 1\n.tran 1u 10m\n"},
        {.deck = rc},
        {.deck = ""},
        {.deck = rc},
        {.deck = "* quits\nV1 out 0 1\nR1 out 0 1\n.control\nquit\n.endc\n.end\n"},
        {.deck = rc},
    };
    struct bench b = {.unit = unit};
    simulate(&b, 7, quick(1));
    for (int k = 0; k < 7; k++) {
        const struct reply *r = &b.result[k].reply;
        assert_int_equal(r->result.status, k % 2 ? SIM_BAD_DECK : SIM_OK);
        assert_close(r->peak.above, k % 2 ? 0 : b.result[0].reply.peak.above, 0);
    }
}

/* The steps of the convergence ladder take turns in one process: options that one deck
 * sets must be gone in the next, also those that the next does not mention. */
static void options_of_one_deck_do_not_reach_the_next(void **state)
{
    (void)state;
#define RECTIFIER(options)                                                               \
    "* rectifier\nV1 in 0 SIN(0 5 1k)\nD1 in out d\nR1 out 0 10k\nC1 out 0 0.1u\n"       \
    ".model d d is=1e-14\n" options ".tran 20u 10m 0 20u\n.save v(out)\n.end\n"
    static const char plain[] = RECTIFIER("");
    const struct unit unit[] = {
        {.deck = plain},
        {.deck =
             RECTIFIER(".options reltol=0.1 vntol=1e-3 abstol=1e-6 gmin=1e-6 "
                       "method=gear maxord=2\n.options itl4=200 temp=100 tnom=100\n")},
        {.deck = plain},
        {.deck = RECTIFIER(".param is=1e-6\n.options chgtol=1e-3 trtol=70\n")},
        {.deck = plain}};
    struct bench b = {.unit = unit};
    simulate(&b, 5, quick(1));
    for (int k = 0; k < 5; k++)
        assert_int_equal(b.result[k].reply.result.status, SIM_OK);
    for (int k = 2; k < 5; k += 2) {
        assert_int_equal(b.result[k].reply.points, b.result[0].reply.points);
        assert_close(b.result[k].reply.peak.above, b.result[0].reply.peak.above, 0);
        assert_close(b.result[k].reply.peak.time_s, b.result[0].reply.peak.time_s, 0);
    }
    assert_true(b.result[1].reply.points != b.result[0].reply.points);
    assert_true(b.result[3].reply.points != b.result[0].reply.points);
}

/* 1e10 steps: no machine ends this one before its deadline. */
static void an_endless_deck_meets_its_deadline(void **state)
{
    (void)state;
    const struct unit unit[] = {
        {.deck = "* endless\nV1 in 0 SIN(0 1 1k)\nR1 in out 1k\nC1 out 0 1n\n"
                 ".tran 1p 10m 0 1p\n.save v(out)\n.end\n"},
        {.deck = rc}};
    struct bench b = {.unit = unit};
    struct pool_options o = quick(1);
    o.deadline_s = 10; /* the other deck ends before it on any machine */
    o.retries = 0;
    simulate(&b, 2, o);
    assert_true(b.result[0].outcome.lost);
    assert_non_null(strstr(b.result[0].cause, "deadline"));
    assert_int_equal(b.result[1].reply.result.status, SIM_OK);
}

static void a_deck_cannot_touch_the_machine(void **state)
{
    (void)state;
    struct buf deck = {0};
    char mark[] = "/tmp/spikebar-sandbox-XXXXXX";
    close(mkstemp(mark));
    unlink(mark);
    buf_printf(&deck,
               "%.*s.control\nshell touch %s\necho x > %s\nrun\nwrite %s\n.endc\n"
               ".end\n",
               (int)(sizeof rc - 6), rc, mark, mark, mark);
    const struct unit unit[] = {{.deck = deck.data}, {.deck = rc}};
    struct bench b = {.unit = unit};
    simulate(&b, 2, quick(1));
    assert_false(file_exists(mark));
    assert_int_equal(b.result[1].reply.result.status, SIM_OK);
    buf_finish(&deck);
}

/* The first line of a file of others would stand in the message. */
static void a_deck_reads_what_it_may(void **state)
{
    (void)state;
    static const char secret[] = "root unknown error XYZZY\n";
    struct err e = {0};
    struct buf include = {0}, source = {0};
    char folder[] = "/tmp/spikebar-private-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(file_write_in(folder, "x", secret, sizeof secret - 1, &e), 0);
    assert_int_equal(file_write_in(folder, "r", "R9 out 0 1meg\n", 14, &e), 0);
    buf_printf(&include, "* i\n.include %s/x\n%s", folder, rc + 5);
    buf_printf(&source, "* i\n.include %s/r\n.control\nsource %s/x\n.endc\n%s", folder,
               folder, rc + 5);
    const struct unit unit[] = {{.deck = include.data}, {.deck = source.data}};
    for (int named = 0; named < 2; named++) {
        struct bench b = {.unit = unit};
        struct pool_options o = quick(1);
        o.readable[0] = named ? folder : NULL;
        simulate(&b, 2, o);
        assert_int_equal(b.result[0].reply.result.status, SIM_BAD_DECK);
        bool told = strcasestr(b.result[0].reply.result.cause, "xyzzy");
        if (told != (named && sandbox_hides_files()))
            fail_msg("%s", b.result[0].reply.result.cause);
        if (sandbox_hides_files() && !named) {
            assert_int_equal(b.result[1].reply.result.status, SIM_BAD_DECK);
            assert_null(strcasestr(b.result[1].reply.result.cause, "xyzzy"));
            assert_non_null(strstr(b.result[0].reply.result.cause,
                                   "include statement failed. A deck may include what "
                                   "the study names, no more."));
        }
    }
    buf_finish(&include), buf_finish(&source);
    dir_remove(folder);
}

static void words_are_quoted_in_part_where_files_are_not_hidden(void **state)
{
    (void)state;
    char out[384], small[8];
    worker_quote("Error: root:\x1b[31m\tx unknown", "error", true, sizeof out, out);
    assert_string_equal(out, "Error: root:?[31m?x unknown");
    worker_quote("a   \n  b", "b", true, sizeof out, out);
    assert_string_equal(out, "a b");
    worker_quote("Error: root:x unknown", "unknown", false, sizeof out, out);
    assert_null(strstr(out, "root"));
    assert_non_null(strstr(out, "unknown"));
    assert_non_null(strstr(out, "no Landlock)"));
    worker_quote("Error: root:x", "error", true, sizeof small, small);
    assert_string_equal(small, "Error: ");
}

static void recycled_workers_give_the_same_numbers(void **state)
{
    (void)state;
    const struct unit u = {.deck = rc}, unit[] = {u, u, u, u, u, u, u, u};
    struct bench b = {.unit = unit};
    struct pool_options o = quick(3);
    o.recycle = 2;
    simulate(&b, 8, o);
    for (int k = 0; k < 8; k++) {
        assert_int_equal(b.result[k].reply.points, b.result[0].reply.points);
        assert_close(b.result[k].reply.peak.above, b.result[0].reply.peak.above, 0);
    }
}

static int refuse(void *context, const struct pool_options *o, struct err *e)
{
    (void)context, (void)o;
    return err_set(e, ERR_SIMULATOR, "no simulator today");
}

static void a_worker_that_cannot_start_ends_the_run(void **state)
{
    (void)state;
    struct err e = {0};
    struct bench b = {0};
    struct pool_options o = quick(2);
    struct pool_work w = {
        .count = 2, .context = &b, .start = refuse, .run = run, .done = done};
    assert_int_equal(pool_run(&o, &w, &e), -1);
    assert_string_equal(e.text, "no simulator today");
    w.count = 0;
    assert_int_equal(pool_run(&o, &w, &e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_response_is_the_closed_form),
        cmocka_unit_test(bad_decks_are_named_and_harm_nobody),
        cmocka_unit_test(a_models_fault_is_told_in_ngspices_words),
        cmocka_unit_test(errors_are_failures),
        cmocka_unit_test(a_death_costs_one_unit_one_attempt),
        cmocka_unit_test(odd_decks_leave_no_trace),
        cmocka_unit_test(options_of_one_deck_do_not_reach_the_next),
        cmocka_unit_test(an_endless_deck_meets_its_deadline),
        cmocka_unit_test(a_deck_cannot_touch_the_machine),
        cmocka_unit_test(a_deck_reads_what_it_may),
        cmocka_unit_test(words_are_quoted_in_part_where_files_are_not_hidden),
        cmocka_unit_test(recycled_workers_give_the_same_numbers),
        cmocka_unit_test(a_worker_that_cannot_start_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
