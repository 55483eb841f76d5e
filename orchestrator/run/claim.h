/* One command at a time writes into a folder of results.
 *
 * The file DIR/lock is locked (fcntl) until the process ends, however it ends; what
 * stands in it is for those who wait: "PID HOST ID". The kernel or the NFS server gives
 * the lock back, so nothing left behind is in the way. Who comes second with the same ID
 * waits for the end of the first, and then finds all done; with another ID it is refused.
 * The first one to come removes the temporary files that dead processes left.
 *
 * Where there are no locks, or locks that other hosts may not see, it says so and goes
 * on; plan.txt is still made by one alone (run/plan.h). For processes that share a run's
 * work a lock that is shared (F_RDLCK) is the way: records go to a file of each process.
 */
#pragma once

#include "base/err.h"

/* `id`: what the command will compute there, as a word. A folder that this process
 * claimed before stays claimed as it was. -1 with ERR_INTERRUPTED after Ctrl-C while
 * waiting. */
MUST_USE int claim_folder(const char *folder, const char *id, struct err *e);
