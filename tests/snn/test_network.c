#include "cm.h"

#include "base/mem.h"
#include "num/stats.h"
#include "snn/anytime.h"
#include "snn/network.h"
#include "snn/random_net.h"
#include "snn/stepped.h"

#include <stdlib.h>
#include <string.h>

static const char *const models[] = {"double-exponential", "circuit"};

static void start(struct network *n, const char *model, size_t inputs, size_t outputs)
{
    struct kernel k;
    struct err e = {0};
    assert_int_equal(kernel_init(&k, model, 100, &e), 0);
    network_init(n, inputs, outputs, &k);
}

/* One spike through weight 1 is the unit response, shifted; peak 1 with the paper's. */
static void one_spike_is_the_unit_response(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++) {
        struct network n;
        struct raster r;
        double trace[100][2], maxima[2];
        int time_ms[2];
        start(&n, models[m], 3, 2);
        n.weights[2 * 2 + 1] = 1;
        raster_init(&r, 3, 100);
        raster_add(&r, 2, 40);
        network_membrane(&n, &r, 100, 2, trace);
        for (int t = 0; t < 100; t++) {
            assert_close(trace[t][1], t < 40 ? 0 : n.kernel.response[t - 40], 0);
            assert_close(trace[t][0], 0, 0);
        }
        assert_int_equal(network_maxima(&n, &r, 2, maxima, time_ms), 1);
        assert_close(maxima[1], 1, m ? 1e-3 : 0);
        assert_int_equal(time_ms[1], m ? 45 : 46);
        assert_int_equal(time_ms[0], 0);
        raster_finish(&r);
        network_finish(&n);
    }
}

static void assert_same_trace(const struct network *n, const struct raster *r,
                              size_t outputs)
{
    double trace[100][outputs], stepped[100][outputs];
    network_membrane(n, r, 100, outputs, trace);
    network_membrane_stepped(n, r, 100, outputs, stepped);
    for (int t = 0; t < 100; t++)
        for (size_t j = 0; j < outputs; j++)
            assert_close(stepped[t][j], trace[t][j], 2e-13);
}

static void assert_same_maxima(const struct network *n, const struct raster *r,
                               size_t outputs)
{
    double trace[100][outputs], maxima[outputs], column[100];
    int time_ms[outputs];
    size_t class = network_maxima(n, r, outputs, maxima, time_ms);
    network_membrane(n, r, 100, outputs, trace);
    for (size_t j = 0; j < outputs; j++) {
        for (int t = 0; t < 100; t++)
            column[t] = trace[t][j];
        assert_close(maxima[j], column[stats_argmax(100, column)], 2e-13);
        assert_close(maxima[j], column[time_ms[j]], 2e-13);
    }
    assert_int_equal(class, stats_argmax(outputs, maxima));
}

static void closed_form_steps_and_volleys_agree(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++)
        for (uint32_t round = 0; round < 40; round++) {
            size_t outputs = round % 2 ? 10 : 7;
            struct network n;
            struct raster r;
            start(&n, models[m], 30, outputs);
            n.w_offset = round % 3 ? 0.0293 : 0;
            random_weights(round, round % 4 ? 0 : -1, 1, &n);
            raster_init(&r, 30, 100);
            random_raster(round, round % 5 ? 1 : 6, &r);
            assert_same_trace(&n, &r, outputs);
            assert_same_maxima(&n, &r, outputs);
            raster_finish(&r);
            network_finish(&n);
        }
}

static void continuous_time_meets_the_whole_ms(void **state)
{
    (void)state;
    struct network n;
    struct raster r;
    double trace[100][7], v[7];
    start(&n, "circuit", 30, 7);
    n.w_offset = 0.0293;
    random_weights(3, 0, 1, &n);
    raster_init(&r, 30, 100);
    random_raster(3, 4, &r);
    network_membrane(&n, &r, 100, 7, trace);
    for (int t = 0; t < 100; t++) {
        network_membrane_at(&n, &r, 1e-3 * t, 7, v);
        for (int j = 0; j < 7; j++)
            assert_close(v[j], trace[t][j], 1e-12);
    }
    raster_finish(&r);
    network_finish(&n);
}

/* w and w_offset enter only as their sum. */
static void offset_adds_to_every_weight(void **state)
{
    (void)state;
    struct network n, shifted;
    struct raster r;
    double a[10], b[10];
    int time_ms[10];
    start(&n, "circuit", 30, 10);
    start(&shifted, "circuit", 30, 10);
    random_weights(1, 0, 1, &n);
    for (size_t i = 0; i < 300; i++)
        shifted.weights[i] = n.weights[i] + 0.0293;
    n.w_offset = 0.0293;
    raster_init(&r, 30, 100);
    random_raster(1, 1, &r);
    network_maxima(&n, &r, 10, a, time_ms);
    network_maxima(&shifted, &r, 10, b, time_ms);
    for (int j = 0; j < 10; j++)
        assert_close(a[j], b[j], 1e-13);
    raster_finish(&r);
    network_finish(&n), network_finish(&shifted);
}

static void silence_and_equals_give_the_first_class(void **state)
{
    (void)state;
    struct network n;
    struct raster r;
    double maxima[10];
    int time_ms[10];
    start(&n, "double-exponential", 5, 10);
    raster_init(&r, 5, 100);
    assert_int_equal(network_maxima(&n, &r, 10, maxima, time_ms), 0);
    assert_close(maxima[9], 0, 0);
    n.weights[3 * 10 + 4] = n.weights[3 * 10 + 6] = 0.5;
    raster_add(&r, 3, 10);
    assert_int_equal(network_maxima(&n, &r, 10, maxima, time_ms), 4);
    raster_finish(&r);
    network_finish(&n);
    network_finish(&n);
}

/* Spikes behind the kernel's window cannot show in it. */
static void a_shorter_window_cuts_the_trace(void **state)
{
    (void)state;
    struct network n;
    struct raster r;
    double trace[20][3], stepped[20][3], maxima[3];
    int time_ms[3];
    struct kernel k;
    struct err e = {0};
    assert_int_equal(kernel_init(&k, "circuit", 20, &e), 0);
    network_init(&n, 30, 3, &k);
    random_weights(2, 0, 1, &n);
    raster_init(&r, 30, 100);
    random_raster(2, 2, &r);
    network_membrane(&n, &r, 20, 3, trace);
    network_membrane_stepped(&n, &r, 20, 3, stepped);
    network_maxima(&n, &r, 3, maxima, time_ms);
    for (int j = 0; j < 3; j++) {
        assert_true(time_ms[j] < 20);
        assert_close(maxima[j], trace[time_ms[j]][j], 1e-13);
        for (int t = 0; t < 20; t++)
            assert_close(trace[t][j], stepped[t][j], 1e-13);
    }
    raster_finish(&r);
    network_finish(&n);
}

/* <J dw, u> = <dw, J^T u>: J dw is the membrane of a network with weights dw at the
 * times of the maxima. */
static void backward_is_the_adjoint(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 20; round++) {
        struct network n, direction;
        struct raster r;
        struct samples s;
        double maxima[10], u[10], gradient[30][10] = {0}, trace[100][10];
        double forward = 0, backward = 0;
        int time_ms[10];
        start(&n, models[round % 2], 30, 10);
        start(&direction, models[round % 2], 30, 10);
        random_weights(round, 0, 1, &n);
        random_weights(round + 100, -1, 1, &direction);
        raster_init(&r, 30, 100);
        random_raster(round, round % 3 ? 1 : 4, &r);
        samples_init(&s, 30, 100);
        samples_add(&s, &r, 0);
        network_maxima(&n, &r, 10, maxima, time_ms);
        network_membrane(&direction, &r, 100, 10, trace);
        for (uint32_t j = 0; j < 10; j++) {
            u[j] = random_unit(round, j, 9) - 0.5;
            forward += u[j] * trace[time_ms[j]][j];
        }
        network_backward(&n, &s, 0, 10, u, time_ms, gradient);
        for (int i = 0; i < 300; i++)
            backward += gradient[i / 10][i % 10] * direction.weights[i];
        assert_close(forward, backward, 1e-12);
        samples_finish(&s);
        raster_finish(&r);
        network_finish(&n), network_finish(&direction);
    }
}

static void volleys_hold_every_spike_once_in_order(void **state)
{
    (void)state;
    struct samples s;
    struct raster r;
    samples_init(&s, 30, 100);
    raster_init(&r, 30, 100);
    for (uint32_t m = 0; m < 100; m++) {
        random_raster(m, 5, &r);
        samples_add(&s, &r, (uint8_t)m);
        size_t spikes = 0;
        for (size_t g = s.first[m]; g < s.first[m + 1]; g++) {
            const struct volley *v = &s.volleys[g];
            assert_true(g == s.first[m] || v->time_ms > v[-1].time_ms);
            assert_true(v->number > 0);
            spikes += v->number;
            for (uint32_t k = 0; k < v->number; k++) {
                uint32_t i = s.input[v->first + k];
                size_t hits = 0;
                assert_true(k == 0 || i > s.input[v->first + k - 1]);
                for (size_t f = 0; f < r.number[i]; f++)
                    hits += r.time_ms[r.first[i] + f] == v->time_ms;
                assert_int_equal(hits, 1);
            }
        }
        assert_int_equal(spikes, r.count);
    }
    assert_int_equal(s.count, 100);
    assert_int_equal(s.labels[99], 99);
    raster_finish(&r);
    samples_finish(&s);
    samples_finish(&s);
}

static void accuracy_counts_the_right_classes(void **state)
{
    (void)state;
    struct network n;
    struct samples s;
    struct raster r;
    uint8_t classes[3];
    start(&n, "circuit", 3, 3);
    samples_init(&s, 3, 100);
    assert_close(network_accuracy(&n, &s), 0, 0);
    raster_init(&r, 3, 100);
    for (size_t i = 0; i < 3; i++) {
        n.weights[3 * i + i] = 1;
        raster_clear(&r);
        raster_add(&r, i, 5);
        samples_add(&s, &r, i == 2 ? 0 : (uint8_t)i);
    }
    network_classify(&n, &s, classes);
    assert_int_equal(classes[2], 2);
    assert_close(network_accuracy(&n, &s), 2 / 3., 1e-15);
    raster_finish(&r);
    samples_finish(&s);
    network_finish(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_spike_is_the_unit_response),
        cmocka_unit_test(closed_form_steps_and_volleys_agree),
        cmocka_unit_test(continuous_time_meets_the_whole_ms),
        cmocka_unit_test(offset_adds_to_every_weight),
        cmocka_unit_test(silence_and_equals_give_the_first_class),
        cmocka_unit_test(a_shorter_window_cuts_the_trace),
        cmocka_unit_test(backward_is_the_adjoint),
        cmocka_unit_test(volleys_hold_every_spike_once_in_order),
        cmocka_unit_test(accuracy_counts_the_right_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
