#include "app/foreseen.h"

#include "app/accuracy.h"
#include "base/log.h"

#include <math.h>

int foreseen_find(const struct experiment *x, const struct score_set *set,
                  const struct score_summary *sum, struct marks_foreseen *f,
                  struct err *e)
{
    const struct study *s = x->study;
    double gain_V_S = param_value(&x->circuit.params, "cal_gain", 0);
    *f = (struct marks_foreseen){.scale_V = gain_V_S * (s->map.g_high_S - s->map.g_low_S),
                                 .error = s->calibrate.spread,
                                 .against_circuit =
                                     x->network.kernel.model == KERNEL_CIRCUIT,
                                 .accuracy = s->simulate.accuracy / 100,
                                 .reached = NAN};
    if (!s->report.check || !sum->scored)
        return 0;
    const struct score_image *worst = &set->image[sum->worst_image];
    log_detail("simulating image %zu once more, with small steps", worst->image);
    return accuracy_of_image(x, (uint32_t)worst->image, worst->circuit_V, &f->reached, e);
}
