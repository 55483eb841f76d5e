/* Softmax cross-entropy, shared by the spiking network and the yardstick. */
#pragma once

#include <stddef.h>

/* L = -ln p_label with p_j = e^z_j / sum e^z. in: z, label < n. in/out: z becomes
 * d L / d z_j = p_j - [j = label]. Returns L. No overflow for any finite z. */
double softmax_cross_entropy(size_t n, double z[n], size_t label);
