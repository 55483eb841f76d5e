#include "num/solve.h"

#include <assert.h>
#include <cminpack.h>
#include <math.h>
#include <string.h>

struct point {
    double x, y;
};

/* Two points at which f has different signs: a is the one with the known side. */
static struct point falsi(double (*f)(void *context, double x), void *context,
                          struct point a, struct point b, double accuracy)
{
    struct point best = fabs(a.y) < fabs(b.y) ? a : b;
    double weight_a = a.y, weight_b = b.y;
    for (int i = 0; i < 60 && fabs(best.y) > accuracy; i++) {
        double x = (a.x * weight_b - b.x * weight_a) / (weight_b - weight_a);
        struct point c = {x, f(context, x)};
        if (isnan(c.y) || c.x == a.x || c.x == b.x)
            break;
        if ((c.y < 0) == (b.y < 0)) {
            b = c;
            weight_b = c.y;
            weight_a /= 2;
        } else {
            a = b;
            weight_a = b.y;
            b = c;
            weight_b = c.y;
        }
        if (fabs(c.y) < fabs(best.y))
            best = c;
    }
    return best;
}

static double within(const struct solve_range *r, double x)
{
    return fmax(r->low, fmin(r->high, x));
}

/* Which way |f| falls: a first move to one side, and if that is the wrong one to the
 * other. False if neither can be told. */
static bool first_move(double (*f)(void *context, double x), void *context,
                       const struct solve_range *r, struct point a, struct point *b,
                       double *step)
{
    for (int side = 0; side < 2; side++) {
        *step = side ? -r->step : r->step;
        b->x = within(r, a.x + *step);
        b->y = b->x != a.x ? f(context, b->x) : NAN;
        if (!isnan(b->y) && ((b->y < 0) != (a.y < 0) || fabs(b->y) < fabs(a.y)))
            return true;
    }
    return false;
}

double solve_near(double (*f)(void *context, double x), void *context, double start,
                  const struct solve_range *range, double *residual)
{
    double step;
    struct point a = {within(range, start), 0}, b, best;
    a.y = f(context, a.x);
    best = a;
    if (!isnan(a.y) && fabs(a.y) > range->accuracy &&
        first_move(f, context, range, a, &b, &step)) {
        best = b;
        while ((b.y < 0) == (a.y < 0) && b.x != a.x) {
            step *= 1.6;
            struct point c = {within(range, b.x + step), 0};
            c.y = c.x != b.x ? f(context, c.x) : NAN;
            if (isnan(c.y))
                break;
            a = b;
            b = c;
            if (fabs(b.y) < fabs(best.y))
                best = b;
        }
        if ((b.y < 0) != (a.y < 0))
            best = falsi(f, context, a, b, range->accuracy);
    }
    if (residual)
        *residual = best.y;
    return best.x;
}

struct system {
    bool (*f)(void *context, const double x[], double residual[]);
    void *context;
    int n;
    double best, best_x[SOLVE_MAX], best_residual[SOLVE_MAX];
};

static double size_of(int n, const double v[])
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

/* cminpack's callback; a negative answer ends the search. */
static int evaluate(void *p, int n, const double *x, double *residual, int flag)
{
    struct system *s = p;
    if (flag == 0)
        return 0;
    if (!s->f(s->context, x, residual))
        return -1;
    double size = size_of(n, residual);
    if (size < s->best) {
        s->best = size;
        memcpy(s->best_x, x, (size_t)n * sizeof x[0]);
        memcpy(s->best_residual, residual, (size_t)n * sizeof x[0]);
    }
    return 0;
}

bool solve_system(size_t n, double x[n],
                  bool (*f)(void *context, const double x[], double residual[]),
                  void *context, double step, double accuracy, double residual[n])
{
    enum { N = SOLVE_MAX, TRIANGLE = SOLVE_MAX * (SOLVE_MAX + 1) / 2 };
    double scale[N], jacobian[N * N], triangle[TRIANGLE], qtf[N], work[4][N];
    struct system s = {.f = f, .context = context, .n = (int)n, .best = INFINITY};
    int evaluations, m = (int)n;
    assert(n > 0 && n <= SOLVE_MAX);
    int how = hybrd(evaluate, &s, m, x, residual, accuracy, 40 * (m + 1), m - 1, m - 1,
                    step * step, scale, 1, 1, 0, &evaluations, jacobian, m, triangle,
                    m * (m + 1) / 2, qtf, work[0], work[1], work[2], work[3]);
    if (s.best < INFINITY) {
        memcpy(x, s.best_x, n * sizeof x[0]);
        memcpy(residual, s.best_residual, n * sizeof x[0]);
    }
    return how == 1;
}
