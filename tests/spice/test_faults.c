#include "cm.h"

#include "base/file.h"
#include "spice/faults.h"

#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t count(double version)
{
    size_t n = 0;
    for (const struct fault *f = faults_next(version, NULL); f;
         f = faults_next(version, f))
        n++;
    return n;
}

static bool has(double version, const char *part)
{
    for (const struct fault *f = faults_next(version, NULL); f;
         f = faults_next(version, f))
        if (strstr(f->what, part))
            return true;
    return false;
}

/* Of the versions that Debian 12, Ubuntu 24.04 and Debian 13 have. */
static void a_version_has_its_own_faults(void **state)
{
    (void)state;
    static const struct {
        double version;
        bool corner, first, b;
    } known[] = {
        {39.3, true, false, true},  {40, true, false, true},  {41, false, true, true},
        {42, false, true, true},    {43, false, true, true},  {44, false, false, true},
        {44.2, false, false, true}, {46, false, false, true}, {47, false, false, false}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double v = known[i].version;
        assert_int_equal(has(v, "corner"), known[i].corner);
        assert_int_equal(has(v, "first solution"), known[i].first);
        assert_int_equal(has(v, "B sources"), known[i].b);
        assert_int_equal(count(v), known[i].corner + known[i].first + known[i].b);
    }
}

static void no_version_has_no_faults(void **state)
{
    (void)state;
    assert_int_equal(count(0), 0);
    assert_int_equal(count(NAN), 0);
    assert_int_equal(count(INFINITY), 0);
}

/* "PWL(" or "PWL(\n+", then 0 0 and a later corner. */
static void begins_at_zero(const char *file, const char *pwl)
{
    char *end;
    double number[4];
    pwl += strspn(pwl, "\n+ ");
    for (int k = 0; k < 4; k++) {
        number[k] = strtod(pwl, &end);
        if (end == pwl)
            fail_msg("%s: expected two corners, found `%.20s`", file, pwl);
        pwl = end + strspn(end, "munp \n+");
    }
    if (number[0] != 0 || number[1] != 0 || !(number[2] > 0))
        fail_msg("%s: expected a source from 0 on, found %g %g %g", file, number[0],
                 number[1], number[2]);
}

static void sources_of_the_benches_begin_at_zero(void **state)
{
    (void)state;
    glob_t g;
    size_t n = 0;
    assert_int_equal(glob(SPIKEBAR_SOURCE_ROOT "/netlists/bench/*.cir", 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        struct err e = {0};
        struct buf text = {0};
        if (file_read(g.gl_pathv[i], 1 << 20, &text, &e) < 0)
            fail_msg("%s", e.text);
        for (const char *p = buf_text(&text); (p = strstr(p, "PWL(")); n++)
            begins_at_zero(g.gl_pathv[i], p += 4);
        buf_finish(&text);
    }
    globfree(&g);
    assert_true(n >= 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_has_its_own_faults),
        cmocka_unit_test(no_version_has_no_faults),
        cmocka_unit_test(sources_of_the_benches_begin_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
