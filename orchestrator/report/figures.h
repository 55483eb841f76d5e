/* The pictures of a run: answers, maxima, errors, traces.
 *
 * Each function draws an .svg and a .png into an existing folder, as plot_save, but
 * figure_traces, which draws one file, as plot_write. Membranes are shown above rest and
 * in peaks of one synapse at w = 1, the circuit's divided by scale_V. All data are
 * borrowed.
 *
 *     figures_write("run/pictures", &set, &sum, &e);  confusion, maxima, errors
 *     figure_traces("run/pictures/worst.svg", &traces, &e);
 */
#pragma once

#include "report/scores.h"

#include "base/err.h"

#define FIGURE_CONFUSION "confusion"
#define FIGURE_MAXIMA "maxima"
#define FIGURE_ERRORS "errors"

/* Labels against answers, network and circuit side by side; nothing is drawn of more
 * than SCORE_CLASSES outputs. */
MUST_USE int figure_confusion(const char *folder, const struct score_set *set,
                              const struct score_summary *sum, struct err *e);

/* All membranes of one image. Times from the start of the window. */
struct figure_traces {
    const char *title, *subtitle; /* may be NULL */
    size_t outputs, winner;       /* the winner is drawn strongest */
    double scale_V, native_max;   /* of the run's summary */
    size_t natives;               /* native samples */
    const double *native_s;       /* [natives] */
    const double *native;         /* [outputs][natives] */
    size_t circuits;              /* circuit samples */
    const double *circuit_s;      /* [circuits], ascending */
    const double *circuit_V;      /* [outputs][circuits], above rest */
};

MUST_USE int figure_traces(const char *path, const struct figure_traces *t,
                           struct err *e);

/* The way of the signal through one neuron; a panel whose data are NULL is left out. */
struct figure_neuron {
    const char *title, *subtitle; /* may be NULL */
    size_t inputs, spikes;
    const double *spike_s, *spike_input; /* [spikes]: when, and which input */
    size_t samples;
    const double *time_s;     /* [samples], ascending */
    const double *tia_V;      /* [samples], output of the transimpedance amplifier */
    const double *synapse_V;  /* [samples], Vsyn */
    const double *synapse_A;  /* [samples], Isyn */
    const double *membrane_V; /* [samples], above rest */
    size_t natives;
    const double *native_s, *native; /* [natives] */
    double scale_V;                  /* of the run's summary */
};

MUST_USE int figure_neuron(const char *folder, const char *name,
                           const struct figure_neuron *f, struct err *e);

/* The confusion; circuit against network with the 1:1 line, and the difference below it;
 * the histogram of the errors of the maxima, in percent of the largest. */
MUST_USE int figures_write(const char *folder, const struct score_set *set,
                           const struct score_summary *sum, struct err *e);
