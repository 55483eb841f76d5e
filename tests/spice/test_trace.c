#include "cm.h"

#include "base/mem.h"
#include "base/rng.h"
#include "spice/trace.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Uneven steps, as a simulator takes them. */
static void uneven(size_t n, double t[n])
{
    t[0] = 0;
    for (size_t i = 1; i < n; i++)
        t[i] = t[i - 1] + 1e-6 + 3e-4 * rng_uniform(1, RNG_TEST, (uint32_t)i, 0, 0);
}

static void peak_is_the_largest_point_above_the_first(void **state)
{
    (void)state;
    static const double t[] = {0, 1e-3, 2e-3, 5e-3, 7e-3};
    struct peak p = trace_peak(5, t, (double[]){0.2, 0.1, 0.7, 0.7, 0.3});
    assert_close(p.rest, 0.2, 0);
    assert_close(p.above, 0.7 - 0.2, 0);
    assert_close(p.time_s, 2e-3, 0);
    p = trace_peak(5, t, (double[]){-1, -2, -3, -4, -5});
    assert_close(p.rest, -1, 0);
    assert_close(p.above, 0, 0);
    assert_close(p.time_s, 0, 0);
    p = trace_peak(5, t, (double[]){-5, -4, -3, -2, -1});
    assert_close(p.above, 4, 0);
    assert_close(p.time_s, 7e-3, 0);
    p = trace_peak(1, t, (double[]){3});
    assert_close(p.rest, 3, 0);
    p = trace_peak(0, t, t);
    assert_close(p.above, 0, 0);
}

/* Points of t e^(1 - t/tau)/tau: the largest one against a sweep by hand. */
static void peak_of_a_membrane_is_where_calculus_says(void **state)
{
    (void)state;
    enum { N = 2000 };
    static double t[N], v[N];
    const double tau = 15e-3;
    uneven(N, t);
    for (int i = 0; i < N; i++)
        v[i] = 0.2 + t[i] / tau * exp(1 - t[i] / tau);
    struct peak p = trace_peak(N, t, v);
    assert_close(p.above, 1, 1e-4); /* second order in the step of 0.3 ms */
    assert_close(p.time_s, tau, 3e-4);
}

static void vectors_are_found_in_both_forms(void **state)
{
    (void)state;
    static const char *const own[] = {"mem3", "V(Mem30)", "v.xcol3.visyn#branch", "v(x)",
                                      "()"};
    struct trace t;
    trace_init(&t, 1, 5);
    for (int k = 0; k < 5; k++)
        t.name[k] = mem_copy_string(own[k]);
    assert_ptr_equal(trace_vector(&t, "mem3"), t.value[0]);
    assert_ptr_equal(trace_vector(&t, "V(MEM3)"), t.value[0]);
    assert_ptr_equal(trace_vector(&t, "mem30"), t.value[1]);
    assert_ptr_equal(trace_vector(&t, "v(mem30)"), t.value[1]);
    assert_ptr_equal(trace_vector(&t, "V.XCOL3.visyn#branch"), t.value[2]);
    assert_ptr_equal(trace_vector(&t, "x"), t.value[3]);
    assert_ptr_equal(trace_vector(&t, "()"), t.value[4]);
    static const char *const none[] = {"mem", "mem31", "v(mem3", "",
                                       "v()", "v(",    "em3",    "i(mem3)"};
    for (int k = 0; k < 8; k++)
        assert_null(trace_vector(&t, none[k]));
    trace_finish(&t);
    trace_finish(&t);
    assert_null(trace_vector(&t, "mem3"));
}

static void csv_keeps_every_bit(void **state)
{
    (void)state;
    enum { N = 64 };
    struct trace t;
    struct buf b = {0};
    trace_init(&t, N, 2);
    t.name[0] = mem_copy_string("mem0");
    t.name[1] = mem_copy_string("v.xcol0.visyn#branch");
    uneven(N, t.time_s);
    for (uint32_t i = 0; i < N; i++) {
        t.value[0][i] = rng_normal(3, RNG_TEST, i, 0, 0) * pow(10, (int)i - 32);
        t.value[1][i] = i % 2 ? DBL_MIN / (1 + i) : -DBL_MAX / (1 + i);
    }
    trace_csv(&t, &b);
    char *p = strchr(b.data, '\n');
    assert_int_equal(strncmp(b.data, "time_s,mem0,v.xcol0.visyn#branch\n", 33), 0);
    for (int i = 0; i < N; i++) {
        const double row[] = {t.time_s[i], t.value[0][i], t.value[1][i]};
        for (int k = 0; k < 3; k++, p++) {
            assert_int_equal(*p, k ? ',' : '\n');
            assert_close(strtod(p + 1, &p), row[k], 0);
            p--;
        }
    }
    assert_string_equal(p, "\n");
    trace_finish(&t);
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peak_is_the_largest_point_above_the_first),
        cmocka_unit_test(peak_of_a_membrane_is_where_calculus_says),
        cmocka_unit_test(vectors_are_found_in_both_forms),
        cmocka_unit_test(csv_keeps_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
