/* The native network: one layer of positive (or signed) synapses without reset.
 *
 *     v_j(t) = sum_i sum_k (w_ij + w_offset) k(t - t_ik)                        (1)
 *
 * with the unit response k of snn/kernel.h, at whole ms t = 0 .. window_ms - 1, in
 * units of the peak that one spike causes through w = 1. The output is the maximum of
 * each v_j over the window (at least v_j(0) = 0), the class is the output with the
 * largest one, the first among equals. Source: paper 1, section 2.3.
 *
 * Axis order of the weights [input][output], of a trace [ms][output]. w_offset is what
 * the array adds to every weight: 0 in the paper's model, Gmin / (Gmax - Gmin) =
 * 0.0293 for 5.7 .. 200 uS when comparing with the circuit. A network owns its weights.
 *
 *     struct network n;
 *     network_init(&n, 64, 10, &kernel);
 *     class = network_maxima(&n, &raster, 10, maxima, time_ms);
 *     network_finish(&n);
 */
#pragma once

#include "num/raster.h"
#include "snn/kernel.h"
#include "snn/samples.h"

#include <stddef.h>

struct network {
    size_t inputs, outputs;
    double *weights; /* [inputs][outputs] */
    double w_offset; /* added to every weight */
    struct kernel kernel;
};

/* Weights and offset 0. */
void network_init(struct network *n, size_t inputs, size_t outputs,
                  const struct kernel *k);
void network_finish(struct network *n); /* may be called twice */

/* Equation (1), term by term. out: trace, window = n->kernel.window_ms. The raster
 * has n->inputs. Test: equals the stepped states of snn/kernel.h to rounding. */
void network_membrane(const struct network *n, const struct raster *r, size_t window,
                      size_t outputs, double trace[window][outputs]);

/* Maximum of each output and the first ms at which it is reached; returns the class.
 * Allocates: for many images use network_forward. */
size_t network_maxima(const struct network *n, const struct raster *r, size_t outputs,
                      double maxima[outputs], int time_ms[outputs]);

/* The same for one coded image and fast: the weights of a volley are added up first.
 * in:        s, image
 * out:       maxima, time_ms
 * workspace: drive, s->volleys_max rows */
size_t network_forward(const struct network *n, const struct samples *s, size_t image,
                       size_t outputs, double maxima[outputs], int time_ms[outputs],
                       double drive[][outputs]);

/* The weights of each of an image's volleys, added up, with w_offset for each spike.
 * out: drive, a row a volley */
void network_drive(const struct network *n, const struct samples *s, size_t image,
                   size_t outputs, double drive[][outputs]);

/* Adjoint of the maxima's derivative at times time_ms, added to the gradient:
 *     gradient_ij += u_j sum_k k(time_j - t_ik).
 * in: image, time_ms as network_forward gave them, u = d loss / d maxima
 * in/out: gradient. Test: adjoint dot product, and Taylor remainder in train. */
void network_backward(const struct network *n, const struct samples *s, size_t image,
                      size_t outputs, const double u[outputs], const int time_ms[outputs],
                      double gradient[][outputs]);

/* Share of the samples whose class is their label; 0 for no samples. */
double network_accuracy(const struct network *n, const struct samples *s);

/* out: the class of each sample. */
void network_classify(const struct network *n, const struct samples *s,
                      uint8_t classes[]);
