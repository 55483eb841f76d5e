/* How fast a simulation is, side by side in one run: `spikebar bench`.
 *
 * Every mode simulates the same images, image after image, one worker at a time; the
 * time is processor seconds (user and system), deck writing and parsing included. The
 * usual recipe is one `ngspice -b` process an image with its rawfile read back; it gets
 * one thread, which on a machine with several cores is what is kindest to it.
 *
 *     struct speed s;
 *     speed_measure(&x, 3, 2, &s, e);
 */
#pragma once

#include "app/experiment.h"

#include <cjson/cJSON.h>

enum { SPEED_MODES = 12, SPEED_SIZES = 14 };

struct speed_row {
    const char *name, *what;
    double minimum_s, median_s; /* processor seconds an image */
    double points;              /* time points of an image, mean */
    double error; /* largest distance of a membrane from the reference at the
                     simulator's own points, over the image's largest maximum */
    size_t agree; /* images with the reference's argmax */
};

/* A synthetic array: random states, a share of the rows firing once. */
struct speed_size {
    size_t rows, columns, spikes;
    double seconds;   /* processor seconds, smallest of the repeats */
    double memory_MB; /* most that the worker had resident */
};

struct speed {
    size_t images, repeats;
    struct speed_row row[SPEED_MODES];
    size_t sizes;
    struct speed_size size[SPEED_SIZES];
    double row_exponent, column_exponent, spike_exponent; /* of seconds over cells */
    double one_worker_s, two_workers_s; /* wall, the same images; the smaller of two */
    size_t units;                       /* that one worker simulated, never replaced */
    double first_MB, last_MB;           /* most that it had resident: after one, all */
    double seconds_per_epoch, inferences_per_s; /* native */
};

/* The images are the first `images` of the experiment; the memory of a worker is
 * measured over `units` simulations. Needs the program ngspice. */
MUST_USE int speed_measure(const struct experiment *x, size_t images, size_t repeats,
                           size_t units, struct speed *s, struct err *e);

cJSON *speed_json(const struct speed *s);
void speed_print(const struct speed *s);
