#include "cm.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "snn/weights.h"
#include "snn/weights_format.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int make_folder(void **state)
{
    char name[] = "/tmp/spikebar-test-XXXXXX";
    *state = strdup(mkdtemp(name));
    return 0;
}

static int remove_folder(void **state)
{
    dir_remove(*state);
    free(*state);
    return 0;
}

static void random_weights(struct weights *w, size_t inputs, size_t outputs)
{
    weights_init(w, inputs, outputs);
    for (uint32_t i = 0; i < inputs * outputs; i++)
        w->w[i] = rng_uniform(1, RNG_TEST, i, 0, 0);
    weights_note(w, "seed", "%d", 7);
    weights_note(w, "dataset.sha256", "%s", "abc");
    weights_note(w, "title", "two\nlines: one");
    weights_note(w, "seed", "%d", 8);
}

static int parse(const char *name, size_t n, const void *bytes,
                 const struct weights_expected *x, struct weights *w, struct err *e)
{
    *e = (struct err){0};
    return weights_parse(name, n, bytes, x, w, e);
}

static void both_formats_keep_every_bit(void **state)
{
    static const char *const names[] = {"w.csv", "w.NPY"};
    struct weights w, back;
    struct err e = {0};
    random_weights(&w, 64, 10);
    w.w[3] = 5e-324, w.w[4] = -0.0, w.w[5] = 1.7976931348623157e308;
    for (int k = 0; k < 2; k++) {
        char *path = path_join(*state, names[k]);
        assert_int_equal(weights_write(path, &w, &e), 0);
        assert_int_equal(weights_read(path, NULL, &back, &e), 0);
        assert_int_equal(back.inputs, 64);
        assert_int_equal(back.outputs, 10);
        assert_memory_equal(back.w, w.w, 640 * sizeof(double));
        assert_int_equal(back.notes, k == 0 ? 3 : 0);
        weights_finish(&back);
        free(path);
    }
    weights_finish(&w);
    weights_finish(&w);
}

static void notes_come_back_in_order(void **state)
{
    (void)state;
    struct weights w, back;
    struct buf b = {0};
    struct err e;
    random_weights(&w, 2, 2);
    assert_null(weights_find(&w, "none"));
    weights_csv_write(&w, &b);
    assert_int_equal(parse("w.csv", b.len, b.data, NULL, &back, &e), 0);
    assert_string_equal(weights_find(&back, "seed"), "8");
    assert_string_equal(weights_find(&back, "dataset.sha256"), "abc");
    assert_string_equal(weights_find(&back, "title"), "two lines: one");
    assert_string_equal(back.note[0].key, "seed");
    weights_finish(&w), weights_finish(&back);
    buf_finish(&b);
}

static void every_torn_file_is_refused(void **state)
{
    (void)state;
    struct weights w, back;
    struct buf b[2] = {0};
    struct err e;
    random_weights(&w, 3, 2);
    weights_csv_write(&w, &b[0]);
    weights_npy_write(&w, &b[1]);
    for (int k = 0; k < 2; k++) {
        for (size_t n = 0; n < b[k].len; n++) {
            assert_int_equal(parse(k ? "w.npy" : "w.csv", n, b[k].data, NULL, &back, &e),
                             -1);
            assert_true(e.text[0] && strncmp(e.place, "w.", 2) == 0 && !back.w);
        }
        buf_finish(&b[k]);
    }
    weights_finish(&w);
}

static void no_cut_into_chunks_changes_the_result(void **state)
{
    (void)state;
    static const char bad[] = "# spikebar-weights 1\n# shape: 2 2\n0.25,\"0.5\"\r\n1,x\n";
    static const struct weights_expected any = {0};
    struct weights w, back;
    struct buf b = {0};
    random_weights(&w, 4, 3);
    weights_csv_write(&w, &b);
    for (size_t chunk = 1; chunk <= b.len; chunk++) {
        struct err e = {0};
        back = (struct weights){0};
        assert_int_equal(weights_csv_parse_cut("w.csv", b.len, (unsigned char *)b.data,
                                               chunk, &any, &back, &e),
                         0);
        assert_memory_equal(back.w, w.w, 12 * sizeof(double));
        weights_finish(&back);
        assert_int_equal(weights_csv_parse_cut("w.csv", sizeof bad - 1,
                                               (const unsigned char *)bad, chunk, &any,
                                               &back, &e),
                         -1);
        assert_string_equal(e.place, "w.csv:4:2");
        weights_finish(&back);
    }
    weights_finish(&w);
    buf_finish(&b);
}

static void plain_matrices_are_read_too(void **state)
{
    (void)state;
    static const double expected[] = {0.5, 0.1, 2, -3};
    static const char text[] = "# by hand\n#\n0.5, 1e-1\n+2,-3.";
    struct weights w;
    struct err e;
    assert_int_equal(parse("w.csv", sizeof text - 1, text, NULL, &w, &e), 0);
    assert_int_equal(w.inputs, 2);
    assert_int_equal(w.outputs, 2);
    assert_int_equal(w.notes, 0);
    for (int i = 0; i < 4; i++)
        assert_close(w.w[i], expected[i], 0);
    weights_finish(&w);
}

#define HEAD "# spikebar-weights 1\n# shape: 2 2\n"

/* The project had another name once. */
static void files_under_an_earlier_name_are_read(void **state)
{
    (void)state;
    static const char text[] = "# mem"
                               "spice-weights 1\n# shape: 1 2\n# seed: 3\n1,0.5\n";
    static const char later[] = "# mem"
                                "spice-weights 2\n# shape: 1 2\n1,0.5\n";
    struct weights w;
    struct err e;
    assert_int_equal(parse("old.csv", strlen(text), text, NULL, &w, &e), 0);
    assert_int_equal(w.outputs, 2);
    assert_string_equal(weights_find(&w, "seed"), "3");
    weights_finish(&w);
    assert_int_equal(parse("old.csv", strlen(later), later, NULL, &w, &e), -1);
}

static void csv_errors_name_line_and_column(void **state)
{
    (void)state;
    static const struct weights_expected x = {
        .inputs = 2, .outputs = 2, .low = 0, .high = 1};
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {HEAD "0,1\n0,1.5\n",
         "spikebar: w.csv:4:2: expected a weight in [0, 1], found 1.5"},
        {HEAD "0,1\n-1e-9,1\n", "spikebar: w.csv:4:1: expected a weight in [0, 1], found "
                                "-1.0000000000000001e-09"},
        {HEAD "0,nan\n1,1\n", "spikebar: w.csv:3:2: expected a number, found 'nan'"},
        {HEAD "0,\n", "spikebar: w.csv:3:2: expected a number, found ''"},
        {HEAD "0,1e999\n", "spikebar: w.csv:3:2: expected a number, found '1e999'"},
        {HEAD "0,1\n0\n", "spikebar: w.csv:4:2: expected 2 columns, found 1"},
        {HEAD "0,1,\n0\n", "spikebar: w.csv:3:3: expected 2 columns, found 3"},
        {HEAD "0,1\n", "spikebar: w.csv:4:1: expected 2x2 weights (inputs x outputs), "
                       "found 1x2"},
        {HEAD "0,1\n0,0\n1,1\n",
         "spikebar: w.csv:6:1: expected 2x2 weights (inputs x outputs), found 3x2"},
        {"0,1\n", "spikebar: w.csv:2:1: expected 2x2 weights (inputs x outputs), "
                  "found 1x2"},
        {"0,1,0\n", "spikebar: w.csv:1:3: expected 2 columns, found 3"},
        {HEAD "0,\"1\"1\n",
         "spikebar: w.csv:3:2: expected a number, found a stray quote"},
        {HEAD "0,\"1\n",
         "spikebar: w.csv:3:2: expected a closing quote, found the end of the file"},
        {HEAD, "spikebar: w.csv:3:1: expected weights, found no line with numbers"},
        {HEAD "0,1\n1,0",
         "spikebar: w.csv: byte 41: torn file: expected a line end as the last byte"},
        {"# spikebar-weights 2\n",
         "spikebar: w.csv:1:1: expected '# spikebar-weights 1', found "
         "'# spikebar-weights 2'; this program reads version 1 of its weight files"},
        {"# spikebar-weights 1\n# shape: 2\n",
         "spikebar: w.csv:2:1: expected 'shape: inputs outputs', found '2'"},
        {"# spikebar-weights 1\n# shape: 3 2\n",
         "spikebar: w.csv:2:1: expected 2x2 weights (inputs x outputs), found 3x2"},
        {"# spikebar-weights 1\n0,1\n",
         "spikebar: w.csv:2:1: expected a line '# shape: inputs outputs'"},
        {"# spikebar-weights 1\n# a b: 3\n",
         "spikebar: w.csv:2:1: expected '# key: value', at most 1000 of them"},
        {"\n\n", "spikebar: w.csv:3:1: expected weights, found no line with numbers"},
        {"# by hand\n# no more",
         "spikebar: w.csv:3:1: expected weights, found no line with numbers"},
        {"", "spikebar: w.csv: expected weights, found an empty file"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct weights w;
        struct err e;
        char found[2048];
        assert_int_equal(parse("w.csv", strlen(cases[k].text), cases[k].text, &x, &w, &e),
                         -1);
        err_format(&e, sizeof found, found);
        assert_string_equal(found, cases[k].expected);
        assert_null(w.w);
        assert_int_equal(w.notes, 0);
    }
}

static void nul_bytes_and_transposed_shapes_are_named(void **state)
{
    (void)state;
    static const char nul[] = "0,1\0"
                              "2\n",
                      tall[] = "1\n2\n3\n";
    struct weights_expected wide = {.inputs = 1, .outputs = 3};
    struct weights w;
    struct err e;
    assert_int_equal(parse("w.csv", sizeof nul - 1, nul, NULL, &w, &e), -1);
    assert_string_equal(e.text, "expected a number, found '1\\x002'");
    struct weights_expected rows = {.inputs = 3, .outputs = 1};
    assert_int_equal(parse("w.csv", 6, tall, &rows, &w, &e), 0);
    struct buf b = {0};
    weights_npy_write(&w, &b);
    weights_finish(&w);
    assert_int_equal(parse("w.npy", b.len, b.data, &wide, &w, &e), -1);
    assert_string_equal(e.text, "expected 1x3 weights (inputs x outputs), found 3x1");
    assert_string_equal(e.hint, "the matrix is transposed");
    wide.noun = "conductance";
    assert_int_equal(parse("w.npy", b.len, b.data, &wide, &w, &e), -1);
    assert_string_equal(e.text,
                        "expected 1x3 conductances (inputs x outputs), found 3x1");
    buf_finish(&b);
}

/* An NPY file of `major`.0 with the given header text and n bytes behind it. */
static void make_npy(int major, const char *header, size_t n, const void *numbers,
                     struct buf *b)
{
    unsigned char lead[12] = {0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)major};
    lead[8] = (unsigned char)strlen(header);
    buf_clear(b);
    buf_append(b, lead, major == 1 ? 10 : 12);
    buf_puts(b, header);
    buf_append(b, numbers, n);
}

/* The header as NumPy 1.24 writes it for numpy.save of a 2x3 array, without its
 * padding; both orders of the same matrix, both widths. */
static void numpy_variants_give_the_same_matrix(void **state)
{
    (void)state;
    static const double c_order[] = {1, 2, 3, 4, 5, 6}, f_order[] = {1, 4, 2, 5, 3, 6};
    static const float narrow[] = {1, 2, 3, 4, 5, 6};
    static const struct {
        int major;
        const char *header;
        size_t n;
        const void *numbers;
    } cases[] = {
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }   \n", 48,
         c_order},
        {2, "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n", 48, f_order},
        {1, "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}", 24, narrow},
    };
    for (int k = 0; k < 3; k++) {
        struct buf b = {0};
        struct weights w;
        struct err e;
        make_npy(cases[k].major, cases[k].header, cases[k].n, cases[k].numbers, &b);
        assert_int_equal(parse("any.csv", b.len, b.data, NULL, &w, &e), 0);
        assert_int_equal(w.inputs, 2);
        assert_int_equal(w.outputs, 3);
        assert_memory_equal(w.w, c_order, sizeof c_order);
        weights_finish(&w);
        buf_finish(&b);
    }
}

static void written_npy_has_numpys_header(void **state)
{
    (void)state;
    struct weights w;
    struct buf b = {0};
    random_weights(&w, 64, 10);
    weights_npy_write(&w, &b);
    assert_int_equal(b.len, 128 + 5120);
    assert_memory_equal(b.data,
                        "\x93NUMPY\1\0\x76\0{'descr': '<f8', 'fortran_order': "
                        "False, 'shape': (64, 10), }  ",
                        72);
    assert_int_equal(b.data[127], '\n');
    weights_finish(&w);
    buf_finish(&b);
}

static void npy_errors_say_what_was_expected(void **state)
{
    (void)state;
    static const double numbers[] = {0.5, 1, 0, 2, 0};
    static const struct {
        int major;
        const char *header;
        size_t n;
        const char *expected;
    } cases[] = {
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", 32,
         "w.npy: weight [1][1]: expected a weight in [0, 1], found 2"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", 31,
         "w.npy: byte 69: expected 32 bytes of numbers, found 31"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", 33,
         "w.npy: byte 69: expected 32 bytes of numbers, found 33"},
        {1, "{'descr': '>f8', 'fortran_order': False, 'shape': (2, 2), }", 32,
         "w.npy: expected numbers of type '<f8' or '<f4', found '>f8'"},
        {1, "{'descr': '|b1', 'fortran_order': False, 'shape': (2, 2), }", 4,
         "w.npy: expected numbers of type '<f8' or '<f4', found '|b1'"},
        {1, "{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (2, 2), }", 32,
         "w.npy: byte 20: expected a quoted word, found '['"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }", 32,
         "w.npy: byte 63: expected two axes, inputs and outputs, found ')'"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 2), }", 32,
         "w.npy: byte 67: expected two axes, inputs and outputs, found '2'"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2), }", 0,
         "w.npy: byte 62: expected an axis of 1 to 1048576, found ','"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 99999999), }", 32,
         "w.npy: byte 71: expected an axis of 1 to 1048576, found '9'"},
        {1, "{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 2), }", 32,
         "w.npy: byte 44: expected True or False, found '0'"},
        {1, "{'descr': '<f8', 'shape': (2, 2), }", 32,
         "w.npy: byte 45: expected descr, fortran_order and shape as keys before it, "
         "found byte 0x00"},
        {1, "{'kind': 3}", 32,
         "w.npy: byte 18: expected descr, fortran_order and shape as keys, found ' '"},
        {1, "(2, 2)", 32, "w.npy: byte 10: expected '{', found '('"},
        {3, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", 32,
         "w.npy: byte 6: expected an NPY file of version 1.0 or 2.0, found 3.0"},
    };
    static const struct weights_expected x = {.low = 0, .high = 1};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct buf b = {0};
        struct weights w;
        struct err e;
        char found[2048];
        make_npy(cases[k].major, cases[k].header, cases[k].n, numbers, &b);
        assert_int_equal(parse("w.npy", b.len, b.data, &x, &w, &e), -1);
        assert_int_equal(e.code, ERR_INPUT);
        err_format(&e, sizeof found, found);
        assert_string_equal(found + strlen("spikebar: "), cases[k].expected);
        buf_finish(&b);
    }
}

static void not_a_number_is_refused_in_npy(void **state)
{
    (void)state;
    struct weights w, back;
    struct buf b = {0};
    struct err e;
    random_weights(&w, 2, 2);
    w.w[2] = NAN;
    weights_npy_write(&w, &b);
    assert_int_equal(parse("w.npy", b.len, b.data, NULL, &back, &e), -1);
    assert_string_equal(e.place, "w.npy: weight [1][0]");
    assert_string_equal(e.text, "expected a finite weight, found nan");
    weights_finish(&w);
    buf_finish(&b);
}

static void unknown_names_are_refused(void **state)
{
    struct weights w;
    struct err e = {0};
    char *path = path_join(*state, "w.txt");
    random_weights(&w, 2, 2);
    assert_int_equal(weights_write(path, &w, &e), -1);
    assert_string_equal(e.text, "unknown weight format");
    assert_string_equal(e.hint, "give a name that ends in .csv or .npy");
    assert_false(file_exists(path));
    weights_finish(&w);
    assert_int_equal(parse("w.txt", 3, "1,2", NULL, &w, &e), -1);
    assert_string_equal(e.text, "unknown format of weights");
    assert_int_equal(weights_read(path, NULL, &w, &e), -1);
    assert_int_equal(e.code, ERR_FILE);
    assert_int_equal(weights_write("/none/w.csv", &w, &e), -1);
    assert_int_equal(e.code, ERR_FILE);
    free(path);
}

static void same_weights_have_the_same_bits_and_shape(void **state)
{
    (void)state;
    struct weights a, b, turned;
    random_weights(&a, 4, 6);
    random_weights(&b, 4, 6);
    weights_init(&turned, 6, 4);
    memcpy(turned.w, a.w, 24 * sizeof a.w[0]);
    assert_true(weights_same(&a, &b));
    assert_false(weights_same(&a, &turned));
    b.w[23] = nextafter(b.w[23], 2);
    assert_false(weights_same(&a, &b));
    a.w[0] = 0, b.w[0] = -0.0, b.w[23] = a.w[23];
    assert_false(weights_same(&a, &b));
    weights_finish(&a), weights_finish(&b), weights_finish(&turned);
}

static void notes_are_taken_over(void **state)
{
    (void)state;
    struct weights a, b;
    random_weights(&a, 2, 2);
    weights_init(&b, 3, 3);
    weights_note(&b, "seed", "5");
    weights_note(&b, "unit", "S");
    weights_take_notes(&b, &a);
    assert_int_equal(b.notes, 4);
    assert_string_equal(weights_find(&b, "seed"), "8"); /* the newer one counts */
    assert_string_equal(weights_find(&b, "unit"), "S");
    assert_string_equal(weights_find(&b, "title"), "two lines: one");
    weights_finish(&a), weights_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_formats_keep_every_bit),
        cmocka_unit_test(notes_come_back_in_order),
        cmocka_unit_test(same_weights_have_the_same_bits_and_shape),
        cmocka_unit_test(notes_are_taken_over),
        cmocka_unit_test(every_torn_file_is_refused),
        cmocka_unit_test(no_cut_into_chunks_changes_the_result),
        cmocka_unit_test(plain_matrices_are_read_too),
        cmocka_unit_test(files_under_an_earlier_name_are_read),
        cmocka_unit_test(csv_errors_name_line_and_column),
        cmocka_unit_test(nul_bytes_and_transposed_shapes_are_named),
        cmocka_unit_test(numpy_variants_give_the_same_matrix),
        cmocka_unit_test(written_npy_has_numpys_header),
        cmocka_unit_test(npy_errors_say_what_was_expected),
        cmocka_unit_test(not_a_number_is_refused_in_npy),
        cmocka_unit_test(unknown_names_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
