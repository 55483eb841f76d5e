/* Every deck of netlists/bench, through plain `ngspice -b`: what it measures must be
 * what its header promises, in lines
 *
 *     *% expect NAME VALUE TOLERANCE [abs]
 *
 * The tolerance is relative unless it says abs. One test a deck. */
#include "cm.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "spice/plain.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BENCH SPIKEBAR_SOURCE_ROOT "/netlists/bench"

/* The value of the line "name = value ..." below the heading "Measurements for". */
static bool measured(const char *said, const char *name, double *value)
{
    const char *p = strstr(said, "Measurements for");
    size_t n = strlen(name);
    while (p && (p = strchr(p, '\n'))) {
        p++;
        size_t gap = strncmp(p, name, n) == 0 ? strspn(p + n, " ") : 0;
        char *end;
        if (gap == 0 || p[n + gap] != '=')
            continue;
        *value = strtod(p + n + gap + 1, &end);
        return end > p + n + gap + 1 && isfinite(*value);
    }
    return false;
}

struct expectation {
    char name[64];
    double value, tolerance;
};

/* False if the line is none. */
static bool read_expectation(const char *line, struct expectation *x)
{
    char value[64], tolerance[64], kind[64] = "", rest[64] = "";
    if (strncmp(line, "*%", 2) != 0)
        return false;
    int n = sscanf(line, "*%% expect %63s %63s %63s %63s %63s", x->name, value, tolerance,
                   kind, rest);
    if (n < 3 || n > 4 || !text_to_double(value, &x->value) ||
        !text_to_double(tolerance, &x->tolerance) || !(x->tolerance > 0) ||
        (n == 4 && strcmp(kind, "abs") != 0))
        fail_msg("cannot read `%s`", line);
    if (n == 3)
        x->tolerance *= fabs(x->value);
    if (!(x->tolerance > 0))
        fail_msg("`%s` has a relative tolerance of zero", line);
    return true;
}

/* Says what is off, so that one run tells all of it. */
static bool is_met(const struct expectation *x, const char *said)
{
    double value;
    if (!measured(said, x->name, &value)) {
        print_error("%s was not measured\n", x->name);
        return false;
    }
    bool met = fabs(value - x->value) <= x->tolerance;
    if (!met)
        print_error("%s = %.7g, expected %.7g +- %.2g\n", x->name, value, x->value,
                    x->tolerance);
    return met;
}

static void check_all(char *deck, const char *said)
{
    int count = 0, met = 0;
    struct expectation x;
    for (char *line; (line = strsep(&deck, "\n"));)
        if (read_expectation(line, &x)) {
            met += is_met(&x, said);
            count++;
        }
    if (count == 0)
        fail_msg("the deck expects nothing");
    if (met < count) {
        fputs(said, stderr);
        fail_msg("%d of %d expectations are not met", count - met, count);
    }
}

static void a_bench_gives_what_it_promises(void **state)
{
    char folder[PLAIN_FOLDER];
    struct buf deck = {0}, said = {0};
    struct err e = {0};
    char *path = path_join(BENCH, *state);
    if (file_read(path, (size_t)1 << 20, &deck, &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    plain_open(folder);
    plain_ngspice(folder, (const char *[]){"-b", path, NULL}, &said);
    plain_close(folder);
    check_all(deck.data, buf_text(&said));
    buf_finish(&deck), buf_finish(&said);
    free(path);
}

static int is_deck(const struct dirent *f)
{
    size_t n = strlen(f->d_name);
    return n > 4 && strcmp(f->d_name + n - 4, ".cir") == 0;
}

int main(void)
{
    struct dirent **file = NULL;
    int n = scandir(BENCH, &file, is_deck, alphasort);
    if (n <= 0) {
        fprintf(stderr, "no decks in %s\n", BENCH);
        return 1;
    }
    struct CMUnitTest *tests = mem_alloc((size_t)n, sizeof *tests);
    for (int k = 0; k < n; k++)
        tests[k] = (struct CMUnitTest){.name = file[k]->d_name,
                                       .test_func = a_bench_gives_what_it_promises,
                                       .initial_state = file[k]->d_name};
    int failed = _cmocka_run_group_tests("bench", tests, (size_t)n, NULL, NULL);
    for (int k = 0; k < n; k++)
        free(file[k]);
    free(file);
    free(tests);
    return failed;
}
