/* Experiments: what a plan depends on, which images are simulated, what a deck holds. */
#include "folder.h"

#include "app/experiment.h"
#include "num/quantise.h"

#include <math.h>
#include <sys/stat.h>

static const char root[] = SPIKEBAR_SOURCE_ROOT;

/* A study of few images with the assignments on top; NULL ends them. */
static void study_with(struct study *s, const char *const set[])
{
    struct err e = {0};
    study_init(s);
    assert_well(study_set(s, "simulate.images=5", &e), e);
    for (; set && *set; set++)
        assert_well(study_set(s, *set, &e), e);
}

static void open_with(struct experiment *x, struct study *s, const char *const set[])
{
    struct err e = {0};
    study_with(s, set);
    assert_well(experiment_open(x, s, root, NULL, &e), e);
    assert_well(experiment_ready(x, &e), e);
}

static void close_both(struct experiment *x, struct study *s)
{
    experiment_finish(x);
    study_finish(s);
}

static void plan_with(const char *const set[], char id[SHA256_HEX])
{
    struct experiment x;
    struct study s;
    struct plan p = {0};
    open_with(&x, &s, set);
    experiment_plan(&x, "39.3", &p);
    memcpy(id, p.id, SHA256_HEX);
    plan_finish(&p);
    close_both(&x, &s);
}

static void assert_plan(const char *const set[], const char *other, bool same)
{
    char id[SHA256_HEX];
    plan_with(set, id);
    if (same != (strcmp(id, other) == 0))
        fail_msg("%s: expected %s plan", set[0], same ? "the same" : "another");
}

static void the_plan_follows_the_study(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        bool same;
    } with[] = {
        {"simulate.images=5", true},
        {"simulate.jobs=7", true},
        {"simulate.deadline=1", true},
        {"simulate.retries=3", true},
        {"simulate.recycle=2", true},
        {"simulate.keep_decks=yes", true},
        {"report.pictures=no", true},
        {"simulate.images=6", true},
        {"simulate.seed=1", false},
        {"dataset.split_seed=4", false},
        {"map.bits=3", false},
        {"map.tuning_error=0.01", false},
        {"circuit.variant=a", false},
        {"circuit.override=rf=2k", false},
        {"simulate.dynamic=yes", false},
        {"simulate.step=1e-4", false},
        {"simulate.exact=yes", false},
        {"simulate.accuracy=0.04", false},
        {"simulate.compare=double-exponential", false},
    };
    char id[SHA256_HEX];
    plan_with(NULL, id);
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++)
        assert_plan((const char *[]){with[i].set, NULL}, id, with[i].same);
}

static char *assignment(const char *key, const char *folder, const char *name)
{
    struct buf b = {0};
    buf_printf(&b, "%s=%s/%s", key, folder, name);
    return b.data;
}

static void the_plan_follows_the_bytes_of_the_weights(void **state)
{
    size_t n;
    char id[SHA256_HEX];
    char *text = folder_read(root, "weights/digits-64x10.csv", &n);
    char *set = assignment("simulate.weights", *state, "other name.csv");
    plan_with(NULL, id);
    folder_write(*state, "other name.csv", n, text);
    assert_plan((const char *[]){set, NULL}, id, true);
    text[n - 2] = text[n - 2] == '1' ? '2' : '1';
    folder_write(*state, "other name.csv", n, text);
    assert_plan((const char *[]){set, NULL}, id, false);
    free(text), free(set);
}

/* The circuit's files in a folder of their own, through circuit_adopt. */
static void copy_circuit(const char *folder)
{
    struct experiment x;
    struct study s;
    struct err e = {0};
    open_with(&x, &s, NULL);
    assert_well(circuit_adopt(&x.circuit, folder, &e), e);
    assert_holds(x.circuit.folder, folder);
    close_both(&x, &s);
}

static void the_plan_follows_the_bytes_of_the_circuit(void **state)
{
    size_t n;
    char id[SHA256_HEX];
    plan_with(NULL, id);
    copy_circuit(*state);
    char *set = assignment("circuit.folder", *state, "circuit");
    char *models = path_join(*state, "circuit/models");
    assert_plan((const char *[]){set, NULL}, id, true);
    char *card = folder_read(models, "nmos.mod", &n);
    card[n - 2] ^= 1;
    folder_write(models, "nmos.mod", n, card);
    assert_plan((const char *[]){set, NULL}, id, false);
    card[n - 2] ^= 1;
    folder_write(models, "nmos.mod", n, card);
    assert_plan((const char *[]){set, NULL}, id, true);
    folder_put(models, "one more.mod", "* nothing\n");
    assert_plan((const char *[]){set, NULL}, id, false);
    free(set), free(models), free(card);
}

static void the_plan_follows_the_file_that_decks_include(void **state)
{
    char none[SHA256_HEX], id[SHA256_HEX];
    char *set = assignment("circuit.include", *state, "mine.inc");
    plan_with(NULL, none);
    folder_put(*state, "mine.inc", "* one\n");
    plan_with((const char *[]){set, NULL}, id);
    assert_string_not_equal(id, none);
    folder_put(*state, "mine.inc", "* two\n");
    assert_plan((const char *[]){set, NULL}, id, false);
    free(set);
}

static void link_to(const char *folder, const char *name, const char *target)
{
    char *path = path_join(folder, name);
    assert_int_equal(symlink(target, path), 0);
    free(path);
}

/* Links within the folder are files, and so is a link to the folder. */
static void links_within_a_circuit_count_as_files(void **state)
{
    char id[SHA256_HEX];
    plan_with(NULL, id);
    copy_circuit(*state);
    char *folder = path_join(*state, "circuit");
    char *netlists = path_join(folder, "netlists"), *kept = path_join(folder, "kept");
    char *cell = path_join(folder, "kept/cell.sub"), *moved = path_join(folder, "mine");
    assert_int_equal(rename(netlists, kept), 0);
    link_to(folder, "netlists", "kept");
    assert_int_equal(rename(cell, moved), 0);
    link_to(kept, "cell.sub", "../mine");
    link_to(*state, "by another name", folder);
    char *set = assignment("circuit.folder", *state, "circuit");
    char *other = assignment("circuit.folder", *state, "by another name");
    assert_plan((const char *[]){set, NULL}, id, true);
    assert_plan((const char *[]){other, NULL}, id, true);
    free(folder), free(netlists), free(kept), free(cell), free(moved);
    free(set), free(other);
}

static void refused_link(const char *set, const char *place, const char *target)
{
    struct experiment x;
    struct study s;
    struct err e = {0};
    study_with(&s, (const char *[]){set, NULL});
    assert_int_equal(experiment_open(&x, &s, root, NULL, &e), -1);
    assert_holds(e.place, place);
    assert_holds(e.text, "a link out of circuit.folder is refused");
    assert_holds(e.text, target);
    assert_holds(e.hint, "copy");
    close_both(&x, &s);
}

/* A circuit from outside would have a private file read, and copied into the results. */
static void links_out_of_a_circuit_are_refused(void **state)
{
    static const char *const names[] = {"netlists/more.inc", "models/more.mod",
                                        "netlists/pulse.param", "netlists/more"};
    copy_circuit(*state);
    folder_put(*state, "private", "secret\n");
    char *set = assignment("circuit.folder", *state, "circuit");
    char *folder = path_join(*state, "circuit"), *private = path_join(*state, "private");
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        char *path = path_join(folder, names[k]), *kept = path_join(*state, "kept");
        bool there = rename(path, kept) == 0;
        link_to(folder, names[k], k == 3 ? "/etc" : k == 0 ? "../../private" : private);
        refused_link(set, names[k], k == 3 ? "/etc" : "private");
        unlink(path);
        if (there)
            assert_int_equal(rename(kept, path), 0);
        free(path), free(kept);
    }
    char *models = path_join(folder, "models"), *away = path_join(*state, "circuit-2");
    assert_int_equal(rename(models, away), 0);
    link_to(folder, "models", away);
    refused_link(set, "circuit/models", "circuit-2");
    free(set), free(folder), free(private), free(models), free(away);
}

static void what_is_adopted_is_what_was_there(void **state)
{
    static const char *const names[] = {"netlists/array.inc", "netlists/variant_a.param",
                                        "models/memristor.sub", "models/nmos.mod"};
    char *copy = path_join(*state, "circuit");
    copy_circuit(*state);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *here = folder_read(copy, names[i], NULL);
        char *there = folder_read(root, names[i], NULL);
        assert_string_equal(here, there);
        free(here), free(there);
    }
    free(copy);
}

static bool contains(size_t n, const uint32_t list[n], uint32_t image)
{
    for (size_t k = 0; k < n; k++)
        if (list[k] == image)
            return true;
    return false;
}

/* The split is the one that the weight file says it was trained with (seed 0), drawn
 * here once more; whatever the study's own seed is. */
static void no_training_image_is_simulated(void **state)
{
    (void)state;
    struct experiment x;
    struct study s;
    struct split split;
    open_with(&x, &s, (const char *[]){"simulate.images=0", "train.seed=3", NULL});
    split_random(0, x.data.count, 0.2, &split);
    assert_int_equal(x.split_seed, 0);
    assert_int_equal(x.units, split.test_count);
    for (size_t k = 0; k < x.units; k++) {
        assert_true(contains(split.test_count, split.test, x.image[k]));
        assert_false(contains(split.train_count, split.train, x.image[k]));
        assert_false(contains(k, x.image, x.image[k]));
    }
    split_finish(&split);
    close_both(&x, &s);
}

static void fewer_images_are_the_first_of_more(void **state)
{
    (void)state;
    struct experiment few, all;
    struct study s, t;
    open_with(&few, &s, (const char *[]){"simulate.images=20", NULL});
    open_with(&all, &t, (const char *[]){"simulate.images=1000000000", NULL});
    assert_int_equal(few.units, 20);
    assert_int_equal(all.units, 359);
    assert_memory_equal(few.image, all.image, 20 * sizeof few.image[0]);
    close_both(&few, &s);
    close_both(&all, &t);
}

static void a_split_seed_of_the_study_goes_before_that_of_the_weights(void **state)
{
    (void)state;
    struct experiment x, y;
    struct study s, t;
    open_with(&x, &s, NULL);
    open_with(&y, &t, (const char *[]){"dataset.split_seed=4", NULL});
    assert_int_equal(y.split_seed, 4);
    assert_memory_not_equal(x.split.test, y.split.test, 50 * sizeof(uint32_t));
    close_both(&x, &s);
    close_both(&y, &t);
}

/* The shipped weights have the split of seed 0; of another one's test images most were
 * trained on: as many as a look at each of them finds. */
static void images_that_were_trained_on_are_counted(void **state)
{
    (void)state;
    struct experiment x;
    struct study s;
    struct split split;
    char said[64];
    size_t seen = 0;
    open_with(&x, &s, NULL);
    assert_string_equal(x.origin.provenance, "known");
    close_both(&x, &s);
    open_with(&x, &s,
              (const char *[]){"dataset.split_seed=4", "simulate.images=20", NULL});
    split_random(0, x.data.count, 0.2, &split);
    for (size_t k = 0; k < x.units; k++)
        seen += contains(split.train_count, split.train, x.image[k]);
    assert_in_range(seen, 5, 20);
    snprintf(said, sizeof said, "with %zu of these 20 images", seen);
    assert_holds(x.origin.provenance, said);
    split_finish(&split);
    close_both(&x, &s);
    /* a smaller test set of the same split is part of the larger one */
    open_with(&x, &s, (const char *[]){"dataset.test_fraction=0.1", NULL});
    assert_string_equal(x.origin.provenance, "known");
    close_both(&x, &s);
    open_with(&x, &s, (const char *[]){"dataset.test_fraction=0.9", NULL});
    assert_holds(x.origin.provenance, "seen: ");
    close_both(&x, &s);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

/* Threshold 0.3 of 16 levels: level 5 is the first that fires. */
static void a_deck_has_a_spike_for_each_bright_pixel(void **state)
{
    (void)state;
    struct experiment x;
    struct study s;
    struct deck_choice choice = {.as = "here"};
    struct deck_solver solver;
    open_with(&x, &s, NULL);
    circuit_solver(&x.circuit, 0, &solver);
    for (size_t k = 0; k < x.units; k++) {
        struct buf deck = {0};
        size_t bright = 0, levels = 0;
        bool seen[17] = {0};
        for (size_t i = 0; i < 64; i++) {
            int level = x.data.levels[64 * (size_t)x.image[k] + i];
            bright += level >= 5;
            seen[level] = seen[level] || level >= 5;
        }
        for (int level = 0; level <= 15; level++)
            levels += seen[level];
        levels += seen[16] && !seen[15]; /* 15 and 16 fire in the same ms */
        experiment_deck(&x, x.image[k], &choice, &solver, &deck);
        assert_int_equal(count(deck.data, "PWL("), levels);
        assert_int_equal(count(deck.data, "\nXr"), 10 * levels);
        buf_clear(&deck);
        x.levers.state[LEVER_ROWS].on = false;
        experiment_deck(&x, x.image[k], &choice, &solver, &deck);
        x.levers.state[LEVER_ROWS].on = true;
        assert_int_equal(count(deck.data, "PWL("), bright);
        assert_int_equal(count(deck.data, "\nVg"), bright);
        assert_int_equal(count(deck.data, "\nXr"), 10 * bright);
        assert_int_equal(count(deck.data, " cell_mod_linear r="), 10 * bright);
        assert_int_equal(count(deck.data, "\nXcol"), 10);
        assert_int_equal(count(deck.data, "v(mem"), 10 + 2 * 10);
        buf_finish(&deck);
    }
    close_both(&x, &s);
}

/* Without levers every cell is there, with its state equation; each lever that is off
 * says why, and a user's file keeps every cell in place. */
static void levers_change_what_they_say(void **state)
{
    (void)state;
    static const char *const all[] = {"simulate.exact=yes", "simulate.dynamic=yes", NULL};
    struct experiment x;
    struct study s;
    struct deck_choice choice = {.as = "here"};
    struct deck_solver solver;
    struct buf deck = {0};
    open_with(&x, &s, all);
    circuit_solver(&x.circuit, 0, &solver);
    experiment_deck(&x, x.image[0], &choice, &solver, &deck);
    assert_int_equal(count(deck.data, "\nVg"), 64);
    assert_int_equal(count(deck.data, " cell_mod x0="), 640);
    for (int k = 0; k < LEVERS; k++)
        assert_int_equal(!x.levers.state[k].on, x.levers.state[k].why[0] != '\0');
    assert_holds(x.levers.state[LEVER_FROZEN].why, "simulate.dynamic");
    assert_holds(x.levers.state[LEVER_SILENT].why, "simulate.exact");
    buf_finish(&deck);
    close_both(&x, &s);
    open_with(&x, &s, NULL);
    assert_true(x.levers.state[LEVER_FROZEN].on &&
                x.levers.state[LEVER_FROZEN].bound < 1e-9);
    assert_true(x.levers.state[LEVER_LINEAR].on &&
                x.levers.state[LEVER_LINEAR].bound < 1e-4);
    assert_true(x.levers.state[LEVER_ROWS].on && x.levers.state[LEVER_END].on);
    close_both(&x, &s);
    open_with(&x, &s, (const char *[]){"simulate.accuracy=0.01", NULL});
    assert_true(x.levers.state[LEVER_LINEAR].on && x.levers.state[LEVER_END].on);
    assert_holds(x.levers.state[LEVER_ROWS].why, "accuracy");
    assert_holds(x.levers.state[LEVER_EDGES].why, "accuracy");
    close_both(&x, &s);
}

static void the_network_has_the_conductances_of_the_array(void **state)
{
    (void)state;
    struct experiment x;
    struct study s;
    double low_S = 5.7e-6, high_S = 200e-6;
    open_with(&x, &s, (const char *[]){"map.bits=3", "map.tuning_error=0.05", NULL});
    for (size_t i = 0; i < x.array.inputs * x.array.outputs; i++) {
        double span = high_S - low_S;
        double ideal = low_S + quantise(x.origin.weights.w[i], 3) * span;
        assert_close(x.network.weights[i], x.array.target_S[i] / span, 1e-15);
        assert_close(x.array.target_S[i] / ideal, 1, 0.25); /* 5 standard deviations */
    }
    assert_close(x.network.w_offset, 0, 0);
    close_both(&x, &s);
}

static void the_model_of_paper_1_has_the_weights_as_trained(void **state)
{
    (void)state;
    struct experiment x;
    struct study s;
    open_with(&x, &s, (const char *[]){"simulate.compare=double-exponential", NULL});
    assert_memory_equal(x.network.weights, x.origin.weights.w, 640 * sizeof(double));
    close_both(&x, &s);
}

/* The thresholds that the header of snn/coding.h names, unless the study names one. */
static void each_code_has_its_usual_threshold(void **state)
{
    (void)state;
    static const struct {
        const char *coding, *x_thr;
        double first, extra;
    } with[] = {
        {"network.coding=latency", NULL, 0.3, 0.1},
        {"network.coding=latency2", NULL, 0.3, 0.1},
        {"network.coding=complement", NULL, 0.1, 0.1},
        {"network.coding=complement", "network.x_thr=0.25", 0.25, 0.1},
    };
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
        struct study s;
        struct coding c;
        struct err e = {0};
        study_with(&s, (const char *[]){with[i].coding, with[i].x_thr, NULL});
        assert_well(experiment_coding(&s, &c, &e), e);
        assert_close(c.x_thr, with[i].first, 0);
        assert_close(c.x_thr_extra, with[i].extra, 0);
        study_finish(&s);
    }
}

static void what_cannot_be_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *set, *place, *expected;
    } wrong[] = {
        {"map.g_low=2e-4", "map.g_low", "less than map.g_high"},
        {"circuit.variant=../variant_a", "circuit.variant", "expected a short name"},
        {"circuit.variant=none", "variant_none.param", "cannot read"},
        {"circuit.override=nosuch=1", "circuit.override", "nosuch"},
        {"circuit.override=g_min=1", "", "parameters out of range"},
        {"circuit.folder=/nonexistent", "/nonexistent", "cannot read"},
        {"circuit.include=/nonexistent", "/nonexistent", "cannot read"},
        {"simulate.weights=nosuch.csv", "nosuch.csv", "cannot read"},
        {"dataset.path=nosuch.csv", "nosuch.csv", "cannot read"},
        {"dataset.test_path=nosuch.tes", "nosuch.tes", "cannot read"},
        {"dataset.test_fraction=0", "dataset.test_fraction", "no test images"},
        {"network.coding=latency2", "digits-64x10.csv", "128"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct experiment x;
        struct study s;
        struct err e = {0};
        study_with(&s, (const char *[]){wrong[i].set, NULL});
        if (experiment_open(&x, &s, root, NULL, &e) == 0 && experiment_ready(&x, &e) == 0)
            fail_msg("%s was taken", wrong[i].set);
        assert_holds(e.place, wrong[i].place);
        assert_holds(e.text, wrong[i].expected);
        close_both(&x, &s);
    }
}

/* So no image has a cell read more often than another one, and no lever can flip with the
 * choice of images. */
static void an_input_fires_at_most_once(void **state)
{
    (void)state;
    static const char *const codings[] = {
        "network.coding=latency", "network.coding=latency2", "network.coding=complement"};
    for (size_t c = 0; c < 3; c++) {
        struct study s;
        struct coding coding;
        struct dataset d = {0};
        struct raster r;
        struct err e = {0};
        size_t first_test;
        study_with(&s, (const char *[]){codings[c], NULL});
        assert_well(experiment_coding(&s, &coding, &e), e);
        assert_well(experiment_load_images(&s, root, &d, &first_test, &e), e);
        raster_init(&r, coding_inputs(&coding, d.features), coding.window_ms);
        for (size_t k = 0; k < d.count; k++) {
            coding_image(&coding, d.features, d.level_max, d.levels + k * d.features, &r);
            for (size_t i = 0; i < r.inputs; i++)
                assert_in_range(r.number[i], 0, 1);
        }
        raster_finish(&r);
        dataset_finish(&d);
        study_finish(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plan_follows_the_study),
        cmocka_unit_test(an_input_fires_at_most_once),
        in_folder(the_plan_follows_the_bytes_of_the_weights),
        in_folder(the_plan_follows_the_bytes_of_the_circuit),
        in_folder(the_plan_follows_the_file_that_decks_include),
        in_folder(links_within_a_circuit_count_as_files),
        in_folder(links_out_of_a_circuit_are_refused),
        in_folder(what_is_adopted_is_what_was_there),
        cmocka_unit_test(no_training_image_is_simulated),
        cmocka_unit_test(fewer_images_are_the_first_of_more),
        cmocka_unit_test(a_split_seed_of_the_study_goes_before_that_of_the_weights),
        cmocka_unit_test(images_that_were_trained_on_are_counted),
        cmocka_unit_test(a_deck_has_a_spike_for_each_bright_pixel),
        cmocka_unit_test(levers_change_what_they_say),
        cmocka_unit_test(the_network_has_the_conductances_of_the_array),
        cmocka_unit_test(the_model_of_paper_1_has_the_weights_as_trained),
        cmocka_unit_test(each_code_has_its_usual_threshold),
        cmocka_unit_test(what_cannot_be_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
