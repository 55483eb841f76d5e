#include "xbar/noise.h"

#include "base/rng.h"

#include <math.h>

/* Third index of a draw: what it is for. */
enum { WHITE = 0, START = 1, JUMPS = 2 }; /* JUMPS + spike */

size_t noise_pieces(const struct noise *n, double pulse_s)
{
    if (n->step_s <= 0 || n->step_s >= pulse_s)
        return 1;
    return (size_t)ceil(pulse_s / n->step_s - 1e-9);
}

double noise_piece_end_s(const struct noise *n, double time_s, double pulse_s, size_t k)
{
    return k + 1 < noise_pieces(n, pulse_s) ? time_s + (double)(k + 1) * n->step_s
                                            : time_s + pulse_s;
}

/* A key of its own for each trial and image. */
static uint64_t key_of(const struct noise *n, uint32_t image)
{
    uint32_t bits[4];
    rng_bits(n->seed, RNG_NOISE, n->trial, image, 0, bits);
    return (uint64_t)bits[0] << 32 | bits[1];
}

static double share_up(const struct noise *n)
{
    return n->up_Hz / (n->up_Hz + n->down_Hz);
}

/* ---- telegraph ---- */

struct telegraph {
    const struct noise *n;
    uint64_t key;
    uint32_t cell;
    bool up;
    double time_s; /* that `up` is of */
};

/* Lets time pass in which nobody looks: the chance to be up returns to its share as
 * e^(-t (up + down)). */
static void pass(struct telegraph *t, double until_s, uint32_t spike)
{
    double p = share_up(t->n),
           memory =
               spike ? exp(-(until_s - t->time_s) * (t->n->up_Hz + t->n->down_Hz)) : 0;
    double chance = p + ((t->up ? 1 : 0) - p) * memory;
    t->up = rng_uniform(t->key, RNG_NOISE, t->cell, spike, START) < chance;
    t->time_s = until_s;
}

/* One spike: its jumps, and the mean of each piece. */
static void look(struct telegraph *t, uint32_t spike, double pulse_s, size_t pieces,
                 double d[pieces])
{
    const struct noise *n = t->n;
    double p = share_up(n), high = n->sigma * sqrt((1 - p) / p),
           low = -n->sigma * sqrt(p / (1 - p)), begin_s = t->time_s, at_s = begin_s,
           jump_s = begin_s;
    uint32_t jump = 0;
    bool jumps = false; /* whether jump_s has been drawn */
    for (size_t k = 0; k < pieces; k++) {
        double start_s = at_s, end_s = noise_piece_end_s(n, begin_s, pulse_s, k), sum = 0;
        while (at_s < end_s) {
            if (!jumps) {
                double u = rng_uniform(t->key, RNG_NOISE, t->cell, jump++, JUMPS + spike);
                jump_s = at_s - log(u) / (t->up ? n->down_Hz : n->up_Hz);
                jumps = true;
            }
            double to_s = fmin(jump_s, end_s);
            sum += (t->up ? high : low) * (to_s - at_s);
            at_s = to_s;
            if (jump_s <= end_s) {
                t->up = !t->up;
                jumps = false;
            }
        }
        d[k] = sum / (end_s - start_s);
    }
    t->time_s = at_s;
}

void noise_draw(const struct noise *n, uint32_t image, uint32_t cell, size_t spikes,
                const double time_s[spikes], double pulse_s, size_t pieces,
                double d[spikes][pieces])
{
    uint64_t key = key_of(n, image);
    struct telegraph t = {.n = n, .key = key, .cell = cell};
    for (size_t s = 0; s < spikes; s++) {
        if (n->kind == NOISE_TELEGRAPH) {
            pass(&t, fmax(time_s[s], t.time_s), (uint32_t)s);
            t.time_s = time_s[s];
            look(&t, (uint32_t)s, pulse_s, pieces, d[s]);
        }
        for (size_t k = 0; k < pieces && n->kind == NOISE_WHITE; k++)
            d[s][k] = n->sigma *
                      rng_normal(key, RNG_NOISE, cell, (uint32_t)(s * pieces + k), WHITE);
    }
}

double noise_rho(const struct noise *n, double pulse_s)
{
    if (n->kind == NOISE_TELEGRAPH) {
        double x = pulse_s * (n->up_Hz + n->down_Hz);
        return x < 1e-3 ? 1 - x / 3 : 2 * (x - 1 + exp(-x)) / (x * x);
    }
    double rho = 0, start_s = 0;
    for (size_t k = 0; k < noise_pieces(n, pulse_s); k++) {
        double end_s = noise_piece_end_s(n, 0, pulse_s, k);
        rho += (end_s - start_s) / pulse_s * (end_s - start_s) / pulse_s;
        start_s = end_s;
    }
    return rho;
}
