/* Maxima of the native membranes in continuous time.
 *
 * A circuit is read at the simulator's own points, so what it is compared with must not
 * be tied to whole milliseconds: the maximum at whole ms is up to 0.4 % lower, and by
 * how much differs from membrane to membrane. Training stays on whole ms.
 *
 *     class = peaks_find(&network, &raster, 10, maxima, time_s);
 */
#pragma once

#include "num/pieces.h"
#include "snn/network.h"

/* max over 0 <= t <= window of v_j(t) = sum_i sum_k (w_ij + w_offset) k(t - t_ik).
 * in:  network; for the model `double-exponential`, which lives in whole ms, this is
 *      network_maxima
 * out: maxima[outputs], time_s[outputs]
 * Returns the class. The sum is taken on a grid of 0.25 ms and its largest value refined
 * to the top between its neighbours by golden section (to 1e-9 of a membrane with one
 * top there). Test: tests/snn/test_peaks.c. */
size_t peaks_find(const struct network *n, const struct raster *r, size_t outputs,
                  double maxima[outputs], double time_s[outputs]);

/* The same with pieces of unit currents, amounts as weights, that add to the spikes
 * (kernel_piece_at): read noise. For `circuit` alone. */
size_t peaks_find_with(const struct network *n, const struct raster *r,
                       const struct pieces *more, size_t outputs, double maxima[outputs],
                       double time_s[outputs]);
