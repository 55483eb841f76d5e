/* Read noise of memristors: how much the conductance differs while a spike reads it.
 *
 * A cell conducts only while its gate is open, for a pulse of T_p seconds a spike; the
 * pulse is cut into pieces of `step_s` (the last one may be shorter), and each piece has
 * one relative change d of the conductance, its mean over the piece:
 *
 *     white       d is a normal draw of deviation sigma for each piece: steps that are
 *                 independent of each other. step_s = 0: one draw a spike.
 *     telegraph   d jumps between two levels, up at the rate up_Hz and down at down_Hz,
 *                 with mean 0 and deviation sigma at any instant:
 *                 sigma sqrt((1-p)/p) and -sigma sqrt(p/(1-p)), p = up/(up + down);
 *                 its correlation time is 1/(up + down), over all spikes of a cell.
 *
 * Of a spike's mean e = (1/T_p) int d dt, which is what a membrane sees that is much
 * slower than a pulse, the deviation is sigma sqrt(rho) (noise_rho). Draws are indexed by
 * (seed, trial, image; cell, spike, piece) and depend on nothing else.
 *
 *     size_t n = noise_pieces(&noise, pulse_s);
 *     noise_of_spike(&noise, key, cell, spike, ...)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum noise_kind { NOISE_WHITE, NOISE_TELEGRAPH };

struct noise {
    double sigma; /* 0.07 is 7 %; 0: none */
    enum noise_kind kind;
    double step_s;         /* 0: one piece a spike */
    double up_Hz, down_Hz; /* telegraph */
    uint64_t seed;
    uint32_t trial;
};

size_t noise_pieces(const struct noise *n, double pulse_s);

/* Pieces k = 0.. of a spike whose pulse begins at time_s: when each ends. */
double noise_piece_end_s(const struct noise *n, double time_s, double pulse_s, size_t k);

/* in   image, cell; time_s[spikes], ascending: when the pulses begin
 * out  d[spikes][pieces] */
void noise_draw(const struct noise *n, uint32_t image, uint32_t cell, size_t spikes,
                const double time_s[spikes], double pulse_s, size_t pieces,
                double d[spikes][pieces]);

/* Variance of a spike's mean over sigma^2:
 *     white       sum over pieces of (length/T_p)^2: 1 for one draw a spike, T_step/T_p
 *                 for short steps
 *     telegraph   2 (x - 1 + e^-x)/x^2, x = T_p (up + down)
 * Test: tests/xbar/test_noise.c. */
double noise_rho(const struct noise *n, double pulse_s);
