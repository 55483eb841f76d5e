/* Counter-based random numbers: a draw is a function of what it is for.
 *
 * Philox4x32-10 (Salmon et al., SC 2011; Random123): key = the study's seed,
 * counter = (purpose, a, b, c). Nothing is stored between draws, so a result does
 * not depend on the order of the draws, the number of workers, or a restart.
 * What a, b and c mean belongs to the purpose and stands beside it.
 *
 *     double z = rng_normal(seed, RNG_TUNING, cell, 0, 0);
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Part of the file format of every study: numbers are never used again. */
enum rng_purpose {
    RNG_SPLIT = 1,          /* a = position in the shuffle */
    RNG_INIT = 2,           /* a = weight index */
    RNG_SHUFFLE = 3,        /* a = position, b = epoch */
    RNG_WEIGHT_NOISE = 4,   /* a = block of four weights, b = step, c = epoch */
    RNG_TUNING = 5,         /* a = cell index, b = trial */
    RNG_SAMPLE = 6,         /* a = position: which images are simulated */
    RNG_RANDOM_WEIGHTS = 7, /* a = weight index */
    RNG_INIT_ANN = 8,       /* a = weight index */
    RNG_READ = 20,          /* a = device, b = reading, c = experiment: its noise */
    RNG_PULSE = 21,         /* a = device, b = pulse, c = experiment: its amplitude */
    RNG_DEVICE = 22, /* a = device, b = parameter, c = cycle: what it has for ever */
    RNG_NOISE = 23,  /* a = trial, b = image: a key; with it a = cell, b and c = draw */
    RNG_TEST = 99,   /* tests draw what they like */
};

void rng_bits(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b, uint32_t c,
              uint32_t out[4]);

/* Uniform in the open interval (0,1), 53 bits. */
double rng_uniform(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b,
                   uint32_t c);

/* Normal, mean 0, deviation 1 (Box-Muller). rng_normal4 gives four independent
 * ones from one counter at 32-bit resolution; it is not rng_normal's sequence. */
double rng_normal(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b,
                  uint32_t c);
void rng_normal4(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b,
                 uint32_t c, double out[4]);

/* A permutation of 0..n-1 (Fisher-Yates; position i draws with a = i). */
void rng_permute(uint64_t seed, enum rng_purpose purpose, uint32_t b, uint32_t n,
                 uint32_t out[]);
