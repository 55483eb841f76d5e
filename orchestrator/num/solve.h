/* Roots: one function of one unknown between bounds, and systems of equations.
 *
 * Made for functions that are simulations: few evaluations, no derivatives, results that
 * are only known to some digits, and starts that may be far off. Nothing is kept.
 *
 *     double x = solve_near(f, context, start, &range, &residual);
 *     solve_system(5, x, equations, context, 1e-3, 1e-4, residual);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SOLVE_MAX = 8 };

/* Where a search may go. */
struct solve_range {
    double low, high;
    double step;     /* of the first move away from the start, > 0 */
    double accuracy; /* ends when |f| is below it */
};

/* Root of a monotone function, f(x) = 0, low <= x <= high, from a start between them.
 * f        may return nan where it cannot be told; nothing is tried beyond such a point
 * residual out, may be NULL: f at the x returned
 * Moves away from the start to the side where |f| falls, in steps that grow, until f
 * changes its sign; then regula falsi with the Illinois rule between the last two (a
 * dozen evaluations in all where f is nearly straight). Where the sign never changes
 * there is no root: returns the point with the smallest |f|. Test:
 * tests/num/test_solve.c. */
double solve_near(double (*f)(void *context, double x), void *context, double start,
                  const struct solve_range *range, double *residual);

/* F(x) = 0 for n <= SOLVE_MAX equations with as many unknowns, by Powell's hybrid
 * method (MINPACK's hybrd, as cminpack).
 * in/out   x[n]
 * step     relative step of the forward differences, well above f's own noise
 * accuracy relative, of x
 * out      residual[n]: F at the x returned
 * f returns false where it cannot be evaluated, which ends the search. True if it
 * converged; else x is the best point that was seen. */
bool solve_system(size_t n, double x[n],
                  bool (*f)(void *context, const double x[], double residual[]),
                  void *context, double step, double accuracy, double residual[n]);
