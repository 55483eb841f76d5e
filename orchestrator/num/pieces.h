/* Inputs that are constant in pieces: what adds to the outputs beside whole spikes.
 *
 * Piece p acts from start_s[p] to end_s[p] with amount[p][output]; pieces may overlap and
 * add up. The struct owns its arrays.
 *
 *     struct pieces p;
 *     pieces_init(&p, 120, 10);
 *     pieces_finish(&p);
 */
#pragma once

#include <stddef.h>

struct pieces {
    size_t count, outputs;
    double *start_s, *end_s; /* [count] */
    double *amount;          /* [count][outputs] */
};

void pieces_init(struct pieces *p, size_t count, size_t outputs); /* all 0 */
void pieces_finish(struct pieces *p); /* may be called twice */
