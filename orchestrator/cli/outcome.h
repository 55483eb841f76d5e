/* What `run` and `verify` print of a run, and the exit status that it means. */
#ifndef SPIKEBAR_CLI_OUTCOME_H
#define SPIKEBAR_CLI_OUTCOME_H

#include "app/verify.h"
#include "cli/cli.h"

/* If all went well (status 0), prints the summary: JSON, or lines for people. Releases
 * what the result holds. */
int outcome_print(const struct cli *c, int status, struct verify_result *r);

#endif
