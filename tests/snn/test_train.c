#include "cm.h"

#include "base/mem.h"
#include "num/stats.h"
#include "snn/adam.h"
#include "snn/ann.h"
#include "snn/digits.h"
#include "snn/random_net.h"
#include "snn/softmax.h"
#include "snn/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char shipped[] = SPIKEBAR_SOURCE_ROOT "/datasets/digits.csv.gz";

static void load(struct digits *g, uint64_t seed)
{
    struct err e = {0};
    assert_int_equal(digits_load(shipped, "latency", seed, g, &e), 0);
}

static void start(struct network *n, const char *model)
{
    struct kernel k;
    struct err e = {0};
    assert_int_equal(kernel_init(&k, model, 100, &e), 0);
    network_init(n, 64, 10, &k);
}

static struct train_result run(struct network *n, const struct digits *g,
                               const struct train_options *o)
{
    struct train_result result;
    struct err e = {0};
    assert_int_equal(train_network(n, &g->train, &g->test, o, &result, &e), 0);
    return result;
}

static void softmax_has_its_closed_form(void **state)
{
    (void)state;
    double z[] = {0, log(3)}, far[] = {1e4, 0, -1e4};
    assert_close(softmax_cross_entropy(2, z, 0), log(4), 1e-15);
    assert_close(z[0], 0.25 - 1, 1e-15);
    assert_close(z[1], 0.75, 1e-15);
    assert_close(softmax_cross_entropy(3, far, 2), 2e4, 1e-9);
    assert_close(far[0], 1, 0);
}

/* |L(w + h d, s + h) - L - h (g d + L_s)| falls as h^2. */
static void gradient_passes_the_taylor_test(void **state)
{
    (void)state;
    struct digits g;
    uint32_t pick[20];
    double gradient[64][10], ignored[64][10], d_scale, ignored_scale;
    size_t right;
    load(&g, 0);
    double(*drive)[10] = mem_alloc(g.train.volleys_max, sizeof drive[0]);
    for (uint32_t m = 0; m < 20; m++)
        pick[m] = 7 * m;
    for (uint32_t round = 0; round < 4; round++) {
        struct network n, moved;
        const char *model = round % 2 ? "circuit" : "double-exponential";
        double remainder[2], slope, scale = 0.7;
        start(&n, model), start(&moved, model);
        n.w_offset = moved.w_offset = round / 2 * 0.0293;
        random_weights(round, 0, 1, &n);
        double loss = train_gradient(&n, &g.train, scale, 20, pick, 10, gradient,
                                     &d_scale, &right, drive);
        for (int halved = 0; halved < 2; halved++) {
            double h = halved ? 1e-4 : 2e-4;
            slope = d_scale;
            for (uint32_t i = 0; i < 640; i++) {
                double d = 2 * random_unit(round, i, 5) - 1;
                moved.weights[i] = n.weights[i] + h * d;
                slope += gradient[i / 10][i % 10] * d;
            }
            remainder[halved] = train_gradient(&moved, &g.train, scale + h, 20, pick, 10,
                                               ignored, &ignored_scale, &right, drive) -
                                loss - h * slope;
        }
        assert_true(fabs(slope) > 1e-2);
        assert_true(fabs(remainder[0]) < 1e-3 * 2e-4 * fabs(slope) + 1e-6);
        assert_close(remainder[0] / remainder[1], 4, 0.1);
        network_finish(&n), network_finish(&moved);
    }
    free(drive);
    digits_finish(&g);
}

static void ann_gradient_passes_the_taylor_test(void **state)
{
    (void)state;
    struct digits g;
    struct ann a, moved;
    double gradient[65][10], ignored[65][10], remainder[2];
    load(&g, 0);
    struct ann_images images = {g.d.count, g.d.level_max, g.d.levels, g.d.labels};
    ann_init(&a, 64, 10), ann_init(&moved, 64, 10);
    for (uint32_t i = 0; i < 650; i++)
        a.weights[i] = random_unit(1, i, 0) - 0.5;
    double loss = ann_gradient(&a, &images, 20, g.split.train, 10, gradient);
    for (int halved = 0; halved < 2; halved++) {
        double h = halved ? 1e-3 : 2e-3, slope = 0;
        for (uint32_t i = 0; i < 650; i++) {
            double d = 2 * random_unit(2, i, 0) - 1;
            moved.weights[i] = a.weights[i] + h * d;
            slope += gradient[i / 10][i % 10] * d;
        }
        remainder[halved] =
            ann_gradient(&moved, &images, 20, g.split.train, 10, ignored) - loss -
            h * slope;
        assert_true(fabs(slope) > 1e-2);
    }
    assert_close(remainder[0] / remainder[1], 4, 0.1);
    ann_finish(&a), ann_finish(&moved);
    digits_finish(&g);
}

/* With one gradient g the first step is rate sign(g); m and v by hand for the second. */
static void adam_steps_as_by_hand(void **state)
{
    (void)state;
    struct adam a;
    double x[2] = {1, 2}, g[2] = {0.5, -4}, g2[2] = {-0.25, 0};
    adam_init(&a, 2);
    adam_step(&a, 0.1, 2, g, x);
    assert_close(x[0], 0.9, 1e-8);
    assert_close(x[1], 2.1, 1e-8);
    adam_step(&a, 0.1, 2, g2, x);
    double m = (0.9 * 0.1 * 0.5 - 0.1 * 0.25) / (1 - 0.81);
    double v = (0.999 * 1e-3 * 0.25 + 1e-3 * 0.0625) / (1 - 0.999 * 0.999);
    assert_close(x[0], 0.9 - 0.1 * m / sqrt(v), 1e-7);
    adam_finish(&a);
    adam_finish(&a);
    /* A gradient as small as epsilon, 1e-8, makes half a step. */
    double small[2] = {1e-8, -1e-8}, y[2] = {0};
    adam_init(&a, 2);
    adam_step(&a, 0.1, 2, small, y);
    assert_close(y[0], -0.05, 1e-9);
    assert_close(y[1], 0.05, 1e-9);
    adam_finish(&a);
    assert_close(adam_cosine_rate(2, 0, 10), 2, 0);
    assert_close(adam_cosine_rate(2, 5, 10), 1, 1e-15);
    assert_close(adam_cosine_rate(2, 10, 10), 0, 1e-15);
}

/* Bounds about three standard errors under the means of seeds 0 to 4, see
 * measure_accuracy. */
static void digits_are_learnt(void **state)
{
    (void)state;
    static const char *const models[] = {"double-exponential", "circuit"};
    for (int m = 0; m < 2; m++) {
        double accuracy[3];
        for (uint64_t seed = 0; seed < 3; seed++) {
            struct digits g;
            struct network n;
            struct train_options o;
            load(&g, seed);
            start(&n, models[m]);
            n.w_offset = m * 0.0293;
            train_defaults(&o);
            o.seed = seed;
            accuracy[seed] = run(&n, &g, &o).test_accuracy;
            for (size_t i = 0; i < 640; i++)
                assert_true(n.weights[i] >= 0 && n.weights[i] <= 1);
            network_finish(&n);
            digits_finish(&g);
        }
        assert_true(stats_mean(3, accuracy) > 0.895);
    }
}

static void signed_weights_and_softmax_learn_more(void **state)
{
    (void)state;
    struct digits g;
    struct network n;
    struct train_options o;
    struct ann a;
    struct ann_options ao;
    bool negative = false;
    load(&g, 0);
    start(&n, "double-exponential");
    train_defaults_signed(&o);
    assert_true(run(&n, &g, &o).test_accuracy > 0.92);
    for (size_t i = 0; i < 640; i++)
        negative |= n.weights[i] < 0;
    assert_true(negative);
    struct ann_images images = {g.d.count, g.d.level_max, g.d.levels, g.d.labels};
    ann_init(&a, 64, 10);
    ann_defaults(&ao);
    ann_train(&a, &images, g.split.train_count, g.split.train, &ao);
    assert_true(ann_accuracy(&a, &images, g.split.test_count, g.split.test) > 0.95);
    assert_true(ann_accuracy(&a, &images, g.split.train_count, g.split.train) > 0.975);
    ann_finish(&a);
    network_finish(&n);
    digits_finish(&g);
}

static void bits_train_on_their_levels(void **state)
{
    (void)state;
    struct digits g;
    static const double bound[] = {0, 0.80, 0.86, 0.87};
    load(&g, 0);
    for (int bits = 1; bits <= 3; bits++) {
        struct network n;
        struct train_options o;
        start(&n, "double-exponential");
        train_defaults(&o);
        o.bits = bits;
        assert_true(run(&n, &g, &o).test_accuracy > bound[bits]);
        for (size_t i = 0; i < 640; i++) {
            double level = n.weights[i] * ((1 << bits) - 1);
            assert_close(level, round(level), 1e-12);
        }
        network_finish(&n);
    }
    digits_finish(&g);
}

static bool stop_at(void *context, const struct train_epoch *epoch)
{
    int *left = context;
    assert_true(isfinite(epoch->loss) && epoch->epochs == 3);
    assert_true(epoch->test_accuracy >= 0 && epoch->test_accuracy <= 1);
    return --*left > 0;
}

static void the_seed_decides_and_watching_does_not(void **state)
{
    (void)state;
    struct digits g;
    struct network n[3];
    struct train_options o;
    int left = 4;
    load(&g, 0);
    train_defaults(&o);
    o.epochs = 3;
    for (int k = 0; k < 3; k++) {
        start(&n[k], "double-exponential");
        o.seed = k == 2;
        o.on_epoch = k == 1 ? stop_at : NULL;
        o.context = &left;
        run(&n[k], &g, &o);
    }
    assert_int_equal(left, 1);
    assert_memory_equal(n[0].weights, n[1].weights, 640 * sizeof(double));
    assert_memory_not_equal(n[0].weights, n[2].weights, 640 * sizeof(double));
    left = 2;
    o.on_epoch = stop_at;
    struct train_result result = run(&n[0], &g, &o);
    assert_int_equal(result.epochs, 2);
    assert_close(result.train_accuracy, network_accuracy(&n[0], &g.train), 0);
    for (int k = 0; k < 3; k++)
        network_finish(&n[k]);
    digits_finish(&g);
}

/* Without an epoch the weights are the start's: uniform in (0, start_high). */
static void the_start_follows_from_the_seed(void **state)
{
    (void)state;
    struct digits g;
    struct network n[2];
    struct train_options o;
    load(&g, 0);
    train_defaults(&o);
    o.epochs = 0;
    for (int k = 0; k < 2; k++) {
        start(&n[k], "double-exponential");
        o.seed = (uint64_t)k;
        assert_int_equal(run(&n[k], &g, &o).epochs, 0);
        assert_close(stats_mean(640, n[k].weights), 0.25, 0.025);
        assert_true(stats_max_abs(640, n[k].weights) < 0.5);
    }
    assert_memory_not_equal(n[0].weights, n[1].weights, 640 * sizeof(double));
    network_finish(&n[0]), network_finish(&n[1]);
    digits_finish(&g);
}

static void noise_moves_the_result(void **state)
{
    (void)state;
    struct digits g;
    struct network n[3];
    struct train_options o;
    load(&g, 0);
    train_defaults(&o);
    o.epochs = 1;
    for (int k = 0; k < 3; k++) {
        start(&n[k], "double-exponential");
        o.noise = 0.1 * k;
        run(&n[k], &g, &o);
    }
    assert_memory_not_equal(n[0].weights, n[1].weights, 640 * sizeof(double));
    assert_memory_not_equal(n[1].weights, n[2].weights, 640 * sizeof(double));
    for (int k = 0; k < 3; k++)
        network_finish(&n[k]);
    digits_finish(&g);
}

/* ---- training as train.c's first lines order it, by hand ---- */

enum { IN = 6, OUT = 3, IMAGES = 8 };

static void make_samples(struct samples *s)
{
    struct raster r;
    raster_init(&r, IN, 100);
    samples_init(s, IN, 100);
    for (uint32_t m = 0; m < IMAGES; m++) {
        random_raster(m, 2, &r);
        samples_add(s, &r, (uint8_t)(m % OUT));
    }
    raster_finish(&r);
}

/* Weights as a step sees them: on their levels, then with noise. */
static void show(const struct train_options *o, const double w[], uint32_t batch,
                 uint32_t epoch, double used[])
{
    double top = ldexp(1, o->bits) - 1, z[4];
    for (uint32_t i = 0; i < IN * OUT; i++) {
        used[i] = o->bits ? floor(w[i] * top + 0.5) / top : w[i];
        if (o->noise == 0 || epoch == UINT32_MAX)
            continue;
        rng_normal4(o->seed, RNG_WEIGHT_NOISE, i / 4, batch, epoch, z);
        used[i] += o->noise * z[i % 4] * used[i];
    }
}

/* The epochs one after another; o->epochs - 1's means in *last. */
static void train_by_hand(struct network *n, const struct samples *s, double high,
                          const struct train_options *o, struct train_epoch *last)
{
    double w[IN * OUT], gradient[IN * OUT], d_scale;
    double(*drive)[OUT] = mem_alloc(s->volleys_max, sizeof drive[0]);
    uint32_t order[IMAGES], batches = (uint32_t)((IMAGES - 1) / o->batch + 1);
    struct adam a, a_scale;
    adam_init(&a, IN * OUT), adam_init(&a_scale, 1);
    last->scale = o->scale;
    for (uint32_t i = 0; i < IN * OUT; i++)
        w[i] = high * rng_uniform(o->seed, RNG_INIT, i, 0, 0);
    for (uint32_t step = 0; step < batches * (uint32_t)o->epochs; step++) {
        uint32_t epoch = step / batches, batch = step % batches;
        size_t first = batch * o->batch, right;
        size_t count = first + o->batch > IMAGES ? IMAGES - first : o->batch;
        if (batch == 0) {
            rng_permute(o->seed, RNG_SHUFFLE, epoch, IMAGES, order);
            last->loss = last->train_accuracy_noisy = 0;
        }
        show(o, w, batch, epoch, n->weights);
        double loss = train_gradient(n, s, last->scale, count, order + first, OUT,
                                     (double(*)[OUT])gradient, &d_scale, &right, drive);
        last->loss += loss * (double)count / IMAGES;
        last->train_accuracy_noisy += (double)right / IMAGES;
        last->rate = adam_cosine_rate(o->rate, step, batches * (size_t)o->epochs);
        adam_step(&a, last->rate, IN * OUT, gradient, w);
        for (int i = 0; i < IN * OUT && o->positive; i++)
            w[i] = w[i] < 0 ? 0 : w[i] > 1 ? 1 : w[i];
        if (o->train_scale)
            adam_step(&a_scale, last->rate, 1, &d_scale, &last->scale);
        last->scale = last->scale < 1e-3 ? 1e-3 : last->scale;
    }
    show(o, w, 0, UINT32_MAX, n->weights);
    adam_finish(&a), adam_finish(&a_scale);
    free(drive);
}

static bool keep_epoch(void *context, const struct train_epoch *epoch)
{
    *(struct train_epoch *)context = *epoch;
    return true;
}

/* Both noises, levels, either sign, batches that fill up and one that does not, a scale
 * that falls to its least value. */
static void training_is_that_of_its_description(void **state)
{
    (void)state;
    struct samples s;
    bool least = false, cut = false;
    make_samples(&s);
    for (uint32_t k = 0; k < 48; k++) {
        struct network n, hand;
        struct kernel kernel;
        struct train_options o;
        struct train_epoch seen = {0}, expected = {0};
        struct train_result result;
        struct err e = {0};
        train_defaults(&o);
        o.seed = k;
        o.epochs = 1 + k % 3;
        o.batch = k % 2 ? 3 : 4;
        o.rate = k % 5 ? 0.02 : 0.3;
        o.scale = k % 5 ? 1 : 0.25;
        o.positive = k % 4 != 0;
        o.bits = k % 4 == 1 ? 2 : k % 4 == 2 ? 3 : 0;
        o.noise = k % 3 * 0.1;
        o.train_scale = k % 8 != 3;
        o.on_epoch = keep_epoch;
        o.context = &seen;
        assert_int_equal(kernel_init(&kernel, "circuit", 100, &e), 0);
        network_init(&n, IN, OUT, &kernel), network_init(&hand, IN, OUT, &kernel);
        assert_int_equal(train_network(&n, &s, k % 6 ? &s : NULL, &o, &result, &e), 0);
        train_by_hand(&hand, &s, o.bits == 2 ? 1 : 0.5, &o, &expected);
        for (int i = 0; i < IN * OUT; i++) {
            assert_close(n.weights[i], hand.weights[i], 1e-12);
            cut |= n.weights[i] == 0 || n.weights[i] == 1;
        }
        least |= result.scale == 1e-3;
        assert_close(result.scale, expected.scale, 1e-12);
        assert_close(result.loss, expected.loss, 1e-12);
        assert_int_equal(result.epochs, o.epochs);
        assert_close(result.train_accuracy, network_accuracy(&hand, &s), 0);
        if (k % 6)
            assert_close(result.test_accuracy, result.train_accuracy, 0);
        else
            assert_true(isnan(result.test_accuracy));
        assert_int_equal(seen.epoch, o.epochs);
        assert_int_equal(seen.epochs, o.epochs);
        assert_close(seen.scale, result.scale, 0);
        assert_close(seen.loss, result.loss, 0);
        assert_close(seen.rate, expected.rate, 1e-15);
        assert_close(seen.train_accuracy_noisy, expected.train_accuracy_noisy, 1e-12);
        assert_close(result.train_accuracy_noisy, seen.train_accuracy_noisy, 0);
        assert_true(k % 6 ? seen.test_accuracy == result.test_accuracy
                          : isnan(seen.test_accuracy));
        network_finish(&n), network_finish(&hand);
    }
    assert_true(least && cut);
    samples_finish(&s);
}

/* The yardstick too: uniform start, mean gradient, Adam, half a cosine. Without weights
 * its loss is the logarithm of the number of classes. */
static void the_yardstick_trains_as_described(void **state)
{
    (void)state;
    enum { PIXELS = 4, WEIGHTS = (PIXELS + 1) * OUT, MOST = 7 };
    uint8_t levels[IMAGES * PIXELS], labels[IMAGES];
    uint32_t pick[MOST], order[MOST];
    double w[WEIGHTS], gradient[WEIGHTS];
    for (uint32_t i = 0; i < IMAGES * PIXELS; i++)
        levels[i] = (uint8_t)(17 * random_unit(5, i, 0));
    for (uint32_t m = 0; m < IMAGES; m++)
        labels[m] = (uint8_t)(m % OUT);
    for (uint32_t m = 0; m < MOST; m++)
        pick[m] = MOST - m;
    struct ann_images images = {IMAGES, 16, levels, labels};
    struct ann_options o = {.seed = 3, .batch = 3, .rate = 0.05};
    for (uint32_t k = 0; k < 6; k++) {
        uint32_t n = MOST - k % 2, steps = 3 - k % 2; /* a last batch of 1, of 3 */
        o.epochs = (int)k / 2;
        struct ann a, hand;
        struct adam adam;
        ann_init(&a, PIXELS, OUT), ann_init(&hand, PIXELS, OUT);
        assert_close(ann_gradient(&hand, &images, n, pick, OUT, (double(*)[OUT])gradient),
                     log(OUT), 1e-14);
        ann_train(&a, &images, n, pick, &o);
        for (uint32_t i = 0; i < WEIGHTS; i++)
            w[i] = (2 * rng_uniform(3, RNG_INIT_ANN, i, 0, 0) - 1) / 2; /* sqrt(4) */
        adam_init(&adam, WEIGHTS);
        for (uint32_t step = 0; step < steps * (uint32_t)o.epochs; step++) {
            size_t first = step % steps * 3;
            if (first == 0) {
                rng_permute(3, RNG_SHUFFLE, step / steps, n, order);
                for (uint32_t m = 0; m < n; m++)
                    order[m] = pick[order[m]];
            }
            memcpy(hand.weights, w, sizeof w);
            ann_gradient(&hand, &images, first == 6 ? 1 : 3, order + first, OUT,
                         (double(*)[OUT])gradient);
            double rate = adam_cosine_rate(0.05, step, steps * (size_t)o.epochs);
            adam_step(&adam, rate, WEIGHTS, gradient, w);
        }
        for (int i = 0; i < WEIGHTS; i++)
            assert_close(a.weights[i], w[i], 1e-12);
        adam_finish(&adam);
        ann_finish(&a), ann_finish(&hand);
        ann_finish(&a);
    }
}

/* Without weights all classes are alike: the mean loss of any batch is the logarithm of
 * their number, and the answer is the first class. */
static void the_loss_is_a_mean(void **state)
{
    (void)state;
    struct network n;
    struct samples s;
    struct kernel k;
    struct err e = {0};
    uint32_t pick[IMAGES];
    double gradient[IN * OUT], d_scale;
    make_samples(&s);
    assert_int_equal(kernel_init(&k, "circuit", 100, &e), 0);
    network_init(&n, IN, OUT, &k);
    double(*drive)[OUT] = mem_alloc(s.volleys_max, sizeof drive[0]);
    for (uint32_t m = 0; m < IMAGES; m++)
        pick[m] = m;
    for (size_t count = 1; count <= IMAGES; count++) {
        size_t right;
        double loss = train_gradient(&n, &s, 0.7, count, pick, OUT,
                                     (double(*)[OUT])gradient, &d_scale, &right, drive);
        assert_close(loss, log(OUT), 1e-14);
        assert_close(d_scale, 0, 1e-15);
        assert_int_equal(right, (count + OUT - 1) / OUT); /* labels 0 1 2 0 1 2 0 1 */
    }
    free(drive);
    samples_finish(&s);
    network_finish(&n);
}

/* z = b + sum x w: one weight of 2, a pixel at half of full scale, or the bias; loss and
 * slope in closed form. */
static void every_pixel_and_the_bias_count(void **state)
{
    (void)state;
    enum { PIXELS = 4 };
    const uint8_t label = 1;
    const uint32_t pick[] = {0};
    double gradient[PIXELS + 1][OUT];
    for (size_t i = 0; i <= PIXELS; i++) {
        struct ann a;
        uint8_t levels[PIXELS] = {0};
        struct ann_images images = {1, 16, levels, &label};
        double x = i < PIXELS ? 0.5 : 1;
        if (i < PIXELS)
            levels[i] = 8;
        ann_init(&a, PIXELS, OUT);
        a.weights[i * OUT + 1] = 2;
        assert_int_equal(ann_classify(&a, 16, levels), 1);
        assert_close(ann_gradient(&a, &images, 1, pick, OUT, gradient),
                     log(1 + (OUT - 1) * exp(-2 * x)), 1e-14);
        double p = 1 / (1 + (OUT - 1) * exp(-2 * x));
        assert_close(gradient[i][1], x * (p - 1), 1e-15);
        assert_close(gradient[i][0], x * (1 - p) / (OUT - 1), 1e-15);
        ann_finish(&a);
    }
}

/* The figures that the table in train.c and the headers give. */
static void defaults_are_those_of_the_table(void **state)
{
    (void)state;
    struct train_options o;
    struct ann_options a;
    train_defaults(&o);
    assert_true(o.epochs == 30 && o.batch == 5 && o.rate == 2e-3 && o.noise == 0.1);
    assert_true(o.positive);
    assert_true(o.scale == 1 && o.train_scale); /* "trained from 1" */
    train_defaults_signed(&o);
    assert_true(!o.positive && o.start_high == 0.2 && o.scale == 3 && !o.train_scale);
    ann_defaults(&a);
    assert_true(a.epochs == 30 && a.batch == 5 && a.rate == 5e-3);
}

static void refuse(const struct train_options *o, const char *expected)
{
    struct network n;
    struct samples s;
    struct raster r;
    struct train_result result;
    struct err e = {0};
    start(&n, "circuit");
    raster_init(&r, 64, 100);
    samples_init(&s, 64, 100);
    samples_add(&s, &r, 3);
    assert_int_equal(train_network(&n, &s, NULL, o, &result, &e), -1);
    assert_int_equal(e.code, ERR_USAGE);
    assert_non_null(strstr(e.text, expected));
    samples_finish(&s);
    raster_finish(&r);
    network_finish(&n);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    struct train_options good, o;
    train_defaults(&good);
    o = good, o.batch = 0;
    refuse(&o, "expected epochs >= 0 and a batch >= 1, found 30 and 0");
    o = good, o.rate = NAN;
    refuse(&o, "expected positive numbers");
    o = good, o.start_high = 2;
    refuse(&o, "expected a start in [0, 1], found 2");
    o = good, o.bits = 17;
    refuse(&o, "expected 0 to 16 bits");
    o = good, o.bits = 3, o.positive = false;
    refuse(&o, "and 0 with signed weights");
    o = good, o.bits = 1, o.start_high = 0.4;
    refuse(&o, "puts all weights of 1 bits at 0");
    o = good, o.epochs = -1;
    refuse(&o, "expected epochs >= 0");
    o = good, o.bits = -1;
    refuse(&o, "expected 0 to 16 bits");
    o = good, o.noise = -0.1;
    refuse(&o, "expected positive numbers");
    o = good, o.scale = 0;
    refuse(&o, "expected positive numbers");
    o = good, o.rate = INFINITY;
    refuse(&o, "expected positive numbers");
    o = good, o.start_high = -0.1;
    refuse(&o, "expected positive numbers");
    /* Half a step of the levels: the last start that rounds down is 0.5/7. */
    o = good, o.bits = 3, o.start_high = 0.0714;
    refuse(&o, "puts all weights of 3 bits at 0");
}

static void accept(const struct train_options *o, double w_offset)
{
    struct network n;
    struct samples s;
    struct kernel k;
    struct train_result result;
    struct err e = {0};
    assert_int_equal(kernel_init(&k, "circuit", 100, &e), 0);
    network_init(&n, IN, OUT, &k);
    n.w_offset = w_offset;
    make_samples(&s);
    assert_int_equal(train_network(&n, &s, NULL, o, &result, &e), 0);
    samples_finish(&s);
    network_finish(&n);
}

static void options_are_good_up_to_their_bounds(void **state)
{
    (void)state;
    struct train_options good, o;
    train_defaults(&good);
    good.epochs = 1;
    o = good, o.bits = 16;
    accept(&o, 0);
    o = good, o.start_high = 1;
    accept(&o, 0);
    o = good, o.batch = 1;
    accept(&o, 0);
    o = good, o.bits = 3, o.start_high = 0.0715;
    accept(&o, 0);
    o.start_high = 0.01; /* with an offset membranes move all the same */
    accept(&o, 0.0293);
    o = good, o.positive = false, o.start_high = 2;
    accept(&o, 0);
}

static void samples_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct network n;
    struct samples s;
    struct raster r;
    struct train_options o;
    struct train_result result;
    struct err e = {0};
    train_defaults(&o);
    start(&n, "circuit");
    raster_init(&r, 63, 100);
    samples_init(&s, 63, 100);
    assert_int_equal(train_network(&n, &s, NULL, &o, &result, &e), -1);
    assert_string_equal(e.text, "no images to train with");
    samples_add(&s, &r, 10);
    assert_int_equal(train_network(&n, &s, NULL, &o, &result, &e), -1);
    assert_string_equal(e.text, "expected images of 64 inputs, found 63");
    n.inputs = 63;
    assert_int_equal(train_network(&n, &s, NULL, &o, &result, &e), -1);
    assert_string_equal(e.text, "expected labels below 10, found 10");
    samples_finish(&s);
    raster_finish(&r);
    network_finish(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softmax_has_its_closed_form),
        cmocka_unit_test(gradient_passes_the_taylor_test),
        cmocka_unit_test(ann_gradient_passes_the_taylor_test),
        cmocka_unit_test(adam_steps_as_by_hand),
        cmocka_unit_test(digits_are_learnt),
        cmocka_unit_test(signed_weights_and_softmax_learn_more),
        cmocka_unit_test(bits_train_on_their_levels),
        cmocka_unit_test(the_seed_decides_and_watching_does_not),
        cmocka_unit_test(the_start_follows_from_the_seed),
        cmocka_unit_test(noise_moves_the_result),
        cmocka_unit_test(training_is_that_of_its_description),
        cmocka_unit_test(the_loss_is_a_mean),
        cmocka_unit_test(every_pixel_and_the_bias_count),
        cmocka_unit_test(the_yardstick_trains_as_described),
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(options_are_good_up_to_their_bounds),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(samples_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
