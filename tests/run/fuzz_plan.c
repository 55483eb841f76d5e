/* Any bytes as the plan.txt of a folder: entered by the same plan alone, and refused by
 * another with one line. */
#include "fuzz_main.h"
#include "fuzz_folder.h"
#include "run/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct plan ours;
    struct plan there = {0};
    struct err e = {0};
    char id[UNIT_ID];
    if (!ours.text.len) {
        plan_put(&ours, "circuit.sha256", "%s", "0123456789abcdef");
        plan_put(&ours, "train.seed", "%d", 3);
        plan_seal(&ours, 12);
    }
    fuzz_put("plan.txt", n, bytes);
    bool same = n == ours.text.len && memcmp(bytes, ours.text.data, n) == 0;
    if ((plan_enter(&ours, fuzz_folder(), &e) == 0) != same)
        abort();
    if (!same && (!e.text[0] || !e.place[0] || strpbrk(e.text, "\n\033")))
        abort();
    if (plan_read(&there, fuzz_folder(), &e) < 0)
        abort();
    plan_unit_id(&there, "images", 3, id);
    if (strlen(id) != UNIT_ID - 1)
        abort();
    plan_finish(&there);
    return 0;
}

#ifndef SPIKEBAR_LIBFUZZER
int main(int argc, char *argv[])
{
    static const char same[] = "circuit.sha256 = 0123456789abcdef\ntrain.seed = 3\n"
                               "units = 12\n",
                      other[] = "circuit.sha256 = fedcba9876543210\ntrain.seed = 4\n";
    const struct fuzz_seed seeds[] = {{same, sizeof same - 1}, {other, sizeof other - 1}};
    return fuzz_main(argc, argv, 2, seeds, 2000);
}
#endif
