#include "spice/faults.h"

#include <stddef.h>

/* Where they come from; the last two were read in ngspice's sources, not tried.
 *
 * PWL until 40: the source sets its next breakpoint where the time equals a corner to 3
 * ulp (vsrcacct.c). Met with 39.3 where a largest step ends beside a corner. Steps that a
 * study gives (simulate.step) stay as they are. A probe's (spice/probe.c) is 50 us for
 * 2 ms: 0.943 of it moves no figure of `calibrate` by more than 7e-5 with 39.3, so that
 * no corner is lost there.
 *
 * PWL of 41 to 43: the source was written anew and asks `time < first corner` where 44
 * asks `<=` (vsrcload.c). At the first corner itself, if no second one follows, nothing
 * sets the value: it stays 0, or that of the source before. A `dc` value is no help, as
 * it is used in .op and .dc, not in the operating point of .tran.
 *
 * B sources until 46: their own test (asrcconv.c) counts, but the count is overwritten by
 * the test of the nodes, so that only voltages and currents are compared. */
static const struct fault faults[] = {
    {1, 41, "a corner of a PWL source within rounding of a largest step is lost",
     "largest steps of images and devices are odd numbers"},
    {41, 44, "the first solution of a PWL source may be 0",
     "ours begin with 0 at 0 and have a second corner"},
    {1, 47, "B sources are not tested for convergence",
     "tolerances are tight; doctor --accuracy measures what is left"},
};

const struct fault *faults_next(double version, const struct fault *last)
{
    const struct fault *end = faults + sizeof faults / sizeof faults[0];
    for (const struct fault *f = last ? last + 1 : faults; f < end; f++)
        if (version >= f->from && version < f->until)
            return f;
    return NULL;
}
