/* Equidistant levels. */
#pragma once

/* x rounded to the nearest of the 2^bits levels k/(2^bits - 1) (halves away from 0); bits
 * = 0 gives x back. */
double quantise(double x, int bits);
