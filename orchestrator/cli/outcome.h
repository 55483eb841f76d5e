/* What `run` and `verify` print of a run, and the exit status that it means. */
#pragma once

#include "app/verify.h"
#include "cli/cli.h"

/* Options that `run` and `verify` share; the two places are theirs. */
#define SIMULATION_OPTIONS(out, retry_failed)                                            \
    {"out", "DIR", .text = &out,                                                         \
     .help = "folder of the run; the same command goes on where it was left"},           \
        {"images", "N", .key = "simulate.images",                                        \
         .help = "test images to simulate; 0: all"},                                     \
        {"jobs", "J", .key = "simulate.jobs",                                            \
         .help = "worker processes; 0: one for each core"},                              \
        {"divergence", .key = "report.divergence",                                       \
         .help = "tell stage by stage where the two part"},                              \
        {"keep-decks", .key = "simulate.keep_decks",                                     \
         .help = "keep every deck for plain ngspice"},                                   \
        {"exact", .key = "simulate.exact",                                               \
         .help = "keep every cell, and the whole window"},                               \
        {"dynamic", .key = "simulate.dynamic",                                           \
         .help = "keep the memristors' state equation"},                                 \
    {                                                                                    \
        "retry-failed", .flag = &retry_failed,                                           \
                        .help = "simulate again what failed for good before"             \
    }

/* If all went well (status 0), prints the summary: JSON, or lines for people. Releases
 * what the result holds. */
int outcome_print(const struct cli *c, int status, struct verify_result *r);
