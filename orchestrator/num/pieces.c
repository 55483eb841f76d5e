#include "num/pieces.h"

#include "base/mem.h"

#include <stdlib.h>

void pieces_init(struct pieces *p, size_t count, size_t outputs)
{
    *p = (struct pieces){.count = count,
                         .outputs = outputs,
                         .start_s = mem_alloc(count, sizeof(double)),
                         .end_s = mem_alloc(count, sizeof(double)),
                         .amount = mem_alloc(count * outputs, sizeof(double))};
}

void pieces_finish(struct pieces *p)
{
    free(p->start_s);
    free(p->end_s);
    free(p->amount);
    *p = (struct pieces){0};
}
