#include "lab/writer.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

#define MARGIN_V 0.2 /* a ramp begins so far before the stop of Fig. 2A */
#define FIRST_STOP_V 0.3

/* What a full set leaves, and then each stop. */
struct stops {
    double full_S, stop_S[WRITER_STOPS];
};

static int measure_stops(void *context, size_t unit, void *out, char cause[JOBS_CAUSE])
{
    const struct writer *w = context;
    struct stops *stops = out;
    AUTO(specimen_finish) struct specimen s;
    struct answer a = {0};
    int status = 0;
    (void)unit;
    specimen_init(&s, w->lab, false);
    for (int k = 0; k < 5 && status == 0;
         k++) /* five pulses: no rest of a time constant */
        status = specimen_pulse(&s, w->lab, a.x, w->rule.set_V, w->width_s, w->read_V, &a,
                                cause);
    stops->full_S = a.read_S;
    for (size_t k = 0; k < WRITER_STOPS && status == 0; k++) {
        status = specimen_pulse(&s, w->lab, a.x, -w->stop_V[k], w->width_s, w->read_V, &a,
                                cause);
        stops->stop_S[k] = a.read_S;
    }
    return status;
}

int writer_prepare(struct writer *w, const struct lab *lab, struct err *e)
{
    const struct study *s = lab->study;
    struct stops stops;
    *w = (struct writer){.lab = lab,
                         .rule = {.set_V = s->device.set_V,
                                  .limit_V = s->device.limit_V,
                                  .step_V = s->device.step_V,
                                  .tolerance = s->device.tolerance,
                                  .accept = (int)s->device.accept,
                                  .pulses = (size_t)s->device.pulses},
                         .noise = s->device.noise,
                         .jitter_V = s->device.jitter_V,
                         .read_V = lab->circuit.cell.read_V,
                         .width_s = s->device.width_s};
    double last_V = w->rule.limit_V;
    for (size_t k = 0; k < WRITER_STOPS; k++)
        w->stop_V[k] =
            FIRST_STOP_V + (last_V - FIRST_STOP_V) * (double)k / (WRITER_STOPS - 1);
    struct jobs_records work = {.count = 1,
                                .size = sizeof stops,
                                .context = w,
                                .run = measure_stops,
                                .out = &stops};
    if (last_V <= FIRST_STOP_V)
        return err_set(e, ERR_USAGE, "device.limit: expected more than %g V",
                       FIRST_STOP_V);
    if (jobs_records(&lab->pool, &work, e) < 0)
        return -1;
    w->full_S = stops.full_S;
    memcpy(w->stop_S, stops.stop_S, sizeof w->stop_S);
    if (w->stop_S[WRITER_STOPS - 1] < 0.9 * w->full_S)
        return 0;
    err_set(e, ERR_INPUT,
            "resetting with up to -%g V changes nothing: %.4g uS before and "
            "%.4g uS after",
            last_V, 1e6 * w->full_S, 1e6 * w->stop_S[WRITER_STOPS - 1]);
    return err_hint(e, "device.set and device.limit must reach the memristor's voltages");
}

double writer_start_V(const struct writer *w, double aim_S)
{
    size_t k = 0;
    while (k + 1 < WRITER_STOPS && w->stop_S[k + 1] > aim_S)
        k++;
    double high = w->stop_S[k], low = w->stop_S[k + 1 < WRITER_STOPS ? k + 1 : k];
    double share =
        high > low ? log(high / fmin(fmax(aim_S, low), high)) / log(high / low) : 0;
    double step_V = w->stop_V[1] - w->stop_V[0];
    return fmax(w->stop_V[k] + share * step_V - MARGIN_V, w->rule.step_V);
}

int writer_run(const struct writer *w, const struct specimen *s,
               const struct writer_job *job, struct written *out,
               struct writer_history *history, char cause[JOBS_CAUSE])
{
    struct programming p;
    struct answer a = {.x = job->x};
    uint64_t seed = w->lab->seed;
    double pulse_V;
    *out = (struct written){0};
    programming_start(&p, &w->rule, job->aim_S, writer_start_V(w, job->aim_S));
    while (programming_next(&p, &pulse_V)) {
        double z =
            rng_normal(seed, RNG_PULSE, job->device, (uint32_t)p.pulses, job->experiment);
        double noise =
            rng_normal(seed, RNG_READ, job->device, (uint32_t)p.reads, job->experiment);
        double effective_V =
            pulse_V == 0
                ? 0
                : copysign(fabs(pulse_V) - s->offset_V + w->jitter_V * z, pulse_V);
        if (specimen_pulse(s, w->lab, a.x, effective_V, w->width_s, w->read_V, &a,
                           cause) < 0)
            return -1;
        double read_S = a.read_S * (1 + w->noise * noise);
        programming_read(&p, read_S);
        out->time_s += a.time_s;
        out->energy_J += a.energy_J;
        if (history && history->rows < history->room)
            history->row[history->rows++] =
                (struct writer_row){pulse_V, read_S, a.read_S};
    }
    out->x = a.x;
    out->read_S = a.read_S;
    out->pulses = p.pulses;
    out->sets = p.sets;
    out->reads = p.reads;
    out->state = p.state;
    return 0;
}
