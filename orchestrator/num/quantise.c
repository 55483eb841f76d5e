#include "num/quantise.h"

#include <math.h>

double quantise(double x, int bits)
{
    if (bits <= 0)
        return x;
    double steps = ldexp(1, bits) - 1;
    return round(x * steps) / steps;
}
