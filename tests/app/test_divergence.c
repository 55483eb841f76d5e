/* Where circuit and network part: planted faults are named with the right stage. */
#include "cm.h"

#include "app/verify.h"
#include "app/divergence.h"
#include "base/file.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char root[] = SPIKEBAR_SOURCE_ROOT;

static void set(struct study *s, const char *assignment)
{
    struct err e;
    if (study_set(s, assignment, &e) < 0)
        fail_msg("%s", e.text);
}

/* The report's first fault, as "stage, columns". */
static void named(const char *variant, const char *override, const char *expected)
{
    struct study s;
    struct verify_result result;
    struct err e = {0};
    struct divergence_tables t;
    char folder[] = "/tmp/spikebar-test-XXXXXX", key[96], found[128] = "none";
    assert_non_null(mkdtemp(folder));
    study_init(&s);
    snprintf(key, sizeof key, "circuit.override=%s", override);
    set(&s, key);
    set(&s, variant);
    set(&s, "simulate.images=2");
    set(&s, "report.pictures=no");
    set(&s, "report.divergence=yes");
    set(&s, "report.sample=2");
    if (verify_run(&s, root, folder, NULL, false, &result, &e) < 0)
        fail_msg("%s", e.text);
    cJSON_Delete(result.json);
    free(result.folder);
    divergence_tables(folder, &t);
    assert_true(t.count > 0);
    if (strcmp(t.table[0].column[1].name, "columns") == 0)
        snprintf(found, sizeof found, "%s, %s", t.table[0].cell[0].text,
                 t.table[0].cell[1].text);
    assert_string_equal(found, expected);
    divergence_tables_finish(&t);
    study_finish(&s);
    dir_remove(folder);
}

static void planted_faults_are_named(void **state)
{
    (void)state;
    static const char a[] = "circuit.variant=a", b[] = "circuit.variant=b";
    named(a, "", "none");
    named(a, "rf=2.16k", "TIA, all");
    named(a, "v_tau_mem=0.11", "membrane leak, all");
    named(a, "col3.v_os=0", "V->I, 3");
    named(b, "", "none");
    named(b, "rf=1.44k", "TIA, all");
    named(b, "v_tau_mem=2.755", "membrane leak, all"); /* 0.6 %, of 0.4 allowed */
    named(b, "col3.v_os=0", "V->I, 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(planted_faults_are_named)};
    log_set_level(LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
