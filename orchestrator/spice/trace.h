/* Node traces: what a simulation gives back.
 *
 * One shared time axis, any number of named vectors over it; all in SI units. The
 * trace owns its arrays; trace_finish releases them. Vector names are ngspice's own,
 * lower case: "mem3", "v.xcol3.visyn#branch"; "v(mem3)" finds "mem3".
 *
 *     const double *v = trace_vector(&t, "mem3");
 *     struct peak p = trace_peak(t.points, t.time_s, v);
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct trace {
    size_t points, count;
    double *time_s; /* [points], rising */
    char **name;    /* [count] */
    double **value; /* [count][points] */
};

struct peak {
    double rest;  /* value at the first point: the operating point */
    double above; /* largest value less the rest */
    double time_s;
};

void trace_init(struct trace *t, size_t points, size_t count);
void trace_finish(struct trace *t);

/* NULL if there is none of that name. */
const double *trace_vector(const struct trace *t, const char *name);

/* Largest of the simulator's own points, no interpolation: what `.meas MAX` gives.
 * The first of equal ones counts. */
struct peak trace_peak(size_t points, const double *time_s, const double *value);

/* "time_s,mem3,..." with 17 digits. */
void trace_csv(const struct trace *t, struct buf *out);
