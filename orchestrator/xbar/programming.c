#include "xbar/programming.h"

#include <assert.h>

void programming_start(struct programming *p, const struct programming_rule *rule,
                       double aim_S, double start_V)
{
    assert(aim_S > 0 && start_V > 0 && rule->step_V > 0 && rule->accept > 0);
    *p = (struct programming){.rule = *rule,
                              .aim_S = aim_S,
                              .start_V = start_V,
                              .state = PROGRAMMING,
                              .set_V = rule->set_V,
                              .reset_V = start_V,
                              .next_V = rule->set_V};
}

bool programming_next(struct programming *p, double *pulse_V)
{
    if (p->state != PROGRAMMING)
        return false;
    if (p->next_V != 0 && p->pulses == p->rule.pulses) {
        p->state = PROGRAMMING_OUT_OF_PULSES;
        return false;
    }
    *pulse_V = p->last_V = p->next_V;
    p->pulses += p->next_V != 0;
    p->sets += p->next_V > 0;
    return true;
}

static void give_up_beyond(struct programming *p, double magnitude_V)
{
    if (magnitude_V > p->rule.limit_V * (1 + 1e-9))
        p->state = PROGRAMMING_OUT_OF_RANGE;
}

static void reset_harder(struct programming *p)
{
    give_up_beyond(p, p->reset_V);
    p->next_V = -p->reset_V;
    p->reset_V += p->rule.step_V;
}

/* After a set that was too weak the next one is stronger; after a reset that went too
 * far the ramp begins anew. */
static void set_again(struct programming *p)
{
    if (p->last_V > 0)
        p->set_V += p->rule.step_V;
    give_up_beyond(p, p->set_V);
    p->next_V = p->set_V;
    p->reset_V = p->start_V;
}

void programming_read(struct programming *p, double g_S)
{
    double low_S = p->aim_S * (1 - p->rule.tolerance);
    double high_S = p->aim_S * (1 + p->rule.tolerance);
    p->reads++;
    if (g_S >= low_S && g_S <= high_S) {
        p->next_V = 0;
        if (++p->inside == p->rule.accept)
            p->state = PROGRAMMED;
        return;
    }
    p->inside = 0;
    if (g_S > high_S)
        reset_harder(p);
    else
        set_again(p);
}
