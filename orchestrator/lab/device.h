/* The device lab: experiments by name. Each is a file with a `const struct
 * device_experiment device_FILE`, and FILE in the list of meson.build.
 *
 * Each simulates, leaves CSV, pictures and device.json in the lab's folder, its numbers
 * in lab->json and a short table in lab->text.
 *
 *     device_run("iv", &study, root, NULL, raw, &result, e);
 */
#pragma once

#include "lab/lab.h"

#define DEVICE_JSON "device.json"

struct device_experiment {
    const char *name, *summary;
    int (*run)(struct lab *lab, struct err *e); /* NULL: made above the lab (app/paper) */
};

extern const struct device_experiment *const device_experiments[]; /* ends with NULL */

/* What an experiment found; device_result_finish releases it. */
struct device_result {
    char *folder;
    cJSON *json;
    struct buf text; /* for people */
};

/* folder NULL: results/device-NAME-HASH of what its numbers depend on. */
MUST_USE int device_run(const char *name, const struct study *s, const char *root,
                        const char *folder, bool raw, struct device_result *result,
                        struct err *e);
void device_result_finish(struct device_result *r);

/* The same with an experiment of the caller's. */
MUST_USE int device_with(const char *name, int (*run)(struct lab *lab, struct err *e),
                         const struct study *s, const char *root, const char *folder,
                         bool raw, struct device_result *result, struct err *e);
