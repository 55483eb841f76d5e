#include "base/rng.h"

#include <Random123/philox.h>
#include <math.h>

#define TWO_PI 6.283185307179586476925

void rng_bits(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b, uint32_t c,
              uint32_t out[4])
{
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t counter = {{(uint32_t)purpose, a, b, c}};
    philox4x32_ctr_t r = philox4x32(counter, key);
    for (int i = 0; i < 4; i++)
        out[i] = r.v[i];
}

/* Middle of one of 2^53 equal cells of (0,1). */
static double unit53(uint32_t high, uint32_t low)
{
    uint64_t bits = ((uint64_t)high << 32 | low) >> 11;
    return ((double)bits + 0.5) * 0x1p-53;
}

static double unit32(uint32_t bits)
{
    return ((double)bits + 0.5) * 0x1p-32;
}

double rng_uniform(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b,
                   uint32_t c)
{
    uint32_t r[4];
    rng_bits(seed, purpose, a, b, c, r);
    return unit53(r[0], r[1]);
}

double rng_normal(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b,
                  uint32_t c)
{
    uint32_t r[4];
    rng_bits(seed, purpose, a, b, c, r);
    return sqrt(-2 * log(unit53(r[0], r[1]))) * cos(TWO_PI * unit53(r[2], r[3]));
}

void rng_normal4(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b,
                 uint32_t c, double out[4])
{
    uint32_t r[4];
    rng_bits(seed, purpose, a, b, c, r);
    for (int i = 0; i < 4; i += 2) {
        double radius = sqrt(-2 * log(unit32(r[i])));
        double angle = TWO_PI * unit32(r[i + 1]);
        out[i] = radius * cos(angle);
        out[i + 1] = radius * sin(angle);
    }
}

void rng_permute(uint64_t seed, enum rng_purpose purpose, uint32_t b, uint32_t n,
                 uint32_t out[])
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = i;
    for (uint32_t i = n; i-- > 1;) {
        uint32_t j = (uint32_t)(rng_uniform(seed, purpose, i, b, 0) * (i + 1.0));
        uint32_t swap = out[i];
        out[i] = out[j];
        out[j] = swap;
    }
}
