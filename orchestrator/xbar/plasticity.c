#include "xbar/plasticity.h"

#include "base/mem.h"

#include <cminpack.h>
#include <math.h>
#include <stdlib.h>

double plasticity_step(const struct plasticity_law *p, double r)
{
    double base = p->b - p->c * r;
    if (!(base > 0))
        return 0;
    return p->a * pow(base, p->d) / pow(p->i + exp(p->f * r + p->g), p->h);
}

void plasticity_curve(const struct plasticity_law *law, double r_0, size_t n, double r[n])
{
    for (size_t k = 0; k < n; k++) {
        r[k] = k ? r[k - 1] + plasticity_step(law, r[k - 1]) : r_0;
        if (!isfinite(r[k]) || fabs(r[k]) > 1e3)
            r[k] = copysign(1e3, r[k]); /* a wild trial of the optimiser */
    }
}

/* The search goes over logarithms where a coefficient must be positive. */
enum { LOG_A, LOG_B, LOG_D, F, G, LOG_H, UNKNOWNS };

struct problem {
    size_t n;
    const double *r; /* [n] measured, or change of a window */
    double *trial;   /* [n] */
    double end;      /* last value, sign of the change */
    double sign;
    const double *dt_s;
};

static struct plasticity_law law_of(const struct problem *q, const double u[UNKNOWNS])
{
    /* (b - c r) = |end + margin - r|: it vanishes just beyond the curve's end */
    double margin = exp(u[LOG_B]);
    return (struct plasticity_law){.a = q->sign * exp(u[LOG_A]),
                                   .b = q->sign * q->end + margin,
                                   .c = q->sign,
                                   .d = exp(u[LOG_D]),
                                   .i = 1,
                                   .f = u[F],
                                   .g = u[G],
                                   .h = exp(u[LOG_H])};
}

static int curve_residuals(void *context, int m, int n, const double *u, double *residual,
                           int flag)
{
    (void)n, (void)flag;
    struct problem *q = context;
    struct plasticity_law law = law_of(q, u);
    plasticity_curve(&law, q->r[0], q->n, q->trial);
    for (int k = 0; k < m; k++)
        residual[k] = q->trial[k] - q->r[k];
    return 0;
}

/* lmdif with workspace of its own; the sum of squares, or infinity. */
static double solve(cminpack_func_mn f, struct problem *q, int m, int n, double u[n])
{
    int lwa = m * n + 5 * n + m;
    AUTO_FREE double *residual = mem_alloc((size_t)m, sizeof *residual);
    AUTO_FREE double *work = mem_alloc((size_t)lwa, sizeof *work);
    AUTO_FREE int *pivot = mem_alloc((size_t)n, sizeof *pivot);
    int info = lmdif1(f, q, m, n, u, residual, 1e-12, pivot, work, lwa);
    double sum = 0;
    for (int k = 0; k < m; k++)
        sum += residual[k] * residual[k];
    return info > 0 && isfinite(sum) ? sum : INFINITY;
}

int plasticity_fit(size_t n, const double r[n], struct plasticity_law *law, double *rms,
                   struct err *e)
{
    static const double starts_d[] = {0.5, 1, 2}, starts_f[] = {-4, 0, 4};
    struct problem q = {.n = n, .r = r, .end = r[n - 1]};
    double range = fabs(r[n - 1] - r[0]), best = INFINITY;
    if (n < UNKNOWNS + 2 || !(range > 0))
        return err_set(e, ERR_INPUT,
                       "expected a curve of at least 8 values that changes");
    q.sign = r[n - 1] > r[0] ? 1 : -1;
    q.trial = mem_alloc(n, sizeof *q.trial);
    double first = fmax(fabs(r[1] - r[0]) / range, 1e-4);
    for (size_t i = 0; i < 9; i++) {
        double u[UNKNOWNS] = {
            log(first), log(0.02 * range), log(starts_d[i / 3]), starts_f[i % 3], 0, 0};
        double sum = solve(curve_residuals, &q, (int)n, UNKNOWNS, u);
        if (sum < best) {
            best = sum;
            *law = law_of(&q, u);
        }
    }
    free(q.trial);
    if (!isfinite(best))
        return err_set(e, ERR_INPUT, "the fit of the curve does not converge");
    *rms = sqrt(best / (double)n) / range;
    return 0;
}

static int window_residuals(void *context, int m, int n, const double *u,
                            double *residual, int flag)
{
    (void)n, (void)flag;
    const struct problem *q = context;
    for (int k = 0; k < m; k++)
        residual[k] = u[0] * exp(-q->dt_s[k] / exp(u[1])) - q->r[k];
    return 0;
}

int timing_fit(size_t n, const double dt_s[n], const double change[n],
               struct timing_window *w, double *rms, struct err *e)
{
    struct problem q = {.n = n, .r = change, .dt_s = dt_s};
    double largest = 0, longest_s = 0;
    for (size_t k = 0; k < n; k++) {
        if (fabs(change[k]) > fabs(largest))
            largest = change[k];
        longest_s = fmax(longest_s, dt_s[k]);
    }
    if (n < 3 || largest == 0)
        return err_set(e, ERR_INPUT, "expected at least 3 changes that are not all zero");
    double u[2] = {largest, log(longest_s / 3)};
    double sum = solve(window_residuals, &q, (int)n, 2, u);
    if (!isfinite(sum))
        return err_set(e, ERR_INPUT, "the fit of the window does not converge");
    *w = (struct timing_window){u[0], exp(u[1])};
    *rms = sqrt(sum / (double)n) / fabs(largest);
    return 0;
}
