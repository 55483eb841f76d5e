/* What `run` and `verify` print of a campaign, and the exit status that it means. */
#ifndef SPIKEBAR_CLI_OUTCOME_H
#define SPIKEBAR_CLI_OUTCOME_H

#include "app/campaign.h"
#include "cli/cli.h"

/* Prints the summary (JSON, or lines for people) and releases the result's JSON. */
int outcome_print(const struct cli *c, const char *folder, struct campaign_result *r);

#endif
