#include "lab/device.h"

#include "base/text.h"
#include "report/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* lab/experiments.h has a line EXPERIMENT(file) for each. */
#define EXPERIMENT(name) extern const struct device_experiment device_##name;
#include "lab/experiments.h"
#undef EXPERIMENT
#define EXPERIMENT(name) &device_##name,
static const struct device_experiment paper = {
    "paper", "all of them, and the table of their numbers beside the papers'", NULL};
const struct device_experiment *const device_experiments[] = {
#include "lab/experiments.h"
    &paper, NULL};

static const struct device_experiment *find(const char *name, struct err *e)
{
    const char *names[sizeof device_experiments / sizeof device_experiments[0]];
    AUTO(buf_finish) struct buf all = {0};
    size_t n = 0;
    for (const struct device_experiment *const *x = device_experiments; *x; x++) {
        if (strcmp((*x)->name, name) == 0)
            return *x;
        buf_printf(&all, "%s%s", n ? " " : "", (*x)->name);
        names[n++] = (*x)->name;
    }
    const char *near = text_nearest(name, n, names);
    err_set(e, ERR_USAGE, "no device experiment `%.40s`, expected one of: %s", name,
            all.data);
    if (near)
        err_hint(e, "did you mean `%s`?", near);
    return NULL;
}

static int settle(struct lab *lab, const char *name, const char *folder, struct err *e)
{
    AUTO(plan_finish) struct plan p = {0};
    char kind[64], version[32];
    snprintf(kind, sizeof kind, "device-%s", name);
    if (jobs_version(version, e) < 0)
        return -1;
    circuit_plan(&lab->circuit, kind, STUDY_DEVICES, version, &p);
    plan_seal(&p, 1);
    return lab_settle(lab, folder, kind, &p, e);
}

int device_run(const char *name, const struct study *s, const char *root,
               const char *folder, bool raw, struct device_result *result, struct err *e)
{
    const struct device_experiment *x = find(name, e);
    *result = (struct device_result){0};
    return x ? device_with(name, x->run, s, root, folder, raw, result, e) : -1;
}

int device_with(const char *name, int (*run)(struct lab *lab, struct err *e),
                const struct study *s, const char *root, const char *folder, bool raw,
                struct device_result *result, struct err *e)
{
    AUTO(lab_finish) struct lab lab;
    *result = (struct device_result){0};
    bool good =
        lab_open(&lab, s, root, raw, e) == 0 && settle(&lab, name, folder, e) == 0;
    if (good)
        cJSON_AddStringToObject(lab.json, "experiment", name);
    good = good && run(&lab, e) == 0;
    if (good)
        lab_tell_steps(&lab);
    good = good && json_write_in(lab.folder, DEVICE_JSON, lab.json, e) == 0;
    if (good) {
        *result = (struct device_result){lab.folder, lab.json, lab.text};
        lab.folder = NULL;
        lab.json = NULL;
        lab.text = (struct buf){0};
    }
    return good ? 0 : -1;
}

void device_result_finish(struct device_result *r)
{
    free(r->folder);
    cJSON_Delete(r->json);
    buf_finish(&r->text);
    *r = (struct device_result){0};
}
