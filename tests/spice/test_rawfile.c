#include "cm.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "spice/plain.h"
#include "run/pool.h"
#include "spice/rawfile.h"
#include "spice/worker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int parse(const struct buf *b, struct trace *t, struct err *e)
{
    *e = (struct err){0};
    return rawfile_parse(b->data, b->len, "x.raw", t, e);
}

/* Three vectors over uneven times, among them what ngspice calls its own. */
static void make(size_t points, struct trace *t)
{
    static const char *const name[] = {"mem0", "v(tia0)", "v.xcol0.visyn#branch"};
    double now = 0;
    trace_init(t, points, 3);
    for (uint32_t i = 0; i < points; i++) {
        t->time_s[i] = now;
        now += 1e-5 * rng_uniform(6, RNG_TEST, i, 0, 0);
        for (uint32_t k = 0; k < 3; k++)
            t->value[k][i] = rng_normal(6, RNG_TEST, i, k + 1, 0) * pow(10, -4. * k);
    }
    for (int k = 0; k < 3; k++)
        t->name[k] = mem_copy_string(name[k]);
}

static void assert_same(const struct trace *a, const struct trace *b)
{
    assert_int_equal(a->points, b->points);
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->time_s, b->time_s, a->points * sizeof(double));
    for (size_t k = 0; k < a->count; k++) {
        assert_string_equal(a->name[k], b->name[k]);
        assert_memory_equal(a->value[k], b->value[k], a->points * sizeof(double));
    }
}

/* The ASCII form as ngspice writes it: index and time, then one value a line. */
static void render_ascii(const struct trace *t, struct buf *out)
{
    buf_printf(out,
               "Title: * by hand\nDate: Thu Jan  1 00:00:00  1970\n"
               "Plotname: Transient Analysis\nFlags: real\nNo. Variables: %zu\n"
               "No. Points: %zu       \nVariables:\n\t0\ttime\ttime\n",
               t->count + 1, t->points);
    for (size_t k = 0; k < t->count; k++)
        buf_printf(out, "\t%zu\t%s\tvoltage\n", k + 1, t->name[k]);
    buf_puts(out, "Values:\n");
    for (size_t i = 0; i < t->points; i++) {
        buf_printf(out, " %zu\t\t%.17e\n", i, t->time_s[i]);
        for (size_t k = 0; k < t->count; k++)
            buf_printf(out, "\t%.17e\n", t->value[k][i]);
        buf_puts(out, "\n");
    }
}

static void both_forms_read_back(void **state)
{
    (void)state;
    for (size_t points = 1; points < 200; points += 33) {
        struct trace t, back;
        struct buf binary = {0}, again = {0}, ascii = {0};
        struct err e;
        make(points, &t);
        rawfile_render(&t, "digit 7", &binary);
        render_ascii(&t, &ascii);
        assert_int_equal(parse(&binary, &back, &e), 0);
        assert_same(&t, &back);
        rawfile_render(&back, "digit 7", &again);
        assert_int_equal(again.len, binary.len);
        assert_memory_equal(again.data, binary.data, again.len);
        trace_finish(&back);
        assert_int_equal(parse(&ascii, &back, &e), 0);
        assert_same(&t, &back);
        trace_finish(&back), trace_finish(&t);
        buf_finish(&binary), buf_finish(&again), buf_finish(&ascii);
    }
}

static void currents_are_marked_as_such(void **state)
{
    (void)state;
    struct trace t;
    struct buf b = {0};
    make(2, &t);
    rawfile_render(&t, "x", &b);
    assert_non_null(strstr(b.data, "\n\t1\tmem0\tvoltage\n"));
    assert_non_null(strstr(b.data, "\n\t3\tv.xcol0.visyn#branch\tcurrent\n"));
    trace_finish(&t);
    buf_finish(&b);
}

/* Whatever is parsed must be an error with words and a place and nothing to release, or
 * a trace whose time does not run backwards. */
static void assert_sane(int status, struct trace *t, const struct err *e)
{
    if (status < 0) {
        assert_int_equal(e->code, ERR_INPUT);
        assert_int_equal(strncmp(e->place, "x.raw:", 6), 0);
        assert_true(e->text[0] && !t->time_s && !t->value && !t->name);
        return;
    }
    assert_true(t->points >= 1 && t->count >= 1);
    for (size_t i = 0; i < t->points; i++)
        assert_true(isfinite(t->time_s[i]) && (!i || t->time_s[i] >= t->time_s[i - 1]));
    for (size_t k = 0; k < t->count; k++)
        assert_true(t->name[k][0]);
    trace_finish(t);
}

/* A copy of exact size, so that a sanitizer sees any step past the end. */
static int parse_copy(const char *bytes, size_t n, struct trace *t, struct err *e)
{
    char *copy = mem_alloc(n, 1);
    *e = (struct err){0};
    memcpy(copy, bytes, n);
    int status = rawfile_parse(copy, n, "x.raw", t, e);
    free(copy);
    return status;
}

/* No cut of a binary file passes; of an ASCII one only a cut in its last number or in
 * the white space behind it. */
static void every_truncation_is_seen(void **state)
{
    (void)state;
    struct trace whole, t;
    struct buf form[2] = {0};
    struct err e;
    make(3, &whole);
    rawfile_render(&whole, "x", &form[0]);
    render_ascii(&whole, &form[1]);
    size_t last = (size_t)(strrchr(form[1].data, '\t') - form[1].data);
    for (int f = 0; f < 2; f++)
        for (size_t n = 0; n < form[f].len; n++) {
            int status = parse_copy(form[f].data, n, &t, &e);
            if (status == 0 && (f == 0 || n <= last + 1))
                fail_msg("form %d cut at %zu of %zu was read", f, n, form[f].len);
            assert_sane(status, &t, &e);
        }
    trace_finish(&whole);
    buf_finish(&form[0]), buf_finish(&form[1]);
}

static void no_single_byte_does_harm(void **state)
{
    (void)state;
    struct trace whole, t;
    struct buf form[2] = {0};
    struct err e;
    make(2, &whole);
    rawfile_render(&whole, "x", &form[0]);
    render_ascii(&whole, &form[1]);
    for (int f = 0; f < 2; f++)
        for (size_t at = 0; at < form[f].len; at++)
            for (int byte = 0; byte < 256; byte++) {
                char kept = form[f].data[at];
                form[f].data[at] = (char)byte;
                assert_sane(parse_copy(form[f].data, form[f].len, &t, &e), &t, &e);
                form[f].data[at] = kept;
            }
    trace_finish(&whole);
    buf_finish(&form[0]), buf_finish(&form[1]);
}

static void hostile_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *counts, *rest, *says;
    } hostile[] = {
        {"No. Variables: 2\nNo. Points: 9223372036854775807\n", "Binary:\n", "Points"},
        {"No. Variables: 9223372036854775807\nNo. Points: 1\n", "Binary:\n", "Variables"},
        {"No. Variables: 2\nNo. Points: 99999999999999999999\n", "Binary:\n", "Points"},
        {"No. Variables: 2\nNo. Points: 12\n", "Binary:\n", "torn"},
        {"No. Variables: 2\nNo. Points: -1\n", "Binary:\n", "Points"},
        {"No. Variables: -2\nNo. Points: 1\n", "Binary:\n", "Variables"},
        {"No. Variables: 2\nNo. Points: 0\n", "Binary:\n", "Points"},
        {"No. Variables: 0\nNo. Points: 1\n", "Binary:\n", "Variables"},
        {"No. Variables: 1\nNo. Points: 1\n", "Binary:\n", "Variables"},
        {"No. Variables: 2.5\nNo. Points: 1\n", "Binary:\n", "Variables"},
        {"No. Variables: 2\n", "Binary:\n", "Points"},
        {"No. Points: 1\n", "Binary:\n", "Variables"},
        {"No. Variables: 3\nNo. Points: 1\n", "Binary:\n", "one line"},
        {"Flags: complex\nNo. Variables: 2\nNo. Points: 1\n", "Binary:\n", "complex"},
        {"No. Variables: 2\nNo. Points: 1\n", "Octal:\n", "`Binary:` or `Values:`"},
        {"No. Variables: 2\nNo. Points: 1\n", "Values:\n 0 one 2\n    ", "a number"},
        {"No. Variables: 2\nNo. Points: 1\n", "Values:\n 0 nan 2\n    ", "a number"},
        {"No. Variables: 2\nNo. Points: 2\n", "Values:\n0 1 2\n1 0.5 3\n ", "backwards"},
    };
    for (size_t k = 0; k < sizeof hostile / sizeof hostile[0]; k++) {
        struct trace t;
        struct err e;
        struct buf b = {0};
        buf_printf(&b,
                   "Title: x\n%sVariables:\n\t0\ttime\ttime\n\t1\tv(1)\tvoltage\n%s"
                   "16 bytes or more",
                   hostile[k].counts, hostile[k].rest);
        assert_int_equal(parse(&b, &t, &e), -1);
        if (!strstr(e.text, hostile[k].says))
            fail_msg("case %zu: %s", k, e.text);
        assert_sane(-1, &t, &e);
        buf_finish(&b);
    }
}

static void times_that_are_no_times_are_refused(void **state)
{
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY, -1};
    for (int k = 0; k < 4; k++) {
        struct trace t, back;
        struct err e;
        struct buf b = {0};
        make(3, &t);
        t.time_s[2] = bad[k];
        rawfile_render(&t, "x", &b);
        assert_int_equal(parse(&b, &back, &e), -1);
        assert_non_null(strstr(e.text, "backwards"));
        assert_sane(-1, &back, &e);
        trace_finish(&t);
        buf_finish(&b);
    }
}

static void files_are_read_by_name(void **state)
{
    (void)state;
    struct trace t, back;
    struct err e = {0};
    struct buf b = {0};
    char folder[PLAIN_FOLDER];
    plain_open(folder);
    char *path = path_join(folder, "x.raw");
    make(40, &t);
    rawfile_render(&t, "x", &b);
    assert_int_equal(file_write(path, b.data, b.len, &e), 0);
    assert_int_equal(rawfile_read(path, &back, &e), 0);
    assert_same(&t, &back);
    assert_int_equal(rawfile_read(folder, &back, &e), -1);
    trace_finish(&t), trace_finish(&back);
    buf_finish(&b);
    free(path);
    plain_close(folder);
}

/* ---- what ngspice writes ---- */

static const char rc[] =
    "* rc\nV1 in 0 PWL(0 0 1m 0 1.1m 1 5m 1 5.1m 0)\nR1 in out 1k\nC1 out 0 1u\n"
    "L1 out 0 1k\n.tran 0.1m 10m 0 0.1m\n.save v(out) i(l1) v(in)\n.end\n";

static int start(void *context, const struct pool_options *o, struct err *e)
{
    (void)context;
    return worker_start(o, e);
}

static bool run(void *context, size_t k, struct buf *out)
{
    static const char *const vectors[] = {"out", "l1#branch", "in"};
    struct trace t;
    (void)context, (void)k;
    struct sim_result r = worker_simulate(rc, 0.01, 3, vectors, &t);
    if (r.status == SIM_OK) {
        rawfile_render(&t, "rc", out);
        trace_finish(&t);
    }
    return false;
}

static int done(void *context, size_t k, const struct pool_outcome *o, struct err *e)
{
    (void)k;
    return rawfile_parse(o->reply, o->length, "reply", context, e);
}

static void simulate_rc(struct trace *t)
{
    struct err e = {0};
    struct pool_options o = pool_defaults();
    struct pool_work w = {
        .count = 1, .context = t, .start = start, .run = run, .done = done};
    if (pool_run(&o, &w, &e) < 0)
        fail_msg("%s", e.text);
}

/* The same deck through libngspice and through `ngspice -b -r`, binary and ASCII. */
static void ngspice_writes_the_numbers_that_the_library_gives(void **state)
{
    (void)state;
    char folder[PLAIN_FOLDER];
    struct trace own, t;
    simulate_rc(&own);
    plain_open(folder);
    char *path = path_join(folder, "rc.raw");
    for (int form = 0; form < 2; form++) {
        struct buf said = {0}, bytes = {0};
        struct err e = {0};
        plain_put(folder, ".spiceinit", form ? "set filetype=ascii\n" : "");
        plain_put(folder, "rc.cir", rc);
        plain_ngspice(folder, (const char *[]){"-b", "-r", "rc.raw", "rc.cir", NULL},
                      &said);
        if (rawfile_read(path, &t, &e) < 0)
            fail_msg("%s: %s\n%s", e.place, e.text, buf_text(&said));
        assert_int_equal(file_read(path, (size_t)1 << 20, &bytes, &e), 0);
        assert_int_equal(strstr(bytes.data, "\nValues:\n") != NULL, form);
        assert_int_equal(t.points, own.points);
        assert_true(t.points > 100);
        for (size_t i = 0; i < t.points; i++) {
            assert_close(t.time_s[i], own.time_s[i], 1e-12 * own.time_s[i]);
            assert_close(trace_vector(&t, "v(out)")[i], own.value[0][i], 1e-12);
            assert_close(trace_vector(&t, "i(l1)")[i], own.value[1][i], 1e-12);
            assert_close(trace_vector(&t, "v(in)")[i], own.value[2][i], 1e-12);
        }
        trace_finish(&t);
        buf_finish(&said), buf_finish(&bytes);
    }
    trace_finish(&own);
    free(path);
    plain_close(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_read_back),
        cmocka_unit_test(currents_are_marked_as_such),
        cmocka_unit_test(every_truncation_is_seen),
        cmocka_unit_test(no_single_byte_does_harm),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(times_that_are_no_times_are_refused),
        cmocka_unit_test(files_are_read_by_name),
        cmocka_unit_test(ngspice_writes_the_numbers_that_the_library_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
