/* The study: every key, its range, its way through the file, and its part in the plan. */
#include "folder.h"

#include "study/study.h"

/* Which results depend on which keys, said once more: of the entries that a key begins
 * with the longest counts. t training, v verify, p program, d device, u unit, c
 * calibrate; none: no number does, or the file is part of the plan by what is in it. */
static const struct {
    const char *begins, *scopes;
} scopes[] = {
    {"dataset.", "tv"},
    {"network.", "tv"},
    {"network.model", "t"},
    {"train.", "t"},
    {"map.", "vp"},
    {"map.g_", "tvpuc"},
    {"map.compensate", "vpuc"},
    {"map.conductances", ""},
    {"circuit.", ""},
    {"circuit.variant", "vpduc"},
    {"circuit.override", "vpduc"},
    {"simulate.", "v"},
    {"simulate.weights", ""},
    {"simulate.seed", "vpd"},
    {"simulate.dynamic", "vu"},
    {"simulate.accuracy", "vu"},
    {"simulate.step", "vu"},
    {"simulate.reltol", "vpdu"},
    {"simulate.vntol", "vpdu"},
    {"simulate.abstol", "vpdu"},
    {"simulate.gmin", "vpdu"},
    {"simulate.jobs", ""},
    {"simulate.deadline", ""},
    {"simulate.retries", ""},
    {"simulate.recycle", ""},
    {"simulate.keep_decks", ""},
    {"calibrate.", "c"},
    {"device.", "pd"},
    {"device.model", ""},
    {"device.subckt", ""},
    {"device.params", ""},
    {"device.level_noise", "d"},
    {"device.sweep", "d"},
    {"device.repeats", "d"},
    {"device.potentiate", "d"},
    {"device.depress", "d"},
    {"device.head", "d"},
    {"device.tail", "d"},
    {"report.", ""},
    {"noise.", "v"},
    {"sweep.", ""},
    {"rehearse.", "v"},
};

/* One of them is a value that a key does not have by default. */
static const char *const values[] = {"it's [a] b=c, # d;e",
                                     "yes",
                                     "no",
                                     "2",
                                     "7",
                                     "0.0123456789012345",
                                     "0.5",
                                     "latency2",
                                     "full-scale",
                                     "telegraph",
                                     "double-exponential",
                                     "v_dd",
                                     "w_leak"};

struct key {
    char name[64], value[128];
};

enum { KEYS_MAX = 200 };

static void put(struct study *s, const char *key, const char *value)
{
    struct err e = {0};
    assert_well(study_put(s, key, value, &e), e);
}

static char *printed(const struct study *s, enum study_form form)
{
    struct buf b = {0};
    study_print(s, form, &b);
    return b.data;
}

static char *lines(const struct study *s, unsigned scope)
{
    struct buf b = {0};
    study_lines(s, scope, &b);
    return b.data ? b.data : mem_copy_string("");
}

/* The keys of a printed study. */
static size_t list_keys(const char *text, struct key key[KEYS_MAX])
{
    char *copy = mem_copy_string(text), *rest = copy, *line, section[32] = "";
    size_t n = 0;
    while ((line = strsep(&rest, "\n"))) {
        char *equals = strstr(line, " = ");
        if (sscanf(line, "[%31[^]]", section) == 1 || !equals || line[0] == ';')
            continue;
        assert_true(n < KEYS_MAX);
        snprintf(key[n].name, sizeof key[n].name, "%s.%.*s", section,
                 (int)(equals - line), line);
        snprintf(key[n++].value, sizeof key[0].value, "%s", equals + 3);
    }
    free(copy);
    return n;
}

static bool is_in_scope(const char *key, char scope)
{
    const char *found = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        size_t n = strlen(scopes[i].begins);
        if (n > longest && strncmp(key, scopes[i].begins, n) == 0) {
            longest = n;
            found = scopes[i].scopes;
        }
    }
    if (!found)
        fail_msg("%s: which results depend on it?", key);
    return strchr(found, scope) != NULL;
}

/* Gives the key another value than it has. */
static void change(struct study *s, const struct key *k)
{
    struct err e = {0};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (strcmp(values[i], k->value) != 0 && study_put(s, k->name, values[i], &e) == 0)
            return;
    fail_msg("no value for %s: %s", k->name, e.text);
}

static void the_defaults_are_valid_and_stand_once(void **state)
{
    (void)state;
    struct study s;
    struct key key[KEYS_MAX];
    study_init(&s);
    char *text = printed(&s, true);
    size_t n = list_keys(text, key);
    assert_true(n > 40);
    for (size_t i = 0; i < n; i++) {
        char section[64];
        put(&s, key[i].name, key[i].value);
        snprintf(section, sizeof section, "[%.*s]", (int)strcspn(key[i].name, "."),
                 key[i].name);
        if (strstr(strstr(text, section) + 1, section))
            fail_msg("%s stands twice", section);
    }
    assert_string_equal(s.dataset.path, "digits.csv.gz");
    assert_int_equal(s.simulate.images, 100);
    assert_close(s.map.g_high_S, 200e-6, 0);
    assert_int_equal(s.rehearse.die, -1);
    free(text);
    study_finish(&s);
    study_finish(&s);
}

/* One key at a time: its line of the file changes and no other, and the lines of a kind
 * of results change if and only if its numbers do. */
static void every_key_can_be_set_alone(void **state)
{
    (void)state;
    static const char letters[] = "tvpduc";
    static const unsigned scope[] = {STUDY_TRAINS,  STUDY_VERIFIES, STUDY_PROGRAMS,
                                     STUDY_DEVICES, STUDY_UNIT,     STUDY_CALIBRATES};
    struct study s;
    struct key before[KEYS_MAX], after[KEYS_MAX];
    char *core[6];
    study_init(&s);
    char *text = printed(&s, STUDY_BARE);
    size_t n = list_keys(text, before);
    for (size_t c = 0; c < 6; c++)
        core[c] = lines(&s, scope[c]);
    for (size_t i = 0; i < n; i++) {
        change(&s, &before[i]);
        char *text_after = printed(&s, STUDY_BARE);
        assert_int_equal(list_keys(text_after, after), n);
        for (size_t k = 0; k < n; k++)
            if ((strcmp(before[k].value, after[k].value) != 0) != (k == i))
                fail_msg("%s changed %s", before[i].name, after[k].name);
        for (size_t c = 0; c < 6; c++) {
            char *core_after = lines(&s, scope[c]);
            if (is_in_scope(before[i].name, letters[c]) !=
                (strcmp(core[c], core_after) != 0))
                fail_msg("%s: part of the plan of %c or not?", before[i].name,
                         letters[c]);
            free(core_after);
        }
        put(&s, before[i].name, before[i].value);
        free(text_after);
    }
    for (size_t c = 0; c < 6; c++)
        free(core[c]);
    free(text);
    study_finish(&s);
}

/* A usual value is printed as `auto` and read as that; choices, ranges and what it stands
 * for are in the remarks; [rehearse] is for those who ask for all. */
static void remarks_say_what_may_stand_there(void **state)
{
    (void)state;
    struct study s;
    study_init(&s);
    char *text = printed(&s, STUDY_COMMENTED), *all = printed(&s, STUDY_ALL);
    assert_holds(text, "\nsplit_seed = auto\n");
    assert_holds(text, "; auto: 2e-3. 0 to 10.");
    assert_holds(text, "; One of: circuit double-exponential.");
    assert_holds(text, "\ng_low = 5.7u\n");
    assert_null(strstr(text, "[rehearse]"));
    assert_holds(all, "[rehearse]");
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        if (strcspn(p + 1, "\n") > 90)
            fail_msg("a long line: %.100s", p + 1);
    put(&s, "train.rate", "3m");
    assert_close(s.train.rate, 3e-3, 0);
    put(&s, "train.rate", "auto");
    assert_close(s.train.rate, 0, 0);
    free(text), free(all);
    study_finish(&s);
}

static void round_trip(const char *folder, const struct study *s, enum study_form form)
{
    struct study back;
    struct err e = {0};
    char *text = printed(s, form), *path = path_join(folder, "s.ini");
    folder_put(folder, "s.ini", text);
    study_init(&back);
    assert_well(study_read(&back, path, &e), e);
    char *again = printed(&back, form);
    assert_string_equal(again, text);
    study_finish(&back);
    free(text), free(again), free(path);
}

static void what_is_printed_is_read_back(void **state)
{
    struct study s;
    struct key key[KEYS_MAX];
    study_init(&s);
    round_trip(*state, &s, STUDY_BARE);
    round_trip(*state, &s, STUDY_ALL);
    char *text = printed(&s, STUDY_BARE);
    size_t n = list_keys(text, key);
    for (size_t i = 0; i < n; i++)
        change(&s, &key[i]);
    round_trip(*state, &s, STUDY_BARE);
    round_trip(*state, &s, STUDY_ALL);
    free(text);
    study_finish(&s);
}

/* 15 digits do not hold this number: the plan would be that of another one. */
static void numbers_keep_all_their_digits(void **state)
{
    struct study s, back;
    struct err e = {0};
    study_init(&s);
    study_init(&back);
    put(&s, "network.t_max", "0.020000000000000004");
    char *text = printed(&s, STUDY_BARE), *path = path_join(*state, "s.ini");
    folder_put(*state, "s.ini", text);
    assert_well(study_read(&back, path, &e), e);
    assert_close(back.network.t_max_s, 0.020000000000000004, 0);
    free(text), free(path);
    study_finish(&s);
    study_finish(&back);
}

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *assignment, *expected;
    } wrong[] = {
        {"map.bits=17", "map.bits: expected a whole number from 0 to 16, found `17`"},
        {"map.bits=-1", "from 0 to 16"},
        {"map.bits=3.5", "expected a whole number"},
        {"map.bits=3 bits", "found `3 bits`"},
        {"map.bits=", "found ``"},
        {"map.bits=99999999999999999999", "from 0 to 16"},
        {"map.tuning_error=nan", "expected a number from 0 to 1, found `nan`"},
        {"map.tuning_error=-inf", "found `-inf`"},
        {"map.tuning_error=0,03", "found `0,03`"},
        {"map.tuning_error=0x1p-5", "expected a number"},
        {"simulate.reltol=0", "simulate.reltol: expected a number from 1e-12 to 0.1"},
        {"simulate.deadline=-1", "simulate.deadline"},
        {"simulate.rungs=0", "from 1 to 5"},
        {"simulate.dynamic=maybe", "expected yes or no, found `maybe`"},
        {"simulate.dynamic=", "expected yes or no"},
        {"network.model=circ", "expected circuit double-exponential"},
        {"network.model=", "expected circuit double-exponential"},
        {"network.model=circuit double-exponential", "expected circuit double-expon"},
        {"network.coding=latency latency2", "expected latency latency2 complement"},
        {"network.coding=atency", "expected latency latency2 complement"},
        {"circuit.override=rf=1k ; not all of it", "circuit.override: expected"},
        {"circuit.override=;", "circuit.override: expected"},
        {"circuit.override=rf=1k\nr1=2k", "circuit.override: expected"},
        {"dataset.path=a\rb", "dataset.path: expected"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct study s;
        struct err e = {0};
        study_init(&s);
        char *before = printed(&s, STUDY_BARE);
        if (study_set(&s, wrong[i].assignment, &e) == 0)
            fail_msg("%s was taken", wrong[i].assignment);
        char *after = printed(&s, STUDY_BARE);
        assert_holds(e.text, wrong[i].expected);
        assert_string_equal(e.place, "--set");
        assert_int_equal(e.code, ERR_USAGE);
        assert_string_equal(before, after);
        free(before), free(after);
        study_finish(&s);
    }
}

static void words_around_a_value_are_as_people_write_them(void **state)
{
    (void)state;
    struct study s;
    struct err e = {0};
    study_init(&s);
    assert_well(study_set(&s, " map.bits = 3 ", &e), e);
    assert_well(study_set(&s, "simulate.dynamic=OFF", &e), e);
    assert_well(study_set(&s, "circuit.override=rf=2k", &e), e);
    assert_well(study_set(&s, "dataset.path=a;b.csv", &e), e);
    assert_int_equal(s.map.bits, 3);
    assert_false(s.simulate.dynamic);
    assert_string_equal(s.circuit.override, "rf=2k");
    assert_string_equal(s.dataset.path, "a;b.csv");
    study_finish(&s);
}

static void unknown_keys_name_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *assignment, *text, *hint;
    } wrong[] = {
        {"simulate.image=3", "unknown key `simulate.image`", "`simulate.images`?"},
        {"Map.bits=3", "unknown key `Map.bits`", "`map.bits`?"},
        {"bits=3", "unknown key `bits`", "spikebar study"},
        {"=3", "unknown key ``", "spikebar study"},
        {"map.bits", "expected section.key=value, found `map.bits`", ""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct study s;
        struct err e = {0};
        study_init(&s);
        assert_int_equal(study_set(&s, wrong[i].assignment, &e), -1);
        assert_holds(e.text, wrong[i].text);
        assert_holds(e.hint, wrong[i].hint);
        study_finish(&s);
    }
}

static void errors_of_a_file_name_the_line(void **state)
{
    char longest[260];
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "[map]\nbits = 3\n[dataset]\npath = ", 32);
    longest[sizeof longest - 1] = '\0';
    const struct {
        const char *text;
        size_t n;
        const char *place, *expected;
    } wrong[] = {
        {"[map]\nbits = 3\nbit = 4\n", 0, "s.ini:3", "unknown key `map.bit`"},
        {"[map]\n\n; a remark\nbits = 20\n", 0, "s.ini:4", "found `20`"},
        {"[map]\r\nbits = 3\r\nbits = x\r\n", 0, "s.ini:3", "found `x`"},
        {"\xef\xbb\xbf[map]\nbits = x\n", 0, "s.ini:2", "found `x`"},
        {"bits = 3\n", 0, "s.ini:1", "unknown key `bits`"},
        {"[map]\nbits\n", 0, "s.ini:2", "expected [section] or key = value"},
        {"[map\nbits = 3\n", 0, "s.ini:1", "expected [section]"},
        {"[map]\nbits = 20\n[nothing\n", 0, "s.ini:2", "found `20`"},
        {"[map]\nbits = x\nbits = y\nnothing", 0, "s.ini:2", "found `x`"},
        {longest, 0, "s.ini:4", "expected lines of less than"},
        {"[map]\nbits = 3\n\0bits = 4\n", 24, "s.ini:3", "expected text"},
    };
    char *path = path_join(*state, "s.ini");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct study s;
        struct err e = {0};
        size_t n = wrong[i].n ? wrong[i].n : strlen(wrong[i].text);
        study_init(&s);
        folder_write(*state, "s.ini", n, wrong[i].text);
        if (study_read(&s, path, &e) == 0)
            fail_msg("case %zu was taken", i);
        assert_holds(e.place, wrong[i].place);
        assert_holds(e.text, wrong[i].expected);
        study_finish(&s);
    }
    free(path);
}

static void a_missing_file_is_named(void **state)
{
    struct study s;
    struct err e = {0};
    char *path = path_join(*state, "none.ini");
    study_init(&s);
    assert_int_equal(study_read(&s, path, &e), -1);
    assert_string_equal(e.place, path);
    assert_int_equal(study_read(&s, *state, &e), -1);
    assert_holds(e.text, "Is a directory");
    study_finish(&s);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_valid_and_stand_once),
        cmocka_unit_test(every_key_can_be_set_alone),
        cmocka_unit_test(remarks_say_what_may_stand_there),
        in_folder(what_is_printed_is_read_back),
        in_folder(numbers_keep_all_their_digits),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(words_around_a_value_are_as_people_write_them),
        cmocka_unit_test(unknown_keys_name_the_nearest),
        in_folder(errors_of_a_file_name_the_line),
        in_folder(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
