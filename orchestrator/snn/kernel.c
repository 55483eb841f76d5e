#include "snn/kernel.h"

#include "num/line.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const char *const names[] = {
    [KERNEL_DOUBLE_EXPONENTIAL] = "double-exponential",
    [KERNEL_CIRCUIT] = "circuit",
};
enum { MODELS = sizeof names / sizeof names[0] };

/* A gate pulse with ramps of 100 us around 900 us at 3 V is above the selector's
 * threshold of 0.7 V from 0.1 ms 0.7/3 to 1 ms + 0.1 ms 2.3/3 after its start. */
static const double pulse_delay_s = 0.1e-3 * 0.7 / 3;
static const double pulse_width_s = 1e-3 + 0.1e-3 * 1.6 / 3;

int kernel_init(struct kernel *k, const char *name, int window_ms, struct err *e)
{
    *k = (struct kernel){.tau_rise_s = 0.5e-3,
                         .tau_fall_s = 2e-3,
                         .tau_syn_s = 2e-3,
                         .delay_s = pulse_delay_s,
                         .width_s = pulse_width_s,
                         .tau_mem_s = 15e-3,
                         .window_ms = window_ms};
    for (int m = 0; m < MODELS; m++) {
        if (strcmp(name, names[m]) != 0)
            continue;
        k->model = (enum kernel_model)m;
        return kernel_compute(k, e);
    }
    err_set(e, ERR_USAGE, "unknown neuron model '%s'", name);
    return err_hint(e, "there are double-exponential and circuit");
}

const char *kernel_name(const struct kernel *k)
{
    return names[k->model];
}

static bool time_constant(double tau_s)
{
    return tau_s >= 1e-5 && tau_s <= 1;
}

static bool apart(double x, double y)
{
    return fabs(x - y) > 1e-6 * fmax(x, y);
}

static int check(const struct kernel *k, struct err *e)
{
    bool circuit = k->model == KERNEL_CIRCUIT;
    double slow = circuit ? k->tau_syn_s : k->tau_fall_s;
    double fast = circuit ? slow : k->tau_rise_s;
    double end = k->delay_s + k->width_s;
    if (k->window_ms < 1 || k->window_ms > KERNEL_WINDOW_MAX)
        return err_set(e, ERR_USAGE, "expected a window of 1 to %d ms, found %d",
                       KERNEL_WINDOW_MAX, k->window_ms);
    if (!time_constant(k->tau_mem_s) || !time_constant(slow) || !time_constant(fast))
        return err_set(e, ERR_USAGE,
                       "expected time constants of 10 us to 1 s, found %g, %g and %g s",
                       fast, slow, k->tau_mem_s);
    if (!apart(k->tau_mem_s, slow) || !apart(k->tau_mem_s, fast))
        return err_set(e, ERR_USAGE,
                       "expected tau_mem to differ from the synapse's, "
                       "found %g s for both",
                       k->tau_mem_s);
    if (!circuit && !(fast < slow && apart(fast, slow)))
        return err_set(e, ERR_USAGE, "expected tau_rise < tau_fall, found %g and %g s",
                       fast, slow);
    if (circuit && !(k->delay_s >= 0 && k->width_s > 0 && end <= 1e-3 * KERNEL_PULSE_MAX))
        return err_set(e, ERR_USAGE,
                       "expected a pulse that ends within %d ms, found %g + %g s",
                       KERNEL_PULSE_MAX, k->delay_s, k->width_s);
    return 0;
}

/* Membrane after t s of a unit current that lasts for ever, both filters at rest:
 * u(t) = 1 - (tau_mem e^(-t/tau_mem) - tau_syn e^(-t/tau_syn))/(tau_mem - tau_syn). */
static double step_response(const struct kernel *k, double t_s)
{
    double tm = k->tau_mem_s, ts = k->tau_syn_s;
    if (t_s <= 0)
        return 0;
    return (ts * expm1(-t_s / ts) - tm * expm1(-t_s / tm)) / (tm - ts);
}

static double box(const struct kernel *k, double t_s)
{
    return step_response(k, t_s - k->delay_s) -
           step_response(k, t_s - k->delay_s - k->width_s);
}

/* Membrane driven by e^(-t/tau): tau (e^(-t/tau_mem) - e^(-t/tau))/(tau_mem - tau). */
static double decay_response(const struct kernel *k, double tau_s, double t_s)
{
    double tm = k->tau_mem_s;
    return tau_s * (exp(-t_s / tm) - exp(-t_s / tau_s)) / (tm - tau_s);
}

static double continuous(const void *kernel, double t_s)
{
    const struct kernel *k = kernel;
    if (t_s <= 0)
        return 0;
    if (k->model == KERNEL_CIRCUIT)
        return box(k, t_s);
    return decay_response(k, k->tau_fall_s, t_s) - decay_response(k, k->tau_rise_s, t_s);
}

/* f, r and v of the header for one spike at 0; the peak is sought over the longest
 * window, so that it does not depend on the one in use. */
static void compute_double_exponential(struct kernel *k)
{
    double a = exp(-1e-3 / k->tau_fall_s), b = exp(-1e-3 / k->tau_mem_s);
    double c = exp(-1e-3 / k->tau_rise_s), f = 1, r = 1, v = 0;
    double response[KERNEL_WINDOW_MAX];
    k->peak = 0;
    for (int n = 0; n < KERNEL_WINDOW_MAX; n++) {
        response[n] = v;
        if (v > k->peak) {
            k->peak = v;
            k->peak_s = 1e-3 * n;
        }
        v = b * v + (1 - b) * (f - r);
        f *= a;
        r *= c;
    }
    for (int n = 0; n < k->window_ms; n++)
        k->response[n] = response[n] / k->peak;
}

int kernel_compute(struct kernel *k, struct err *e)
{
    if (check(k, e) < 0)
        return -1;
    k->peak_s =
        line_top(continuous, k, 0, 10, 100); /* both rise to one top within 10 s */
    k->peak = k->peak_continuous = continuous(k, k->peak_s);
    if (k->model == KERNEL_DOUBLE_EXPONENTIAL)
        compute_double_exponential(k);
    for (int n = 0; n < k->window_ms && k->model == KERNEL_CIRCUIT; n++)
        k->response[n] = box(k, 1e-3 * n) / k->peak;
    return 0;
}

double kernel_at(const struct kernel *k, double t_s)
{
    return continuous(k, t_s) / k->peak_continuous;
}

double kernel_piece_at(const struct kernel *k, double length_s, double t_s)
{
    assert(k->model == KERNEL_CIRCUIT);
    return (step_response(k, t_s) - step_response(k, t_s - length_s)) / k->peak;
}
